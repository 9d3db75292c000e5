//! Progressive JPEGs beyond the limit of memory: what they take, and what is said.

use resight_core::PixelBox;
use resight_imaging::{DecodeError, DecodeSize, Limits, decode, decode_window};

use crate::reference_folder;

fn file(name: &str) -> Vec<u8> {
    std::fs::read(reference_folder().join(name)).unwrap()
}

/// What decoding at an eighth takes for each pixel, as the refusal says, in bytes.
fn needed(bytes: &[u8]) -> f64 {
    let full = decode(bytes, &Limits::default(), DecodeSize::Full).unwrap().full_size;
    let limits = Limits { max_alloc: 1, ..Limits::default() };
    let eighth = DecodeSize::AtLeast(resight_core::ImageSize { width: 1, height: 1 });
    match decode(bytes, &limits, eighth) {
        Err(DecodeError::TooMuchMemory { needed, .. }) => {
            needed as f64 / (f64::from(full.width) * f64::from(full.height))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn coefficients_count_as_finely_as_they_are_sampled() {
    let (fine, coarse) = (needed(&file("jpeg_progressive.jpg")), needed(&file("jpeg_progressive_420.jpg")));
    // Half as many of colours with a quarter of the detail: 1.5 for 3 a pixel.
    assert!((0.48..0.56).contains(&(coarse / fine)), "{coarse} of {fine} bytes a pixel");
    assert!(needed(&file("jpeg_420.jpg")) < coarse / 4.0, "a baseline file has none");
}

#[test]
fn what_is_too_large_is_told_with_what_would_do() {
    let bytes = file("jpeg_progressive_420.jpg");
    let limits = Limits { max_alloc: 4_000, ..Limits::default() };
    let whole = decode(&bytes, &limits, DecodeSize::Full).unwrap_err().to_string();
    let region = PixelBox::at(2.0, 2.0, 4.0, 4.0);
    let room = Limits { max_alloc: 1 << 20, ..Limits::default() };
    let part = decode_window(&bytes, &room, &region).unwrap_err().to_string();
    for told in [whole, part] {
        assert!(told.contains("progressive JPEG") && told.contains("jpegtran -copy all"), "{told}");
    }
    let baseline = decode(&file("jpeg_420.jpg"), &limits, DecodeSize::Full).unwrap_err().to_string();
    assert!(!baseline.contains("jpegtran"), "{baseline}");
}
