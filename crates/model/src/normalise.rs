//! From a crop to the animal in its own frame, where a catalog wants one.

use std::fmt;

use resight_core::{ImageSize, PixelBox};
use resight_imaging::{
    AnimalMask, BodyFrame, ColorOrder, DecodePrecision, Fit, Preprocess, ResizeFilter, RgbImage, ValueRange,
};

use crate::detect::MaskDetector;
use crate::runtime::ModelError;

/// Longer side of the crop that a frame is looked for in, in pixels.
const SIDE: u32 = 512;

/// Brings the animal of a crop into its own frame: what is compared then is marks at the same places of the body.
pub trait Normaliser: fmt::Debug + Send + Sync {
    /// Names the normaliser and the exact model behind it: the same id means the same pictures.
    fn id(&self) -> String;

    /// How a crop is brought to it: its size, and how finely the photo must be decoded for that.
    fn preprocess(&self) -> &Preprocess;

    /// The animal in its own frame; none where it has none to be trusted, and the crop itself has to serve.
    ///
    /// # Errors
    /// The model behind it fails.
    fn normalise(&self, crop: &RgbImage) -> Result<Option<RgbImage>, ModelError>;
}

/// Straightens the trunk of an animal by its mask ([`BodyFrame`]): flanks.
pub struct BodyNormaliser {
    mask: MaskDetector,
    preprocess: Preprocess,
}

impl BodyNormaliser {
    /// With the network that makes the mask.
    pub fn new(mask: MaskDetector) -> Self {
        let preprocess = Preprocess {
            width: SIDE,
            height: SIDE,
            fit: Fit::Stretch,
            filter: ResizeFilter::Bilinear,
            color: ColorOrder::Rgb,
            value_range: ValueRange::Unit,
            mean: [0.0; 3],
            deviation: [1.0; 3],
            decode: DecodePrecision::Scaled,
            crop_margin: 0.0,
        };
        Self { mask, preprocess }
    }
}

impl fmt::Debug for BodyNormaliser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id())
    }
}

impl Normaliser for BodyNormaliser {
    fn id(&self) -> String {
        format!("body:{}", self.mask.bundle())
    }

    fn preprocess(&self) -> &Preprocess {
        &self.preprocess
    }

    fn normalise(&self, crop: &RgbImage) -> Result<Option<RgbImage>, ModelError> {
        let (width, height) = crop.dimensions();
        let size = ImageSize { width, height };
        let Some((mask, mask_size)) = self.mask.levels(crop, size)? else { return Ok(None) };
        let straightened = AnimalMask::new(mask_size, &mask)
            .and_then(|mask| BodyFrame::find(&mask, size))
            .ok()
            .filter(|frame| frame.soundness().is_sound())
            .and_then(|frame| frame.straighten(crop).ok());
        Ok(straightened)
    }
}

/// The part of a photo that a normaliser looks at, in its own proportions.
pub fn crop_for(
    normaliser: &dyn Normaliser,
    image: &RgbImage,
    region: &PixelBox,
    full_size: ImageSize,
) -> Option<RgbImage> {
    let longer = region.width.max(region.height).max(1.0);
    let share = (f64::from(SIDE) / longer).min(1.0);
    let side = |extent: f64| ((extent * share).round() as u32).clamp(1, SIDE);
    let preprocess = Preprocess {
        width: side(region.width),
        height: side(region.height),
        ..normaliser.preprocess().clone()
    };
    preprocess.picture(image, Some(region), full_size).ok()
}
