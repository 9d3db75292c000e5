//! JPEG, at full size or at a half, a quarter or an eighth of it.

use std::io::Read;

use image::RgbImage;
use jpeg_decoder::{CodingProcess, ColorTransform, Decoder, ImageInfo, PixelFormat};
use resight_core::ImageSize;

use super::scaled::{self, Colors, Window};
use super::scans::Scans;
use super::{DecodeError, DecodeSize, StoredPixels, color, denominator, without_metadata};
use crate::budget::TakenMemory;
use crate::container::jpeg_segments;
use crate::format::Format;
use crate::limits::Limits;
use crate::orientation::Orientation;

/// Decodes to stored (not yet upright) pixels.
pub(super) fn decode(
    bytes: &[u8],
    limits: &Limits,
    wanted: DecodeSize,
    orientation: Orientation,
) -> Result<StoredPixels, DecodeError> {
    let slim = without_metadata::jpeg(bytes);
    let bytes: &[u8] = &slim;
    let info = info(bytes)?;
    let full = ImageSize { width: info.width.into(), height: info.height.into() };
    limits.check_size(full)?;
    let denominator = denominator(full, wanted, orientation);
    let needed = memory_needed(bytes, full, &info, denominator);
    limits.check_alloc(needed).map_err(|error| with_hint(error, &info))?;
    let memory = limits.budget.take_for_pixels(needed);
    let fast = if denominator == 1 { None } else { scaled::decode(bytes, denominator) };
    let (samples, (width, height)) = match fast {
        Some(samples) => (samples, (full.width.div_ceil(denominator), full.height.div_ceil(denominator))),
        None => decode_generally(bytes, full, denominator)?,
    };
    let pixels = to_rgb(samples, info.pixel_format);
    let picture = RgbImage::from_raw(width, height, pixels)
        .ok_or_else(|| damaged_because("fewer pixels than the header says"))?;
    Ok(StoredPixels { picture, full, memory })
}

/// Decodes a part of the stored picture at full size.
pub(super) fn decode_window(
    bytes: &[u8],
    limits: &Limits,
    window: Window,
) -> Result<(RgbImage, TakenMemory), DecodeError> {
    let slim = without_metadata::jpeg(bytes);
    let info = info(&slim)?;
    let full = ImageSize { width: info.width.into(), height: info.height.into() };
    limits.check_size(full)?;
    // The picture, its strips, and the file once more without its marks.
    let area = (window.width + 64) as u64 * (window.height + 64) as u64;
    let needed = 9 * area + slim.len() as u64;
    limits.check_alloc(needed)?;
    let memory = limits.budget.take_for_pixels(needed);
    let too_much = || {
        let needed = memory_needed(&slim, full, &info, 1);
        with_hint(DecodeError::TooMuchMemory { needed, limit: limits.max_alloc, hint: "" }, &info)
    };
    let samples = scaled::decode_window(&slim, window).ok_or_else(too_much)?;
    let size = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let pixels = to_rgb(samples, info.pixel_format);
    RgbImage::from_raw(size(window.width), size(window.height), pixels)
        .map(|picture| (picture, memory))
        .ok_or_else(|| damaged_because("fewer pixels than the header says"))
}

/// The size in the frame header.
pub(super) fn stored_size(bytes: &[u8]) -> Result<ImageSize, DecodeError> {
    let info = info(&without_metadata::jpeg(bytes))?;
    Ok(ImageSize { width: info.width.into(), height: info.height.into() })
}

fn info(bytes: &[u8]) -> Result<ImageInfo, DecodeError> {
    let mut decoder = Decoder::new(bytes);
    decoder.read_info().map_err(damaged)?;
    decoder.info().ok_or_else(|| damaged_because("no frame header"))
}

/// Decodes any JPEG, at full size or scaled; also the size of the result.
fn decode_generally(
    bytes: &[u8],
    full: ImageSize,
    denominator: u32,
) -> Result<(Vec<u8>, (u32, u32)), DecodeError> {
    check_scans(bytes, full)?;
    let scans = Scans::of(bytes);
    if scans.are_unfinished() {
        return Err(damaged_because(PART_IS_MISSING));
    }
    let decoder = Decoder::new(scans.guarded());
    decode_with(decoder, color_transform(bytes), full, denominator).map_err(|error| match error {
        jpeg_decoder::Error::Format(_) | jpeg_decoder::Error::Io(_) if scans.were_too_short() => {
            damaged_because(PART_IS_MISSING)
        }
        other => damaged(other),
    })
}

const PART_IS_MISSING: &str = "its data ends too early, a part of the picture is missing";

/// Photos have about ten scans at most; each one costs a walk over the whole picture, however few its bytes.
const MOST_SCANS: u64 = 100;

/// Scans times pixels: a hundred megapixels in forty scans.
const MOST_SCANNED_PIXELS: u64 = 4_000_000_000;

/// Refuses a small file that asks for hours of work.
fn check_scans(bytes: &[u8], full: ImageSize) -> Result<(), DecodeError> {
    let scans = bytes.windows(2).filter(|pair| *pair == b"\xFF\xDA").count() as u64;
    let scanned = scans.saturating_mul(u64::from(full.width) * u64::from(full.height));
    if scans > MOST_SCANS || scanned > MOST_SCANNED_PIXELS {
        return Err(DecodeError::Unsupported { format: Format::Jpeg, feature: format!("{scans} scans") });
    }
    Ok(())
}

fn decode_with(
    mut decoder: Decoder<impl Read>,
    transform: Option<ColorTransform>,
    full: ImageSize,
    denominator: u32,
) -> Result<(Vec<u8>, (u32, u32)), jpeg_decoder::Error> {
    if let Some(transform) = transform {
        decoder.set_color_transform(transform);
    }
    let size = scale(&mut decoder, full, denominator)?;
    Ok((decoder.decode()?, size))
}

/// How libjpeg understands three components; the decoder itself has other rules for Adobe's files.
fn color_transform(bytes: &[u8]) -> Option<ColorTransform> {
    match scaled::colors(bytes)? {
        Colors::Grey => None,
        Colors::Rgb => Some(ColorTransform::RGB),
        Colors::YCbCr => Some(ColorTransform::YCbCr),
    }
}

fn to_rgb(samples: Vec<u8>, format: PixelFormat) -> Vec<u8> {
    match format {
        PixelFormat::RGB24 => samples,
        PixelFormat::L8 => samples.iter().flat_map(|&value| [value; 3]).collect(),
        PixelFormat::L16 => samples.chunks_exact(2).flat_map(|value| [value[1]; 3]).collect(),
        PixelFormat::CMYK32 => color::cmyk_to_rgb(&samples),
    }
}

/// Asks the decoder for exactly this denominator and returns the size that it will produce.
fn scale(
    decoder: &mut Decoder<impl Read>,
    full: ImageSize,
    denominator: u32,
) -> Result<(u32, u32), jpeg_decoder::Error> {
    // The decoder takes the smallest scale that reaches the wish on *either* side, so only the longer side
    // is asked for, and no wish can be reached on the other.
    let wish = |side: u32| u16::try_from(side.div_ceil(denominator)).unwrap_or(u16::MAX);
    let (width, height) = if denominator == 1 || full.width.max(full.height) < 64 {
        (u16::MAX, u16::MAX)
    } else if full.width >= full.height {
        (wish(full.width), u16::MAX)
    } else {
        (u16::MAX, wish(full.height))
    };
    let (width, height) = decoder.scale(width, height)?;
    Ok((width.into(), height.into()))
}

/// Says of a progressive file what would do: its coefficients are spread over the whole file, so that no part of it can
/// be read by itself.
fn with_hint(error: DecodeError, info: &ImageInfo) -> DecodeError {
    match error {
        DecodeError::TooMuchMemory { needed, limit, .. }
            if info.coding_process == CodingProcess::DctProgressive =>
        {
            let hint = "; it is a progressive JPEG, which is decoded as a whole: save it as a baseline one (without \
                        loss: `jpegtran -copy all OLD > NEW`), which is read in parts";
            DecodeError::TooMuchMemory { needed, limit, hint }
        }
        other => other,
    }
}

/// Bytes of memory that decoding takes: component planes, interleaved pixels, RGB, counted as if chroma were not
/// subsampled; and for progressive files two bytes a coefficient.
fn memory_needed(bytes: &[u8], full: ImageSize, info: &ImageInfo, denominator: u32) -> u64 {
    let components = info.pixel_format.pixel_bytes() as u64;
    let area = |denominator: u32| {
        u64::from(full.width.div_ceil(denominator)) * u64::from(full.height.div_ceil(denominator))
    };
    let to_rgb = if components == 3 { 0 } else { 3 };
    let coefficients = match info.coding_process {
        CodingProcess::DctSequential => 0,
        CodingProcess::DctProgressive => {
            2 * coefficients(bytes, full).unwrap_or_else(|| components * area(1))
        }
        CodingProcess::Lossless => 2 * components * area(1),
    };
    coefficients + (2 * components + to_rgb) * area(denominator)
}

/// Coefficients of all components of a progressive file, each as finely sampled as its frame header says.
fn coefficients(bytes: &[u8], full: ImageSize) -> Option<u64> {
    let frame = jpeg_segments(bytes, 2).find(|part| part.name == PROGRESSIVE_FRAME)?;
    let factors = |part: &[u8]| (u64::from(part[1] >> 4), u64::from(part[1] & 15));
    let sampling: Vec<(u64, u64)> = bytes[frame.body].get(6..)?.chunks_exact(3).map(factors).collect();
    let most_x = sampling.iter().map(|(x, _)| *x).max().filter(|most| *most > 0)?;
    let most_y = sampling.iter().map(|(_, y)| *y).max().filter(|most| *most > 0)?;
    let units = u64::from(full.width).div_ceil(8 * most_x) * u64::from(full.height).div_ceil(8 * most_y);
    Some(sampling.iter().map(|(x, y)| 64 * x * y * units).sum())
}

/// The marker of a progressive frame header with Huffman codes.
const PROGRESSIVE_FRAME: u8 = 0xC2;

fn damaged_because(reason: &str) -> DecodeError {
    DecodeError::Damaged { format: Format::Jpeg, reason: reason.to_owned() }
}

fn damaged(error: jpeg_decoder::Error) -> DecodeError {
    match error {
        jpeg_decoder::Error::Unsupported(feature) => {
            DecodeError::Unsupported { format: Format::Jpeg, feature: format!("{feature:?}") }
        }
        jpeg_decoder::Error::Format(reason) => DecodeError::Damaged { format: Format::Jpeg, reason },
        jpeg_decoder::Error::Io(_) => damaged_because("the file ends too early"),
        jpeg_decoder::Error::Internal(error) => damaged_because(&error.to_string()),
    }
}
