//! Sine, cosine, arc tangent and exponential that give the same bits on every machine.
//!
//! The functions of the standard library call the platform's libm and may differ in the last digit;
//! these are made of additions, multiplications and divisions alone, which IEEE 754 fixes exactly.
//! They are good to about 1e-6, far below what eight bits of a photo can show.

use std::f32::consts::{FRAC_PI_2, FRAC_PI_4, LN_2, PI, TAU};

/// Sine of `angle` in radians.
pub(crate) fn sine(angle: f32) -> f32 {
    let turns = angle / TAU;
    let mut x = (turns - (turns + 0.5).floor()) * TAU;
    if x > FRAC_PI_2 {
        x = PI - x;
    } else if x < -FRAC_PI_2 {
        x = -PI - x;
    }
    let q = x * x;
    x * (1.0 - q / 6.0 * (1.0 - q / 20.0 * (1.0 - q / 42.0 * (1.0 - q / 72.0 * (1.0 - q / 110.0)))))
}

/// Cosine of `angle` in radians.
pub(crate) fn cosine(angle: f32) -> f32 {
    sine(angle + FRAC_PI_2)
}

/// Angle of the point (`x`, `y`) in radians, between -π and π.
pub(crate) fn angle_of(y: f32, x: f32) -> f32 {
    let (a, b) = (x.abs(), y.abs());
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    let mut angle = if large == 0.0 { 0.0 } else { arc_tangent_of_fraction(small / large) };
    if b > a {
        angle = FRAC_PI_2 - angle;
    }
    if x < 0.0 {
        angle = PI - angle;
    }
    if y < 0.0 { -angle } else { angle }
}

/// Arc tangent of a number between 0 and 1, by the series around 0 after halving the angle once.
fn arc_tangent_of_fraction(x: f32) -> f32 {
    let (base, t) = if x > 0.414_213_57 { (FRAC_PI_4, (x - 1.0) / (x + 1.0)) } else { (0.0, x) };
    let q = t * t;
    base + t * (1.0 - q * (1.0 / 3.0 - q * (0.2 - q * (1.0 / 7.0 - q * (1.0 / 9.0 - q / 11.0)))))
}

/// e to the power of `x`; 0 below -87, and the value at 87 above it.
pub(crate) fn exponential(x: f32) -> f32 {
    if x < -87.0 {
        return 0.0;
    }
    let x = x.min(87.0);
    let k = (x / LN_2 + 0.5).floor();
    let r = x - k * LN_2;
    let series =
        1.0 + r * (1.0 + r / 2.0 * (1.0 + r / 3.0 * (1.0 + r / 4.0 * (1.0 + r / 5.0 * (1.0 + r / 6.0)))));
    series * f32::from_bits(((k as i32 + 127) as u32) << 23)
}

/// 0 below `from`, 1 above `to`, smooth between; `from` may be the greater one.
pub(crate) fn smooth_step(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// The value `t` of the way from `a` to `b`.
pub(crate) fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_standard_library_to_a_millionth() {
        for step in -400..400 {
            let x = step as f32 * 0.05;
            assert!((sine(x) - x.sin()).abs() < 4e-6, "sine of {x}");
            assert!((cosine(x) - x.cos()).abs() < 4e-6, "cosine of {x}");
            assert!((exponential(x) / x.exp() - 1.0).abs() < 1e-5, "exponential of {x}");
            let (y, z) = (x.sin(), x.cos());
            let apart = (angle_of(y, z) - y.atan2(z)).abs();
            assert!(apart < 4e-6 || (apart - TAU).abs() < 4e-6, "angle of {y}, {z}");
        }
    }
}
