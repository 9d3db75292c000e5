//! EXIF blocks written by hand after Exif 2.32 (CIPA DC-008): a little-endian TIFF of three directories, in an APP1
//! segment of a JPEG.

/// The value of an EXIF field.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// ASCII text; the closing zero byte is added.
    Text(String),
    /// One unsigned 16-bit number.
    Short(u16),
    /// Unsigned fractions: numerator, denominator.
    Rationals(Vec<(u32, u32)>),
}

/// Which directory a field belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Directory {
    /// The main one (make, model, orientation).
    Main,
    /// The EXIF directory (times, serial number).
    Exif,
    /// The GPS directory.
    Gps,
}

/// One field: directory, tag number, value.
pub type Field = (Directory, u16, Value);

/// Builds an EXIF block (a TIFF header and directories, little-endian), without JPEG's `Exif\0\0` before it.
pub fn block(fields: &[Field]) -> Vec<u8> {
    let of = |directory| fields.iter().filter(move |field| field.0 == directory).collect::<Vec<_>>();
    let (exif, gps) = (of(Directory::Exif), of(Directory::Gps));
    let mut main: Vec<(u16, Value)> = of(Directory::Main).iter().map(|f| (f.1, f.2.clone())).collect();
    let main_len = directory_len(main.len() + 2);
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    // The two sub-directories come first behind the main one; their values follow each of them.
    let exif_start = 8 + main_len + main.iter().map(|(_, value)| outside_len(value)).sum::<usize>();
    let exif_bytes = directory(&exif.iter().map(|f| (f.1, f.2.clone())).collect::<Vec<_>>(), &[], exif_start);
    let gps_start = exif_start + exif_bytes.len();
    let gps_bytes = directory(&gps.iter().map(|f| (f.1, f.2.clone())).collect::<Vec<_>>(), &[], gps_start);
    main.sort_by_key(|(tag, _)| *tag);
    bytes.extend(directory(&main, &[(0x8769, exif_start as u32), (0x8825, gps_start as u32)], 8));
    bytes.extend(exif_bytes);
    bytes.extend(gps_bytes);
    bytes
}

fn directory_len(entries: usize) -> usize {
    2 + 12 * entries + 4
}

/// Type number, count and bytes of a value.
fn encoded(value: &Value) -> (u16, u32, Vec<u8>) {
    match value {
        Value::Text(text) => (2, text.len() as u32 + 1, [text.as_bytes(), b"\0"].concat()),
        Value::Short(number) => (3, 1, number.to_le_bytes().to_vec()),
        Value::Rationals(parts) => {
            let bytes = parts.iter().flat_map(|(n, d)| [n.to_le_bytes(), d.to_le_bytes()].concat());
            (5, parts.len() as u32, bytes.collect())
        }
    }
}

/// Bytes of a value that do not fit into its entry.
fn outside_len(value: &Value) -> usize {
    let len = encoded(value).2.len();
    if len > 4 { len.next_multiple_of(2) } else { 0 }
}

/// One directory that begins at `start`, its values behind it; `pointers` are further entries.
fn directory(fields: &[(u16, Value)], pointers: &[(u16, u32)], start: usize) -> Vec<u8> {
    let count = fields.len() + pointers.len();
    let mut entries = (count as u16).to_le_bytes().to_vec();
    let mut outside = Vec::new();
    let outside_start = start + directory_len(count);
    for (tag, value) in fields {
        let (kind, count, mut bytes) = encoded(value);
        entries.extend(tag.to_le_bytes());
        entries.extend(kind.to_le_bytes());
        entries.extend(count.to_le_bytes());
        if bytes.len() > 4 {
            entries.extend(((outside_start + outside.len()) as u32).to_le_bytes());
            outside.extend(bytes);
            // Values begin at even places.
            outside.resize(outside.len().next_multiple_of(2), 0);
        } else {
            bytes.resize(4, 0);
            entries.extend(bytes);
        }
    }
    for (tag, to) in pointers {
        entries.extend(tag.to_le_bytes());
        entries.extend(4_u16.to_le_bytes());
        entries.extend(1_u32.to_le_bytes());
        entries.extend(to.to_le_bytes());
    }
    entries.extend([0; 4]);
    entries.extend(outside);
    entries
}

/// Puts an EXIF block into a JPEG, right behind its first two bytes.
pub fn into_jpeg(jpeg: &[u8], block: &[u8]) -> Vec<u8> {
    let length = (block.len() + 8) as u16;
    let segment = [b"\xFF\xE1".as_slice(), &length.to_be_bytes(), b"Exif\0\0", block].concat();
    [&jpeg[..2], &segment, &jpeg[2..]].concat()
}
