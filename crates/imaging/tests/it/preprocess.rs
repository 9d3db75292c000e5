//! What a preprocessing may say, and what each way of fitting does.

use resight_core::{ImageSize, PixelBox};
use resight_imaging::{
    ColorOrder, DecodePrecision, DecodeSize, Fit, Preprocess, PreprocessError, RgbImage, ValueRange,
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
    let region = PixelBox { x: 30.0, y: 0.0, width: 10.0, height: 20.0 };
    let narrow = plain_preprocess(4, 4);
    assert_eq!(input(&narrow, Some(&region))[0], [0, 0, 255]);
    let wide = Preprocess { crop_margin: 2.0, ..narrow };
    let [red, _, blue] = input(&wide, Some(&region))[0];
    assert!(red > 240 && blue < 15, "{red} {blue}");
}

#[test]
fn a_region_outside_and_a_wrong_length_are_refused() {
    let with = plain_preprocess(4, 4);
    let outside = PixelBox { x: 100.0, y: 0.0, width: 10.0, height: 10.0 };
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
    let quarter = PixelBox { x: 0.0, y: 0.0, width: 800.0, height: 600.0 };
    assert_eq!(scaled.decode_size(full, Some(&quarter)), at_least(448, 448));
    let tiny = PixelBox { x: 0.0, y: 0.0, width: 100.0, height: 600.0 };
    assert_eq!(scaled.decode_size(full, Some(&tiny)), DecodeSize::Full);
    assert_eq!(plain_preprocess(224, 224).decode_size(full, None), DecodeSize::Full);
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
