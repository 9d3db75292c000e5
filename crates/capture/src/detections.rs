//! Where individuals were seen: detectors, and who came to which on which occasion.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::history::Capture;
use crate::text::distinct;
use crate::{CaptureError, CaptureHistories, TransverseMercator};

/// A camera, a place that is visited, by name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Detector {
    /// A name that every format can have: letters, digits and `-`.
    pub name: String,
    /// As the catalog calls it.
    pub station: String,
    /// Easting in metres.
    pub x: f64,
    /// Northing in metres.
    pub y: f64,
    /// Whether it was there, occasion by occasion.
    pub used: Vec<bool>,
}

/// An individual at a detector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Detection {
    /// Its place among the histories.
    pub history: usize,
    /// The occasion, from 0.
    pub occasion: usize,
    /// The detector, from 0.
    pub detector: usize,
    /// How many captures.
    pub times: usize,
}

/// All of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Detections {
    /// The detectors, by name.
    pub detectors: Vec<Detector>,
    /// Who came where, sorted.
    pub detections: Vec<Detection>,
    /// EPSG code of the plane.
    pub epsg: u32,
    /// Captures at no station, or at one whose place nobody says.
    pub nowhere: usize,
}

impl Detections {
    /// Of the captures that count. A detector counts as used on every occasion from the first to the last on which it saw anybody:
    /// more than that no photo says.
    ///
    /// # Errors
    /// No capture has a station with a place.
    pub fn of(histories: &CaptureHistories) -> Result<Self, CaptureError> {
        let mut places: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
        for Capture { sighting, .. } in &histories.captures {
            if let (Some(station), Some(position)) = (&sighting.station, sighting.position) {
                places.entry(station).or_default().push(position);
            }
        }
        let middles: BTreeMap<&str, (f64, f64)> =
            places.into_iter().map(|(station, all)| (station, middle(&all))).collect();
        let all: Vec<(f64, f64)> = middles.values().copied().collect();
        let nothing = "no capture has a station whose latitude and longitude are known";
        let plane = TransverseMercator::around(&all).ok_or(CaptureError::Nothing(nothing))?;
        let names = distinct(middles.keys().copied(), &['-'], 24);
        let mut detectors: Vec<Detector> = middles
            .iter()
            .map(|(station, place)| {
                let (x, y) = plane.project(*place);
                let used = vec![false; histories.occasions.count()];
                Detector { name: names[*station].clone(), station: (*station).to_owned(), x, y, used }
            })
            .collect();
        let numbers: BTreeMap<&str, usize> =
            middles.keys().enumerate().map(|(at, name)| (*name, at)).collect();
        let mut counts: BTreeMap<(usize, usize, usize), usize> = BTreeMap::new();
        let mut nowhere = 0;
        for Capture { history, occasion, sighting } in &histories.captures {
            match sighting.station.as_deref().and_then(|station| numbers.get(station)) {
                Some(detector) => *counts.entry((*history, *occasion, *detector)).or_default() += 1,
                None => nowhere += 1,
            }
        }
        for (number, detector) in detectors.iter_mut().enumerate() {
            let seen = counts.keys().filter(|key| key.2 == number).map(|key| key.1);
            if let (Some(first), Some(last)) = (seen.clone().min(), seen.max()) {
                detector.used[first..=last].fill(true);
            }
        }
        let detections = counts.into_iter().map(|((history, occasion, detector), times)| Detection {
            history,
            occasion,
            detector,
            times,
        });
        Ok(Self { detections: detections.collect(), detectors, epsg: plane.epsg(), nowhere })
    }
}

fn middle(places: &[(f64, f64)]) -> (f64, f64) {
    let count = places.len() as f64;
    (
        places.iter().map(|place| place.0).sum::<f64>() / count,
        places.iter().map(|place| place.1).sum::<f64>() / count,
    )
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use resight_core::CaptureTime;

    use super::*;
    use crate::{Division, Occasions, Selection, Sighting};

    #[test]
    fn detectors_lie_in_metres_and_count_as_used_while_they_saw_somebody() {
        let at = |individual: &str, month: i8, station: &str, latitude: f64| Sighting {
            station: Some(station.to_owned()),
            position: Some((latitude, 18.0)),
            ..Sighting::of(individual, CaptureTime::on(date(2024, month, 1)))
        };
        let nowhere = Sighting::of("Ana", CaptureTime::on(date(2024, 2, 2)));
        let all = [
            at("Ana", 1, "north_1", -33.0),
            at("Ana", 3, "north_1", -33.0),
            at("Ben", 2, "south 1", -33.01),
            nowhere,
        ];
        let occasions = Occasions::dividing(&all, Division::Month).unwrap();
        let histories = CaptureHistories::of(&all, occasions, Selection::default()).unwrap();
        let found = Detections::of(&histories).unwrap();
        let names: Vec<&str> = found.detectors.iter().map(|one| one.name.as_str()).collect();
        assert_eq!((names, found.nowhere, found.epsg), (vec!["north-1", "south-1"], 1, 32734));
        assert_eq!(found.detectors[0].used, [true, true, true]);
        assert_eq!(found.detectors[1].used, [false, true, false]);
        assert!((found.detectors[0].y - found.detectors[1].y - 1109.0).abs() < 2.0);
        assert_eq!(found.detections.len(), 3);
    }
}
