//! The maps of a body as a row of bytes, as they lie on disk: compared where they lie.
//!
//! | bytes | what |
//! |---|---|
//! | 0–1 | 1: which kind of row this is, little-endian |
//! | 2–3 | pixels of a map, little-endian |
//! | 4 for each pixel | ridges, at twice the resolution |
//! | 8 for each pixel | how much runs in each direction |
//!
//! No byte is above 123, so every two of them are a finite number of half precision, and a row can be kept as a row of such
//! numbers.

use super::{BodyMaps, DIRECTIONS, HEIGHT, RIDGES, WIDTH};

const HEADER: usize = 4;
const KIND: u16 = 1;
const PIXELS: usize = WIDTH * HEIGHT;
/// The greatest byte.
const GREATEST: f32 = 123.0;
/// What a byte of the ridges is where there is none.
const NO_RIDGE: f32 = 62.0;
/// What a ridge of 1 adds to that.
const UNIT: f32 = 61.0;

/// Bytes that are no maps of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these are not the maps of a straightened body")]
pub struct PackedBodyError;

/// The maps of a body where they lie.
#[derive(Debug, Clone, Copy)]
pub struct PackedBody<'a> {
    pub(super) ridges: &'a [u8],
    pub(super) directions: &'a [u8],
}

impl BodyMaps {
    /// Length of a row, in bytes; even.
    pub const BYTES: usize = HEADER + PIXELS * (RIDGES + DIRECTIONS);

    /// The maps as a row of [`Self::BYTES`].
    pub fn pack(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::BYTES);
        bytes.extend(KIND.to_le_bytes());
        bytes.extend((PIXELS as u16).to_le_bytes());
        bytes.extend(self.ridges.iter().map(|value| byte_of(NO_RIDGE + UNIT * value)));
        bytes.extend(self.directions.iter().map(|value| byte_of(GREATEST * value)));
        bytes
    }
}

fn byte_of(value: f32) -> u8 {
    value.round().clamp(0.0, GREATEST) as u8
}

impl<'a> PackedBody<'a> {
    /// Looks at the maps in a row.
    ///
    /// # Errors
    /// It has another length, or says what cannot be.
    pub fn read(bytes: &'a [u8]) -> Result<Self, PackedBodyError> {
        let header: Vec<u8> = [KIND, PIXELS as u16].into_iter().flat_map(u16::to_le_bytes).collect();
        if bytes.len() != BodyMaps::BYTES || !bytes.starts_with(&header) {
            return Err(PackedBodyError);
        }
        let (ridges, directions) = bytes[HEADER..].split_at(PIXELS * RIDGES);
        Ok(Self { ridges, directions })
    }
}
