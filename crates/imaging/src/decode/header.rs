//! What a photo's header says: to be known before its pixels are decoded.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::ImageDecoder;
use image::codecs::tiff::TiffDecoder;
use image::codecs::webp::WebPDecoder;
use resight_core::{GivenBox, ImageSize, PixelBox, panic_text};

use super::{DecodeError, DecodeSize, denominator, format_of, jpeg, raster};
use crate::exif;
use crate::format::Format;
use crate::limits::Limits;
use crate::orientation::Orientation;

/// What the header of a photo says about its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhotoHeader {
    /// What kind of file it is.
    pub format: Format,
    /// How its pixels are turned upright.
    pub orientation: Orientation,
    /// The size of the upright photo.
    pub full_size: ImageSize,
}

impl PhotoHeader {
    /// Reads the header.
    ///
    /// # Errors
    /// As [`crate::decode()`], as far as the header shows it.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self, DecodeError> {
        let format = format_of(bytes, limits)?;
        let stored = catch_unwind(AssertUnwindSafe(|| stored_size(format, bytes, limits))).unwrap_or_else(
            |panic| Err(DecodeError::Panicked { format, message: panic_text(panic.as_ref()).to_owned() }),
        )?;
        limits.check_size(stored)?;
        let orientation = exif::orientation(bytes, format);
        Ok(Self { format, orientation, full_size: orientation.upright_size(stored) })
    }

    /// A box as it was given, in pixels of the upright photo.
    pub fn upright_box(&self, given: &GivenBox) -> PixelBox {
        self.orientation.upright_of_given(given, self.full_size)
    }

    /// Which scale a decoding for this wish comes back at: 1 for the full size, or the 2, 4 or 8 that each side is
    /// divided by. A JPEG with sides below 64 pixels may come back full all the same. Two wishes of one scale give the
    /// same pixels.
    pub fn scale(&self, wanted: DecodeSize) -> u32 {
        match self.format {
            Format::Jpeg => {
                denominator(self.orientation.stored_size(self.full_size), wanted, self.orientation)
            }
            Format::Png | Format::Tiff | Format::Webp => 1,
        }
    }
}

/// Reads the size of the upright photo from its header.
///
/// # Errors
/// As [`PhotoHeader::read`].
pub fn full_size(bytes: &[u8], limits: &Limits) -> Result<ImageSize, DecodeError> {
    PhotoHeader::read(bytes, limits).map(|header| header.full_size)
}

fn stored_size(format: Format, bytes: &[u8], limits: &Limits) -> Result<ImageSize, DecodeError> {
    let reader = Cursor::new(bytes);
    let problem = |error| raster::explain(format, limits, error);
    let (width, height) = match format {
        Format::Jpeg => return jpeg::stored_size(bytes),
        Format::Png => return png_size(bytes),
        Format::Tiff => TiffDecoder::new(reader).map_err(problem)?.dimensions(),
        Format::Webp => WebPDecoder::new(reader).map_err(problem)?.dimensions(),
    };
    Ok(ImageSize { width, height })
}

/// The size in the header chunk. The decoder itself would unpack profiles and texts on the way to it.
fn png_size(bytes: &[u8]) -> Result<ImageSize, DecodeError> {
    let number = |at: usize| {
        bytes.get(at..).and_then(|rest| rest.first_chunk::<4>()).map(|four| u32::from_be_bytes(*four))
    };
    match (bytes.get(12..16), number(16), number(20)) {
        (Some(b"IHDR"), Some(width @ 1..), Some(height @ 1..)) => Ok(ImageSize { width, height }),
        _ => {
            let reason = "the header chunk is missing or says nothing".to_owned();
            Err(DecodeError::Damaged { format: Format::Png, reason })
        }
    }
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
    fn the_scale_is_known_before_the_pixels_are() {
        let picture = RgbImage::new(403, 301);
        let (jpeg, png) = (encode_jpeg(&picture, 80).unwrap(), encode_png(&picture).unwrap());
        for (width, height) in [(1, 1), (51, 38), (52, 38), (102, 1), (203, 1), (9_999, 9_999)] {
            let wish = DecodeSize::AtLeast(ImageSize { width, height });
            for bytes in [&jpeg, &png] {
                let header = PhotoHeader::read(bytes, &Limits::default()).unwrap();
                let decoded = decode(bytes, &Limits::default(), wish).unwrap();
                assert_eq!(decoded.image.width(), 403_u32.div_ceil(header.scale(wish)), "{wish:?}");
            }
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
