//! How a region of a photo becomes the numbers a network is fed with: as data, not code.
//!
//! A bundle's manifest holds one [`Preprocess`]; training writes it, inference reads it.

mod apply;

pub(crate) use apply::scale_of;

use resight_core::{ImageSize, PixelBox};
use serde::{Deserialize, Serialize};

use crate::decode::DecodeSize;
use crate::resize::ResizeFilter;

/// How a region of the wrong proportions is brought to the network's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fit {
    /// Each side is scaled by itself; the proportions change.
    Stretch,
    /// The whole region is kept in proportion, centred; the rest is filled with one colour.
    Letterbox {
        /// Red, green, blue of the bars, before the change of value range; always in this order.
        fill: [u8; 3],
    },
    /// The largest centred part of the region with the network's proportions, times `share` of each side.
    CenterCrop {
        /// Above 0, up to 1. A resize of the short side to 256 and a centre crop of 224 is 224/256 = 0.875.
        #[serde(default = "one")]
        share: f32,
    },
}

/// The order of the colour planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColorOrder {
    /// Red, green, blue.
    #[default]
    Rgb,
    /// Blue, green, red.
    Bgr,
}

/// The range of a pixel's value before `mean` and `deviation` are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueRange {
    /// 0 to 255.
    Byte,
    /// 0 to 1.
    Unit,
    /// 0 to 1, where 1 is the greatest value of the picture itself: dark photos are stretched to full brightness.
    Brightest,
}

/// How exactly JPEG photos are decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DecodePrecision {
    /// Every pixel, then resized.
    Exact,
    /// At a half, a quarter or an eighth where that is still no smaller than the network's input: several
    /// times as fast, values change slightly.
    #[default]
    Scaled,
}

/// From a region of a photo to a network's input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preprocess {
    /// Width of the network's input, in pixels.
    pub width: u32,
    /// Height of the network's input, in pixels.
    pub height: u32,
    /// What happens to other proportions.
    pub fit: Fit,
    /// How pixels are mixed.
    pub filter: ResizeFilter,
    /// The order of the planes.
    #[serde(default)]
    pub color: ColorOrder,
    /// The range of values before the next two.
    pub value_range: ValueRange,
    /// Subtracted, one for each plane in the order of `color`.
    pub mean: [f32; 3],
    /// Then divided by, one for each plane in the order of `color`.
    pub deviation: [f32; 3],
    /// How exactly photos are decoded.
    #[serde(default)]
    pub decode: DecodePrecision,
    /// The region is widened by this share of its width and height on each side first (0.1 = a tenth each
    /// side), then cut at the edge of the photo. The whole photo stays as it is.
    #[serde(default)]
    pub crop_margin: f32,
}

/// Why a preprocessing makes no sense, or cannot be applied.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PreprocessError {
    /// A number that cannot be meant.
    #[error("preprocessing: `{field}` is {found}; it must be {expected}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What it holds.
        found: String,
        /// What would be right.
        expected: &'static str,
    },
    /// The region lies outside the photo, or less than one pixel of it inside.
    #[error("the region {x}, {y}, {width} x {height} does not lie in the photo of {} x {} pixels", photo.width, photo.height)]
    OutsidePhoto {
        /// Left edge.
        x: f64,
        /// Top edge.
        y: f64,
        /// Extent to the right.
        width: f64,
        /// Extent downwards.
        height: f64,
        /// The full size of the photo.
        photo: ImageSize,
    },
    /// The memory for the result has the wrong length.
    #[error("the result needs room for {needed} numbers, there is room for {found}")]
    WrongLength {
        /// 3 x height x width.
        needed: usize,
        /// What was given.
        found: usize,
    },
}

/// Network inputs larger than this on a side are a mistake.
const LARGEST_SIDE: u32 = 8192;

fn one() -> f32 {
    1.0
}

impl Preprocess {
    /// Checks that the numbers can be meant.
    ///
    /// # Errors
    /// [`PreprocessError::Invalid`] names the field.
    pub fn check(&self) -> Result<(), PreprocessError> {
        let side = |field, value: u32| {
            let is_right = (1..=LARGEST_SIDE).contains(&value);
            require(is_right, field, value.to_string(), "between 1 and 8192 pixels")
        };
        side("width", self.width)?;
        side("height", self.height)?;
        let finite = self.mean.iter().all(|value| value.is_finite());
        require(finite, "mean", format!("{:?}", self.mean), "three finite numbers")?;
        let usable = self.deviation.iter().all(|value| value.is_normal());
        require(
            usable,
            "deviation",
            format!("{:?}", self.deviation),
            "three finite numbers other than zero",
        )?;
        let margin = self.crop_margin;
        require((0.0..=10.0).contains(&margin), "crop_margin", margin.to_string(), "between 0 and 10")?;
        if let Fit::CenterCrop { share } = self.fit {
            require(share > 0.0 && share <= 1.0, "fit.share", share.to_string(), "above 0 and at most 1")?;
        }
        Ok(())
    }

    /// How many numbers one input has: 3 x height x width.
    pub fn input_len(&self) -> usize {
        3 * self.width as usize * self.height as usize
    }

    /// How much detail of a photo is needed for this region (in pixels of the full upright photo; `None`:
    /// the whole photo).
    pub fn decode_size(&self, full: ImageSize, region: Option<&PixelBox>) -> DecodeSize {
        // A scaled decoding is antialiased: it would give other values than a filter that is not.
        if self.decode == DecodePrecision::Exact || self.filter == ResizeFilter::PlainBilinear {
            return DecodeSize::Full;
        }
        let Ok(region) = self.source_region(full, region) else { return DecodeSize::Full };
        let (share_x, share_y) = self.reduction(&region);
        if share_x >= 1.0 || share_y >= 1.0 {
            return DecodeSize::Full;
        }
        // The product of exact numbers may come out a hair above a whole number.
        let needed = |side: u32, share: f64| (f64::from(side) * share - 1e-6).ceil() as u32;
        DecodeSize::AtLeast(ImageSize {
            width: needed(full.width, share_x),
            height: needed(full.height, share_y),
        })
    }

    /// The part of the full photo that a region asks for, its margin included; turned as the region is.
    pub fn window(&self, region: &PixelBox) -> PixelBox {
        region.expanded(f64::from(self.crop_margin))
    }

    /// The part of the full photo that is looked at: margin added, edges cut, centre taken.
    ///
    /// # Errors
    /// [`PreprocessError::OutsidePhoto`].
    pub fn source_region(
        &self,
        full: ImageSize,
        region: Option<&PixelBox>,
    ) -> Result<PixelBox, PreprocessError> {
        let widened = match region {
            Some(region) => self.window(region),
            None => PixelBox::whole(full),
        };
        let inside = widened.clamped(full).ok_or(PreprocessError::OutsidePhoto {
            x: widened.x,
            y: widened.y,
            width: widened.width,
            height: widened.height,
            photo: full,
        })?;
        Ok(match self.fit {
            Fit::Stretch | Fit::Letterbox { .. } => inside,
            Fit::CenterCrop { share } => self.center_of(&inside, f64::from(share)),
        })
    }

    /// The largest centred part with the network's proportions, times `share` of each side.
    fn center_of(&self, region: &PixelBox, share: f64) -> PixelBox {
        let (target_width, target_height) = (f64::from(self.width), f64::from(self.height));
        let unit = (region.width / target_width).min(region.height / target_height) * share;
        let (width, height) = (target_width * unit, target_height * unit);
        let (left, top) =
            (region.x + (region.width - width) / 2.0, region.y + (region.height - height) / 2.0);
        PixelBox::at(left, top, width, height).turned(region.rotation)
    }

    /// Pixels of the input for each pixel of the region, along x and y.
    fn reduction(&self, region: &PixelBox) -> (f64, f64) {
        let share_x = f64::from(self.width) / region.width;
        let share_y = f64::from(self.height) / region.height;
        match self.fit {
            Fit::Stretch | Fit::CenterCrop { .. } => (share_x, share_y),
            Fit::Letterbox { .. } => (share_x.min(share_y), share_x.min(share_y)),
        }
    }
}

fn require(
    is_right: bool,
    field: &'static str,
    found: String,
    expected: &'static str,
) -> Result<(), PreprocessError> {
    if is_right { Ok(()) } else { Err(PreprocessError::Invalid { field, found, expected }) }
}
