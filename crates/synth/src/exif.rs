//! The EXIF block of a synthetic photo: camera, time with tenths and offset, position.
//!
//! Written by hand after Exif 2.32 (CIPA DC-008): a little-endian TIFF of three directories in an APP1 segment.

use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;

use crate::error::SynthError;
use crate::world::{Encounter, Photo};

const ASCII: u16 = 2;
const SHORT: u16 = 3;
const LONG: u16 = 4;
const RATIONAL: u16 = 5;

/// Packs a picture as JPEG with the EXIF block of its photo.
pub(crate) fn jpeg_with_exif(
    picture: &RgbImage,
    quality: u8,
    encounter: &Encounter,
    photo: &Photo,
) -> Result<Vec<u8>, SynthError> {
    let mut plain = Vec::new();
    JpegEncoder::new_with_quality(&mut plain, quality)
        .encode_image(picture)
        .map_err(|source| SynthError::Encode { image_id: photo.image_id.clone(), source })?;
    let tiff = tiff(encounter, photo);
    let mut file = Vec::with_capacity(plain.len() + tiff.len() + 16);
    let (start_of_image, rest) = plain.split_at(2);
    file.extend_from_slice(start_of_image);
    file.extend_from_slice(&[0xff, 0xe1]);
    file.extend_from_slice(&(tiff.len() as u16 + 8).to_be_bytes());
    file.extend_from_slice(b"Exif\0\0");
    file.extend_from_slice(&tiff);
    file.extend_from_slice(rest);
    Ok(file)
}

/// One entry of a directory.
struct Entry {
    tag: u16,
    kind: u16,
    count: u32,
    bytes: Vec<u8>,
}

impl Entry {
    fn text(tag: u16, text: &str) -> Self {
        let mut bytes = text.as_bytes().to_vec();
        bytes.push(0);
        Self { tag, kind: ASCII, count: bytes.len() as u32, bytes }
    }

    fn short(tag: u16, value: u16) -> Self {
        Self { tag, kind: SHORT, count: 1, bytes: value.to_le_bytes().to_vec() }
    }

    fn long(tag: u16, value: u32) -> Self {
        Self { tag, kind: LONG, count: 1, bytes: value.to_le_bytes().to_vec() }
    }

    /// Degrees, minutes and seconds.
    fn angle(tag: u16, degrees: f64) -> Self {
        let hundredths = (degrees.abs() * 360_000.0).round() as u32;
        let parts = [(hundredths / 360_000, 1), (hundredths / 6_000 % 60, 1), (hundredths % 6_000, 100u32)];
        let bytes = parts.iter().flat_map(|(n, d)| [n.to_le_bytes(), d.to_le_bytes()].concat()).collect();
        Self { tag, kind: RATIONAL, count: 3, bytes }
    }
}

/// The three directories: photo, details, position.
fn tiff(encounter: &Encounter, photo: &Photo) -> Vec<u8> {
    let (civil, offset) = (photo.time.civil, encounter.offset.seconds() / 60);
    let stamp = civil.strftime("%Y:%m:%d %H:%M:%S").to_string();
    let tenths = format!("{:03}", civil.subsec_nanosecond() / 1_000_000);
    let sign = if offset < 0 { '-' } else { '+' };
    let zone = format!("{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60);
    let details = vec![
        Entry::text(0x9003, &stamp),
        Entry::text(0x9011, &zone),
        Entry::text(0x9291, &tenths),
        Entry::text(0xa431, &format!("SYN{:04}", encounter.place + 1)),
    ];
    let position = vec![
        Entry::text(0x0001, if encounter.latitude < 0.0 { "S" } else { "N" }),
        Entry::angle(0x0002, encounter.latitude),
        Entry::text(0x0003, if encounter.longitude < 0.0 { "W" } else { "E" }),
        Entry::angle(0x0004, encounter.longitude),
    ];
    let photo_entries = |details_at: u32, position_at: u32| {
        vec![
            Entry::text(0x010f, "resight"),
            Entry::text(0x0110, "Synthetic camera"),
            Entry::short(0x0112, 1),
            Entry::text(0x0132, &stamp),
            Entry::long(0x8769, details_at),
            Entry::long(0x8825, position_at),
        ]
    };
    let details_at = 8 + directory(&photo_entries(0, 0), 8).len() as u32;
    let details = directory(&details, details_at);
    let position_at = details_at + details.len() as u32;
    let mut tiff = b"II\x2a\0\x08\0\0\0".to_vec();
    tiff.extend(directory(&photo_entries(details_at, position_at), 8));
    tiff.extend(details);
    tiff.extend(directory(&position, position_at));
    tiff
}

/// A directory that starts at `at`, followed by the values that do not fit into their entries.
fn directory(entries: &[Entry], at: u32) -> Vec<u8> {
    let mut fixed = (entries.len() as u16).to_le_bytes().to_vec();
    let mut values = Vec::new();
    let values_at = at + 2 + 12 * entries.len() as u32 + 4;
    for entry in entries {
        fixed.extend(entry.tag.to_le_bytes());
        fixed.extend(entry.kind.to_le_bytes());
        fixed.extend(entry.count.to_le_bytes());
        if entry.bytes.len() <= 4 {
            let mut inline = entry.bytes.clone();
            inline.resize(4, 0);
            fixed.extend(inline);
        } else {
            fixed.extend((values_at + values.len() as u32).to_le_bytes());
            values.extend(&entry.bytes);
            if values.len() % 2 == 1 {
                values.push(0);
            }
        }
    }
    fixed.extend([0; 4]);
    fixed.extend(values);
    fixed
}
