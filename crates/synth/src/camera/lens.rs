//! From light to a picture: blur, vignette, exposure, tone curve, sensor noise.

use image::RgbImage;

use crate::canvas::Color;
use crate::exact_math::exponential;
use crate::noise::lattice;
use crate::shot::Shot;

/// Develops linear light into the picture.
pub(super) fn develop(mut pixels: Vec<Color>, width: u32, height: u32, shot: &Shot) -> RgbImage {
    let per_640 = width as f32 / 640.0;
    let (columns, rows) = (width as usize, height as usize);
    let kernel = gaussian(shot.defocus * per_640);
    if kernel.len() > 1 {
        let centre = (kernel.len() / 2) as isize;
        let across: Vec<_> = kernel.iter().enumerate().map(|(k, &w)| (k as isize - centre, 0, w)).collect();
        let down: Vec<_> = across.iter().map(|&(dx, _, w)| (0, dx, w)).collect();
        pixels = gather(&pixels, columns, rows, &across);
        pixels = gather(&pixels, columns, rows, &down);
    }
    let smear = smear(shot.motion.map(|m| m * per_640));
    if smear.len() > 1 {
        pixels = gather(&pixels, columns, rows, &smear);
    }
    let gain = exponential(shot.exposure * std::f32::consts::LN_2);
    let gains = [gain * (1.0 + shot.white_balance), gain, gain * (1.0 - shot.white_balance)];
    let mut bytes = Vec::with_capacity(columns * rows * 3);
    for (index, pixel) in pixels.iter().enumerate() {
        let (column, row) = (index % columns, index / columns);
        let (dx, dy) = (column as f32 / width as f32 - 0.5, row as f32 / height as f32 - 0.5);
        let vignette = 1.0 - 0.35 * (dx * dx + dy * dy);
        let grain = grain(column, row, shot.seed);
        let pixel = &if shot.night { by_flash(*pixel, dx, dy) } else { *pixel };
        let grain = if shot.night { [grain[1]; 3] } else { grain };
        for channel in 0..3 {
            let tone = tone(pixel[channel] * gains[channel] * vignette);
            let value = tone * 255.0 + grain[channel] * shot.noise * (1.25 - 0.5 * tone);
            bytes.push((value + 0.5).clamp(0.0, 255.0) as u8);
        }
    }
    RgbImage::from_raw(width, height, bytes).unwrap_or_else(|| RgbImage::new(width, height))
}

/// What an infrared flash beside the lens lights: no colours, bright in the middle.
fn by_flash(pixel: Color, dx: f32, dy: f32) -> Color {
    let gray = 0.45 * pixel[0] + 0.45 * pixel[1] + 0.10 * pixel[2];
    let lit = exponential(-4.5 * (dx * dx + dy * dy));
    [gray * (0.12 + 1.1 * lit); 3]
}

/// Linear light to brightness, 0 to 1: gamma 2 with a soft shoulder.
fn tone(light: f32) -> f32 {
    let light = light.max(0.0);
    (light * (1.0 + 0.25 * light) / (1.0 + 0.55 * light)).sqrt()
}

/// Weights of a Gaussian of standard deviation `sigma` pixels; one weight where it is too narrow to matter.
fn gaussian(sigma: f32) -> Vec<f32> {
    if sigma < 0.25 {
        return vec![1.0];
    }
    let reach = (sigma * 2.5 + 0.5) as i32 + 1;
    let weights: Vec<f32> =
        (-reach..=reach).map(|i| exponential(-((i * i) as f32) / (2.0 * sigma * sigma))).collect();
    let sum: f32 = weights.iter().sum();
    weights.into_iter().map(|w| w / sum).collect()
}

/// Even weights along a line of `motion` pixels.
fn smear([dx, dy]: [f32; 2]) -> Vec<(isize, isize, f32)> {
    let steps = (dx.abs().max(dy.abs()) + 0.5) as i32;
    let weight = 1.0 / (steps + 1) as f32;
    let at = |step: i32, length: f32| {
        let share = if steps == 0 { 0.0 } else { step as f32 / steps as f32 - 0.5 };
        (share * length + 0.5).floor() as isize
    };
    (0..=steps).map(|step| (at(step, dx), at(step, dy), weight)).collect()
}

/// Each pixel as the weighted sum of its neighbours; the border goes on beyond the picture.
fn gather(pixels: &[Color], columns: usize, rows: usize, taps: &[(isize, isize, f32)]) -> Vec<Color> {
    let mut out = vec![[0.0; 3]; pixels.len()];
    for (row, sums) in out.chunks_exact_mut(columns).enumerate() {
        for &(dx, dy, weight) in taps {
            let from = (row as isize + dy).clamp(0, rows as isize - 1) as usize * columns;
            let source = &pixels[from..from + columns];
            let skipped = dx.unsigned_abs().min(columns);
            let (inner_sums, inner_source, outer_sums, outer) = if dx < 0 {
                let (left, right) = sums.split_at_mut(skipped);
                (right, source, left, source[0])
            } else {
                let (left, right) = sums.split_at_mut(columns - skipped);
                (left, &source[skipped..], right, source[columns - 1])
            };
            for (sum, pixel) in inner_sums.iter_mut().zip(inner_source) {
                add(sum, pixel, weight);
            }
            for sum in outer_sums {
                add(sum, &outer, weight);
            }
        }
    }
    out
}

fn add(sum: &mut Color, pixel: &Color, weight: f32) {
    for channel in 0..3 {
        sum[channel] += weight * pixel[channel];
    }
}

/// About normal noise of deviation 1 for three channels, correlated as a camera's colour noise is.
fn grain(column: usize, row: usize, seed: u32) -> Color {
    let draw = |salt: u32| {
        let bits = lattice(column as i32, row as i32, seed ^ salt);
        let sum = (bits & 0xff) + (bits >> 8 & 0xff) + (bits >> 16 & 0xff) + (bits >> 24);
        (sum as f32 - 510.0) / 147.8
    };
    let shared = draw(1);
    [2, 3, 4].map(|salt| 0.75 * shared + 0.65 * draw(salt))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blur_keeps_the_light_and_spreads_it() {
        let kernel = gaussian(1.5);
        assert!((kernel.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        let taps: Vec<_> = smear([6.0, -3.0]);
        assert_eq!(taps.len(), 7);
        assert!((taps.iter().map(|t| t.2).sum::<f32>() - 1.0).abs() < 1e-5);
    }

    #[test]
    fn tone_rises_from_black_to_white() {
        assert_eq!(tone(0.0), 0.0);
        assert!((0..100).all(|i| tone(i as f32 * 0.02) < tone(i as f32 * 0.02 + 0.02)));
    }
}
