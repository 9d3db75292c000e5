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

/// A box in pixels of the upright image at full size: parallel to its sides, or turned about its own center.
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
    /// How far the box is turned about its center, in radians, clockwise as a person sees it; 0 is parallel to the sides of the
    /// image. The numbers above are those of the box before it is turned, and extents are along its own sides.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rotation: f64,
}

/// Boxes that are turned less than this, in radians, are treated as if they were not.
const LEAST_ROTATION: f64 = 0.1;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(rotation: &f64) -> bool {
    *rotation == 0.0
}

impl PixelBox {
    /// A box parallel to the sides of the image.
    pub const fn at(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self { x, y, width, height, rotation: 0.0 }
    }

    /// Whether it is turned by so much that it is cut out turned back: boxes that are turned by less than a tenth of a radian are
    /// treated as if they were not, as MiewID's preprocessing does.
    pub fn is_turned(&self) -> bool {
        self.rotation.abs() >= LEAST_ROTATION
    }

    /// The box turned about its center, in radians clockwise; more than a whole turn is what is left of it, from -π to π.
    #[must_use]
    pub fn turned(self, rotation: f64) -> Self {
        let turn = 2.0 * std::f64::consts::PI;
        let left = rotation - turn * (rotation / turn).round();
        Self { rotation: left, ..self }
    }

    /// The smallest box parallel to the sides of the image that holds this one.
    #[must_use]
    pub fn bounds(&self) -> Self {
        if !self.is_turned() {
            return *self;
        }
        let (sin, cos) = (self.rotation.sin().abs(), self.rotation.cos().abs());
        let width = self.width * cos + self.height * sin;
        let height = self.width * sin + self.height * cos;
        let (center_x, center_y) = self.center();
        Self::at(center_x - width / 2.0, center_y - height / 2.0, width, height)
    }

    /// The point that lies at a share of its sides, from its own top left corner: (0, 0) to (1, 1).
    pub fn point_at(&self, (across, down): (f64, f64)) -> (f64, f64) {
        if !self.is_turned() {
            return (self.x + across * self.width, self.y + down * self.height);
        }
        let (sin, cos) = self.rotation.sin_cos();
        let (center_x, center_y) = self.center();
        let (right, below) = ((across - 0.5) * self.width, (down - 0.5) * self.height);
        (center_x + right * cos - below * sin, center_y + right * sin + below * cos)
    }

    /// Where its center lies.
    pub fn center(&self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// The box that covers the whole of an image.
    pub fn whole(size: ImageSize) -> Self {
        Self::at(0.0, 0.0, f64::from(size.width), f64::from(size.height))
    }

    /// The part of the box that lies inside the image, or `None` where less than one pixel each way does,
    /// or where a number is not finite. A box that lies inside is the answer itself, to the last bit: what was
    /// clamped once and kept is the same when it is asked again. So is a turned box whose center lies inside: what of it is
    /// outside stays empty.
    pub fn clamped(&self, size: ImageSize) -> Option<Self> {
        if ![self.x, self.y, self.width, self.height, self.rotation].iter().all(|value| value.is_finite()) {
            return None;
        }
        if self.is_turned() {
            let (x, y) = self.center();
            let is_inside = x >= 0.0 && y >= 0.0 && x <= f64::from(size.width) && y <= f64::from(size.height);
            // No side needs to be longer than the photo's diagonal, twice: the center lies inside.
            let longest = 2.0 * f64::from(size.width).hypot(f64::from(size.height));
            let (width, height) = (self.width.min(longest), self.height.min(longest));
            let kept = Self { x: x - width / 2.0, y: y - height / 2.0, width, height, ..*self };
            let kept = if (width, height) == (self.width, self.height) { *self } else { kept };
            return (is_inside && width >= 1.0 && height >= 1.0).then_some(kept);
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
            ..*self
        })
    }

    fn lies_in(&self, size: ImageSize) -> bool {
        self.x >= 0.0
            && self.y >= 0.0
            && self.x + self.width <= f64::from(size.width)
            && self.y + self.height <= f64::from(size.height)
    }

    /// The same box as shares of the image's width and height; of a turned one, its [`Self::bounds`].
    pub fn relative(&self, size: ImageSize) -> RelativeBox {
        let (width, height) = (f64::from(size.width), f64::from(size.height));
        let bounds = self.bounds();
        RelativeBox {
            x: bounds.x / width,
            y: bounds.y / height,
            width: bounds.width / width,
            height: bounds.height / height,
        }
    }

    /// The box widened by `share` of its width and height on each side (0.1 = a tenth each side).
    pub fn expanded(&self, share: f64) -> Self {
        Self {
            x: self.x - self.width * share,
            y: self.y - self.height * share,
            width: self.width * (1.0 + 2.0 * share),
            height: self.height * (1.0 + 2.0 * share),
            rotation: self.rotation,
        }
    }

    /// Area of the box, in square pixels.
    pub fn area(&self) -> f64 {
        self.width * self.height
    }

    /// Intersection over union with another box, 0 to 1; of turned boxes that of what they are before they are turned, unless
    /// they are turned apart by more than an eighth: then that of their [`Self::bounds`].
    pub fn iou(&self, other: &Self) -> f64 {
        if (self.rotation - other.rotation).abs() > std::f64::consts::FRAC_PI_4 {
            return self.bounds().iou(&other.bounds());
        }
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
        PixelBox::at(self.x * width, self.y * height, self.width * width, self.height * height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: ImageSize = ImageSize { width: 100, height: 50 };

    #[test]
    fn a_turned_box_is_held_by_its_bounds_and_keeps_its_place() {
        let quarter = PixelBox::at(20.0, 10.0, 20.0, 10.0).turned(std::f64::consts::FRAC_PI_2);
        let bounds = quarter.bounds();
        let expected = PixelBox::at(25.0, 5.0, 10.0, 20.0);
        for (found, expected) in
            [(bounds.x, expected.x), (bounds.y, expected.y), (bounds.width, expected.width)]
        {
            assert!((found - expected).abs() < 1e-9, "{bounds:?}");
        }
        assert_eq!(quarter.clamped(SIZE), Some(quarter));
        assert_eq!(PixelBox::at(200.0, 0.0, 30.0, 30.0).turned(0.5).clamped(SIZE), None);
        assert_eq!(PixelBox::at(0.0, 0.0, 30.0, 30.0).turned(f64::NAN).clamped(SIZE), None);
        assert!(
            (PixelBox::at(0.0, 0.0, 1.0, 1.0).turned(7.0).rotation - (7.0 - 2.0 * std::f64::consts::PI))
                .abs()
                < 1e-12
        );
    }

    #[test]
    fn clamping_keeps_the_inside_and_refuses_the_outside() {
        let hanging_over = PixelBox::at(-10.0, 40.0, 30.0, 30.0);
        assert_eq!(hanging_over.clamped(SIZE), Some(PixelBox::at(0.0, 40.0, 20.0, 10.0)));
        let outside = PixelBox::at(200.0, 0.0, 30.0, 30.0);
        assert_eq!(outside.clamped(SIZE), None);
        let not_a_number = PixelBox::at(f64::NAN, 0.0, 30.0, 30.0);
        assert_eq!(not_a_number.clamped(SIZE), None);
        let endless = PixelBox::at(0.0, 0.0, f64::INFINITY, 30.0);
        assert_eq!(endless.clamped(SIZE), None);
    }

    #[test]
    fn what_was_clamped_once_is_the_same_when_it_is_clamped_again() {
        let photo = ImageSize { width: 1001, height: 777 };
        for step in 0..2000 {
            let at = f64::from(step);
            let given = PixelBox::at(at * 0.7 - 400.1, at * 0.31 - 200.3, 333.3, 211.7);
            let Some(once) = given.clamped(photo) else { continue };
            assert_eq!(once.clamped(photo), Some(once), "{given:?}");
        }
        let inside = PixelBox::at(0.1, 0.2, 0.7, 40.0);
        assert_eq!(inside.clamped(photo), None, "less than a pixel wide");
    }

    #[test]
    fn relative_and_back_is_the_same_box() {
        let original = PixelBox::at(10.0, 5.0, 25.0, 10.0);
        assert_eq!(original.relative(SIZE).pixels(SIZE), original);
    }

    #[test]
    fn iou_of_halves() {
        let left = PixelBox::at(0.0, 0.0, 2.0, 1.0);
        let right = PixelBox::at(1.0, 0.0, 2.0, 1.0);
        assert!((left.iou(&right) - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(left.iou(&PixelBox { x: 5.0, ..left }), 0.0);
    }
}
