//! Encounters of rows, with the progress and the flag of the engine. What they are is for
//! [`resight_dataset::find_encounters`] to say. And labels of the catalog as a person knows them.

use resight_catalog::LabelName;
use resight_dataset::{Looking, SourceTable, encounter_as_labelled};

use crate::{CancelToken, Progress, Stage};

/// Gives the rows of all sources their encounters.
pub(crate) fn find_encounters(
    sources: &mut [SourceTable<'_>],
    gap_secs: f64,
    progress: &dyn Progress,
    cancel: &CancelToken,
) {
    let watch = |looking| match looking {
        Looking::Begun { photos } => {
            progress.begin(Stage { title: "reading capture times".to_owned(), total: Some(photos) });
        }
        Looking::OneDone => progress.advance(1),
    };
    resight_dataset::find_encounters(sources, gap_secs, &watch, cancel.flag());
}

/// The value of a label as a person knows it: that of an encounter is what its table calls it, without what tells tables
/// apart.
pub(crate) fn value_shown(label: &LabelName, value: &str) -> String {
    match (label, value.split_once(':')) {
        (LabelName::Encounter, Some((_, key))) => encounter_as_labelled(key).to_owned(),
        _ => value.to_owned(),
    }
}
