//! The program as a user runs it.

#![allow(clippy::unwrap_used, missing_docs)]

mod bad_input;
mod kills;
mod workplace;
mod writers;
