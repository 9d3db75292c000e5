//! Learning an embedding, and seeing that it does.
//!
//! A [`recipe`] says how; [`trainer`] does it, step by step, over the photos that [`data`] divides; the figures of
//! every step and epoch go to the folder of a [run](resight_runs::run). What comes out is a bundle like any other.
//!
//! This room knows no catalog and no terminal.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::print_stdout))]

pub mod batch;
pub mod cache;
pub mod classifier;
pub mod data;
pub mod detector;
pub mod device;
pub mod distance;
pub mod finish;
mod folds;
pub mod job;
pub mod learner;
pub mod linear;
mod look;
pub mod loss;
pub mod miner;
pub mod network;
pub mod on_maps;
pub mod optimize;
pub mod panel;
pub mod parameters;
mod photos;
mod product;
pub mod recipe;
pub mod sampler;
mod seed;
pub mod tail;
pub mod test_part;
pub mod trainer;
pub mod trunk;
pub mod validation;
pub mod view;

pub use seed::generator;
