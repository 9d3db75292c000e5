//! What a catalog promises, seen from outside.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that panics is a test that fails")]

mod crash;
mod damage;
mod disk_full;
mod filter;
mod foreign;
mod journal;
mod labels;
#[cfg(unix)]
mod links;
mod locking;
mod open;
mod random_steps;
mod reembed;
mod roots;
mod row_index;
mod store;
mod support;
mod upgrade;
mod verdicts;
