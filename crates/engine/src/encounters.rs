//! Encounters of rows, with the progress and the flag of the engine. What they are is for
//! [`resight_dataset::find_encounters`] to say. And labels of the catalog as a person knows them.

use resight_catalog::{LabelName, PairVerdict};
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
        (LabelName::Encounter, Some((_, key))) => encounter_shown(key),
        (LabelName::Verdict(_), _) => verdict_shown(value),
        _ => value.to_owned(),
    }
}

/// The key of an encounter as a person knows it.
pub(crate) fn encounter_shown(key: &str) -> String {
    encounter_as_labelled(key).to_owned()
}

/// A verdict in a word.
fn verdict_shown(value: &str) -> String {
    let said: Option<PairVerdict> = serde_json::from_str(value).ok();
    let word = said.and_then(|said| serde_json::to_value(said.verdict).ok());
    word.as_ref().and_then(serde_json::Value::as_str).unwrap_or(value).to_owned()
}
