//! A workbook for SOCPROG: a sheet of sightings and a sheet of what else is known of each, row by row.
//!
//! One row an animal that was met once, by time; animals that nobody knows and meetings of no known day have no place in
//! it. Ids are letters and digits alone, a number that is not known is `NaN`.

use std::collections::{BTreeMap, BTreeSet};

use resight_core::CaptureTime;

use super::file_names::Names;
use super::going::{GoingIdentity, Prepared};
use super::meetings::{Meeting, meetings};
use super::workbooks::{Cell, Sheet, workbook};
use super::written::{ExchangeError, NoteKind, Written};
use super::{Sensitive, Standing};

pub(super) const CARRIES: &[(Sensitive, &str)] = &[
    (Sensitive::Positions, "Lat, Long"),
    (Sensitive::Times, "Date"),
    (Sensitive::Individuals, "ID"),
    (Sensitive::Unconfirmed, "IDStatus"),
    (Sensitive::Stations, "LocationID"),
    (Sensitive::Attributes, "SocialUnit, Behavior, Haplotype"),
];

const SIGHTINGS: [&str; 6] = ["Date", "Lat", "Long", "ElevationOrDepth", "LocationID", "ID"];
const FURTHER: [&str; 8] =
    ["ID", "OccurrenceID", "SocialUnit", "Sex", "Behavior", "Haplotype", "RecaptureStatus", "IDStatus"];

/// A meeting that SOCPROG can hold.
struct Dated<'a> {
    meeting: Meeting<'a>,
    time: CaptureTime,
    identity: &'a GoingIdentity,
}

pub(super) fn write(prepared: &Prepared<'_>, written: &mut Written) -> Result<(), ExchangeError> {
    let dated = dated(prepared, written);
    let ids = ids(&dated, written);
    let mut seen = BTreeSet::new();
    let (mut sightings, mut further) = (Vec::new(), Vec::new());
    for one in &dated {
        let id = ids.get(one.identity.name.as_str()).cloned().unwrap_or_default();
        sightings.push(sighting(one, &id));
        further.push(what_else(prepared, one, &id, seen.insert(id.clone())));
    }
    let sheet = |name, columns: &[&str], rows| Sheet {
        name,
        columns: columns.iter().map(ToString::to_string).collect(),
        rows,
        time_format: "MM/dd/yy hh:mm",
    };
    let sheets = [sheet("Sightings", &SIGHTINGS, sightings), sheet("Additional data", &FURTHER, further)];
    written.file("socprog.xlsx", workbook(&sheets)?);
    Ok(())
}

fn dated<'a>(prepared: &'a Prepared<'_>, written: &mut Written) -> Vec<Dated<'a>> {
    let mut dated = Vec::new();
    for meeting in meetings(&prepared.rows) {
        let example = meeting.first().annotation.to_string();
        let Some(identity) = meeting.identity() else {
            written.note(NoteKind::NobodyIdentified, example);
            continue;
        };
        // Spreadsheets count from 1900 on.
        let time = meeting.times().map(|(first, _)| first).filter(|time| time.civil.year() >= 1900);
        let Some(time) = time.filter(|time| time.day().is_some()) else {
            written.note(NoteKind::NoDay, example);
            continue;
        };
        dated.push(Dated { meeting, time, identity });
    }
    dated.sort_by_key(|one| one.time.civil);
    dated
}

/// The id of each individual: the letters and digits of its name, each for one alone.
fn ids<'a>(dated: &[Dated<'a>], written: &mut Written) -> BTreeMap<&'a str, String> {
    let mut taken = Names::default();
    let mut ids = BTreeMap::new();
    for one in dated {
        let name = one.identity.name.as_str();
        if ids.contains_key(name) {
            continue;
        }
        let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let letters = if letters.is_empty() { format!("ind{}", one.identity.individual.0) } else { letters };
        let id = taken.free(|number| match number {
            None => letters.clone(),
            Some(number) => format!("{letters}x{number}"),
        });
        if id != name {
            written.note(NoteKind::NameChanged, format!("{name} → {id}"));
        }
        ids.insert(name, id);
    }
    ids
}

fn sighting(one: &Dated<'_>, id: &str) -> Vec<Cell> {
    let place = one.meeting.place();
    let number = |number: Option<f64>| number.map_or_else(not_a_number, Cell::Number);
    vec![
        Cell::Time(one.time.civil),
        number(place.map(|place| place.latitude)),
        number(place.map(|place| place.longitude)),
        not_a_number(),
        Cell::text(one.meeting.station()),
        Cell::Text(id.to_owned()),
    ]
}

fn not_a_number() -> Cell {
    Cell::Text("NaN".to_owned())
}

fn what_else(prepared: &Prepared<'_>, one: &Dated<'_>, id: &str, is_first: bool) -> Vec<Cell> {
    let first = one.meeting.first();
    let card = prepared.cards.get(&one.identity.individual);
    let attribute = |name: &str| {
        let of_meeting = one.meeting.rows.iter().find_map(|row| row.attributes.get(name));
        Cell::text(of_meeting.or_else(|| card.and_then(|card| card.attributes.get(name))))
    };
    vec![
        Cell::Text(id.to_owned()),
        Cell::text(first.sighting.as_ref().or(first.encounter.as_ref())),
        attribute("social_unit"),
        Cell::text(card.and_then(|card| card.sex).map(|sex| sex.as_str())),
        attribute("behavior"),
        attribute("haplotype"),
        Cell::Text(if is_first { "New" } else { "Resight" }.to_owned()),
        Cell::text(match one.identity.standing {
            Standing::Confirmed => None,
            Standing::Unconfirmed => Some("unconfirmed"),
        }),
    ]
}
