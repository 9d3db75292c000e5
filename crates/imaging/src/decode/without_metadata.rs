//! Files without their metadata, for decoders that would take memory for it.
//!
//! No profile, text or EXIF block has a say in the pixels here (orientation is read apart, in place), but the decoders
//! of others gather and even unpack them: a colour profile of a megabyte becomes a gigabyte. Where a file has more than
//! a little of such things they get a copy without.

use std::borrow::Cow;
use std::ops::Range;

use crate::container::{jpeg_segments, png_chunks};

/// Metadata of a PNG up to this many bytes, packed, is left to the decoder: unpacked it is a thousand times as much
/// at worst.
const LITTLE_PACKED: usize = 8 << 10;

/// Metadata of a JPEG up to this many bytes is left to the decoder, which copies it at most.
const LITTLE: usize = 1 << 20;

/// A PNG without profile, texts and EXIF block, where they are more than a little.
pub(super) fn png(bytes: &[u8]) -> Cow<'_, [u8]> {
    let is_metadata = |name: [u8; 4]| matches!(&name, b"iCCP" | b"tEXt" | b"zTXt" | b"iTXt" | b"eXIf");
    let parts = || png_chunks(bytes).filter(|part| is_metadata(part.name)).map(|part| part.whole);
    without(bytes, parts, LITTLE_PACKED)
}

/// A JPEG without the segments of applications and comments before its first scan, where they are more than a little.
/// Those that say what the colours are (JFIF's and Adobe's) stay.
pub(super) fn jpeg(bytes: &[u8]) -> Cow<'_, [u8]> {
    let is_metadata = |name: u8| matches!(name, 0xE1..=0xED | 0xEF | 0xFE);
    let parts = || jpeg_segments(bytes, 2).filter(|part| is_metadata(part.name)).map(|part| part.whole);
    without(bytes, parts, LITTLE)
}

fn without<I: Iterator<Item = Range<usize>>>(
    bytes: &[u8],
    parts: impl Fn() -> I,
    little: usize,
) -> Cow<'_, [u8]> {
    let left_out: usize = parts().map(|part| part.len()).sum();
    if left_out <= little {
        return Cow::Borrowed(bytes);
    }
    let mut kept = Vec::with_capacity(bytes.len().saturating_sub(left_out));
    let mut from = 0;
    for part in parts() {
        kept.extend_from_slice(&bytes[from..part.start]);
        from = part.end;
    }
    kept.extend_from_slice(&bytes[from..]);
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RgbImage, encode_jpeg, encode_png};

    #[test]
    fn little_metadata_stays_and_much_of_it_goes() {
        let jpeg_bytes = encode_jpeg(&RgbImage::new(20, 20), 80).unwrap();
        let segment = [b"\xFF\xE2\xFF\xFF", [7; 65_533].as_slice()].concat();
        let with = |times: usize| [&jpeg_bytes[..2], &segment.repeat(times), &jpeg_bytes[2..]].concat();
        assert!(matches!(jpeg(&with(1)), Cow::Borrowed(_)));
        assert_eq!(*jpeg(&with(40)), jpeg_bytes);
        let png_bytes = encode_png(&RgbImage::new(20, 20)).unwrap();
        let chunk = [&9_000_u32.to_be_bytes()[..], b"iCCP", &[7; 9_000], &[0; 4]].concat();
        let with = [&png_bytes[..33], &chunk, &png_bytes[33..]].concat();
        assert_eq!(*png(&with), png_bytes);
        assert!(matches!(png(&png_bytes), Cow::Borrowed(_)));
    }
}
