//! A photo, decoded as large as its views need.

use resight_core::{ImageSize, PixelBox};
use resight_imaging::{DecodeSize, Limits, Preprocess, RgbImage, decode, full_size};

use super::ViewFailureReason;

/// Enlarging by this much is let pass before a photo is decoded a second time, and finer, for its random views.
const ENLARGEMENT: f64 = 1.4;

/// A photo, decoded once for all its views.
#[derive(Debug, Clone)]
pub struct OpenPhoto {
    /// Decoded exactly as inference does.
    plain: RgbImage,
    /// Decoded finer, where random views show so small a part that they would be blurred.
    fine: Option<RgbImage>,
    /// The size of the full upright photo.
    full_size: ImageSize,
}

impl OpenPhoto {
    /// Decodes a photo for these regions, of which random views show parts no smaller than `smallest_side`.
    pub(super) fn open(
        bytes: &[u8],
        regions: &[Option<PixelBox>],
        preprocess: &Preprocess,
        limits: &Limits,
        smallest_side: f64,
    ) -> Result<Self, ViewFailureReason> {
        let full = full_size(bytes, limits)?;
        let regions: Vec<Option<PixelBox>> =
            regions.iter().filter_map(|region| inside(*region, full)).collect();
        let wanted = wanted_size(preprocess, full, &regions, 1.0);
        let plain = decode(bytes, limits, wanted)?;
        let finer = wanted_size(preprocess, full, &regions, (smallest_side * ENLARGEMENT).min(1.0));
        let fine =
            if covers(&plain.image, full, finer) { None } else { Some(decode(bytes, limits, finer)?.image) };
        Ok(Self { plain: plain.image, fine, full_size: full })
    }

    /// The size of the full upright photo.
    pub fn full_size(&self) -> ImageSize {
        self.full_size
    }

    /// The pixels as inference sees them, perhaps at a half, a quarter or an eighth of the full size.
    pub fn plain(&self) -> &RgbImage {
        &self.plain
    }

    /// The pixels for random views.
    pub(super) fn fine(&self) -> &RgbImage {
        self.fine.as_ref().unwrap_or(&self.plain)
    }
}

/// The part of a region that lies in the photo, as inference takes it; `None` where nothing does.
pub(super) fn inside(region: Option<PixelBox>, full: ImageSize) -> Option<Option<PixelBox>> {
    match region {
        Some(region) => region.clamped(full).map(Some),
        None => Some(None),
    }
}

/// How large to decode for parts of the regions with this share of their sides.
fn wanted_size(
    preprocess: &Preprocess,
    full: ImageSize,
    regions: &[Option<PixelBox>],
    share: f64,
) -> DecodeSize {
    let nothing = DecodeSize::AtLeast(ImageSize { width: 1, height: 1 });
    let part = |region: &Option<PixelBox>| {
        if share >= 1.0 {
            *region
        } else {
            Some(region.unwrap_or(PixelBox::whole(full)).expanded((share - 1.0) / 2.0))
        }
    };
    let sizes = regions.iter().map(|region| preprocess.decode_size(full, part(region).as_ref()));
    sizes.fold(nothing, DecodeSize::larger)
}

/// Whether what was decoded is large enough for the wish.
fn covers(decoded: &RgbImage, full: ImageSize, wanted: DecodeSize) -> bool {
    let (width, height) = decoded.dimensions();
    let is_full = ImageSize { width, height } == full;
    is_full || matches!(wanted, DecodeSize::AtLeast(size) if size.width <= width && size.height <= height)
}
