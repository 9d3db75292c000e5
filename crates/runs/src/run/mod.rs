//! A run: a folder with the recipe, the log, checkpoints, the report and the bundle at the end.

mod checkpoint;
mod error;
mod folder;
pub mod log;
mod request;
mod result;

pub use checkpoint::{Checkpoint, CheckpointState};
pub use error::RunError;
pub use folder::{
    RECIPE, RUN, RUNS, RunFolder, check_claim, claim, inner, read_log, read_recipe, take_up, write,
};
pub use request::{keep_request, read_request};
pub use result::{RESULT, best_beside, write_result};
