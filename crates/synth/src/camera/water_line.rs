//! Where an animal leaves the sea: the line on its skin, foam along it, and its broken mirror image below.

use super::{Camera, before};
use crate::canvas::{Color, mix_color, scale_color};
use crate::exact_math::smooth_step;
use crate::noise::{fractal, noise};
use crate::outline::Point;
use crate::scene::Sea;
use crate::shot::Shot;

/// Depth on the body at which the water stands, body units.
const LEVEL: f32 = 0.60;

/// The colour at picture point (`x`, `y`), where the body is at `at` and the sea behind is `behind`.
pub(super) fn at_sea(
    camera: &Camera<'_>,
    sea: &Sea,
    behind: impl Fn() -> Color,
    (x, y): Point,
    at: Point,
) -> Color {
    let shot = camera.shot;
    let level = level(shot, sea, x);
    let below = at.1 - level;
    let texel = camera.body.sample(at);
    let dry = smooth_step(0.008, -0.008, below);
    let wet = smooth_step(-0.16, 0.0, below) * 0.35;
    let skin = scale_color(camera.shade(&texel), 1.0 - wet);
    let water = || if below > -0.02 { mirror_image(camera, sea, behind(), at, level) } else { behind() };
    let color = before(skin, texel.coverage * dry, water);
    mix_color(color, [0.80, 0.83, 0.85], foam(camera, at, below, (x, y)))
}

/// Depth on the body at which the water stands where the picture is `x` from its middle, body units.
pub(super) fn level(shot: &Shot, sea: &Sea, x: f32) -> f32 {
    LEVEL - shot.submersion + sea.swell(x * 1.4 + shot.pan[0], shot.seconds)
}

/// Darkens the water by the animal's reflection, broken by ripples.
fn mirror_image(camera: &Camera<'_>, sea: &Sea, water: Color, at: Point, level: f32) -> Color {
    let below = at.1 - level;
    let seconds = camera.shot.seconds;
    let ripple = sea.swell(at.0 * 6.0, seconds + at.1 * 9.0) * 1.1
        + 0.03 * noise(at.0 * 9.0, at.1 * 26.0 - seconds, 91);
    let source = (at.0 + ripple * (0.4 + 3.0 * below), level - below * 1.15 + ripple);
    let texel = camera.body.sample(source);
    let fade = smooth_step(1.3, 0.0, below) * smooth_step(-0.02, 0.02, below);
    let image = scale_color(camera.shade(&texel), 0.75);
    mix_color(water, mix_color(image, water, 0.35), 0.72 * texel.coverage * fade)
}

/// Foam where the skin cuts the surface, and a splash where the shot has one.
fn foam(camera: &Camera<'_>, at: Point, below: f32, (x, y): Point) -> f32 {
    let shot = camera.shot;
    let seconds = shot.seconds;
    let near_line = below.abs() < 0.08;
    if !near_line && shot.occlusion <= 0.0 {
        return 0.0;
    }
    let on_body = camera.body.sample((at.0, at.1 - below - 0.03)).coverage;
    let lace = fractal(at.0 * 13.0 + 0.7 * seconds, at.1 * 24.0 - seconds, 3, 92);
    let band = smooth_step(0.055, 0.0, (below - 0.012).abs());
    let rim = on_body * band * smooth_step(-0.25, 0.55, lace);
    let seed = shot.occlusion_seed;
    let centre = 1.1 * noise(seed as f32 * 1e-7, 0.5, 93);
    let (dx, reach) = (at.0 - centre, 0.15 + 1.15 * shot.occlusion);
    let drops =
        fractal(x * 17.0, y * 13.0 + 3.0 * seconds, 3, seed) + 0.5 * noise(x * 4.0, y * 4.0, seed ^ 1);
    let height = reach * (1.0 - dx * dx / 0.55).max(0.0);
    let inside = smooth_step(-height - 0.05, 0.02, below)
        * smooth_step(0.16, 0.02, below)
        * smooth_step(0.0, 0.3, 1.0 - dx * dx / 0.55);
    let splash = smooth_step(0.35, 0.9, drops + inside * 0.95 - 0.25)
        * inside
        * smooth_step(0.0, 0.05, shot.occlusion);
    (0.75 * rim).max(0.95 * splash).clamp(0.0, 0.95)
}
