//! What an export gives away.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use super::going::{Prepared, Teller};
use super::{PositionPrecision, Standing};

/// What is sensitive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sensitive {
    /// Places, at the precision that was asked for.
    Positions,
    /// Times of day, which beside a rough place may tell an exact one.
    Times,
    /// Names of individuals.
    Individuals,
    /// Identities that a model alone says.
    Unconfirmed,
    /// Names of people who identified animals.
    People,
    /// Names of people who took photos.
    Photographers,
    /// Names of folders on this machine.
    Folders,
    /// Names of stations and sites.
    Stations,
    /// Free text about individuals.
    Notes,
    /// Other attributes of sightings and individuals, by whatever name.
    Attributes,
}

/// One thing that an export gives away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Disclosure {
    /// What.
    pub what: Sensitive,
    /// In which fields of the format.
    pub field: &'static str,
    /// How many.
    pub count: usize,
    /// How exactly, where it is places.
    pub precision: Option<PositionPrecision>,
}

impl fmt::Display for Disclosure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.what {
            Sensitive::Positions => "positions",
            Sensitive::Times => "exact times",
            Sensitive::Individuals => "names of individuals",
            Sensitive::Unconfirmed => "identities that a model alone says",
            Sensitive::People => "names of people",
            Sensitive::Photographers => "names of photographers",
            Sensitive::Folders => "paths with folders",
            Sensitive::Stations => "names of stations",
            Sensitive::Notes => "notes on individuals",
            Sensitive::Attributes => "attributes",
        };
        write!(f, "{} {what}", self.count)?;
        match self.precision {
            Some(PositionPrecision::Exact) => f.write_str(", exact")?,
            Some(precision) => write!(f, ", to {precision} of a degree")?,
            None => {}
        }
        write!(f, " ({})", self.field)
    }
}

/// What of what goes out stands in the fields that a format has for it.
pub(super) fn of(prepared: &Prepared<'_>, carries: &[(Sensitive, &'static str)]) -> Vec<Disclosure> {
    let disclosure = |(what, field): &(Sensitive, &'static str)| Disclosure {
        what: *what,
        field,
        count: count(prepared, *what),
        precision: (*what == Sensitive::Positions).then_some(prepared.options.positions),
    };
    carries.iter().map(disclosure).filter(|one| one.count > 0).collect()
}

fn count(prepared: &Prepared<'_>, what: Sensitive) -> usize {
    let rows = &prepared.rows;
    let identities = || rows.iter().filter_map(|row| row.identity.as_ref());
    let different = |all: &mut dyn Iterator<Item = &str>| all.collect::<BTreeSet<_>>().len();
    match what {
        Sensitive::Positions => rows.iter().filter(|row| row.place.is_some()).count(),
        Sensitive::Times => {
            rows.iter().filter(|row| row.time.is_some_and(|time| time.has_time_of_day())).count()
        }
        Sensitive::Individuals => different(&mut identities().map(|identity| identity.name.as_str())),
        Sensitive::Unconfirmed => {
            identities().filter(|identity| identity.standing == Standing::Unconfirmed).count()
        }
        Sensitive::People => {
            let tellers = identities().map(|identity| &identity.said_by);
            let all = tellers.chain(rows.iter().filter_map(|row| row.species_said_by.as_ref()));
            different(&mut all.filter_map(|teller| match teller {
                Teller::Person(name) => name.as_deref(),
                Teller::Writing(_) | Teller::Model(_) => None,
            }))
        }
        Sensitive::Photographers => different(&mut rows.iter().filter_map(|row| row.photographer.as_deref())),
        Sensitive::Folders => rows.iter().filter(|row| row.file.contains('/')).count(),
        Sensitive::Stations => different(&mut rows.iter().filter_map(|row| row.station.as_deref())),
        Sensitive::Notes => prepared.cards.values().filter(|card| !card.notes.is_empty()).count(),
        Sensitive::Attributes => {
            rows.iter().map(|row| row.attributes.len()).sum::<usize>()
                + prepared.cards.values().map(|card| card.attributes.len()).sum::<usize>()
        }
    }
}
