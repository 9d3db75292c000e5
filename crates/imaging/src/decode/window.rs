//! A part of a photo that is too large to be decoded as a whole.

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::RgbImage;
use resight_core::{ImageSize, PixelBox, panic_text};

use super::scaled::Window;
use super::{DecodeError, PhotoHeader, jpeg};
use crate::budget::TakenMemory;
use crate::format::Format;
use crate::limits::Limits;

/// A part of a photo at full size. It holds its share of [`Limits::budget`], as [`crate::Decoded`] does.
#[derive(Debug)]
pub struct DecodedWindow {
    /// Upright pixels.
    pub image: RgbImage,
    /// Where they lie in the full upright photo; whole pixels.
    pub bounds: PixelBox,
    /// Given back when the picture is let go.
    _memory: TakenMemory,
}

/// Decodes the part of a photo that holds a region, at full size and in memory that grows with the part alone. The
/// region is in pixels of the full upright photo.
///
/// A baseline JPEG is read strip by strip; its colours are a shade less smooth than those of [`crate::decode()`] where
/// the file has fewer of them than of brightness.
///
/// # Errors
/// As [`crate::decode()`]; [`DecodeError::TooMuchMemory`] where only the whole of it can be decoded, which would be too
/// large (progressive JPEG, other formats), or where no pixel of the region lies in the photo.
pub fn decode_window(bytes: &[u8], limits: &Limits, region: &PixelBox) -> Result<DecodedWindow, DecodeError> {
    let header = PhotoHeader::read(bytes, limits)?;
    let format = header.format;
    let refuse = || DecodeError::TooMuchMemory {
        needed: 3 * u64::from(header.full_size.width) * u64::from(header.full_size.height),
        limit: limits.max_alloc,
        hint: "; a baseline JPEG of it could be read in parts",
    };
    let bounds = whole_pixels(region, header.full_size).ok_or_else(refuse)?;
    if format != Format::Jpeg {
        return Err(refuse());
    }
    let window = window(&header.orientation.stored_box(&bounds, header.full_size));
    let (stored, mut memory) = catch_unwind(AssertUnwindSafe(|| jpeg::decode_window(bytes, limits, window)))
        .unwrap_or_else(|panic| {
            Err(DecodeError::Panicked { format, message: panic_text(panic.as_ref()).to_owned() })
        })?;
    let image = header.orientation.apply(stored);
    memory.shrink_to(image.as_raw().len() as u64);
    Ok(DecodedWindow { image, bounds, _memory: memory })
}

/// The whole pixels that a region touches.
fn whole_pixels(region: &PixelBox, full: ImageSize) -> Option<PixelBox> {
    let inside = region.bounds().clamped(full)?;
    let (left, top) = (inside.x.floor(), inside.y.floor());
    let right = (inside.x + inside.width).ceil().min(full.width.into());
    let bottom = (inside.y + inside.height).ceil().min(full.height.into());
    Some(PixelBox::at(left, top, right - left, bottom - top))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole pixels inside of a photo")]
fn window(bounds: &PixelBox) -> Window {
    Window {
        x: bounds.x as usize,
        y: bounds.y as usize,
        width: bounds.width as usize,
        height: bounds.height as usize,
    }
}
