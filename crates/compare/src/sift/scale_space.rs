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
#[derive(Debug)]
pub(super) struct Octave {
    pub(super) layers: Vec<Picture>,
}

/// All octaves; the first is at twice the size of the picture.
#[derive(Debug)]
pub(super) struct ScaleSpace {
    pub(super) octaves: Vec<Octave>,
}

impl ScaleSpace {
    pub(super) fn of(plane: Plane<'_>) -> Self {
        let mut octaves: Vec<Octave> = Vec::new();
        let mut blur = Blur::default();
        let side = 2 * plane.width.min(plane.height);
        for _ in 0..octaves_of(side) {
            let first = match octaves.last() {
                Some(before) => before.layers[STEPS].halved(),
                None => first_layer(plane, &mut blur),
            };
            octaves.push(Octave { layers: layers_from(first, &mut blur) });
        }
        Self { octaves }
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

fn first_layer(plane: Plane<'_>, blur: &mut Blur) -> Picture {
    let doubled = Picture::doubled(plane.width, plane.height, plane.values);
    blur.blurred(&doubled, more_blur(2.0 * BLUR_OF_A_PHOTO, FIRST_BLUR))
}

fn layers_from(first: Picture, blur: &mut Blur) -> Vec<Picture> {
    let mut layers = vec![first];
    let mut sigma = FIRST_BLUR;
    for at in 1..LAYERS {
        let next = sigma * (1.0 / STEPS as f32).exp2();
        layers.push(blur.blurred(&layers[at - 1], more_blur(sigma, next)));
        sigma = next;
    }
    layers
}

/// The blur that brings one blur to another.
fn more_blur(from: f32, to: f32) -> f32 {
    (to * to - from * from).sqrt()
}
