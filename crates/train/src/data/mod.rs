//! The photos that are learnt from, and how they are divided.

pub mod division;
