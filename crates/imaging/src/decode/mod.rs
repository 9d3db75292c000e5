//! Bytes to an upright picture.

mod color;
mod header;
mod jpeg;
mod picture_id;
mod raster;
mod scaled;
mod scans;
mod window;
mod without_metadata;

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::RgbImage;
use resight_core::{ImageSize, panic_text};

use crate::budget::TakenMemory;
use crate::exif;
use crate::format::{Format, Sniffed, sniff};
use crate::limits::Limits;
use crate::orientation::Orientation;

pub use header::{PhotoHeader, full_size};
pub use picture_id::picture_id;
pub use window::{DecodedWindow, decode_window};

/// How much of a photo's detail is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeSize {
    /// Every pixel.
    Full,
    /// At least this size (upright). A JPEG may come back at a half, a quarter or an eighth of its size,
    /// the smallest that is no smaller than this on either side; other formats come back full.
    AtLeast(ImageSize),
}

impl DecodeSize {
    /// The size that serves both wishes.
    pub fn larger(self, other: Self) -> Self {
        match (self, other) {
            (Self::AtLeast(one), Self::AtLeast(two)) => Self::AtLeast(ImageSize {
                width: one.width.max(two.width),
                height: one.height.max(two.height),
            }),
            _ => Self::Full,
        }
    }
}

/// A decoded photo. As long as it lives it holds its share of [`Limits::budget`]: let it go before another photo is
/// decoded on the same thread.
#[derive(Debug)]
pub struct Decoded {
    /// Upright pixels; of a scaled decoding, each stands for 2 x 2, 4 x 4 or 8 x 8 of the full picture,
    /// counted from the top left.
    pub image: RgbImage,
    /// The size of the full upright picture, before any scaled decoding.
    pub full_size: ImageSize,
    /// What kind of file it was.
    pub format: Format,
    /// Given back when the picture is let go.
    _memory: TakenMemory,
}

/// What a decoder makes, not yet upright.
struct StoredPixels {
    picture: RgbImage,
    /// The size at full scale.
    full: ImageSize,
    memory: TakenMemory,
}

/// Why a photo could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// The first bytes are those of no picture.
    #[error("not a picture: the content is not JPEG, PNG, TIFF or WebP, whatever the file is called")]
    NotAPicture,
    /// A picture of a format that is not supported.
    #[error("{found} files are not supported; convert it to JPEG, PNG, TIFF or WebP")]
    ForeignFormat {
        /// What it is, such as "GIF".
        found: &'static str,
    },
    /// What a camera's sensor saw, not developed into a picture.
    #[error("a camera raw file ({found}): export it as JPEG")]
    CameraRaw {
        /// Whose it is, such as "Nikon NEF".
        found: &'static str,
    },
    /// A supported format, with a feature that is not.
    #[error("this kind of {format} is not supported: {feature}")]
    Unsupported {
        /// The format of the file.
        format: Format,
        /// The decoder's words.
        feature: String,
    },
    /// More bytes than the limits allow.
    #[error("the file has {bytes} bytes; at most {limit} are allowed")]
    FileTooLarge {
        /// Bytes of the file.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// More pixels than the limits allow.
    #[error("the picture claims {width} x {height} pixels; allowed: {limit}")]
    TooManyPixels {
        /// Pixels from left to right, as stored.
        width: u32,
        /// Pixels from top to bottom, as stored.
        height: u32,
        /// The limit, in words.
        limit: String,
    },
    /// Decoding would take more memory than the limits allow.
    #[error("decoding would take {needed} bytes of memory; at most {limit} are allowed{hint}")]
    TooMuchMemory {
        /// Estimated bytes.
        needed: u64,
        /// The limit.
        limit: u64,
        /// What a user can do about it; begins with its own separator, empty where nothing is known.
        hint: &'static str,
    },
    /// The file is damaged or cut short.
    #[error("the {format} is damaged or cut short: {reason}")]
    Damaged {
        /// The format of the file.
        format: Format,
        /// The decoder's words.
        reason: String,
    },
    /// The decoder panicked; the photo is at fault or the decoder, the program goes on.
    #[error("the {format} decoder failed on this file: {message}")]
    Panicked {
        /// The format of the file.
        format: Format,
        /// The message of the panic.
        message: String,
    },
}

/// The kinds of failure, to count and to record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DecodeErrorKind {
    /// No bytes.
    Empty,
    /// Not a picture at all.
    NotAPicture,
    /// A format or feature that is not supported.
    Unsupported,
    /// Beyond a limit on bytes, pixels or memory.
    TooLarge,
    /// Damaged or cut short.
    Damaged,
    /// The decoder panicked.
    Panicked,
}

impl DecodeErrorKind {
    /// The kind in one stable word, for records and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotAPicture => "not-a-picture",
            Self::Unsupported => "unsupported",
            Self::TooLarge => "too-large",
            Self::Damaged => "damaged",
            Self::Panicked => "decoder-panic",
        }
    }
}

impl DecodeError {
    /// Which kind of failure this is.
    pub fn kind(&self) -> DecodeErrorKind {
        match self {
            Self::Empty => DecodeErrorKind::Empty,
            Self::NotAPicture => DecodeErrorKind::NotAPicture,
            Self::ForeignFormat { .. } | Self::CameraRaw { .. } | Self::Unsupported { .. } => {
                DecodeErrorKind::Unsupported
            }
            Self::FileTooLarge { .. } | Self::TooManyPixels { .. } | Self::TooMuchMemory { .. } => {
                DecodeErrorKind::TooLarge
            }
            Self::Damaged { .. } => DecodeErrorKind::Damaged,
            Self::Panicked { .. } => DecodeErrorKind::Panicked,
        }
    }
}

/// Decodes a photo to upright RGB.
///
/// The format is told by content. Grey becomes three equal channels, what is transparent is laid on mid grey, 16 bits
/// are cut to the high 8, CMYK is converted without a profile, as Pillow's `convert("RGB")` does.
///
/// # Errors
/// [`DecodeError`]: the photo is not decodable or goes beyond the limits. Sizes are checked before memory
/// is taken; a panic inside a decoder is caught (the process's panic hook still runs, and may print). Waits while other
/// threads have the memory that it needs ([`Limits::budget`]).
pub fn decode(bytes: &[u8], limits: &Limits, wanted: DecodeSize) -> Result<Decoded, DecodeError> {
    let format = format_of(bytes, limits)?;
    catch_unwind(AssertUnwindSafe(|| decode_as(format, bytes, limits, wanted))).unwrap_or_else(|panic| {
        Err(DecodeError::Panicked { format, message: panic_text(panic.as_ref()).to_owned() })
    })
}

/// The format of a file within the limits, by its content.
fn format_of(bytes: &[u8], limits: &Limits) -> Result<Format, DecodeError> {
    limits.check_bytes(bytes)?;
    match sniff(bytes) {
        Sniffed::Supported(format) => Ok(format),
        Sniffed::Foreign(found) => Err(DecodeError::ForeignFormat { found }),
        Sniffed::CameraRaw(found) => Err(DecodeError::CameraRaw { found }),
        Sniffed::Unknown if bytes.is_empty() => Err(DecodeError::Empty),
        Sniffed::Unknown => Err(DecodeError::NotAPicture),
    }
}

fn decode_as(
    format: Format,
    bytes: &[u8],
    limits: &Limits,
    wanted: DecodeSize,
) -> Result<Decoded, DecodeError> {
    let orientation = exif::orientation(bytes, format);
    let stored = match format {
        Format::Jpeg => jpeg::decode(bytes, limits, wanted, orientation)?,
        Format::Png | Format::Tiff | Format::Webp => raster::decode(format, bytes, limits)?,
    };
    let StoredPixels { picture, full, mut memory } = stored;
    let image = orientation.apply(picture);
    memory.shrink_to(image.as_raw().len() as u64);
    Ok(Decoded { image, full_size: orientation.upright_size(full), format, _memory: memory })
}

/// The denominators that JPEG can be decoded at.
pub(crate) const DENOMINATORS: [u32; 4] = [8, 4, 2, 1];

/// Which denominator to decode a stored picture at: the largest whose result is no smaller than wanted,
/// and whose grid of blocks begins at the upright picture's top left, so that boxes stay where they are.
fn denominator(stored: ImageSize, wanted: DecodeSize, orientation: Orientation) -> u32 {
    let DecodeSize::AtLeast(wanted) = wanted else { return 1 };
    let wanted = orientation.stored_size(wanted);
    let (reverses_x, reverses_y) = orientation.reverses_stored();
    let fits = |side: u32, wanted: u32, reversed: bool, denominator: u32| {
        side.div_ceil(denominator) >= wanted.max(1) && (!reversed || side.is_multiple_of(denominator))
    };
    let is_right = |denominator: &u32| {
        fits(stored.width, wanted.width, reverses_x, *denominator)
            && fits(stored.height, wanted.height, reverses_y, *denominator)
    };
    DENOMINATORS.into_iter().find(is_right).unwrap_or(1)
}
