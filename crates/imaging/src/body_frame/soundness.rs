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
