//! A Camera Trap Data Package, version 1.0.2: four tables and what they are.
//!
//! Deployments are stations, else places as they go out. Every annotation is an observation of level `media`. Times need
//! an offset: where a photo states none, the one that was asked for is taken, or UTC, and that is told. The standard asks
//! for a position of every deployment: where none may go out the cells stay blank, and that is told too.

mod deployments;
mod observations;
mod package;

use jiff::civil::Date;

use super::Sensitive;
use super::going::Prepared;
use super::lists::list;
use super::moments::{Moment, moment};
use super::written::{ExchangeError, NoteKind, Written};

pub(super) const CARRIES: &[(Sensitive, &str)] = &[
    (Sensitive::Positions, "deployments: latitude, longitude; datapackage: spatial"),
    (Sensitive::Times, "media: timestamp; observations: eventStart, eventEnd"),
    (Sensitive::Individuals, "observations: individualID; individuals"),
    (Sensitive::Unconfirmed, "observations: individualID, with classificationMethod = machine"),
    (Sensitive::People, "observations: classifiedBy"),
    (Sensitive::Photographers, "media: mediaComments"),
    (Sensitive::Folders, "media: filePath"),
    (Sensitive::Stations, "deployments: deploymentID, locationName"),
    (Sensitive::Notes, "individuals: notes"),
    (Sensitive::Attributes, "observations: observationTags; individuals: attributes"),
];

/// A row that the standard can hold: one with a time.
struct Timed<'a> {
    row: &'a super::going::Going,
    moment: Moment,
    deployment: String,
}

pub(super) fn write(prepared: &Prepared<'_>, written: &mut Written) -> Result<(), ExchangeError> {
    let timed = timed(prepared, written);
    let deployments = deployments::of(&timed);
    for deployment in &deployments {
        if deployment.place.is_none() {
            written.note(NoteKind::NoPosition, deployment.id.clone());
        }
    }
    let rows = deployments.iter().map(deployments::Deployment::row);
    written.file("deployments.csv", list(&deployments::COLUMNS, rows)?);
    let media = observations::media(prepared, &timed, written);
    written.file("media.csv", list(&observations::MEDIA, media)?);
    let rows = timed.iter().map(|one| observations::observation(prepared, one));
    written.file("observations.csv", list(&observations::OBSERVATIONS, rows)?);
    let individuals = observations::individuals(prepared, &timed);
    written.file("individuals.csv", list(&observations::INDIVIDUALS, individuals)?);
    let package = package::of(prepared, &timed, &deployments);
    written.file("datapackage.json", serde_json::to_vec_pretty(&package)?);
    Ok(())
}

/// The rows with a time, each with its deployment.
fn timed<'a>(prepared: &'a Prepared<'_>, written: &mut Written) -> Vec<Timed<'a>> {
    let ids = deployments::ids(&prepared.rows);
    let mut timed = Vec::new();
    for row in &prepared.rows {
        let example = || row.annotation.to_string();
        let Some(time) = &row.time else {
            written.note(NoteKind::NoTime, example());
            continue;
        };
        let moment = moment(time, prepared.options.offset_where_unknown);
        if !moment.offset_is_known {
            written.note(NoteKind::ZoneNotKnown, example());
        }
        if !moment.is_exact {
            written.note(NoteKind::TimeNotExact, example());
        }
        timed.push(Timed { row, moment, deployment: ids.of(row) });
    }
    timed
}

/// The first and the last day of all; the day of the export where there is none.
fn days(timed: &[Timed<'_>], otherwise: Date) -> (Date, Date) {
    let first = timed.iter().map(|one| one.moment.first_day).min();
    let last = timed.iter().map(|one| one.moment.last_day).max();
    (first.unwrap_or(otherwise), last.unwrap_or(otherwise))
}
