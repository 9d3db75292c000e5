//! Learning an embedding, and seeing that it does.
//!
//! A [`recipe`] says how; [`trainer`] does it, step by step, over the photos that [`data`] divides; the figures of
//! every step and epoch go to a [`run`] folder, from which [`doctor`] tells what goes wrong and [`report`] draws
//! the panel. What comes out is a bundle like any other.
//!
//! This room knows no catalog and no terminal.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::print_stdout))]

pub mod batch;
pub mod data;
pub mod device;
pub mod distance;
pub mod doctor;
pub mod loss;
pub mod miner;
pub mod network;
pub mod panel;
pub mod parameters;
pub mod run;
pub mod sampler;
pub mod tail;
pub mod view;
mod seed;

pub use seed::generator;
