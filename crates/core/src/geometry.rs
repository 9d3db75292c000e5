//! Boxes in pictures, and the one coordinate system of the house.
//!
//! **Boxes are in pixels of the upright photo at full size**: the photo as a person sees it, the orientation that its
//! EXIF block states applied, the origin at its top left, x to the right, y downwards, edges at whole numbers (the
//! whole photo is the box 0, 0, width, height). That is what a [`PixelBox`] means, in catalogs, answers and pages.
//!
//! Tables come in two kinds: some count in the upright photo, some in the pixels as they are stored in the file, before
//! the orientation is applied. Which it is travels with the box ([`GivenBox`], [`BoxSpace`]) until the photo's header
//! has been read; there it is turned once (`resight_imaging::Orientation::upright_box`), and never again.

use serde::{Deserialize, Serialize};

/// Width and height of an upright image, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImageSize {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// An axis-parallel box in pixels of the upright image at full size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PixelBox {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Extent to the right, in pixels.
    pub width: f64,
    /// Extent downwards, in pixels.
    pub height: f64,
}

impl PixelBox {
    /// The box that covers the whole of an image.
    pub fn whole(size: ImageSize) -> Self {
        Self { x: 0.0, y: 0.0, width: f64::from(size.width), height: f64::from(size.height) }
    }

    /// The part of the box that lies inside the image, or `None` where less than one pixel each way does,
    /// or where a number is not finite. A box that lies inside is the answer itself, to the last bit: what was
    /// clamped once and kept is the same when it is asked again.
    pub fn clamped(&self, size: ImageSize) -> Option<Self> {
        if ![self.x, self.y, self.width, self.height].iter().all(|value| value.is_finite()) {
            return None;
        }
        if self.lies_in(size) {
            return (self.width >= 1.0 && self.height >= 1.0).then_some(*self);
        }
        let left = self.x.max(0.0);
        let top = self.y.max(0.0);
        let right = (self.x + self.width).min(f64::from(size.width));
        let bottom = (self.y + self.height).min(f64::from(size.height));
        (right - left >= 1.0 && bottom - top >= 1.0).then_some(Self {
            x: left,
            y: top,
            width: right - left,
            height: bottom - top,
        })
    }

    fn lies_in(&self, size: ImageSize) -> bool {
        self.x >= 0.0
            && self.y >= 0.0
            && self.x + self.width <= f64::from(size.width)
            && self.y + self.height <= f64::from(size.height)
    }

    /// The same box as shares of the image's width and height.
    pub fn relative(&self, size: ImageSize) -> RelativeBox {
        let (width, height) = (f64::from(size.width), f64::from(size.height));
        RelativeBox {
            x: self.x / width,
            y: self.y / height,
            width: self.width / width,
            height: self.height / height,
        }
    }

    /// The box widened by `share` of its width and height on each side (0.1 = a tenth each side).
    pub fn expanded(&self, share: f64) -> Self {
        Self {
            x: self.x - self.width * share,
            y: self.y - self.height * share,
            width: self.width * (1.0 + 2.0 * share),
            height: self.height * (1.0 + 2.0 * share),
        }
    }

    /// Area of the box, in square pixels.
    pub fn area(&self) -> f64 {
        self.width * self.height
    }

    /// Intersection over union with another box, 0 to 1.
    pub fn iou(&self, other: &Self) -> f64 {
        let overlap_x = (self.x + self.width).min(other.x + other.width) - self.x.max(other.x);
        let overlap_y = (self.y + self.height).min(other.y + other.height) - self.y.max(other.y);
        if overlap_x <= 0.0 || overlap_y <= 0.0 {
            return 0.0;
        }
        let overlap = overlap_x * overlap_y;
        overlap / (self.area() + other.area() - overlap)
    }
}

/// Which picture the numbers of a box count the pixels of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BoxSpace {
    /// The photo as a person sees it: what the house counts in.
    #[default]
    Upright,
    /// The pixels as the file stores them, before its EXIF orientation is applied: what annotation tools that ignore
    /// the orientation count in.
    Stored,
}

/// A box as somebody gave it, before the photo's header was read.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GivenBox {
    /// The numbers, in pixels of the picture that `space` names.
    pub bounds: PixelBox,
    /// What the numbers count in.
    pub space: BoxSpace,
}

impl GivenBox {
    /// A box in pixels of the upright photo.
    pub fn upright(bounds: PixelBox) -> Self {
        Self { bounds, space: BoxSpace::Upright }
    }

    /// A box in pixels as the file stores them.
    pub fn stored(bounds: PixelBox) -> Self {
        Self { bounds, space: BoxSpace::Stored }
    }
}

/// A box as shares (0 to 1) of the upright image's width and height, origin top left.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RelativeBox {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Extent to the right.
    pub width: f64,
    /// Extent downwards.
    pub height: f64,
}

impl RelativeBox {
    /// The same box in pixels of an image of the given size.
    pub fn pixels(&self, size: ImageSize) -> PixelBox {
        let (width, height) = (f64::from(size.width), f64::from(size.height));
        PixelBox {
            x: self.x * width,
            y: self.y * height,
            width: self.width * width,
            height: self.height * height,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: ImageSize = ImageSize { width: 100, height: 50 };

    #[test]
    fn clamping_keeps_the_inside_and_refuses_the_outside() {
        let hanging_over = PixelBox { x: -10.0, y: 40.0, width: 30.0, height: 30.0 };
        assert_eq!(hanging_over.clamped(SIZE), Some(PixelBox { x: 0.0, y: 40.0, width: 20.0, height: 10.0 }));
        let outside = PixelBox { x: 200.0, y: 0.0, width: 30.0, height: 30.0 };
        assert_eq!(outside.clamped(SIZE), None);
        let not_a_number = PixelBox { x: f64::NAN, y: 0.0, width: 30.0, height: 30.0 };
        assert_eq!(not_a_number.clamped(SIZE), None);
        let endless = PixelBox { x: 0.0, y: 0.0, width: f64::INFINITY, height: 30.0 };
        assert_eq!(endless.clamped(SIZE), None);
    }

    #[test]
    fn what_was_clamped_once_is_the_same_when_it_is_clamped_again() {
        let photo = ImageSize { width: 1001, height: 777 };
        for step in 0..2000 {
            let at = f64::from(step);
            let given = PixelBox { x: at * 0.7 - 400.1, y: at * 0.31 - 200.3, width: 333.3, height: 211.7 };
            let Some(once) = given.clamped(photo) else { continue };
            assert_eq!(once.clamped(photo), Some(once), "{given:?}");
        }
        let inside = PixelBox { x: 0.1, y: 0.2, width: 0.7, height: 40.0 };
        assert_eq!(inside.clamped(photo), None, "less than a pixel wide");
    }

    #[test]
    fn relative_and_back_is_the_same_box() {
        let original = PixelBox { x: 10.0, y: 5.0, width: 25.0, height: 10.0 };
        assert_eq!(original.relative(SIZE).pixels(SIZE), original);
    }

    #[test]
    fn iou_of_halves() {
        let left = PixelBox { x: 0.0, y: 0.0, width: 2.0, height: 1.0 };
        let right = PixelBox { x: 1.0, y: 0.0, width: 2.0, height: 1.0 };
        assert!((left.iou(&right) - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(left.iou(&PixelBox { x: 5.0, ..left }), 0.0);
    }
}
