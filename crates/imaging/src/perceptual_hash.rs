//! A short code of what a picture looks like, to find near-duplicates.
//!
//! The "difference hash" of a picture shrunk to 9 x 8 grey pixels: bit `8 * y + x` says whether pixel
//! `(x, y)` is brighter than its right neighbour (N. Krawetz, "Kind of Like That", 2013). Resizing,
//! re-encoding and a change of brightness leave most bits alone.

use std::fmt;
use std::str::FromStr;

use image::RgbImage;

use crate::brightness::thousandfold;
use crate::resize::{ResizeFilter, SourceBox, resize_region};

/// 64 bits of what a picture looks like; shown as 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PerceptualHash(pub u64);

/// The text is not a perceptual hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a perceptual hash (16 hexadecimal digits): `{0}`")]
pub struct PerceptualHashError(String);

impl PerceptualHash {
    /// Counts the bits that differ, 0 to 64. Up to about 6: most likely the same picture.
    pub fn distance(&self, other: &Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

impl fmt::Display for PerceptualHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for PerceptualHash {
    type Err = PerceptualHashError;

    fn from_str(text: &str) -> Result<Self, PerceptualHashError> {
        let refuse = || PerceptualHashError(text.to_owned());
        if text.len() != 16 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(refuse());
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| refuse())
    }
}

/// Computes the perceptual hash of an upright picture, at any size. A picture without pixels has hash 0.
pub fn perceptual_hash(picture: &RgbImage) -> PerceptualHash {
    let small = resize_region(picture, SourceBox::whole(picture), 9, 8, ResizeFilter::Bilinear);
    let Some(small) = small else { return PerceptualHash(0) };
    let mut bits = 0;
    for y in 0..8 {
        for x in 0..8 {
            let brighter = thousandfold(small.get_pixel(x, y)) > thousandfold(small.get_pixel(x + 1, y));
            bits |= u64::from(brighter) << (8 * y + x);
        }
    }
    PerceptualHash(bits)
}

#[cfg(test)]
mod tests {
    use image::imageops::flip_horizontal;

    use super::*;
    use crate::{DecodeSize, Limits, decode, encode_jpeg, thumbnail};

    /// Waves of several lengths: something in every part of the picture.
    fn waves() -> RgbImage {
        RgbImage::from_fn(320, 240, |x, y| {
            let (x, y) = (x as f32 / 320.0, y as f32 / 240.0);
            let level = (x * 9.0 + y * 3.0).sin() + (x * 4.0 - y * 11.0).cos() + (x * y * 17.0).sin();
            let byte = |shift: f32| (128.0 + 36.0 * (level + shift)) as u8;
            image::Rgb([byte(0.0), byte(0.2), byte(-0.3)])
        })
    }

    #[test]
    fn encoding_and_shrinking_leave_the_hash_nearly_alone() {
        let original = waves();
        let hash = perceptual_hash(&original);
        let poor = encode_jpeg(&thumbnail(&original, 120), 40).unwrap();
        let poor = decode(&poor, &Limits::default(), DecodeSize::Full).unwrap().image;
        assert!(hash.distance(&perceptual_hash(&poor)) <= 4);
        let darker =
            RgbImage::from_fn(320, 240, |x, y| image::Rgb(original.get_pixel(x, y).0.map(|v| v / 4 * 3)));
        assert!(hash.distance(&perceptual_hash(&darker)) <= 4);
    }

    #[test]
    fn another_picture_has_another_hash() {
        let hash = perceptual_hash(&waves());
        assert!(hash.distance(&perceptual_hash(&flip_horizontal(&waves()))) > 16);
    }

    #[test]
    fn the_text_form_reads_back_and_nothing_else_does() {
        let hash = PerceptualHash(0x00ab_cdef_0123_4567);
        assert_eq!(hash.to_string(), "00abcdef01234567");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        for text in ["", "abc", "+0abcdef01234567", "00abcdef0123456g", "00abcdef012345678"] {
            assert!(text.parse::<PerceptualHash>().is_err(), "{text}");
        }
    }
}
