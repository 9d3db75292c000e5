//! One row of an import: an animal that was met once.

use std::collections::{BTreeMap, BTreeSet};

use resight_core::{CaptureTime, TimePrecision};

use super::super::Standing;
use super::super::going::{GoingIdentity, Prepared};
use super::super::meetings::Meeting;
use super::super::workbooks::Cell;
use super::photo_names::PhotoNames;

/// The columns in the order of Wildbook's templates; the photos stand before them.
const ORDER: [&str; 19] = [
    "MarkedIndividual.individualID",
    "Encounter.genus",
    "Encounter.specificEpithet",
    "Encounter.year",
    "Encounter.month",
    "Encounter.day",
    "Encounter.hour",
    "Encounter.minutes",
    "Encounter.decimalLatitude",
    "Encounter.decimalLongitude",
    "Encounter.verbatimLocality",
    "Encounter.sightingID",
    "Encounter.alternateID",
    "Encounter.sex",
    "Encounter.state",
    "Encounter.identificationRemarks",
    "Encounter.researcherComments",
    "Encounter.submitterID",
    "Encounter.photographer0.emailAddress",
];

/// A row by its columns: the photos by their numbers, all else by name. What is not known is not there.
pub(super) struct ImportRow {
    photos: BTreeMap<usize, [Cell; 2]>,
    named: BTreeMap<&'static str, Cell>,
}

impl ImportRow {
    /// The cell of a column.
    pub(super) fn cell(&self, column: &str) -> Option<&Cell> {
        for (prefix, place) in [("Encounter.mediaAsset", 0), ("Encounter.quality", 1)] {
            if let Some(number) = column.strip_prefix(prefix).and_then(|number| number.parse::<usize>().ok())
            {
                return self.photos.get(&number).map(|cells| &cells[place]);
            }
        }
        self.named.get(column)
    }
}

/// The columns of which some row has a value.
#[derive(Default)]
pub(super) struct Columns {
    n_photos: usize,
    graded: BTreeSet<usize>,
    named: BTreeSet<&'static str>,
}

impl Columns {
    /// Sees to it that a row fits.
    pub(super) fn add(&mut self, row: &ImportRow) {
        self.n_photos = self.n_photos.max(row.photos.len());
        let graded = row.photos.iter().filter(|(_, cells)| cells[1] != Cell::Empty);
        self.graded.extend(graded.map(|(number, _)| *number));
        self.named.extend(row.named.keys().copied());
    }

    /// Their names.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = (0..self.n_photos).map(|n| format!("Encounter.mediaAsset{n}")).collect();
        names.extend(self.graded.iter().map(|n| format!("Encounter.quality{n}")));
        names.extend(ORDER.into_iter().filter(|name| self.named.contains(name)).map(str::to_owned));
        names
    }
}

/// The genus and the specific epithet, by the scientific name.
pub(super) fn genus_and_epithet(prepared: &Prepared<'_>, meeting: &Meeting<'_>) -> Option<(String, String)> {
    let name = prepared.scientific_name(meeting.of_species())?;
    // A subspecies stays with the epithet, as Wildbook has it.
    let (genus, epithet) = name.split_once(' ')?;
    Some((genus.to_owned(), epithet.trim().to_owned()))
}

/// The row of a meeting.
pub(super) fn of(prepared: &Prepared<'_>, meeting: &Meeting<'_>, names: &PhotoNames) -> ImportRow {
    let mut named = BTreeMap::new();
    let mut put = |name: &'static str, cell: Cell| {
        if cell != Cell::Empty {
            named.insert(name, cell);
        }
    };
    let (genus, epithet) = genus_and_epithet(prepared, meeting).unzip();
    put("Encounter.genus", Cell::text(genus));
    put("Encounter.specificEpithet", Cell::text(epithet));
    for (name, number) in meeting.times().map(|(first, _)| date(&first)).unwrap_or_default() {
        put(name, Cell::number(number));
    }
    let place = meeting.place();
    put("Encounter.decimalLatitude", Cell::number(place.map(|place| place.latitude)));
    put("Encounter.decimalLongitude", Cell::number(place.map(|place| place.longitude)));
    put("Encounter.verbatimLocality", Cell::text(meeting.station()));
    let first = meeting.first();
    put("Encounter.sightingID", Cell::text(first.sighting.as_ref()));
    put("Encounter.alternateID", Cell::text(first.encounter.as_ref()));
    let identity = meeting.identity();
    put("MarkedIndividual.individualID", Cell::text(identity.map(|identity| &identity.name)));
    put("Encounter.state", Cell::text(Some(state(identity))));
    put("Encounter.identificationRemarks", Cell::text(identity.map(remarks)));
    let card = identity.and_then(|identity| prepared.cards.get(&identity.individual));
    put("Encounter.sex", Cell::text(card.and_then(|card| card.sex).map(|sex| sex.as_str())));
    put("Encounter.researcherComments", Cell::text(Some(comments(meeting))));
    put("Encounter.submitterID", Cell::text(prepared.options.wildbook_submitter.as_ref()));
    let address =
        meeting.rows.iter().find_map(|row| row.photographer.as_ref()).filter(|who| who.contains('@'));
    put("Encounter.photographer0.emailAddress", Cell::text(address));
    ImportRow { photos: photos(meeting, names), named }
}

/// The parts of a date that are known. A day stands beside its month always.
fn date(time: &CaptureTime) -> Vec<(&'static str, Option<f64>)> {
    let at_least = |precision: TimePrecision, part: i8| (time.precision >= precision).then(|| part.into());
    let civil = time.civil;
    vec![
        ("Encounter.year", Some(civil.year().into())),
        ("Encounter.month", at_least(TimePrecision::Month, civil.month())),
        ("Encounter.day", at_least(TimePrecision::Day, civil.day())),
        ("Encounter.hour", at_least(TimePrecision::TimeOfDay, civil.hour())),
        ("Encounter.minutes", at_least(TimePrecision::TimeOfDay, civil.minute())),
    ]
}

/// Wildbook's word for whether a person stands for it.
fn state(identity: Option<&GoingIdentity>) -> &'static str {
    match identity.map(|identity| identity.standing) {
        Some(Standing::Confirmed) => "approved",
        Some(Standing::Unconfirmed) | None => "unapproved",
    }
}

fn remarks(identity: &GoingIdentity) -> String {
    let said = identity.said_by.words();
    match (identity.standing, identity.probability) {
        (Standing::Confirmed, _) => said,
        (Standing::Unconfirmed, Some(probability)) => {
            format!("unconfirmed: {said}, probability {probability}")
        }
        (Standing::Unconfirmed, None) => format!("unconfirmed: {said}"),
    }
}

/// What Wildbook has no column for.
fn comments(meeting: &Meeting<'_>) -> String {
    let mut comments = BTreeSet::new();
    for row in &meeting.rows {
        comments.extend(row.viewpoint.as_ref().map(|viewpoint| format!("viewpoint: {viewpoint}")));
        comments.extend(row.body_part.as_ref().map(|part| format!("body part: {part}")));
        comments.extend(row.attributes.iter().map(|(name, value)| format!("{name}: {value}")));
    }
    if let Some(how) = meeting.place().and_then(|place| place.generalization()) {
        comments.insert(how);
    }
    comments.into_iter().collect::<Vec<_>>().join("; ")
}

/// The photos, and how usable each is, from 0 to 4.
fn photos(meeting: &Meeting<'_>, names: &PhotoNames) -> BTreeMap<usize, [Cell; 2]> {
    let cells = meeting.rows.iter().map(|row| {
        let grade = row.quality.map(|quality| quality as u8);
        [Cell::text(Some(names.get(&row.file))), Cell::number(grade)]
    });
    (0..).zip(cells).collect()
}
