//! Encounters of rows, with the progress and the flag of the engine. What they are is for
//! [`resight_dataset::find_encounters`] to say.

use resight_dataset::{Looking, SourceTable};

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
