//! Other kinds of pixels to RGB bytes.

use image::{DynamicImage, RgbImage};

/// What lies behind transparent pixels, in each channel: mid grey, which is near the mean of photos.
const BEHIND: u8 = 128;

/// What the fourth sample of a pixel (the second, where it is grey) says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alpha {
    /// How much of the pixel is seen.
    Straight,
    /// The same, and the colour has been multiplied by it already.
    Premultiplied,
    /// Something else, such as infrared light.
    Other,
}

/// Converts decoded pixels to 8-bit RGB: grey is repeated, what is transparent is laid on mid grey, of 16 bits the
/// high 8 are kept, floating-point samples are cut to 0..1.
///
/// The colours of pixels that are not seen are whatever an editor left there: they must not decide anything.
pub(super) fn to_rgb(picture: DynamicImage, alpha: Alpha) -> RgbImage {
    let (width, height) = (picture.width(), picture.height());
    let pixels = match picture {
        DynamicImage::ImageRgb8(rgb) => return rgb,
        DynamicImage::ImageLuma8(grey) => grey_to_rgb(grey.as_raw(), 1, |value| value),
        DynamicImage::ImageLumaA8(grey) => on_grey(grey.as_raw(), 1, alpha, |value| value),
        DynamicImage::ImageRgba8(rgba) => on_grey(rgba.as_raw(), 3, alpha, |value| value),
        DynamicImage::ImageLuma16(grey) => grey_to_rgb(grey.as_raw(), 1, high_byte),
        DynamicImage::ImageLumaA16(grey) => on_grey(grey.as_raw(), 1, alpha, high_byte),
        DynamicImage::ImageRgb16(rgb) => rgb.as_raw().iter().map(|value| high_byte(*value)).collect(),
        DynamicImage::ImageRgba16(rgba) => on_grey(rgba.as_raw(), 3, alpha, high_byte),
        DynamicImage::ImageRgb32F(rgb) => rgb.as_raw().iter().map(|value| unit_to_byte(*value)).collect(),
        DynamicImage::ImageRgba32F(rgba) => on_grey(rgba.as_raw(), 3, alpha, unit_to_byte),
        other => return other.to_rgb8(),
    };
    RgbImage::from_raw(width, height, pixels).unwrap_or_default()
}

fn high_byte(value: u16) -> u8 {
    value.to_be_bytes()[0]
}

fn unit_to_byte(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0).round() as u8
}

fn grey_to_rgb<T: Copy>(samples: &[T], per_pixel: usize, to_byte: impl Fn(T) -> u8) -> Vec<u8> {
    let mut pixels = vec![0; samples.len() / per_pixel * 3];
    for (pixel, samples) in pixels.chunks_exact_mut(3).zip(samples.chunks_exact(per_pixel)) {
        pixel.fill(to_byte(samples[0]));
    }
    pixels
}

/// Pixels of `colors` samples (one or three) and an alpha, laid on mid grey.
fn on_grey<T: Copy>(samples: &[T], colors: usize, alpha: Alpha, to_byte: impl Fn(T) -> u8) -> Vec<u8> {
    let mut pixels = vec![0; samples.len() / (colors + 1) * 3];
    for (pixel, samples) in pixels.chunks_exact_mut(3).zip(samples.chunks_exact(colors + 1)) {
        let seen = to_byte(samples[colors]);
        for (byte, sample) in pixel.iter_mut().zip(samples[..colors].iter().cycle()) {
            *byte = laid_on_grey(to_byte(*sample), seen, alpha);
        }
    }
    pixels
}

fn laid_on_grey(value: u8, seen: u8, alpha: Alpha) -> u8 {
    let behind = share_of_255(BEHIND, 255 - seen);
    match alpha {
        Alpha::Straight => share_of_255(value, seen).saturating_add(behind),
        Alpha::Premultiplied => value.saturating_add(behind),
        Alpha::Other => value,
    }
}

/// Converts ink (0 none, 255 full) to light, as Pillow does without a profile: each channel is what its
/// ink and the black leave.
pub(super) fn cmyk_to_rgb(ink: &[u8]) -> Vec<u8> {
    let mut pixels = vec![0; ink.len() / 4 * 3];
    for (pixel, ink) in pixels.chunks_exact_mut(3).zip(ink.chunks_exact(4)) {
        let left_by_black = 255 - ink[3];
        for (byte, ink) in pixel.iter_mut().zip(ink) {
            *byte = left_by_black - share_of_255(*ink, left_by_black);
        }
    }
    pixels
}

/// `a * b / 255`, rounded (Pillow's `MULDIV255`).
fn share_of_255(a: u8, b: u8) -> u8 {
    let product = u32::from(a) * u32::from(b) + 128;
    u8::try_from(((product >> 8) + product) >> 8).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use image::{ImageBuffer, LumaA, Rgba};

    use super::*;

    #[test]
    fn what_is_not_seen_is_grey_and_what_is_seen_keeps_its_colour() {
        let samples = vec![10_u8, 200, 30, 0, 10, 200, 30, 255, 255, 0, 0, 128];
        let picture =
            || DynamicImage::ImageRgba8(ImageBuffer::<Rgba<u8>, _>::from_raw(3, 1, samples.clone()).unwrap());
        let seen = to_rgb(picture(), Alpha::Straight).into_raw();
        assert_eq!(seen, [128, 128, 128, 10, 200, 30, 192, 64, 64]);
        let multiplied = to_rgb(picture(), Alpha::Premultiplied).into_raw();
        assert_eq!(multiplied[3..6], [10, 200, 30]);
        assert_eq!(to_rgb(picture(), Alpha::Other).into_raw(), [10, 200, 30, 10, 200, 30, 255, 0, 0]);
        let grey = ImageBuffer::<LumaA<u16>, _>::from_raw(2, 1, vec![0xFFFF, 0, 0x4000, 0xFFFF]).unwrap();
        let grey = to_rgb(DynamicImage::ImageLumaA16(grey), Alpha::Straight).into_raw();
        assert_eq!(grey, [128, 128, 128, 0x40, 0x40, 0x40]);
    }

    #[test]
    fn a_pixel_that_is_seen_in_full_is_as_it_was() {
        assert!((0..=255).all(|value| laid_on_grey(value, 255, Alpha::Straight) == value));
        assert!((0..=255).all(|value| laid_on_grey(value, 0, Alpha::Straight) == BEHIND));
    }
}
