//! The program as a user runs it.

#![allow(clippy::unwrap_used, missing_docs)]

mod bad_input;
mod care;
mod first_steps;
mod evaluate;
mod identify;
mod identity;
mod kills;
mod study;
mod workplace;
mod writers;
