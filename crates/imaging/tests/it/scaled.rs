//! Scaled decoding: sizes, and closeness to decoding in full.

use std::fs;

use resight_core::{ImageSize, PixelBox};
use resight_imaging::{
    DecodePrecision, DecodeSize, Limits, Preprocess, RgbImage, decode, encode_jpeg, thumbnail,
};
use resight_testkit::photos::scene;

use crate::{difference, plain_preprocess, reference_folder};

fn at_least(width: u32, height: u32) -> DecodeSize {
    DecodeSize::AtLeast(ImageSize { width, height })
}

fn size_of(bytes: &[u8], wish: DecodeSize) -> (u32, u32) {
    decode(bytes, &Limits::default(), wish).unwrap().image.dimensions()
}

#[test]
fn the_smallest_scale_that_is_no_smaller_than_the_wish_is_taken() {
    let photo = encode_jpeg(&scene(403, 301, 1), 90).unwrap();
    assert_eq!(size_of(&photo, at_least(51, 38)), (51, 38));
    assert_eq!(size_of(&photo, at_least(52, 38)), (101, 76));
    assert_eq!(size_of(&photo, at_least(51, 39)), (101, 76));
    assert_eq!(size_of(&photo, at_least(102, 1)), (202, 151));
    assert_eq!(size_of(&photo, at_least(203, 1)), (403, 301));
    assert_eq!(size_of(&photo, at_least(9_999, 9_999)), (403, 301));
    assert_eq!(size_of(&photo, DecodeSize::Full), (403, 301));
}

/// Each pixel the mean of its square, as an ideal camera of fewer pixels would see it.
fn averaged(picture: &RgbImage, by: u32) -> RgbImage {
    RgbImage::from_fn(picture.width() / by, picture.height() / by, |x, y| {
        let pixels = (0..by * by).map(|i| picture.get_pixel(x * by + i % by, y * by + i / by).0);
        let sum = pixels.fold([0_u32; 3], |sum, pixel| std::array::from_fn(|c| sum[c] + u32::from(pixel[c])));
        image::Rgb(sum.map(|sum| (sum / (by * by)) as u8))
    })
}

#[test]
fn every_kind_of_jpeg_is_near_its_full_decoding_at_every_scale() {
    for kind in
        ["444", "422", "420", "grey", "rgb", "adobe_rgb", "restart", "restart_420", "progressive", "cmyk"]
    {
        let bytes = fs::read(reference_folder().join(format!("jpeg_{kind}.jpg"))).unwrap();
        let full = decode(&bytes, &Limits::default(), DecodeSize::Full).unwrap();
        for by in [2, 4, 8] {
            let (width, height) = (full.full_size.width / by, full.full_size.height / by);
            let scaled = decode(&bytes, &Limits::default(), at_least(width, height)).unwrap();
            assert_eq!(scaled.full_size, full.full_size);
            assert_eq!(scaled.image.width(), full.full_size.width.div_ceil(by));
            let expected = averaged(&full.image, by);
            let inside = image::imageops::crop_imm(&scaled.image, 0, 0, width, height).to_image();
            let (_, mean) = difference(&inside, &expected);
            assert!(mean < 5.0, "{kind} at 1/{by}: off by {mean:.2} in the mean");
        }
    }
}

#[test]
fn a_networks_input_hardly_depends_on_how_the_photo_was_decoded() {
    let photo = encode_jpeg(&thumbnail(&scene(1024, 768, 3), 800), 92).unwrap();
    let scaled = Preprocess { decode: DecodePrecision::Scaled, ..plain_preprocess(96, 96) };
    let exact = Preprocess { decode: DecodePrecision::Exact, ..plain_preprocess(96, 96) };
    let region = PixelBox { x: 133.5, y: 40.0, width: 500.0, height: 400.0 };
    for region in [None, Some(&region)] {
        let input = |with: &Preprocess| {
            let full = ImageSize { width: 800, height: 600 };
            let decoded = decode(&photo, &Limits::default(), with.decode_size(full, region)).unwrap();
            let mut planes = vec![0.0; with.input_len()];
            with.apply(&decoded.image, region, full, &mut planes).unwrap();
            (decoded.image.width(), planes)
        };
        let ((scaled_width, scaled), (exact_width, exact)) = (input(&scaled), input(&exact));
        assert!(scaled_width < exact_width);
        let mean =
            scaled.iter().zip(&exact).map(|(one, two)| (one - two).abs()).sum::<f32>() / scaled.len() as f32;
        // In units of the network's input: 128 levels are 1.
        assert!(mean < 2.0 / 128.0, "off by {mean} in the mean");
    }
}
