//! The encounters of photos as the catalog keeps them.

use std::path::{Path, PathBuf};

use resight_catalog::EncounterRef;
use resight_core::EncounterSource;
use resight_dataset::{EncounterCounts, Row, SourceKind, SourceTable, Table};

use super::plan::PlannedPhoto;
use crate::encounters::find_encounters;
use crate::{CancelToken, Silent};

/// The encounter of a row.
pub(super) fn of_row(row: &Row) -> Option<EncounterRef> {
    let source = row.encounter_source.unwrap_or(EncounterSource::Table);
    row.encounter.clone().map(|key| EncounterRef { key, source })
}

/// The encounters of photos that come by themselves, without a source that says more, one a photo.
pub(crate) fn encounters_of_photos(paths: &[PathBuf], gap_secs: f64) -> Vec<Option<EncounterRef>> {
    let mut table = Table {
        kind: SourceKind::FolderTree,
        root: PathBuf::new(),
        extra_columns: Vec::new(),
        rows: paths.iter().map(|path| Row::of_photo(0, String::new(), path.clone())).collect(),
        warnings: Vec::new(),
    };
    let mut sources = [SourceTable { path: Path::new(""), table: &mut table }];
    find_encounters(&mut sources, gap_secs, &Silent, &CancelToken::default());
    table.rows.iter().map(of_row).collect()
}

/// Where the encounters come from, with how many photos each, for the report.
pub(super) fn summary(planned: &[PlannedPhoto]) -> EncounterCounts {
    let mut counts = EncounterCounts::default();
    for photo in planned {
        counts.add(photo.encounter.as_ref().map(|encounter| encounter.source));
    }
    counts
}
