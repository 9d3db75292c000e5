//! Boxes that were found, as files that other programs and [`resight_dataset`] read.

use std::collections::BTreeMap;

use resight_dataset::{ListWriter, TableWriteError};
use serde_json::{Value, json};

use super::{Detections, FoundAnimal, LookedAt};

/// Decimals of a share of a picture: a hundredth of a pixel of ten thousand.
const DECIMALS: f64 = 1e6;

/// What an animal is called where the detector says nothing.
const ANIMAL: &str = "animal";

fn label(animal: &FoundAnimal) -> &str {
    animal.label.as_deref().unwrap_or(ANIMAL)
}

/// The format of MegaDetector, 1.4: boxes as shares of the picture, left, top, width and height (D. Morris, "MegaDetector batch
/// output format"). Photos without animals are there, without boxes.
pub fn megadetector_json(found: &Detections) -> Value {
    let mut categories: BTreeMap<&str, usize> = BTreeMap::from([(ANIMAL, 1)]);
    for animal in found.photos.iter().flat_map(|photo| &photo.found) {
        let next = categories.len() + 1;
        categories.entry(label(animal)).or_insert(next);
    }
    let images: Vec<Value> = found.photos.iter().map(|photo| image(photo, &categories)).collect();
    let names: BTreeMap<String, &str> =
        categories.iter().map(|(name, number)| (number.to_string(), *name)).collect();
    json!({
        "info": { "format_version": "1.4", "detector": found.detector },
        "detection_categories": names,
        "images": images,
    })
}

fn image(photo: &LookedAt, categories: &BTreeMap<&str, usize>) -> Value {
    let rounded = |value: f64| (value * DECIMALS).round() / DECIMALS;
    let detections: Vec<Value> = photo
        .found
        .iter()
        .map(|animal| {
            let share = animal.region.relative(photo.size);
            let bbox = [share.x, share.y, share.width, share.height].map(rounded);
            json!({
                "category": categories[label(animal)].to_string(),
                "conf": rounded(f64::from(animal.confidence)),
                "bbox": bbox,
            })
        })
        .collect();
    json!({ "file": photo.path.display().to_string(), "detections": detections })
}

/// A table with a row an animal, which `ingest` takes in: boxes in pixels of the upright photo. Photos without animals are not in it.
///
/// # Errors
/// A path cannot stand in a table.
pub fn table(found: &Detections) -> Result<Vec<u8>, TableWriteError> {
    let columns = ["image_id", "path", "bbox", "bbox_space", "label", "confidence"];
    let mut writer = ListWriter::new(Vec::new(), &columns.map(str::to_owned))?;
    for photo in &found.photos {
        for (number, animal) in (1..).zip(&photo.found) {
            let stem = photo.path.file_stem().unwrap_or_default().to_string_lossy();
            let region = &animal.region;
            writer.write(&[
                format!("{stem}_{number}"),
                photo.path.display().to_string(),
                format!("[{:.1}, {:.1}, {:.1}, {:.1}]", region.x, region.y, region.width, region.height),
                "upright".to_owned(),
                label(animal).to_owned(),
                format!("{:.3}", animal.confidence),
            ])?;
        }
    }
    writer.finish()
}
