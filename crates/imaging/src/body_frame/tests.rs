//! Frames of bodies made up.

use image::{Rgb, RgbImage};
use proptest::prelude::*;

use super::*;

const CROP: ImageSize = ImageSize { width: 400, height: 300 };

/// An animal that is bent like a bow, turned by a slope: trunk from 80 to 320, legs, and a neck to the right.
fn is_animal(x: f64, y: f64, slope: f64) -> bool {
    let y = y - slope * (x - 200.0);
    let sag = 14.0 * ((x - 200.0) / 120.0).powi(2);
    let is_trunk = (80.0..320.0).contains(&x) && (100.0 + sag..190.0 + sag).contains(&y);
    let is_leg =
        (180.0..270.0).contains(&y) && [95.0, 130.0, 280.0, 305.0].iter().any(|leg| (x - leg).abs() < 9.0);
    let is_neck = (300.0..330.0).contains(&x) && (40.0..130.0).contains(&y);
    is_trunk || is_leg || is_neck
}

fn values(size: ImageSize, is_inside: impl Fn(f64, f64) -> bool) -> Vec<u8> {
    let at = |place: u32| (f64::from(place % size.width) + 0.5, f64::from(place / size.width) + 0.5);
    (0..size.width * size.height).map(at).map(|(x, y)| if is_inside(x, y) { 255 } else { 0 }).collect()
}

fn frame_in(crop: ImageSize, is_inside: impl Fn(f64, f64) -> bool) -> Result<BodyFrame, BodyFrameError> {
    let values = values(crop, is_inside);
    BodyFrame::find(&AnimalMask::new(crop, &values).unwrap(), crop)
}

fn near(one: [f64; 2], other: [f64; 2], tolerance: f64) -> bool {
    (one[0] - other[0]).hypot(one[1] - other[1]) < tolerance
}

#[test]
fn the_frame_follows_back_and_belly_without_legs_and_neck() {
    let frame = frame_in(CROP, |x, y| is_animal(x, y, 0.0)).unwrap();
    for x in [120.0, 160.0, 200.0, 240.0, 280.0] {
        let at = |y: f64| {
            let places = (0..=256).map(|x| frame.in_crop([f64::from(x), y]));
            places.min_by(|a, b| (a[0] - x).abs().total_cmp(&(b[0] - x).abs())).unwrap()
        };
        let sag = 14.0 * ((x - 200.0) / 120.0_f64).powi(2);
        let (back, belly) = (at(0.0), at(128.0));
        assert!((back[1] - (100.0 + sag)).abs() < 4.0, "back at {x}: {back:?}");
        assert!((belly[1] - (190.0 + sag)).abs() < 4.0, "belly at {x}: {belly:?}");
    }
    assert!(near(frame.in_crop([0.0, 64.0]), [80.0, 155.0], 10.0), "{:?}", frame.in_crop([0.0, 64.0]));
    assert!(near(frame.in_crop([256.0, 64.0]), [320.0, 155.0], 10.0), "{:?}", frame.in_crop([256.0, 64.0]));
    assert!(frame.soundness().is_sound(), "{:?}", frame.soundness());
    assert_eq!(frame.outline().first(), Some(&frame.in_crop([0.0, 0.0])));
    assert_eq!(frame.outline().last(), Some(&frame.in_crop([0.0, 128.0])));
}

#[test]
fn a_point_painted_on_the_body_is_found_where_the_frame_says() {
    let frame = frame_in(CROP, |x, y| is_animal(x, y, 0.25)).unwrap();
    for spot in [[60.0, 30.0], [200.0, 100.0], [128.0, 64.0]] {
        let in_crop = frame.in_crop(spot);
        let photo = RgbImage::from_fn(CROP.width, CROP.height, |x, y| {
            let is_spot = near([f64::from(x) + 0.5, f64::from(y) + 0.5], in_crop, 4.0);
            Rgb(if is_spot { [255; 3] } else { [0; 3] })
        });
        let body = frame.straighten(&photo).unwrap();
        let (mut sum, mut center) = (0.0, [0.0; 2]);
        for (x, y, pixel) in body.enumerate_pixels() {
            let weight = f64::from(pixel.0[0]);
            sum += weight;
            center = [center[0] + weight * (f64::from(x) + 0.5), center[1] + weight * (f64::from(y) + 0.5)];
        }
        assert!(near(center.map(|all| all / sum), spot, 1.0), "{spot:?}: {:?}", center.map(|all| all / sum));
    }
}

#[test]
fn left_and_right_stay_and_the_back_is_up_however_the_body_is_turned() {
    for slope in [-0.6, -0.2, 0.0, 0.2, 0.6] {
        let frame = frame_in(CROP, |x, y| is_animal(x, y, slope)).unwrap();
        let [left, right] = [0.0, 256.0].map(|x| frame.in_crop([x, 64.0]));
        let [back, belly] = [0.0, 128.0].map(|y| frame.in_crop([128.0, y]));
        assert!(left[0] < right[0] && back[1] < belly[1], "{slope}: {left:?} {right:?} {back:?} {belly:?}");
        // The axis lies along the body, so the columns stand upright on it.
        let (along, down) =
            ([right[0] - left[0], right[1] - left[1]], [belly[0] - back[0], belly[1] - back[1]]);
        let cosine =
            (along[0] * down[0] + along[1] * down[1]) / (along[0].hypot(along[1]) * down[0].hypot(down[1]));
        assert!(cosine.abs() < 0.15, "{slope}: {cosine}");
    }
}

#[test]
fn a_mask_of_another_size_and_a_photo_decoded_smaller_show_the_same_body() {
    let exact = frame_in(CROP, |x, y| is_animal(x, y, 0.1)).unwrap();
    // As networks give it: square, stretched over the crop.
    let square = ImageSize { width: 320, height: 320 };
    let stretched = values(square, |x, y| is_animal(x * 400.0 / 320.0, y * 300.0 / 320.0, 0.1));
    let frame = BodyFrame::find(&AnimalMask::new(square, &stretched).unwrap(), CROP).unwrap();
    for point in [[20.0, 20.0], [230.0, 20.0], [20.0, 110.0], [230.0, 110.0]] {
        assert!(near(exact.in_crop(point), frame.in_crop(point), 4.0), "{point:?}");
    }
    let photo = |scale: u32| {
        RgbImage::from_fn(CROP.width * scale, CROP.height * scale, |x, y| {
            let [x, y] = [x, y].map(|place| (f64::from(place) + 0.5) / f64::from(scale));
            let wave = (x * 0.2).sin() + (y * 0.15).cos();
            Rgb([(128.0 + 60.0 * wave) as u8; 3])
        })
    };
    let (small, large) = (exact.straighten(&photo(1)).unwrap(), exact.straighten(&photo(12)).unwrap());
    let differences =
        small.as_raw().iter().zip(large.as_raw()).map(|(one, two)| f64::from(one.abs_diff(*two)));
    let mean = differences.sum::<f64>() / small.as_raw().len() as f64;
    assert!(mean < 2.0, "{mean}");
}

#[test]
fn what_lies_outside_of_the_crop_is_mid_grey() {
    // The body goes on beyond the right edge, sloping down: the frame's corner lies outside.
    let frame =
        frame_in(CROP, |x, y| (100.0..190.0).contains(&(y - 0.5 * (x - 250.0))) && x > 150.0).unwrap();
    let body = frame.straighten(&RgbImage::from_pixel(400, 300, Rgb([9, 200, 30]))).unwrap();
    let outside = (0..256 * 128).filter(|at| {
        let point = [f64::from(at % 256) + 0.5, f64::from(at / 256) + 0.5];
        let [x, y] = frame.in_crop(point);
        let is_outside = !(0.0..=400.0).contains(&x) || !(0.0..=300.0).contains(&y);
        let expected = if is_outside { [128; 3] } else { [9, 200, 30] };
        assert_eq!(body.get_pixel(at % 256, at / 256).0, expected, "{point:?}");
        is_outside
    });
    assert!(outside.count() > 50);
    assert!(frame.soundness().cut > 0.08, "{:?}", frame.soundness());
}

#[test]
fn what_is_no_flank_is_not_sound() {
    let sound =
        |is_inside: &dyn Fn(f64, f64) -> bool| frame_in(CROP, is_inside).unwrap().soundness().is_sound();
    assert!(sound(&|x, y| (80.0..320.0).contains(&x) && (100.0..200.0).contains(&y)));
    // Towards the camera: higher than long.
    assert!(!sound(&|x, y| (150.0..250.0).contains(&x) && (30.0..270.0).contains(&y)));
    // Half of it beyond the crop.
    assert!(!sound(&|x, y| x < 160.0 && y > 180.0));
    // As round as long.
    assert!(!sound(&|x, y| near([x, y], [200.0, 150.0], 80.0)));
}

#[test]
fn masks_that_show_no_body_say_why() {
    let find = |size: ImageSize, values: &[u8]| {
        AnimalMask::new(size, values).and_then(|mask| BodyFrame::find(&mask, CROP))
    };
    let one = ImageSize { width: 1, height: 1 };
    let all = (CROP.width * CROP.height) as usize;
    assert_eq!(find(CROP, &vec![0; all]), Err(BodyFrameError::NoAnimal));
    assert_eq!(find(CROP, &vec![255; all]), Err(BodyFrameError::NoOutline));
    assert_eq!(find(one, &[255]), Err(BodyFrameError::NoOutline));
    assert_eq!(find(one, &[0]), Err(BodyFrameError::NoAnimal));
    assert_eq!(find(one, &[0, 0]), Err(BodyFrameError::MaskSize { size: one, values: 2 }));
    let none = ImageSize { width: 0, height: 5 };
    assert_eq!(find(none, &[]), Err(BodyFrameError::MaskSize { size: none, values: 0 }));
    let dot = values(CROP, |x, y| near([x, y], [200.0, 150.0], 3.0));
    assert_eq!(find(CROP, &dot), Err(BodyFrameError::TooSmall));
    let mask = AnimalMask::new(one, &[255]).unwrap();
    assert_eq!(BodyFrame::find(&mask, none), Err(BodyFrameError::NoCrop));
    assert!(BodyFrame::find(&mask, ImageSize { width: 1, height: 1 }).is_err());
    let frame = frame_in(CROP, |x, y| is_animal(x, y, 0.0)).unwrap();
    assert_eq!(frame.straighten(&RgbImage::new(0, 0)), Err(BodyFrameError::NoCrop));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever the mask is, there is an error or a frame of finite numbers, and twice the same.
    #[test]
    fn any_mask_gives_a_frame_or_an_error(
        (width, height) in (1_u32..70, 1_u32..70),
        crop in (1_u32..900, 1_u32..900),
        boxes in prop::collection::vec((0_u32..70, 0_u32..70, 1_u32..70, 1_u32..70), 0..5),
    ) {
        let size = ImageSize { width, height };
        let is_inside = |x: u32, y: u32| boxes.iter().any(|(left, top, across, down)| {
            (*left..left + across).contains(&x) && (*top..top + down).contains(&y)
        });
        let values: Vec<u8> =
            (0..width * height).map(|at| if is_inside(at % width, at / width) { 200 } else { 20 }).collect();
        let crop = ImageSize { width: crop.0, height: crop.1 };
        let mask = AnimalMask::new(size, &values).unwrap();
        let found = BodyFrame::find(&mask, crop);
        prop_assert_eq!(&found, &BodyFrame::find(&mask, crop));
        if let Ok(frame) = found {
            prop_assert!(frame.outline().as_flattened().iter().all(|number| number.is_finite()));
            prop_assert!((0.0..=1.0).contains(&frame.soundness().value()));
            let body = frame.straighten(&RgbImage::new(crop.width.min(90), crop.height.min(90))).unwrap();
            prop_assert_eq!(body.dimensions(), (BodyFrame::WIDTH, BodyFrame::HEIGHT));
        }
    }
}
