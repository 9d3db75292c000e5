//! Photos as pictures inside a page.

use std::path::Path;

use resight_core::{ImageSize, PixelBox};
use resight_imaging::{
    DecodeSize, Limits, RgbImage, Window, decode, encode_jpeg, look_through, read_photo, thumbnail,
};

/// What a turned box shows beyond the edges of the photo.
const BEYOND: [u8; 3] = [255; 3];

/// Quality of the JPEGs, 1 to 100.
const QUALITY: u8 = 80;

/// A JPEG as an address that holds the picture itself.
pub fn data_uri(jpeg: &[u8]) -> String {
    format!("data:image/jpeg;base64,{}", base64(jpeg))
}

/// A region of a photo (the whole where none is given), its longer side at most `side` pixels, as an address
/// that holds the picture. None where the photo cannot be read any more.
pub fn picture_of(path: &Path, region: Option<&PixelBox>, side: u32) -> Option<String> {
    picture_in(&read_photo(path, &Limits::default()).ok()?, region, side)
}

/// The same of a photo whose bytes were read already.
pub fn picture_in(bytes: &[u8], region: Option<&PixelBox>, side: u32) -> Option<String> {
    Some(data_uri(&encode_jpeg(&cut_from(bytes, region, side)?, QUALITY).ok()?))
}

/// A region of a photo, its longer side at most `side` pixels; none where these bytes are no photo.
pub fn cut_from(bytes: &[u8], region: Option<&PixelBox>, side: u32) -> Option<RgbImage> {
    let wanted = match region {
        Some(_) => DecodeSize::Full,
        None => DecodeSize::AtLeast(ImageSize { width: side, height: side }),
    };
    let image = decode(bytes, &Limits::default(), wanted).ok()?.image;
    let shown = region.map_or_else(|| image.clone(), |region| cut(&image, region));
    Some(thumbnail(&shown, side))
}

/// The part of the image that a box covers; all of it where the box lies outside.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the image")]
fn cut(image: &RgbImage, region: &PixelBox) -> RgbImage {
    let (width, height) = image.dimensions();
    let size = ImageSize { width, height };
    if let Some(turned) = region.clamped(size).filter(PixelBox::is_turned) {
        let side = |extent: f64| (extent.round() as u32).max(1);
        let sides = (side(turned.width), side(turned.height));
        return look_through(&Window::of_box(&turned, sides.0, sides.1), image, size, sides, BEYOND);
    }
    let Some(inside) = region.clamped(size) else { return image.clone() };
    let (left, top) = (inside.x as u32, inside.y as u32);
    let extent = |from: u32, length: f64, all: u32| (length.ceil() as u32).clamp(1, all - from);
    let size = (extent(left, inside.width, width), extent(top, inside.height, height));
    RgbImage::from_fn(size.0, size.1, |x, y| *image.get_pixel(left + x, top + y))
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let is_padding = digit > chunk.len();
            let value = (group >> (18 - 6 * digit)) & 63;
            text.push(if is_padding { '=' } else { char::from(DIGITS[value as usize]) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        let pairs = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (plain, coded) in pairs {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
        assert_eq!(base64(&[0xff, 0xef, 0xbe]), "/+++");
    }

    #[test]
    fn a_region_is_cut_to_what_lies_inside() {
        let image = RgbImage::from_fn(10, 6, |x, y| [x as u8, y as u8, 0].into());
        let part = cut(&image, &PixelBox::at(7.0, -2.0, 20.0, 5.0));
        assert_eq!(part.dimensions(), (3, 3));
        assert_eq!(part.get_pixel(0, 0).0, [7, 0, 0]);
        let outside = PixelBox::at(70.0, 0.0, 5.0, 5.0);
        assert_eq!(cut(&image, &outside).dimensions(), (10, 6));
    }

    #[test]
    fn a_photo_that_is_gone_gives_no_picture() {
        assert_eq!(picture_of(Path::new("there/is/no/such.jpg"), None, 100), None);
    }
}
