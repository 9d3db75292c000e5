//! Annotations of one animal at one place and time, together.

use std::collections::BTreeMap;

use resight_core::{CaptureTime, IndividualId};

use super::Standing;
use super::going::{Going, GoingIdentity};
use super::precision::Place;

/// An animal that was met once: the annotations of an encounter that are of one individual, or of nobody known. Never
/// empty. No photo is in it twice: two animals in one photo are two.
pub(super) struct Meeting<'a> {
    pub(super) rows: Vec<&'a Going>,
}

impl<'a> Meeting<'a> {
    /// What one of its annotations says.
    fn first_of<T>(&self, says: impl Fn(&'a Going) -> Option<T>) -> Option<T> {
        self.rows.iter().find_map(|row| says(row))
    }

    /// The annotation that stands for all.
    pub(super) fn first(&self) -> &'a Going {
        self.rows[0]
    }

    /// Who it is: by the word of a person, where there is one.
    pub(super) fn identity(&self) -> Option<&'a GoingIdentity> {
        let confirmed = |row: &'a Going| {
            row.identity.as_ref().filter(|identity| identity.standing == Standing::Confirmed)
        };
        self.first_of(confirmed).or_else(|| self.first_of(|row| row.identity.as_ref()))
    }

    /// When its first and its last photo were taken, as the cameras' clocks show it.
    pub(super) fn times(&self) -> Option<(CaptureTime, CaptureTime)> {
        let mut times: Vec<CaptureTime> = self.rows.iter().filter_map(|row| row.time).collect();
        times.sort_by_key(|time| (time.civil, time.precision));
        Some((*times.first()?, *times.last()?))
    }

    /// Where it was.
    pub(super) fn place(&self) -> Option<Place> {
        self.first_of(|row| row.place)
    }

    /// The station.
    pub(super) fn station(&self) -> Option<&'a str> {
        self.first_of(|row| row.station.as_deref())
    }

    /// The annotation that says which species it is.
    pub(super) fn of_species(&self) -> &'a Going {
        self.rows.iter().find(|row| row.species.is_some()).copied().unwrap_or(self.first())
    }
}

/// All meetings, in the order of their first annotations.
pub(super) fn meetings(rows: &[Going]) -> Vec<Meeting<'_>> {
    type Key<'a> = (&'a str, Option<IndividualId>);
    let mut times_in: BTreeMap<(Key<'_>, &str), usize> = BTreeMap::new();
    let mut places: BTreeMap<(Key<'_>, usize), usize> = BTreeMap::new();
    let mut meetings: Vec<Meeting<'_>> = Vec::new();
    for row in rows {
        let Some(encounter) = row.encounter.as_deref() else {
            meetings.push(Meeting { rows: vec![row] });
            continue;
        };
        let key = (encounter, row.identity.as_ref().map(|identity| identity.individual));
        let times = times_in.entry((key, &row.file)).or_insert(0);
        let place = *places.entry((key, *times)).or_insert(meetings.len());
        *times += 1;
        match meetings.get_mut(place) {
            Some(meeting) => meeting.rows.push(row),
            None => meetings.push(Meeting { rows: vec![row] }),
        }
    }
    meetings
}
