//! RootSIFT: points that stand out at some size, and the directions of what is around each.
//!
//! D. Lowe, "Distinctive image features from scale-invariant keypoints", IJCV 2004; with the square roots of
//! R. Arandjelović and A. Zisserman, "Three things everyone should know to improve object retrieval", CVPR 2012. Where the
//! papers leave a choice, it is the one of OpenCV's `SIFT_create()`, beside which the tests hold keypoints and descriptors:
//!
//! 1. `scale_space`: the picture at twice its size, blurred more and more, halved, and again;
//! 2. `extrema`: where the difference of two blurs is greatest or least of all around, and `refine` to parts of a pixel,
//!    without what is faint or lies along an edge;
//! 3. `orientation`: the directions in which a point is looked at;
//! 4. `descriptor`: histograms of the gradients around it, turned into that direction; of these the square roots, in half
//!    as many directions as the papers have.

mod blur;
mod descriptor;
mod extrema;
mod gradient;
mod orientation;
mod picture;
mod refine;
mod scale_space;
#[cfg(test)]
mod tests;

use self::refine::Extremum;
use self::scale_space::ScaleSpace;
use crate::{Descriptors, Features, Keypoint, quantise};

/// Numbers of a descriptor.
pub const DIM: usize = descriptor::DIM;

/// The gray values of a crop, from 0 (black) to 255.
#[derive(Debug, Clone, Copy)]
pub struct Plane<'a> {
    width: usize,
    height: usize,
    values: &'a [f32],
}

impl<'a> Plane<'a> {
    /// Takes gray values, row after row; none where they are not width × height.
    pub fn new(width: usize, height: usize, values: &'a [f32]) -> Option<Self> {
        (width.checked_mul(height) == Some(values.len())).then_some(Self { width, height, values })
    }
}

/// Finds features, and keeps its memory from one crop to the next: some 160 bytes a pixel.
#[derive(Debug, Default)]
pub struct Finder {
    space: ScaleSpace,
}

impl Finder {
    /// The strongest `most` keypoints whose centre is `allowed`, strongest first, of equal ones the upper left first. A
    /// point that is looked at in several directions counts once for each. The centre of the first pixel is 0, 0.
    pub fn features_of(
        &mut self,
        plane: Plane<'_>,
        allowed: impl Fn(f32, f32) -> bool,
        most: usize,
    ) -> Features {
        self.space.look_at(plane);
        let found = strongest(&self.space, allowed, most);
        let mut bytes = vec![0; DIM * found.len()];
        for (one, bytes) in found.iter().zip(bytes.chunks_exact_mut(DIM)) {
            quantise(&descriptor::descriptor(&histograms(&self.space, one)), bytes);
        }
        let keypoints = found.iter().map(|one| Keypoint { x: one.extremum.x, y: one.extremum.y }).collect();
        Features { keypoints, descriptors: Descriptors::from_rows(DIM, &bytes) }
    }
}

/// A point and one direction in which it is looked at.
#[derive(Debug, Clone, Copy)]
struct Oriented {
    extremum: Extremum,
    /// In degrees, counted from the right upwards.
    direction: f32,
}

fn strongest(space: &ScaleSpace, allowed: impl Fn(f32, f32) -> bool, most: usize) -> Vec<Oriented> {
    let mut extrema = extrema::of(space);
    extrema.retain(|one| allowed(one.x, one.y));
    extrema.sort_by(Extremum::by_strength);
    let oriented = extrema.into_iter().flat_map(|extremum| {
        let directions = orientation::directions(space.layer(&extremum), &extremum);
        directions.into_iter().map(move |direction| Oriented { extremum, direction })
    });
    oriented.take(most).collect()
}

fn histograms(space: &ScaleSpace, one: &Oriented) -> [f32; descriptor::COUNTED] {
    descriptor::histograms(space.layer(&one.extremum), &one.extremum, one.direction)
}
