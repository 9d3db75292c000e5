//! The parts that photo files are made of, walked without copying: segments of a JPEG, chunks of a PNG or WebP.
//!
//! A walk ends where a part is cut short or makes no sense; what follows is left to the decoders.

use std::ops::Range;

/// One part of a file. All places are counted from the beginning of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part<N> {
    /// What it is: the marker of a JPEG's segment, the four letters of a chunk.
    pub(crate) name: N,
    /// Where its content lies.
    pub(crate) body: Range<usize>,
    /// Where all of it lies, name, length and checksum included.
    pub(crate) whole: Range<usize>,
}

/// The segments of a JPEG from a place on, up to the next one that begins a scan (which is given) or ends the file
/// (which is not). Markers that stand alone are passed over.
pub(crate) fn jpeg_segments(bytes: &[u8], from: usize) -> impl Iterator<Item = Part<u8>> {
    let mut at = Some(from);
    std::iter::from_fn(move || {
        let part = next_segment(bytes, at.take()?)?;
        at = (part.name != START_OF_SCAN).then_some(part.whole.end);
        Some(part)
    })
}

/// The marker that begins a scan.
pub(crate) const START_OF_SCAN: u8 = 0xDA;

const END_OF_IMAGE: u8 = 0xD9;

fn next_segment(bytes: &[u8], mut at: usize) -> Option<Part<u8>> {
    loop {
        let start = at + bytes.get(at..)?.iter().position(|&byte| byte == 0xFF)?;
        let name_at = start + bytes[start..].iter().position(|&byte| byte != 0xFF)?;
        at = name_at + 1;
        match bytes[name_at] {
            0x00 | 0x01 | 0xD0..=0xD8 => {}
            END_OF_IMAGE => return None,
            name => {
                let length = usize::from(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
                let body = at + 2..at + length;
                bytes.get(body.clone())?;
                return Some(Part { name, whole: start..body.end, body });
            }
        }
    }
}

/// The chunks of a PNG.
pub(crate) fn png_chunks(bytes: &[u8]) -> impl Iterator<Item = Part<[u8; 4]>> {
    let mut at = 8_usize;
    std::iter::from_fn(move || {
        let header = bytes.get(at..)?.first_chunk::<8>()?;
        let [l0, l1, l2, l3, name @ ..] = *header;
        let length = u32::from_be_bytes([l0, l1, l2, l3]) as usize;
        let body = at + 8..at.checked_add(8)?.checked_add(length)?;
        bytes.get(body.clone())?;
        // The checksum of the last chunk may be cut off.
        let whole = at..body.end.checked_add(4)?.min(bytes.len());
        at = whole.end;
        Some(Part { name, body, whole })
    })
}

/// The chunks of a WebP.
pub(crate) fn webp_chunks(bytes: &[u8]) -> impl Iterator<Item = Part<[u8; 4]>> {
    let mut at = 12_usize;
    std::iter::from_fn(move || {
        let header = bytes.get(at..)?.first_chunk::<8>()?;
        let [n0, n1, n2, n3, length @ ..] = *header;
        let length = u32::from_le_bytes(length) as usize;
        let body = at + 8..at.checked_add(8)?.checked_add(length)?;
        bytes.get(body.clone())?;
        let whole = at..body.end.checked_add(length & 1)?;
        at = whole.end;
        Some(Part { name: [n0, n1, n2, n3], body, whole })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RgbImage, encode_jpeg, encode_png};

    #[test]
    fn the_parts_of_a_file_follow_each_other() {
        let picture = RgbImage::new(20, 20);
        let png = encode_png(&picture).unwrap();
        let chunks: Vec<_> = png_chunks(&png).collect();
        assert_eq!(chunks[0].name, *b"IHDR");
        assert_eq!(chunks.last().unwrap().whole.end, png.len());
        let jpeg = encode_jpeg(&picture, 80).unwrap();
        let segments: Vec<_> = jpeg_segments(&jpeg, 2).collect();
        assert_eq!(segments[0].name, 0xE0);
        assert_eq!(segments.last().unwrap().name, START_OF_SCAN);
        assert!(segments.is_sorted_by(|one, next| one.whole.end == next.whole.start));
    }

    #[test]
    fn a_walk_ends_where_the_file_does() {
        let picture = RgbImage::new(20, 20);
        for bytes in [encode_png(&picture).unwrap(), encode_jpeg(&picture, 80).unwrap()] {
            for length in 0..bytes.len() {
                let cut = &bytes[..length];
                let ends = png_chunks(cut).map(|part| part.whole.end);
                let ends = ends.chain(jpeg_segments(cut, 2).map(|part| part.whole.end));
                assert!(ends.chain(webp_chunks(cut).map(|part| part.whole.end)).all(|end| end <= length + 1));
            }
        }
    }
}
