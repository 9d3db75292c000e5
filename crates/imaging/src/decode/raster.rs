//! PNG, TIFF and WebP, through the decoders of the `image` crate.

use std::io::Cursor;

use image::codecs::png::PngDecoder;
use image::codecs::tiff::TiffDecoder;
use image::codecs::webp::WebPDecoder;
use image::error::{ImageError, LimitErrorKind};
use image::{ColorType, DynamicImage, ImageDecoder};
use resight_core::ImageSize;

use super::color::{self, Alpha};
use super::{DecodeError, StoredPixels, without_metadata};
use crate::exif;
use crate::format::Format;
use crate::limits::Limits;
use crate::orientation::Orientation;
use crate::tiff_fields::{Directory, Tag};

/// Decodes to stored (not yet upright) pixels.
pub(super) fn decode(format: Format, bytes: &[u8], limits: &Limits) -> Result<StoredPixels, DecodeError> {
    let problem = |error| explain(format, limits, error);
    let is_turned = exif::orientation(bytes, format) != Orientation::Upright;
    match format {
        Format::Tiff => {
            let decoder = TiffDecoder::new(Cursor::new(bytes)).map_err(problem)?;
            read(format, decoder, limits, alpha_of_tiff(bytes), is_turned)
        }
        Format::Webp => {
            let decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(problem)?;
            read(format, decoder, limits, Alpha::Straight, is_turned)
        }
        Format::Png | Format::Jpeg => {
            let slim = without_metadata::png(bytes);
            let reader = Cursor::new(&*slim);
            let decoder = PngDecoder::with_limits(reader, image_limits(limits)).map_err(problem)?;
            read(format, decoder, limits, Alpha::Straight, is_turned)
        }
    }
}

/// What a TIFF says of the sample behind the colours (`ExtraSamples`).
fn alpha_of_tiff(bytes: &[u8]) -> Alpha {
    let fields = exif::open(bytes, Format::Tiff).ok().flatten();
    match fields.and_then(|fields| fields.get(Tag(Directory::Main, 0x0152))?.number()) {
        Some(1) => Alpha::Premultiplied,
        Some(2) => Alpha::Straight,
        _ => Alpha::Other,
    }
}

fn read(
    format: Format,
    mut decoder: impl ImageDecoder,
    limits: &Limits,
    alpha: Alpha,
    is_turned: bool,
) -> Result<StoredPixels, DecodeError> {
    let (width, height) = decoder.dimensions();
    let full = ImageSize { width, height };
    limits.check_size(full)?;
    // A second picture is made where the pixels are no RGB yet, or are turned to stand upright.
    let is_upright_rgb = decoder.color_type() == ColorType::Rgb8 && !is_turned;
    let converted = if is_upright_rgb { 0 } else { 3 * u64::from(width) * u64::from(height) };
    let needed = decoder.total_bytes().saturating_add(converted);
    limits.check_alloc(needed)?;
    let memory = limits.budget.take_for_pixels(needed);
    decoder.set_limits(image_limits(limits)).map_err(|error| explain(format, limits, error))?;
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| explain(format, limits, error))?;
    Ok(StoredPixels { picture: color::to_rgb(picture, alpha), full, memory })
}

pub(super) fn image_limits(limits: &Limits) -> image::Limits {
    let mut theirs = image::Limits::default();
    theirs.max_image_width = Some(limits.max_width);
    theirs.max_image_height = Some(limits.max_height);
    theirs.max_alloc = Some(limits.max_alloc);
    theirs
}

/// Says in our words why a decoder of the `image` crate refused.
pub(super) fn explain(format: Format, limits: &Limits, error: ImageError) -> DecodeError {
    match error {
        ImageError::Limits(limit) if matches!(limit.kind(), LimitErrorKind::DimensionError) => {
            let limit = format!("at most {} x {}", limits.max_width, limits.max_height);
            DecodeError::TooManyPixels { width: 0, height: 0, limit }
        }
        ImageError::Limits(_) => DecodeError::TooMuchMemory { needed: 0, limit: limits.max_alloc, hint: "" },
        ImageError::Unsupported(feature) => DecodeError::Unsupported { format, feature: feature.to_string() },
        other => DecodeError::Damaged { format, reason: other.to_string() },
    }
}
