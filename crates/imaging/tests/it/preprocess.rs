//! What a preprocessing may say, and what each way of fitting does.

use resight_core::{ImageSize, PixelBox};
use resight_imaging::{
    ColorOrder, DecodePrecision, DecodeSize, Fit, Orientation, Preprocess, PreprocessError, ResizeFilter,
    RgbImage, ValueRange,
};

use crate::plain_preprocess;

/// 40 x 20: the left half red, the right half blue.
fn halves() -> RgbImage {
    RgbImage::from_fn(40, 20, |x, _| image::Rgb(if x < 20 { [255, 0, 0] } else { [0, 0, 255] }))
}

const FULL: ImageSize = ImageSize { width: 40, height: 20 };

/// The input in levels, as pixels.
fn input(with: &Preprocess, region: Option<&PixelBox>) -> Vec<[u8; 3]> {
    let plain = Preprocess { mean: [0.0; 3], deviation: [1.0; 3], ..with.clone() };
    let mut planes = vec![0.0; plain.input_len()];
    plain.apply(&halves(), region, FULL, &mut planes).unwrap();
    let plane = planes.len() / 3;
    (0..plane).map(|at| std::array::from_fn(|c| planes[c * plane + at] as u8)).collect()
}

#[test]
fn the_letterbox_keeps_proportions_and_fills_the_rest() {
    let with = Preprocess { fit: Fit::Letterbox { fill: [1, 2, 3] }, ..plain_preprocess(8, 8) };
    let pixels = input(&with, None);
    assert!(pixels[..16].iter().chain(&pixels[48..]).all(|pixel| *pixel == [1, 2, 3]));
    assert_eq!(pixels[16], [255, 0, 0]);
    assert_eq!(pixels[47], [0, 0, 255]);
}

#[test]
fn the_center_crop_takes_the_middle() {
    let with = Preprocess { fit: Fit::CenterCrop { share: 0.5 }, ..plain_preprocess(4, 4) };
    // The middle 10 x 10 of 40 x 20: half of it red, half blue.
    let pixels = input(&with, None);
    assert_eq!((pixels[0], pixels[3]), ([255, 0, 0], [0, 0, 255]));
}

/// Colors that run along both axes, so that every place has its own.
fn sloping(width: u32, height: u32) -> RgbImage {
    let level = |at: u32, of: u32| (255 * at / of.max(1)) as u8;
    RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([level(x, width), level(y, height), level(x + y, width + height)])
    })
}

fn farthest(one: &RgbImage, other: &RgbImage) -> u8 {
    assert_eq!(one.dimensions(), other.dimensions());
    one.as_raw().iter().zip(other.as_raw()).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

#[test]
fn a_turned_box_is_cut_out_turned_back_and_white_beyond_the_photo() {
    let photo = sloping(120, 80);
    let size = ImageSize { width: 120, height: 80 };
    let with = plain_preprocess(20, 30);
    // A box of 30 x 20 that is turned by a right angle shows what one of 20 x 30 does, turned back.
    let quarter = PixelBox::at(45.0, 30.0, 30.0, 20.0).turned(std::f64::consts::FRAC_PI_2);
    let seen =
        Preprocess { width: 30, height: 20, ..with.clone() }.picture(&photo, Some(&quarter), size).unwrap();
    let upright = with.picture(&photo, Some(&PixelBox::at(50.0, 25.0, 20.0, 30.0)), size).unwrap();
    assert!(farthest(&seen, &image::imageops::rotate270(&upright)) <= 2);

    let at_the_corner = PixelBox::at(-10.0, -10.0, 24.0, 24.0).turned(0.8);
    let seen = Preprocess { width: 24, height: 24, ..with.clone() }
        .picture(&photo, Some(&at_the_corner), size)
        .unwrap();
    assert_eq!(seen.get_pixel(0, 0).0, [255; 3], "beyond the photo");
    assert_ne!(seen.get_pixel(23, 12).0, [255; 3], "inside");

    let hardly = PixelBox::at(45.0, 30.0, 30.0, 20.0).turned(0.05);
    let plain = PixelBox::at(45.0, 30.0, 30.0, 20.0);
    assert_eq!(with.picture(&photo, Some(&hardly), size), with.picture(&photo, Some(&plain), size));
}

#[test]
fn a_turned_box_shows_the_same_animal_however_the_camera_was_held() {
    let stored = sloping(90, 60);
    let stored_size = ImageSize { width: 90, height: 60 };
    let given = PixelBox::at(30.0, 15.0, 36.0, 22.0).turned(0.4);
    let with = Preprocess { width: 36, height: 22, ..plain_preprocess(36, 22) };
    let in_stored = with.picture(&stored, Some(&given), stored_size).unwrap();
    for orientation in Orientation::ALL {
        let upright = orientation.apply(stored.clone());
        let size = ImageSize { width: upright.width(), height: upright.height() };
        let there = orientation.upright_box(&given, stored_size);
        let expected = orientation.apply(in_stored.clone());
        let with = Preprocess { width: expected.width(), height: expected.height(), ..with.clone() };
        let seen = with.picture(&upright, Some(&there), size).unwrap();
        assert!(farthest(&seen, &expected) <= 2, "{orientation:?}: {}", farthest(&seen, &expected));
    }
}

#[test]
fn bgr_turns_the_planes_around() {
    let with = Preprocess { color: ColorOrder::Bgr, ..plain_preprocess(4, 4) };
    assert_eq!(input(&with, None)[0], [0, 0, 255]);
}

#[test]
fn a_dim_picture_is_stretched_to_full_brightness_where_the_range_says_so() {
    let plain = Preprocess { mean: [0.5; 3], deviation: [0.25; 3], ..plain_preprocess(1, 1) };
    let with = Preprocess { value_range: ValueRange::Brightest, ..plain };
    let numbers = |color: [u8; 3]| {
        let mut planes = [0.0; 3];
        with.numbers(&RgbImage::from_pixel(1, 1, image::Rgb(color)), &mut planes).unwrap();
        planes
    };
    assert_eq!(numbers([100, 50, 0]), [2.0, 0.0, -2.0], "1, a half, nothing");
    assert_eq!(numbers([0, 0, 0]), [-2.0; 3], "a black picture stays black");
}

#[test]
fn the_margin_widens_a_region_and_the_edge_cuts_it() {
    let region = PixelBox::at(30.0, 0.0, 10.0, 20.0);
    let narrow = plain_preprocess(4, 4);
    assert_eq!(input(&narrow, Some(&region))[0], [0, 0, 255]);
    let wide = Preprocess { crop_margin: 2.0, ..narrow };
    let [red, _, blue] = input(&wide, Some(&region))[0];
    assert!(red > 240 && blue < 15, "{red} {blue}");
}

#[test]
fn a_region_outside_and_a_wrong_length_are_refused() {
    let with = plain_preprocess(4, 4);
    let outside = PixelBox::at(100.0, 0.0, 10.0, 10.0);
    let mut planes = vec![0.0; with.input_len()];
    let refused = with.apply(&halves(), Some(&outside), FULL, &mut planes).unwrap_err();
    assert!(matches!(refused, PreprocessError::OutsidePhoto { .. }));
    let refused = with.apply(&halves(), None, FULL, &mut planes[1..]).unwrap_err();
    assert_eq!(refused, PreprocessError::WrongLength { needed: 48, found: 47 });
}

#[test]
fn only_as_much_detail_is_asked_for_as_the_region_needs() {
    let full = ImageSize { width: 1600, height: 1200 };
    let scaled = Preprocess { decode: DecodePrecision::Scaled, ..plain_preprocess(224, 224) };
    let at_least = |width, height| DecodeSize::AtLeast(ImageSize { width, height });
    assert_eq!(scaled.decode_size(full, None), at_least(224, 224));
    let quarter = PixelBox::at(0.0, 0.0, 800.0, 600.0);
    assert_eq!(scaled.decode_size(full, Some(&quarter)), at_least(448, 448));
    let tiny = PixelBox::at(0.0, 0.0, 100.0, 600.0);
    assert_eq!(scaled.decode_size(full, Some(&tiny)), DecodeSize::Full);
    assert_eq!(plain_preprocess(224, 224).decode_size(full, None), DecodeSize::Full);
    let not_antialiased = Preprocess { filter: ResizeFilter::PlainBilinear, ..scaled };
    assert_eq!(not_antialiased.decode_size(full, None), DecodeSize::Full, "scaled decoding is antialiased");
}

#[test]
fn it_is_data_that_reads_back_and_unknown_words_are_refused() {
    let with = Preprocess { fit: Fit::CenterCrop { share: 0.875 }, ..plain_preprocess(224, 224) };
    let text = toml::to_string(&with).unwrap();
    assert_eq!(toml::from_str::<Preprocess>(&text).unwrap(), with);
    assert!(toml::from_str::<Preprocess>(&format!("{text}\nsharpen = true\n")).is_err());
}

#[test]
fn numbers_that_cannot_be_meant_are_refused_by_name() {
    let good = plain_preprocess(224, 224);
    assert_eq!(good.check(), Ok(()));
    let wrong = [
        ("width", Preprocess { width: 0, ..good.clone() }),
        ("height", Preprocess { height: 100_000, ..good.clone() }),
        ("mean", Preprocess { mean: [f32::NAN, 0.0, 0.0], ..good.clone() }),
        ("deviation", Preprocess { deviation: [1.0, 0.0, 1.0], ..good.clone() }),
        ("crop_margin", Preprocess { crop_margin: -1.0, ..good.clone() }),
        ("fit.share", Preprocess { fit: Fit::CenterCrop { share: 0.0 }, ..good }),
    ];
    for (name, preprocess) in wrong {
        assert!(preprocess.check().unwrap_err().to_string().contains(name), "{name}");
    }
}
