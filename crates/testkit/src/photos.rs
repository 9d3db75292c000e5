//! A folder of hostile and odd photos, each with what must come of it.
//!
//! Tests of every room that reads photos walk over the same corpus: each file is either decoded to the
//! stated size or refused with the stated kind of failure; nothing crashes, nothing is left unsaid.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::{fs, io};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use resight_core::ImageSize;
use resight_imaging::{DecodeErrorKind, encode_jpeg, encode_png};

use crate::exif;

/// What must come of decoding a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// It decodes, and the upright photo has this size.
    Right(ImageSize),
    /// It is refused, with this kind of failure.
    Failure(DecodeErrorKind),
}

/// One file of the corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorpusPhoto {
    /// Where it lies.
    pub path: PathBuf,
    /// What must come of it.
    pub expected: Expected,
    /// What is odd about it.
    pub what: &'static str,
}

/// A picture without any symmetry, made of smooth shades, edges and a seeded texture: turned or mirrored,
/// no two are alike.
pub fn scene(width: u32, height: u32, seed: u64) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let (across, down) = (x * 255 / width.max(1), y * 255 / height.max(1));
        let grain = (hash(seed ^ (u64::from(x / 4) << 32 | u64::from(y / 4))) % 24) as u32;
        let bright_corner = u32::from(across < 90 && down < 60) * 120;
        let byte = |value: u32| value.min(255) as u8;
        Rgb([byte(across + grain), byte(down / 2 + bright_corner), byte(200 - across / 2 + grain)])
    })
}

/// SplitMix64: one step of a small generator, the same on every machine.
pub(crate) fn hash(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// Fills a folder with the corpus; the same seed gives the same bytes.
///
/// # Errors
/// The folder cannot be written to, or a picture cannot be encoded.
pub fn make_corpus(folder: &Path, seed: u64) -> io::Result<Vec<CorpusPhoto>> {
    fs::create_dir_all(folder)?;
    let mut files = Vec::new();
    files.extend(broken(seed)?);
    files.extend(bombs());
    files.extend(kinds_of_pixels(seed)?);
    files.extend(orientations(seed)?);
    files.extend(odd_names(seed)?);
    files.extend(odd_shapes(seed)?);
    let write = |(name, bytes, expected, what): File| {
        let path = folder.join(name);
        fs::write(&path, bytes)?;
        Ok(CorpusPhoto { path, expected, what })
    };
    files.into_iter().map(write).collect()
}

/// Name, bytes, what must come of it, what is odd about it.
type File = (String, Vec<u8>, Expected, &'static str);

const fn right(width: u32, height: u32) -> Expected {
    Expected::Right(ImageSize { width, height })
}

const DAMAGED: Expected = Expected::Failure(DecodeErrorKind::Damaged);
const TOO_LARGE: Expected = Expected::Failure(DecodeErrorKind::TooLarge);
const UNSUPPORTED: Expected = Expected::Failure(DecodeErrorKind::Unsupported);
const NOT_A_PICTURE: Expected = Expected::Failure(DecodeErrorKind::NotAPicture);

fn jpeg(width: u32, height: u32, seed: u64) -> io::Result<Vec<u8>> {
    encode_jpeg(&scene(width, height, seed), 90).map_err(io::Error::other)
}

fn file(name: &str, bytes: impl Into<Vec<u8>>, expected: Expected, what: &'static str) -> File {
    (name.to_owned(), bytes.into(), expected, what)
}

/// Cut short, empty, or not what the name says.
fn broken(seed: u64) -> io::Result<Vec<File>> {
    let photo = jpeg(160, 120, seed)?;
    let png = encode_png(&scene(80, 60, seed)).map_err(io::Error::other)?;
    let tiff = encoded(DynamicImage::ImageRgb8(scene(80, 60, seed)), ImageFormat::Tiff)?;
    let webp = encoded(DynamicImage::ImageRgb8(scene(80, 60, seed)), ImageFormat::WebP)?;
    let mut files = vec![
        file("empty.jpg", [], Expected::Failure(DecodeErrorKind::Empty), "no bytes"),
        file("text.jpg", *b"This is not a photo.\n", NOT_A_PICTURE, "text called .jpg"),
        file("zeros.png", [0; 4096], NOT_A_PICTURE, "zeros called .png"),
        file("jpeg_called.png", photo.clone(), right(160, 120), "a JPEG called .png"),
        file("png_called.jpg", png.clone(), right(80, 60), "a PNG called .jpg"),
        file("tiff_called.webp", tiff.clone(), right(80, 60), "a TIFF called .webp"),
        file("without_extension", webp.clone(), right(80, 60), "a WebP without extension"),
        file("animation.gif", GIF, UNSUPPORTED, "an animated GIF"),
        file("cut_in_magic.jpg", &photo[..2], NOT_A_PICTURE, "a JPEG of two bytes"),
        file("cut_in_header.jpg", &photo[..40], DAMAGED, "a JPEG cut in its tables"),
    ];
    for (tenths, name) in [(3, "cut_at_30.jpg"), (6, "cut_at_60.jpg"), (9, "cut_at_90.jpg")] {
        files.push(file(name, &photo[..photo.len() * tenths / 10], DAMAGED, "a JPEG cut in its pixels"));
    }
    for (name, whole) in [("cut.png", png), ("cut.tiff", tiff), ("cut.webp", webp)] {
        files.push(file(name, &whole[..whole.len() / 2], DAMAGED, "half of a file"));
    }
    let without_end = &photo[..photo.len() - 2];
    files.push(file(
        "without_end_marker.jpg",
        without_end,
        right(160, 120),
        "a JPEG whose end marker is lost",
    ));
    let with_tail = [photo.as_slice(), b"\0\0tail of a phone\xFF\xD8\xFF"].concat();
    files.push(file("with_tail.jpg", with_tail, right(160, 120), "a JPEG with other data behind it"));
    Ok(files)
}

/// Headers that claim far more pixels than the file has bytes for.
fn bombs() -> Vec<File> {
    let what = "a header that claims a huge picture";
    vec![
        file("bomb.png", png_bomb(60_000, 60_000), TOO_LARGE, what),
        file("bomb_area.png", png_bomb(29_999, 29_999), TOO_LARGE, what),
        file("bomb.jpg", jpeg_bomb(65_535, 65_535), TOO_LARGE, what),
        file("bomb_area.jpg", jpeg_bomb(30_000, 30_000), TOO_LARGE, what),
        file("bomb.tiff", tiff_bomb(4_000_000_000, 4_000_000_000), TOO_LARGE, what),
        file("bomb_area.tiff", tiff_bomb(29_999, 29_999), TOO_LARGE, what),
        file("bomb.webp", webp_bomb(40_000, 40_000), TOO_LARGE, what),
    ]
}

/// Grey, alpha, palette, 16 bits, CMYK, animations.
fn kinds_of_pixels(seed: u64) -> io::Result<Vec<File>> {
    let picture = DynamicImage::ImageRgb8(scene(64, 48, seed));
    let size = right(64, 48);
    let mut files = Vec::new();
    let mut add = |name: &str, picture: DynamicImage, format, what| -> io::Result<()> {
        files.push(file(name, encoded(picture, format)?, size, what));
        Ok(())
    };
    add("grey.jpg", picture.to_luma8().into(), ImageFormat::Jpeg, "grey JPEG")?;
    add("grey_alpha.png", picture.to_luma_alpha8().into(), ImageFormat::Png, "grey with alpha")?;
    add("alpha.png", picture.to_rgba8().into(), ImageFormat::Png, "colour with alpha")?;
    add("alpha.webp", picture.to_rgba8().into(), ImageFormat::WebP, "WebP with alpha")?;
    add("grey_16.png", picture.to_luma16().into(), ImageFormat::Png, "16 bits a sample, grey")?;
    add("rgb_16.png", picture.to_rgb16().into(), ImageFormat::Png, "16 bits a sample")?;
    add("rgba_16.png", picture.to_rgba16().into(), ImageFormat::Png, "16 bits a sample, with alpha")?;
    add("grey_16.tiff", picture.to_luma16().into(), ImageFormat::Tiff, "TIFF of 16 bits, grey")?;
    add("rgb_16.tiff", picture.to_rgb16().into(), ImageFormat::Tiff, "TIFF of 16 bits")?;
    add("rgb_float.tiff", picture.to_rgb32f().into(), ImageFormat::Tiff, "TIFF of floating-point numbers")?;
    files.extend(from_reference());
    Ok(files)
}

/// What the encoders at hand cannot write; made with Pillow.
fn from_reference() -> Vec<File> {
    macro_rules! reference {
        ($name:literal) => {
            include_bytes!(concat!("../../../fixtures/reference/imaging/", $name)).as_slice()
        };
    }
    let (size, small) = (right(101, 67), right(40, 27));
    vec![
        file("cmyk.jpg", reference!("jpeg_cmyk.jpg"), size, "CMYK as Adobe writes it"),
        file("ycck.jpg", reference!("jpeg_ycck.jpg"), size, "YCCK as Adobe writes it"),
        file("adobe_rgb.jpg", reference!("jpeg_adobe_rgb.jpg"), size, "RGB without transform"),
        file("progressive.jpg", reference!("jpeg_progressive_420.jpg"), right(202, 134), "progressive"),
        file("restart.jpg", reference!("jpeg_restart_420.jpg"), right(202, 134), "restart markers"),
        file("palette.png", reference!("raster_palette.png"), small, "a palette"),
        file("one_bit.png", reference!("raster_one_bit.png"), small, "one bit a pixel"),
        file("cmyk.tiff", reference!("raster_cmyk.tiff"), small, "CMYK TIFF"),
        file("animated.webp", reference!("raster_animated.webp"), small, "animated WebP: first frame"),
        file("animated.png", reference!("raster_animated.png"), small, "animated PNG: default picture"),
    ]
}

/// One scene as held in all eight ways, with the tag that says so.
fn orientations(seed: u64) -> io::Result<Vec<File>> {
    (1..=8)
        .map(|number| {
            Ok(file(
                &format!("orientation_{number}.jpg"),
                oriented_jpeg(&scene(96, 64, seed), number)?,
                right(96, 64),
                "held in another way",
            ))
        })
        .collect()
}

/// Encodes an upright picture as a camera that was held in another way would store it (EXIF number 1 to 8):
/// decoded upright, all eight are the same picture.
///
/// # Errors
/// The picture cannot be encoded.
pub fn oriented_jpeg(upright: &RgbImage, number: u16) -> io::Result<Vec<u8>> {
    use image::imageops::{flip_horizontal, flip_vertical, rotate90, rotate180, rotate270};
    let stored = match number {
        2 => flip_horizontal(upright),
        3 => rotate180(upright),
        4 => flip_vertical(upright),
        5 => flip_horizontal(&rotate90(upright)),
        6 => rotate270(upright),
        7 => flip_horizontal(&rotate270(upright)),
        8 => rotate90(upright),
        _ => upright.clone(),
    };
    let jpeg = encode_jpeg(&stored, 95).map_err(io::Error::other)?;
    Ok(exif::into_jpeg(&jpeg, &exif::block(&[exif::orientation(number)])))
}

/// File names that trip up shells, tables and terminals.
fn odd_names(seed: u64) -> io::Result<Vec<File>> {
    let mut names = vec![
        "with blanks  and (brackets).jpg",
        "wal_ü_鯨_🐋.jpg",
        "-leading-dash.jpg",
        "comma, 'quote' & percent%20.jpg",
        ".hidden.jpg",
        "UPPER.JPG",
        "two.dots.jpg.jpg",
    ];
    if cfg!(unix) {
        names.extend(["line\nbreak.jpg", "double\"quote.jpg", "back\\slash.jpg", "star*?.jpg"]);
    }
    let photo = jpeg(48, 32, seed)?;
    Ok(names.iter().map(|name| file(name, photo.clone(), right(48, 32), "an odd file name")).collect())
}

/// One pixel, a line, a column.
fn odd_shapes(seed: u64) -> io::Result<Vec<File>> {
    let mut files = Vec::new();
    for (width, height) in [(1, 1), (1, 2_000), (2_000, 1), (7, 9), (5_000, 3)] {
        let name = format!("shape_{width}x{height}");
        let size = right(width, height);
        files.push(file(&format!("{name}.jpg"), jpeg(width, height, seed)?, size, "an odd shape"));
        let png = encode_png(&scene(width, height, seed)).map_err(io::Error::other)?;
        files.push(file(&format!("{name}.png"), png, size, "an odd shape"));
    }
    Ok(files)
}

fn encoded(picture: DynamicImage, format: ImageFormat) -> io::Result<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).map_err(io::Error::other)?;
    Ok(bytes.into_inner())
}

/// A PNG chunk: length, name, body, checksum.
pub fn png_chunk(name: [u8; 4], body: &[u8]) -> Vec<u8> {
    let named = [name.as_slice(), body].concat();
    let checksum = crc32(&named);
    [&(body.len() as u32).to_be_bytes()[..], &named, &checksum.to_be_bytes()].concat()
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), step))
}

fn png_bomb(width: u32, height: u32) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    // A compressed stream that ends at once: zlib header, one empty stored block, checksum of nothing.
    let nothing = [0x78, 0x01, 0x01, 0, 0, 0xFF, 0xFF, 0, 0, 0, 1];
    [
        b"\x89PNG\r\n\x1A\n".to_vec(),
        png_chunk(*b"IHDR", &header),
        png_chunk(*b"IDAT", &nothing),
        png_chunk(*b"IEND", &[]),
    ]
    .concat()
}

fn jpeg_bomb(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = encode_jpeg(&scene(16, 16, 0), 90).unwrap_or_default();
    if let Some(frame) = bytes.windows(2).position(|pair| pair == b"\xFF\xC0") {
        bytes[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
        bytes[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    }
    bytes
}

fn tiff_bomb(width: u32, height: u32) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, value: u32| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &1_u32.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let entries = [
        entry(256, 4, width),
        entry(257, 4, height),
        entry(258, 3, 8),
        entry(259, 3, 1),
        entry(262, 3, 1),
        entry(273, 4, 8),
        entry(277, 3, 1),
        entry(278, 4, height),
        entry(279, 4, 64),
    ];
    let count = (entries.len() as u16).to_le_bytes();
    [b"II*\0\x08\0\0\0".as_slice(), &count, &entries.concat(), &[0; 4]].concat()
}

fn webp_bomb(width: u32, height: u32) -> Vec<u8> {
    let side = |side: u32| (side - 1).to_le_bytes()[..3].to_vec();
    let canvas = [vec![0; 4], side(width), side(height)].concat();
    // A lossless bitstream of 1 x 1 pixel would follow; its header is enough.
    let pixels = [0x2F, 0, 0, 0, 0, 0x07, 0xD0, 0xFF, 0xFE, 0xF7, 0xBF, 0xFF];
    let chunk = |name: &[u8; 4], body: &[u8]| [name, &(body.len() as u32).to_le_bytes()[..], body].concat();
    let body = [b"WEBP".to_vec(), chunk(b"VP8X", &canvas), chunk(b"VP8L", &pixels)].concat();
    [b"RIFF".as_slice(), &(body.len() as u32).to_le_bytes(), &body].concat()
}

/// Two frames of 2 x 1 pixels.
const GIF: &[u8] = b"GIF89a\x02\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF\
    !\xF9\x04\0\x0A\0\0\0,\0\0\0\0\x02\0\x01\0\0\x02\x02\x44\x0A\0\
    !\xF9\x04\0\x0A\0\0\0,\0\0\0\0\x02\0\x01\0\0\x02\x02\x0C\x0A\0;";
