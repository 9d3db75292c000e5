//! `config.json` of timm: `pretrained_cfg` with input size, mean, std, interpolation and crop, or the same keys beside
//! the architecture in older files.

use resight_imaging::{Fit, ValueRange};
use serde_json::Value;

use super::Found;
use super::keys::{Keys, side};
use crate::import::told::Told;

pub(super) fn read(keys: &mut Keys<'_>) -> Found {
    match keys.inside("pretrained_cfg", read_flat) {
        Some(found) => found,
        None => read_flat(keys),
    }
}

fn read_flat(keys: &mut Keys<'_>) -> Found {
    let size = keys.told("input_size", |value| match value.as_array()?.as_slice() {
        [_, height, width] => Some((side(width)?, side(height)?)),
        _ => None,
    });
    let mean = keys.mean("mean");
    // A network of timm sees colours from 0 to 1.
    let range = mean.as_ref().map(|mean| Told::by(mean.from.clone(), ValueRange::Unit));
    Found {
        size,
        fit: fit(keys),
        filter: keys.filter("interpolation"),
        range,
        mean,
        deviation: keys.deviation("std"),
        ..Found::default()
    }
}

/// timm resizes to the input's size divided by `crop_pct`, then takes the centre: by `crop_mode` with the short side
/// (`center`), or with each side by itself (`squash`).
fn fit(keys: &mut Keys<'_>) -> Option<Told<Fit>> {
    let share = keys.told("crop_pct", |value: &Value| {
        let share = value.as_f64()? as f32;
        (share > 0.0 && share <= 1.0).then_some(share)
    })?;
    let mode = keys.text("crop_mode");
    match mode.as_ref().map_or("center", |mode| mode.value.as_str()) {
        "center" => Some(share.map(|share| Fit::CenterCrop { share })),
        "squash" if share.value > 0.999 => Some(share.map(|_| Fit::Stretch)),
        _ => {
            keys.not_used("crop_mode");
            None
        }
    }
}
