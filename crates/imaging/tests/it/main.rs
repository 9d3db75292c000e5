//! Tests of the imaging room against references, hostile files and real photos.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod corpus;
mod cut;
mod hostile_metadata;
mod metadata;
mod mutations;
mod preprocess;
mod progressive;
mod real_photos;
mod reference;
mod scaled;

use std::path::PathBuf;

use resight_imaging::{DecodePrecision, Preprocess, RgbImage};
use resight_testkit::bundles::preprocess;

/// The folder of reference pictures made with Pillow.
fn reference_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/reference/imaging")
}

/// The plainest preprocessing: stretched, bilinear, `(x - 127) / 128`.
fn plain_preprocess(width: u32, height: u32) -> Preprocess {
    Preprocess { decode: DecodePrecision::Exact, ..preprocess(width, height) }
}

/// Largest and mean difference of two pictures of one size, in levels.
fn difference(one: &RgbImage, two: &RgbImage) -> (u8, f64) {
    assert_eq!(one.dimensions(), two.dimensions());
    let differences = one.as_raw().iter().zip(two.as_raw()).map(|(one, two)| one.abs_diff(*two));
    let sum: f64 = differences.clone().map(f64::from).sum();
    (differences.max().unwrap_or(0), sum / one.as_raw().len() as f64)
}
