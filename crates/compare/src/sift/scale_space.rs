//! The picture at every size: octaves of layers, each more blurred than the one before.

use super::Plane;
use super::blur::Blur;
use super::extrema::BORDER;
use super::picture::Picture;
use super::refine::Extremum;

/// Layers of an octave that keypoints are found in: steps from one blur to twice of it.
pub(super) const STEPS: usize = 3;
/// Blur of the first layer of an octave, in its own pixels.
pub(super) const FIRST_BLUR: f32 = 1.6;
/// Blur that a photo is taken to have.
const BLUR_OF_A_PHOTO: f32 = 0.5;
/// Layers of an octave: differences of neighbours, and of these one more on both sides of those searched.
pub(super) const LAYERS: usize = STEPS + 3;

/// The layers of one size.
#[derive(Debug, Default)]
pub(super) struct Octave {
    pub(super) layers: [Picture; LAYERS],
}

/// All octaves; the first is at twice the size of the picture. It keeps its memory from one picture to the next.
#[derive(Debug, Default)]
pub(super) struct ScaleSpace {
    pub(super) octaves: Vec<Octave>,
    doubled: Picture,
    blur: Blur,
}

impl ScaleSpace {
    /// Becomes that of another picture.
    pub(super) fn look_at(&mut self, plane: Plane<'_>) {
        let Self { octaves, doubled, blur } = self;
        octaves.resize_with(octaves_of(2 * plane.width.min(plane.height)), Octave::default);
        for number in 0..octaves.len() {
            let (before, from_here) = octaves.split_at_mut(number);
            let Octave { layers } = &mut from_here[0];
            if let Some(before) = before.last() {
                layers[0].halve(&before.layers[STEPS]);
            } else {
                doubled.double(plane.width, plane.height, plane.values);
                blur.blur(doubled, more_blur(2.0 * BLUR_OF_A_PHOTO, FIRST_BLUR), &mut layers[0]);
            }
            blur_on(layers, blur);
        }
    }

    /// The layer that an extremum was found in.
    pub(super) fn layer(&self, extremum: &Extremum) -> &Picture {
        &self.octaves[extremum.octave].layers[extremum.layer]
    }
}

/// As long as there is something between the borders.
fn octaves_of(side: usize) -> usize {
    std::iter::successors(Some(side), |side| Some(side / 2)).take_while(|side| *side > 2 * BORDER).count()
}

/// All layers but the first, each from the one before it.
fn blur_on(layers: &mut [Picture; LAYERS], blur: &mut Blur) {
    let mut sigma = FIRST_BLUR;
    for at in 1..LAYERS {
        let next = sigma * (1.0 / STEPS as f32).exp2();
        let (before, from_here) = layers.split_at_mut(at);
        blur.blur(&before[at - 1], more_blur(sigma, next), &mut from_here[0]);
        sigma = next;
    }
}

/// The blur that brings one blur to another.
fn more_blur(from: f32, to: f32) -> f32 {
    (to * to - from * from).sqrt()
}
