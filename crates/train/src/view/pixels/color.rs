//! Other light, or none: every change of colour is one affine map of red, green and blue.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use resight_imaging::RgbImage;

use super::super::ColorRecipe;

/// Shares of red, green and blue in grey (ITU-R BT.601, as Pillow's `convert("L")` has them).
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

/// A map of colours: new = matrix · old + offset.
#[derive(Debug, Clone, Copy, PartialEq)]
struct ColorMap {
    matrix: [[f32; 3]; 3],
    offset: [f32; 3],
}

impl ColorMap {
    const SAME: Self = Self { matrix: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], offset: [0.0; 3] };

    /// Keeps `share` of a colour and takes the rest from its grey: 0 is grey, 1 the same, above 1 more vivid.
    fn saturation(share: f32) -> Self {
        let entry =
            |to: usize, from: usize| (1.0 - share) * LUMA[from] + if to == from { share } else { 0.0 };
        Self {
            matrix: std::array::from_fn(|to| std::array::from_fn(|from| entry(to, from))),
            offset: [0.0; 3],
        }
    }

    /// Multiplies the distance from a grey.
    fn contrast(factor: f32, grey: f32) -> Self {
        Self::factor(factor, (1.0 - factor) * grey)
    }

    fn factor(factor: f32, offset: f32) -> Self {
        Self { matrix: Self::SAME.matrix.map(|row| row.map(|entry| entry * factor)), offset: [offset; 3] }
    }

    /// Turns the hue, greys and lightness staying as they are (W3C, Filter Effects, `feColorMatrix hueRotate`).
    fn hue(radians: f32) -> Self {
        let (cosine, sine) = (radians.cos(), radians.sin());
        let matrix = [
            [
                0.213 + cosine * 0.787 - sine * 0.213,
                0.715 - cosine * 0.715 - sine * 0.715,
                0.072 - cosine * 0.072 + sine * 0.928,
            ],
            [
                0.213 - cosine * 0.213 + sine * 0.143,
                0.715 + cosine * 0.285 + sine * 0.140,
                0.072 - cosine * 0.072 - sine * 0.283,
            ],
            [
                0.213 - cosine * 0.213 - sine * 0.787,
                0.715 - cosine * 0.715 + sine * 0.715,
                0.072 + cosine * 0.928 + sine * 0.072,
            ],
        ];
        Self { matrix, offset: [0.0; 3] }
    }

    fn of(&self, color: [f32; 3]) -> [f32; 3] {
        std::array::from_fn(|to| {
            let row = &self.matrix[to];
            row[0] * color[0] + row[1] * color[1] + row[2] * color[2] + self.offset[to]
        })
    }

    /// This map, then another.
    fn then(&self, next: &Self) -> Self {
        let column = |from: usize| [0, 1, 2].map(|row: usize| self.matrix[row][from]);
        let linear = Self { offset: [0.0; 3], ..*next };
        let columns = [0, 1, 2].map(|from| linear.of(column(from)));
        Self {
            matrix: std::array::from_fn(|to| std::array::from_fn(|from| columns[from][to])),
            offset: next.of(self.offset),
        }
    }

    fn apply(&self, picture: &mut RgbImage) {
        let (pixels, _) = picture.as_chunks_mut::<3>();
        for pixel in pixels {
            let changed = self.of(pixel.map(f32::from));
            *pixel = changed.map(|value| (value + 0.5).clamp(0.0, 255.0) as u8);
        }
    }
}

/// Changes the light at random, and takes the colour out.
pub(super) fn change(picture: &mut RgbImage, light: Option<(&ColorRecipe, ChaCha8Rng)>, is_grey: bool) {
    let mut map = ColorMap::SAME;
    if let Some((recipe, mut random)) = light {
        let mut factor = |most: f64| (1.0 + most * random.random_range(-1.0..=1.0)) as f32;
        let (brightness, contrast) = (factor(recipe.brightness), factor(recipe.contrast));
        let saturation = factor(recipe.saturation);
        let hue = (recipe.hue * random.random_range(-1.0..=1.0)).to_radians() as f32;
        map = map.then(&ColorMap::factor(brightness, 0.0));
        map = map.then(&ColorMap::contrast(contrast, mean_grey(picture) * brightness));
        map = map.then(&ColorMap::saturation(saturation));
        if hue != 0.0 {
            map = map.then(&ColorMap::hue(hue));
        }
    }
    if is_grey {
        map = map.then(&ColorMap::saturation(0.0));
    }
    map.apply(picture);
}

/// The mean grey of a picture, 0 to 255.
fn mean_grey(picture: &RgbImage) -> f32 {
    let (pixels, _) = picture.as_raw().as_chunks::<3>();
    let mut sums = [0_u64; 3];
    for pixel in pixels {
        for (sum, byte) in sums.iter_mut().zip(pixel) {
            *sum += u64::from(*byte);
        }
    }
    let weighted = sums.iter().zip(LUMA).map(|(sum, share)| *sum as f64 * f64::from(share)).sum::<f64>();
    (weighted / pixels.len().max(1) as f64) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEAL: [f32; 3] = [20.0, 140.0, 150.0];

    fn grey_of(color: [f32; 3]) -> f32 {
        color.iter().zip(LUMA).map(|(value, share)| value * share).sum()
    }

    #[test]
    fn maps_one_after_the_other_are_one_map() {
        let maps = [
            ColorMap::contrast(0.7, 90.0),
            ColorMap::hue(0.4),
            ColorMap::saturation(1.3),
            ColorMap::factor(1.1, 5.0),
        ];
        let one_by_one = maps.iter().fold(TEAL, |color, map| map.of(color));
        let together = maps.iter().fold(ColorMap::SAME, |all, map| all.then(map)).of(TEAL);
        for (one, other) in one_by_one.iter().zip(together) {
            assert!((one - other).abs() < 1e-3, "{one_by_one:?} {together:?}");
        }
    }

    #[test]
    fn saturation_and_hue_leave_greys_alone_and_no_saturation_makes_them() {
        let grey = [77.0; 3];
        for map in [ColorMap::saturation(1.7), ColorMap::saturation(0.0), ColorMap::hue(1.0)] {
            assert!(map.of(grey).iter().all(|value| (value - 77.0).abs() < 0.01), "{map:?}");
        }
        let without = ColorMap::saturation(0.0).of(TEAL);
        assert!(without.iter().all(|value| (value - grey_of(TEAL)).abs() < 1e-3), "{without:?}");
        let turned = ColorMap::hue(std::f32::consts::PI).of(TEAL);
        assert!(turned[0] > turned[2] + 50.0, "the other side of teal is red: {turned:?}");
    }

    #[test]
    fn contrast_turns_about_the_mean_of_the_picture() {
        let mut picture = RgbImage::from_fn(10, 10, |x, _| [if x < 5 { 50 } else { 150 }; 3].into());
        assert!((mean_grey(&picture) - 100.0).abs() < 0.01);
        ColorMap::contrast(0.5, mean_grey(&picture)).apply(&mut picture);
        assert_eq!((picture.get_pixel(0, 0).0, picture.get_pixel(9, 9).0), ([75; 3], [125; 3]));
    }
}
