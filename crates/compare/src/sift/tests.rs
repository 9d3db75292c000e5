//! Beside OpenCV, and what must hold of every picture.

use proptest::prelude::*;
use serde::Deserialize;

use super::descriptor::COUNTED;
use super::*;
use crate::made_up::Dice;

/// The made-up pictures of `fixtures/reference/compare/sift.py`.
fn drawn(name: &str, width: usize, height: usize) -> Vec<f32> {
    let draw = match name {
        "squares" => squares,
        "discs" => discs,
        "grain" => grain,
        other => panic!("{other}"),
    };
    let place = |at: usize| i64::try_from(at).expect("a small picture");
    (0..width * height).map(|at| draw(place(at % width), place(at / width)) as f32).collect()
}

fn squares(x: i64, y: i64) -> i64 {
    let (a, b) = (x / 7, y / 6);
    (a * a * 37 + b * b * 91 + a * b * 53) % 256
}

fn discs(x: i64, y: i64) -> i64 {
    let disc = |at: i64| {
        let (left, top) = ((at * at * 29 + at * 71) % 230, (at * at * 17 + at * 113) % 170);
        let (radius, height) = (2 + at * 7 % 23, at * 37 % 90 + 20);
        let inside = (radius * radius - (x - left).pow(2) - (y - top).pow(2)).max(0);
        inside * height / (radius * radius) * (1 - 2 * (at % 2))
    };
    (128 + (0..40).map(disc).sum::<i64>()).clamp(0, 255)
}

fn grain(x: i64, y: i64) -> i64 {
    let noise = |a: i64, b: i64| (a * a * 7919 + b * b * 6007 + a * b * 3571 + a * 101 + b * 57) % 251;
    let soft = |side: i64| {
        let (a, b, right, down) = (x / side, y / side, x % side, y % side);
        let upper = noise(a, b) * (side - right) + noise(a + 1, b) * right;
        let lower = noise(a, b + 1) * (side - right) + noise(a + 1, b + 1) * right;
        (upper * (side - down) + lower * down) / (side * side)
    };
    (soft(5) + 2 * soft(17)) / 3
}

/// `fixtures/reference/compare/sift.py` made it.
#[derive(Deserialize)]
struct Reference {
    pictures: Vec<ReferencePicture>,
}

#[derive(Deserialize)]
struct ReferencePicture {
    picture: String,
    width: usize,
    height: usize,
    checksum: usize,
    /// How many keypoints there are in all.
    found: usize,
    /// x, y, diameter, angle, response.
    keypoints: Vec<[f32; 5]>,
    descriptors: Vec<String>,
}

fn bytes_of(hex: &str) -> [f32; COUNTED] {
    assert_eq!(hex.len(), 2 * COUNTED);
    std::array::from_fn(|at| {
        f32::from(u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("two hexadecimal digits"))
    })
}

/// A keypoint and its descriptor, as OpenCV counts: x, y, diameter, angle, response.
struct Told {
    numbers: [f32; 5],
    octave: usize,
    histograms: [f32; COUNTED],
}

fn all_of(values: &[f32], width: usize, height: usize, most: usize) -> Vec<Told> {
    let mut space = ScaleSpace::default();
    space.look_at(Plane::new(width, height, values).expect("whole rows"));
    let told = |one: &Oriented| {
        let extremum = &one.extremum;
        let diameter = 2.0 * extremum.scale * (extremum.octave as f32 - 1.0).exp2();
        let angle = (360.0 - one.direction).rem_euclid(360.0);
        // OpenCV takes a pixel's first quarter, where its doubled picture has a pixel, for its centre.
        let (x, y) = (extremum.x + 0.25, extremum.y + 0.25);
        let numbers = [x, y, diameter, angle, extremum.response];
        Told { numbers, octave: extremum.octave, histograms: histograms(&space, one) }
    };
    strongest(&space, |_, _| true, most).iter().map(told).collect()
}

/// The product of two RootSIFT descriptors of all eight directions.
fn cosine(a: &[f32; COUNTED], b: &[f32; COUNTED]) -> f32 {
    let (sum_a, sum_b) = (a.iter().sum::<f32>(), b.iter().sum::<f32>());
    a.iter().zip(b).map(|(a, b)| (a / sum_a * b / sum_b).sqrt()).sum()
}

fn turned(a: f32, b: f32) -> f32 {
    let off = (a - b).rem_euclid(360.0);
    off.min(360.0 - off)
}

/// Whether a keypoint of ours lies where one of the reference does, to .02 pixels, and is as large, to two thousandths.
fn there(ours: &Told, [x, y, diameter, ..]: [f32; 5]) -> bool {
    let [x_ours, y_ours, diameter_ours, ..] = ours.numbers;
    (x_ours - x).hypot(y_ours - y) <= 0.02 && (diameter_ours / diameter - 1.0).abs() <= 0.002
}

/// The keypoint of ours that lies there and is looked at in the same direction, to half a degree.
fn same(ours: &[Told], reference: [f32; 5]) -> Option<&Told> {
    ours.iter().find(|one| there(one, reference) && turned(one.numbers[3], reference[3]) <= 0.5)
}

#[test]
fn keypoints_and_descriptors_are_those_of_opencv() {
    let text = include_str!("../../../../fixtures/reference/compare/sift.json");
    let reference: Reference = serde_json::from_str(text).expect("what the script wrote");
    let (mut cosines, mut n_keypoints, mut n_same) = (Vec::new(), 0, 0);
    for ReferencePicture { picture, width, height, checksum, found, keypoints, descriptors } in
        reference.pictures
    {
        let values = drawn(&picture, width, height);
        let sum: usize = values.iter().zip(0..).map(|(gray, at)| *gray as usize * (1 + at % 1009)).sum();
        assert_eq!(sum, checksum, "{picture} is another picture");
        assert_eq!(all_of(&values, width, height, usize::MAX).len(), found, "{picture}");
        let ours = all_of(&values, width, height, keypoints.len());
        let is_there = |one: &&[f32; 5]| ours.iter().any(|found| there(found, **one));
        assert_eq!(keypoints.iter().filter(is_there).count(), keypoints.len(), "{picture}");
        n_same += keypoints.iter().filter(|one| same(&ours, **one).is_some()).count();
        n_keypoints += keypoints.len();
        for (one, hex) in keypoints.iter().zip(&descriptors) {
            cosines.extend(same(&ours, *one).map(|found| cosine(&found.histograms, &bytes_of(hex))));
        }
    }
    // What is quite round, as the discs are, has no direction: the last digits choose one.
    assert!(n_same * 100 >= n_keypoints * 98, "{n_same} of {n_keypoints}");
    cosines.sort_by(f32::total_cmp);
    assert!(cosines.len() >= 150 && cosines[0] > 0.999, "{cosines:?}");
    assert!(cosines[cosines.len() / 2] > 0.99999, "{cosines:?}");
}

fn features(values: &[f32], width: usize, height: usize, most: usize) -> Features {
    let plane = Plane::new(width, height, values).expect("whole rows");
    Finder::default().features_of(plane, |_, _| true, most)
}

#[test]
fn the_strongest_come_first_and_are_as_many_as_asked_for() {
    let values = drawn("grain", 151, 200);
    let all = features(&values, 151, 200, 9999);
    let told = all_of(&values, 151, 200, 9999);
    assert!(told.is_sorted_by(|a, b| a.numbers[4] >= b.numbers[4]));
    for most in [0, 1, 50] {
        let some = features(&values, 151, 200, most);
        assert_eq!((some.len(), some.descriptors.len()), (most, most));
        assert_eq!(some.keypoints, all.keypoints[..most]);
        assert!((0..most).all(|at| some.descriptors.row(at) == all.descriptors.row(at)));
    }
}

#[test]
fn keypoints_lie_where_they_are_allowed() {
    let values = drawn("grain", 151, 200);
    let allowed = |x: f32, y: f32| x < 70.0 || y > 150.0;
    let all = features(&values, 151, 200, 9999);
    let plane = Plane::new(151, 200, &values).expect("whole rows");
    let some = Finder::default().features_of(plane, allowed, 9999);
    let inside: Vec<Keypoint> = all.keypoints.iter().copied().filter(|one| allowed(one.x, one.y)).collect();
    assert!(inside.len() > 50 && inside.len() < all.len());
    assert_eq!(some.keypoints, inside);
}

#[test]
fn what_was_looked_at_before_leaves_no_trace() {
    let mut finder = Finder::default();
    for (name, width, height) in
        [("grain", 151, 200), ("discs", 90, 70), ("squares", 160, 121), ("grain", 9, 9)]
    {
        let values = drawn(name, width, height);
        let plane = Plane::new(width, height, &values).expect("whole rows");
        let found = finder.features_of(plane, |_, _| true, 200);
        assert!(found == features(&values, width, height, 200), "{name}");
    }
}

#[test]
fn descriptors_are_of_unit_length() {
    let found = features(&drawn("grain", 151, 200), 151, 200, 100);
    for at in 0..found.len() {
        let length = found.descriptors.row(at).iter().map(|n| f32::from(*n).powi(2)).sum::<f32>().sqrt();
        assert!((length - 127.0).abs() < 2.0, "{length}");
    }
}

/// A quarter of a turn to the right.
fn turned_right(values: &[f32], width: usize, height: usize) -> Vec<f32> {
    (0..width * height).map(|at| values[(height - 1 - at % height) * width + at / height]).collect()
}

#[test]
fn a_turned_picture_has_turned_keypoints() {
    for (name, width, height, least) in [("squares", 160, 121, 30), ("grain", 151, 200, 70)] {
        let values = drawn(name, width, height);
        let all = all_of(&values, width, height, usize::MAX);
        let turned = all_of(&turned_right(&values, width, height), height, width, usize::MAX);
        let is_there = |one: &&&Told| {
            let [x, y, diameter, angle, response] = one.numbers;
            // A quarter of a pixel is OpenCV's, and does not turn.
            let (x, y) = (height as f32 - 0.5 - y, x);
            same(&turned, [x, y, diameter, angle + 90.0, response])
                .is_some_and(|found| cosine(&found.histograms, &one.histograms) > 0.999)
        };
        // Of the later octaves, which hold every second pixel, a turned picture holds the others.
        let fine: Vec<&Told> = all.iter().filter(|one| one.octave == 0).collect();
        let there = fine.iter().filter(is_there).count();
        assert!(there == fine.len() && there >= least, "{name}: {there} of {}", fine.len());
    }
}

#[test]
fn where_nothing_is_to_be_seen_nothing_is_found() {
    for (width, height) in [(0, 0), (0, 9), (9, 0), (1, 1), (1, 448), (5, 5), (6, 6), (64, 64)] {
        assert!(features(&vec![99.0; width * height], width, height, 400).is_empty());
    }
    assert!(features(&vec![f32::NAN; 40 * 40], 40, 40, 400).is_empty());
    assert!(Plane::new(2, 3, &[0.0; 5]).is_none());
    assert!(Plane::new(usize::MAX, 2, &[]).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_numbers_give_finite_keypoints(
        width in 0_usize..60, height in 0_usize..60, seed: u64,
        odd in prop::sample::select(vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 1e-40]),
        share in prop::sample::select(vec![0.0, 0.001, 0.5]),
    ) {
        let mut dice = Dice(seed | 1);
        let values: Vec<f32> =
            (0..width * height).map(|_| if dice.next() < share { odd } else { dice.next() * 255.0 }).collect();
        let found = features(&values, width, height, 300);
        prop_assert_eq!(found.len(), found.descriptors.len());
        let inside = |at: f32, size: usize| at >= 0.0 && at < size as f32;
        prop_assert!(found.keypoints.iter().all(|one| inside(one.x, width) && inside(one.y, height)));
    }
}
