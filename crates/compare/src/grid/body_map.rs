//! What is compared of a straightened body.

use super::directions::directions;
use super::plane::Plane;
use super::{HEIGHT, STRIDE, WIDTH};

/// Which way edges run on a straightened body.
#[derive(Debug, Clone, PartialEq)]
pub struct BodyMap {
    /// Eight numbers for each pixel of the map, from 0 to 1.
    pub(super) directions: Vec<f32>,
}

/// A straightened body that has another size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a straightened body has {} × {} pixels, not {pixels} in all",
    BodyMap::BODY_WIDTH,
    BodyMap::BODY_HEIGHT
)]
pub struct BodySizeError {
    /// How many pixels it has.
    pub pixels: usize,
}

impl BodyMap {
    /// Width of a straightened body, in pixels.
    pub const BODY_WIDTH: usize = WIDTH * STRIDE;
    /// Height of a straightened body, in pixels.
    pub const BODY_HEIGHT: usize = HEIGHT * STRIDE;

    /// Makes the map of a straightened body: its gray levels, row after row, the back up.
    ///
    /// # Errors
    /// It has another size.
    pub fn of(gray: &[u8]) -> Result<Self, BodySizeError> {
        if gray.len() != Self::BODY_WIDTH * Self::BODY_HEIGHT {
            return Err(BodySizeError { pixels: gray.len() });
        }
        let values = gray.iter().map(|level| f32::from(*level)).collect();
        let body = Plane { width: Self::BODY_WIDTH, height: Self::BODY_HEIGHT, values };
        Ok(Self { directions: directions(&body) })
    }
}
