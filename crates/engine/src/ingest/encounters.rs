//! The encounters of photos as the catalog keeps them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use resight_catalog::{Catalog, EncounterRef};
use resight_core::EncounterSource;
use resight_dataset::{EncounterCounts, Row, SourceKind, SourceTable, Table, encounter_as_labelled};

use super::plan::PlannedPhoto;
use super::storing::absolute;
use crate::encounters::find_encounters;
use crate::{CancelToken, EngineError, Silent};

/// The encounter of a row.
pub(super) fn of_row(row: &Row) -> Option<EncounterRef> {
    let source = row.encounter_source.unwrap_or(EncounterSource::Table);
    row.encounter.clone().map(|key| EncounterRef { key, source })
}

/// Lets a table's encounters be those of the catalog that photos are of which lie where they lay then: a newer version of
/// the table, elsewhere or with an earlier first day, or one that was exported, means the same ones, and its new photos
/// belong to them.
pub(super) fn join_known(catalog: &Catalog, planned: &mut [PlannedPhoto]) -> Result<(), EngineError> {
    let mut known: BTreeMap<String, Vec<EncounterRef>> = BTreeMap::new();
    for photo in planned.iter() {
        let Some(of) = photo.encounter.as_ref().filter(|of| of.source == EncounterSource::Table) else {
            continue;
        };
        let Some(there) = catalog.photo_at(&absolute(&photo.path))? else { continue };
        for annotation in catalog.annotations_of_photo(&there)? {
            let found = annotation.encounter.map(|(_, source, key)| EncounterRef { key, source });
            let known = known.entry(of.key.clone()).or_default();
            known.extend(found.filter(|found| means(of, found) && !known.contains(found)));
        }
    }
    for photo in planned {
        if let Some(of) = photo.encounter.as_mut().filter(|of| of.source == EncounterSource::Table)
            && let Some([only]) = known.get(&of.key).map(Vec::as_slice)
        {
            of.clone_from(only);
        }
    }
    Ok(())
}

/// Whether a table calls its encounter as the catalog calls that of the same photo.
fn means(of: &EncounterRef, found: &EncounterRef) -> bool {
    let is_a_tables = found.source == EncounterSource::Table;
    label_of(&of.key) == if is_a_tables { label_of(&found.key) } else { found.key.as_str() }
}

/// What a table calls an encounter.
fn label_of(key: &str) -> &str {
    let labelled = encounter_as_labelled(key);
    labelled.rsplit_once(" of ").map_or(labelled, |(label, _)| label)
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
