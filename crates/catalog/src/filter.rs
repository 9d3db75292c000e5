//! Narrowing the gallery: by labels, time and place. What is not known filters nothing, and the answer says so.

use std::fmt;

use resight_core::{LabelFilter, distance_km};
use resight_vector::RowFilter;

use crate::gallery::{Gallery, GalleryRow};

/// Part of the globe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Area {
    /// Everything within a distance of a point, along the surface.
    Circle {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// Kilometres.
        radius_km: f64,
    },
    /// Everything between two parallels and two meridians. Where `west` is greater than `east` it reaches
    /// across the date line.
    Box {
        /// Least degrees north.
        south: f64,
        /// Least degrees east.
        west: f64,
        /// Greatest degrees north.
        north: f64,
        /// Greatest degrees east.
        east: f64,
    },
}

/// What may answer a query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GalleryFilter {
    /// By species and viewpoint.
    pub labels: LabelFilter,
    /// Taken at this moment or later, on the time line of [`resight_core::CaptureTime::seconds`].
    pub since: Option<f64>,
    /// Taken here.
    pub area: Option<Area>,
}

/// One condition of a filter, and what it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedFilter {
    /// The condition, as `viewpoint=left`.
    pub what: String,
    /// Annotations it leaves out.
    pub excluded: u64,
    /// Annotations it cannot judge, because they do not say; they stay in.
    pub unknown: u64,
}

/// The rows that may answer, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Filtered {
    /// The rows of [`crate::Embeddings`] that may answer: identified annotations that meet all conditions.
    pub rows: RowFilter,
    /// The conditions, in a fixed order.
    pub applied: Vec<AppliedFilter>,
}

impl Area {
    /// Whether a point lies in it. Latitude and longitude in degrees.
    pub fn contains(&self, (latitude, longitude): (f64, f64)) -> bool {
        match *self {
            Self::Circle { latitude: to, longitude: along, radius_km } => {
                distance_km((latitude, longitude), (to, along)) <= radius_km
            }
            Self::Box { south, west, north, east } => {
                let between = if west <= east {
                    (west..=east).contains(&longitude)
                } else {
                    longitude >= west || longitude <= east
                };
                (south..=north).contains(&latitude) && between
            }
        }
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Circle { latitude, longitude, radius_km } => {
                write!(f, "{latitude},{longitude},{radius_km}km")
            }
            Self::Box { south, west, north, east } => write!(f, "{south},{west},{north},{east}"),
        }
    }
}

/// What a condition says of one annotation: yes, no, or `None` where it does not know.
type Judge<'a> = Box<dyn Fn(&GalleryRow) -> Option<bool> + 'a>;

impl Gallery {
    /// Applies a filter. Only annotations with an individual are admitted: the others answer nothing.
    pub fn filter(&self, filter: &GalleryFilter) -> Filtered {
        let mut rows = RowFilter::none(self.n_segment_rows);
        let conditions = self.conditions(filter);
        let mut applied: Vec<AppliedFilter> = conditions
            .iter()
            .map(|(what, _)| AppliedFilter { what: what.clone(), excluded: 0, unknown: 0 })
            .collect();
        for row in self.rows.iter().filter(|row| row.individual.is_some()) {
            let said: Vec<Option<bool>> = conditions.iter().map(|(_, judge)| judge(row)).collect();
            let admitted = !said.contains(&Some(false));
            for (said, applied) in said.iter().zip(&mut applied) {
                applied.excluded += u64::from(*said == Some(false));
                applied.unknown += u64::from(admitted && said.is_none());
            }
            if admitted {
                rows.admit(row.row);
            }
        }
        Filtered { rows, applied }
    }

    fn conditions<'a>(&'a self, filter: &'a GalleryFilter) -> Vec<(String, Judge<'a>)> {
        let mut conditions: Vec<(String, Judge<'a>)> = Vec::new();
        if let Some(asked) = &filter.labels.species {
            let is_of: Vec<Option<bool>> =
                self.species.iter().map(|found| self.species_types.is_of(found, asked)).collect();
            conditions.push((
                format!("species={asked}"),
                Box::new(move |row| *is_of.get(usize::try_from(row.species?).ok()?)?),
            ));
        }
        if let Some(asked) = &filter.labels.viewpoint {
            let place = place_of(&self.viewpoints, asked);
            conditions.push((
                format!("viewpoint={asked}"),
                Box::new(move |row| row.viewpoint.map(|v| Some(v) == place)),
            ));
        }
        if let Some(since) = filter.since {
            let shown = jiff::Timestamp::from_second(since.floor() as i64)
                .map_or_else(|_| since.to_string(), |time| time.strftime("%Y-%m-%dT%H:%M:%S").to_string());
            conditions.push((format!("since={shown}"), Box::new(move |row| row.seconds.map(|s| s >= since))));
        }
        if let Some(area) = filter.area {
            conditions
                .push((format!("area={area}"), Box::new(move |row| row.position.map(|p| area.contains(p)))));
        }
        conditions
    }
}

/// The place of a label; `None` where no annotation has it.
fn place_of<T: Ord>(labels: &[T], asked: &T) -> Option<u32> {
    labels.binary_search(asked).ok().and_then(|place| u32::try_from(place).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_measured_along_the_surface() {
        let around_lisbon = Area::Circle { latitude: 38.72, longitude: -9.14, radius_km: 280.0 };
        assert!(around_lisbon.contains((41.15, -8.61)), "Porto is 274 km away");
        assert!(!around_lisbon.contains((40.42, -3.70)), "Madrid is 503 km away");
        let across_the_date_line = Area::Circle { latitude: 0.0, longitude: 179.9, radius_km: 30.0 };
        assert!(across_the_date_line.contains((0.0, -179.9)));
    }

    #[test]
    fn a_box_may_reach_across_the_date_line() {
        let fiji = Area::Box { south: -20.0, west: 177.0, north: -15.0, east: -178.0 };
        assert!(fiji.contains((-17.0, 179.0)) && fiji.contains((-17.0, -179.0)));
        assert!(!fiji.contains((-17.0, 0.0)) && !fiji.contains((0.0, 179.0)));
    }
}
