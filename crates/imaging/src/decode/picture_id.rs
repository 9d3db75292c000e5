//! What a photo shows, told without its metadata and without decoding it.
//!
//! Programs that write keywords, copyrights or dates into a photo leave its compressed pixels alone. So the parts of a
//! file that its pixels come from are hashed as they lie there: the same picture has the same hash whatever was written
//! around it. A photo that was encoded anew is another picture, and may be a near-duplicate.

use blake3::Hasher;
use resight_core::PictureId;

use super::scaled::{self, Colors};
use super::scans::end_of_entropy;
use crate::container::{START_OF_SCAN, jpeg_segments, png_chunks, webp_chunks};
use crate::exif;
use crate::format::Format;
use crate::tiff_fields::{Directory, Fields, Tag};

/// The identity of what a photo shows; `None` where the file is none that can be decoded, or lays its pixels out in a
/// way that is not known here.
pub fn picture_id(bytes: &[u8]) -> Option<PictureId> {
    let format = Format::of(bytes)?;
    let mut parts = Parts(Hasher::new());
    // How a picture is turned is a part of what it shows, though it stands in the metadata.
    // These numbers are kept in catalogs.
    let kind = match format {
        Format::Jpeg => 0,
        Format::Png => 1,
        Format::Tiff => 2,
        Format::Webp => 3,
    };
    parts.add(&[kind, exif::orientation(bytes, format).to_exif()]);
    match format {
        Format::Jpeg => add_jpeg(bytes, &mut parts)?,
        Format::Png => add_chunks(bytes, png_chunks(bytes), &PNG_CHUNKS, &mut parts)?,
        Format::Webp => add_chunks(bytes, webp_chunks(bytes), &WEBP_CHUNKS, &mut parts)?,
        Format::Tiff => add_tiff(bytes, &mut parts)?,
    }
    Some(PictureId(*parts.0.finalize().as_bytes()))
}

/// Parts of a file, each with its length before it, so that no two rows of parts run into the same bytes.
struct Parts(Hasher);

impl Parts {
    fn add(&mut self, part: &[u8]) {
        self.0.update(&(part.len() as u64).to_le_bytes());
        self.0.update(part);
    }
}

/// Everything but the segments of applications and comments, to the end of the picture. What those say of the colours
/// is added in its place.
fn add_jpeg(bytes: &[u8], parts: &mut Parts) -> Option<()> {
    let colors = match scaled::colors(bytes) {
        // Of four components Adobe's segment says what they are.
        None => adobe_transform(bytes).map_or(0, |transform| 0x80 | transform),
        Some(Colors::Grey) => 1,
        Some(Colors::Rgb) => 2,
        Some(Colors::YCbCr) => 3,
    };
    parts.add(&[colors]);
    let (mut at, mut scans) = (2, 0);
    loop {
        let mut begin = None;
        for segment in jpeg_segments(bytes, at).filter(|segment| !matches!(segment.name, 0xE0..=0xEF | 0xFE))
        {
            parts.add(&[segment.name]);
            parts.add(&bytes[segment.body]);
            if segment.name == START_OF_SCAN {
                begin = Some(segment.whole.end);
            }
        }
        let Some(begin) = begin else { break };
        at = end_of_entropy(bytes, begin);
        parts.add(&bytes[begin..at]);
        scans += 1;
    }
    (scans > 0).then_some(())
}

/// What the application segment of Adobe says of the colours.
fn adobe_transform(bytes: &[u8]) -> Option<u8> {
    let segment = jpeg_segments(bytes, 2).find(|segment| segment.name == 0xEE)?;
    let body = bytes.get(segment.body)?;
    body.starts_with(b"Adobe").then(|| body.get(11).copied()).flatten()
}

const PNG_CHUNKS: [[u8; 4]; 4] = [*b"IHDR", *b"PLTE", *b"tRNS", *b"IDAT"];
const WEBP_CHUNKS: [[u8; 4]; 5] = [*b"VP8 ", *b"VP8L", *b"ALPH", *b"ANIM", *b"ANMF"];

fn add_chunks(
    bytes: &[u8],
    chunks: impl Iterator<Item = crate::container::Part<[u8; 4]>>,
    of_pixels: &[[u8; 4]],
    parts: &mut Parts,
) -> Option<()> {
    let mut added = 0;
    for chunk in chunks.filter(|chunk| of_pixels.contains(&chunk.name)) {
        parts.add(&chunk.name);
        parts.add(&bytes[chunk.body]);
        added += 1;
    }
    (added > 0).then_some(())
}

/// Fields that say how the pixels of a TIFF are to be understood: sizes, bits, compression, colours, rows of a strip.
const TIFF_FIELDS: [u16; 18] =
    [256, 257, 258, 259, 262, 266, 277, 278, 284, 317, 320, 322, 323, 338, 339, 347, 530, 532];
/// Where strips and tiles begin, and how long they are.
const TIFF_PIECES: [(u16, u16); 2] = [(273, 279), (324, 325)];

fn add_tiff(bytes: &[u8], parts: &mut Parts) -> Option<()> {
    let fields = Fields::open(bytes).ok()?;
    let get = |number: u16| fields.get(Tag(Directory::Main, number));
    parts.add(&[u8::from(fields.is_little_endian())]);
    for number in TIFF_FIELDS {
        parts.add(get(number).map_or(&[], |value| value.bytes()));
    }
    let (mut added, mut left) = (0, bytes.len());
    for (offsets, lengths) in TIFF_PIECES {
        let (Some(offsets), Some(lengths)) = (get(offsets), get(lengths)) else { continue };
        for (offset, length) in offsets.numbers()?.zip(lengths.numbers()?) {
            let (offset, length) = (offset as usize, length as usize);
            // Strips that lie on top of each other are no honest file's.
            left = left.checked_sub(length)?;
            parts.add(bytes.get(offset..offset.checked_add(length)?)?);
            added += 1;
        }
    }
    (added > 0).then_some(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, ImageFormat, Rgb};

    use super::*;
    use crate::{RgbImage, encode_jpeg, encode_png};

    fn picture(shade: u8) -> RgbImage {
        RgbImage::from_fn(60, 40, |x, y| Rgb([x as u8 * 4, y as u8 * 6, shade]))
    }

    fn encoded(shade: u8, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::ImageRgb8(picture(shade)).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn what_is_written_around_the_pixels_changes_nothing() {
        let jpeg = encode_jpeg(&picture(9), 80).unwrap();
        let keywords = b"\xFF\xED\x00\x08calf..";
        let edited = [&jpeg[..2], keywords, &jpeg[2..], b"a trailer"].concat();
        assert!(picture_id(&jpeg).is_some());
        assert_eq!(picture_id(&edited), picture_id(&jpeg));
        let png = encode_png(&picture(9)).unwrap();
        let text = [&4_u32.to_be_bytes()[..], b"tEXt", b"calf", &[0; 4]].concat();
        let edited = [&png[..33], &text, &png[33..]].concat();
        assert!(picture_id(&png).is_some());
        assert_eq!(picture_id(&edited), picture_id(&png));
        let webp = encoded(9, ImageFormat::WebP);
        let edited = [&webp[..], b"XMP \x04\0\0\0calf"].concat();
        assert!(picture_id(&webp).is_some());
        assert_eq!(picture_id(&edited), picture_id(&webp));
    }

    #[test]
    fn other_pixels_are_another_picture() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Tiff, ImageFormat::WebP] {
            let of = |shade| picture_id(&encoded(shade, format)).unwrap();
            assert_eq!(of(9), of(9), "{format:?}");
            assert_ne!(of(9), of(200), "{format:?}");
        }
    }

    #[test]
    fn a_tiff_is_known_wherever_its_strips_lie() {
        let tiff = encoded(9, ImageFormat::Tiff);
        let [i0, i1, i2, i3] = [4, 5, 6, 7].map(|at| tiff[at]);
        let directory = u32::from_le_bytes([i0, i1, i2, i3]) as usize;
        assert!(tiff.starts_with(b"II") && directory < tiff.len());
        let longer = [&tiff[..], b"written behind it"].concat();
        assert_eq!(picture_id(&longer), picture_id(&tiff));
    }

    #[test]
    fn what_is_cut_or_no_photo_never_panics() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Tiff, ImageFormat::WebP] {
            let whole = encoded(9, format);
            for length in 0..whole.len() {
                let _may_be_none = picture_id(&whole[..length]);
            }
        }
        assert_eq!(picture_id(b"no photo at all"), None);
    }
}
