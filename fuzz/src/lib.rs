//! Hostile input for everything that reads what strangers made.
//!
//! A [`Target`] takes any bytes, gives them to one kind of reader, and must come back: with an answer or an error, in
//! bounded time and memory. Two doors lead to the same targets: libFuzzer (`fuzz_targets/`, guided by coverage) and the
//! program `mutate`, which needs nothing but the stable toolchain and repeats every input from its number.
//!
//! A panic in resight's own code is a finding even where a barrier would catch it; one in a library's decoder is a
//! finding where no barrier does.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod mutation;
mod panics;
pub mod random;
mod target;

pub use panics::watch_panics;
pub use target::{Target, find, run, targets};
