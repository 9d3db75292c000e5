//! The whole Risso's dolphin, whose fin the portraits show: from its side, head-on, and from behind.

use super::dorsal_fin::{self, Skin};
use super::{Genome, Side};
use crate::canvas::{Canvas, Relief};
use crate::outline::{Outline, Point};

/// Where the fin stands on the back: what of the portrait's outline lies above belongs to it.
const FIN_FOOT: f32 = 0.30;
/// Where the fin of the portrait has its foot, right and left of the middle.
const FIN_REACH: f32 = 1.0;

const BODY: Relief = Relief { radius: 0.44, height: 0.36 };
const FLAT: Relief = Relief { radius: 0.10, height: 0.04 };

/// Paints the animal from snout to flukes; it looks to the left.
pub(super) fn paint_from_side(genome: &Genome, side: Side, canvas: &mut Canvas) {
    let skin = Skin::draw(genome, side, canvas);
    let girth = 1.0 + genome.stream("dolphin girth").around_zero(0.12);
    let back = [
        (-2.06, 0.68),
        (-2.02, 0.44),
        (-1.84, 0.26),
        (-1.45, 0.18),
        (-0.9, 0.15),
        (-0.2, 0.17),
        (0.5, 0.27),
        (1.2, 0.46),
        (1.8, 0.62),
        (2.2, 0.68),
    ];
    let middle = 0.62;
    let belly = [
        (2.2, 0.78),
        (1.8, 0.80),
        (1.2, 0.90),
        (0.5, 1.04),
        (-0.2, 1.13),
        (-0.9, 1.14),
        (-1.45, 1.05),
        (-1.84, 0.90),
        (-2.0, 0.78),
        (-2.06, 0.68),
    ];
    let thick = |(x, y): Point| (x, middle + girth * (y - middle));
    let mut body = Outline::default();
    body.curve(&back.map(thick), 10).curve(&belly.map(thick), 10);
    let fluke = closed(&[
        (2.08, 0.70),
        (2.40, 0.52),
        (2.72, 0.46),
        (2.62, 0.66),
        (2.66, 0.86),
        (2.36, 0.84),
        (2.08, 0.76),
    ]);
    let flipper =
        closed(&[(-1.22, 0.92), (-1.02, 1.28), (-0.66, 1.62), (-0.58, 1.60), (-0.72, 1.30), (-0.88, 0.96)]);
    for (part, relief) in [(&fin(genome), FLAT), (&fluke, FLAT), (&body, BODY), (&flipper, FLAT)] {
        canvas.part(part, relief, |point, depth| skin.paint(point, depth));
    }
}

/// Paints the animal as it comes towards the camera: head, flippers, the fin edge-on behind.
pub(super) fn paint_head_on(genome: &Genome, side: Side, canvas: &mut Canvas) {
    let skin = Skin::draw(genome, side, canvas);
    let head = closed(&[
        (-0.52, 0.72),
        (-0.50, 0.36),
        (-0.30, 0.04),
        (0.0, -0.06),
        (0.30, 0.04),
        (0.50, 0.36),
        (0.52, 0.72),
        (0.36, 1.02),
        (0.0, 1.14),
        (-0.36, 1.02),
    ]);
    let flipper = |sign: f32| {
        closed(
            &[(0.40, 0.78), (0.74, 0.98), (1.10, 1.34), (1.04, 1.40), (0.66, 1.20), (0.36, 1.00)]
                .map(|p: Point| (sign * p.0, p.1)),
        )
    };
    let mouth = closed(&[(-0.26, 0.66), (0.0, 0.60), (0.26, 0.66), (0.0, 0.64)]);
    let edge_on = edge_of_fin(genome, 0.10);
    for (part, relief) in [(&edge_on, FLAT), (&flipper(1.0), FLAT), (&flipper(-1.0), FLAT), (&head, BODY)] {
        canvas.part(part, relief, |point, depth| skin.paint(point, depth));
    }
    canvas.part(&mouth, FLAT, |point, depth| {
        let mut dab = skin.paint(point, depth);
        dab.color = dab.color.map(|c| 0.2 * c);
        dab
    });
}

/// Paints the animal as it swims away: the back falling to the tail, the fin edge-on, the flukes lying flat.
pub(super) fn paint_from_behind(genome: &Genome, side: Side, canvas: &mut Canvas) {
    let skin = Skin::draw(genome, side, canvas);
    let back = closed(&[
        (-0.46, 0.84),
        (-0.42, 0.40),
        (-0.24, 0.16),
        (0.0, 0.10),
        (0.24, 0.16),
        (0.42, 0.40),
        (0.46, 0.84),
        (0.14, 1.06),
        (-0.14, 1.06),
    ]);
    let flukes = closed(&[
        (-0.10, 0.74),
        (-0.52, 0.66),
        (-0.98, 0.70),
        (-0.60, 0.84),
        (0.0, 0.88),
        (0.60, 0.84),
        (0.98, 0.70),
        (0.52, 0.66),
        (0.10, 0.74),
    ]);
    for (part, relief) in [(&edge_of_fin(genome, 0.22), FLAT), (&back, BODY), (&flukes, FLAT)] {
        canvas.part(part, relief, |point, depth| skin.paint(point, depth));
    }
}

/// The fin of the portrait, without the back it stands on.
fn fin(genome: &Genome) -> Outline {
    let whole = dorsal_fin::outline(genome);
    let on_back = |corner: &Point| corner.1 < FIN_FOOT && corner.0.abs() < FIN_REACH;
    Outline { corners: whole.corners.into_iter().filter(on_back).collect() }
}

/// The fin seen from before or behind: as high as from the side, and thin.
fn edge_of_fin(genome: &Genome, foot: f32) -> Outline {
    let top = fin(genome).corners.iter().map(|corner| corner.1).fold(foot, f32::min);
    closed(&[
        (-0.11, foot + 0.1),
        (-0.05, 0.5 * (top + foot)),
        (0.0, top),
        (0.05, 0.5 * (top + foot)),
        (0.11, foot + 0.1),
    ])
}

/// The smooth outline through these points, closed.
fn closed(points: &[Point]) -> Outline {
    let mut outline = Outline::default();
    let around: Vec<Point> = points.iter().chain(points.first()).copied().collect();
    outline.curve(&around, 8);
    outline
}
