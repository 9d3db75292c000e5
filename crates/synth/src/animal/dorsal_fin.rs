//! The dorsal fin of a Risso's dolphin: a sickle whose hind edge collects nicks and whose skin keeps every scar.

use super::{Genome, Side};
use crate::canvas::{Canvas, Color, Paint, Relief, mix_color};
use crate::exact_math::{mix, smooth_step};
use crate::marks::Marks;
use crate::noise::{fractal, noise};
use crate::outline::{Nick, Outline, Point};

/// Paints the fin and the back under it; the animal looks to the left.
pub(super) fn paint(genome: &Genome, side: Side, canvas: &mut Canvas) {
    let outline = outline(genome);
    let skin = Skin::draw(genome, side, canvas);
    canvas.part(&outline, Relief { radius: 0.42, height: 0.2 }, |point, depth| skin.paint(point, depth));
}

/// Fin and back as one outline; both sides show the same one, mirrored.
pub(super) fn outline(genome: &Genome) -> Outline {
    let mut stream = genome.stream("fin outline");
    let reach = mix(0.35, 1.0, genome.distinctiveness);
    let mut vary = |amount: f32| stream.around_zero(amount * reach * 1.3);
    let (tip_x, tip_y) = (0.42 + vary(0.2), -0.80 + vary(0.14));
    let (bulge, hollow, width) = (0.52 + vary(0.28), vary(0.11), vary(0.1));
    let back = 0.38 + vary(0.05);
    let foot = (-0.60 - width, back - 0.17);
    let mut front = vec![(-2.2, back + 0.42), (-1.5, back + 0.17), (-1.05 - width, back + 0.02)];
    front.extend([0.0, 0.2, 0.4, 0.6, 0.8, 0.93].map(|t| {
        let climbed = t * (1.0 + bulge - bulge * t);
        (mix(foot.0, tip_x, t), mix(foot.1, tip_y, climbed))
    }));
    front.push((tip_x, tip_y + 0.012));
    let hind = [
        (tip_x, tip_y + 0.012),
        (tip_x + 0.012 + vary(0.03), tip_y + 0.07),
        (0.16 + 0.50 * tip_x - 0.6 * hollow, 0.60 * tip_y),
        (0.20 + 0.25 * tip_x - hollow, 0.20 * tip_y),
        (0.36 + width * 0.6, back - 0.24),
        (0.62 + width, back - 0.05),
    ];
    let tail = [(0.62 + width, back - 0.05), (1.05, back + 0.05), (1.55, back + 0.22), (2.2, back + 0.5)];
    let mut outline = Outline::default();
    outline.curve(&front, 14);
    outline.worn_curve(&hind, 60, &nicks(genome), true, |_| 0.0);
    outline.curve(&tail, 8);
    outline.corners.extend([(2.2, 2.0), (-2.2, 2.0)]);
    outline
}

fn nicks(genome: &Genome) -> Vec<Nick> {
    if genome.whole_edges {
        return Vec::new();
    }
    let mut stream = genome.stream("fin nicks");
    let count = stream.count(1, 2 + (4.0 * genome.distinctiveness) as usize);
    let depth = mix(0.05, 0.13, genome.distinctiveness);
    let nick = |_| {
        let nick = Nick::draw(&mut stream, 0.12, 0.88, depth);
        Nick { depth: nick.depth * (0.25 + 1.3 * nick.place).min(1.0), ..nick }
    };
    (0..count).map(nick).collect()
}

/// Colour and marks of the skin.
pub(super) struct Skin {
    dark: Color,
    pale: Color,
    paleness: f32,
    patch_seed: u32,
    grain_seed: u32,
    marks: Marks,
}

impl Skin {
    pub(super) fn draw(genome: &Genome, side: Side, canvas: &Canvas) -> Self {
        let strength = genome.distinctiveness;
        let mut stream = genome.stream("fin skin");
        let tone = mix(0.5, stream.unit(), strength);
        let warmth = stream.around_zero(0.8 * strength);
        let dark = mix_color([0.028, 0.031, 0.036], [0.17, 0.175, 0.18], tone * tone);
        let dark = [dark[0] * (1.0 + 0.35 * warmth), dark[1], dark[2] * (1.0 - 0.25 * warmth)];
        let paleness = mix(-0.15, mix(-0.5, 0.45, stream.unit()), strength);
        let mut marks = Marks::new(canvas);
        let mut sided = genome.side_stream("fin scars", side);
        let most = mix(8.0, 58.0, strength * stream.unit()) as usize;
        let count = sided.count(most / 2 + 2, most + 4);
        marks.scars(&mut sided, count, (-0.75, -0.75), (0.65, 0.6), mix(0.6, 1.3, strength));
        Self {
            dark,
            pale: [0.52, 0.53, 0.52],
            paleness,
            patch_seed: sided.seed(),
            grain_seed: sided.seed(),
            marks,
        }
    }

    pub(super) fn paint(&self, point: Point, depth: f32) -> Paint {
        let (x, y) = point;
        let grain = fractal(x * 22.0, y * 22.0, 2, self.grain_seed);
        let patch = fractal(x * 2.1, y * 2.6, 4, self.patch_seed) + self.paleness;
        let paleness = smooth_step(-0.1, 0.75, patch) * 0.85;
        let mut color = mix_color(self.dark, self.pale, paleness);
        let rim = smooth_step(0.10, 0.0, depth) * 0.35;
        color = color.map(|c| c * (1.0 - rim) * (1.0 + 0.12 * grain));
        let scar = self.marks.at(point);
        color = mix_color(color, [0.62, 0.62, 0.60], scar * 0.8);
        let wrinkle = 0.0025 * noise(x * 9.0, y * 15.0, self.grain_seed ^ 7);
        Paint { color, gloss: 0.75, bump: wrinkle - 0.002 * scar + 0.0008 * grain }
    }
}
