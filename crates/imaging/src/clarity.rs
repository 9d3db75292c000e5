//! How much of a region's detail can be seen: how sharp it is, and how much of it is burnt out.

use image::RgbImage;
use resight_core::{Clarity, ImageSize, PixelBox};

use crate::DecodeSize;
use crate::brightness::gray_levels;
use crate::resize::{ResizeFilter, SourceBox, resize_region};

/// Longer side at which a region is looked at, in pixels: about that of what networks see. What is sharp at this size is sharp
/// enough, and a small region that must be enlarged to it is not.
const SIDE: f64 = 192.0;

/// Pixels along which a picture is blurred anew.
const LENGTH: usize = 11;

/// Fewer rows or columns than this tell nothing.
const LEAST: u32 = 5;

/// A pixel as bright as this shows nothing any more, of 255.
const BURNT_OUT: u8 = 250;

/// How large a photo must be decoded for [`clarity`] of a region, in pixels of its full size.
pub fn clarity_size(full_size: ImageSize, region: &PixelBox) -> DecodeSize {
    let share = SIDE / region.width.max(region.height);
    if share >= 1.0 {
        return DecodeSize::Full;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "less than the photo's side")]
    let side = |side: u32| (f64::from(side) * share).ceil() as u32;
    DecodeSize::AtLeast(ImageSize { width: side(full_size.width), height: side(full_size.height) })
}

/// Looks at a region of a photo, in pixels of its full size; none where nothing of it is left, or it is a line.
pub fn clarity(picture: &RgbImage, region: &PixelBox, full_size: ImageSize) -> Option<Clarity> {
    let region = region.bounds().clamped(full_size)?;
    let across = f64::from(picture.width()) / f64::from(full_size.width.max(1));
    let down = f64::from(picture.height()) / f64::from(full_size.height.max(1));
    let seen = SourceBox {
        left: region.x * across,
        top: region.y * down,
        width: region.width * across,
        height: region.height * down,
    };
    let scale = SIDE / region.width.max(region.height);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most SIDE")]
    let side = |length: f64| (length * scale).round() as u32;
    let (width, height) = (side(region.width), side(region.height));
    let levels = gray_levels(&resize_region(picture, seen, width, height, ResizeFilter::Bilinear)?);
    let burnt_out = levels.iter().filter(|level| **level >= BURNT_OUT).count();
    if width < LEAST || height < LEAST {
        return None;
    }
    // Where there is nothing to be seen nothing is sharp.
    let blur = blur_effect(&levels, width as usize, height as usize).unwrap_or(1.0);
    #[expect(clippy::cast_possible_truncation, reason = "pixels of a photo")]
    let pixels = region.width.min(region.height) as f32;
    Some(Clarity { pixels, sharpness: 1.0 - blur, glare: burnt_out as f32 / levels.len() as f32 })
}

/// How blurred a picture is, 0 to 1: how little it changes when it is blurred once more, along that of its two axes where it
/// changes less. F. Crété-Roffet, T. Dolmiere, P. Ladret, M. Nicolas, "The blur effect: perception and estimation with a new
/// no-reference perceptual blur metric", 2007, as scikit-image 0.26 computes it (`skimage.measure.blur_effect`).
///
/// `levels` is the brightness, width × height, row after row. None where there are fewer than five rows or columns, or nothing
/// to be seen in them: a picture of one colour is neither sharp nor blurred.
pub fn blur_effect(levels: &[u8], width: usize, height: usize) -> Option<f32> {
    let least = LEAST as usize;
    if width < least || height < least || levels.len() != width * height {
        return None;
    }
    let levels: Vec<f32> = levels.iter().map(|level| f32::from(*level)).collect();
    let rows = Plane { levels: &levels, width, height };
    let turned = rows.turned();
    let columns = Plane { levels: &turned, width: height, height: width };
    // Along an axis where nothing changes there is nothing to be blurred: the other one tells.
    [rows.blur_along_rows(), columns.blur_along_rows()].into_iter().flatten().reduce(f32::max)
}

/// Numbers in rows; beyond its edges it is mirrored.
struct Plane<'a> {
    levels: &'a [f32],
    width: usize,
    height: usize,
}

impl Plane<'_> {
    /// Rows as columns.
    fn turned(&self) -> Vec<f32> {
        let column = |x: usize| (0..self.height).map(move |y| self.levels[y * self.width + x]);
        (0..self.width).flat_map(column).collect()
    }

    /// Which share of the edges across the rows is still there when each row is blurred.
    fn blur_along_rows(&self) -> Option<f32> {
        let mut blurred = Vec::with_capacity(self.levels.len());
        for row in self.levels.chunks_exact(self.width) {
            blurred.extend(mean_along(row));
        }
        let (sharp, blurred) = (self.edges(), Plane { levels: &blurred, ..*self }.edges());
        let inner = |index: &usize| {
            let (x, y) = (index % self.width, index / self.width);
            (2..self.width - 1).contains(&x) && (2..self.height - 1).contains(&y)
        };
        let (mut all, mut lost) = (0.0_f64, 0.0_f64);
        for index in (0..sharp.len()).filter(inner) {
            all += f64::from(sharp[index]);
            lost += f64::from((sharp[index] - blurred[index]).max(0.0));
        }
        #[expect(clippy::cast_possible_truncation, reason = "0 to 1")]
        (all > 0.0).then_some(((all - lost) / all) as f32)
    }

    /// How steep it is along the rows: the magnitude of Sobel's operator.
    fn edges(&self) -> Vec<f32> {
        let (width, height) = (self.width, self.height);
        let mut edges = Vec::with_capacity(self.levels.len());
        for y in 0..height {
            let row = |y: usize| &self.levels[y * width..][..width];
            let (above, here, below) = (row(y.saturating_sub(1)), row(y), row((y + 1).min(height - 1)));
            for x in 0..width {
                let (left, right) = (x.saturating_sub(1), (x + 1).min(width - 1));
                let step = |row: &[f32]| row[right] - row[left];
                edges.push((step(above) + 2.0 * step(here) + step(below)).abs());
            }
        }
        edges
    }
}

/// The mean of each number and those around it.
fn mean_along(row: &[f32]) -> Vec<f32> {
    let (length, reach) = (row.len() as isize, LENGTH as isize / 2);
    let mirrored = |at: isize| {
        let around = at.rem_euclid(2 * length);
        row[around.min(2 * length - 1 - around) as usize]
    };
    let mut sum: f32 = (-reach..=reach).map(mirrored).sum();
    let mut means = Vec::with_capacity(row.len());
    for at in 0..length {
        means.push(sum / LENGTH as f32);
        sum += mirrored(at + reach + 1) - mirrored(at - reach);
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripes(width: u32, height: u32, length: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([if (x / length + y / length).is_multiple_of(2) { 30 } else { 210 }; 3])
        })
    }

    fn of_whole(picture: &RgbImage) -> Option<Clarity> {
        let (width, height) = picture.dimensions();
        let size = ImageSize { width, height };
        clarity(picture, &PixelBox::whole(size), size)
    }

    #[test]
    fn what_is_blurred_or_enlarged_is_less_sharp() {
        let sharp = stripes(400, 300, 60);
        let blurred = image::imageops::blur(&sharp, 8.0);
        let small = image::imageops::thumbnail(&sharp, 40, 30);
        let of = |picture: &RgbImage| of_whole(picture).unwrap().sharpness;
        assert!(of(&sharp) > of(&blurred) + 0.15, "{} {}", of(&sharp), of(&blurred));
        assert!(of(&sharp) > of(&small) + 0.15, "{} {}", of(&sharp), of(&small));
    }

    #[test]
    fn what_is_burnt_out_is_counted() {
        let mut picture = stripes(200, 100, 10);
        for pixel in picture.pixels_mut().take(200 * 25) {
            pixel.0 = [255; 3];
        }
        let seen = of_whole(&picture).unwrap();
        assert!((seen.glare - 0.25).abs() < 0.02, "{seen:?}");
    }

    #[test]
    fn of_nothing_nothing_is_said() {
        let gray = RgbImage::from_pixel(64, 64, image::Rgb([90; 3]));
        assert_eq!(of_whole(&gray).map(|seen| seen.sharpness), Some(0.0));
        let line = PixelBox::at(0.0, 0.0, 64.0, 1.0);
        let size = ImageSize { width: 64, height: 64 };
        assert_eq!(clarity(&stripes(64, 64, 3), &line, size), None);
        assert_eq!(blur_effect(&[0; 24], 5, 5), None);
    }
}
