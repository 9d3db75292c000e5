//! Smooth seeded noise over the plane: the raw material of skin, waves, clouds and grass.
//!
//! Gradient noise after Perlin ("Improving noise", 2002) on a hashed lattice.

/// Sixteen unit vectors; literal, so that no machine computes them differently.
const DIRECTIONS: [(f32, f32); 16] = [
    (1.0, 0.0),
    (0.923_879_5, 0.382_683_43),
    (0.707_106_77, 0.707_106_77),
    (0.382_683_43, 0.923_879_5),
    (0.0, 1.0),
    (-0.382_683_43, 0.923_879_5),
    (-0.707_106_77, 0.707_106_77),
    (-0.923_879_5, 0.382_683_43),
    (-1.0, 0.0),
    (-0.923_879_5, -0.382_683_43),
    (-0.707_106_77, -0.707_106_77),
    (-0.382_683_43, -0.923_879_5),
    (0.0, -1.0),
    (0.382_683_43, -0.923_879_5),
    (0.707_106_77, -0.707_106_77),
    (0.923_879_5, -0.382_683_43),
];

/// 32 well mixed bits for a lattice point.
pub(crate) fn lattice(x: i32, y: i32, seed: u32) -> u32 {
    let mut h = (x as u32).wrapping_mul(0x9e37_79b1)
        ^ (y as u32).wrapping_mul(0x85eb_ca77)
        ^ seed.wrapping_mul(0xc2b2_ae3d);
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
    h ^ (h >> 15)
}

/// A number in [0, 1) for a lattice point.
pub(crate) fn lattice_unit(x: i32, y: i32, seed: u32) -> f32 {
    (lattice(x, y, seed) >> 8) as f32 / (1u32 << 24) as f32
}

/// Gradient noise of one octave, about -1 to 1, zero on average, features about one unit wide.
pub(crate) fn noise(x: f32, y: f32, seed: u32) -> f32 {
    let (column, row) = (whole_below(x), whole_below(y));
    let (dx, dy) = (x - column as f32, y - row as f32);
    let corner = |i: i32, j: i32| {
        let (gx, gy) = DIRECTIONS[(lattice(column + i, row + j, seed) & 15) as usize];
        gx * (dx - i as f32) + gy * (dy - j as f32)
    };
    let (sx, sy) = (fade(dx), fade(dy));
    let top = corner(0, 0) + (corner(1, 0) - corner(0, 0)) * sx;
    let bottom = corner(0, 1) + (corner(1, 1) - corner(0, 1)) * sx;
    1.4 * (top + (bottom - top) * sy)
}

/// Noise of several octaves, each twice as fine and half as strong, about -1 to 1.
pub(crate) fn fractal(x: f32, y: f32, octaves: u32, seed: u32) -> f32 {
    let (mut sum, mut strength, mut scale) = (0.0, 0.55, 1.0);
    for octave in 0..octaves {
        sum += strength * noise(x * scale, y * scale, seed.wrapping_add(octave * 101));
        strength *= 0.5;
        scale *= 2.03;
    }
    sum
}

/// The greatest whole number not above `x`; the library's `floor` is a call where the machine lacks the instruction.
fn whole_below(x: f32) -> i32 {
    let towards_zero = x as i32;
    towards_zero - i32::from(x < towards_zero as f32)
}

fn fade(t: f32) -> f32 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_smooth_bounded_and_zero_on_average() {
        let mut sum = 0.0;
        for step in 0..20_000 {
            let (x, y) = ((step % 200) as f32 * 0.137, (step / 200) as f32 * 0.137);
            let value = noise(x, y, 5);
            assert!(value.abs() <= 1.45);
            assert!((value - noise(x + 1e-3, y, 5)).abs() < 0.01);
            sum += value;
        }
        assert!((sum / 20_000.0).abs() < 0.03);
    }

    #[test]
    fn another_seed_gives_another_field() {
        assert_ne!(noise(0.4, 0.7, 1), noise(0.4, 0.7, 2));
    }
}
