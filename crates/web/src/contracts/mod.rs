//! What other programs ask, as their own specifications have it.

pub mod crru;
pub mod wildbook;
