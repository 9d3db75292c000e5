//! Cropping and resizing in one step, as Pillow's `Image.resize(size, filter, box)` does it.
//!
//! The filters of Pillow are antialiased: their support grows with the factor of reduction, and the box may begin
//! and end between pixels. Results are within one level of Pillow's (`fixtures/reference/imaging`). One filter is
//! OpenCV's, for the networks that were taught with it.

use std::cell::RefCell;

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ImageView as _, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;
use serde::{Deserialize, Serialize};

/// How new pixels are mixed from old ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResizeFilter {
    /// Triangle filter, antialiased. Pillow: `BILINEAR`.
    Bilinear,
    /// Catmull-Rom cubic (a = -0.5), antialiased. Pillow: `BICUBIC`.
    Bicubic,
    /// Windowed sinc over three lobes, antialiased. Pillow: `LANCZOS`.
    Lanczos3,
    /// The nearest pixel, not antialiased. Pillow: `NEAREST`.
    Nearest,
    /// Between the four nearest pixels, not antialiased: of a large photo most pixels have no say. OpenCV:
    /// `INTER_LINEAR`. Photos are always decoded in full for it, because what a scaled decoding gives is antialiased.
    PlainBilinear,
}

impl ResizeFilter {
    fn algorithm(self) -> ResizeAlg {
        match self {
            Self::Bilinear => ResizeAlg::Convolution(FilterType::Bilinear),
            Self::Bicubic => ResizeAlg::Convolution(FilterType::CatmullRom),
            Self::Lanczos3 => ResizeAlg::Convolution(FilterType::Lanczos3),
            Self::Nearest => ResizeAlg::Nearest,
            Self::PlainBilinear => ResizeAlg::Interpolation(FilterType::Bilinear),
        }
    }
}

/// A box in pixels of the picture at hand; its edges may lie between pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SourceBox {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl SourceBox {
    /// The box of all pixels.
    pub(crate) fn whole(picture: &RgbImage) -> Self {
        Self { left: 0.0, top: 0.0, width: f64::from(picture.width()), height: f64::from(picture.height()) }
    }

    /// The part inside a picture of the given size; rounding may have carried an edge out by a hair.
    fn inside(self, width: u32, height: u32) -> Self {
        let (full_width, full_height) = (f64::from(width), f64::from(height));
        let left = self.left.clamp(0.0, full_width);
        let top = self.top.clamp(0.0, full_height);
        Self {
            left,
            top,
            width: self.width.min(full_width - left),
            height: self.height.min(full_height - top),
        }
    }
}

thread_local! {
    /// Keeps the working memory of the resizer between photos of one thread.
    static RESIZER: RefCell<Resizer> = RefCell::new(Resizer::new());
}

/// Resizes a box of the picture to `width` x `height`; `None` where the box has no extent.
pub(crate) fn resize_region(
    picture: &RgbImage,
    region: SourceBox,
    width: u32,
    height: u32,
    filter: ResizeFilter,
) -> Option<RgbImage> {
    let mut pixels = vec![0; 3 * width as usize * height as usize];
    resize_into(picture, region, width, height, filter, &mut pixels)?;
    RgbImage::from_raw(width, height, pixels)
}

/// As [`resize_region`], into memory of `3 * width * height` bytes.
pub(crate) fn resize_into(
    picture: &RgbImage,
    region: SourceBox,
    width: u32,
    height: u32,
    filter: ResizeFilter,
    pixels: &mut [u8],
) -> Option<()> {
    let region = region.inside(picture.width(), picture.height());
    // The kind of pixel is said in types: where it is looked up as the program runs, the code for every kind is built.
    let source =
        TypedImageRef::<U8x3>::from_buffer(picture.width(), picture.height(), picture.as_raw()).ok()?;
    let mut target = TypedImage::<U8x3>::from_buffer(width, height, pixels).ok()?;
    RESIZER.with_borrow_mut(|resizer| match filter {
        ResizeFilter::Bilinear | ResizeFilter::Nearest | ResizeFilter::PlainBilinear => {
            resizer.resize_typed(&source, &mut target, &options(filter, region)).ok()
        }
        ResizeFilter::Bicubic | ResizeFilter::Lanczos3 => {
            resize_across_then_down(resizer, &source, region, filter, &mut target)
        }
    })
}

fn options(filter: ResizeFilter, region: SourceBox) -> ResizeOptions {
    let SourceBox { left, top, width, height } = region;
    ResizeOptions::new().resize_alg(filter.algorithm()).use_alpha(false).crop(left, top, width, height)
}

/// Resizes rows first and columns then, as Pillow does. The order matters to filters that overshoot at
/// edges: what goes beyond 0..255 is cut between the two; the library itself takes columns first.
fn resize_across_then_down(
    resizer: &mut Resizer,
    source: &TypedImageRef<'_, U8x3>,
    region: SourceBox,
    filter: ResizeFilter,
    target: &mut TypedImage<'_, U8x3>,
) -> Option<()> {
    // Rows that the filter can reach: three pixels of the target beyond the box at most, and one to round.
    let reach = 3.0 * (region.height / f64::from(target.height())).max(1.0) + 1.0;
    let first = (region.top - reach).floor().max(0.0);
    let last = (region.top + region.height + reach).ceil().min(f64::from(source.height()));
    let mut between = TypedImage::<U8x3>::new(target.width(), (last - first) as u32);
    let rows = SourceBox { top: first, height: last - first, ..region };
    resizer.resize_typed(source, &mut between, &options(filter, rows)).ok()?;
    let columns = SourceBox {
        left: 0.0,
        top: region.top - first,
        width: f64::from(target.width()),
        height: region.height,
    };
    resizer.resize_typed(&between, target, &options(filter, columns)).ok()
}
