//! A photo, decoded as large as its views need.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use resight_core::{GivenBox, ImageSize, PixelBox};
use resight_imaging::{DecodeSize, Limits, PhotoHeader, Preprocess, RgbImage, decode};

use super::ViewFailureReason;

/// Enlarging by this much is let pass before a photo is decoded a second time, and finer, for its random views.
const ENLARGEMENT: f64 = 1.4;

/// A photo, decoded at every scale that its views need: what a view of one region sees does not depend on which
/// others are looked at with it, as at inference.
#[derive(Debug, Clone)]
pub struct OpenPhoto {
    header: PhotoHeader,
    preprocess: Preprocess,
    /// The smallest side of what random views show, as a share of the region's.
    smallest_share: f64,
    /// Pixels by what the sides of the photo were divided by.
    by_scale: BTreeMap<u32, RgbImage>,
}

impl OpenPhoto {
    /// Decodes a photo for these regions, of which random views show parts no smaller than `smallest_side`.
    pub(super) fn open(
        bytes: &[u8],
        regions: &[Option<GivenBox>],
        preprocess: &Preprocess,
        limits: &Limits,
        smallest_side: f64,
    ) -> Result<Self, ViewFailureReason> {
        let mut photo = Self {
            header: PhotoHeader::read(bytes, limits)?,
            preprocess: preprocess.clone(),
            smallest_share: (smallest_side * ENLARGEMENT).min(1.0),
            by_scale: BTreeMap::new(),
        };
        for region in regions {
            let region = photo.upright(*region);
            for wanted in [photo.plain_size(region), photo.fine_size(region)] {
                let scale = photo.header.scale(wanted);
                if let Entry::Vacant(place) = photo.by_scale.entry(scale) {
                    // Only the pixels are kept: the budget's share must be free before the next one is taken.
                    place.insert(decode(bytes, limits, wanted)?.image);
                }
            }
        }
        Ok(photo)
    }

    /// The size of the full upright photo.
    pub fn full_size(&self) -> ImageSize {
        self.header.full_size
    }

    /// The region in pixels of the upright photo, as far as it lies in it; one that lies outside as it is, for the
    /// preprocessing to refuse.
    pub(super) fn upright(&self, region: Option<GivenBox>) -> Option<PixelBox> {
        let bounds = self.header.upright_box(&region?);
        Some(bounds.clamped(self.full_size()).unwrap_or(bounds))
    }

    /// The pixels as inference sees them for a region, perhaps at a half, a quarter or an eighth of the full size.
    pub(super) fn plain(&self, region: Option<PixelBox>) -> Result<&RgbImage, ViewFailureReason> {
        self.at(self.plain_size(region))
    }

    /// The pixels for random views of a region.
    pub(super) fn fine(&self, region: Option<PixelBox>) -> Result<&RgbImage, ViewFailureReason> {
        self.at(self.fine_size(region))
    }

    fn at(&self, wanted: DecodeSize) -> Result<&RgbImage, ViewFailureReason> {
        let image = self.by_scale.get(&self.header.scale(wanted));
        image.ok_or_else(|| ViewFailureReason::SameAsBefore("not decoded for this region".to_owned()))
    }

    fn plain_size(&self, region: Option<PixelBox>) -> DecodeSize {
        self.preprocess.decode_size(self.full_size(), region.as_ref())
    }

    fn fine_size(&self, region: Option<PixelBox>) -> DecodeSize {
        if self.smallest_share >= 1.0 {
            return self.plain_size(region);
        }
        let region = region.unwrap_or(PixelBox::whole(self.full_size()));
        self.plain_size(Some(region.expanded((self.smallest_share - 1.0) / 2.0)))
    }
}
