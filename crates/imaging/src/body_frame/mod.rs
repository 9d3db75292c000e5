//! The body's own frame: marks are compared on the animal straightened, not on the photo.
//!
//! From a crop and a mask of the animal to a rectangle that its trunk fills: left and right as in the photo, the back up.
//!
//! 1. the largest part of the mask ([`AnimalMask`]) is opened by a circle, which takes away legs, neck and tail;
//! 2. the principal axis of what is left, the trunk, becomes horizontal;
//! 3. a cubic line along the back and one along the belly become the upper and the lower edge.
//!
//! What can go wrong with that is measured ([`Soundness`]). Figures: `docs/decisions/body-frame.md`.

mod distance;
mod line;
mod mask;
mod soundness;
mod straighten;
#[cfg(test)]
mod tests;
mod trunk;

use resight_core::ImageSize;

use self::line::Cubic;
use self::mask::Shape;

pub use self::mask::AnimalMask;
pub use self::soundness::Soundness;

/// A trunk of fewer pixels of the grid (the crop's longer side is 256 of them) shows no marks.
const SMALLEST_TRUNK: usize = 400;
/// The share of the trunk's area that lies beyond either end of the frame: there its outline rounds off.
const BEYOND_ENDS: f64 = 0.01;
/// The share of the frame's length at either end where the outline is not asked for the lines, for the same reason.
const ROUND_ENDS: f64 = 0.05;

/// Why an animal's body has no frame.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BodyFrameError {
    /// The mask is not one of its stated size.
    #[error("a mask of {} × {} pixels cannot have {values} values", .size.width, .size.height)]
    MaskSize {
        /// Its stated size.
        size: ImageSize,
        /// How many values there are.
        values: usize,
    },
    /// The crop has no pixels.
    #[error("the crop has no pixels")]
    NoCrop,
    /// Nothing is the animal.
    #[error("the mask shows no animal")]
    NoAnimal,
    /// Everything is the animal.
    #[error("the mask shows no outline: all of the crop is animal")]
    NoOutline,
    /// The trunk is too small to show marks.
    #[error("the animal's trunk is too small in the crop")]
    TooSmall,
    /// The lines of back and belly cannot be drawn, or meet.
    #[error("the animal's back and belly are not to be told apart")]
    NoLines,
}

/// Where an animal's trunk lies in a crop, and how it is bent.
///
/// # Units
/// Points of the crop are in pixels from its top left corner, edges at whole numbers. Points of the straightened body
/// likewise, to [`BodyFrame::WIDTH`] and [`BodyFrame::HEIGHT`].
#[derive(Debug, Clone, PartialEq)]
pub struct BodyFrame {
    crop: ImageSize,
    center: [f64; 2],
    /// Along the body, to the right; of length 1.
    axis: [f64; 2],
    /// Where the frame begins and ends along the axis, from the center.
    ends: [f64; 2],
    /// How far below the axis the back and the belly lie, from -1 at the left end to 1 at the right one.
    back: Cubic,
    belly: Cubic,
    soundness: Soundness,
}

impl BodyFrame {
    /// Width of the straightened body, in pixels.
    pub const WIDTH: u32 = 256;
    /// Height of the straightened body, in pixels.
    pub const HEIGHT: u32 = 128;

    /// Finds the frame of the animal that a mask shows in a crop of this size. The same for the same mask, on every
    /// machine.
    ///
    /// # Errors
    /// There is no animal, no outline of it, too little of it, or neither back nor belly.
    pub fn find(mask: &AnimalMask<'_>, crop: ImageSize) -> Result<Self, BodyFrameError> {
        if crop.width == 0 || crop.height == 0 {
            return Err(BodyFrameError::NoCrop);
        }
        let animal = mask.shape(crop).largest_part();
        if animal.area() == 0 {
            return Err(BodyFrameError::NoAnimal);
        }
        let trunk = animal.trunk().ok_or(BodyFrameError::NoOutline)?;
        if trunk.area() < SMALLEST_TRUNK {
            return Err(BodyFrameError::TooSmall);
        }
        let (center, axis) = principal_axis(&trunk);
        let mut frame = Self {
            crop,
            center,
            axis,
            ends: [0.0; 2],
            back: Cubic([0.0; 4]),
            belly: Cubic([0.0; 4]),
            soundness: Soundness::default(),
        };
        frame.ends = frame.ends_of(&trunk);
        let [above, below] = frame.outline_of(&trunk);
        let (back, far_from_back) = Cubic::through(&above).ok_or(BodyFrameError::NoLines)?;
        let (belly, far_from_belly) = Cubic::through(&below).ok_or(BodyFrameError::NoLines)?;
        (frame.back, frame.belly) = (back, belly);
        if frame.least_height() < trunk.pixel[1] {
            return Err(BodyFrameError::NoLines);
        }
        frame.soundness = Soundness::of(&frame, &animal, &trunk, far_from_back.max(far_from_belly));
        Ok(frame)
    }

    /// How far the frame is to be trusted.
    pub fn soundness(&self) -> &Soundness {
        &self.soundness
    }

    /// The size of the crop that the frame lies in.
    pub fn crop(&self) -> ImageSize {
        self.crop
    }

    /// Where a point of the straightened body lies in the crop; perhaps outside of it.
    pub fn in_crop(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let t = 2.0 * x / f64::from(Self::WIDTH) - 1.0;
        let (back, belly) = (self.back.at(t), self.belly.at(t));
        let along = self.ends[0] + (self.ends[1] - self.ends[0]) * x / f64::from(Self::WIDTH);
        let down = back + (belly - back) * y / f64::from(Self::HEIGHT);
        [
            self.center[0] + along * self.axis[0] - down * self.axis[1],
            self.center[1] + along * self.axis[1] + down * self.axis[0],
        ]
    }

    /// The outline of the frame in the crop, to draw it: along the back to the right and along the belly back to the left.
    pub fn outline(&self) -> Vec<[f64; 2]> {
        const STEPS: u32 = 32;
        let place = |step: u32| f64::from(Self::WIDTH) * f64::from(step) / f64::from(STEPS);
        let back = (0..=STEPS).map(|step| self.in_crop([place(step), 0.0]));
        let bottom = f64::from(Self::HEIGHT);
        back.chain((0..=STEPS).rev().map(|step| self.in_crop([place(step), bottom]))).collect()
    }

    /// Where a point of the crop lies along the axis and below it, from the center.
    fn along_and_below(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let (dx, dy) = (x - self.center[0], y - self.center[1]);
        [dx * self.axis[0] + dy * self.axis[1], dy * self.axis[0] - dx * self.axis[1]]
    }

    /// From -1 at the left end to 1 at the right one.
    fn place(&self, along: f64) -> f64 {
        2.0 * (along - self.ends[0]) / (self.ends[1] - self.ends[0]) - 1.0
    }

    fn length(&self) -> f64 {
        self.ends[1] - self.ends[0]
    }

    fn heights(&self) -> impl Iterator<Item = f64> {
        (0..=32).map(|step| f64::from(step) / 16.0 - 1.0).map(|t| self.belly.at(t) - self.back.at(t))
    }

    fn least_height(&self) -> f64 {
        self.heights().fold(f64::INFINITY, f64::min)
    }

    fn mean_height(&self) -> f64 {
        self.heights().sum::<f64>() / 33.0
    }

    fn ends_of(&self, trunk: &Shape) -> [f64; 2] {
        let mut along: Vec<f64> = trunk.centers().map(|point| self.along_and_below(point)[0]).collect();
        along.sort_by(f64::total_cmp);
        let beyond = (along.len() as f64 * BEYOND_ENDS) as usize;
        [along[beyond], along[along.len() - 1 - beyond]]
    }

    /// The upper and the lower outline: for each place along the body how far below the axis it lies.
    fn outline_of(&self, trunk: &Shape) -> [Vec<(f64, f64)>; 2] {
        let step = trunk.pixel[0];
        let n_columns = (self.length() / step) as usize + 1;
        let mut columns = vec![(f64::INFINITY, f64::NEG_INFINITY); n_columns];
        for point in trunk.centers() {
            let [along, below] = self.along_and_below(point);
            let column = ((along - self.ends[0]) / step).floor();
            if column >= 0.0 && (column as usize) < n_columns {
                let (top, bottom) = &mut columns[column as usize];
                (*top, *bottom) = (top.min(below), bottom.max(below));
            }
        }
        let half = trunk.pixel[1] / 2.0;
        let (mut above, mut under) = (Vec::new(), Vec::new());
        for (column, (top, bottom)) in columns.into_iter().enumerate() {
            let t = self.place(self.ends[0] + (column as f64 + 0.5) * step);
            if top.is_finite() && t.abs() <= 1.0 - 2.0 * ROUND_ENDS {
                above.push((t, top - half));
                under.push((t, bottom + half));
            }
        }
        [above, under]
    }
}

impl Shape {
    /// The centers of the pixels inside, in pixels of the crop.
    fn centers(&self) -> impl Iterator<Item = [f64; 2]> {
        let inside = self.inside.iter().enumerate().filter(|(_, inside)| **inside);
        inside.map(|(at, _)| self.center_of(at))
    }

    fn center_of(&self, at: usize) -> [f64; 2] {
        let center = |place: usize, axis: usize| (place as f64 + 0.5) * self.pixel[axis];
        [center(at % self.width, 0), center(at / self.width, 1)]
    }
}

/// The center of a shape, and the direction it extends in most, to the right. Of a shape that extends alike in all
/// directions: horizontally.
fn principal_axis(shape: &Shape) -> ([f64; 2], [f64; 2]) {
    let n = shape.area() as f64;
    let sum = |of: &dyn Fn([f64; 2]) -> f64| shape.centers().map(of).sum::<f64>() / n;
    let center = [sum(&|[x, _]| x), sum(&|[_, y]| y)];
    let xx = sum(&|[x, _]| (x - center[0]).powi(2));
    let yy = sum(&|[_, y]| (y - center[1]).powi(2));
    let xy = sum(&|[x, y]| (x - center[0]) * (y - center[1]));
    // Half the angle by roots alone: sines and cosines are not the same to the last bit on every machine.
    let twice = [xx - yy, 2.0 * xy];
    let length = (twice[0] * twice[0] + twice[1] * twice[1]).sqrt();
    if length <= 1e-9 * (xx + yy) {
        return (center, [1.0, 0.0]);
    }
    let cosine = (f64::midpoint(1.0, twice[0] / length)).max(0.0).sqrt();
    let sine = ((1.0 - twice[0] / length) / 2.0).max(0.0).sqrt();
    (center, [cosine, if xy < 0.0 { -sine } else { sine }])
}
