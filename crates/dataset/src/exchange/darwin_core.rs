//! A Darwin Core Archive as a folder: `occurrence.csv`, what its columns mean (`meta.xml`), and what the whole is
//! (`eml.xml`).
//!
//! One occurrence is an animal that was met once, however many photos show it. Who it is stands in `organismID` and
//! `organismName`; where a model alone says so, `identificationVerificationStatus` says `unverified`. What was done to a
//! place stands in `dataGeneralizations`, and what stays at home in `informationWithheld`.

mod archive;

use resight_core::CaptureTime;

use super::going::{Going, GoingIdentity, Prepared, Teller};
use super::lists::{list, number, text};
use super::meetings::{Meeting, meetings};
use super::options::common_name;
use super::written::{ExchangeError, NoteKind, Written};
use super::{CapturedBy, PositionPrecision, Sensitive, Standing};
use archive::{dataset, meanings};

pub(super) const CARRIES: &[(Sensitive, &str)] = &[
    (Sensitive::Positions, "decimalLatitude, decimalLongitude"),
    (Sensitive::Times, "eventDate"),
    (Sensitive::Individuals, "organismID, organismName"),
    (Sensitive::Unconfirmed, "organismID, with identificationVerificationStatus = unverified"),
    (Sensitive::People, "identifiedBy"),
    (Sensitive::Photographers, "recordedBy"),
    (Sensitive::Folders, "associatedMedia"),
    (Sensitive::Stations, "locality"),
    (Sensitive::Notes, "organismRemarks"),
    (Sensitive::Attributes, "dynamicProperties"),
];

/// The columns: all are terms of Darwin Core.
const COLUMNS: [&str; 30] = [
    "occurrenceID",
    "basisOfRecord",
    "occurrenceStatus",
    "eventID",
    "eventDate",
    "recordedBy",
    "individualCount",
    "organismID",
    "organismName",
    "organismRemarks",
    "sex",
    "lifeStage",
    "scientificName",
    "vernacularName",
    "kingdom",
    "identifiedBy",
    "identificationRemarks",
    "identificationVerificationStatus",
    "locality",
    "decimalLatitude",
    "decimalLongitude",
    "geodeticDatum",
    "coordinateUncertaintyInMeters",
    "coordinatePrecision",
    "associatedMedia",
    "dynamicProperties",
    "dataGeneralizations",
    "informationWithheld",
    "parentEventID",
    "datasetName",
];

pub(super) fn write(prepared: &Prepared<'_>, written: &mut Written) -> Result<(), ExchangeError> {
    let meetings = meetings(&prepared.rows);
    for meeting in &meetings {
        if prepared.scientific_name(meeting.of_species()).is_none() {
            written.note(NoteKind::NoScientificName, meeting.first().annotation.to_string());
        }
    }
    let rows: Result<Vec<_>, _> = meetings.iter().map(|meeting| occurrence(prepared, meeting)).collect();
    let rows = rows?.into_iter().map(|row| row.map(|cell| on_one_line(&cell)));
    written.file("occurrence.csv", list(&COLUMNS, rows)?);
    written.file("meta.xml", meanings(&COLUMNS).into_bytes());
    written.file("eml.xml", dataset(prepared.about).into_bytes());
    Ok(())
}

fn occurrence(prepared: &Prepared<'_>, meeting: &Meeting<'_>) -> Result<[String; 30], ExchangeError> {
    let first = meeting.first();
    let of_species = meeting.of_species();
    let identity = meeting.identity();
    let card = identity.and_then(|identity| prepared.cards.get(&identity.individual));
    let place = meeting.place();
    let attribute = |names: &[&str]| {
        let of_row = |row: &&Going| names.iter().find_map(|name| row.attributes.get(*name)).cloned();
        meeting.rows.iter().find_map(of_row).unwrap_or_default()
    };
    let names = &prepared.options.scientific_names;
    Ok([
        first.annotation.to_string(),
        basis(prepared.about.captured_by).to_owned(),
        "present".to_owned(),
        text(first.encounter.as_ref()),
        meeting.times().map(event_date).unwrap_or_default(),
        different(meeting, |row| row.photographer.clone()),
        "1".to_owned(),
        identity.map(|identity| identity.individual.to_string()).unwrap_or_default(),
        identity.map(|identity| identity.name.clone()).unwrap_or_default(),
        card.map(|card| card.notes.clone()).unwrap_or_default(),
        card.and_then(|card| card.sex).map(|sex| sex.as_str().to_owned()).unwrap_or_default(),
        attribute(&["lifeStage", "life_stage"]),
        prepared.scientific_name(of_species).unwrap_or_default(),
        of_species.species.as_ref().and_then(|species| common_name(species, names)).unwrap_or_default(),
        "Animalia".to_owned(),
        identity.map(identified_by).unwrap_or_default(),
        identity.map(remarks).unwrap_or_default(),
        identity.map(verification).unwrap_or_default().to_owned(),
        meeting.station().unwrap_or_default().to_owned(),
        number(place.map(|place| place.latitude)),
        number(place.map(|place| place.longitude)),
        place.map(|_| "EPSG:4326".to_owned()).unwrap_or_default(),
        number(place.and_then(|place| place.uncertainty_meters())),
        number(place.and_then(|place| place.cell_degrees)),
        different(meeting, |row| Some(row.file.clone())),
        properties(meeting)?,
        place.and_then(|place| place.generalization()).unwrap_or_default(),
        withheld(prepared).to_owned(),
        text(first.sighting.as_ref()),
        prepared.about.title.clone(),
    ])
}

/// Readers of archives take a line for a record, whatever stands in quotes.
fn on_one_line(cell: &str) -> String {
    cell.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn basis(captured_by: CapturedBy) -> &'static str {
    match captured_by {
        CapturedBy::People => "HumanObservation",
        CapturedBy::CameraTraps => "MachineObservation",
    }
}

/// One date, or the first and the last with a stroke between them, as far as they are known.
fn event_date((first, last): (CaptureTime, CaptureTime)) -> String {
    if first == last { first.to_string() } else { format!("{first}/{last}") }
}

/// What the annotations of a meeting say, each once.
fn different(meeting: &Meeting<'_>, says: impl Fn(&Going) -> Option<String>) -> String {
    let mut all: Vec<String> = Vec::new();
    for said in meeting.rows.iter().filter_map(|row| says(row)) {
        if !all.contains(&said) {
            all.push(said);
        }
    }
    all.join(" | ")
}

/// The person; a model stands in the remarks alone.
fn identified_by(identity: &GoingIdentity) -> String {
    match &identity.said_by {
        Teller::Person(name) => name.clone().unwrap_or_default(),
        Teller::Writing(_) | Teller::Model(_) => String::new(),
    }
}

fn remarks(identity: &GoingIdentity) -> String {
    let said = match &identity.said_by {
        // The name stands in its own column.
        Teller::Person(_) => "a person".to_owned(),
        other => other.words(),
    };
    match identity.probability {
        Some(probability) => format!("individual said by {said}, probability {probability}"),
        None => format!("individual said by {said}"),
    }
}

fn verification(identity: &GoingIdentity) -> &'static str {
    match identity.standing {
        Standing::Confirmed => "verified",
        Standing::Unconfirmed => "unverified",
    }
}

/// What Darwin Core has no term for, as JSON.
fn properties(meeting: &Meeting<'_>) -> Result<String, ExchangeError> {
    let mut all = std::collections::BTreeMap::new();
    for (name, value) in [
        ("viewpoint", different(meeting, |row| row.viewpoint.as_ref().map(ToString::to_string))),
        ("bodyPart", different(meeting, |row| row.body_part.as_ref().map(ToString::to_string))),
        ("quality", different(meeting, |row| row.quality.map(|quality| quality.to_string()))),
    ] {
        all.insert(name, value);
    }
    for (name, value) in meeting.rows.iter().flat_map(|row| &row.attributes) {
        all.entry(name).or_insert_with(|| value.clone());
    }
    all.retain(|_, value| !value.is_empty());
    if all.is_empty() { Ok(String::new()) } else { Ok(serde_json::to_string(&all)?) }
}

fn withheld(prepared: &Prepared<'_>) -> &'static str {
    match prepared.options.positions {
        PositionPrecision::None => "coordinates are withheld",
        PositionPrecision::Exact => "",
        PositionPrecision::Tenth | PositionPrecision::Hundredth | PositionPrecision::Thousandth => {
            "exact coordinates are withheld"
        }
    }
}
