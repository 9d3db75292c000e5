//! Labels of annotations: species and viewpoint, and what to do where one is not known.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! label {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Reads a label: trimmed, lower case, blanks and hyphens as `_`.
            /// Empty text and the words for "not known" give `None`.
            pub fn parse(text: &str) -> Option<Self> {
                let plain: String = text
                    .trim()
                    .chars()
                    .map(|c| if c.is_whitespace() || c == '-' { '_' } else { c })
                    .flat_map(char::to_lowercase)
                    .collect();
                (!crate::says_nothing(text)).then_some(Self(plain))
            }

            /// The label as stored.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

label!(
    /// What kind of animal, as the source calls it, in the form `bottlenose_dolphin` or `tursiops_truncatus`.
    Species
);
label!(
    /// Which side or part of the animal the camera sees, in the form `left` or `dorsal_fin`.
    Viewpoint
);

/// Longest name of an individual, in characters.
const LONGEST_NAME: usize = 200;

/// Why a text is no name of an individual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum NameFault {
    /// Nothing is left without the blanks around it.
    #[error("it is empty")]
    Empty,
    /// It would not fit a line.
    #[error("it is longer than 200 characters")]
    TooLong,
    /// It holds a line end or another control character.
    #[error("it holds a line end or another control character")]
    ControlCharacter,
}

/// A name of an individual as it is stored: without the blanks around it.
///
/// # Errors
/// What makes it none.
pub fn check_name(text: &str) -> Result<&str, NameFault> {
    let name = text.trim();
    match name.chars().count() {
        0 => Err(NameFault::Empty),
        _ if name.chars().any(char::is_control) => Err(NameFault::ControlCharacter),
        length if length > LONGEST_NAME => Err(NameFault::TooLong),
        _ => Ok(name),
    }
}

/// The labels that choose a calibration: a (species, viewpoint) pair, either of which may be open.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot {
    /// The species, or `None` for all of them.
    pub species: Option<Species>,
    /// The viewpoint, or `None` for all of them.
    pub viewpoint: Option<Viewpoint>,
}

impl Slot {
    /// This slot and the wider ones that contain it, narrowest first: where a slot has too little data
    /// the next one serves.
    pub fn widening(&self) -> Vec<Self> {
        let mut slots = vec![self.clone()];
        if self.viewpoint.is_some() {
            slots.push(Self { species: self.species.clone(), viewpoint: None });
        }
        if self.species.is_some() {
            slots.push(Self::default());
        }
        slots
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.species, &self.viewpoint) {
            (None, None) => f.write_str("all"),
            (Some(species), None) => write!(f, "{species}"),
            (None, Some(viewpoint)) => write!(f, "any/{viewpoint}"),
            (Some(species), Some(viewpoint)) => write!(f, "{species}/{viewpoint}"),
        }
    }
}

/// Which gallery annotations may answer a query, by their labels.
///
/// A label that is not known, on either side, filters nothing: the true match must not be hidden by a
/// blank cell in somebody's table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelFilter {
    /// Only this species.
    pub species: Option<Species>,
    /// Only this viewpoint.
    pub viewpoint: Option<Viewpoint>,
}

impl LabelFilter {
    /// Whether a gallery annotation with these labels may answer.
    pub fn admits(&self, species: Option<&Species>, viewpoint: Option<&Viewpoint>) -> bool {
        agrees(self.species.as_ref(), species) && agrees(self.viewpoint.as_ref(), viewpoint)
    }
}

fn agrees<T: PartialEq>(asked: Option<&T>, found: Option<&T>) -> bool {
    match (asked, found) {
        (Some(asked), Some(found)) => asked == found,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_in_one_form() {
        assert_eq!(
            Species::parse(" Bottlenose Dolphin ").map(|s| s.to_string()),
            Some("bottlenose_dolphin".into())
        );
        assert_eq!(Viewpoint::parse("Dorsal-Fin"), Viewpoint::parse("dorsal fin"));
        assert_eq!(Species::parse(" NaN "), None);
        assert_eq!(Species::parse("unknown"), None);
    }

    #[test]
    fn a_name_is_a_short_line() {
        assert_eq!(check_name(" Ole Ø. "), Ok("Ole Ø."));
        assert_eq!(check_name("  "), Err(NameFault::Empty));
        assert_eq!(check_name("Big\nNick"), Err(NameFault::ControlCharacter));
        assert_eq!(check_name(&"x".repeat(201)), Err(NameFault::TooLong));
        assert!(check_name(&"Ø".repeat(200)).is_ok());
    }

    #[test]
    fn slots_widen_from_narrow_to_all() {
        let slot = Slot { species: Species::parse("lion"), viewpoint: Viewpoint::parse("left") };
        let shown: Vec<String> = slot.widening().iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["lion/left", "lion", "all"]);
        assert_eq!(Slot::default().widening(), [Slot::default()]);
    }

    #[test]
    fn a_blank_label_filters_nothing() {
        let left = LabelFilter { species: None, viewpoint: Viewpoint::parse("left") };
        assert!(left.admits(Species::parse("lion").as_ref(), None));
        assert!(left.admits(None, Viewpoint::parse("left").as_ref()));
        assert!(!left.admits(None, Viewpoint::parse("right").as_ref()));
    }
}
