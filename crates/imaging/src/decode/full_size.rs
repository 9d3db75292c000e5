//! How large a photo is, without decoding its pixels.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::ImageDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::tiff::TiffDecoder;
use image::codecs::webp::WebPDecoder;
use resight_core::ImageSize;

use super::{DecodeError, format_of, jpeg, panic_message, raster};
use crate::exif;
use crate::format::Format;
use crate::limits::Limits;

/// Reads the size of the upright photo from its header: to know how much detail to ask
/// [`crate::decode()`] for.
///
/// # Errors
/// As [`crate::decode()`], as far as the header shows it.
pub fn full_size(bytes: &[u8], limits: &Limits) -> Result<ImageSize, DecodeError> {
    let format = format_of(bytes, limits)?;
    let stored =
        catch_unwind(AssertUnwindSafe(|| stored_size(format, bytes, limits))).unwrap_or_else(|panic| {
            Err(DecodeError::Panicked { format, message: panic_message(panic.as_ref()) })
        })?;
    limits.check_size(stored)?;
    Ok(exif::orientation(bytes, format).upright_size(stored))
}

fn stored_size(format: Format, bytes: &[u8], limits: &Limits) -> Result<ImageSize, DecodeError> {
    let reader = Cursor::new(bytes);
    let problem = |error| raster::explain(format, limits, error);
    let (width, height) = match format {
        Format::Jpeg => return jpeg::stored_size(bytes),
        Format::Png => {
            PngDecoder::with_limits(reader, raster::image_limits(limits)).map_err(problem)?.dimensions()
        }
        Format::Tiff => TiffDecoder::new(reader).map_err(problem)?.dimensions(),
        Format::Webp => WebPDecoder::new(reader).map_err(problem)?.dimensions(),
    };
    Ok(ImageSize { width, height })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DecodeErrorKind, DecodeSize, RgbImage, decode, encode_jpeg, encode_png};

    #[test]
    fn the_header_says_what_decoding_finds() {
        let picture = RgbImage::new(70, 30);
        for bytes in [encode_png(&picture).unwrap(), encode_jpeg(&picture, 80).unwrap()] {
            let size = full_size(&bytes, &Limits::default()).unwrap();
            assert_eq!(size, ImageSize { width: 70, height: 30 });
            let decoded = decode(&bytes, &Limits::default(), DecodeSize::Full).unwrap();
            assert_eq!(decoded.full_size, size);
        }
    }

    #[test]
    fn what_is_no_photo_or_too_large_is_refused() {
        let kind = |bytes: &[u8], limits: &Limits| full_size(bytes, limits).unwrap_err().kind();
        assert_eq!(kind(b"", &Limits::default()), DecodeErrorKind::Empty);
        assert_eq!(kind(b"plain text", &Limits::default()), DecodeErrorKind::NotAPicture);
        assert_eq!(kind(b"\xff\xd8\xff\xe0", &Limits::default()), DecodeErrorKind::Damaged);
        let jpeg = encode_jpeg(&RgbImage::new(70, 30), 80).unwrap();
        let narrow = Limits { max_width: 69, ..Limits::default() };
        assert_eq!(kind(&jpeg, &narrow), DecodeErrorKind::TooLarge);
    }
}
