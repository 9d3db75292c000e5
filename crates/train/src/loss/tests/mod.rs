//! Tests of all losses together.

pub(super) mod reference;
mod robustness;
