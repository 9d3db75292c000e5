//! The id of a bundle: a hash over all that changes its embeddings, and nothing else.
//!
//! The text that is hashed must never change for a bundle that exists, or catalogs would refuse their own
//! embeddings. So it is written here in full, with sorted keys, and a test holds one id fixed. A field that
//! [`resight_imaging::Preprocess`] gains later has to be left out while it has its default value.

use std::fmt::Write as _;

use resight_core::{BundleId, IdError};
use serde_json::Value;

use super::manifest::{MODEL_FILE, Manifest};

/// Computes the id of a bundle.
pub(super) fn bundle_id(manifest: &Manifest) -> Result<BundleId, IdError> {
    BundleId::new(&manifest.name, blake3::hash(description(manifest).as_bytes()).as_bytes())
}

/// All that changes the embeddings, as text.
fn description(manifest: &Manifest) -> String {
    let Manifest { purpose, input, output, dimension, distance, preprocess, files, .. } = manifest;
    let mut text = "resight bundle 1\n".to_owned();
    let mut line = |key: &str, value: Value| {
        text.push_str(key);
        text.push('=');
        write_sorted(&value, &mut text);
        text.push('\n');
    };
    line("purpose", json(purpose));
    line("input", json(input));
    line("output", json(output));
    line("dimension", json(dimension));
    line("distance", json(distance));
    line("preprocess", json(preprocess));
    line("model", json(&files.get(MODEL_FILE)));
    // What a box means, and which count, decides on every region.
    if let Some(detector) = &manifest.detector {
        line("detector", json(detector));
        line("labels", json(&manifest.labels));
    }
    if let Some(classifier) = &manifest.classifier {
        line("classifier", json(classifier));
        line("labels", json(&manifest.labels));
    }
    text
}

fn json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// JSON without blanks, keys in alphabetical order.
fn write_sorted(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                write_sorted(item, text);
            }
            text.push(']');
        }
        Value::Object(fields) => {
            let mut keys: Vec<&String> = fields.keys().collect();
            keys.sort();
            text.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                text.push_str(key);
                text.push(':');
                write_sorted(&fields[key], text);
            }
            text.push('}');
        }
        scalar => {
            // Writing to a string cannot fail.
            let _ = write!(text, "{scalar}");
        }
    }
}
