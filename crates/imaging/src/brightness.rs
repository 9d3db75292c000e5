//! How bright a pixel is, by the weights of ITU-R BT.601.

use image::{Rgb, RgbImage};

/// The brightness of each pixel, row after row.
pub fn gray_levels(picture: &RgbImage) -> Vec<u8> {
    picture.pixels().map(|pixel| ((thousandfold(pixel) + 500) / 1000) as u8).collect()
}

/// A pixel's brightness times 1000.
pub(crate) fn thousandfold(pixel: &Rgb<u8>) -> u32 {
    let [red, green, blue] = pixel.0.map(u32::from);
    299 * red + 587 * green + 114 * blue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gray_stays_as_bright_as_it_was_and_green_is_brighter_than_blue() {
        let picture = RgbImage::from_fn(256, 1, |x, _| Rgb([x as u8; 3]));
        assert_eq!(gray_levels(&picture), (0..=255).collect::<Vec<u8>>());
        let colors = RgbImage::from_raw(2, 1, vec![0, 255, 0, 0, 0, 255]).unwrap();
        assert_eq!(gray_levels(&colors), [150, 29]);
    }
}
