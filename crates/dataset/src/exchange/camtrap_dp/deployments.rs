//! Deployments: one camera at one place for one period, as far as photos tell.

use std::collections::{BTreeMap, BTreeSet};

use super::super::going::Going;
use super::super::lists::number;
use super::super::precision::Place;
use super::Timed;

/// The columns, in the standard's order.
pub(super) const COLUMNS: [&str; 24] = [
    "deploymentID",
    "locationID",
    "locationName",
    "latitude",
    "longitude",
    "coordinateUncertainty",
    "deploymentStart",
    "deploymentEnd",
    "setupBy",
    "cameraID",
    "cameraModel",
    "cameraDelay",
    "cameraHeight",
    "cameraDepth",
    "cameraTilt",
    "cameraHeading",
    "detectionDistance",
    "timestampIssues",
    "baitUse",
    "featureType",
    "habitat",
    "deploymentGroups",
    "deploymentTags",
    "deploymentComments",
];

/// The place of a row in bits, so that it can be a key.
type PlaceKey = Option<(u64, u64)>;

/// What tells deployments apart: the station, else the place.
type Key = (Option<String>, PlaceKey);

fn key(row: &Going) -> Key {
    let bits = |place: Place| (place.latitude.to_bits(), place.longitude.to_bits());
    match &row.station {
        Some(station) => (Some(station.clone()), None),
        None => (None, row.place.map(bits)),
    }
}

/// The id of each row's deployment.
pub(super) struct Ids(BTreeMap<Key, String>);

impl Ids {
    /// The id of the deployment of a row.
    pub(super) fn of(&self, row: &Going) -> String {
        self.0.get(&key(row)).cloned().unwrap_or_default()
    }
}

/// Stations go by their names; other places are numbered in the order in which they are met, beside the stations.
pub(super) fn ids(rows: &[Going]) -> Ids {
    let mut ids: BTreeMap<Key, String> = BTreeMap::new();
    let stations: BTreeSet<&str> = rows.iter().filter_map(|row| row.station.as_deref()).collect();
    let mut number = 0;
    for row in rows {
        ids.entry(key(row)).or_insert_with(|| match &row.station {
            Some(station) => station.clone(),
            None => loop {
                number += 1;
                let id = format!("place-{number}");
                if !stations.contains(id.as_str()) {
                    break id;
                }
            },
        });
    }
    Ids(ids)
}

/// One deployment.
pub(super) struct Deployment {
    pub(super) id: String,
    pub(super) place: Option<Place>,
    station: Option<String>,
    start: String,
    end: String,
    /// The same in seconds, for finding the first and the last.
    seconds: (f64, f64),
    has_time_issues: bool,
}

/// The deployments, by id.
pub(super) fn of(timed: &[Timed<'_>]) -> Vec<Deployment> {
    let mut all: BTreeMap<&str, Deployment> = BTreeMap::new();
    for one in timed {
        let (row, moment) = (one.row, &one.moment);
        let (first, last) = moment.seconds;
        let deployment = all.entry(&one.deployment).or_insert_with(|| Deployment {
            id: one.deployment.clone(),
            place: None,
            station: row.station.clone(),
            start: moment.start.clone(),
            end: moment.end.clone(),
            seconds: moment.seconds,
            has_time_issues: false,
        });
        deployment.place = deployment.place.or(row.place);
        deployment.has_time_issues |= !moment.offset_is_known || !moment.is_exact;
        if first < deployment.seconds.0 {
            (deployment.seconds.0, deployment.start) = (first, moment.start.clone());
        }
        if last > deployment.seconds.1 {
            (deployment.seconds.1, deployment.end) = (last, moment.end.clone());
        }
    }
    all.into_values().collect()
}

impl Deployment {
    /// Its row.
    pub(super) fn row(&self) -> [String; 24] {
        let mut row: [String; 24] = std::array::from_fn(|_| String::new());
        row[0].clone_from(&self.id);
        row[2] = self.station.clone().unwrap_or_default();
        row[3] = number(self.place.map(|place| place.latitude));
        row[4] = number(self.place.map(|place| place.longitude));
        row[5] = number(self.place.and_then(|place| place.uncertainty_meters()));
        row[6].clone_from(&self.start);
        row[7].clone_from(&self.end);
        row[17] = self.has_time_issues.to_string();
        row[23] = self.place.and_then(|place| place.generalization()).unwrap_or_default();
        row
    }
}
