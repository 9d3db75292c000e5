//! Beside OpenCV, and what must hold of every picture.

use proptest::prelude::*;
use serde_json::Value;

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
    let place = |at: usize| i64::try_from(at).unwrap();
    (0..width * height).map(|at| draw(place(at % width), place(at / width)) as f32).collect()
}

fn squares(x: i64, y: i64) -> i64 {
    let (a, b) = (x / 13, y / 11);
    (a * a * 37 + b * b * 91 + a * b * 53) % 256
}

fn discs(x: i64, y: i64) -> i64 {
    let disc = |at: i64| {
        let (left, top) = ((at * at * 29 + at * 71) % 230, (at * at * 17 + at * 113) % 170);
        let (radius, height) = (4 + at * 7 % 23, at * 37 % 90 + 20);
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

/// A keypoint and its descriptor, as OpenCV counts: x, y, diameter, angle, response.
struct Told {
    numbers: [f32; 5],
    histograms: [f32; DIM],
}

fn all_of(values: &[f32], width: usize, height: usize, most: usize) -> Vec<Told> {
    let space = ScaleSpace::of(Plane::new(width, height, values).unwrap());
    let told = |one: &Oriented| {
        let extremum = &one.extremum;
        let diameter = 2.0 * extremum.scale * (extremum.octave as f32 - 1.0).exp2();
        let angle = (360.0 - one.direction).rem_euclid(360.0);
        // OpenCV takes a pixel's first quarter, where its doubled picture has a pixel, for its centre.
        let (x, y) = (extremum.x + 0.25, extremum.y + 0.25);
        Told { numbers: [x, y, diameter, angle, extremum.response], histograms: histograms(&space, one) }
    };
    strongest(&space, |_, _| true, most).iter().map(told).collect()
}

fn cosine(a: &[f32; DIM], b: &[f32; DIM]) -> f32 {
    root(a).iter().zip(root(b)).map(|(a, b)| a * b).sum()
}

fn turned(a: f32, b: f32) -> f32 {
    let off = (a - b).rem_euclid(360.0);
    off.min(360.0 - off)
}

/// How near ours come to a keypoint of the reference: the nearest by place, size and direction.
fn nearest<'a>(ours: &'a [Told], [x, y, diameter, angle, _]: [f32; 5]) -> Option<&'a Told> {
    let near = |one: &&Told| {
        let [x_ours, y_ours, diameter_ours, angle_ours, _] = one.numbers;
        (x_ours - x).hypot(y_ours - y) <= 0.02
            && (diameter_ours / diameter - 1.0).abs() <= 0.002
            && turned(angle_ours, angle) <= 0.5
    };
    ours.iter().find(near)
}

#[test]
fn keypoints_and_descriptors_are_those_of_opencv() {
    let text = include_str!("../../../../fixtures/reference/compare/sift.json");
    let reference: Value = serde_json::from_str(text).unwrap();
    let mut cosines = Vec::new();
    for picture in reference["pictures"].as_array().unwrap() {
        let number = |name: &str| usize::try_from(picture[name].as_u64().unwrap()).unwrap();
        let (name, width, height) = (picture["picture"].as_str().unwrap(), number("width"), number("height"));
        let values = drawn(name, width, height);
        let checksum: usize = values.iter().zip(0..).map(|(gray, at)| *gray as usize * (1 + at % 1009)).sum();
        assert_eq!(checksum, number("checksum"), "{name} is another picture");
        let expected: Vec<[f32; 5]> = serde_json::from_value(picture["keypoints"].clone()).unwrap();
        assert_eq!(all_of(&values, width, height, usize::MAX).len(), number("found"), "{name}");
        let ours = all_of(&values, width, height, expected.len());
        let there = expected.iter().filter(|one| nearest(&ours, **one).is_some()).count();
        eprintln!("{name}: {there} of {}", expected.len());
        for (one, hex) in expected.iter().zip(picture["descriptors"].as_array().unwrap()) {
            let hex = hex.as_str().unwrap();
            let byte = |at: usize| f32::from(u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap());
            let theirs: [f32; DIM] = std::array::from_fn(byte);
            cosines.extend(nearest(&ours, *one).map(|found| cosine(&found.histograms, &theirs)));
        }
    }
    cosines.sort_by(f32::total_cmp);
    eprintln!(
        "{} {} {} {}",
        cosines.len(),
        cosines[0],
        cosines[cosines.len() / 20],
        cosines[cosines.len() / 2]
    );
}
