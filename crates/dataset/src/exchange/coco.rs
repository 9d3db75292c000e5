//! COCO's JSON: boxes in pixels of the upright photo, which `info.bbox_space` says.
//!
//! A turned box has the numbers of before it is turned, and `theta` in radians, as MiewID's training reads it.
//!
//! Beside COCO's own fields stand those of Wild Me's files (`name`, where `____` is nobody known, `viewpoint`, `theta`)
//! and of COCO Camera Traps (`datetime`, `location`, `seq_id`, `seq_num_frames`, `frame_num`). An identity that a model
//! alone says has `name_confirmed: false`.

use std::collections::BTreeMap;

use resight_core::{PixelBox, Species};
use serde::Serialize;

use super::going::{Going, Prepared};
use super::moments::plain;
use super::written::{ExchangeError, Written};
use super::{Sensitive, Standing};

pub(super) const CARRIES: &[(Sensitive, &str)] = &[
    (Sensitive::Times, "images[].datetime"),
    (Sensitive::Individuals, "annotations[].name"),
    (Sensitive::Unconfirmed, "annotations[].name, with name_confirmed = false"),
    (Sensitive::People, "annotations[].name_said_by"),
    (Sensitive::Photographers, "images[].rights_holder"),
    (Sensitive::Folders, "images[].file_name"),
    (Sensitive::Stations, "images[].location"),
    (Sensitive::Attributes, "annotations[].attributes"),
];

/// What Wild Me's files call an animal that nobody knows.
const NOBODY: &str = "____";

/// What a species that is not known is called: it is an animal.
const ANIMAL: &str = "animal";

#[derive(Serialize)]
struct File<'a> {
    info: Info<'a>,
    licenses: Vec<License<'a>>,
    images: Vec<Image<'a>>,
    annotations: Vec<Annotation<'a>>,
    categories: Vec<Category<'a>>,
}

#[derive(Serialize)]
struct Info<'a> {
    version: &'a str,
    description: &'a str,
    contributor: String,
    year: i16,
    date_created: String,
    bbox_space: &'a str,
}

#[derive(Serialize)]
struct License<'a> {
    id: u32,
    name: &'a str,
}

#[derive(Serialize)]
struct Image<'a> {
    id: usize,
    file_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_captured: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    datetime: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq_num_frames: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frame_num: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rights_holder: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    license: Option<u32>,
}

#[derive(Serialize)]
struct Annotation<'a> {
    id: i64,
    image_id: usize,
    category_id: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    bbox: Option<[f64; 4]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    area: Option<f64>,
    iscrowd: u8,
    segmentation: [f64; 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    theta: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_confirmed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_said_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_probability: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    viewpoint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_part: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Category<'a> {
    id: usize,
    name: &'a str,
    supercategory: &'a str,
}

pub(super) fn write(prepared: &Prepared<'_>, written: &mut Written) -> Result<(), ExchangeError> {
    let rows = &prepared.rows;
    let categories = categories(rows);
    let (images, numbers) = images(prepared);
    let annotations = rows.iter().map(|row| annotation(row, &numbers, &categories)).collect();
    let mut categories: Vec<Category<'_>> =
        categories.into_iter().map(|(name, id)| Category { id, name, supercategory: ANIMAL }).collect();
    categories.sort_by_key(|category| category.id);
    let file = File { info: info(prepared), licenses: licenses(prepared), images, annotations, categories };
    written.file("annotations.json", serde_json::to_vec_pretty(&file)?);
    Ok(())
}

fn info<'a>(prepared: &Prepared<'a>) -> Info<'a> {
    let made = jiff::tz::Offset::UTC.to_datetime(prepared.about.written_at);
    Info {
        version: "1.0",
        description: &prepared.about.title,
        contributor: prepared.about.contributors.join(", "),
        year: made.year(),
        date_created: made.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        bbox_space: "upright",
    }
}

fn licenses<'a>(prepared: &Prepared<'a>) -> Vec<License<'a>> {
    let name = prepared.about.media_license.as_deref();
    name.map(|name| License { id: 1, name }).into_iter().collect()
}

/// The number of each species: 0 is kept for photos without an animal, 1 is an animal of which no more is known.
fn categories(rows: &[Going]) -> BTreeMap<&str, usize> {
    let mut names: Vec<&str> =
        rows.iter().filter_map(|row| row.species.as_ref()).map(Species::as_str).collect();
    names.push(ANIMAL);
    names.sort_unstable_by_key(|name| (*name != ANIMAL, *name));
    names.dedup();
    names.into_iter().zip(1..).collect()
}

fn images<'a>(prepared: &'a Prepared<'_>) -> (Vec<Image<'a>>, BTreeMap<&'a str, usize>) {
    let mut numbers = BTreeMap::new();
    let mut images = Vec::new();
    let mut rows_of_images: Vec<&Going> = Vec::new();
    for row in &prepared.rows {
        if numbers.contains_key(row.file.as_str()) {
            continue;
        }
        numbers.insert(row.file.as_str(), images.len() + 1);
        let time = row.time.as_ref().map(plain);
        rows_of_images.push(row);
        images.push(Image {
            id: images.len() + 1,
            file_name: &row.file,
            width: row.upright_size.map(|size| size.width),
            height: row.upright_size.map(|size| size.height),
            date_captured: time.clone(),
            datetime: time,
            location: row.station.as_deref(),
            seq_id: row.encounter.as_deref(),
            seq_num_frames: None,
            frame_num: None,
            rights_holder: row.photographer.as_deref(),
            license: prepared.about.media_license.as_ref().map(|_| 1),
        });
    }
    number_frames(&mut images, &rows_of_images);
    (images, numbers)
}

/// Numbers the photos of each sequence by their times, from 1 on.
fn number_frames(images: &mut [Image<'_>], rows: &[&Going]) {
    let mut sequences: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        if let Some(sequence) = row.encounter.as_deref() {
            sequences.entry(sequence).or_default().push(place);
        }
    }
    for mut places in sequences.into_values() {
        places.sort_by_key(|place| (rows[*place].time.map(|time| time.civil), *place));
        for (number, place) in (1..).zip(&places) {
            images[*place].seq_num_frames = Some(places.len());
            images[*place].frame_num = Some(number);
        }
    }
}

fn annotation<'a>(
    row: &'a Going,
    images: &BTreeMap<&str, usize>,
    categories: &BTreeMap<&str, usize>,
) -> Annotation<'a> {
    let species = row.species.as_ref().map_or(ANIMAL, Species::as_str);
    let region = row.region.or_else(|| row.upright_size.map(PixelBox::whole));
    let identity = row.identity.as_ref();
    let unconfirmed = identity.filter(|identity| identity.standing == Standing::Unconfirmed);
    Annotation {
        id: row.annotation.0,
        image_id: images.get(row.file.as_str()).copied().unwrap_or_default(),
        category_id: categories.get(species).copied().unwrap_or(1),
        bbox: region.map(|region| [region.x, region.y, region.width, region.height]),
        area: region.map(|region| region.area()),
        iscrowd: 0,
        segmentation: [],
        theta: row.rotation(),
        score: row.detection_confidence,
        name: identity.map_or(NOBODY, |identity| &identity.name),
        name_confirmed: unconfirmed.map(|_| false),
        name_said_by: identity.map(|identity| identity.said_by.words()),
        name_probability: unconfirmed.and_then(|identity| identity.probability),
        viewpoint: row.viewpoint.as_ref().map(|viewpoint| viewpoint.as_str()),
        body_part: row.body_part.as_ref().map(|part| part.as_str()),
        quality: row.quality.map(|quality| quality.as_str()),
        attributes: &row.attributes,
    }
}
