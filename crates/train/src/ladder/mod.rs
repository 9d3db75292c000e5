//! Rungs from a set that anything learns to the photos that matter.

pub mod fashion_mnist;
pub mod idx;
pub mod small_network;
