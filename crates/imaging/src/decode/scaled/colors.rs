//! Rows of components to rows of pixels.

use super::header::Colors;

/// Interleaves one row of each component: grey stays one sample a pixel, colour becomes RGB.
pub(super) fn interleave(colors: Colors, lines: &[&[u8]], row: &mut [u8]) {
    match (colors, lines) {
        (Colors::Grey, [grey]) => row.copy_from_slice(grey),
        (Colors::Rgb, [red, green, blue]) => {
            let values = red.iter().zip(*green).zip(*blue);
            for (pixel, ((&red, &green), &blue)) in row.chunks_exact_mut(3).zip(values) {
                pixel.copy_from_slice(&[red, green, blue]);
            }
        }
        (Colors::YCbCr, [brightness, blueness, redness]) => {
            let values = brightness.iter().zip(*blueness).zip(*redness);
            for (pixel, ((&y, &cb), &cr)) in row.chunks_exact_mut(3).zip(values) {
                pixel.copy_from_slice(&rgb(y, cb, cr));
            }
        }
        _ => {}
    }
}

/// The constants of JFIF (ITU-R BT.601, full range) in 16-bit fixed point, rounded as libjpeg does.
#[inline(always)]
fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let y = (i32::from(y) << 16) + (1 << 15);
    let (cb, cr) = (i32::from(cb) - 128, i32::from(cr) - 128);
    let byte = |value: i32| (value >> 16).clamp(0, 255) as u8;
    [byte(y + 91_881 * cr), byte(y - 22_554 * cb - 46_802 * cr), byte(y + 116_130 * cb)]
}
