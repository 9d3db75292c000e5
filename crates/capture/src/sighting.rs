//! One animal in one photo, as far as statistics want to know.

use std::collections::BTreeMap;

use resight_core::{CaptureTime, Quality, Viewpoint};

/// Which side of the animal is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Its left, perhaps from the front or from behind.
    Left,
    /// Its right.
    Right,
    /// Neither, or nobody says.
    Other,
}

impl Side {
    /// The side that a viewpoint shows: `left`, `front_left`, `left_dorsal_fin` are left.
    pub fn of(viewpoint: Option<&Viewpoint>) -> Self {
        let has =
            |side: &str| viewpoint.is_some_and(|word| word.as_str().split('_').any(|part| part == side));
        match (has("left"), has("right")) {
            (true, false) => Self::Left,
            (false, true) => Self::Right,
            _ => Self::Other,
        }
    }
}

/// One annotation of a named individual.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// Whom it shows.
    pub individual: String,
    /// When it was taken; what is known no nearer than the month belongs to no occasion.
    pub when: Option<CaptureTime>,
    /// Which side is seen.
    pub side: Side,
    /// The encounter, by any text that tells it from others: what was seen in one encounter was seen at once.
    pub encounter: Option<String>,
    /// The camera's place by name, where there are such.
    pub station: Option<String>,
    /// Latitude and longitude in degrees.
    pub position: Option<(f64, f64)>,
    /// How usable the photo is.
    pub quality: Option<Quality>,
    /// How strongly marked the animal is, 1 to 5, where somebody says.
    pub distinctiveness: Option<u8>,
    /// Whether a person or a table says who it is, and no model alone.
    pub confirmed: bool,
    /// What else is known of the individual: `sex`, `age`, …
    pub covariates: BTreeMap<String, String>,
}

impl Sighting {
    /// A sighting of which nothing else is known.
    pub fn of(individual: impl Into<String>, when: CaptureTime) -> Self {
        Self {
            individual: individual.into(),
            when: Some(when),
            side: Side::Other,
            encounter: None,
            station: None,
            position: None,
            quality: None,
            distinctiveness: None,
            confirmed: true,
            covariates: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_side_stands_anywhere_in_the_viewpoint() {
        let side = |word: &str| Side::of(Viewpoint::parse(word).as_ref());
        assert_eq!([side("left"), side("port dorsal fin"), side("front_left")], [Side::Left; 3]);
        assert_eq!([side("right"), side("starboard")], [Side::Right; 2]);
        assert_eq!([side("front"), side("left_right"), Side::of(None)], [Side::Other; 3]);
    }
}
