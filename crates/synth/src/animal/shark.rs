//! The flank of a white shark: where grey meets white runs a line that no two sharks share.

use super::{Genome, Side, View};
use crate::canvas::{Canvas, Color, Paint, Relief, mix_color};
use crate::exact_math::{mix, smooth_step};
use crate::marks::Marks;
use crate::noise::{fractal, noise};
use crate::outline::{Nick, Outline, Point, smooth};
use crate::random::Stream;

/// Paints the shark from snout to tail stock, the whole one with its tail; it swims to the left.
pub(super) fn paint(genome: &Genome, view: View, side: Side, canvas: &mut Canvas) {
    let shape = Shape::draw(genome);
    let skin = Skin::draw(genome, side, canvas);
    let flat = Relief { radius: 0.12, height: 0.05 };
    if view == View::Whole {
        canvas.part(&tail_fin(), flat, |point, depth| skin.fin(point, depth));
    }
    canvas.part(&shape.dorsal_fin(genome), flat, |point, depth| skin.fin(point, depth));
    canvas.part(&shape.body(), Relief { radius: 0.44, height: 0.34 }, |point, depth| skin.body(point, depth));
    canvas.part(&shape.pectoral_fin(), flat, |point, depth| skin.pectoral(point, depth));
}

/// The tail fin: two lobes, the upper one longer.
fn tail_fin() -> Outline {
    let curve = [
        (2.05, -0.06),
        (2.26, -0.22),
        (2.56, -0.72),
        (2.74, -0.80),
        (2.56, -0.30),
        (2.50, 0.03),
        (2.54, 0.30),
        (2.62, 0.62),
        (2.46, 0.58),
        (2.24, 0.26),
        (2.05, 0.12),
    ];
    let mut outline = Outline::default();
    outline.curve(&curve, 8);
    outline
}

/// Build of the animal; the same from both sides.
struct Shape {
    girth: f32,
    fin_lean: f32,
    fin_height: f32,
    pectoral: f32,
}

impl Shape {
    fn draw(genome: &Genome) -> Self {
        let mut stream = genome.stream("shark shape");
        let reach = mix(0.4, 1.0, genome.distinctiveness);
        Self {
            girth: 0.86 + stream.around_zero(0.14 * reach),
            fin_lean: stream.around_zero(0.10 * reach),
            fin_height: stream.around_zero(0.10 * reach),
            pectoral: stream.around_zero(0.16 * reach),
        }
    }

    fn body(&self) -> Outline {
        let g = self.girth;
        let top = [
            (-1.46, -0.02),
            (-1.36, -0.11),
            (-1.12, -0.21 * g),
            (-0.75, -0.36 * g),
            (-0.3, -0.46 * g),
            (0.2, -0.48 * g),
            (0.8, -0.39 * g),
            (1.4, -0.24),
            (2.4, -0.05),
        ];
        let bottom = [
            (2.4, 0.10),
            (1.4, 0.24),
            (0.8, 0.38 * g),
            (0.2, 0.47 * g),
            (-0.35, 0.46 * g),
            (-0.75, 0.38 * g),
            (-1.0, 0.27 * g),
            (-1.12, 0.18),
            (-1.22, 0.15),
            (-1.32, 0.09),
            (-1.44, 0.04),
            (-1.46, -0.02),
        ];
        let mut outline = Outline::default();
        outline.curve(&top, 12).curve(&bottom, 12);
        outline
    }

    fn dorsal_fin(&self, genome: &Genome) -> Outline {
        let mut stream = genome.stream("shark fin nicks");
        let count = stream.count(0, 1 + (3.0 * genome.distinctiveness) as usize);
        let nicks: Vec<Nick> = (0..count).map(|_| Nick::draw(&mut stream, 0.1, 0.75, 0.06)).collect();
        let tip = (0.47 + self.fin_lean, -0.98 - self.fin_height);
        let front = [
            (-0.20, -0.33),
            (0.0, -0.52),
            (0.24 + 0.5 * self.fin_lean, -0.82),
            (tip.0 - 0.07, tip.1 + 0.03),
            tip,
        ];
        let hind = [
            tip,
            (tip.0 + 0.02, tip.1 + 0.10),
            (0.42 + 0.4 * self.fin_lean, -0.70),
            (0.47, -0.48),
            (0.66, -0.34),
        ];
        let mut outline = Outline::default();
        outline.curve(&front, 14).worn_curve(&hind, 40, &nicks, true, |_| 0.0);
        outline.corners.extend([(0.66, -0.20), (-0.20, -0.20)]);
        outline
    }

    fn pectoral_fin(&self) -> Outline {
        let p = self.pectoral;
        let curve = [
            (-0.52, 0.24),
            (-0.30, 0.44),
            (-0.06 + 0.4 * p, 0.70),
            (0.22 + p, 0.93),
            (0.30 + p, 0.96),
            (0.25 + p, 0.84),
            (0.08 + 0.5 * p, 0.56),
            (-0.06, 0.36),
            (-0.16, 0.25),
            (-0.34, 0.20),
            (-0.52, 0.24),
        ];
        let mut outline = Outline::default();
        outline.curve(&curve, 14);
        outline
    }
}

/// Colour, the line, and marks; each side has its own.
struct Skin {
    grey: Color,
    white: Color,
    line: Vec<Point>,
    sharpness: f32,
    mottle: f32,
    islands: f32,
    seed: u32,
    pale_marks: Marks,
    dark_marks: Marks,
}

impl Skin {
    fn draw(genome: &Genome, side: Side, canvas: &Canvas) -> Self {
        let strength = genome.distinctiveness;
        let mut tone = genome.stream("shark tone");
        let bright = mix(0.5, tone.unit(), strength);
        let brown = tone.between(0.0, 1.0) * strength;
        let grey = mix_color([0.05, 0.058, 0.066], [0.25, 0.26, 0.265], bright * bright);
        let mut stream = genome.side_stream("shark skin", side);
        let mut pale_marks = Marks::new(canvas);
        let most = mix(5.0, 34.0, strength * stream.unit()) as usize;
        let count = stream.count(most / 2, most + 2);
        pale_marks.scars(&mut stream, count, (-1.2, -0.4), (1.4, 0.2), mix(0.6, 1.4, strength));
        let line = zigzag(genome, &mut stream);
        Self {
            grey: [
                grey[0] * (1.0 + 0.3 * brown),
                grey[1] * (1.0 + 0.1 * brown),
                grey[2] * (1.0 - 0.2 * brown),
            ],
            white: [0.74, 0.76, 0.75],
            line,
            sharpness: stream.between(0.008, 0.05),
            mottle: stream.unit() * strength,
            islands: stream.between(-0.05, 0.22) * strength,
            seed: stream.seed(),
            pale_marks,
            dark_marks: face(canvas),
        }
    }

    /// Height of the line at `x`.
    fn line_at(&self, x: f32) -> f32 {
        let after = self.line.partition_point(|corner| corner.0 < x).clamp(1, self.line.len() - 1);
        let (a, b) = (self.line[after - 1], self.line[after]);
        mix(a.1, b.1, ((x - a.0) / (b.0 - a.0)).clamp(0.0, 1.0))
    }

    fn body(&self, point: Point, depth: f32) -> Paint {
        let (x, y) = point;
        let seed = self.seed;
        let wobble = 0.030 * fractal(x * 9.0, y * 9.0, 3, seed);
        let below = y + wobble - self.line_at(x + 0.05 * noise(x * 5.0, y * 5.0, seed ^ 1));
        let near = smooth_step(0.30, 0.04, below.abs());
        let island = fractal(x * 5.5, y * 7.5, 3, seed ^ 2) + self.islands - 0.42;
        let mut whiteness = smooth_step(-self.sharpness, self.sharpness, below);
        let spot = smooth_step(0.0, 0.06, island) * near;
        whiteness += (1.0 - 2.0 * whiteness) * spot;
        let mottle = 1.0 + self.mottle * 0.9 * fractal(x * 3.2, y * 5.0, 4, seed ^ 3);
        let grey = self.grey.map(|c| c * mottle.max(0.3));
        let shade = smooth_step(0.0, 0.06, depth);
        let mut color = mix_color(grey, self.white, whiteness).map(|c| c * (0.75 + 0.25 * shade));
        color = mix_color(color, [0.42, 0.43, 0.43], self.pale_marks.at(point) * 0.85);
        color = mix_color(color, [0.008, 0.008, 0.010], self.dark_marks.at(point));
        let grain = fractal(x * 30.0, y * 30.0, 2, seed ^ 4);
        Paint { color: color.map(|c| c * (1.0 + 0.05 * grain)), gloss: 0.25, bump: 0.0008 * grain }
    }

    fn fin(&self, point: Point, depth: f32) -> Paint {
        let mottle = 1.0 + self.mottle * 0.7 * fractal(point.0 * 4.0, point.1 * 4.0, 3, self.seed ^ 3);
        let rim = smooth_step(0.05, 0.0, depth) * 0.4;
        let color = self.grey.map(|c| c * mottle.max(0.3) * (0.9 - rim));
        Paint { color, gloss: 0.25, bump: 0.0 }
    }

    fn pectoral(&self, point: Point, depth: f32) -> Paint {
        let (x, y) = point;
        let tip = smooth_step(0.66, 0.90, y + 0.06 * noise(x * 9.0, y * 9.0, self.seed ^ 8));
        let root = smooth_step(0.50, 0.30, y + 0.10 * noise(x * 7.0, y * 7.0, self.seed ^ 9));
        let mut color = mix_color(self.grey, self.white, root * 0.55);
        color = mix_color(color, [0.02, 0.022, 0.025], tip * 0.75);
        let rim = smooth_step(0.05, 0.0, depth) * 0.35;
        Paint { color: color.map(|c| c * (0.85 - rim)), gloss: 0.25, bump: 0.0 }
    }
}

/// The corners of the line between grey and white, from snout to tail.
fn zigzag(genome: &Genome, stream: &mut Stream) -> Vec<Point> {
    let reach = mix(0.3, 1.0, genome.distinctiveness);
    let (height, tilt) = (0.06 + stream.around_zero(0.16 * reach), stream.around_zero(0.10 * reach));
    let (jag, steps) = (stream.between(0.02, 0.15) * reach, stream.count(9, 26));
    let mut line = vec![(-2.5, 0.05), (-1.3, 0.06)];
    for step in 0..steps {
        let t = (step as f32 + stream.between(0.1, 0.9)) / steps as f32;
        let taper = smooth_step(1.05, 0.6, t);
        let swing = if step % 2 == 0 { 1.0 } else { -1.0 };
        let y = 0.04 + (height + tilt * (t - 0.4)) * taper + jag * swing * stream.between(0.1, 1.0);
        line.push((-1.15 + 2.75 * t, y));
    }
    line.push((2.6, 0.04));
    line
}

/// Eye, mouth and gill slits.
fn face(canvas: &Canvas) -> Marks {
    let mut marks = Marks::new(canvas);
    marks.stroke((-1.16, -0.045), (-1.155, -0.04), 0.030, 1.0);
    let mouth = smooth(&[(-1.27, 0.085), (-1.16, 0.10), (-1.04, 0.13), (-0.94, 0.20)], 6);
    for pair in mouth.windows(2) {
        marks.stroke(pair[0], pair[1], 0.008, 0.85);
    }
    for slit in 0..5 {
        let x = -0.80 + 0.065 * slit as f32;
        let reach = 0.15 - 0.008 * slit as f32;
        let curve = smooth(&[(x, -0.06 - reach * 0.55), (x + 0.035, 0.03), (x + 0.01, 0.08 + reach)], 8);
        for pair in curve.windows(2) {
            marks.stroke(pair[0], pair[1], 0.0085, 0.7);
        }
    }
    marks
}
