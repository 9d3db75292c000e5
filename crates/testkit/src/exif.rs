//! EXIF blocks, right and wrong ones, and how to put them into files.

pub use resight_synth::exif_block::{Directory, Field, Value, block, into_jpeg};

/// Puts an EXIF block into a PNG, right behind its header chunk.
pub fn into_png(png: &[u8], block: &[u8]) -> Vec<u8> {
    let header_end = 8 + 25;
    [&png[..header_end], &crate::photos::png_chunk(*b"eXIf", block), &png[header_end..]].concat()
}

/// The field that states an orientation, 1 to 8.
pub fn orientation(number: u16) -> Field {
    (Directory::Main, 0x0112, Value::Short(number))
}
