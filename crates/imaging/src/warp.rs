//! Seeing a photo through an oblique window: crop, rotation, shear and resize in one step.
//!
//! Each pixel of the result is a mean of the photo's pixels around the place that it stands for, weighted by a
//! triangle that is as wide as the pixel is apart from its neighbors there. Where nothing is rotated this is the
//! antialiased bilinear filter of [`crate::ResizeFilter::Bilinear`]; so a window that is hardly turned looks
//! hardly different, and no detail is invented or lost that a plain resize would not.

use image::{Rgb, RgbImage};
use resight_core::{ImageSize, PixelBox};

use crate::preprocess::scale_of;
use crate::resize::{ResizeFilter, SourceBox, resize_region};

/// Half-widths of the triangle above this are first brought down by an ordinary resize.
const WIDEST_REACH: f64 = 4.0;
/// The half-width that such a resize leaves.
const REACH_LEFT: f64 = 2.0;
/// Pixels under a triangle, at most.
const MOST_TAPS: usize = 2 * WIDEST_REACH as usize + 2;

/// Where the pixels of a new picture lie in a photo, in pixels of the full upright photo.
///
/// The point (x, y) of the new picture, counted from its top left corner, lies at
/// `corner + x · across + y · down`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// The top left corner of the new picture.
    pub corner: [f64; 2],
    /// One pixel to the right.
    pub across: [f64; 2],
    /// One pixel down.
    pub down: [f64; 2],
}

impl Window {
    /// The window that shows a box in a picture of `width` × `height` pixels: turned as the box is.
    pub fn of_box(seen: &PixelBox, width: u32, height: u32) -> Self {
        let (across, down) = (seen.width / f64::from(width), seen.height / f64::from(height));
        if !seen.is_turned() {
            return Self { corner: [seen.x, seen.y], across: [across, 0.0], down: [0.0, down] };
        }
        let (sin, cos) = seen.rotation.sin_cos();
        let corner = seen.point_at((0.0, 0.0));
        Self {
            corner: [corner.0, corner.1],
            across: [across * cos, across * sin],
            down: [-down * sin, down * cos],
        }
    }

    fn at(&self, x: f64, y: f64) -> [f64; 2] {
        [0, 1].map(|axis| self.corner[axis] + x * self.across[axis] + y * self.down[axis])
    }

    /// Half-width of the triangle along an axis of the photo.
    fn reach(&self, axis: usize) -> f64 {
        self.across[axis].hypot(self.down[axis]).max(1.0)
    }

    /// The same window on the photo moved by `-from` and then scaled.
    fn on(&self, from: [f64; 2], scale: [f64; 2]) -> Self {
        let each = |of: [f64; 2], shift: [f64; 2]| [0, 1].map(|axis| (of[axis] - shift[axis]) * scale[axis]);
        Self {
            corner: each(self.corner, from),
            across: each(self.across, [0.0; 2]),
            down: each(self.down, [0.0; 2]),
        }
    }

    /// What the window shows, where that is an upright box inside the picture.
    fn upright_box(&self, width: u32, height: u32, picture: &RgbImage) -> Option<SourceBox> {
        let seen = SourceBox {
            left: self.corner[0],
            top: self.corner[1],
            width: self.across[0] * f64::from(width),
            height: self.down[1] * f64::from(height),
        };
        let is_upright =
            self.across[1] == 0.0 && self.down[0] == 0.0 && seen.width > 0.0 && seen.height > 0.0;
        let is_within =
            |start: f64, extent: f64, side: u32| start >= -1e-6 && start + extent <= f64::from(side) + 1e-6;
        let is_inside = is_within(seen.left, seen.width, picture.width())
            && is_within(seen.top, seen.height, picture.height());
        (is_upright && is_inside).then_some(seen)
    }

    /// The box of a picture that the window needs, cut at the picture's edges; `None` where it sees nothing of it.
    fn needed(&self, width: u32, height: u32, picture: &RgbImage) -> Option<SourceBox> {
        let (right, bottom) = (f64::from(width), f64::from(height));
        let corners = [(0.0, 0.0), (right, 0.0), (0.0, bottom), (right, bottom)].map(|(x, y)| self.at(x, y));
        let span = |axis: usize, extent: u32| {
            let reach = self.reach(axis) + 1.0;
            let first = corners.iter().map(|corner| corner[axis]).fold(f64::INFINITY, f64::min) - reach;
            let last = corners.iter().map(|corner| corner[axis]).fold(f64::NEG_INFINITY, f64::max) + reach;
            let (first, last) = (first.floor().max(0.0), last.ceil().min(f64::from(extent)));
            (last - first >= 1.0).then_some((first, last - first))
        };
        let ((left, width), (top, height)) = (span(0, picture.width())?, span(1, picture.height())?);
        Some(SourceBox { left, top, width, height })
    }
}

/// Draws what a window on a photo shows, `width` × `height` pixels of it.
///
/// `picture` is the decoded photo, perhaps scaled; `full_size` the size of the full upright photo. Pixels that
/// lie outside the photo get the colour `fill`. The result is the same on every machine, for the same window.
pub fn look_through(
    window: &Window,
    picture: &RgbImage,
    full_size: ImageSize,
    (width, height): (u32, u32),
    fill: [u8; 3],
) -> RgbImage {
    let scale = scale_of(picture, full_size);
    let window = window.on([0.0; 2], [scale.0, scale.1]);
    let nothing = || RgbImage::from_pixel(width, height, Rgb(fill));
    let finite =
        [window.corner, window.across, window.down].as_flattened().iter().all(|number| number.is_finite());
    if !finite {
        return nothing();
    }
    let resized = window.upright_box(width, height, picture).and_then(|seen| {
        // Nothing is turned and nothing lies outside: the ordinary resize is several times as fast.
        resize_region(picture, seen, width, height, ResizeFilter::Bilinear)
    });
    if let Some(resized) = resized {
        return resized;
    }
    if window.reach(0) <= WIDEST_REACH && window.reach(1) <= WIDEST_REACH {
        return sample(&window, picture, (width, height), fill);
    }
    let Some(needed) = window.needed(width, height, picture) else { return nothing() };
    match shrunk(&window, picture, needed) {
        Some((smaller, window)) => sample(&window, &smaller, (width, height), fill),
        None => nothing(),
    }
}

/// Swaps left and right.
pub fn mirror(picture: &mut RgbImage) {
    image::imageops::flip_horizontal_in_place(picture);
}

/// The part of the picture that is needed, small enough to sample from, and the window on it.
fn shrunk(window: &Window, picture: &RgbImage, needed: SourceBox) -> Option<(RgbImage, Window)> {
    let side =
        |extent: f64, axis: usize| (extent * REACH_LEFT / window.reach(axis).max(REACH_LEFT)).ceil().max(1.0);
    let (width, height) = (side(needed.width, 0), side(needed.height, 1));
    let smaller = resize_region(picture, needed, width as u32, height as u32, ResizeFilter::Bilinear)?;
    let scale = [width / needed.width, height / needed.height];
    Some((smaller, window.on([needed.left, needed.top], scale)))
}

/// Weights of neighboring pixels along one axis.
struct Taps {
    first: usize,
    weights: [f32; MOST_TAPS],
    n: usize,
    sum: f32,
}

impl Taps {
    /// The pixels under a triangle around `center`, of those from 0 to `extent`.
    #[inline]
    fn around(center: f32, reach: f32, extent: usize) -> Self {
        let first = ((center - reach - 0.5).ceil().max(0.0) as usize).min(extent - 1);
        let last = ((center + reach - 0.5).floor().max(0.0) as usize).clamp(first, extent - 1);
        let n = (last - first + 1).min(MOST_TAPS);
        let mut taps = Self { first, weights: [0.0; MOST_TAPS], n, sum: 0.0 };
        let narrowness = 1.0 / reach;
        for (step, weight) in taps.weights[..n].iter_mut().enumerate() {
            let distance = ((first + step) as f32 + 0.5 - center).abs();
            *weight = (1.0 - distance * narrowness).max(0.0);
            taps.sum += *weight;
        }
        taps
    }
}

/// Samples the picture, in whose pixels the window is given.
fn sample(window: &Window, picture: &RgbImage, (width, height): (u32, u32), fill: [u8; 3]) -> RgbImage {
    let mut pixels = Vec::with_capacity(3 * width as usize * height as usize);
    let (right, bottom) = (f64::from(picture.width()), f64::from(picture.height()));
    let reach = [window.reach(0) as f32, window.reach(1) as f32];
    for y in 0..height {
        for x in 0..width {
            let [at_x, at_y] = window.at(f64::from(x) + 0.5, f64::from(y) + 0.5);
            let inside = (0.0..=right).contains(&at_x) && (0.0..=bottom).contains(&at_y);
            pixels.extend(if inside {
                mean_around(picture, [at_x as f32, at_y as f32], reach)
            } else {
                fill
            });
        }
    }
    RgbImage::from_raw(width, height, pixels).expect("three bytes a pixel were written")
}

/// The weighted mean of the pixels around a point that lies in the picture.
#[inline]
pub(crate) fn mean_around(picture: &RgbImage, [x, y]: [f32; 2], reach: [f32; 2]) -> [u8; 3] {
    let row_bytes = 3 * picture.width() as usize;
    let columns = Taps::around(x, reach[0], picture.width() as usize);
    let rows = Taps::around(y, reach[1], picture.height() as usize);
    let mut sums = [0.0_f32; 3];
    let lines = picture.as_raw().chunks_exact(row_bytes).skip(rows.first);
    for (line, row_weight) in lines.zip(&rows.weights[..rows.n]) {
        let (part, _) = line[3 * columns.first..3 * (columns.first + columns.n)].as_chunks::<3>();
        let mut along = [0.0_f32; 3];
        for (pixel, weight) in part.iter().zip(&columns.weights[..columns.n]) {
            for (sum, byte) in along.iter_mut().zip(pixel) {
                *sum += weight * f32::from(*byte);
            }
        }
        for (sum, part) in sums.iter_mut().zip(along) {
            *sum += row_weight * part;
        }
    }
    let whole = 1.0 / (columns.sum * rows.sum);
    sums.map(|sum| (sum * whole + 0.5) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let wave = (f64::from(x) * 0.31).sin() * (f64::from(y) * 0.17).cos();
            Rgb([(128.0 + 120.0 * wave) as u8, (x * 255 / width) as u8, (y * 255 / height) as u8])
        })
    }

    fn size(picture: &RgbImage) -> ImageSize {
        ImageSize { width: picture.width(), height: picture.height() }
    }

    fn largest_difference(one: &RgbImage, two: &RgbImage) -> u8 {
        assert_eq!(one.dimensions(), two.dimensions());
        one.as_raw().iter().zip(two.as_raw()).map(|(one, two)| one.abs_diff(*two)).max().unwrap()
    }

    #[test]
    fn a_window_that_is_hardly_turned_shows_what_the_resize_shows() {
        for (width, height, side) in [(300, 200, 96), (120, 80, 96), (1500, 1100, 64), (64, 64, 64)] {
            let picture = photo(width, height);
            let seen = PixelBox::at(3.5, 2.0, f64::from(width) * 0.9, f64::from(height) * 0.8);
            let source = SourceBox { left: seen.x, top: seen.y, width: seen.width, height: seen.height };
            let resized = resize_region(&picture, source, side, side, ResizeFilter::Bilinear).unwrap();
            let upright = Window::of_box(&seen, side, side);
            assert_eq!(look_through(&upright, &picture, size(&picture), (side, side), [0; 3]), resized);
            let window = Window { across: [upright.across[0], 1e-12], ..upright };
            let shown = look_through(&window, &picture, size(&picture), (side, side), [0; 3]);
            // A strong reduction goes by way of an ordinary resize first, so it is a little softer.
            let tolerance = if width / side > 4 { 12 } else { 1 };
            let difference = largest_difference(&resized, &shown);
            assert!(difference <= tolerance, "{width} x {height}: {difference}");
        }
    }

    #[test]
    fn a_quarter_turn_turns_the_picture() {
        let picture = photo(90, 60);
        // The new picture's right is the photo's down, its down the photo's left.
        let window = Window { corner: [90.0, 0.0], across: [0.0, 1.0], down: [-1.0, 0.0] };
        let turned = look_through(&window, &picture, size(&picture), (60, 90), [0; 3]);
        assert_eq!(turned, image::imageops::rotate270(&picture));
    }

    #[test]
    fn beyond_the_photo_is_the_fill_colour_and_nothing_else_is() {
        let picture = RgbImage::from_pixel(40, 40, Rgb([200, 100, 50]));
        let window = Window { corner: [-20.0, 0.0], across: [1.0, 0.0], down: [0.0, 1.0] };
        let shown = look_through(&window, &picture, size(&picture), (40, 40), [1, 2, 3]);
        for (x, _, pixel) in shown.enumerate_pixels() {
            assert_eq!(pixel.0, if x < 20 { [1, 2, 3] } else { [200, 100, 50] }, "column {x}");
        }
        for lost in [1e9, f64::NAN, f64::INFINITY] {
            let away = Window { corner: [lost, 0.0], ..window };
            let shown = look_through(&away, &picture, size(&picture), (4, 4), [9; 3]);
            assert!(shown.as_raw().iter().all(|byte| *byte == 9));
        }
        let far_and_coarse = Window { corner: [1e9, 0.0], across: [30.0, 0.0], down: [0.0, 30.0] };
        let shown = look_through(&far_and_coarse, &picture, size(&picture), (4, 4), [9; 3]);
        assert!(shown.as_raw().iter().all(|byte| *byte == 9));
    }

    #[test]
    fn a_photo_decoded_at_half_its_size_is_seen_at_the_same_place() {
        let picture = photo(400, 300);
        let half =
            resize_region(&picture, SourceBox::whole(&picture), 200, 150, ResizeFilter::Bilinear).unwrap();
        let window = Window { corner: [60.0, 20.0], across: [3.0, 0.4], down: [-0.5, 2.5] };
        let from_full = look_through(&window, &picture, size(&picture), (64, 64), [0; 3]);
        let from_half = look_through(&window, &half, size(&picture), (64, 64), [0; 3]);
        let pairs = from_full.as_raw().iter().zip(from_half.as_raw());
        let mean =
            pairs.map(|(one, two)| f64::from(one.abs_diff(*two))).sum::<f64>() / from_full.len() as f64;
        assert!(mean < 3.0, "{mean}");
    }
}
