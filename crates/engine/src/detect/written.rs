//! Boxes that were found, as files that other programs and [`resight_dataset`] read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use resight_core::{GivenBox, ImageSize, PixelBox};
use resight_dataset::{Row, TableWriter};
use serde_json::{Value, json};

use super::{Detections, FoundAnimal, LookedAt};
use crate::{EngineError, Warning};

/// Decimals of a share of a picture: a hundredth of a pixel of ten thousand.
const DECIMALS: f64 = 1e6;

/// Number of the first kind that is no `animal`: 2 and 3 are people and vehicles to programs that read numbers.
const OTHERS_FROM: usize = 4;

/// What an animal is called where the detector says nothing.
const ANIMAL: &str = "animal";

fn label(animal: &FoundAnimal) -> &str {
    animal.label.as_deref().unwrap_or(ANIMAL)
}

/// The format of MegaDetector, 1.4: boxes as shares of the picture, left, top, width and height (D. Morris, "MegaDetector batch
/// output format"). Photos without animals are
/// there, without boxes, and those that could not be looked at, as failures. `folder` is where it will lie, absolute: photos below it
/// get relative paths.
pub fn megadetector_json(found: &Detections, folder: &Path) -> Value {
    let mut categories: BTreeMap<&str, usize> = BTreeMap::from([(ANIMAL, 1)]);
    for animal in found.photos.iter().flat_map(|photo| &photo.found) {
        let next = categories.len() + OTHERS_FROM - 1;
        categories.entry(label(animal)).or_insert(next);
    }
    let looked_at = found.photos.iter().map(|photo| image(photo, &categories, folder));
    let failed =
        found.failed.iter().map(|path| json!({ "file": shown(path, folder), "failure": "image access" }));
    let images: Vec<Value> = looked_at.chain(failed).collect();
    let names: BTreeMap<String, &str> =
        categories.iter().map(|(name, number)| (number.to_string(), *name)).collect();
    json!({
        "info": { "format_version": "1.4", "detector": found.detector },
        "detection_categories": names,
        "images": images,
    })
}

fn image(photo: &LookedAt, categories: &BTreeMap<&str, usize>, folder: &Path) -> Value {
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
    json!({ "file": shown(&photo.path, folder), "detections": detections })
}

/// COCO's `instances` form: images, annotations with boxes in pixels of the upright photo (which `info` says), categories. `folder` is
/// where it will lie, as in [`megadetector_json`].
pub fn coco_json(found: &Detections, folder: &Path) -> Value {
    let labels: BTreeSet<&str> = found.photos.iter().flat_map(|photo| &photo.found).map(label).collect();
    let categories: BTreeMap<&str, usize> = labels.into_iter().zip(1..).collect();
    let images: Vec<Value> = (1..)
        .zip(&found.photos)
        .map(|(id, photo)| {
            let ImageSize { width, height } = photo.size;
            json!({ "id": id, "file_name": shown(&photo.path, folder), "width": width, "height": height })
        })
        .collect();
    let animals =
        (1..).zip(&found.photos).flat_map(|(image, photo)| photo.found.iter().map(move |one| (image, one)));
    let annotations: Vec<Value> = (1..)
        .zip(animals)
        .map(|(id, (image, animal)): (u64, (u64, &FoundAnimal))| {
            let PixelBox { x, y, width, height, .. } = animal.region;
            json!({
                "id": id,
                "image_id": image,
                "category_id": categories[label(animal)],
                "bbox": [x, y, width, height],
                "area": width * height,
                "iscrowd": 0,
                "score": animal.confidence,
            })
        })
        .collect();
    let categories: Vec<Value> =
        categories.into_iter().map(|(name, id)| json!({ "id": id, "name": name })).collect();
    json!({
        "info": { "description": "animals", "detector": found.detector, "bbox_space": "upright" },
        "images": images,
        "annotations": annotations,
        "categories": categories,
    })
}

/// A path as other programs read it from a file in `folder`, with `/`.
fn shown(path: &Path, folder: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let text = absolute.strip_prefix(folder).unwrap_or(&absolute).display().to_string();
    if cfg!(windows) { text.replace('\\', "/") } else { text }
}

/// A table, and the photos that cannot stand in one.
pub struct Tabled {
    /// The table: CSV.
    pub bytes: Vec<u8>,
    /// What was left out, and why.
    pub left_out: Vec<Warning>,
}

/// A table with a row an animal, which `ingest` takes in: boxes in pixels of the upright photo, and what the source's table says of the
/// photo, but whom it shows: that was said of another box. Photos without animals are not in it. `folder` is where it will lie,
/// absolute: photos below it get relative paths.
///
/// # Errors
/// None on what is in memory.
pub fn table(found: &Detections, folder: &Path) -> Result<Tabled, EngineError> {
    let columns = ["label", "confidence"].map(str::to_owned);
    let mut writer = TableWriter::new(Vec::new(), folder, &columns)?;
    let mut left_out = Vec::new();
    for photo in &found.photos {
        let Some(row) = found.rows.get(&photo.path) else { continue };
        let path = std::path::absolute(&photo.path).unwrap_or_else(|_| photo.path.clone());
        for (number, animal) in (1..).zip(&photo.found) {
            let animals_row = Row {
                image_id: format!("{}_{number}", row.image_id),
                path: path.clone(),
                identity: None,
                viewpoint: None,
                boxes: vec![GivenBox::upright(animal.region)],
                extra: vec![label(animal).to_owned(), format!("{:.3}", animal.confidence)],
                ..row.clone()
            };
            match writer.write(&animals_row) {
                Ok(()) => {}
                Err(error) if error.concerns_row() => left_out
                    .push(Warning { about: photo.path.display().to_string(), message: error.to_string() }),
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(Tabled { bytes: writer.finish()?, left_out })
}
