//! How exactly places go out.
//!
//! A place is replaced by the middle of the cell of a fixed grid that it lies in: the same place always gives the same
//! numbers, however often it is exported, so that nothing can be averaged out of many exports. The steps are those of
//! Chapman's *Current Best Practices for Generalizing Sensitive Species Occurrence Data* (GBIF, 2020).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How exactly places go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PositionPrecision {
    /// Not at all.
    #[default]
    None,
    /// To a cell of a tenth of a degree: some ten kilometers.
    #[serde(rename = "0.1")]
    Tenth,
    /// To a cell of a hundredth of a degree: about a kilometer.
    #[serde(rename = "0.01")]
    Hundredth,
    /// To a cell of a thousandth of a degree: some hundred meters.
    #[serde(rename = "0.001")]
    Thousandth,
    /// As they are known.
    Exact,
}

/// A place as it may go out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    /// Degrees north.
    pub(super) latitude: f64,
    /// Degrees east.
    pub(super) longitude: f64,
    /// The side of the grid's cells in degrees, where the place is the middle of one.
    pub(super) cell_degrees: Option<f64>,
}

/// Meters of one degree, at most: of latitude near the poles, on the WGS84 ellipsoid, rounded up.
const METERS_A_DEGREE: f64 = 111_700.0;

/// How far off a position of an unknown receiver is taken to be, after Chapman and Wieczorek's *Georeferencing Best
/// Practices* (GBIF, 2020).
const METERS_OF_A_RECEIVER: f64 = 30.0;

impl PositionPrecision {
    /// All, from none to exact.
    pub const ALL: [Self; 5] = [Self::None, Self::Tenth, Self::Hundredth, Self::Thousandth, Self::Exact];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Tenth => "0.1",
            Self::Hundredth => "0.01",
            Self::Thousandth => "0.001",
            Self::Exact => "exact",
        }
    }

    /// Cells of the grid in one degree; none where there is no grid.
    fn cells_a_degree(self) -> Option<i32> {
        match self {
            Self::None | Self::Exact => None,
            Self::Tenth => Some(10),
            Self::Hundredth => Some(100),
            Self::Thousandth => Some(1000),
        }
    }

    /// The place as it may go out; none where it may not, or is none on the globe.
    pub(super) fn of(self, (latitude, longitude): (f64, f64)) -> Option<Place> {
        if !(latitude.abs() <= 90.0 && longitude.abs() <= 180.0) || self == Self::None {
            return None;
        }
        let Some(cells) = self.cells_a_degree() else {
            return Some(Place { latitude, longitude, cell_degrees: None });
        };
        Some(Place {
            latitude: middle_of_cell(latitude, 90, cells),
            longitude: middle_of_cell(longitude, 180, cells),
            cell_degrees: Some(1.0 / f64::from(cells)),
        })
    }
}

/// The middle of the cell: the last cell before the limit takes the limit itself. Counted in whole halves of cells, so
/// that a middle has no more digits than it needs.
fn middle_of_cell(degrees: f64, limit: i32, cells_a_degree: i32) -> f64 {
    let cells = f64::from(cells_a_degree);
    let last = f64::from(limit * cells_a_degree - 1);
    let cell = (degrees * cells).floor().clamp(-last - 1.0, last);
    (2.0 * cell + 1.0) / (2.0 * cells)
}

impl Place {
    /// How far the true place is from the written one at most, in whole meters: half of the diagonal of the cell, and the
    /// error of a receiver. None where the place was not generalized: then nobody said it.
    pub(super) fn uncertainty_meters(&self) -> Option<u32> {
        let cell = self.cell_degrees?;
        let half_diagonal = cell / 2.0 * std::f64::consts::SQRT_2 * METERS_A_DEGREE;
        // Below 8,000 for the largest cells.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand")]
        let meters = (half_diagonal + METERS_OF_A_RECEIVER).ceil() as u32;
        Some(meters)
    }

    /// What was done to it, in words; none where nothing was.
    pub(super) fn generalization(&self) -> Option<String> {
        let cell = self.cell_degrees?;
        Some(format!("coordinates are the center of a fixed grid cell of {cell} degrees"))
    }
}

impl fmt::Display for PositionPrecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for PositionPrecision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = || Self::ALL.map(Self::name).join(", ");
        Self::ALL
            .into_iter()
            .find(|precision| precision.name() == text)
            .ok_or_else(|| format!("not a precision of places (one of {}): `{text}`", all()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_place_is_the_middle_of_its_cell() {
        let at = |precision: PositionPrecision, place| {
            precision.of(place).map(|place| (place.latitude, place.longitude))
        };
        let place = (-33.512_34, 151.256_78);
        assert_eq!(at(PositionPrecision::None, place), None);
        assert_eq!(at(PositionPrecision::Tenth, place), Some((-33.55, 151.25)));
        assert_eq!(at(PositionPrecision::Hundredth, place), Some((-33.515, 151.255)));
        assert_eq!(at(PositionPrecision::Thousandth, place), Some((-33.5125, 151.2565)));
        assert_eq!(at(PositionPrecision::Exact, place), Some(place));
        assert_eq!(at(PositionPrecision::Tenth, (90.0, 180.0)), Some((89.95, 179.95)));
        assert_eq!(at(PositionPrecision::Tenth, (-90.0, -180.0)), Some((-89.95, -179.95)));
        assert_eq!(at(PositionPrecision::Exact, (f64::NAN, 0.0)), None);
        assert_eq!(at(PositionPrecision::Tenth, (91.0, 0.0)), None);
    }

    #[test]
    fn precisions_are_read_by_their_names() {
        for precision in PositionPrecision::ALL {
            assert_eq!(precision.name().parse(), Ok(precision));
        }
        assert!("0.2".parse::<PositionPrecision>().unwrap_err().contains("0.1"));
    }

    proptest! {
        #[test]
        fn what_was_generalized_stays_and_lies_within_its_uncertainty(
            latitude in -90.0..=90.0_f64,
            longitude in -180.0..=180.0_f64,
            step in 1..4_usize,
        ) {
            let precision = PositionPrecision::ALL[step];
            let place = precision.of((latitude, longitude)).unwrap();
            prop_assert_eq!(precision.of((place.latitude, place.longitude)), Some(place));
            let away = resight_core::distance_km((latitude, longitude), (place.latitude, place.longitude));
            prop_assert!(away * 1000.0 <= f64::from(place.uncertainty_meters().unwrap()));
        }
    }
}
