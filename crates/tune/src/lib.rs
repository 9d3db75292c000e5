//! Many trainings, as a caller of one: [`tune`] searches better numbers for a recipe, [`ladder`] finds the rung of
//! rising difficulty at which a recipe stops learning.
//!
//! This room knows no catalog and no terminal.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::print_stdout))]

pub mod ladder;
pub mod tune;
