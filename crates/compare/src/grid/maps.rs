//! The maps of a straightened body.

use super::blur::Plane;
use super::{HEIGHT, STRIDE, WIDTH, hog, ridges};

/// What is compared of a straightened body.
#[derive(Debug, Clone, PartialEq)]
pub struct BodyMaps {
    /// From -1 to 1.
    pub(super) ridges: Vec<f32>,
    /// From 0 to 1.
    pub(super) directions: Vec<f32>,
}

/// A straightened body that has another size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a straightened body has {} × {} pixels, this one {pixels} in all", BodyMaps::BODY_WIDTH, BodyMaps::BODY_HEIGHT)]
pub struct BodySizeError {
    /// How many pixels it has.
    pub pixels: usize,
}

impl BodyMaps {
    /// Width of a straightened body, in pixels.
    pub const BODY_WIDTH: usize = WIDTH * STRIDE;
    /// Height of a straightened body, in pixels.
    pub const BODY_HEIGHT: usize = HEIGHT * STRIDE;

    /// Makes the maps of a straightened body: gray levels, row after row.
    ///
    /// # Errors
    /// It has another size.
    pub fn of(gray: &[u8]) -> Result<Self, BodySizeError> {
        if gray.len() != Self::BODY_WIDTH * Self::BODY_HEIGHT {
            return Err(BodySizeError { pixels: gray.len() });
        }
        let body = Plane {
            width: Self::BODY_WIDTH,
            height: Self::BODY_HEIGHT,
            values: gray.iter().map(|level| f32::from(*level)).collect(),
        };
        Ok(Self { ridges: ridges::ridges(&body), directions: hog::directions(&body) })
    }
}
