//! `open_clip_config.json` of open_clip: `preprocess_cfg` with mean and std, `model_cfg` with the size.

use resight_imaging::{Fit, ValueRange};

use super::Found;
use super::keys::Keys;
use crate::import::told::Told;

pub(super) fn read(keys: &mut Keys<'_>) -> Found {
    let of_model = keys
        .inside("model_cfg", |model| model.inside("vision_cfg", |vision| vision.side("image_size")))
        .flatten()
        .flatten();
    let mut found = keys.inside("preprocess_cfg", of_preprocess).unwrap_or_default();
    found.size = found.size.or(of_model);
    found
}

fn of_preprocess(keys: &mut Keys<'_>) -> Found {
    let mean = keys.mean("mean");
    let range = mean.as_ref().map(|mean| Told::by(mean.from.clone(), ValueRange::Unit));
    let fit = keys.told("resize_mode", |value| match value.as_str()? {
        "shortest" => Some(Fit::CenterCrop { share: 1.0 }),
        "squash" => Some(Fit::Stretch),
        "longest" => Some(Fit::Letterbox { fill: [0; 3] }),
        _ => None,
    });
    Found {
        size: keys.side("size"),
        fit,
        filter: keys.filter("interpolation"),
        range,
        mean,
        deviation: keys.deviation("std"),
        ..Found::default()
    }
}
