//! How far a body's frame is to be trusted.

use super::BodyFrame;
use super::mask::Shape;

/// What speaks for a frame and against it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Soundness {
    /// The share of the animal (legs, neck and all) that the frame covers.
    pub covered: f64,
    /// The share of the frame that is animal.
    pub filled: f64,
    /// How far the outline lies from the lines of back and belly (root mean square of the worse one), as a share of
    /// the body's height.
    pub unevenness: f64,
    /// Length to height.
    pub aspect: f64,
    /// The share of the trunk's outline that is the crop's edge.
    pub cut: f64,
    /// How far the body is turned out of the horizontal: the sine of the angle.
    pub tilt: f64,
}

impl Soundness {
    /// A frame whose [`Self::value`] is lower is refused. Of 600 nyala flanks asked about, 30 had one: none of them was found,
    /// of the others three in ten.
    pub const LEAST: f64 = 0.5;

    /// All of it in one number, from 0, where some part says that this is no frame of a flank, to 1, where none speaks
    /// against it: the product of what each part says.
    pub fn value(&self) -> f64 {
        [
            share(self.tilt, 0.9, 0.4),
            share(self.cut, 0.4, 0.05),
            share(self.covered, 0.3, 0.5),
            share(self.filled, 0.85, 0.93),
            share(self.unevenness, 0.2, 0.08),
            share(self.aspect, 1.1, 1.5),
            share(self.aspect, 4.0, 2.8),
        ]
        .iter()
        .product()
    }

    /// Whether the frame is to be used: not where an animal stands before another, is cut by the crop's edge, or turns
    /// towards the camera.
    pub fn is_sound(&self) -> bool {
        self.value() >= Self::LEAST
    }

    pub(super) fn of(frame: &BodyFrame, animal: &Shape, trunk: &Shape, unevenness: f64) -> Self {
        let within = animal.centers().filter(|point| frame.covers(*point)).count() as f64;
        let pixel = animal.pixel[0] * animal.pixel[1];
        let height = frame.mean_height();
        Self {
            covered: within / animal.area() as f64,
            filled: (within * pixel / (frame.length() * height)).min(1.0),
            unevenness: unevenness / height,
            aspect: frame.length() / height,
            cut: trunk.share_on_edge(),
            tilt: frame.axis[1].abs(),
        }
    }
}

/// How far a value has come from where it is bad to where it is good, 0 to 1.
fn share(value: f64, bad: f64, good: f64) -> f64 {
    ((value - bad) / (good - bad)).clamp(0.0, 1.0)
}

impl BodyFrame {
    fn covers(&self, point: [f64; 2]) -> bool {
        let [along, below] = self.along_and_below(point);
        let t = self.place(along);
        (-1.0..=1.0).contains(&t) && (self.back.at(t)..=self.belly.at(t)).contains(&below)
    }
}

impl Shape {
    /// The share of the outline that lies on the edge of the crop.
    fn share_on_edge(&self) -> f64 {
        let (mut on_edge, mut all) = (0_usize, 0_usize);
        for at in (0..self.inside.len()).filter(|at| self.inside[*at]) {
            for neighbor in self.neighbors(at) {
                on_edge += usize::from(neighbor.is_none());
                all += usize::from(neighbor.is_none_or(|neighbor| !self.inside[neighbor]));
            }
        }
        on_edge as f64 / all.max(1) as f64
    }
}
