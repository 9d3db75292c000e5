//! Applying a [`Preprocess`]: crop and resize in bytes, then planes of `f32`.

use std::cell::RefCell;

use image::RgbImage;
use resight_core::{ImageSize, PixelBox};

use super::{ColorOrder, Fit, Preprocess, PreprocessError, ValueRange};
use crate::decode::{DENOMINATORS, DecodedWindow};
use crate::resize::{SourceBox, resize_into};
use crate::warp::{Window, look_through};

thread_local! {
    /// Keeps the memory of the resized crop between photos of one thread.
    static RESIZED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Preprocess {
    /// Writes the network's input for a region of a photo.
    ///
    /// `picture` is the decoded photo, perhaps scaled; `full_size` the size of the full upright photo;
    /// `region` a box in pixels of the full upright photo, `None` for the whole.
    ///
    /// # Shapes
    /// `out` is 3 x height x width, one plane a colour in the order of `color`, rows from the top.
    ///
    /// # Errors
    /// [`PreprocessError`]: the region does not lie in the photo, or `out` has the wrong length.
    pub fn apply(
        &self,
        picture: &RgbImage,
        region: Option<&PixelBox>,
        full_size: ImageSize,
        out: &mut [f32],
    ) -> Result<(), PreprocessError> {
        self.check_length(out)?;
        RESIZED.with_borrow_mut(|pixels| {
            self.draw(picture, region, full_size, pixels)?;
            self.write_planes(pixels, out);
            Ok(())
        })
    }

    /// [`Self::apply`] for a photo of which only the part is there that [`Self::window`] asks for.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub fn apply_to_window(
        &self,
        window: &DecodedWindow,
        region: &PixelBox,
        out: &mut [f32],
    ) -> Result<(), PreprocessError> {
        let (width, height) = window.image.dimensions();
        let in_window = PixelBox { x: region.x - window.bounds.x, y: region.y - window.bounds.y, ..*region };
        self.apply(&window.image, Some(&in_window), ImageSize { width, height }, out)
    }

    /// The region of a photo as the network sees it, before it becomes numbers: `width` × `height` pixels.
    ///
    /// [`Self::numbers`] of it are what [`Self::apply`] writes.
    ///
    /// # Errors
    /// [`PreprocessError::OutsidePhoto`].
    pub fn picture(
        &self,
        picture: &RgbImage,
        region: Option<&PixelBox>,
        full_size: ImageSize,
    ) -> Result<RgbImage, PreprocessError> {
        let mut pixels = Vec::new();
        self.draw(picture, region, full_size, &mut pixels)?;
        Ok(RgbImage::from_raw(self.width, self.height, pixels)
            .expect("as many bytes as the input has numbers"))
    }

    /// Writes a picture of the network's size as the network's input.
    ///
    /// # Shapes
    /// As for [`Self::apply`].
    ///
    /// # Errors
    /// [`PreprocessError::WrongLength`], also where the picture has another size.
    pub fn numbers(&self, picture: &RgbImage, out: &mut [f32]) -> Result<(), PreprocessError> {
        self.check_length(out)?;
        if picture.dimensions() != (self.width, self.height) {
            return Err(PreprocessError::WrongLength {
                needed: self.input_len(),
                found: picture.as_raw().len(),
            });
        }
        self.write_planes(picture.as_raw(), out);
        Ok(())
    }

    fn check_length(&self, out: &[f32]) -> Result<(), PreprocessError> {
        let (needed, found) = (self.input_len(), out.len());
        if found == needed { Ok(()) } else { Err(PreprocessError::WrongLength { needed, found }) }
    }

    /// Writes the region as the network sees it, three bytes a pixel.
    fn draw(
        &self,
        picture: &RgbImage,
        region: Option<&PixelBox>,
        full_size: ImageSize,
        pixels: &mut Vec<u8>,
    ) -> Result<(), PreprocessError> {
        let region = self.source_region(full_size, region)?;
        pixels.resize(self.input_len(), 0);
        let (width, height) = self.target_size(&region);
        let resized = &mut pixels[..3 * width as usize * height as usize];
        let drawn = if region.is_turned() {
            let turned = turned_back(&region, picture, full_size);
            resize_into(&turned, SourceBox::whole(&turned), width, height, self.filter, resized)
        } else {
            resize_into(picture, in_picture(&region, picture, full_size), width, height, self.filter, resized)
        };
        drawn.ok_or_else(|| {
            let PixelBox { x, y, width, height, .. } = region;
            PreprocessError::OutsidePhoto { x, y, width, height, photo: full_size }
        })?;
        if let Fit::Letterbox { fill } = self.fit {
            *pixels = self.framed(resized, width, height, fill);
        }
        Ok(())
    }

    /// Adds the bars around a picture of [`Self::target_size`], where the fit wants any.
    pub fn with_bars(&self, picture: RgbImage) -> RgbImage {
        let (width, height) = picture.dimensions();
        if (width, height) == (self.width, self.height) || width > self.width || height > self.height {
            return picture;
        }
        let framed = self.framed(picture.as_raw(), width, height, self.fill());
        RgbImage::from_raw(self.width, self.height, framed).expect("a canvas of the input's size")
    }

    /// The colour that stands for nothing: that of the bars, or else the one that becomes zeros.
    pub fn fill(&self) -> [u8; 3] {
        if let Fit::Letterbox { fill } = self.fit {
            return fill;
        }
        let scale = self.greatest(&[]);
        let planes = self.mean.map(|mean| (mean * scale).round().clamp(0.0, 255.0) as u8);
        match self.color {
            ColorOrder::Rgb => planes,
            ColorOrder::Bgr => [planes[2], planes[1], planes[0]],
        }
    }

    /// The size that a part of a photo is resized to, before any bars are added.
    pub fn target_size(&self, region: &PixelBox) -> (u32, u32) {
        if !matches!(self.fit, Fit::Letterbox { .. }) {
            return (self.width, self.height);
        }
        let (share, _) = self.reduction(region);
        let side = |extent: f64, most: u32| ((extent * share).round() as u32).clamp(1, most);
        (side(region.width, self.width), side(region.height, self.height))
    }

    /// The resized region in the middle of a canvas of the fill colour.
    fn framed(&self, resized: &[u8], width: u32, height: u32, fill: [u8; 3]) -> Vec<u8> {
        let mut canvas = fill.repeat(self.width as usize * self.height as usize);
        let left = 3 * ((self.width - width) / 2) as usize;
        let top = ((self.height - height) / 2) as usize;
        let row_bytes = 3 * width as usize;
        let rows = canvas.chunks_exact_mut(3 * self.width as usize).skip(top);
        for (row, source) in rows.zip(resized.chunks_exact(row_bytes)) {
            row[left..left + row_bytes].copy_from_slice(source);
        }
        canvas
    }

    /// Interleaved bytes to planes of normalised numbers.
    fn write_planes(&self, pixels: &[u8], out: &mut [f32]) {
        let plane_len = out.len() / 3;
        let greatest = self.greatest(pixels);
        for (plane, values) in out.chunks_exact_mut(plane_len).enumerate() {
            let table = self.value_table(plane, greatest);
            let channel = match self.color {
                ColorOrder::Rgb => plane,
                ColorOrder::Bgr => 2 - plane,
            };
            for (value, pixel) in values.iter_mut().zip(pixels.chunks_exact(3)) {
                *value = table[usize::from(pixel[channel])];
            }
        }
    }

    /// The byte that becomes 1 before mean and deviation; of a black picture, that of a white one.
    fn greatest(&self, pixels: &[u8]) -> f32 {
        match self.value_range {
            ValueRange::Byte => 1.0,
            ValueRange::Unit => 255.0,
            ValueRange::Brightest => {
                pixels.iter().max().filter(|most| **most > 0).map_or(255.0, |most| f32::from(*most))
            }
        }
    }

    /// What each of the 256 byte values becomes in a plane: `(value - mean) / deviation`.
    fn value_table(&self, plane: usize, greatest: f32) -> [f32; 256] {
        let (mean, deviation) = (self.mean[plane], self.deviation[plane]);
        std::array::from_fn(|byte| (byte as f32 / greatest - mean) / deviation)
    }
}

/// What a turned box shows beyond the edges of the photo: as in MiewID's preprocessing.
const BEYOND: [u8; 3] = [255; 3];

/// The part of the picture that a turned box shows, turned back, in its own pixels.
fn turned_back(region: &PixelBox, picture: &RgbImage, full_size: ImageSize) -> RgbImage {
    let scale = scale_of(picture, full_size);
    let side = |extent: f64, scale: f64| ((extent * scale).round() as u32).max(1);
    let (width, height) = (side(region.width, scale.0), side(region.height, scale.1));
    look_through(&Window::of_box(region, width, height), picture, full_size, (width, height), BEYOND)
}

/// A box of the full photo, in pixels of the picture at hand.
fn in_picture(region: &PixelBox, picture: &RgbImage, full: ImageSize) -> SourceBox {
    let scale = scale_of(picture, full);
    SourceBox {
        left: region.x * scale.0,
        top: region.y * scale.1,
        width: region.width * scale.0,
        height: region.height * scale.1,
    }
}

/// Pixels of the picture for each pixel of the full photo. A scaled decoding is exactly a half, a quarter
/// or an eighth, its last column and row perhaps standing for less; anything else is a plain proportion.
pub(crate) fn scale_of(picture: &RgbImage, full: ImageSize) -> (f64, f64) {
    let (width, height) = picture.dimensions();
    let is_scaled_by = |by: &u32| full.width.div_ceil(*by) == width && full.height.div_ceil(*by) == height;
    match DENOMINATORS.into_iter().rev().find(is_scaled_by) {
        Some(by) => (1.0 / f64::from(by), 1.0 / f64::from(by)),
        None => (f64::from(width) / f64::from(full.width), f64::from(height) / f64::from(full.height)),
    }
}
