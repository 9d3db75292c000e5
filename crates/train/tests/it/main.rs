//! Runs from the first step to the bundle, on small made-up data.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

mod bodies;
mod diagnosis;
mod jobs;
mod kills;
mod refusals;
mod resumes;
mod rows;
mod studies;
