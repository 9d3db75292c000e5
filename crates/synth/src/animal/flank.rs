//! The body that striped and spotted flanks share: trunk, neck and legs of a four-legged animal seen from its left.

use super::{Genome, View};
use crate::canvas::{Canvas, Paint, Relief};
use crate::exact_math::mix;
use crate::outline::{Outline, Point, smooth};

/// Build of the animal; the same from both sides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Build {
    /// Swell of the belly.
    belly: f32,
    /// Hollow of the back.
    back: f32,
    /// Height of the rump over the withers.
    rump: f32,
    /// Half the width of a leg.
    leg: f32,
    /// How far the near legs are swung forward.
    stride: [f32; 2],
}

impl Build {
    /// Draws a build; `slender` animals (cats) have a longer neck line and thicker legs than horses.
    pub(super) fn draw(genome: &Genome, leg: f32) -> Self {
        let mut stream = genome.stream("flank build");
        let reach = mix(0.4, 1.0, genome.distinctiveness);
        Self {
            belly: stream.around_zero(0.08 * reach),
            back: stream.around_zero(0.05 * reach),
            rump: stream.around_zero(0.07 * reach),
            leg,
            stride: [stream.around_zero(0.10), stream.around_zero(0.10)],
        }
    }

    /// Paints the far legs, then trunk, neck and near legs. `coat` gets the point, its depth, and whether the part is in the shade.
    pub(super) fn paint(&self, view: View, canvas: &mut Canvas, coat: impl Fn(Point, f32, bool) -> Paint) {
        let round = Relief { radius: 0.14, height: 0.10 };
        for (x, stride) in [(-0.50, self.stride[1]), (0.68, self.stride[0])] {
            canvas
                .part(&self.far_leg(x, -stride, foot(view)), round, |point, depth| coat(point, depth, true));
        }
        canvas.part(&self.trunk(view), Relief { radius: 0.62, height: 0.42 }, |point, depth| {
            coat(point, depth, false)
        });
        canvas.part(&self.tail(), Relief { radius: 0.04, height: 0.03 }, |point, depth| {
            coat(point, depth, false)
        });
    }

    fn tail(&self) -> Outline {
        let (rump, swing) = (self.rump, 1.5 * self.stride[0]);
        let line = smooth(
            &[
                (1.12, -0.46 - 0.7 * rump),
                (1.25, -0.28),
                (1.30 + 0.3 * swing, 0.05),
                (1.30 + swing, 0.60),
                (1.33 + 2.0 * swing, 1.4),
            ],
            8,
        );
        let width = |index: usize| 0.045 - 0.0008 * index as f32;
        let edge =
            |side: f32| line.iter().enumerate().map(move |(index, p)| (p.0 + side * width(index), p.1));
        let mut outline = Outline { corners: edge(1.0).collect() };
        let back: Vec<Point> = edge(-1.0).collect();
        outline.corners.extend(back.into_iter().rev());
        outline
    }

    fn far_leg(&self, x: f32, stride: f32, foot: f32) -> Outline {
        let leg = self.leg * 0.9;
        let mut outline = Outline::default();
        outline.curve(
            &[
                (x - leg * 1.5, 0.30),
                (x - leg * 1.1, 0.75),
                (x - leg + stride, 1.3),
                (x - leg + 1.5 * stride, foot),
            ],
            10,
        );
        outline.curve(
            &[
                (x + leg + 1.5 * stride, foot),
                (x + leg + stride, 1.3),
                (x + leg * 1.1, 0.75),
                (x + leg * 1.6, 0.30),
            ],
            10,
        );
        outline
    }

    fn trunk(&self, view: View) -> Outline {
        let foot = foot(view);
        let (leg, [fore, hind]) = (self.leg, self.stride);
        let (belly, back, rump) = (0.60 + self.belly, self.back, self.rump);
        let top = [
            (-2.5, -3.0),
            (-2.0, -1.9),
            (-1.62, -1.25),
            (-1.12, -0.80),
            (-0.78, -0.66),
            (-0.40, -0.60 + back),
            (0.05, -0.57 + back),
            (0.50, -0.66 - 0.5 * rump),
            (0.86, -0.62 - rump),
            (1.16, -0.40 - 0.6 * rump),
            (1.27, -0.05),
            (1.24, 0.30),
            (1.14 + 0.3 * hind, 0.72),
            (1.12 + hind, 1.25),
            (1.10 + 1.5 * hind, foot),
        ];
        let under = [
            (1.10 - 2.0 * leg + 1.5 * hind, foot),
            (1.10 - 2.0 * leg + hind, 1.25),
            (1.04 - 2.4 * leg + 0.3 * hind, 0.80),
            (0.62, belly - 0.08),
            (0.20, belly),
            (-0.25, belly + 0.02),
            (-0.56, belly - 0.03),
            (-0.66 + 0.3 * fore, 0.82),
            (-0.70 + fore, 1.3),
            (-0.70 + 1.5 * fore, foot),
        ];
        let chest = [
            (-0.70 - 2.0 * leg + 1.5 * fore, foot),
            (-0.70 - 2.0 * leg + fore, 1.3),
            (-0.74 - 2.2 * leg + 0.3 * fore, 0.72),
            (-1.16, 0.32),
            (-1.30, 0.04),
            (-1.55, -0.24),
            (-1.95, -0.72),
            (-2.4, -1.5),
            (-3.0, -3.0),
        ];
        let mut outline = Outline::default();
        match view {
            View::Whole => {
                // The neck ends in a head instead of going on beyond the picture.
                let top: Vec<Point> = HEAD.into_iter().chain(top.into_iter().skip(3)).collect();
                let chest: Vec<Point> = chest.into_iter().take(6).chain(JAW).collect();
                outline.curve(&top, 10).curve(&under, 10).curve(&chest, 10);
            }
            _ => {
                outline.curve(&top, 10).curve(&under, 10).curve(&chest, 10);
            }
        }
        outline
    }
}

/// From the muzzle over forehead and ear to the neck.
const HEAD: [Point; 7] = [
    (-2.44, -0.74),
    (-2.30, -1.00),
    (-1.98, -1.34),
    (-1.86, -1.62),
    (-1.72, -1.58),
    (-1.68, -1.36),
    (-1.42, -1.04),
];

/// From the throat along the jaw to the muzzle.
const JAW: [Point; 4] = [(-1.72, -0.62), (-2.04, -0.66), (-2.30, -0.58), (-2.44, -0.74)];

/// How far down the legs reach: whole animals stand on the ground, in a portrait they go on beyond the picture.
fn foot(view: View) -> f32 {
    if view == View::Whole { FEET } else { 2.2 }
}

/// The ground under a whole animal, body units.
pub(crate) const FEET: f32 = 1.62;
