//! Light and dark lines: the stronger curvature of the brightness, in what is usual around.

use super::blur::Plane;
use super::{HEIGHT, RIDGES, STRIDE, WIDTH};

/// How far the brightness is blurred before its curvature is taken, in pixels of half the body's resolution.
const FINE: usize = 1;
/// Around how far the curvature is compared with what is usual.
const AROUND: usize = 6;
/// Curvature, in levels, below which there is nothing but noise.
const NOISE: f32 = 0.6;
/// So many times what is usual is the most.
const MOST: f32 = 3.0;

/// Curvature: positive on light lines, from -1 to 1; for each pixel of the map four numbers, two by two.
pub(super) fn ridges(body: &Plane) -> Vec<f32> {
    let gray = body.shrunk(STRIDE / 2).blurred(FINE);
    let curvature = Plane::from_fn(gray.width, gray.height, |x, y| curvature_at(&gray, x, y));
    let squares = Plane { values: curvature.values.iter().map(|value| value * value).collect(), ..curvature };
    let usual = squares.blurred(AROUND);
    let curvature = &curvature.values;
    let value = |at: usize| {
        (curvature[at] / (MOST * (usual.values[at] + NOISE * NOISE).sqrt())).clamp(-1.0, 1.0)
    };
    let mut map = Vec::with_capacity(WIDTH * HEIGHT * RIDGES);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                map.push(value((2 * y + dy) * gray.width + 2 * x + dx));
            }
        }
    }
    map
}

/// The eigenvalue of the second derivatives that is greater in size, its sign turned.
fn curvature_at(gray: &Plane, x: usize, y: usize) -> f32 {
    let (x, y) = (x as isize, y as isize);
    let at = |dx: isize, dy: isize| gray.at(x + dx, y + dy);
    let xx = at(1, 0) + at(-1, 0) - 2.0 * at(0, 0);
    let yy = at(0, 1) + at(0, -1) - 2.0 * at(0, 0);
    let xy = (at(1, 1) + at(-1, -1) - at(1, -1) - at(-1, 1)) / 4.0;
    let (mean, half) = (f32::midpoint(xx, yy), (xx - yy) / 2.0);
    let root = (half * half + xy * xy).sqrt();
    if mean > 0.0 { -(mean + root) } else { root - mean }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_light_stripe_is_positive_and_a_dark_one_negative() {
        let body = Plane::from_fn(WIDTH * STRIDE, HEIGHT * STRIDE, |x, _| match x {
            60..66 => 200.0,
            180..186 => 40.0,
            _ => 120.0,
        });
        let map = ridges(&body);
        let at = |x: usize| map[(16 * WIDTH + x) * RIDGES];
        assert!(at(63 / STRIDE) > 0.5, "{}", at(63 / STRIDE));
        assert!(at(183 / STRIDE) < -0.5, "{}", at(183 / STRIDE));
        assert!(at(120 / STRIDE).abs() < 0.01);
    }
}
