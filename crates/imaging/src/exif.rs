//! Finding and opening the EXIF block of each format.

use crate::container::{jpeg_segments, png_chunks, webp_chunks};
use crate::format::Format;
use crate::orientation::Orientation;
use crate::tiff_fields::{Directory, Fields, Tag};

/// Larger EXIF blocks are not looked at: real ones fit a JPEG segment (64 KiB), TIFF files apart.
const LARGEST_BLOCK: usize = 16 << 20;

/// Opens the EXIF block. `Ok(None)`: there is none. `Err`: it cannot be read, with why.
pub(crate) fn open(bytes: &[u8], format: Format) -> Result<Option<Fields<'_>>, String> {
    let Some(block) = find_block(bytes, format) else { return Ok(None) };
    if format != Format::Tiff && block.len() > LARGEST_BLOCK {
        return Err(format!("it has {} bytes, more than any camera writes", block.len()));
    }
    Fields::open(block).map(Some)
}

/// The orientation that the EXIF block states; upright where it says nothing that makes sense.
pub(crate) fn orientation(bytes: &[u8], format: Format) -> Orientation {
    let fields = open(bytes, format).ok().flatten();
    let number = fields.and_then(|fields| fields.get(Tag(Directory::Main, 0x0112))?.number());
    number.and_then(Orientation::from_exif).unwrap_or_default()
}

/// The bytes of the EXIF block, beginning with its TIFF header.
fn find_block(bytes: &[u8], format: Format) -> Option<&[u8]> {
    match format {
        // The first APP1 segment that says so, before the first scan.
        Format::Jpeg => jpeg_segments(bytes, 2)
            .filter(|segment| segment.name == 0xE1)
            .find_map(|segment| bytes[segment.body].strip_prefix(b"Exif\0\0")),
        Format::Png => png_chunks(bytes).find(|chunk| chunk.name == *b"eXIf").map(|chunk| &bytes[chunk.body]),
        Format::Webp => {
            let block =
                webp_chunks(bytes).find(|chunk| chunk.name == *b"EXIF").map(|chunk| &bytes[chunk.body]);
            // Some writers put JPEG's letters before the TIFF header.
            block.map(|block| block.strip_prefix(b"Exif\0\0").unwrap_or(block))
        }
        Format::Tiff => Some(bytes),
    }
}
