//! The table of wildlife-datasets, one row an annotation: what resight reads back, and trainers and spreadsheets too.
//!
//! What the table has no column for stands in further ones: `theta` (radians, as MiewID's training has it), body part,
//! quality, and the attributes. Where identities of models go out, three columns say who says each and whether a person
//! stands for it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use resight_core::GivenBox;

use super::going::{Going, GoingIdentity, Prepared};
use super::lists::{number, text};
use super::written::{ExchangeError, NoteKind, Written};
use super::{Sensitive, Standing, Unconfirmed};
use crate::{Column, Row, TableWriter};

pub(super) const CARRIES: &[(Sensitive, &str)] = &[
    (Sensitive::Positions, "latitude, longitude"),
    (Sensitive::Times, "date"),
    (Sensitive::Individuals, "identity"),
    (Sensitive::Unconfirmed, "identity, with identity_confirmed = no"),
    (Sensitive::People, "identity_said_by"),
    (Sensitive::Photographers, "photographer"),
    (Sensitive::Folders, "path"),
    (Sensitive::Stations, "station"),
    (Sensitive::Attributes, "columns of their own"),
];

/// A column beyond those that every table has.
struct Further {
    name: &'static str,
    cell: fn(&Going) -> String,
}

const FURTHER: [Further; 7] = [
    Further { name: "theta", cell: |row| number(row.rotation()) },
    Further { name: "body_part", cell: |row| text(row.body_part.as_ref()) },
    Further { name: "quality", cell: |row| text(row.quality.as_ref()) },
    Further { name: "sighting", cell: |row| text(row.sighting.as_ref()) },
    Further { name: "station", cell: |row| text(row.station.as_ref()) },
    Further { name: "photographer", cell: |row| text(row.photographer.as_ref()) },
    Further {
        name: "coordinate_uncertainty_m",
        cell: |row| number(row.place.and_then(|place| place.uncertainty_meters())),
    },
];

const STANDING: [Further; 3] = [
    Further { name: "identity_said_by", cell: |row| of_identity(row, |identity| identity.said_by.words()) },
    Further {
        name: "identity_confirmed",
        cell: |row| {
            of_identity(row, |identity| match identity.standing {
                Standing::Confirmed => "yes".to_owned(),
                Standing::Unconfirmed => "no".to_owned(),
            })
        },
    },
    Further {
        name: "identity_probability",
        cell: |row| of_identity(row, |identity| number(identity.probability)),
    },
];

fn of_identity(row: &Going, says: impl Fn(&GoingIdentity) -> String) -> String {
    row.identity.as_ref().map(says).unwrap_or_default()
}

pub(super) fn write(prepared: &Prepared<'_>, written: &mut Written) -> Result<(), ExchangeError> {
    let rows = &prepared.rows;
    let mut further: Vec<&Further> =
        FURTHER.iter().filter(|column| rows.iter().any(|row| !(column.cell)(row).is_empty())).collect();
    if prepared.options.unconfirmed == Unconfirmed::Marked {
        further.extend(&STANDING);
    }
    let attributes: BTreeSet<&String> = rows
        .iter()
        .flat_map(|row| row.attributes.keys())
        .filter(|name| further.iter().all(|column| column.name != name.as_str()))
        .collect();
    let names = further.iter().map(|column| column.name.to_owned());
    let names: Vec<String> = names.chain(attributes.iter().map(|name| column_of(name))).collect();
    let mut table = TableWriter::new(Vec::new(), Path::new(""), &names)?;
    for row in rows {
        let of_attribute = |name: &&String| row.attributes.get(name.as_str()).cloned().unwrap_or_default();
        let cells = further.iter().map(|column| (column.cell)(row));
        let extra = cells.chain(attributes.iter().map(of_attribute)).collect();
        match table.write(&as_row(row, extra)) {
            Ok(()) => {}
            Err(error) if error.concerns_row() => {
                written.note(NoteKind::CannotBeWritten, format!("{}: {error}", row.annotation));
            }
            Err(error) => return Err(error.into()),
        }
    }
    written.file("annotations.csv", table.finish()?);
    Ok(())
}

/// The column of an attribute: its name, apart from the columns that every table has.
fn column_of(attribute: &str) -> String {
    match Column::named(attribute) {
        Some(_) => format!("attribute_{attribute}"),
        None => attribute.to_owned(),
    }
}

fn as_row(row: &Going, extra: Vec<String>) -> Row {
    Row {
        identity: row.identity.as_ref().map(|identity| identity.name.clone()),
        species: row.species.clone(),
        viewpoint: row.viewpoint.clone(),
        encounter: row.encounter.clone(),
        date: row.time,
        latitude: row.place.map(|place| place.latitude),
        longitude: row.place.map(|place| place.longitude),
        boxes: row.region.map(GivenBox::upright).into_iter().collect(),
        extra,
        ..Row::of_photo(0, row.annotation.to_string(), PathBuf::from(&row.file))
    }
}
