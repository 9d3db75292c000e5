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
                let says_nothing = matches!(plain.as_str(), "" | "unknown" | "nan" | "none" | "null" | "na" | "n/a" | "?");
                (!says_nothing).then_some(Self(plain))
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
