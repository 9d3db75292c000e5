//! Drawing the straightened body.

use image::{Rgb, RgbImage};

use super::{BodyFrame, BodyFrameError};
use crate::resize::{ResizeFilter, SourceBox, resize_region};
use crate::warp::mean_around;

/// What lies outside of the crop: mid grey, which has no marks.
const OUTSIDE: [u8; 3] = [128; 3];
/// Pixels of the crop to one of the straightened body above which the crop is first brought down, to half as many.
const MOST_REACH: f64 = 4.0;

impl BodyFrame {
    /// Draws the body straightened, [`BodyFrame::WIDTH`] × [`BodyFrame::HEIGHT`] pixels, the back up, left and right as in
    /// the photo. What lies outside of the crop is mid grey. The picture may be a scaled one of the crop that the frame
    /// was found in.
    ///
    /// # Errors
    /// The picture has no pixels.
    pub fn straighten(&self, picture: &RgbImage) -> Result<RgbImage, BodyFrameError> {
        let (width, height) = picture.dimensions();
        if width == 0 || height == 0 {
            return Err(BodyFrameError::NoCrop);
        }
        let reach = self.greatest_step() * f64::from(width) / f64::from(self.crop.width);
        if reach <= MOST_REACH {
            return Ok(self.sampled(picture));
        }
        let side = |extent: u32| ((f64::from(extent) * MOST_REACH / 2.0 / reach).ceil() as u32).max(1);
        let (smaller_width, smaller_height) = (side(width), side(height));
        let whole = SourceBox::whole(picture);
        let smaller = resize_region(picture, whole, smaller_width, smaller_height, ResizeFilter::Bilinear);
        smaller.map(|smaller| self.sampled(&smaller)).ok_or(BodyFrameError::NoCrop)
    }

    /// Pixels of the crop to one of the straightened body, where they are most.
    fn greatest_step(&self) -> f64 {
        let highest = self.heights().fold(0.0, f64::max);
        (self.length() / f64::from(Self::WIDTH)).max(highest / f64::from(Self::HEIGHT))
    }

    fn sampled(&self, picture: &RgbImage) -> RgbImage {
        let (right, bottom) = (f64::from(picture.width()), f64::from(picture.height()));
        let scale = [right / f64::from(self.crop.width), bottom / f64::from(self.crop.height)];
        let across = self.length() / f64::from(Self::WIDTH);
        RgbImage::from_fn(Self::WIDTH, Self::HEIGHT, |x, y| {
            let [at_x, at_y] = self.in_crop([f64::from(x) + 0.5, f64::from(y) + 0.5]);
            let (at_x, at_y) = (at_x * scale[0], at_y * scale[1]);
            if !(0.0..=right).contains(&at_x) || !(0.0..=bottom).contains(&at_y) {
                return Rgb(OUTSIDE);
            }
            let t = 2.0 * (f64::from(x) + 0.5) / f64::from(Self::WIDTH) - 1.0;
            let down = (self.belly.at(t) - self.back.at(t)) / f64::from(Self::HEIGHT);
            let reach = |one: f64, other: f64, scale: f64| {
                let (one, other) = (one * across, other * down);
                ((one * one + other * other).sqrt() * scale).clamp(1.0, MOST_REACH) as f32
            };
            let reach =
                [reach(self.axis[0], self.axis[1], scale[0]), reach(self.axis[1], self.axis[0], scale[1])];
            Rgb(mean_around(picture, [at_x as f32, at_y as f32], reach))
        })
    }
}
