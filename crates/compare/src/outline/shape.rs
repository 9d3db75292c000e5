//! The shape of an outline around a place of it.

use super::trace::{Point, Run};
use super::{DIM, real};
use crate::Keypoint;

/// How far the outline is looked at to each side of a place, in pixels of its length: nicks, and the course they lie in.
const REACHES: [usize; 2] = [16, 32];

/// From one place to the next, in pixels.
const STEP: usize = 4;

/// An outline that goes back to within this share of the reach has no course.
const LEAST_CHORD: f32 = 0.3;

/// Numbers at each end of a descriptor that all of them have in common: a piece that is straight is like all others that are, and
/// noise on it says nothing.
const COMMON: usize = 4;

/// What these numbers are.
const STRAIGHT: f32 = 0.133;

/// The others: distances from the chord.
const DISTANCES: usize = DIM - 2 * COMMON;

/// A place on an outline.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub(super) keypoint: Keypoint,
    pub(super) descriptor: [f32; DIM],
    /// How far from straight it is there.
    pub(super) bend: f32,
}

/// The places of a run.
pub(super) fn places(run: &Run) -> Vec<Place> {
    REACHES.into_iter().flat_map(|reach| of_reach(run, reach)).collect()
}

fn of_reach(run: &Run, reach: usize) -> Vec<Place> {
    let length = run.points.len();
    if !run.is_closed {
        let places = length.saturating_sub(2 * reach);
        // As far from one end as from the other, so that the mirror image has the same ones.
        let first = reach + places.saturating_sub(1) % STEP / 2;
        let middles = (first..reach + places).step_by(STEP);
        return middles.filter_map(|middle| place(&run.points, middle, reach)).collect();
    }
    if length < 2 * reach + 1 {
        return Vec::new();
    }
    // What lies before the first point and behind the last one is the outline's other end.
    let around = [&run.points[length - reach..], &run.points, &run.points[..reach]].concat();
    (reach..reach + length).step_by(STEP).filter_map(|middle| place(&around, middle, reach)).collect()
}

/// The distances of the outline from the chord between its ends, to the left as one walks, in lengths of the piece. The mirrored
/// outline is walked the other way round, so the same numbers come in the opposite order.
fn place(run: &[Point], middle: usize, reach: usize) -> Option<Place> {
    let (first, last) = (run[middle - reach], run[middle + reach]);
    let along = (last.0 - first.0, last.1 - first.1);
    let chord = along.0.hypot(along.1);
    if chord < LEAST_CHORD * real(reach) {
        return None;
    }
    let mut descriptor = [STRAIGHT; DIM];
    let step = real(2 * reach) / real(DISTANCES + 1);
    let mut bend = 0.0;
    // The ends of the piece lie on the chord and say nothing.
    for (number, value) in (1..).zip(&mut descriptor[COMMON..COMMON + DISTANCES]) {
        let (x, y) = between(run, middle - reach, real(number) * step);
        let distance = (along.1 * (x - first.0) - along.0 * (y - first.1)) / chord;
        *value = distance / real(2 * reach);
        bend += *value * *value;
    }
    let (x, y) = run[middle];
    let length = (bend + real(2 * COMMON) * STRAIGHT * STRAIGHT).sqrt();
    descriptor.iter_mut().for_each(|value| *value /= length);
    Some(Place { keypoint: Keypoint { x, y }, descriptor, bend })
}

/// The point of a run so far behind one of its points.
fn between(run: &[Point], from: usize, behind: f32) -> Point {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place of the run")]
    let at = (from + behind as usize).min(run.len() - 2);
    let share = behind + real(from) - real(at);
    let ((ax, ay), (bx, by)) = (run[at], run[at + 1]);
    (ax + share * (bx - ax), ay + share * (by - ay))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An arc with a nick in it, points a pixel apart (about).
    fn worn() -> Vec<Point> {
        let point = |at: usize| {
            let t = at as f32;
            let nick = if (70..86).contains(&at) {
                5.0 * ((t - 70.0) / 16.0 * std::f32::consts::PI).sin()
            } else {
                0.0
            };
            (10.0 + t, 60.0 + 0.003 * (t - 80.0) * (t - 80.0) + nick)
        };
        (0..160).map(point).collect()
    }

    #[test]
    fn the_mirror_image_reads_backwards() {
        let run = worn();
        let mirrored: Vec<Point> = run.iter().rev().map(|(x, y)| (320.0 - x, *y)).collect();
        let (reach, middle) = (16, 77);
        let (one, other) = (
            place(&run, middle, reach).expect("a place"),
            place(&mirrored, run.len() - 1 - middle, reach).expect("a place"),
        );
        let backwards: Vec<f32> = other.descriptor.iter().rev().copied().collect();
        for (one, other) in one.descriptor.iter().zip(&backwards) {
            assert!((one - other).abs() < 1e-3, "{one} {other}");
        }
        assert!((one.keypoint.x + other.keypoint.x - 320.0).abs() < 1e-4);
    }

    #[test]
    fn a_turned_and_larger_outline_has_the_same_shape_where_the_reach_grows_with_it() {
        let run = worn();
        // A quarter turn: to the right becomes downwards.
        let turned: Vec<Point> = run.iter().map(|(x, y)| (-y, *x)).collect();
        let (one, other) = (place(&run, 77, 32).expect("a place"), place(&turned, 77, 32).expect("a place"));
        assert!(one.descriptor.iter().zip(&other.descriptor).all(|(one, other)| (one - other).abs() < 1e-5));
    }

    #[test]
    fn nicks_bend_most_and_straight_pieces_are_alike() {
        let run = worn();
        let places: Vec<Place> = (16..140).step_by(4).filter_map(|middle| place(&run, middle, 16)).collect();
        let most = places.iter().max_by(|one, other| one.bend.total_cmp(&other.bend)).expect("a place");
        assert!((most.keypoint.x - 88.0).abs() < 20.0, "{most:?}");
        let straight: Vec<Point> = (0..100).map(|at| (at as f32, 0.02 * ((at * 37) % 11) as f32)).collect();
        let straight = super::places(&Run { points: straight, is_closed: false });
        let product = |a: &Place, b: &Place| -> f32 {
            a.descriptor.iter().zip(&b.descriptor).map(|(a, b)| a * b).sum()
        };
        assert!(product(&straight[0], &straight[5]) > 0.99);
        assert!(product(&straight[0], most) < 0.95);
    }

    #[test]
    fn a_closed_outline_has_places_all_around() {
        let point = |at: usize| {
            let turn = at as f32 / 200.0 * 2.0 * std::f32::consts::PI;
            (100.0 + 31.8 * turn.sin(), 100.0 - 31.8 * turn.cos())
        };
        let circle: Vec<Point> = (0..200).map(point).collect();
        let places = places(&Run { points: circle.clone(), is_closed: true });
        assert_eq!(places.len(), 2 * 50);
        let first = &places[0];
        assert_eq!((first.keypoint.x, first.keypoint.y), circle[0], "where it begins, too");
        let of_reach = |place: &&Place| (place.bend - first.bend).abs() < 0.01 * first.bend;
        assert_eq!(places.iter().filter(of_reach).count(), 50, "a circle bends alike everywhere");
    }

    #[test]
    fn what_goes_back_on_itself_has_no_shape() {
        let hairpin: Vec<Point> = (0..40).map(|at| (20.0 - (at as f32 - 20.0).abs(), 0.0)).collect();
        assert_eq!(place(&hairpin, 20, 16), None);
        assert!(places(&Run { points: hairpin[..5].to_vec(), is_closed: false }).is_empty());
        assert!(places(&Run { points: hairpin[..5].to_vec(), is_closed: true }).is_empty());
    }
}
