//! Zebra stripes: a wave whose phase bends over rump and legs and is torn at a few points, where a stripe forks.

use std::f32::consts::TAU;

use super::flank::Build;
use super::{Genome, Side, View};
use crate::canvas::{Canvas, Color, Paint, mix_color};
use crate::exact_math::{angle_of, mix, sine, smooth_step};
use crate::noise::{fractal, noise};
use crate::outline::Point;

/// Paints the flank; the animal looks to the left.
pub(super) fn paint(genome: &Genome, view: View, side: Side, canvas: &mut Canvas) {
    let coat = Coat::draw(genome, side);
    Build::draw(genome, 0.125).paint(view, canvas, |point, depth, shaded| coat.paint(point, depth, shaded));
}

/// One flank's pattern.
struct Coat {
    light: Color,
    dark: Color,
    shadow_stripes: f32,
    per_unit: f32,
    duty: f32,
    tilt: f32,
    turn: f32,
    warp: f32,
    forks: Vec<(Point, f32)>,
    seed: u32,
}

impl Coat {
    fn draw(genome: &Genome, side: Side) -> Self {
        let strength = genome.distinctiveness;
        let mut whole = genome.stream("zebra coat");
        let buff = mix(0.4, whole.unit(), strength);
        let brown = mix(0.3, whole.unit(), strength);
        let per_unit = mix(5.6, whole.between(3.4, 8.2), mix(0.35, 1.0, strength));
        let duty = whole.around_zero(0.5) * mix(0.4, 1.0, strength);
        let shadow_stripes = whole.unit() * mix(0.3, 1.0, strength);
        let mut stream = genome.side_stream("zebra stripes", side);
        let fork = |_| {
            let place = (stream.between(-1.2, 1.1), stream.between(-0.55, 0.55));
            (place, if stream.happens(0.5) { 1.0 } else { -1.0 })
        };
        let forks = (0..9).map(fork).collect();
        Self {
            light: mix_color([0.72, 0.71, 0.68], [0.62, 0.50, 0.35], buff),
            dark: mix_color([0.012, 0.012, 0.013], [0.075, 0.045, 0.028], brown * brown),
            shadow_stripes,
            per_unit,
            duty,
            tilt: stream.around_zero(0.5) * mix(0.5, 1.0, strength),
            turn: stream.between(0.25, 0.60),
            warp: stream.between(0.06, 0.15),
            forks,
            seed: stream.seed(),
        }
    }

    /// Phase of the stripes at a point, radians.
    fn phase(&self, x: f32, y: f32) -> f32 {
        let warp_x = x + self.warp * fractal(x * 1.7, y * 1.5, 2, self.seed);
        let warp_y = y + self.warp * fractal(x * 1.7, y * 1.5, 2, self.seed ^ 1);
        let trunk = warp_x + self.tilt * warp_y * 0.45;
        let rump = self.turn + 0.42 * (warp_x - self.turn) - 0.95 * (warp_y + 0.35);
        let neck = 0.75 * warp_x + 0.62 * warp_y - 0.2;
        let mut along = mix(trunk, rump, smooth_step(self.turn - 0.1, self.turn + 0.55, x));
        along = mix(along, neck, smooth_step(-0.75, -1.25, x));
        along = mix(along, 0.95 * warp_y + 0.2 * warp_x, smooth_step(0.42, 0.95, y));
        let torn: f32 = self.forks.iter().map(|(at, sign)| sign * angle_of(y - at.1, x - at.0)).sum();
        along * self.per_unit * TAU + torn
    }

    fn paint(&self, point: Point, depth: f32, shaded: bool) -> Paint {
        let (x, y) = point;
        let phase = self.phase(x, y);
        let ragged = 0.16 * fractal(x * 14.0, y * 14.0, 2, self.seed ^ 2);
        let swell = 0.28 * noise(x * 2.3, y * 2.3, self.seed ^ 3);
        let belly =
            0.9 * smooth_step(0.10, 0.0, depth) * smooth_step(0.40, 0.55, y) * smooth_step(0.75, 0.65, y);
        let wave = sine(phase) + ragged + swell + self.duty - belly;
        let soft = 0.10 + 0.012 * self.per_unit;
        let black = smooth_step(-soft, soft, wave);
        let shadow = self.shadow_stripes * smooth_step(0.55, 0.95, -wave) * smooth_step(-0.2, 0.7, x);
        let light = mix_color(self.light, [0.25, 0.16, 0.09], 0.65 * shadow);
        let hair = noise(x * 60.0, y * 38.0, self.seed ^ 4);
        let dust = 0.16 * smooth_step(-0.2, 0.7, fractal(x * 1.3, y * 1.6, 3, self.seed ^ 5) + 0.5 * y);
        let mut color = mix_color(mix_color(light, self.dark, black), [0.30, 0.22, 0.14], dust);
        let shade = if shaded { 0.45 } else { 1.0 };
        color = color.map(|c| c * shade * (1.0 + 0.09 * hair));
        Paint { color, gloss: 0.12, bump: muscles(x, y) + 0.0007 * hair }
    }
}

/// Shoulder, ribs and thigh under the coat.
pub(super) fn muscles(x: f32, y: f32) -> f32 {
    0.035 * noise(x * 1.9 + 0.4, y * 1.6 + 0.3, 77) + 0.008 * noise(x * 6.0, y * 2.0, 78)
}
