//! Features as rows of one length, as they lie on disk: compared where they lie.
//!
//! | bytes | what |
//! |---|---|
//! | 0–1 | how many keypoints, little-endian |
//! | 2–3 | numbers of a descriptor, little-endian |
//! | 4 for each keypoint that there is room for | x and y in 1/64 pixel, little-endian |
//! | dim for each keypoint that there is room for | the descriptors in blocks (see [`crate::Descriptors`]) |
//!
//! Every two bytes are a finite number of half precision, so a row can be kept as a row of such numbers.

use crate::descriptors::{Blocks, GROUP, LANES, block_bytes};
use crate::{Features, Keypoint};

const HEADER: usize = 4;
const POINT: usize = 4;
/// Parts of a pixel that a coordinate is counted in.
const PARTS: f32 = 64.0;
/// The greatest coordinate, in those parts: 495 pixels; greater ones would be no finite number of half precision.
const GREATEST: f32 = 31_680.0;

/// What a row of features has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    keypoints: usize,
    dim: usize,
}

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

impl Room {
    /// Room for so many keypoints (a multiple of 16, to 4,096) with descriptors of `dim` numbers (a multiple of 4, to
    /// 1,024); none for other numbers.
    pub fn new(keypoints: usize, dim: usize) -> Option<Self> {
        let fits = |n: usize, step: usize, most: usize| n > 0 && n.is_multiple_of(step) && n <= most;
        (fits(keypoints, LANES, 4096) && fits(dim, GROUP, 1024)).then_some(Self { keypoints, dim })
    }

    /// Most keypoints.
    pub fn keypoints(self) -> usize {
        self.keypoints
    }

    /// Numbers of a descriptor.
    pub fn dim(self) -> usize {
        self.dim
    }

    /// Length of a row, in bytes; even.
    pub fn bytes(self) -> usize {
        HEADER + self.keypoints * (POINT + self.dim)
    }

    fn points(self) -> std::ops::Range<usize> {
        HEADER..HEADER + POINT * self.keypoints
    }

    /// The features as a row: the first as many as there is room for.
    ///
    /// # Panics
    /// Where the descriptors have another length.
    pub fn pack(self, features: &Features) -> Vec<u8> {
        let blocks = features.descriptors.blocks();
        assert_eq!(blocks.dim, self.dim, "descriptors of this length");
        let count = features.len().min(self.keypoints);
        let mut bytes = vec![0; self.bytes()];
        for (place, number) in [(0, count), (2, self.dim)] {
            bytes[place..place + 2].copy_from_slice(&u16::try_from(number).unwrap_or(0).to_le_bytes());
        }
        let points = bytes[self.points()].chunks_exact_mut(POINT);
        for (point, place) in features.keypoints.iter().take(count).zip(points) {
            for (value, place) in [point.x, point.y].into_iter().zip(place.chunks_exact_mut(2)) {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut to 15 bits")]
                let parts = (value * PARTS).round().clamp(0.0, GREATEST) as u16;
                place.copy_from_slice(&parts.to_le_bytes());
            }
        }
        let taken = block_bytes(self.dim, count);
        bytes[self.points().end..][..taken].copy_from_slice(&blocks.blocks[..taken]);
        bytes
    }

    /// Looks at the features in a row.
    ///
    /// # Errors
    /// It has another length, or says what cannot be.
    pub fn read(self, bytes: &[u8]) -> Result<PackedFeatures<'_>, PackedError> {
        if bytes.len() != self.bytes() {
            return Err(PackedError);
        }
        let number = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
        let count = number(0);
        if count > self.keypoints || number(2) != self.dim {
            return Err(PackedError);
        }
        let blocks = &bytes[self.points().end..][..block_bytes(self.dim, count)];
        let points = &bytes[self.points()][..POINT * count];
        Ok(PackedFeatures { points, blocks: Blocks { dim: self.dim, count, blocks } })
    }
}

impl PackedFeatures<'_> {
    /// How many keypoints there are.
    pub fn len(&self) -> usize {
        self.blocks.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers of a descriptor.
    pub fn dim(&self) -> usize {
        self.blocks.dim
    }

    /// The features, unpacked.
    pub fn to_features(&self) -> Features {
        let mut keypoints = Vec::new();
        self.keypoints_into(&mut keypoints);
        Features { keypoints, descriptors: self.blocks.to_owned() }
    }

    pub(crate) fn blocks(&self) -> Blocks<'_> {
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

    fn room() -> Room {
        Room::new(32, 64).expect("multiples")
    }

    fn features(count: u8) -> Features {
        Features {
            keypoints: (0..count).map(|i| Keypoint { x: f32::from(i) * 10.25, y: 447.5 }).collect(),
            descriptors: unit_rows(64, 1, usize::from(count)),
        }
    }

    #[test]
    fn what_was_packed_comes_out() {
        let bytes = room().pack(&features(21));
        assert_eq!(bytes.len(), 4 + 32 * 68);
        let read = room().read(&bytes).expect("just packed");
        assert_eq!((read.len(), read.to_features()), (21, features(21)));
        let cut = room().pack(&features(40));
        assert_eq!(room().read(&cut).expect("just packed").len(), 32);
        assert!(room().read(&room().pack(&features(0))).expect("just packed").is_empty());
    }

    #[test]
    fn every_two_bytes_are_a_finite_number_of_half_precision() {
        let mut row = [0; 64];
        crate::quantise(&[-1.0; 64].map(|one: f32| one), &mut row);
        let far = Keypoint { x: 1e9, y: 495.0 };
        let greatest = Features {
            keypoints: vec![far; 32],
            descriptors: crate::Descriptors::from_rows(64, &row.map(|byte| byte.wrapping_neg()).repeat(32)),
        };
        for features in [features(32), greatest] {
            for pair in room().pack(&features).chunks_exact(2) {
                assert_ne!(u16::from_le_bytes([pair[0], pair[1]]) & 0x7c00, 0x7c00);
            }
        }
    }

    #[test]
    fn other_bytes_are_refused() {
        let bytes = room().pack(&features(3));
        assert_eq!(room().read(&bytes[1..]).err(), Some(PackedError));
        assert_eq!(room().read(&vec![0xff; bytes.len()]).err(), Some(PackedError));
        assert_eq!(room().read(&vec![0; bytes.len()]).err(), Some(PackedError));
        assert_eq!(Room::new(33, 64), None);
        assert_eq!(Room::new(32, 63), None);
    }
}
