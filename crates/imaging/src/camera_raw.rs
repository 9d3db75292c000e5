//! Camera raw files, known by content: what a sensor saw, one colour a pixel, not developed into a picture yet.
//!
//! Most are TIFF inside, with a small picture for the screen of the camera as the first one: decoded as TIFF they would
//! be photos of 160 x 120 pixels. Developing them is the business of other programs.

use crate::tiff_fields::{Directory, Fields, Tag};

/// Whose raw file this is; `None` where it is none.
pub(crate) fn name(bytes: &[u8]) -> Option<&'static str> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if starts(b"FUJIFILMCCD-RAW") {
        Some("Fujifilm RAF")
    } else if starts(b"IIU\0") {
        Some("Panasonic RW2")
    } else if starts(b"IIRO") || starts(b"IIRS") || starts(b"MMOR") {
        Some("Olympus ORF")
    } else if starts(b"FOVb") {
        Some("Sigma X3F")
    } else if starts(b"\0MRM") {
        Some("Minolta MRW")
    } else if bytes.get(4..12) == Some(b"ftypcrx ") {
        Some("Canon CR3")
    } else if bytes.get(6..14) == Some(b"HEAPCCDR") {
        Some("Canon CRW")
    } else if starts(b"II*\0") || starts(b"MM\0*") {
        name_of_tiff(bytes)
    } else {
        None
    }
}

const PHOTOMETRIC: u16 = 0x0106;
/// One colour a pixel, as the filter before the sensor lets it through.
const COLOR_FILTER_ARRAY: u32 = 32_803;
/// All colours a pixel, but as linear as the sensor counts.
const LINEAR_RAW: u32 = 34_892;

const DNG_VERSION: Tag = Tag(Directory::Main, 0xC612);
const MAKE: Tag = Tag(Directory::Main, 0x010F);

fn name_of_tiff(bytes: &[u8]) -> Option<&'static str> {
    // Its header goes on after the first eight bytes; in other TIFFs pixels may lie there.
    if bytes.get(4..11) == Some(b"\x10\0\0\0CR\x02") {
        return Some("Canon CR2");
    }
    let fields = Fields::open(bytes).ok()?;
    if fields.get(DNG_VERSION).is_some() {
        return Some("DNG");
    }
    if !fields.any(PHOTOMETRIC, |value| value == COLOR_FILTER_ARRAY || value == LINEAR_RAW) {
        return None;
    }
    let make = fields.get(MAKE).and_then(|make| make.text()).unwrap_or_default().to_ascii_uppercase();
    let names: [(&[u8], &str); 4] = [
        (b"NIKON", "Nikon NEF"),
        (b"SONY", "Sony ARW"),
        (b"PENTAX", "Pentax PEF"),
        (b"SAMSUNG", "Samsung SRW"),
    ];
    let known = names.iter().find(|(maker, _)| make.starts_with(maker));
    Some(known.map_or("TIFF with the pixels of a sensor", |(_, name)| *name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DecodeErrorKind, DecodeSize, Limits, decode};

    /// A TIFF whose first directory has a maker and points to a second one below it, of the given photometric kind.
    fn tiff(maker: &[u8; 4], photometric: u16) -> Vec<u8> {
        let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
            [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value].concat()
        };
        let [low, high] = photometric.to_le_bytes();
        let first = [entry(0x010F, 2, 4, *maker), entry(0x014A, 4, 1, 38_u32.to_le_bytes())].concat();
        let second = entry(PHOTOMETRIC, 3, 1, [low, high, 0, 0]);
        [&b"II*\0\x08\0\0\0\x02\0"[..], &first, &[0; 4], &[1, 0], &second, &[0; 4]].concat()
    }

    #[test]
    fn raw_files_are_known_by_what_is_in_them() {
        assert_eq!(name(&tiff(b"SONY", 32_803)), Some("Sony ARW"));
        assert_eq!(name(&tiff(b"Acme", 34_892)), Some("TIFF with the pixels of a sensor"));
        assert_eq!(name(&tiff(b"SONY", 2)), None);
        assert_eq!(name(b"II*\0\x10\0\0\0CR\x02\0"), Some("Canon CR2"));
        assert_eq!(name(b"II*\0\x00\x01\0\0CR\x02\0"), None, "pixels of these values, not a header");
        assert_eq!(name(b"\0\0\0\x18ftypcrx "), Some("Canon CR3"));
        assert_eq!(name(b"FUJIFILMCCD-RAW 0201"), Some("Fujifilm RAF"));
        assert_eq!(name(b"II*\0"), None);
    }

    #[test]
    fn a_raw_file_is_refused_with_what_to_do() {
        let error = decode(&tiff(b"SONY", 32_803), &Limits::default(), DecodeSize::Full).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::Unsupported);
        assert_eq!(error.to_string(), "a camera raw file (Sony ARW): export it as JPEG");
    }

    #[test]
    fn directories_that_point_in_a_circle_end() {
        let mut circle = tiff(b"SONY", 2);
        // The first directory is followed by itself.
        circle[34..38].copy_from_slice(&8_u32.to_le_bytes());
        assert_eq!(name(&circle), None);
    }
}
