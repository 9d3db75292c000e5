//! Against NumPy and scikit-image: `fixtures/reference/compare/outline.py`.

use serde::Deserialize;

use super::*;
use crate::{Comparer, GeometryRule, MatchRule, Room, Rule};

const WIDTH: usize = 160;
const HEIGHT: usize = 120;

#[derive(Deserialize)]
struct Reference {
    width: usize,
    height: usize,
    drawn: Vec<f32>,
    outline: Vec<(f32, f32)>,
}

/// The made-up fin of the reference: its colours, and a mask that is blunt.
fn fin() -> ([Vec<f32>; 3], Vec<f32>) {
    let is_fin = |x: i32, y: i32| {
        let nick = if (y - 70).abs() < 6 { 12 - 2 * (y - 70).abs() } else { 0 };
        y > 18 && x > 30 + (120 - y) * 60 / 120 && x < 110 + y * y / 400 - 20 - nick
    };
    let places = || (0..120).flat_map(|y| (0..160).map(move |x| (x, y)));
    let colour = |added: i32, less: i32| -> Vec<f32> {
        let level = |(x, y): (i32, i32)| match is_fin(x, y) {
            true => (40 + (x * 5 + y * 3) % 17 + added - less).min(255) as f32 / 255.0,
            false => (150 + (x * 7 + y * 13) % 31 + added).min(255) as f32 / 255.0,
        };
        places().map(level).collect()
    };
    let share = |(x, y): (i32, i32)| {
        let around = (-4..=4).flat_map(|down| (-4..=4).map(move |across| (across, down)));
        let fin =
            around.filter(|(across, down)| is_fin((x + across).clamp(0, 159), (y + down).clamp(0, 119)));
        fin.count() as f32 / 81.0
    };
    ([colour(0, 0), colour(10, 0), colour(25, 5)], places().map(share).collect())
}

fn whole(width: usize, height: usize) -> Shown {
    Shown { left: 0.0, top: 0.0, right: real(width) - 1.0, bottom: real(height) - 1.0 }
}

/// The features of the fin, in the picture or in its mirror image.
fn features(mirrored: bool) -> Features {
    let turn = |plane: Vec<f32>| -> Vec<f32> {
        match mirrored {
            true => plane.chunks_exact(WIDTH).flat_map(|row| row.iter().rev().copied()).collect(),
            false => plane,
        }
    };
    let (colours, mask) = fin();
    let (colours, mask) = (colours.map(turn), turn(mask));
    let colours = colours.each_ref().map(Vec::as_slice);
    features_of(&Picture { width: WIDTH, height: HEIGHT, colours, mask: &mask }, &whole(WIDTH, HEIGHT), 400)
}

const RULE: Rule = Rule {
    matching: MatchRule { least_cosine: 0.9, ratio: 1.0 },
    geometry: GeometryRule { tolerance: 4.0, greatest_scale: 2.0, greatest_turn: 0.8, trials: 300 },
    either_side: true,
};

#[test]
fn mask_and_outline_are_those_of_the_reference() {
    let json = include_str!("../../../../fixtures/reference/compare/outline.json");
    let reference: Reference = serde_json::from_str(json).expect("JSON");
    let (width, height) = (reference.width, reference.height);
    assert_eq!((width, height), (WIDTH, HEIGHT));
    let (colours, mask) = fin();
    let picture = Picture { width, height, colours: colours.each_ref().map(Vec::as_slice), mask: &mask };
    let drawn = guided::drawn_to_edges(&picture, &mask);
    let sampled = (0..height).step_by(5).flat_map(|y| (0..width).step_by(5).map(move |x| y * width + x));
    for (at, expected) in sampled.zip(&reference.drawn) {
        assert!((drawn[at] - expected).abs() < 2e-4, "{at}: {} {expected}", drawn[at]);
    }
    let outlines = trace::outlines(&drawn, width, height);
    let longest = outlines.iter().max_by_key(|outline| outline.len()).expect("an outline");
    // Theirs ends where it begins; ours leaves that to the reader.
    assert_eq!(longest.len(), reference.outline.len() - 1);
    for (x, y) in longest {
        let nearest = reference.outline.iter().map(|(a, b)| (a - x).hypot(b - y)).fold(f32::MAX, f32::min);
        assert!(nearest < 0.02, "{x} {y}: {nearest}");
    }
}

#[test]
fn a_fin_is_known_again_from_its_other_side() {
    let (one, other) = (features(false), features(true));
    assert!(one.len() > 60 && one.len().abs_diff(other.len()) < 8, "{} {}", one.len(), other.len());
    let room = Room::new(400, DIM).expect("multiples");
    let (packed_one, packed_other) = (room.pack(&one), room.pack(&other));
    let read = |bytes| room.read(bytes).expect("just packed");
    let mut either = Comparer::new(&one, RULE);
    // Straight pieces are all alike, so that some are taken for others.
    assert!(either.count(read(&packed_one)).expect("same length") * 2 > one.len());
    let found = either.evidence(read(&packed_other)).expect("same length");
    assert!(found.count() * 5 > one.len(), "{} of {}", found.count(), one.len());
    let mirrored = |(query, other): &&(crate::Keypoint, crate::Keypoint)| {
        (query.x + other.x - 159.0).abs() < 5.0 && (query.y - other.y).abs() < 5.0
    };
    assert!(found.points.iter().filter(mirrored).count() * 10 > found.count() * 9);
    let mut one_side = Comparer::new(&one, Rule { either_side: false, ..RULE });
    let straight = one_side.count(read(&packed_other)).expect("same length");
    assert!(straight * 2 < found.count(), "{straight} of {}", found.count());
}

#[test]
fn what_shows_nothing_has_no_outline() {
    let (width, height) = (32, 32);
    let flat = vec![0.3; width * height];
    let colours = [&flat[..]; 3];
    let shown = whole(width, height);
    assert!(features_of(&Picture { width, height, colours, mask: &flat }, &shown, 400).is_empty());
    let mut unknown = flat.clone();
    unknown[7] = f32::NAN;
    assert!(features_of(&Picture { width, height, colours, mask: &unknown }, &shown, 400).is_empty());
    let nowhere = Shown { left: 0.0, top: 0.0, right: 0.0, bottom: 0.0 };
    let (colours, mask) = fin();
    let colours = colours.each_ref().map(Vec::as_slice);
    let picture = Picture { width: WIDTH, height: HEIGHT, colours, mask: &mask };
    assert!(features_of(&picture, &nowhere, 400).is_empty());
    assert_eq!(features_of(&picture, &whole(WIDTH, HEIGHT), 10).len(), 10);
}
