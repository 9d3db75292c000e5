//! The underside of a humpback's fluke: pigment from all black to all white, scars, barnacle rings, a worn hind edge.

use super::{Genome, Side};
use crate::canvas::{Canvas, Color, Paint, Relief, mix_color};
use crate::exact_math::{mix, smooth_step};
use crate::marks::Marks;
use crate::noise::{fractal, noise};
use crate::outline::{Nick, Outline, Point};

/// Paints the tail stock and both lobes as seen from behind.
pub(super) fn paint(genome: &Genome, side: Side, canvas: &mut Canvas) {
    let outline = outline(genome);
    let skin = Skin::draw(genome, side, canvas);
    canvas.part(&outline, Relief { radius: 0.3, height: 0.14 }, |point, depth| skin.paint(point, depth));
}

fn outline(genome: &Genome) -> Outline {
    let mut stream = genome.stream("fluke outline");
    let reach = mix(0.35, 1.0, genome.distinctiveness);
    let mut vary = |amount: f32| stream.around_zero(amount * reach * 1.3);
    let (span, lift, notch) = (1.22 + vary(0.09), -0.50 + vary(0.16), -0.16 + vary(0.12));
    let (bulge, sweep) = (vary(0.08), vary(0.1));
    let lobe = [
        (0.015, notch),
        (0.06, notch - 0.12),
        (0.20, -0.36 - 0.6 * bulge),
        (0.42, -0.43 - bulge),
        (0.74, -0.38 - 0.6 * bulge + 0.3 * sweep),
        (1.03, lift + 0.09),
        (span, lift),
    ];
    let under = [
        (span, lift),
        (span - 0.05, lift + 0.10),
        (0.98, -0.12 + sweep),
        (0.62, 0.14 + sweep),
        (0.30, 0.27),
        (0.16, 0.42),
        (0.17, 0.70),
        (0.30, 1.3),
        (0.34, 2.0),
    ];
    let ripple_seed = stream.seed();
    let mut outline = Outline::default();
    for right in [true, false] {
        let mut nicks_of = genome.stream(if right { "fluke nicks right" } else { "fluke nicks left" });
        let count = nicks_of.count(0, 1 + (4.0 * genome.distinctiveness) as usize);
        let nicks: Vec<Nick> = (0..count).map(|_| Nick::draw(&mut nicks_of, 0.15, 0.85, 0.075)).collect();
        let droop = nicks_of.around_zero(0.05 * reach);
        let flip = |p: Point| if right { (p.0, p.1 + droop * p.0) } else { (-p.0, p.1 + droop * p.0) };
        let (mut hind, mut front) = (lobe.map(flip).to_vec(), under.map(flip).to_vec());
        let ripple = |place: f32| {
            let side = if right { 3.0 } else { 9.0 };
            let fringe = fractal(place * 24.0, side, 2, ripple_seed).abs();
            0.026 * fringe * smooth_step(0.0, 0.12, place) * smooth_step(1.0, 0.9, place)
        };
        if right {
            outline.worn_curve(&hind, 60, &nicks, true, ripple).curve(&front, 12);
        } else {
            front.reverse();
            hind.reverse();
            let mirrored: Vec<Nick> =
                nicks.iter().map(|n| Nick { place: 1.0 - n.place, lean: -n.lean, ..*n }).collect();
            outline.curve(&front, 12).worn_curve(&hind, 60, &mirrored, true, |place| ripple(1.0 - place));
        }
    }
    outline
}

/// Pigment and marks.
struct Skin {
    white: Color,
    level: f32,
    seam: f32,
    rim: f32,
    coarseness: f32,
    symmetric_seed: u32,
    seed: u32,
    pale_marks: Marks,
    dark_marks: Marks,
}

impl Skin {
    fn draw(genome: &Genome, side: Side, canvas: &Canvas) -> Self {
        let strength = genome.distinctiveness;
        let mut stream = genome.side_stream("fluke pigment", side);
        let level = mix(0.0, stream.between(-0.62, 0.62), mix(0.45, 1.0, strength));
        let warmth = stream.between(0.0, 0.35 * strength);
        let (mut pale_marks, mut dark_marks) = (Marks::new(canvas), Marks::new(canvas));
        let count = stream.count(4, 6 + (26.0 * strength) as usize);
        pale_marks.scars(&mut stream, count, (-1.1, -0.5), (1.1, 0.3), 0.9);
        for _ in 0..stream.count(1, 3 + (10.0 * strength) as usize) {
            let centre = (stream.between(-1.0, 1.0), stream.between(-0.42, 0.2));
            pale_marks.ring(centre, stream.between(0.010, 0.026), 0.0045, 0.6);
        }
        let count = stream.count(2, 4 + (18.0 * strength) as usize);
        dark_marks.scars(&mut stream, count, (-1.0, -0.5), (1.0, 0.3), 1.0);
        Self {
            white: [0.70, 0.70 - 0.10 * warmth, 0.68 - 0.32 * warmth],
            level,
            seam: stream.between(0.05, 0.22),
            rim: stream.between(0.0, 0.09),
            coarseness: stream.between(1.1, 2.6),
            symmetric_seed: stream.seed(),
            seed: stream.seed(),
            pale_marks,
            dark_marks,
        }
    }

    fn paint(&self, point: Point, depth: f32) -> Paint {
        let (x, y) = point;
        let black: Color = [0.016, 0.018, 0.022];
        let c = self.coarseness;
        let even = fractal(x.abs() * c, y * c * 1.3 + 3.0, 3, self.symmetric_seed);
        let odd = fractal(x * c * 1.7, y * c * 1.7, 4, self.seed);
        let speckle = fractal(x * 26.0, y * 26.0, 2, self.seed ^ 11);
        let seam = smooth_step(self.seam + 0.16, self.seam * 0.4, x.abs()) + smooth_step(0.18, 0.5, y);
        let rim = smooth_step(self.rim + 0.02, self.rim * 0.3, depth);
        let field = 0.75 * even + 0.5 * odd + 0.13 * speckle + self.level - 1.1 * seam - 1.2 * rim;
        let whiteness = smooth_step(-0.06, 0.10, field);
        let mut color = mix_color(black, self.white, whiteness * (0.88 + 0.1 * odd));
        let scar = self.pale_marks.at(point) * (1.0 - 0.85 * whiteness);
        color = mix_color(color, [0.5, 0.48, 0.46], scar);
        color = mix_color(color, [0.06, 0.055, 0.055], self.dark_marks.at(point) * whiteness);
        let ridge = 0.004 * noise(x * 5.0, y * 9.0, self.seed ^ 5);
        Paint { color, gloss: 0.8, bump: ridge + 0.0006 * speckle }
    }
}
