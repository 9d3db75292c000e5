//! Configs that lie beside weights: what they say of how photos are prepared.
//!
//! Keys that are not known are left alone. A value that cannot be meant is left out and told; a file that is not JSON,
//! too long or too deeply nested is refused.

mod hugging_face;
mod keys;
mod open_clip;
mod timm;

use std::io;
use std::path::Path;

use resight_files::read_plain_text;
use resight_imaging::{Fit, ResizeFilter, ValueRange};
use serde_json::{Map, Value};

use self::keys::Keys;
use super::error::ImportError;
use super::told::{PlanNote, Told};
use super::usual::{IMAGENET, MIEWID_SIDE};

/// The names of the files that are read, those that count first.
pub(crate) const CONFIG_FILES: [&str; 4] =
    ["preprocessor_config.json", "open_clip_config.json", "open_clip_model.json", "config.json"];

/// The most bytes of a config.
const MOST_BYTES: u64 = 1 << 20;

/// What configs say.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Found {
    pub(super) size: Option<Told<(u32, u32)>>,
    pub(super) fit: Option<Told<Fit>>,
    pub(super) filter: Option<Told<ResizeFilter>>,
    pub(super) range: Option<Told<ValueRange>>,
    pub(super) mean: Option<Told<[f32; 3]>>,
    pub(super) deviation: Option<Told<[f32; 3]>>,
    pub(super) notes: Vec<PlanNote>,
}

impl Found {
    /// What this says, and where it says nothing, the other.
    fn or(mut self, other: Self) -> Self {
        self.notes.extend(other.notes);
        Self {
            size: self.size.or(other.size),
            fit: self.fit.or(other.fit),
            filter: self.filter.or(other.filter),
            range: self.range.or(other.range),
            mean: self.mean.or(other.mean),
            deviation: self.deviation.or(other.deviation),
            notes: self.notes,
        }
    }
}

/// Reads the configs in a folder.
///
/// # Errors
/// When one is no JSON object, or too long or too deep.
pub(super) fn read_beside(folder: &Path) -> Result<Found, ImportError> {
    let mut found = Found::default();
    for file in CONFIG_FILES {
        if let Some(config) = read(&folder.join(file))? {
            found = found.or(of_config(file, &config));
        }
    }
    Ok(found)
}

fn read(path: &Path) -> Result<Option<Map<String, Value>>, ImportError> {
    let refuse = |reason: String| ImportError::Config { reason, path: path.to_path_buf() };
    let text = match read_plain_text(path, MOST_BYTES) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refuse(error.to_string())),
    };
    match serde_json::from_str(&text) {
        Ok(Value::Object(config)) => Ok(Some(config)),
        Ok(_) => Err(refuse("it is not an object of JSON".to_owned())),
        Err(error) => Err(refuse(error.to_string())),
    }
}

/// What kind of config it is shows in its keys: tools write several kinds under one name.
fn of_config(file: &str, config: &Map<String, Value>) -> Found {
    let mut keys = Keys::new(file, config);
    let mut found = if config.contains_key("preprocess_cfg") {
        open_clip::read(&mut keys)
    } else if names_miewid(config) {
        of_miewid(&mut keys)
    } else if config.contains_key("pretrained_cfg") || config.contains_key("num_features") {
        timm::read(&mut keys)
    } else if file == "preprocessor_config.json" {
        hugging_face::read(&mut keys)
    } else {
        Found::default()
    };
    found.notes = keys.notes;
    found
}

/// A config of MiewID says its name, perhaps its size, and no more: all else is what MiewID is used with.
fn of_miewid(keys: &mut Keys<'_>) -> Found {
    let size = keys.side("image_size").or_else(|| keys.side("img_size"));
    let told = keys.source("architectures");
    let (mean, deviation) = IMAGENET;
    Found {
        size: size.or_else(|| Some(Told::by(told.clone(), (MIEWID_SIDE, MIEWID_SIDE)))),
        fit: Some(Told::by(told.clone(), Fit::Stretch)),
        filter: Some(Told::by(told.clone(), ResizeFilter::PlainBilinear)),
        range: Some(Told::by(told.clone(), ValueRange::Unit)),
        mean: Some(Told::by(told.clone(), mean)),
        deviation: Some(Told::by(told, deviation)),
        notes: Vec::new(),
    }
}

fn names_miewid(config: &Map<String, Value>) -> bool {
    let named =
        |value: &Value| value.as_str().is_some_and(|text| text.to_ascii_lowercase().contains("miewid"));
    let architectures = config.get("architectures").and_then(Value::as_array);
    config.get("model_type").is_some_and(named) || architectures.is_some_and(|names| names.iter().any(named))
}
