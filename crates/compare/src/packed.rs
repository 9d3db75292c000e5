//! Features as bytes, as they lie on disk: compared where they lie.
//!
//! | bytes | what |
//! |---|---|
//! | 0–1 | how many keypoints, little-endian |
//! | 2–3 | numbers of a descriptor, little-endian |
//! | 4 per keypoint | x and y in 1/64 pixel, little-endian |
//! | dim per keypoint, filled up to 16 keypoints | the descriptors in blocks (see [`crate::Descriptors`]) |

use crate::descriptors::{Blocks, GROUP, block_bytes};
use crate::{Features, Keypoint};

const HEADER: usize = 4;
const POINT: usize = 4;
/// Parts of a pixel that a coordinate is counted in.
const PARTS: f32 = 64.0;

/// The greatest number of keypoints of one crop.
const MOST_KEYPOINTS: usize = 4096;
/// The greatest length of a descriptor.
const MOST_NUMBERS: usize = 1024;

/// Bytes that are no features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these are not the features of a crop")]
pub struct PackedError;

/// The features of a crop where they lie.
#[derive(Debug, Clone, Copy)]
pub struct PackedFeatures<'a> {
    points: &'a [u8],
    blocks: Blocks<'a>,
}

impl Features {
    /// As bytes.
    pub fn pack(&self) -> Vec<u8> {
        let blocks = self.descriptors.blocks();
        let mut bytes = Vec::with_capacity(HEADER + POINT * self.len() + blocks.blocks.len());
        let count = u16::try_from(self.len()).unwrap_or(u16::MAX);
        bytes.extend(count.to_le_bytes());
        bytes.extend(u16::try_from(blocks.dim).unwrap_or(u16::MAX).to_le_bytes());
        for point in &self.keypoints {
            for value in [point.x, point.y] {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut to 16 bits")]
                let parts = (value * PARTS).round().clamp(0.0, f32::from(u16::MAX)) as u16;
                bytes.extend(parts.to_le_bytes());
            }
        }
        bytes.extend(blocks.blocks.iter().map(|value| value.cast_unsigned()));
        bytes
    }
}

impl<'a> PackedFeatures<'a> {
    /// Looks at the features in `bytes`.
    ///
    /// # Errors
    /// They are of another length than they say, or say what cannot be.
    pub fn read(bytes: &'a [u8]) -> Result<Self, PackedError> {
        let (header, rest) = bytes.split_at_checked(HEADER).ok_or(PackedError)?;
        let number = |at: usize| usize::from(u16::from_le_bytes([header[at], header[at + 1]]));
        let (count, dim) = (number(0), number(2));
        if count > MOST_KEYPOINTS || dim == 0 || dim > MOST_NUMBERS || !dim.is_multiple_of(GROUP) {
            return Err(PackedError);
        }
        let (points, blocks) = rest.split_at_checked(POINT * count).ok_or(PackedError)?;
        if blocks.len() != block_bytes(dim, count) {
            return Err(PackedError);
        }
        Ok(Self { points, blocks: Blocks { dim, count, blocks: bytemuck::cast_slice(blocks) } })
    }

    /// How many keypoints there are.
    pub fn len(&self) -> usize {
        self.blocks.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The features, unpacked.
    pub fn to_features(&self) -> Features {
        let mut keypoints = Vec::new();
        self.keypoints_into(&mut keypoints);
        Features { keypoints, descriptors: self.blocks.to_owned() }
    }

    pub(crate) fn blocks(&self) -> Blocks<'a> {
        self.blocks
    }

    pub(crate) fn keypoints_into(&self, keypoints: &mut Vec<Keypoint>) {
        keypoints.clear();
        keypoints.extend(self.points.chunks_exact(POINT).map(|point| {
            let part = |at: usize| f32::from(u16::from_le_bytes([point[at], point[at + 1]])) / PARTS;
            Keypoint { x: part(0), y: part(2) }
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::unit_rows;

    #[test]
    fn what_was_packed_comes_out() {
        let features = Features {
            keypoints: (0..21_u8).map(|i| Keypoint { x: f32::from(i) * 10.25, y: 447.5 }).collect(),
            descriptors: unit_rows(64, 1, 21),
        };
        let bytes = features.pack();
        assert_eq!(bytes.len(), 4 + 21 * 4 + 32 * 64);
        let read = PackedFeatures::read(&bytes).expect("just packed");
        assert_eq!((read.len(), read.to_features()), (21, features));
    }

    #[test]
    fn other_bytes_are_refused() {
        let bytes = Features { keypoints: Vec::new(), descriptors: unit_rows(64, 1, 0) }.pack();
        assert!(PackedFeatures::read(&bytes).expect("none is allowed").is_empty());
        assert_eq!(PackedFeatures::read(&[]).err(), Some(PackedError));
        assert_eq!(PackedFeatures::read(&[1, 0, 64, 0]).err(), Some(PackedError));
        assert_eq!(PackedFeatures::read(&[0, 0, 63, 0]).err(), Some(PackedError));
        assert_eq!(PackedFeatures::read(&[0xff; 64]).err(), Some(PackedError));
        assert_eq!(PackedFeatures::read(&[0, 0, 0, 0]).err(), Some(PackedError));
    }
}
