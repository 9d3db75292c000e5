//! A run: a folder with the recipe, the log, checkpoints, the report and the bundle at the end.

pub mod log;
