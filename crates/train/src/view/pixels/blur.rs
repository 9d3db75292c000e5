//! Out of focus.

use resight_imaging::RgbImage;

/// Blurs by a Gaussian of this standard deviation in pixels, cut at three of them, rows first and columns then.
/// Pixels at the edge are repeated outwards.
pub(super) fn blur(picture: &mut RgbImage, deviation: f32) {
    let weights = weights(deviation);
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    if width == 0 || height == 0 {
        return;
    }
    let (pixels, _) = picture.as_chunks_mut::<3>();
    let mut line = Vec::with_capacity(width.max(height));
    for row in pixels.chunks_exact_mut(width) {
        line.clear();
        line.extend_from_slice(row);
        for (x, pixel) in row.iter_mut().enumerate() {
            *pixel = mean(&line, x, &weights);
        }
    }
    for x in 0..width {
        line.clear();
        line.extend(pixels[x..].iter().step_by(width));
        for y in 0..height {
            pixels[y * width + x] = mean(&line, y, &weights);
        }
    }
}

/// Weights of a pixel and of its neighbors on either side, by their distance; they sum to 1 over both sides.
fn weights(deviation: f32) -> Vec<f32> {
    let reach = (3.0 * deviation).ceil().max(1.0) as usize;
    let bell = |distance: usize| (-0.5 * (distance as f32 / deviation).powi(2)).exp();
    let bells: Vec<f32> = (0..=reach).map(bell).collect();
    let sum = 2.0 * bells.iter().sum::<f32>() - bells[0];
    bells.into_iter().map(|bell| bell / sum).collect()
}

fn mean(line: &[[u8; 3]], at: usize, weights: &[f32]) -> [u8; 3] {
    let mut sums = line[at].map(|byte| f32::from(byte) * weights[0]);
    for (distance, weight) in weights.iter().enumerate().skip(1) {
        let before = line[at.saturating_sub(distance)];
        let after = line[(at + distance).min(line.len() - 1)];
        for ((sum, before), after) in sums.iter_mut().zip(before).zip(after) {
            *sum += weight * (f32::from(before) + f32::from(after));
        }
    }
    sums.map(|sum| (sum + 0.5) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bright_pixel_becomes_a_bell_that_holds_the_same_light() {
        let mut picture = RgbImage::new(31, 31);
        picture.put_pixel(15, 15, [255, 255, 255].into());
        blur(&mut picture, 1.0);
        let at = |x: u32, y: u32| f64::from(picture.get_pixel(x, y).0[0]);
        // 255 / (2π) in the middle, exp(-1/2) of it beside.
        assert!((at(15, 15) - 40.6).abs() < 1.5, "{}", at(15, 15));
        assert!((at(16, 15) / at(15, 15) - 0.607).abs() < 0.04);
        assert_eq!(at(14, 15), at(16, 15));
        assert_eq!(at(15, 14), at(16, 15));
        let light: f64 = picture.pixels().map(|pixel| f64::from(pixel.0[0])).sum();
        assert!((light - 255.0).abs() < 25.0, "{light}");
    }

    #[test]
    fn an_even_picture_stays_even_up_to_its_edges() {
        let mut picture = RgbImage::from_pixel(9, 4, [10, 128, 255].into());
        blur(&mut picture, 6.0);
        assert!(picture.pixels().all(|pixel| pixel.0 == [10, 128, 255]));
    }
}
