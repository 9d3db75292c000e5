//! Parts of a picture made blank.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use resight_core::RelativeBox;
use resight_imaging::RgbImage;

/// Share of each side that the ellipse in the middle has.
const ELLIPSE: f64 = 0.7;

/// Blanks a rectangle somewhere, of this share of the picture's area, up to twice as wide as high or the reverse.
pub(super) fn erase(picture: &mut RgbImage, area: f64, fill: [u8; 3], random: &mut ChaCha8Rng) {
    let stretch = 2_f64.powf(random.random_range(-1.0..=1.0));
    let (width, height) = ((area * stretch).sqrt().min(1.0), (area / stretch).sqrt().min(1.0));
    let (x, y) = (random.random::<f64>() * (1.0 - width), random.random::<f64>() * (1.0 - height));
    blank_box(picture, &RelativeBox { x, y, width, height }, fill);
}

/// Blanks every pixel that a box touches.
pub(in super::super) fn blank_box(picture: &mut RgbImage, bounds: &RelativeBox, fill: [u8; 3]) {
    let span = |start: f64, extent: f64, side: u32| {
        let side = f64::from(side);
        ((start * side).floor().max(0.0) as u32, ((start + extent) * side).ceil().clamp(0.0, side) as u32)
    };
    let (left, right) = span(bounds.x, bounds.width, picture.width());
    let (top, bottom) = span(bounds.y, bounds.height, picture.height());
    for y in top..bottom {
        for x in left..right {
            picture.put_pixel(x, y, fill.into());
        }
    }
}

/// Blanks the ellipse in the middle.
pub(in super::super) fn blank_middle(picture: &mut RgbImage, fill: [u8; 3]) {
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let away = |at: u32, side: f64| ((f64::from(at) + 0.5 - side / 2.0) / (ELLIPSE * side / 2.0)).powi(2);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        if away(x, width) + away(y, height) <= 1.0 {
            *pixel = fill.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generator;

    fn blank_share(picture: &RgbImage) -> f64 {
        let blank = picture.pixels().filter(|pixel| pixel.0 == [9; 3]).count();
        blank as f64 / f64::from(picture.width() * picture.height())
    }

    #[test]
    fn as_much_is_erased_as_was_asked_for() {
        for place in 0..20 {
            let mut picture = RgbImage::new(200, 100);
            erase(&mut picture, 0.08, [9; 3], &mut generator(3, "erase", &[place]));
            let share = blank_share(&picture);
            assert!((0.075..0.1).contains(&share), "{share}");
        }
    }

    #[test]
    fn the_ellipse_in_the_middle_has_its_area_and_leaves_the_corners() {
        let mut picture = RgbImage::new(300, 200);
        blank_middle(&mut picture, [9; 3]);
        let expected = std::f64::consts::PI / 4.0 * ELLIPSE * ELLIPSE;
        assert!((blank_share(&picture) - expected).abs() < 0.005);
        assert_eq!(picture.get_pixel(150, 100).0, [9; 3]);
        assert_eq!(picture.get_pixel(40, 40).0, [0; 3]);
    }
}
