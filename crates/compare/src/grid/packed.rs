//! The map of a body as a row of bytes, as it lies on disk: compared where it lies.
//!
//! | bytes | what |
//! |---|---|
//! | 0–1 | 1: which kind of map this is, little-endian |
//! | 2–3 | pixels of the map, little-endian |
//! | 8 for each pixel | how much runs in each direction, 0 to 123 |
//!
//! No byte is above 123, so every two of them are a finite number of half precision, and a row can be kept as a row of such
//! numbers.

use super::{BodyMap, DIRECTIONS, HEIGHT, WIDTH};

const KIND: u16 = 1;
const PIXELS: u16 = (WIDTH * HEIGHT) as u16;
const HEADER: usize = 4;
/// The greatest byte.
const GREATEST: u8 = 123;

/// Bytes that are no map of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not the map of a straightened body")]
pub struct PackedBodyError;

/// The map of a body where it lies.
#[derive(Debug, Clone, Copy)]
pub struct PackedBody<'a> {
    pub(super) directions: &'a [u8],
}

impl BodyMap {
    /// Length of a row, in bytes; even.
    pub const BYTES: usize = HEADER + WIDTH * HEIGHT * DIRECTIONS;

    /// The map as a row of [`Self::BYTES`].
    pub fn pack(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::BYTES);
        bytes.extend(header());
        let greatest = f32::from(GREATEST);
        bytes.extend(
            self.directions.iter().map(|value| (greatest * value).round().clamp(0.0, greatest) as u8),
        );
        bytes
    }
}

fn header() -> [u8; HEADER] {
    let ([a, b], [c, d]) = (KIND.to_le_bytes(), PIXELS.to_le_bytes());
    [a, b, c, d]
}

impl<'a> PackedBody<'a> {
    /// Looks at the map in a row.
    ///
    /// # Errors
    /// It has another length, is of another kind, or has numbers that cannot be.
    pub fn read(bytes: &'a [u8]) -> Result<Self, PackedBodyError> {
        let directions = bytes.strip_prefix(&header()).ok_or(PackedBodyError)?;
        let greatest = directions.iter().fold(0, |greatest, byte| greatest.max(*byte));
        if bytes.len() != BodyMap::BYTES || greatest > GREATEST {
            return Err(PackedBodyError);
        }
        Ok(Self { directions })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::tests::striped;

    #[test]
    fn every_two_bytes_are_a_finite_number_of_half_precision() {
        let greatest = BodyMap { directions: vec![1e9; WIDTH * HEIGHT * DIRECTIONS] };
        for map in [BodyMap::of(&striped(1)).expect("size"), greatest] {
            let row = map.pack();
            assert_eq!(row.len(), BodyMap::BYTES);
            for pair in row.chunks_exact(2) {
                assert_ne!(u16::from_le_bytes([pair[0], pair[1]]) & 0x7c00, 0x7c00);
            }
        }
    }

    #[test]
    fn what_was_packed_comes_out_and_other_bytes_are_refused() {
        let map = BodyMap::of(&striped(1)).expect("size");
        let row = map.pack();
        let read = PackedBody::read(&row).expect("just packed");
        for (byte, value) in read.directions.iter().zip(&map.directions) {
            assert!((f32::from(*byte) / 123.0 - value).abs() <= 0.5 / 123.0 + 1e-6);
        }
        let (mut other_kind, mut too_great) = (row.clone(), row.clone());
        other_kind[0] = 2;
        too_great[5000] = 124;
        for other in [&row[..row.len() - 2], &[], &other_kind, &too_great, &vec![0; row.len()]] {
            assert_eq!(PackedBody::read(other).err(), Some(PackedBodyError));
        }
    }
}
