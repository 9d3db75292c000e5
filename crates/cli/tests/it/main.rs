//! The program as a user runs it.

#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

mod audit;
mod bad_input;
mod care;
mod classifiers;
mod detectors;
mod evaluate;
mod exports;
mod first_steps;
mod identify;
mod identity;
mod ingest;
mod joins;
mod json_outputs;
mod kills;
mod labels;
mod log;
mod mailed;
mod model_home;
mod newcomers;
mod odd_files;
mod outputs;
mod photos;
mod plan;
mod quality;
mod real_photos;
mod routes;
#[cfg(unix)]
mod serve;
mod signals;
mod study;
mod tables;
mod train;
mod workplace;
mod writers;
