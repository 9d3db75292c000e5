//! Finding and opening the EXIF block of each format.

use ::exif::{Exif, In, Reader, Tag};

use crate::format::Format;
use crate::orientation::Orientation;

/// Larger EXIF blocks are not looked at: real ones fit a JPEG segment (64 KiB), TIFF files apart.
const LARGEST_BLOCK: usize = 16 << 20;

/// Opens the EXIF block. `Ok(None)`: there is none. `Err`: it cannot be read, with why.
pub(crate) fn open(bytes: &[u8], format: Format) -> Result<Option<Exif>, String> {
    let Some(block) = find_block(bytes, format) else { return Ok(None) };
    if format != Format::Tiff && block.len() > LARGEST_BLOCK {
        return Err(format!("the EXIF block has {} bytes", block.len()));
    }
    let parsed = Reader::new().continue_on_error(true).read_raw(block.to_vec());
    let exif = parsed.or_else(|error| error.distill_partial_result(|_| {}));
    exif.map(Some).map_err(|error| error.to_string())
}

/// The orientation that the EXIF block states; upright where it says nothing that makes sense.
pub(crate) fn orientation(bytes: &[u8], format: Format) -> Orientation {
    let exif = open(bytes, format).ok().flatten();
    let number = exif.and_then(|exif| exif.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0));
    number.and_then(Orientation::from_exif).unwrap_or_default()
}

/// The bytes of the EXIF block, beginning with its TIFF header.
fn find_block(bytes: &[u8], format: Format) -> Option<&[u8]> {
    match format {
        Format::Jpeg => in_jpeg(bytes),
        Format::Png => in_png(bytes),
        Format::Webp => in_webp(bytes),
        Format::Tiff => Some(bytes),
    }
}

/// The first APP1 segment that begins with `Exif\0\0`, before the first scan.
fn in_jpeg(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.get(2..)?;
    loop {
        let start = rest.iter().position(|&byte| byte == 0xFF)?;
        let marker_at = start + rest[start..].iter().position(|&byte| byte != 0xFF)?;
        let marker = rest[marker_at];
        rest = &rest[marker_at + 1..];
        match marker {
            0x00 | 0x01 | 0xD0..=0xD8 => continue,
            0xD9 | 0xDA => return None,
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?]));
        let segment = rest.get(2..length)?;
        if let (0xE1, Some(block)) = (marker, segment.strip_prefix(b"Exif\0\0")) {
            return Some(block);
        }
        rest = &rest[length..];
    }
}

/// The first `eXIf` chunk.
fn in_png(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.get(8..)?;
    loop {
        let length = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?) as usize;
        let name = rest.get(4..8)?;
        let end = length.checked_add(8)?;
        let body = rest.get(8..end);
        if name == b"eXIf" {
            return body;
        }
        rest = rest.get(end.checked_add(4)?..)?;
    }
}

/// The first `EXIF` chunk; some writers put JPEG's `Exif\0\0` before the TIFF header.
fn in_webp(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.get(12..)?;
    loop {
        let name = rest.get(..4)?;
        let length = u32::from_le_bytes(rest.get(4..8)?.try_into().ok()?) as usize;
        let end = length.checked_add(8)?;
        let body = rest.get(8..end);
        if name == b"EXIF" {
            return body.map(|block| block.strip_prefix(b"Exif\0\0").unwrap_or(block));
        }
        rest = rest.get(end.checked_add(length & 1)?..)?;
    }
}
