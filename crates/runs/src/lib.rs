//! What a training run leaves, and what can be told from it.
//!
//! A [`run`] is a folder with a recipe, a log, checkpoints and what came of it; the [`doctor`] reads the log and names
//! what goes wrong; the [`report`] draws it. All of it works on records alone, so whatever door wants to show a run
//! needs nothing that learns.
//!
//! This room knows no network, no catalog and no terminal.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::print_stdout))]

pub mod doctor;
pub mod report;
pub mod run;

#[cfg(test)]
mod tests;
