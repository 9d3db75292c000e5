//! Which kind of file this is, by its first bytes. Names and extensions are never asked.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::camera_raw;

/// A file format that can be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// JPEG: baseline and progressive, 8 bits; grey, YCbCr, RGB, CMYK, YCCK.
    Jpeg,
    /// PNG: every colour type and bit depth; of an animation the default picture.
    Png,
    /// TIFF: the first picture of the file.
    Tiff,
    /// WebP: lossy and lossless; of an animation the first frame.
    Webp,
}

/// What the first bytes of a file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sniffed {
    /// One of the formats that can be decoded.
    Supported(Format),
    /// A picture, of a format that cannot be decoded; its name.
    Foreign(&'static str),
    /// What a camera's sensor saw, not developed yet; whose it is.
    CameraRaw(&'static str),
    /// Nothing known.
    Unknown,
}

impl Format {
    /// Recognises a supported format by the first bytes of the file.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match sniff(bytes) {
            Sniffed::Supported(format) => Some(format),
            Sniffed::Foreign(_) | Sniffed::CameraRaw(_) | Sniffed::Unknown => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Tiff => "TIFF",
            Self::Webp => "WebP",
        })
    }
}

/// Recognises supported formats, and the foreign ones that turn up among photos, by their first bytes.
pub(crate) fn sniff(bytes: &[u8]) -> Sniffed {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if starts(b"\xFF\xD8\xFF") {
        Sniffed::Supported(Format::Jpeg)
    } else if starts(b"\x89PNG\r\n\x1A\n") {
        Sniffed::Supported(Format::Png)
    } else if let Some(found) = camera_raw::name(bytes) {
        Sniffed::CameraRaw(found)
    } else if starts(b"II*\0") || starts(b"MM\0*") || starts(b"II+\0") || starts(b"MM\0+") {
        Sniffed::Supported(Format::Tiff)
    } else if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Sniffed::Supported(Format::Webp)
    } else if starts(b"GIF87a") || starts(b"GIF89a") {
        Sniffed::Foreign("GIF")
    } else if starts(b"BM") && bytes.get(6..10) == Some(&[0; 4]) {
        Sniffed::Foreign("BMP")
    } else if starts(b"8BPS") {
        Sniffed::Foreign("Photoshop")
    } else if starts(b"\0\0\0\x0CJXL ") || starts(b"\xFF\x0A") {
        Sniffed::Foreign("JPEG XL")
    } else if starts(b"\0\0\0\x0CjP  ") || starts(b"\xFF\x4F\xFF\x51") {
        Sniffed::Foreign("JPEG 2000")
    } else if bytes.get(4..8) == Some(b"ftyp") {
        Sniffed::Foreign(iso_media_name(bytes.get(8..12)))
    } else if starts(b"%PDF-") {
        Sniffed::Foreign("PDF")
    } else {
        Sniffed::Unknown
    }
}

/// Names an ISO base media file by its major brand.
fn iso_media_name(brand: Option<&[u8]>) -> &'static str {
    match brand {
        Some(b"avif" | b"avis") => "AVIF",
        Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1") => "HEIC",
        _ => "video",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_content() {
        assert_eq!(Format::of(b"\xFF\xD8\xFF\xE0rest"), Some(Format::Jpeg));
        assert_eq!(Format::of(b"RIFF\0\0\0\0WEBPVP8 "), Some(Format::Webp));
        assert_eq!(Format::of(b"MM\0*\0\0\0\x08"), Some(Format::Tiff));
        assert_eq!(sniff(b"\0\0\0\x18ftypheic\0\0"), Sniffed::Foreign("HEIC"));
        assert_eq!(sniff(b"GIF89a"), Sniffed::Foreign("GIF"));
        for stranger in [&b""[..], b"RIFF", b"RIFF\0\0\0\0WAVE", b"\xFF\xD8", b"hello"] {
            assert_eq!(sniff(stranger), Sniffed::Unknown, "{stranger:?}");
        }
    }
}
