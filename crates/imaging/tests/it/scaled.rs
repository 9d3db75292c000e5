//! Scaled decoding: sizes, and closeness to decoding in full.

use std::fs;

use resight_core::{ImageSize, PixelBox};
use resight_imaging::{
    DecodeErrorKind, DecodePrecision, DecodeSize, Limits, Preprocess, RgbImage, decode, decode_window,
    encode_jpeg, thumbnail,
};
use resight_testkit::photos::{oriented_jpeg, scene};

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
    let region = PixelBox::at(133.5, 40.0, 500.0, 400.0);
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

#[test]
fn a_window_shows_what_the_full_photo_shows_there() {
    for kind in ["444", "422", "420", "grey", "rgb", "restart", "restart_420"] {
        let bytes = fs::read(reference_folder().join(format!("jpeg_{kind}.jpg"))).unwrap();
        let full = decode(&bytes, &Limits::default(), DecodeSize::Full).unwrap();
        let ImageSize { width, height } = full.full_size;
        let (w, h) = (f64::from(width), f64::from(height));
        let right = PixelBox::at(w - 31.5, h - 20.0, 99.0, 99.0);
        let inner = PixelBox::at(17.3, 9.0, 40.2, 33.0);
        for region in [PixelBox::whole(full.full_size), inner, right] {
            let window = decode_window(&bytes, &Limits::default(), &region).unwrap();
            let PixelBox { x, y, width, height, .. } = window.bounds;
            let [x, y, width, height] = [x, y, width, height].map(|number| number as u32);
            assert_eq!(window.image.dimensions(), (width, height));
            let expected = image::imageops::crop_imm(&full.image, x, y, width, height).to_image();
            let (_, mean) = difference(&window.image, &expected);
            assert!(mean < 3.0, "{kind}: off by {mean:.2} in the mean");
        }
    }
}

#[test]
fn a_window_is_turned_as_its_photo_is() {
    for number in 1..=8 {
        let photo = oriented_jpeg(&scene(96, 64, 4), number).unwrap();
        let full = decode(&photo, &Limits::default(), DecodeSize::Full).unwrap();
        let region = PixelBox::at(10.0, 20.0, 30.0, 25.0);
        let window = decode_window(&photo, &Limits::default(), &region).unwrap();
        assert_eq!(window.bounds, region);
        let expected = image::imageops::crop_imm(&full.image, 10, 20, 30, 25).to_image();
        let (_, mean) = difference(&window.image, &expected);
        assert!(mean < 3.0, "orientation {number}: off by {mean:.2} in the mean");
    }
}

#[test]
fn a_networks_input_hardly_depends_on_whether_the_whole_photo_was_decoded() {
    let photo = encode_jpeg(&scene(800, 600, 3), 92).unwrap();
    let with = Preprocess { crop_margin: 0.1, ..plain_preprocess(96, 96) };
    let full = ImageSize { width: 800, height: 600 };
    let decoded = decode(&photo, &Limits::default(), DecodeSize::Full).unwrap();
    for region in [PixelBox::at(133.5, 40.0, 120.0, 100.0), PixelBox::at(700.2, 550.0, 99.0, 49.0)] {
        let (mut whole, mut part) = (vec![0.0; with.input_len()], vec![0.0; with.input_len()]);
        with.apply(&decoded.image, Some(&region), full, &mut whole).unwrap();
        let window = decode_window(&photo, &Limits::default(), &with.window(&region)).unwrap();
        with.apply_to_window(&window, &region, &mut part).unwrap();
        let mean =
            whole.iter().zip(&part).map(|(one, two)| (one - two).abs()).sum::<f32>() / whole.len() as f32;
        assert!(mean < 2.0 / 128.0, "off by {mean} in the mean");
    }
}

#[test]
fn a_window_needs_no_more_memory_than_itself() {
    let photo = encode_jpeg(&scene(800, 600, 3), 92).unwrap();
    let narrow = Limits { max_alloc: 500_000, ..Limits::default() };
    let region = PixelBox::at(300.0, 200.0, 60.0, 50.0);
    let kind = |error: resight_imaging::DecodeError| error.kind();
    assert_eq!(
        decode(&photo, &narrow, DecodeSize::Full).map(drop).map_err(kind),
        Err(DecodeErrorKind::TooLarge)
    );
    assert_eq!(decode_window(&photo, &narrow, &region).unwrap().image.dimensions(), (60, 50));
    let all = PixelBox::whole(ImageSize { width: 800, height: 600 });
    assert_eq!(decode_window(&photo, &narrow, &all).map(drop).map_err(kind), Err(DecodeErrorKind::TooLarge));
}
