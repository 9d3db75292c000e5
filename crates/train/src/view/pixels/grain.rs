//! The traces of sensors and of compression.

use rand::RngCore;
use rand_chacha::ChaCha8Rng;
use resight_imaging::{DecodeSize, Limits, RgbImage, decode, encode_jpeg};

/// Standard deviation of the sum of four even bytes: √(4 · (256² − 1) / 12).
const DEVIATION_OF_FOUR_BYTES: f32 = 147.8;
/// Mean of that sum.
const MEAN_OF_FOUR_BYTES: f32 = 510.0;

/// Adds noise of this standard deviation to every value. It is the sum of four even bytes, which is nearly normal
/// (never beyond 3.4 deviations) and the same on every machine.
pub(super) fn add_noise(picture: &mut RgbImage, deviation: f32, random: &mut ChaCha8Rng) {
    let share = deviation / DEVIATION_OF_FOUR_BYTES;
    for value in picture.iter_mut() {
        let sum: u16 = random.next_u32().to_le_bytes().into_iter().map(u16::from).sum();
        let noisy = f32::from(*value) + (f32::from(sum) - MEAN_OF_FOUR_BYTES) * share;
        *value = (noisy + 0.5).clamp(0.0, 255.0) as u8;
    }
}

/// Writes a picture as a JPEG of this quality and reads it back.
pub(super) fn recompress(picture: RgbImage, quality: u8) -> RgbImage {
    let bytes = encode_jpeg(&picture, quality).ok();
    let read = bytes.and_then(|bytes| decode(&bytes, &Limits::default(), DecodeSize::Full).ok());
    // A picture of the network's size is never too large for a JPEG.
    read.map_or(picture, |decoded| decoded.image)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generator;

    #[test]
    fn noise_has_the_deviation_that_was_asked_for() {
        let mut picture = RgbImage::from_pixel(100, 100, [128; 3].into());
        add_noise(&mut picture, 12.0, &mut generator(1, "noise", &[]));
        let changes = picture.iter().map(|value| f64::from(*value) - 128.0);
        let n = picture.as_raw().len() as f64;
        let mean = changes.clone().sum::<f64>() / n;
        let deviation = (changes.map(|change| (change - mean).powi(2)).sum::<f64>() / n).sqrt();
        assert!(mean.abs() < 0.3 && (deviation - 12.0).abs() < 0.3, "{mean} {deviation}");
    }

    #[test]
    fn a_strong_compression_leaves_more_traces_than_a_weak_one() {
        let picture =
            RgbImage::from_fn(64, 64, |x, y| [(x * 31 % 256) as u8, (y * 17 % 256) as u8, 90].into());
        let change = |quality| {
            let changed = recompress(picture.clone(), quality);
            changed.iter().zip(picture.iter()).map(|(new, old)| u64::from(new.abs_diff(*old))).sum::<u64>()
        };
        assert!(change(10) > 2 * change(95) && change(95) > 0, "{} {}", change(10), change(95));
    }
}
