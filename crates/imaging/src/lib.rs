//! Bytes to pixels to model input: decode, orientation, crop, resize, hashes.
//!
//! [`decode()`] turns the bytes of a photo into an upright [`RgbImage`]; [`read_metadata`] reads when and
//! where it was taken; a [`Preprocess`] (data, kept in a bundle's manifest) says how a region of it
//! becomes the numbers a network is fed with; [`photo_id`] and [`perceptual_hash()`] say which photo it is.
//! [`look_through`] shows a photo as from another angle, for training; a [`BodyFrame`] straightens an animal's
//! body, so that its marks can be compared; a [`canvas::Canvas`] is for contact sheets.
//!
//! Every file is hostile until decoded: sizes are checked before memory is taken, and a panic inside a
//! decoder comes back as [`DecodeError::Panicked`].
//!
//! Pixels are sRGB bytes as stored; embedded colour profiles are not applied.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod body_frame;
mod brightness;
mod budget;
mod camera_raw;
pub mod canvas;
mod clarity;
mod container;
mod decode;
mod encode;
mod exif;
mod file;
mod format;
mod limits;
mod metadata;
mod orientation;
mod perceptual_hash;
mod preprocess;
mod resize;
mod tiff_fields;
mod warp;

pub use body_frame::{AnimalMask, BodyFrame, BodyFrameError, Soundness};
pub use brightness::gray_levels;
pub use budget::{MemoryBudget, TakenMemory};
pub use clarity::{blur_effect, clarity, clarity_size};
pub use decode::{
    DecodeError, DecodeErrorKind, DecodeSize, Decoded, DecodedWindow, PhotoHeader, decode, decode_window,
    full_size, picture_id,
};
pub use encode::{EncodeError, encode_jpeg, encode_png, resized, thumbnail};
pub use file::{PhotoBytes, read_photo};
pub use format::Format;
pub use image::RgbImage;
pub use limits::Limits;
pub use metadata::{MetadataWarning, PhotoMetadata, read_metadata};
pub use orientation::Orientation;
pub use perceptual_hash::{PerceptualHash, PerceptualHashError, perceptual_hash};
pub use preprocess::{ColorOrder, DecodePrecision, Fit, Preprocess, PreprocessError, ValueRange};
pub use resize::ResizeFilter;
pub use warp::{Window, look_through, mirror};

use resight_core::PhotoId;

/// Which way of decoding this is. It rises when a photo's pixels come out otherwise, so that what was made of them before is
/// made anew: 2 lays what is transparent on grey.
pub const DECODING: u32 = 2;

/// Computes the identity of a photo from all bytes of its file (BLAKE3, 256 bits).
pub fn photo_id(bytes: &[u8]) -> PhotoId {
    PhotoId(*blake3::hash(bytes).as_bytes())
}
