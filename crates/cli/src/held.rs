//! Folders of jobs, which one process works in at a time.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use resight_engine::EngineError;
use resight_files::{FolderMark, HeldFolder};
use resight_runs::run::{RunError, claim};

use crate::context::Context;

/// How often and how long a job waits for a folder that another process works in: one whose worker has died may take that long to
/// end.
const PATIENCE: (u32, Duration) = (60, Duration::from_secs(1));

/// The folder of a job; none where another process works in it, after some patience where that is asked for.
///
/// # Errors
/// It is not ours, or cannot be made.
pub(crate) fn held(
    mark: FolderMark,
    place: &Path,
    patient: bool,
    context: &Context,
) -> anyhow::Result<Option<Arc<HeldFolder>>> {
    let (tries, pause) = PATIENCE;
    for left in (0..tries).rev() {
        match claim(mark, place) {
            Err(RunError::Busy(_)) if left == 0 || !patient || context.cancel.is_cancelled() => {
                return Ok(None);
            }
            Err(RunError::Busy(_)) => {
                if left + 1 == tries {
                    context.note(format!("another process works in {}; waiting for it", place.display()));
                }
                std::thread::sleep(pause);
            }
            other => return Ok(Some(other.map_err(EngineError::from)?)),
        }
    }
    Ok(None)
}
