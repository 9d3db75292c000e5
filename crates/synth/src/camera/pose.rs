//! From picture points to body points: the body is a plane, turned in space and seen in perspective.

use super::normalized;
use crate::exact_math::{cosine, sine};
use crate::outline::Point;
use crate::shot::Shot;

/// Distance of the camera in picture units: a long lens, so perspective is slight.
const DISTANCE: f32 = 7.0;

/// The turned plane of one shot.
pub(super) struct Pose {
    /// Columns of the rotation: where the body's right, down and outward directions point.
    axes: [[f32; 3]; 3],
    scale: f32,
    shift: [f32; 2],
}

impl Pose {
    pub(super) fn new(shot: &Shot) -> Self {
        let (cy, sy) = (cosine(shot.yaw), sine(shot.yaw));
        let (cp, sp) = (cosine(shot.pitch), sine(shot.pitch));
        let (cr, sr) = (cosine(shot.roll), sine(shot.roll));
        let turn = |[x, y, z]: [f32; 3]| {
            let (x, z) = (cy * x + sy * z, cy * z - sy * x);
            let (y, z) = (cp * y + sp * z, cp * z - sp * y);
            [cr * x - sr * y, sr * x + cr * y, z]
        };
        let axes = [turn([1.0, 0.0, 0.0]), turn([0.0, 1.0, 0.0]), turn([0.0, 0.0, 1.0])];
        Self { axes, scale: shot.scale, shift: shot.shift }
    }

    /// The body point that the picture shows at (`x`, `y`).
    pub(super) fn body_point(&self, x: f32, y: f32) -> Point {
        let (x, y) = (x - self.shift[0], y - self.shift[1]);
        let [right, down, _] = self.axes;
        let s = self.scale;
        let (px, py) = (x * s / DISTANCE, y * s / DISTANCE);
        let (a, b) = (s * right[0] + px * right[2], s * down[0] + px * down[2]);
        let (c, d) = (s * right[1] + py * right[2], s * down[1] + py * down[2]);
        let determinant = a * d - b * c;
        ((x * d - b * y) / determinant, (a * y - x * c) / determinant)
    }

    /// Turns a direction of the body into camera space; the result has length 1.
    pub(super) fn turn(&self, [x, y, z]: [f32; 3]) -> [f32; 3] {
        let [right, down, out] = self.axes;
        normalized([0, 1, 2].map(|k| x * right[k] + y * down[k] + z * out[k]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pose(yaw: f32, roll: f32, scale: f32) -> Pose {
        let (cy, sy, cr, sr) = (cosine(yaw), sine(yaw), cosine(roll), sine(roll));
        let axes = [[cr * cy, sr * cy, -sy], [-sr, cr, 0.0], [cr * sy, sr * sy, cy]];
        Pose { axes, scale, shift: [0.1, 0.0] }
    }

    #[test]
    fn straight_on_the_body_is_only_shifted_and_scaled() {
        let (x, y) = pose(0.0, 0.0, 2.0).body_point(0.5, 0.4);
        assert!((x - 0.2).abs() < 1e-5 && (y - 0.2).abs() < 1e-5);
    }

    #[test]
    fn turned_away_the_body_is_foreshortened_and_its_near_half_is_larger() {
        let turned = pose(0.7, 0.0, 1.0);
        let (left, _) = turned.body_point(-0.4, 0.0);
        let (right, _) = turned.body_point(0.6, 0.0);
        assert!(right > 0.6 && -left > 0.5);
        assert!((right + left).abs() > 0.01);
    }
}
