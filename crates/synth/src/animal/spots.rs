//! Leopard rosettes: broken rings around jittered points, closing to plain spots on neck, legs and belly.

use super::flank::Build;
use super::stripes::muscles;
use super::{Genome, Side, View};
use crate::canvas::{Canvas, Color, Paint, mix_color};
use crate::exact_math::{mix, smooth_step};
use crate::noise::{fractal, lattice_unit, noise};
use crate::outline::Point;

/// Paints the flank; the animal looks to the left.
pub(super) fn paint(genome: &Genome, view: View, side: Side, canvas: &mut Canvas) {
    let coat = Coat::draw(genome, side);
    Build::draw(genome, 0.15).paint(view, canvas, |point, depth, shaded| coat.paint(point, depth, shaded));
}

/// One flank's pattern.
struct Coat {
    ground: Color,
    black: Color,
    cell: f32,
    size: f32,
    thickness: f32,
    roundness: f32,
    inner: f32,
    gaps: f32,
    stretch: f32,
    seed: u32,
}

impl Coat {
    fn draw(genome: &Genome, side: Side) -> Self {
        let strength = genome.distinctiveness;
        let mut whole = genome.stream("leopard coat");
        let tone = mix(0.5, whole.unit(), strength);
        let pale = mix(0.3, whole.unit(), strength);
        let ground = mix_color([0.44, 0.24, 0.085], [0.50, 0.37, 0.20], tone);
        let cell = mix(0.185, whole.between(0.125, 0.27), mix(0.3, 1.0, strength));
        let size = mix(0.37, whole.between(0.29, 0.44), strength);
        let thickness = mix(0.15, whole.between(0.10, 0.22), strength);
        let (inner, gaps) = (mix(0.4, whole.unit(), strength), mix(0.5, whole.unit(), strength));
        let stretch = mix(1.0, whole.between(0.75, 1.35), strength);
        let mut stream = genome.side_stream("leopard rosettes", side);
        Self {
            ground: mix_color(ground, [0.58, 0.50, 0.38], 0.55 * pale),
            black: [0.014, 0.012, 0.011],
            cell,
            size,
            thickness,
            roundness: stream.between(0.35, 0.9),
            inner,
            gaps,
            stretch,
            seed: stream.seed(),
        }
    }

    /// (how black, how far inside a rosette) at a point.
    fn rosettes(&self, x: f32, y: f32) -> (f32, f32) {
        let bend = 0.05;
        let u = (x + bend * noise(x * 2.0, y * 2.0, self.seed ^ 1)) / (self.cell * self.stretch);
        let v = (y + bend * noise(x * 2.0, y * 2.0, self.seed ^ 2)) / self.cell;
        let solid = smooth_step(0.42, 0.62, y).max(smooth_step(-0.95, -1.25, x)).max(smooth_step(
            0.16,
            0.02,
            x.abs() * 0.1 + (y + 0.56).abs(),
        ));
        let (column, row) = (u.floor() as i32, v.floor() as i32);
        let (mut black, mut inside) = (0.0f32, 0.0f32);
        for (i, j) in (-1..=1).flat_map(|j| (-1..=1).map(move |i| (i, j))) {
            let (b, s) = self.rosette(u, v, column + i, row + j, solid);
            (black, inside) = (black.max(b), inside.max(s));
        }
        (black, inside)
    }

    /// The rosette of one cell, seen from (`u`, `v`).
    fn rosette(&self, u: f32, v: f32, column: i32, row: i32, solid: f32) -> (f32, f32) {
        let shift = if row.rem_euclid(2) == 0 { 0.0 } else { 0.5 };
        let draw = |salt: u32| lattice_unit(column, row, self.seed ^ salt);
        let centre = (
            column as f32 + 0.5 + (draw(11) - 0.5) * 0.55 + shift - 0.25,
            row as f32 + 0.5 + (draw(12) - 0.5) * 0.55,
        );
        let (dx, dy) = (u - centre.0, v - centre.1);
        let distance = (dx * dx + dy * dy).sqrt();
        if distance > 0.75 {
            return (0.0, 0.0);
        }

        let own = self.seed ^ (column.wrapping_mul(31) ^ row.wrapping_mul(977)) as u32;
        let lump = noise(dx * 5.5 + 9.0, dy * 5.5, own);
        let radius = self.size * (0.65 + 0.6 * draw(13)) * mix(1.0, 0.62, solid);
        let ring = radius * (1.0 + 0.55 * self.roundness * lump);
        let blotch = noise(dx * 5.0 + 40.0 * draw(14), dy * 5.0, own ^ 3);
        let whole = smooth_step(-0.25, 0.15, blotch + 0.55 - 0.75 * self.gaps);
        let thick = self.thickness * (0.8 + 0.7 * draw(15)) * mix(whole * (1.0 + 0.6 * blotch), 0.55, solid);
        let (inwards, outwards) = (thick * mix(0.75, 6.0, solid), thick * 0.45);
        let edge = 0.045;
        let black = smooth_step(ring + outwards + edge, ring + outwards - edge, distance)
            * smooth_step(ring - inwards - edge, ring - inwards + edge, distance)
            * smooth_step(0.01, 0.06, thick);
        (black, smooth_step(ring + 0.04, ring - 0.06, distance))
    }

    fn paint(&self, point: Point, depth: f32, shaded: bool) -> Paint {
        let (x, y) = point;
        let (black, inside) = self.rosettes(x, y);
        let tone = fractal(x * 1.6, y * 1.8, 3, self.seed ^ 21);
        let belly = smooth_step(0.25, 0.62, y + 0.08 * tone)
            * smooth_step(0.35, 0.0, depth)
            * smooth_step(1.0, 0.75, y);
        let mut ground =
            mix_color(self.ground, [0.66, 0.60, 0.50], (0.75 * belly + 0.12 * tone).clamp(0.0, 1.0));
        ground = mix_color(ground, [0.30, 0.14, 0.045], inside * self.inner * 0.75);
        ground = mix_color(ground, [0.26, 0.13, 0.05], 0.35 * smooth_step(-0.35, -0.62, y));
        let hair = noise(x * 65.0, y * 40.0, self.seed ^ 22);
        let shade = if shaded { 0.42 } else { 1.0 };
        let color = mix_color(ground, self.black, black).map(|c| c * shade * (1.0 + 0.10 * hair));
        Paint { color, gloss: 0.08, bump: muscles(x, y) + 0.0008 * hair }
    }
}
