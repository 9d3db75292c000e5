//! MegaDetector's JSON, version 1.6 of its format: boxes as shares of the upright photo (of turned ones the boxes around
//! them), the species as a classification. There is no place for identities in it.

use std::collections::BTreeMap;

use resight_core::{ImageSize, PixelBox, Species};
use serde::Serialize;

use super::Sensitive;
use super::going::{Going, Prepared};
use super::written::{ExchangeError, NoteKind, Written};

pub(super) const CARRIES: &[(Sensitive, &str)] = &[(Sensitive::Folders, "images[].file")];

/// The category of animals.
const ANIMAL: &str = "1";

#[derive(Serialize)]
struct File<'a> {
    info: Info,
    detection_categories: BTreeMap<&'a str, &'a str>,
    classification_categories: BTreeMap<String, &'a str>,
    images: Vec<Image<'a>>,
}

#[derive(Serialize)]
struct Info {
    format_version: &'static str,
    detector: &'static str,
    detection_completion_time: String,
}

#[derive(Serialize)]
struct Image<'a> {
    file: &'a str,
    detections: Vec<Detection>,
}

#[derive(Serialize)]
struct Detection {
    category: &'static str,
    conf: f64,
    bbox: [f64; 4],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    classifications: Vec<(String, f64)>,
}

pub(super) fn write(prepared: &Prepared<'_>, written: &mut Written) -> Result<(), ExchangeError> {
    let rows = &prepared.rows;
    let mut species: Vec<&str> =
        rows.iter().filter_map(|row| row.species.as_ref()).map(Species::as_str).collect();
    species.sort_unstable();
    species.dedup();
    let numbers: BTreeMap<&str, usize> = species.iter().copied().zip(0..).collect();
    let made = jiff::tz::Offset::UTC.to_datetime(prepared.about.written_at);
    let file = File {
        info: Info {
            format_version: "1.6",
            detector: "resight",
            detection_completion_time: made.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        },
        detection_categories: [(ANIMAL, "animal"), ("2", "person"), ("3", "vehicle")].into(),
        classification_categories: numbers.iter().map(|(name, id)| (id.to_string(), *name)).collect(),
        images: images(rows, &numbers, written),
    };
    written.file("detections.json", serde_json::to_vec_pretty(&file)?);
    Ok(())
}

fn images<'a>(rows: &'a [Going], species: &BTreeMap<&str, usize>, written: &mut Written) -> Vec<Image<'a>> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut images: Vec<Image<'a>> = Vec::new();
    for row in rows {
        if row.identity.is_some() {
            written.note(NoteKind::NotInThisFormat, row.annotation.to_string());
        }
        let Some(bbox) = shares(row.region, row.upright_size) else {
            written.note(NoteKind::NoSize, row.annotation.to_string());
            continue;
        };
        let number = row.species.as_ref().and_then(|label| species.get(label.as_str()));
        let detection = Detection {
            category: ANIMAL,
            // Who drew the box by hand was sure.
            conf: row.detection_confidence.unwrap_or(1.0),
            bbox,
            classifications: number.map(|number| (number.to_string(), 1.0)).into_iter().collect(),
        };
        let place = *places.entry(&row.file).or_insert(images.len());
        match images.get_mut(place) {
            Some(image) => image.detections.push(detection),
            None => images.push(Image { file: &row.file, detections: vec![detection] }),
        }
    }
    images
}

/// The box as shares of the photo, all within it and parallel to its sides; the whole photo where there is no box. None
/// where a box is given and no size, or the box lies outside.
pub(super) fn shares(region: Option<PixelBox>, size: Option<ImageSize>) -> Option<[f64; 4]> {
    let Some(region) = region else { return Some([0.0, 0.0, 1.0, 1.0]) };
    let size = size?;
    let inside = PixelBox { rotation: 0.0, ..region.bounds() }.clamped(size)?.relative(size);
    Some([inside.x, inside.y, inside.width.min(1.0 - inside.x), inside.height.min(1.0 - inside.y)])
}
