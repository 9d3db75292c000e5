//! Small derived pictures: thumbnails, and the bytes of a JPEG or PNG.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, RgbImage};

use crate::resize::{ResizeFilter, SourceBox, resize_region};

/// A picture could not be written as a file of pixels.
#[derive(Debug, thiserror::Error)]
#[error("the picture of {width} x {height} pixels cannot be encoded: {reason}")]
pub struct EncodeError {
    width: u32,
    height: u32,
    reason: String,
}

/// Makes a copy whose longer side is at most `max_side` pixels, each side at least one. A picture that is
/// small enough already comes back as it is.
pub fn thumbnail(picture: &RgbImage, max_side: u32) -> RgbImage {
    let (width, height) = picture.dimensions();
    let longer = width.max(height);
    if longer <= max_side.max(1) {
        return picture.clone();
    }
    let share = f64::from(max_side.max(1)) / f64::from(longer);
    let scaled = |side: u32| ((f64::from(side) * share).round() as u32).max(1);
    resized(picture, scaled(width), scaled(height))
}

/// Makes a copy of this size, whatever becomes of the proportions. One that cannot be made comes back as it is.
pub fn resized(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
    let pixels = resize_region(picture, SourceBox::whole(picture), width, height, ResizeFilter::Bilinear);
    pixels.unwrap_or_else(|| picture.clone())
}

/// Encodes as baseline JPEG, without metadata; `quality` is 1 (small) to 100 (best).
///
/// # Errors
/// A picture without pixels, or with a side above 65,535.
pub fn encode_jpeg(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality.clamp(1, 100));
    write(picture, encoder)?;
    Ok(bytes)
}

/// Encodes as PNG, losslessly, without metadata.
///
/// # Errors
/// A picture without pixels.
pub fn encode_png(picture: &RgbImage) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Vec::new();
    write(picture, PngEncoder::new(&mut bytes))?;
    Ok(bytes)
}

fn write(picture: &RgbImage, encoder: impl ImageEncoder) -> Result<(), EncodeError> {
    let (width, height) = picture.dimensions();
    encoder
        .write_image(picture.as_raw(), width, height, ExtendedColorType::Rgb8)
        .map_err(|error| EncodeError { width, height, reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DecodeSize, Limits, decode};

    fn gradient(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, 128])
        })
    }

    #[test]
    fn a_thumbnail_keeps_the_proportions_and_never_grows() {
        assert_eq!(thumbnail(&gradient(400, 300), 100).dimensions(), (100, 75));
        assert_eq!(thumbnail(&gradient(30, 1200), 100).dimensions(), (3, 100));
        assert_eq!(thumbnail(&gradient(1, 900), 100).dimensions(), (1, 100));
        assert_eq!(thumbnail(&gradient(40, 30), 100).dimensions(), (40, 30));
        assert_eq!(thumbnail(&gradient(40, 30), 0).dimensions(), (1, 1));
    }

    #[test]
    fn what_is_encoded_decodes_to_the_same_picture() {
        let picture = gradient(64, 48);
        let png = decode(&encode_png(&picture).unwrap(), &Limits::default(), DecodeSize::Full).unwrap();
        assert_eq!(png.image, picture);
        let jpeg = decode(&encode_jpeg(&picture, 95).unwrap(), &Limits::default(), DecodeSize::Full).unwrap();
        for (ours, original) in jpeg.image.as_raw().iter().zip(picture.as_raw()) {
            assert!(ours.abs_diff(*original) <= 8);
        }
    }

    #[test]
    fn a_picture_without_pixels_is_refused() {
        assert!(encode_jpeg(&RgbImage::new(0, 0), 90).is_err());
        assert!(encode_jpeg(&RgbImage::new(70_000, 1), 90).is_err());
    }
}
