//! Bodies made up for tests.

use super::BodyMaps;

/// A body with stripes, another one for each seed, moved and bent by nothing.
pub(super) fn striped(seed: u32) -> Vec<u8> {
    moved(seed, 0.0, 0.0)
}

/// The same, its stripes moved by so many pixels in a way that grows along the body.
pub(super) fn moved(seed: u32, across: f32, down: f32) -> Vec<u8> {
    let wave = |x: f32, y: f32, n: u32| {
        let k = (seed * 7 + n * 13) % 17;
        (x * (0.11 + 0.013 * k as f32) + y * 0.02 * (n as f32 - 1.0) + (seed * 31 + n * 17) as f32).sin()
    };
    let level = |at: usize| {
        let (x, y) = ((at % BodyMaps::BODY_WIDTH) as f32, (at / BodyMaps::BODY_WIDTH) as f32);
        let share = x / BodyMaps::BODY_WIDTH as f32;
        let (x, y) = (x - across * share, y - down * share);
        128.0 + 35.0 * (0..3).map(|n| wave(x, y, n)).sum::<f32>()
    };
    (0..BodyMaps::BODY_WIDTH * BodyMaps::BODY_HEIGHT).map(|at| level(at) as u8).collect()
}
