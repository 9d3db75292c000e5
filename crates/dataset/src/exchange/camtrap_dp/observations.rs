//! Media, observations and individuals.

use std::collections::{BTreeMap, BTreeSet};

use super::super::going::{Going, Prepared, Teller};
use super::super::lists::{number, text};
use super::super::megadetector::shares;
use super::super::moments::plain;
use super::super::written::{NoteKind, Written};
use super::super::{CapturedBy, Standing};
use super::Timed;

/// The columns of media, in the standard's order.
pub(super) const MEDIA: [&str; 11] = [
    "mediaID",
    "deploymentID",
    "captureMethod",
    "timestamp",
    "filePath",
    "filePublic",
    "fileName",
    "fileMediatype",
    "exifData",
    "favorite",
    "mediaComments",
];

/// The columns of observations, in the standard's order.
pub(super) const OBSERVATIONS: [&str; 28] = [
    "observationID",
    "deploymentID",
    "mediaID",
    "eventID",
    "eventStart",
    "eventEnd",
    "observationLevel",
    "observationType",
    "cameraSetupType",
    "scientificName",
    "count",
    "lifeStage",
    "sex",
    "behavior",
    "individualID",
    "individualPositionRadius",
    "individualPositionAngle",
    "individualSpeed",
    "bboxX",
    "bboxY",
    "bboxWidth",
    "bboxHeight",
    "classificationMethod",
    "classifiedBy",
    "classificationTimestamp",
    "classificationProbability",
    "observationTags",
    "observationComments",
];

/// The columns of individuals: a table of our own beside those of the standard.
pub(super) const INDIVIDUALS: [&str; 7] =
    ["individualID", "catalogID", "aliases", "sex", "scientificName", "attributes", "notes"];

/// A row a photo.
pub(super) fn media(
    prepared: &Prepared<'_>,
    timed: &[Timed<'_>],
    written: &mut Written,
) -> Vec<[String; 11]> {
    let capture_method = match prepared.about.captured_by {
        CapturedBy::People => "",
        CapturedBy::CameraTraps => "activityDetection",
    };
    let mut seen = BTreeSet::new();
    let mut rows = Vec::new();
    for one in timed {
        let row = one.row;
        if !seen.insert(row.content) {
            continue;
        }
        let name = row.file.rsplit('/').next().unwrap_or_default();
        let path = if is_allowed(&row.file) { row.file.clone() } else { allowed_name(name) };
        if path != row.file {
            written.note(NoteKind::FolderCut, row.annotation.to_string());
        }
        rows.push([
            media_id(row),
            one.deployment.clone(),
            capture_method.to_owned(),
            one.moment.start.clone(),
            path,
            "false".to_owned(),
            name.to_owned(),
            media_type(name).to_owned(),
            String::new(),
            String::new(),
            media_comments(one),
        ]);
    }
    rows
}

/// The id of a photo: the hash of its bytes.
fn media_id(row: &Going) -> String {
    row.content.to_string()
}

/// Whether the standard takes the path: below the folder of the package, with nothing hidden in it.
fn is_allowed(path: &str) -> bool {
    !path.starts_with(['.', '/', '~']) && !path.contains("..") && !path.contains(':')
}

/// The name of a photo as a path that the standard takes.
fn allowed_name(name: &str) -> String {
    let mut name = name.trim_start_matches(['.', '~']).replace(':', "_");
    while name.contains("..") {
        name = name.replace("..", ".");
    }
    if name.is_empty() { "photo".to_owned() } else { name }
}

/// The type of a photo, by its ending.
fn media_type(name: &str) -> &'static str {
    let ending = name.rsplit('.').next().unwrap_or_default().to_lowercase();
    match ending.as_str() {
        "png" => "image/png",
        "tif" | "tiff" => "image/tiff",
        "webp" => "image/webp",
        _ => "image/jpeg",
    }
}

fn media_comments(one: &Timed<'_>) -> String {
    let mut comments = Vec::new();
    if let Some(time) = one.row.time.filter(|time| !time.has_time_of_day()) {
        comments.push(format!("of the time no more is known than {}", plain(&time)));
    }
    if !one.moment.offset_is_known {
        comments.push("the photo states no time zone".to_owned());
    }
    comments.extend(one.row.photographer.as_ref().map(|who| format!("photographer: {who}")));
    comments.join("; ")
}

/// A row an annotation.
pub(super) fn observation(prepared: &Prepared<'_>, one: &Timed<'_>) -> [String; 28] {
    let row = one.row;
    let sex = prepared.card(row).and_then(|card| card.sex).map(|sex| sex.as_str());
    let bounds = row.region.and_then(|region| shares(Some(region), row.upright_size));
    let [x, y, width, height] = bounds.map_or([None; 4], |bounds| bounds.map(Some));
    let mut cells: [String; 28] = std::array::from_fn(|_| String::new());
    let mut put = |column: &str, value: String| {
        let place = OBSERVATIONS.iter().position(|name| *name == column);
        if let Some(cell) = place.and_then(|place| cells.get_mut(place)) {
            *cell = value;
        }
    };
    put("observationID", row.annotation.to_string());
    put("deploymentID", one.deployment.clone());
    put("mediaID", media_id(row));
    put("eventID", text(row.encounter.as_ref()));
    put("eventStart", one.moment.start.clone());
    put("eventEnd", one.moment.end.clone());
    put("observationLevel", "media".to_owned());
    put("observationType", "animal".to_owned());
    put("scientificName", prepared.scientific_name(row).unwrap_or_default());
    put("count", "1".to_owned());
    put("lifeStage", life_stage(&row.attributes).to_owned());
    put("sex", sex.unwrap_or_default().to_owned());
    put("behavior", row.attributes.get("behavior").cloned().unwrap_or_default());
    put("individualID", row.identity.as_ref().map(|identity| identity.name.clone()).unwrap_or_default());
    put("bboxX", number(x));
    put("bboxY", number(y));
    put("bboxWidth", number(width));
    put("bboxHeight", number(height));
    let said = classification(row);
    put("classificationMethod", said.method.to_owned());
    put("classifiedBy", said.by);
    put("classificationProbability", number(said.probability));
    put("observationTags", tags(prepared, row));
    put("observationComments", comments(row).to_owned());
    cells
}

/// Who or what said what the animal is.
#[derive(Default)]
struct Classification {
    method: &'static str,
    by: String,
    probability: Option<f64>,
}

/// Who said who it is; of an animal that nobody knows, which species it is.
fn classification(row: &Going) -> Classification {
    let by_identity = row.identity.as_ref().map(|identity| (&identity.said_by, identity.probability));
    let said = by_identity.or_else(|| row.species_said_by.as_ref().map(|teller| (teller, None)));
    let Some((teller, probability)) = said else { return Classification::default() };
    let is_confirmed = row.identity.as_ref().is_some_and(|identity| identity.standing == Standing::Confirmed);
    match teller {
        Teller::Person(name) => {
            Classification { method: "human", by: name.clone().unwrap_or_default(), probability: None }
        }
        // What a person said yes to is a person's word.
        Teller::Model(_) | Teller::Writing(_) if is_confirmed => {
            Classification { method: "human", ..Classification::default() }
        }
        Teller::Model(version) => Classification { method: "machine", by: version.clone(), probability },
        // Nobody knows who or what wrote it.
        Teller::Writing(_) => Classification::default(),
    }
}

fn life_stage(attributes: &BTreeMap<String, String>) -> &'static str {
    let said = attributes.get("lifeStage").or_else(|| attributes.get("life_stage"));
    match said.map(|said| said.to_lowercase()).as_deref() {
        Some("adult") => "adult",
        Some("subadult") => "subadult",
        Some("juvenile") => "juvenile",
        _ => "",
    }
}

/// What the standard has no column for, as `key:value`, with `|` between.
fn tags(prepared: &Prepared<'_>, row: &Going) -> String {
    let mut tags = Vec::new();
    let mut add = |key: &str, value: Option<String>| {
        let plain = |text: &str| text.replace(['|', ':'], " ");
        tags.extend(value.map(|value| format!("{}:{}", plain(key), plain(&value))));
    };
    add("viewpoint", row.viewpoint.as_ref().map(ToString::to_string));
    add("bodyPart", row.body_part.as_ref().map(ToString::to_string));
    add("quality", row.quality.map(|quality| quality.to_string()));
    add("rotationRadians", row.rotation().map(|angle| angle.to_string()));
    add("sighting", row.sighting.clone());
    if prepared.scientific_name(row).is_none() {
        add("species", row.species.as_ref().map(ToString::to_string));
    }
    for (name, value) in row.attributes.iter().filter(|(name, _)| name.as_str() != "behavior") {
        add(name, Some(value.clone()));
    }
    tags.join(" | ")
}

fn comments(row: &Going) -> &'static str {
    match row.identity.as_ref().map(|identity| identity.standing) {
        Some(Standing::Unconfirmed) => "individual unconfirmed",
        Some(Standing::Confirmed) | None => "",
    }
}

/// A row an individual that is observed.
pub(super) fn individuals(prepared: &Prepared<'_>, timed: &[Timed<'_>]) -> Vec<[String; 7]> {
    let mut seen = BTreeMap::new();
    for one in timed {
        if let Some(identity) = &one.row.identity {
            seen.entry(identity.individual).or_insert((&identity.name, one.row));
        }
    }
    let of_one = |(id, (name, row)): (_, (&String, &Going))| {
        let card = prepared.cards.get(&id);
        let attributes = card.map(|card| {
            let all = card.attributes.iter().map(|(name, value)| format!("{name}:{value}"));
            all.collect::<Vec<_>>().join(" | ")
        });
        [
            name.clone(),
            id.to_string(),
            card.map(|card| card.aliases.join(" | ")).unwrap_or_default(),
            card.and_then(|card| card.sex).map(|sex| sex.as_str().to_owned()).unwrap_or_default(),
            prepared.scientific_name(row).unwrap_or_default(),
            attributes.unwrap_or_default(),
            card.map(|card| card.notes.clone()).unwrap_or_default(),
        ]
    };
    seen.into_iter().map(of_one).collect()
}
