//! Outlines: the nicks in the edge of a fin, from a mask to keypoints along it.
//!
//! What tells fins apart is the course of their edge. A network says of each pixel whether it belongs to the animal
//! ([`Picture::mask`]); that is right to a few pixels and blunt where nicks are. So the mask is drawn to the picture's own
//! edges ([`guided`]), its outline followed between the pixels ([`trace`]), and along it keypoints are set whose descriptors
//! are the shape of the edge around them ([`shape`]). From there on they are compared as other keypoints are, by their mutual
//! nearest neighbours and one similarity transform: CurvRank (H. Weideman et al., "Integral curvature representation and
//! matching algorithms for identification of dolphins and whales", 2017) and finFindR (J. Thompson et al., 2022) compare edges
//! too, by other descriptors.
//!
//! A fin seen from the other side has the mirrored outline, and descriptors are made so that the mirrored one reads backwards
//! ([`crate::Rule::either_side`]). What was tried and measured: `docs/decisions/outlines.md`.

mod guided;
mod shape;
mod trace;

use crate::{Descriptors, Features, Shown, quantise};

/// What a network saw and what it found in it.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// Width, in pixels.
    pub width: usize,
    /// Height, in pixels.
    pub height: usize,
    /// Red, green and blue, each height × width, 0 to 1.
    pub colours: [&'a [f32]; 3],
    /// height × width: how much each pixel belongs to the animal, by any scale.
    pub mask: &'a [f32],
}

/// Numbers of a descriptor.
pub const DIM: usize = 64;

/// So near to the edge of what is shown an outline is that of the picture, in pixels.
const EDGE: f32 = 4.0;

/// The at most `most` keypoints on the animal's outline within `shown` around which it is least straight.
///
/// # Panics
/// Where a plane is not as large as the picture.
pub fn features_of(picture: &Picture<'_>, shown: &Shown, most: usize) -> Features {
    let (width, height) = (picture.width, picture.height);
    for plane in picture.colours.iter().chain([&picture.mask]) {
        assert_eq!(plane.len(), width * height, "a plane of the picture");
    }
    let inner = Shown {
        left: shown.left.max(EDGE),
        top: shown.top.max(EDGE),
        right: shown.right.min(real(width) - 1.0 - EDGE),
        bottom: shown.bottom.min(real(height) - 1.0 - EDGE),
    };
    let Some(mask) = scaled(picture.mask) else { return Features::none(DIM) };
    let drawn = guided::drawn_to_edges(picture, &mask);
    let largest = trace::largest_part(&drawn, width, height);
    let mut places: Vec<shape::Place> = trace::outlines(&largest, width, height)
        .iter()
        .flat_map(|outline| trace::runs(outline, |x, y| inner.holds(x, y)))
        .flat_map(|run| shape::places(&run))
        .collect();
    places.sort_by(|one, other| other.bend.total_cmp(&one.bend));
    places.truncate(most);
    let mut bytes = vec![0; DIM * places.len()];
    for (place, bytes) in places.iter().zip(bytes.chunks_exact_mut(DIM)) {
        quantise(&place.descriptor, bytes);
    }
    let keypoints = places.iter().map(|place| place.keypoint).collect();
    Features { keypoints, descriptors: Descriptors::from_rows(DIM, &bytes) }
}

/// From 0, the least, to 1, the greatest; none where all are the same.
fn scaled(mask: &[f32]) -> Option<Vec<f32>> {
    let (least, greatest) = mask.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), value| {
        (least.min(*value), most.max(*value))
    });
    let range = greatest - least;
    (range.is_finite() && range > 0.0).then(|| mask.iter().map(|value| (value - least) / range).collect())
}

#[expect(clippy::cast_precision_loss, reason = "pixels of a network's input")]
fn real(pixels: usize) -> f32 {
    pixels as f32
}

#[cfg(test)]
mod tests;
