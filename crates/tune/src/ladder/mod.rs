//! A ladder of sets to learn from, each harder than the one before: Fashion-MNIST with a small network, synthetic
//! animals, a few real individuals, all of them. A recipe that fails says at which rung, and why; so a mistake in the
//! recipe is told from photos that are too hard.

mod climb;
mod error;
pub mod fashion_mnist;
pub mod idx;
mod rung;
pub mod small_network;
mod tables;
mod verdict;

pub use climb::{Climb, LadderRequest, climb};
pub use error::LadderError;
pub use rung::Rung;
pub use tables::SHARES;
pub use verdict::{RungVerdict, verdict, wanted};
