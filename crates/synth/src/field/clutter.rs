//! What is in field photos besides animals, and must not be taken for one: boats, buoys, gulls, bushes, rocks, small fish.

use crate::camera::Sprite;
use crate::canvas::{Canvas, Color, Paint, Relief, mix_color};
use crate::exact_math::{cosine, sine};
use crate::noise::fractal;
use crate::outline::{Outline, Point};
use crate::random::Stream;
use crate::scene::Habitat;
use crate::shot::Shot;

/// How far things reach from their middle, body units.
const REACH: [f32; 2] = [2.6, 1.9];
/// So little of a thing is under water that it flies.
const IN_THE_AIR: f32 = -4.0;

/// A part of a thing: its outline, and its colour.
type Part = (Outline, Color);

/// Draws one thing of a habitat, posed by `shot`, which says where it is and how large.
pub(super) fn draw(
    stream: &mut Stream,
    habitat: Habitat,
    mut shot: Shot,
    per_unit: f32,
    veil: f32,
) -> Sprite {
    let parts = match habitat {
        Habitat::Sea => match stream.count(0, 3) {
            0 => boat(stream),
            1 => buoy(stream),
            _ => {
                shot.submersion = IN_THE_AIR;
                shot.scale *= 0.5;
                shot.shift[1] -= stream.between(0.2, 1.2);
                gull(stream)
            }
        },
        Habitat::Underwater => {
            shot.scale *= 0.3;
            fish(stream)
        }
        Habitat::Savanna => match stream.count(0, 5) {
            0 => rock(stream),
            1 => trunk(stream),
            2 => log(stream),
            3 => fern(stream),
            _ => bush(stream),
        },
    };
    let mut body = Canvas::new(per_unit, REACH);
    let seed = stream.seed();
    for (outline, color) in &parts {
        body.part(outline, Relief { radius: 0.3, height: 0.16 }, |(x, y), _| {
            let grain = 1.0 + 0.25 * fractal(x * 9.0, y * 9.0, 3, seed);
            Paint { color: color.map(|c| c * grain), gloss: 0.2, bump: 0.0 }
        });
    }
    let grass = if habitat == Habitat::Savanna { stream.between(0.05, 0.3) } else { 0.0 };
    Sprite { body, shot, counts: None, veil, grass }
}

fn polygon(corners: &[Point]) -> Outline {
    Outline { corners: corners.to_vec() }
}

fn boat(stream: &mut Stream) -> Vec<Part> {
    let paints: [Color; 4] = [[0.7, 0.7, 0.68], [0.06, 0.10, 0.22], [0.35, 0.05, 0.04], [0.20, 0.22, 0.20]];
    let mut color = || paints[stream.count(0, paints.len() - 1)];
    let (hull, house) = (color(), color());
    let long = stream.between(1.2, 2.3);
    let deck = stream.between(0.05, 0.25);
    let (from, to) = (stream.between(-0.6, 0.0) * long, stream.between(0.1, 0.6) * long);
    let roof = deck - stream.between(0.3, 0.8);
    let mut parts = vec![
        (polygon(&[(from, roof), (to, roof), (to + 0.05, deck + 0.1), (from - 0.08, deck + 0.1)]), house),
        (
            polygon(&[
                (-long, deck - 0.12),
                (0.8 * long, deck),
                (long, deck),
                (0.92 * long, 1.0),
                (-0.8 * long, 1.0),
            ]),
            hull,
        ),
    ];
    if stream.happens(0.5) {
        let mast = stream.between(-0.3, 0.3);
        parts.insert(
            0,
            (polygon(&[(mast, -1.7), (mast + 0.04, -1.7), (mast + 0.05, deck), (mast, deck)]), [0.5; 3]),
        );
    }
    parts
}

fn buoy(stream: &mut Stream) -> Vec<Part> {
    let color = mix_color([0.75, 0.16, 0.04], [0.75, 0.65, 0.10], stream.unit());
    let wide = stream.between(0.15, 0.4);
    let post = polygon(&[(-0.05, -0.7), (0.05, -0.7), (0.05, 0.3), (-0.05, 0.3)]);
    vec![(post, [0.3; 3]), (ragged(stream, (0.0, 0.45), [wide, 0.35], 0.03), color)]
}

fn gull(stream: &mut Stream) -> Vec<Part> {
    let beat = stream.between(-0.5, 0.25);
    let wings = polygon(&[
        (-1.0, beat),
        (-0.4, -0.06),
        (0.0, 0.06),
        (0.4, -0.06),
        (1.0, beat),
        (0.4, 0.06),
        (0.0, 0.18),
        (-0.4, 0.06),
    ]);
    let white = mix_color([0.75; 3], [0.12, 0.11, 0.10], stream.unit());
    vec![(wings, white), (ragged(stream, (0.0, 0.1), [0.3, 0.1], 0.02), white)]
}

fn fish(stream: &mut Stream) -> Vec<Part> {
    let color = mix_color([0.5, 0.52, 0.5], [0.08, 0.09, 0.10], stream.unit());
    let deep = stream.between(0.14, 0.34);
    let tail = polygon(&[(0.75, 0.0), (1.15, -0.9 * deep), (1.0, 0.0), (1.15, 0.9 * deep)]);
    vec![(tail, color), (ragged(stream, (0.0, 0.0), [0.9, deep], 0.02), color)]
}

fn rock(stream: &mut Stream) -> Vec<Part> {
    let tone = stream.between(0.08, 0.35);
    let size = [stream.between(0.5, 1.5), stream.between(0.4, 1.1)];
    vec![(ragged(stream, (0.0, 1.6 - 0.6 * size[1]), size, 0.18), [tone, 0.92 * tone, 0.80 * tone])]
}

fn bush(stream: &mut Stream) -> Vec<Part> {
    let color = mix_color([0.13, 0.13, 0.045], [0.04, 0.09, 0.025], stream.unit());
    let wide = stream.between(0.5, 1.6);
    let stem = polygon(&[(-0.07, 0.6), (0.07, 0.6), (0.10, 1.62), (-0.10, 1.62)]);
    let mut parts = vec![(stem, [0.10, 0.07, 0.04])];
    for _ in 0..stream.count(2, 6) {
        let centre = (stream.around_zero(wide), stream.between(-0.4, 1.3));
        let size = [stream.between(0.3, 0.8), stream.between(0.25, 0.6)];
        parts.push((ragged(stream, centre, size, 0.3), color));
    }
    parts
}

fn bark(stream: &mut Stream) -> Color {
    mix_color([0.16, 0.12, 0.08], [0.05, 0.045, 0.04], stream.unit())
}

fn trunk(stream: &mut Stream) -> Vec<Part> {
    let (color, wide, lean) = (bark(stream), stream.between(0.12, 0.5), stream.around_zero(0.6));
    let stem = polygon(&[
        (lean - wide, -1.9),
        (lean + wide, -1.9),
        (1.2 * wide, 1.0),
        (1.6 * wide, 1.62),
        (-1.6 * wide, 1.62),
        (-1.2 * wide, 1.0),
    ]);
    let mut parts = vec![(stem, color)];
    if stream.happens(0.5) {
        let (at, far) = (stream.between(-1.4, 0.6), stream.around_zero(2.4));
        parts.push((polygon(&[(lean, at), (far, at - 0.9), (far, at - 0.8), (lean, at + 0.25)]), color));
    }
    parts
}

fn log(stream: &mut Stream) -> Vec<Part> {
    let (color, long, thick) = (bark(stream), stream.between(1.0, 2.4), stream.between(0.12, 0.4));
    let rises = stream.around_zero(0.5);
    let lying = polygon(&[
        (-long, 1.55 - 2.0 * thick),
        (long, 1.55 - 2.0 * thick - rises),
        (1.05 * long, 1.55 - rises),
        (-0.95 * long, 1.6),
    ]);
    vec![
        (lying, color),
        (ragged(stream, (long, 1.55 - thick - rises), [0.5 * thick, thick], 0.1), color.map(|c| 1.6 * c)),
    ]
}

fn fern(stream: &mut Stream) -> Vec<Part> {
    let color = mix_color([0.10, 0.16, 0.03], [0.03, 0.08, 0.03], stream.unit());
    let blades = stream.count(5, 12);
    (0..blades)
        .map(|_| {
            let (x, y) = (stream.around_zero(2.2), stream.between(-1.3, 0.9));
            let (bend, wide) = (0.3 * x, stream.between(0.05, 0.16));
            let blade = [
                (-0.03, 1.6),
                (bend - wide, 0.5 * (y + 1.2)),
                (x, y),
                (bend + wide, 0.5 * (y + 1.4)),
                (0.03, 1.6),
            ];
            (polygon(&blade), color.map(|c| c * stream.between(0.7, 1.4)))
        })
        .collect()
}

/// A round thing of this half width and height whose edge wavers by a share of them.
fn ragged(stream: &mut Stream, centre: Point, size: [f32; 2], wavers: f32) -> Outline {
    let seed = stream.seed();
    let corner = |step: u8| {
        let angle = f32::from(step) / 48.0 * std::f32::consts::TAU;
        let (x, y) = (cosine(angle), sine(angle));
        let far = 1.0 + wavers * fractal(2.5 * x + 4.0, 2.5 * y, 3, seed);
        (centre.0 + size[0] * far * x, centre.1 + size[1] * far * y)
    };
    Outline { corners: (0..48).map(corner).collect() }
}
