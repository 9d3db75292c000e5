//! A run: a folder with the recipe, the log, checkpoints, the report and the bundle at the end.

mod checkpoint;
mod error;
mod folder;
pub mod log;

pub use checkpoint::{Checkpoint, CheckpointState};
pub use error::RunError;
pub(crate) use folder::{RECIPE, inner, read_recipe};
pub use folder::{RUN, RUNS, RunFolder, check_claim, claim, read_log, take_up, write};
