//! Agreement with Pillow, and with OpenCV where the filter is OpenCV's; the pictures were made by `make_reference.py`
//! and `plain_bilinear.py` in `fixtures/reference/imaging`.

use std::fs;

use resight_core::{ImageSize, PixelBox};
use resight_imaging::{
    DecodeSize, Limits, Preprocess, ResizeFilter, RgbImage, blur_effect, decode, gray_levels,
};

use crate::{difference, plain_preprocess, reference_folder};

fn load(name: &str) -> RgbImage {
    let bytes = fs::read(reference_folder().join(name)).unwrap();
    decode(&bytes, &Limits::default(), DecodeSize::Full)
        .unwrap_or_else(|error| panic!("{name}: {error}"))
        .image
}

/// The resized bytes, through the only public way to them: undo `(x - 0) / 1` of each plane.
fn resized(picture: &RgbImage, region: &PixelBox, with: &Preprocess) -> RgbImage {
    let mut planes = vec![0.0; with.input_len()];
    let full = ImageSize { width: picture.width(), height: picture.height() };
    with.apply(picture, Some(region), full, &mut planes).unwrap();
    let plane = planes.len() / 3;
    RgbImage::from_fn(with.width, with.height, |x, y| {
        let at = (y * with.width + x) as usize;
        image::Rgb(std::array::from_fn(|channel| planes[channel * plane + at] as u8))
    })
}

#[test]
fn resizing_a_box_is_within_one_level_of_pillow() {
    let scene = load("scene.png");
    let cases = fs::read_to_string(reference_folder().join("resize_cases.txt")).unwrap();
    assert_eq!(cases.lines().count(), 28);
    for case in cases.lines() {
        let parts: Vec<&str> = case.split(' ').collect();
        let number = |at: usize| parts[at].parse::<f64>().unwrap();
        let filter = match parts[1] {
            "bilinear" => ResizeFilter::Bilinear,
            "bicubic" => ResizeFilter::Bicubic,
            "lanczos3" => ResizeFilter::Lanczos3,
            _ => ResizeFilter::Nearest,
        };
        let region = PixelBox::at(number(2), number(3), number(4), number(5));
        let plain = Preprocess {
            filter,
            mean: [0.0; 3],
            deviation: [1.0; 3],
            ..plain_preprocess(number(6) as u32, number(7) as u32)
        };
        let (largest, _) =
            difference(&resized(&scene, &region, &plain), &load(&format!("resize_{}.png", parts[0])));
        let allowed = u8::from(filter != ResizeFilter::Nearest);
        assert!(largest <= allowed, "{}: off by {largest} levels", parts[0]);
    }
}

#[test]
fn resizing_without_antialiasing_is_within_one_level_of_opencv() {
    let scene = load("scene.png");
    let cases = fs::read_to_string(reference_folder().join("plain_bilinear.txt")).unwrap();
    assert_eq!(cases.lines().count(), 5);
    for case in cases.lines() {
        let parts: Vec<&str> = case.split(' ').collect();
        let number = |at: usize| parts[at].parse::<f64>().unwrap();
        let region = PixelBox::at(number(1), number(2), number(3), number(4));
        let with = |filter| Preprocess {
            filter,
            mean: [0.0; 3],
            deviation: [1.0; 3],
            ..plain_preprocess(number(5) as u32, number(6) as u32)
        };
        let reference = load(&format!("plain_bilinear_{}.png", parts[0]));
        let (largest, _) =
            difference(&resized(&scene, &region, &with(ResizeFilter::PlainBilinear)), &reference);
        assert!(largest <= 1, "{}: off by {largest} levels", parts[0]);
        let (antialiased, _) =
            difference(&resized(&scene, &region, &with(ResizeFilter::Bilinear)), &reference);
        let is_smaller = number(5) < number(3);
        assert_eq!(antialiased > 20, is_smaller, "{}: {antialiased}", parts[0]);
    }
}

#[test]
fn the_reference_preprocessing_can_be_said_and_agrees() {
    let scene = load("scene.png");
    let full = ImageSize { width: scene.width(), height: scene.height() };
    let reference = plain_preprocess(8, 8);
    let mut planes = vec![0.0; reference.input_len()];
    reference.apply(&scene, None, full, &mut planes).unwrap();
    let expected = fs::read_to_string(reference_folder().join("preprocess.txt")).unwrap();
    let expected: Vec<f32> = expected.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(planes.len(), expected.len());
    for (ours, theirs) in planes.iter().zip(&expected) {
        assert!((ours - theirs).abs() < 1.01 / 128.0, "{ours} {theirs}");
    }
}

#[test]
fn full_jpegs_are_within_three_levels_of_libjpeg() {
    for name in ["444", "progressive", "restart", "grey", "rgb", "adobe_rgb"] {
        let ours = load(&format!("jpeg_{name}.jpg"));
        let (largest, mean) = difference(&ours, &load(&format!("jpeg_{name}.png")));
        assert!(largest <= 3 && mean < 0.3, "{name}: off by {largest}, in the mean {mean:.3}");
    }
}

#[test]
fn subsampled_jpegs_are_near_libjpeg() {
    for name in ["420", "422", "progressive_420", "restart_420"] {
        let ours = load(&format!("jpeg_{name}.jpg"));
        let (largest, mean) = difference(&ours, &load(&format!("jpeg_{name}.png")));
        assert!(largest <= 5 && mean < 0.5, "{name}: off by {largest}, in the mean {mean:.3}");
    }
}

#[test]
fn ink_becomes_light_as_in_pillow() {
    for name in ["cmyk", "ycck"] {
        let ours = load(&format!("jpeg_{name}.jpg"));
        let (largest, mean) = difference(&ours, &load(&format!("jpeg_{name}.png")));
        assert!(largest <= 4 && mean < 0.5, "{name}: off by {largest}, in the mean {mean:.3}");
    }
}

#[test]
fn png_tiff_and_webp_are_those_of_pillow() {
    let mut seen = 0;
    for entry in fs::read_dir(reference_folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(source) = name.strip_suffix(".png").filter(|source| source.contains('.')) else { continue };
        let (largest, mean) = difference(&load(source), &load(&name));
        let rounded = ["cmyk", "alpha", "rgba"].iter().any(|kind| source.contains(kind));
        let allowed = if source.contains("lossy") { 4 } else { u8::from(rounded) };
        assert!(largest <= allowed, "{source}: off by {largest}, in the mean {mean:.3}");
        seen += 1;
    }
    assert_eq!(seen, 18);
}

#[test]
fn the_blur_effect_is_that_of_scikit_image() {
    let cases = fs::read_to_string(reference_folder().join("blur_effect.txt")).unwrap();
    assert_eq!(cases.lines().count(), 4);
    for case in cases.lines() {
        let (name, expected) = case.split_once(' ').unwrap();
        let (picture, expected) = (load(name), expected.parse::<f32>().unwrap());
        let (width, height) = picture.dimensions();
        let found = blur_effect(&gray_levels(&picture), width as usize, height as usize).unwrap();
        assert!((found - expected).abs() < 1e-4, "{name}: {found} {expected}");
    }
}
