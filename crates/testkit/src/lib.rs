//! Fixtures for the tests of resight: hostile files, small catalogs, tiny bundles.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod animals;
pub mod bundles;
pub mod exif;
pub mod photos;
pub mod skip;
