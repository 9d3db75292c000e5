//! Where a network to import lies, and which of several files in a folder is meant.

use std::fs;
use std::path::{Path, PathBuf};

use crate::registry::{HubName, HubNameError};

use super::error::ImportError;

/// Names of weight files, the one that is taken first.
const FIRST: [&str; 4] =
    ["model.safetensors", "open_clip_model.safetensors", "pytorch_model.bin", "open_clip_pytorch_model.bin"];

/// Endings of files that hold weights, or a network.
const ENDINGS: [&str; 6] = ["safetensors", "bin", "pth", "pt", "ckpt", "onnx"];

/// The most entries of a folder that are looked at.
const MOST_ENTRIES: usize = 10_000;

/// Where a network to import lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportSource {
    /// A file, or a folder with weights and their configs.
    Path(PathBuf),
    /// A model on the hub.
    Hub(HubName),
}

impl ImportSource {
    /// A text that the user gave: a model on the hub where it begins with `hf:`, else a path.
    ///
    /// # Errors
    /// When it begins so and is no such name.
    pub fn from_text(text: &str) -> Result<Self, HubNameError> {
        match HubName::is_meant(text) {
            true => text.parse().map(Self::Hub),
            false => Ok(Self::Path(PathBuf::from(text))),
        }
    }
}

/// The file of weights at a path: the file itself, or that of a folder, which may be named.
///
/// # Errors
/// When the folder has none, or not the named one, or several of which none has a usual name.
pub(crate) fn weights_in(path: &Path, named: Option<&str>) -> Result<PathBuf, ImportError> {
    if !path.is_dir() {
        return Ok(path.to_path_buf());
    }
    if let Some(name) = named {
        let file = path.join(name);
        let place = || ImportError::NoWeights { place: file.display().to_string() };
        return if file.is_file() { Ok(file) } else { Err(place()) };
    }
    if let Some(first) = FIRST.iter().map(|name| path.join(name)).find(|file| file.is_file()) {
        return Ok(first);
    }
    let entries = fs::read_dir(path).into_iter().flatten().take(MOST_ENTRIES).filter_map(Result::ok);
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|file| is_weights(file)).collect();
    files.sort();
    match files.as_slice() {
        [] => Err(ImportError::NoWeights { place: path.display().to_string() }),
        [one] => Ok(one.clone()),
        several => Err(ImportError::several(several, path)),
    }
}

fn is_weights(file: &Path) -> bool {
    let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    file.is_file() && ENDINGS.contains(&ending.as_str())
}

/// What a network can be called, by its place: the model on the hub, the file, or where that has the name that all have,
/// its folder. Lower-case letters, digits, `-`, `_` and `.` alone.
pub(super) fn name_of(file: &Path, hub: Option<&HubName>) -> String {
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let is_usual = FIRST.iter().any(|name| name.starts_with(stem)) || stem == "weights";
    let folder = || std::path::absolute(file).ok()?.parent()?.file_name()?.to_str().map(str::to_owned);
    let name = match hub {
        Some(hub) => hub.name().to_owned(),
        None if is_usual => folder().unwrap_or_else(|| stem.to_owned()),
        None => stem.to_owned(),
    };
    let plain =
        |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c.to_ascii_lowercase() } else { '-' };
    let name: String = name.chars().map(plain).take(60).collect();
    let name = name.trim_matches(['-', '.', '_']);
    if name.is_empty() { "imported".to_owned() } else { name.to_owned() }
}
