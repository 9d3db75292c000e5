//! Logarithm and exponential in a form that compilers turn into vector instructions.
//!
//! Polynomials of the Cephes library (S. Moshier, 1989, `logf.c` and `expf.c`); relative error some 10⁻⁷.

#![allow(clippy::excessive_precision)]

/// The natural logarithm of a positive, normal number.
#[inline(always)]
pub(super) fn logarithm(number: f32) -> f32 {
    let bits = number.to_bits();
    // The exponent such that the mantissa lies from √½ to √2.
    let exponent = (bits.wrapping_sub(0x3f35_04f3) as i32) >> 23;
    let mantissa = f32::from_bits(bits.wrapping_sub((exponent << 23) as u32)) - 1.0;
    let exponent = exponent as f32;
    let square = mantissa * mantissa;
    let coefficients = [
        -1.151_461_03e-1,
        1.167_699_87e-1,
        -1.242_014_08e-1,
        1.424_932_28e-1,
        -1.666_805_77e-1,
        2.000_071_48e-1,
        -2.499_999_39e-1,
        3.333_333_12e-1,
    ];
    let series =
        coefficients.iter().fold(7.037_683_63e-2_f32, |sum, coefficient| sum * mantissa + coefficient);
    let small = series * mantissa * square - 2.121_944_4e-4 * exponent - 0.5 * square;
    mantissa + small + 0.693_359_375 * exponent
}

/// e to the power of a number; numbers beyond ±87 count as ±87.
#[inline(always)]
pub(super) fn exponential(number: f32) -> f32 {
    let number = if number < -87.0 { -87.0 } else { number };
    let number = if number > 87.0 { 87.0 } else { number };
    // Rounds to the nearest whole number by the grain of large numbers.
    const GRAIN: f32 = 12_582_912.0;
    let whole = (number * std::f32::consts::LOG2_E + GRAIN) - GRAIN;
    let rest = number - whole * 0.693_359_375 + whole * 2.121_944_4e-4;
    let coefficients =
        [1.398_199_95e-3, 8.333_451_92e-3, 4.166_579_58e-2, 1.666_666_55e-1, 5.000_000_12e-1_f32];
    let series = coefficients.iter().fold(1.987_569_15e-4_f32, |sum, coefficient| sum * rest + coefficient);
    let power = series * rest * rest + rest + 1.0;
    f32::from_bits(power.to_bits().wrapping_add(((whole as i32) << 23) as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithm_and_exponential_are_those_of_the_standard_library_to_single_precision() {
        for step in 0..20_000 {
            let number = 1e-6 * 1.001_f64.powi(step);
            if number > 1e6 {
                break;
            }
            let error = f64::from(logarithm(number as f32)) - f64::from(number as f32).ln();
            assert!(
                error.abs() < 3e-7 * f64::from(number as f32).ln().abs().max(1.0),
                "ln {number}: {error}"
            );
        }
        for step in -8000..8000 {
            let number = step as f32 * 0.01;
            let wanted = f64::from(number).exp();
            let error = (f64::from(exponential(number)) - wanted) / wanted;
            assert!(error.abs() < 4e-7, "exp {number}: {error}");
        }
    }
}
