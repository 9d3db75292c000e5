//! Outlines: the nicks in the edge of a fin, from a mask to keypoints along it.
//!
//! What tells fins apart is the course of their edge. A network says of each pixel whether it belongs to the animal
//! ([`Picture::mask`]); that is right to a few pixels and blunt where nicks are. So the mask is drawn to the picture's own
//! edges (`guided`), its outline followed between the pixels (`trace`), and along it keypoints are set whose descriptors
//! are the shape of the edge around them (`shape`). From there on they are compared as other keypoints are, by their mutual
//! nearest neighbours and one similarity transform: CurvRank (H. Weideman et al., "Integral curvature representation and
//! matching algorithms for identification of dolphins and whales", 2017) and finFindR (J. Thompson et al., 2022) compare edges
//! too, by other descriptors.
//!
//! A fin seen from the other side has the mirrored outline, and descriptors are made so that the mirrored one reads backwards
//! ([`crate::Rule::either_side`]). What was tried and measured: `docs/decisions/outlines.md`.

mod guided;
mod shape;
mod trace;

use crate::{Descriptors, Features, Keypoint, Shown, quantise};

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
    // The edge of what is shown is cut off; so is that of the picture, where nothing beside it is shown.
    let inner = Shown {
        left: (shown.left + 1.0).max(EDGE),
        top: (shown.top + 1.0).max(EDGE),
        right: (shown.right - 1.0).min(real(width) - 1.0 - EDGE),
        bottom: (shown.bottom - 1.0).min(real(height) - 1.0 - EDGE),
    };
    let Some((mask, part)) = scaled(picture.mask).zip(Part::of(shown, width, height)) else {
        return Features::none(DIM);
    };
    // What lies beside it is no part of the photo, and must not say where the photo's edges are.
    let colours = picture.colours.map(|plane| part.cut(plane, width));
    let mask = part.cut(&mask, width);
    let colours = colours.each_ref().map(Vec::as_slice);
    let cut = Picture { width: part.width, height: part.height, colours, mask: &mask };
    let drawn = guided::drawn_to_edges(&cut, &mask);
    // Around the largest part: not around others, and not around holes.
    let largest = trace::outlines(&drawn, cut.width, cut.height)
        .into_iter()
        .max_by(|one, other| trace::area(one).total_cmp(&trace::area(other)))
        .unwrap_or_default();
    let is_inside = |(x, y): trace::Point| inner.holds(x + real(part.left), y + real(part.top));
    let mut places: Vec<shape::Place> =
        trace::runs(&largest, is_inside).iter().flat_map(shape::places).collect();
    places.sort_by(|one, other| other.bend.total_cmp(&one.bend));
    places.truncate(most);
    let mut bytes = vec![0; DIM * places.len()];
    for (place, bytes) in places.iter().zip(bytes.chunks_exact_mut(DIM)) {
        quantise(&place.descriptor, bytes);
    }
    let in_picture = |place: &shape::Place| {
        let Keypoint { x, y } = place.keypoint;
        Keypoint { x: x + real(part.left), y: y + real(part.top) }
    };
    let keypoints = places.iter().map(in_picture).collect();
    Features { keypoints, descriptors: Descriptors::from_rows(DIM, &bytes) }
}

/// A part of a picture, in whole pixels.
#[derive(Debug, Clone, Copy)]
struct Part {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl Part {
    /// The whole pixels of what is shown; none where there are hardly any.
    fn of(shown: &Shown, width: usize, height: usize) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut to the picture")]
        let pixels = |from: f32, to: f32, size: usize| {
            let first = from.max(0.0).ceil() as usize;
            let last = to.min(real(size) - 1.0).max(0.0).floor() as usize;
            (last > first).then(|| (first, last - first + 1))
        };
        let (left, width) = pixels(shown.left, shown.right, width)?;
        let (top, height) = pixels(shown.top, shown.bottom, height)?;
        Some(Self { left, top, width, height })
    }

    /// This part of a plane of a picture so wide.
    fn cut(self, plane: &[f32], width: usize) -> Vec<f32> {
        let rows = plane.chunks_exact(width).skip(self.top).take(self.height);
        rows.flat_map(|row| &row[self.left..self.left + self.width]).copied().collect()
    }
}

/// From 0, the least, to 1, the greatest; none where all are the same, or one is no number.
fn scaled(mask: &[f32]) -> Option<Vec<f32>> {
    if mask.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let (least, greatest) = mask.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), value| {
        (least.min(*value), most.max(*value))
    });
    let range = greatest - least;
    (range > 0.0).then(|| mask.iter().map(|value| (value - least) / range).collect())
}

#[expect(clippy::cast_precision_loss, reason = "pixels of a network's input")]
fn real(pixels: usize) -> f32 {
    pixels as f32
}

#[cfg(test)]
mod tests;
