//! Other kinds of pixels to RGB bytes.

use image::{DynamicImage, RgbImage};

/// Converts decoded pixels to 8-bit RGB: grey is repeated, alpha dropped, of 16 bits the high 8 are kept,
/// floating-point samples are cut to 0..1.
pub(super) fn to_rgb(picture: DynamicImage) -> RgbImage {
    let (width, height) = (picture.width(), picture.height());
    let pixels = match picture {
        DynamicImage::ImageRgb8(rgb) => return rgb,
        DynamicImage::ImageLuma8(grey) => grey_to_rgb(grey.as_raw(), 1, |value| value),
        DynamicImage::ImageLumaA8(grey) => grey_to_rgb(grey.as_raw(), 2, |value| value),
        DynamicImage::ImageRgba8(rgba) => first_three(rgba.as_raw(), 4, |value| value),
        DynamicImage::ImageLuma16(grey) => grey_to_rgb(grey.as_raw(), 1, high_byte),
        DynamicImage::ImageLumaA16(grey) => grey_to_rgb(grey.as_raw(), 2, high_byte),
        DynamicImage::ImageRgb16(rgb) => first_three(rgb.as_raw(), 3, high_byte),
        DynamicImage::ImageRgba16(rgba) => first_three(rgba.as_raw(), 4, high_byte),
        DynamicImage::ImageRgb32F(rgb) => first_three(rgb.as_raw(), 3, unit_to_byte),
        DynamicImage::ImageRgba32F(rgba) => first_three(rgba.as_raw(), 4, unit_to_byte),
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

fn first_three<T: Copy>(samples: &[T], per_pixel: usize, to_byte: impl Fn(T) -> u8) -> Vec<u8> {
    let mut pixels = vec![0; samples.len() / per_pixel * 3];
    for (pixel, samples) in pixels.chunks_exact_mut(3).zip(samples.chunks_exact(per_pixel)) {
        for (byte, sample) in pixel.iter_mut().zip(samples) {
            *byte = to_byte(*sample);
        }
    }
    pixels
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
