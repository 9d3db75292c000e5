//! Boxes in JSON: what MegaDetector found (its "batch output format", 1.0 to 1.4), and COCO's `instances` files.
//!
//! Both become a row an animal. People are left out, for nobody asked to be in a catalog, and so is what is no animal.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use resight_core::{BoxSpace, Species, Viewpoint, says_nothing};
use serde::Deserialize;
use serde_json::Value;

use super::Looked;
use crate::boxes::{self, BoxesRead};
use crate::cell::{IdentityCell, IdentityWords, read_position};
use crate::columns::shortened;
use crate::table::{PhotoFolder, folder_of};
use crate::warning::{WarningKind, Warnings};
use crate::{BoxForm, DatasetError, ReadOptions, Row, SourceKind, Table};

/// Detections that are less sure are noise: the least confidence that MegaDetector's authors name for version 5.
const LEAST_CONFIDENCE: f64 = 0.2;
/// The largest file that is read, in bytes: what a detector says of some million photos.
const MOST_BYTES: u64 = 2 << 30;
/// What detectors call those who are no animals.
const NO_ANIMALS: [&str; 6] = ["person", "people", "human", "vehicle", "car", "truck"];
/// What COCO calls the kinds of categories that are no animals.
const NO_ANIMAL_KINDS: [&str; 11] = [
    "person",
    "vehicle",
    "outdoor",
    "accessory",
    "sports",
    "kitchen",
    "food",
    "furniture",
    "electronic",
    "appliance",
    "indoor",
];
/// What says that the photo is empty.
const EMPTY: [&str; 2] = ["empty", "blank"];
/// What says that it is an animal, and not which.
const ANY_ANIMAL: [&str; 2] = ["animal", "object"];

#[derive(Deserialize)]
struct MegaDetectorFile {
    detection_categories: Option<BTreeMap<String, String>>,
    classification_categories: Option<BTreeMap<String, String>>,
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
    bbox: Value,
    /// Number of a class and how sure it is, the surest first.
    #[serde(default)]
    classifications: Vec<Value>,
}

/// A classifier that is less sure says nothing.
const SURE: f64 = 0.5;

impl MegaDetection {
    /// What a classifier says, where it is surer than not.
    fn surest(&self, classes: &BTreeMap<String, String>) -> Option<(String, f64)> {
        let pair = self.classifications.first()?.as_array()?;
        let (class, sure) = (text(pair.first()), pair.get(1)?.as_f64()?);
        (sure > SURE).then(|| (classes.get(&class).cloned().unwrap_or(class), sure))
    }
}

#[derive(Deserialize)]
struct CocoFile {
    info: Option<CocoInfo>,
    images: Vec<CocoImage>,
    annotations: Vec<CocoAnnotation>,
    #[serde(default)]
    categories: Vec<CocoCategory>,
}

#[derive(Deserialize)]
struct CocoInfo {
    /// As in a table's column of this name.
    bbox_space: Option<String>,
}

#[derive(Deserialize)]
struct CocoImage {
    id: Value,
    file_name: String,
    /// COCO Camera Traps, Wild Me: when, where, and in which sequence it was taken.
    datetime: Option<Value>,
    date_captured: Option<Value>,
    location: Option<Value>,
    seq_id: Option<Value>,
    latitude: Option<Value>,
    longitude: Option<Value>,
    gps_lat_captured: Option<Value>,
    gps_lon_captured: Option<Value>,
}

#[derive(Deserialize)]
struct CocoAnnotation {
    image_id: Value,
    category_id: Option<Value>,
    bbox: Option<Value>,
    score: Option<f64>,
    /// Whom it shows: `name` as Wild Me has it, `____` where nobody knows.
    name: Option<Value>,
    identity: Option<Value>,
    individual_id: Option<Value>,
    individual_ids: Option<Value>,
    viewpoint: Option<Value>,
    /// How far the box is turned, in radians.
    theta: Option<f64>,
    /// 1 where the box is around a herd.
    iscrowd: Option<u8>,
}

#[derive(Deserialize)]
struct CocoCategory {
    id: Value,
    name: String,
    supercategory: Option<String>,
}

/// An animal in a photo, as either file says it.
struct Found<'a> {
    file: &'a str,
    label: Option<&'a str>,
    /// The kind of its category, where the file says one.
    kind: Option<&'a str>,
    numbers: Option<&'a Value>,
    confidence: Option<f64>,
    /// What COCO says besides.
    says: Says,
}

/// What a file says of an animal and its photo besides the box, as texts.
#[derive(Default)]
struct Says {
    identity: String,
    viewpoint: String,
    encounter: String,
    date: String,
    station: String,
    position: [String; 2],
    rotation: Option<f64>,
    sure: Option<(String, f64)>,
}

/// The first of several values that says something, as a text.
fn first<const N: usize>(values: [&Option<Value>; N]) -> String {
    values.into_iter().map(|value| text(value.as_ref())).find(|text| !text.is_empty()).unwrap_or_default()
}

/// A value as a text; nothing for what is none.
fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        // Some write a list of one.
        Some(Value::Array(all)) if all.len() == 1 => text(all.first()),
        _ => String::new(),
    }
}

/// Whether it is what MegaDetector wrote.
pub(super) fn is_megadetector(looked: &Looked<'_>) -> Option<&'static str> {
    let is_it = looked.has_key("images") && !looked.has_key("annotations");
    is_it.then_some("it has images and no annotations")
}

/// Whether it is COCO's. Any other JSON is no source, and is told as such when it is read.
pub(super) fn is_coco(looked: &Looked<'_>) -> Option<&'static str> {
    let is_it = looked.has_key("images") && looked.has_key("annotations");
    is_it.then_some("it has images and annotations")
}

/// Reads what MegaDetector wrote.
pub(super) fn read_megadetector(path: &Path, options: &ReadOptions) -> Result<Table, DatasetError> {
    let read: MegaDetectorFile = parsed(path, "a file in the format of MegaDetector")?;
    let mut warnings = Warnings::default();
    let categories = read.detection_categories.unwrap_or_default();
    let classes = read.classification_categories.unwrap_or_default();
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
                "1" if categories.is_empty() => "animal",
                "2" if categories.is_empty() => "person",
                "3" if categories.is_empty() => "vehicle",
                category => categories.get(category).map_or(category, String::as_str),
            }),
            kind: None,
            numbers: Some(&one.bbox),
            confidence: Some(one.conf),
            says: Says { sure: one.surest(&classes), ..Says::default() },
        }));
    }
    // It shows photos to its network upright.
    let space = options.boxes.space.unwrap_or(BoxSpace::Upright);
    let form = options.boxes.form.unwrap_or(BoxForm::Relative);
    table(path, options, SourceKind::Megadetector, (form, space), &found, warnings)
}

/// Reads a COCO file.
pub(super) fn read_coco(path: &Path, options: &ReadOptions) -> Result<Table, DatasetError> {
    let read: CocoFile = parsed(path, "a COCO file")?;
    let mut warnings = Warnings::default();
    let key = |id: &Value| id.to_string();
    let files: BTreeMap<String, &CocoImage> =
        read.images.iter().map(|image| (key(&image.id), image)).collect();
    let names: BTreeMap<String, &CocoCategory> =
        read.categories.iter().map(|category| (key(&category.id), category)).collect();
    let mut found = Vec::new();
    for one in &read.annotations {
        let Some(image) = files.get(&key(&one.image_id)) else {
            warnings
                .count(None, WarningKind::LeftOut { what: "boxes of photos that the file does not name" });
            continue;
        };
        if one.iscrowd.is_some_and(|crowd| crowd > 0) {
            warnings.count(None, WarningKind::LeftOut { what: "boxes around more than one animal" });
            continue;
        }
        let category = one.category_id.as_ref().and_then(|id| names.get(&key(id)));
        found.push(Found {
            file: &image.file_name,
            says: Says {
                identity: first([&one.name, &one.identity, &one.individual_id, &one.individual_ids]),
                viewpoint: text(one.viewpoint.as_ref()),
                encounter: text(image.seq_id.as_ref()),
                date: first([&image.datetime, &image.date_captured]),
                station: text(image.location.as_ref()),
                position: [
                    first([&image.latitude, &image.gps_lat_captured]),
                    first([&image.longitude, &image.gps_lon_captured]),
                ],
                rotation: one.theta,
                sure: None,
            },
            label: category.map(|category| category.name.as_str()),
            kind: category.and_then(|category| category.supercategory.as_deref()),
            numbers: one.bbox.as_ref(),
            confidence: one.score,
        });
    }
    let form = options.boxes.form.unwrap_or(BoxForm::Xywh);
    let said = read.info.as_ref().and_then(|info| info.bbox_space.as_deref());
    let said = said.map(|space| if space == "upright" { BoxSpace::Upright } else { BoxSpace::Stored });
    let space = options.boxes.space.or(said).unwrap_or(BoxSpace::Stored);
    table(path, options, SourceKind::Coco, (form, space), &found, warnings)
}

fn parsed<T: serde::de::DeserializeOwned>(path: &Path, expected: &'static str) -> Result<T, DatasetError> {
    let no_json = |reason: String| DatasetError::NotJson { expected, reason, path: path.to_owned() };
    let file = File::open(path).map_err(DatasetError::unreadable(path))?;
    if file.metadata().map_err(DatasetError::unreadable(path))?.len() > MOST_BYTES {
        return Err(no_json(format!("it has more than {} GiB", MOST_BYTES >> 30)));
    }
    serde_json::from_reader(BufReader::new(file)).map_err(|error| no_json(error.to_string()))
}

fn numbers(value: &Value) -> Option<[f64; 4]> {
    let numbers: Option<Vec<f64>> = value.as_array()?.iter().map(Value::as_f64).collect();
    numbers?.try_into().ok()
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
    let mut rotations: Vec<(usize, f64)> = Vec::new();
    let words = IdentityWords::with(&options.unidentified_words);
    let mut of_photo: BTreeMap<&str, usize> = BTreeMap::new();
    for (line, one) in (1..).zip(found) {
        let label = one.label.map(str::trim).filter(|label| !label.is_empty());
        let is_any = |names: &[&str]| {
            label.is_some_and(|label| names.iter().any(|name| label.eq_ignore_ascii_case(name)))
        };
        let is_no_animal = one.kind.is_some_and(|kind| NO_ANIMAL_KINDS.contains(&kind));
        if is_no_animal || is_any(&NO_ANIMALS) {
            warnings
                .count(None, WarningKind::LeftOut { what: "people, vehicles and what else is no animal" });
            continue;
        }
        if is_any(&EMPTY) {
            warnings.count(None, WarningKind::LeftOut { what: "photos that are said to be empty" });
            continue;
        }
        if one.confidence.is_some_and(|confidence| confidence < LEAST_CONFIDENCE) {
            warnings.count(None, WarningKind::LeftOut { what: "boxes with a confidence below 0.2" });
            continue;
        }
        let number = of_photo.entry(one.file).and_modify(|number| *number += 1).or_insert(1);
        let place = photos.locate(one.file, line, &mut warnings);
        let row = Row::of_photo(line, format!("{}_{number}", one.file), place);
        let species = label.filter(|_| !is_any(&ANY_ANIMAL)).and_then(Species::parse);
        let confidence = one.confidence.map_or_else(String::new, |confidence| format!("{confidence:.3}"));
        match one.numbers.map(numbers) {
            None => {}
            Some(Some(numbers)) => read.numbers.push((rows.len(), space, vec![numbers])),
            Some(None) => {
                // Without it the row would mean the whole photo.
                warnings.count(None, WarningKind::LeftOut { what: "boxes that are not four numbers" });
                continue;
            }
        }
        rotations.extend(
            one.says.rotation.filter(|rotation| rotation.is_finite()).map(|turned| (rows.len(), turned)),
        );
        let mut row = Row { species, ..row };
        say(&mut row, &one.says, &words, &mut warnings);
        let (class, sure) = one
            .says
            .sure
            .clone()
            .map_or_else(Default::default, |(class, sure)| (class, format!("{sure:.3}")));
        let label = label.unwrap_or_default().to_owned();
        row.extra = vec![label, confidence, one.says.station.clone(), class, sure];
        rows.push(row);
    }
    boxes::place(&mut rows, &read, path, &mut warnings)?;
    for (row, rotation) in rotations {
        for given in &mut rows[row].boxes {
            given.bounds = given.bounds.turned(rotation);
        }
    }
    let extra_columns = ["label", "confidence", "station", "classified_as", "classification_probability"];
    let extra_columns = used(&mut rows, &extra_columns);
    Ok(Table { kind, root: photos.root().to_owned(), extra_columns, rows, warnings: warnings.finish() })
}

/// What the file says of the animal and its photo.
fn say(row: &mut Row, says: &Says, words: &IdentityWords, warnings: &mut Warnings) {
    let line = Some(row.line);
    row.identity = match words.read(&says.identity) {
        IdentityCell::NotKnown => None,
        IdentityCell::Missing(word) => {
            let kind = WarningKind::ReadAsNotKnown { column: "identity", word: word.to_owned() };
            warnings.count(line, kind);
            None
        }
        IdentityCell::NoName(reason) => {
            warnings.list(line, WarningKind::BadName { reason, found: shortened(&says.identity, 60) });
            None
        }
        IdentityCell::Named(name) => Some(name.into_owned()),
        IdentityCell::Suspicious(name) => {
            warnings.count(line, WarningKind::SuspiciousIdentity { identity: name.to_owned() });
            Some(name.to_owned())
        }
    };
    row.viewpoint = Viewpoint::parse(&says.viewpoint);
    row.encounter = Some(says.encounter.clone()).filter(|key| !says_nothing(key));
    if !says_nothing(&says.date) {
        match says.date.parse() {
            Ok(date) => row.date = Some(date),
            Err(_) => {
                let found = shortened(&says.date, 60);
                warnings.count_by_example(line, WarningKind::BadDate { found });
            }
        }
    }
    let [latitude, longitude] = &says.position;
    match read_position(latitude, longitude) {
        Ok(Some((north, east))) => (row.latitude, row.longitude) = (Some(north), Some(east)),
        Ok(None) => {}
        Err(()) => {
            let found = shortened(&format!("{latitude}, {longitude}"), 60);
            warnings.count_by_example(line, WarningKind::BadPosition { found });
        }
    }
}

/// The extra columns that say something; those of boxes are always there.
fn used(rows: &mut [Row], columns: &[&str; 5]) -> Vec<String> {
    let is_used: Vec<bool> =
        (0..columns.len()).map(|at| at < 2 || rows.iter().any(|row| !row.extra[at].is_empty())).collect();
    for row in rows {
        let mut at = 0;
        row.extra.retain(|_| {
            at += 1;
            is_used[at - 1]
        });
    }
    columns
        .iter()
        .zip(&is_used)
        .filter(|(_, is_used)| **is_used)
        .map(|(name, _)| (*name).to_owned())
        .collect()
}
