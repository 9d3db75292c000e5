//! `preprocessor_config.json` of Hugging Face: mean and std, sizes in several forms, the filter as Pillow's number.

use resight_imaging::{Fit, ResizeFilter, ValueRange};
use serde_json::Value;

use super::Found;
use super::keys::{Keys, side};
use crate::import::told::Told;

/// 1 / 255, which brings bytes to the range of 0 to 1, and how far from it rounding may be.
const BYTE: (f64, f64) = (1.0 / 255.0, 1e-5);

/// A size that photos are brought to.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Size {
    /// Both sides, whatever the proportions.
    Both(u32, u32),
    /// The shorter side; the proportions stay.
    Shortest(u32),
}

pub(super) fn read(keys: &mut Keys<'_>) -> Found {
    let (size, fit) = size_and_fit(keys);
    let is_on = |flag: Option<Told<bool>>| flag.is_none_or(|flag| flag.value);
    let normalised = is_on(keys.flag("do_normalize"));
    let (mean, deviation) = match normalised {
        true => (keys.mean("image_mean"), keys.deviation("image_std")),
        false => {
            let plain = |value: [f32; 3]| Some(Told::by(keys.source("do_normalize"), value));
            (plain([0.0; 3]), plain([1.0; 3]))
        }
    };
    Found { size, fit, filter: filter(keys), range: range(keys), mean, deviation, ..Found::default() }
}

/// Width and height, and what happens to other proportions.
type SizeAndFit = (Option<Told<(u32, u32)>>, Option<Told<Fit>>);

fn size_and_fit(keys: &mut Keys<'_>) -> SizeAndFit {
    let resized = keys.told("size", size);
    let is_cropped = keys.flag("do_center_crop").is_some_and(|flag| flag.value);
    let cropped = if is_cropped { keys.told("crop_size", size) } else { None };
    let both = |told: &Told<Size>| match told.value {
        Size::Both(width, height) => (width, height),
        Size::Shortest(side) => (side, side),
    };
    let fit = match (&resized, &cropped) {
        (Some(resized), Some(cropped)) => cropped_fit(resized, both(cropped)),
        (Some(Told { value: Size::Both(..), from }), None) => Some(Told::by(from.clone(), Fit::Stretch)),
        (Some(Told { value: Size::Shortest(_), from }), None) => {
            Some(Told::by(from.clone(), Fit::CenterCrop { share: 1.0 }))
        }
        (None, _) => None,
    };
    if resized.is_some() && fit.is_none() {
        keys.not_used("size");
    }
    let size = cropped.or(resized);
    (size.map(|told| Told::by(told.from.clone(), both(&told))), fit)
}

/// The centre of a photo that was resized before; none where it cannot be said as a share.
fn cropped_fit(resized: &Told<Size>, (width, height): (u32, u32)) -> Option<Told<Fit>> {
    match resized.value {
        Size::Shortest(side) if side >= width.min(height) => {
            let share = width.min(height) as f32 / side as f32;
            Some(Told::by(resized.from.clone(), Fit::CenterCrop { share }))
        }
        Size::Both(wide, high) if (wide, high) == (width, height) => {
            Some(Told::by(resized.from.clone(), Fit::Stretch))
        }
        _ => None,
    }
}

/// A number is the shorter side where photos are cropped, and both sides where they are not; as networks have square
/// inputs, both come to the same but for the fit, which older files mean as both sides.
fn size(value: &Value) -> Option<Size> {
    match value {
        Value::Object(sides) => match (sides.get("height"), sides.get("width"), sides.get("shortest_edge")) {
            (Some(height), Some(width), _) => Some(Size::Both(side(width)?, side(height)?)),
            (_, _, Some(shortest)) => side(shortest).map(Size::Shortest),
            _ => None,
        },
        Value::Array(sides) => match sides.as_slice() {
            [height, width] => Some(Size::Both(side(width)?, side(height)?)),
            _ => None,
        },
        one => side(one).map(|side| Size::Both(side, side)),
    }
}

/// Pillow's numbers of its filters.
fn filter(keys: &mut Keys<'_>) -> Option<Told<ResizeFilter>> {
    keys.told("resample", |value| match value.as_u64()? {
        0 => Some(ResizeFilter::Nearest),
        1 => Some(ResizeFilter::Lanczos3),
        2 => Some(ResizeFilter::Bilinear),
        3 => Some(ResizeFilter::Bicubic),
        _ => None,
    })
}

fn range(keys: &mut Keys<'_>) -> Option<Told<ValueRange>> {
    if let Some(flag) = keys.flag("do_rescale").filter(|flag| !flag.value) {
        return Some(flag.map(|_| ValueRange::Byte));
    }
    let unit = |value: &Value| {
        value.as_f64().filter(|factor| (factor - BYTE.0).abs() < BYTE.1).map(|_| ValueRange::Unit)
    };
    keys.told("rescale_factor", unit)
}
