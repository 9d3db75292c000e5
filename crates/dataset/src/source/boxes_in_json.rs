//! Boxes in JSON: what MegaDetector found (its "batch output format", 1.0 to 1.4), and COCO's `instances` files.
//!
//! Both become a row an animal. People and vehicles are left out: nobody asked to be in a catalog.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use resight_core::{BoxSpace, Species};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::boxes::{self, BoxesRead};
use crate::table::{PhotoFolder, folder_of};
use crate::warning::{WarningKind, Warnings};
use crate::{BoxForm, DatasetError, ReadOptions, Row, SourceKind, Table};

/// Detections that are less sure are noise: the least confidence that MegaDetector's authors name for version 5.
const LEAST_CONFIDENCE: f64 = 0.2;
/// What detectors call those who are no animals.
const NO_ANIMALS: [&str; 5] = ["person", "people", "human", "vehicle", "empty"];
/// What says that it is an animal, and not which.
const ANY_ANIMAL: [&str; 2] = ["animal", "object"];

#[derive(Deserialize)]
struct MegaDetectorFile {
    #[serde(default)]
    detection_categories: BTreeMap<String, String>,
    images: Vec<MegaDetectorImage>,
}

#[derive(Deserialize)]
struct MegaDetectorImage {
    file: String,
    detections: Option<Vec<MegaDetection>>,
    failure: Option<String>,
}

#[derive(Deserialize)]
struct MegaDetection {
    category: String,
    conf: f64,
    bbox: [f64; 4],
}

#[derive(Deserialize)]
struct CocoFile {
    images: Vec<CocoImage>,
    annotations: Vec<CocoAnnotation>,
    #[serde(default)]
    categories: Vec<CocoCategory>,
}

#[derive(Deserialize)]
struct CocoImage {
    id: Value,
    file_name: String,
}

#[derive(Deserialize)]
struct CocoAnnotation {
    image_id: Value,
    category_id: Option<Value>,
    bbox: Option<[f64; 4]>,
}

#[derive(Deserialize)]
struct CocoCategory {
    id: Value,
    name: String,
}

/// An animal in a photo, as either file says it.
struct Found<'a> {
    file: &'a str,
    label: Option<&'a str>,
    numbers: Option<[f64; 4]>,
    confidence: Option<f64>,
}

/// What kind of source a JSON file is; `None` where it is none of these.
pub(super) fn kind_of(path: &Path) -> Option<(SourceKind, &'static str)> {
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let file = BufReader::new(File::open(path).ok().filter(|_| is_json)?);
    let keys: BTreeMap<String, IgnoredAny> = serde_json::from_reader(file).ok()?;
    match () {
        () if !keys.contains_key("images") => None,
        () if keys.contains_key("annotations") => Some((SourceKind::Coco, "it has images and annotations")),
        () => Some((SourceKind::Megadetector, "it has images and no annotations")),
    }
}

/// Reads what MegaDetector wrote.
pub(super) fn read_megadetector(path: &Path, options: &ReadOptions) -> Result<Table, DatasetError> {
    let read: MegaDetectorFile = parsed(path, "a file in the format of MegaDetector")?;
    let mut warnings = Warnings::default();
    let mut found = Vec::new();
    for image in &read.images {
        let detections = image.detections.as_deref().unwrap_or_default();
        match &image.failure {
            Some(_) => {
                warnings.count(None, WarningKind::LeftOut { what: "photos that could not be looked at" })
            }
            None if detections.is_empty() => {
                warnings.count(None, WarningKind::LeftOut { what: "photos in which nothing was found" });
            }
            None => {}
        }
        found.extend(detections.iter().map(|one| Found {
            file: &image.file,
            label: Some(match one.category.as_str() {
                // Its three numbers, where the file does not say what they mean.
                "1" if read.detection_categories.is_empty() => "animal",
                "2" if read.detection_categories.is_empty() => "person",
                "3" if read.detection_categories.is_empty() => "vehicle",
                category => read.detection_categories.get(category).map_or(category, String::as_str),
            }),
            numbers: Some(one.bbox),
            confidence: Some(one.conf),
        }));
    }
    // It shows photos to its network upright.
    let space = options.boxes.space.unwrap_or(BoxSpace::Upright);
    table(path, options, SourceKind::Megadetector, (BoxForm::Relative, space), &found, warnings)
}

/// Reads a COCO file.
pub(super) fn read_coco(path: &Path, options: &ReadOptions) -> Result<Table, DatasetError> {
    let read: CocoFile = parsed(path, "a COCO file")?;
    let mut warnings = Warnings::default();
    let key = |id: &Value| id.to_string();
    let files: BTreeMap<String, &str> =
        read.images.iter().map(|image| (key(&image.id), image.file_name.as_str())).collect();
    let names: BTreeMap<String, &str> =
        read.categories.iter().map(|category| (key(&category.id), category.name.as_str())).collect();
    let mut found = Vec::new();
    for one in &read.annotations {
        let Some(file) = files.get(&key(&one.image_id)) else {
            warnings
                .count(None, WarningKind::LeftOut { what: "boxes of photos that the file does not name" });
            continue;
        };
        let label = one.category_id.as_ref().and_then(|id| names.get(&key(id))).copied();
        found.push(Found { file, label, numbers: one.bbox, confidence: None });
    }
    let form = options.boxes.form.unwrap_or(BoxForm::Xywh);
    let space = options.boxes.space.unwrap_or(BoxSpace::Stored);
    table(path, options, SourceKind::Coco, (form, space), &found, warnings)
}

fn parsed<T: serde::de::DeserializeOwned>(path: &Path, expected: &'static str) -> Result<T, DatasetError> {
    let file = File::open(path).map_err(DatasetError::unreadable(path))?;
    serde_json::from_reader(BufReader::new(file)).map_err(|error| DatasetError::NotJson {
        expected,
        reason: error.to_string(),
        path: path.to_owned(),
    })
}

fn table(
    path: &Path,
    options: &ReadOptions,
    kind: SourceKind,
    (form, space): (BoxForm, BoxSpace),
    found: &[Found<'_>],
    mut warnings: Warnings,
) -> Result<Table, DatasetError> {
    let mut photos = PhotoFolder::new(folder_of(path), options);
    let mut rows: Vec<Row> = Vec::new();
    let mut read = BoxesRead { form, numbers: Vec::new() };
    let mut of_photo: BTreeMap<&str, usize> = BTreeMap::new();
    for (line, one) in (1..).zip(found) {
        let label = one.label.map(str::trim).filter(|label| !label.is_empty());
        let is_any = |names: &[&str]| {
            label.is_some_and(|label| names.iter().any(|name| label.eq_ignore_ascii_case(name)))
        };
        if is_any(&NO_ANIMALS) {
            warnings.count(Some(line), WarningKind::LeftOut { what: "people and vehicles" });
            continue;
        }
        if one.confidence.is_some_and(|confidence| confidence < LEAST_CONFIDENCE) {
            warnings.count(Some(line), WarningKind::LeftOut { what: "boxes with a confidence below 0.2" });
            continue;
        }
        let number = of_photo.entry(one.file).and_modify(|number| *number += 1).or_insert(1);
        let place = photos.locate(one.file, line, &mut warnings);
        let row = Row::of_photo(line, format!("{}_{number}", one.file), place);
        let species = label.filter(|_| !is_any(&ANY_ANIMAL)).and_then(Species::parse);
        let confidence = one.confidence.map_or_else(String::new, |confidence| format!("{confidence:.3}"));
        if let Some(numbers) = one.numbers {
            read.numbers.push((rows.len(), space, vec![numbers]));
        }
        rows.push(Row { species, extra: vec![label.unwrap_or_default().to_owned(), confidence], ..row });
    }
    boxes::place(&mut rows, &read, path, &mut warnings)?;
    Ok(Table {
        kind,
        root: photos.root().to_owned(),
        extra_columns: ["label", "confidence"].map(str::to_owned).to_vec(),
        rows,
        warnings: warnings.finish(),
    })
}
