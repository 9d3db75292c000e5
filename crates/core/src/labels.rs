//! Labels of annotations: species, viewpoint, body part and quality, and what to do where one is not known.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::SpeciesTypes;

macro_rules! label {
    ($(#[$doc:meta])* $name:ident, $in_our_words:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Reads a label: trimmed, lower case, blanks and hyphens as `_`, other words for the same as the one
            /// that resight writes. Empty text and the words for "not known" give `None`.
            pub fn parse(text: &str) -> Option<Self> {
                let plain: String = text
                    .trim()
                    .chars()
                    .map(|c| if c.is_whitespace() || c == '-' { '_' } else { c })
                    .flat_map(char::to_lowercase)
                    .collect();
                (!crate::says_nothing(text)).then(|| Self($in_our_words(plain)))
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
    Species,
    std::convert::identity
);
label!(
    /// Which side or part of the animal the camera sees, in the form `left` or `dorsal_fin`.
    Viewpoint,
    one_word_a_side
);
label!(
    /// What of the animal the crop shows, in the form `flank` or `dorsal_fin`.
    BodyPart,
    std::convert::identity
);

/// The words that people write for the sides of an animal, each behind the one that resight writes. At sea, port is the
/// left side and starboard the right one.
const SIDES: [(&str, &[&str]); 8] = [
    ("left", &["l", "lh", "lhs", "left_side", "leftside", "left_flank", "port", "port_side"]),
    ("right", &["r", "rh", "rhs", "right_side", "rightside", "right_flank", "starboard", "starboard_side"]),
    ("front", &["anterior", "frontal", "front_side", "face_on"]),
    ("back", &["posterior", "rear", "behind", "back_side"]),
    ("front_left", &["frontleft", "left_front", "leftfront"]),
    ("front_right", &["frontright", "right_front", "rightfront"]),
    ("back_left", &["backleft", "left_back", "leftback", "rear_left", "left_rear"]),
    ("back_right", &["backright", "right_back", "rightback", "rear_right", "right_rear"]),
];

fn one_word_a_side(plain: String) -> String {
    let known = SIDES.iter().find(|(_, others)| others.contains(&plain.as_str()));
    if let Some((word, _)) = known {
        return (*word).to_owned();
    }
    // `port dorsal fin`: the sides of a ship within longer words.
    let parts = plain.split('_').map(|part| match part {
        "port" => "left",
        "starboard" => "right",
        other => other,
    });
    parts.collect::<Vec<_>>().join("_")
}

impl Viewpoint {
    /// What is seen in the mirror: left becomes right, wherever it stands in the word, and all else stays as it is.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        let parts = self.0.split('_').map(|part| match part {
            "left" => "right",
            "right" => "left",
            other => other,
        });
        Self(parts.collect::<Vec<_>>().join("_"))
    }

    /// The side that a word of a file's or folder's name means, as in `IMG_0012_LHS` or `left side`: `None` where it is
    /// none of the words for left and right, or the letters `L` and `R` alone.
    pub fn side_in_name(word: &str) -> Option<Self> {
        let viewpoint = Self::parse(word)?;
        matches!(viewpoint.as_str(), "left" | "right").then_some(viewpoint)
    }
}

/// How usable a photo of an animal is, from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quality {
    /// Of no use.
    Junk,
    /// Marks can hardly be seen.
    Poor,
    /// Large marks can be seen.
    Fair,
    /// Most marks can be seen.
    Good,
    /// Every mark can be seen.
    Excellent,
}

impl Quality {
    /// All grades, from worst to best.
    pub const ALL: [Self; 5] = [Self::Junk, Self::Poor, Self::Fair, Self::Good, Self::Excellent];

    /// The word for it, in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Junk => "junk",
            Self::Poor => "poor",
            Self::Fair => "fair",
            Self::Good => "good",
            Self::Excellent => "excellent",
        }
    }

    /// The grade of this word; `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let word = text.trim();
        Self::ALL.into_iter().find(|grade| grade.as_str().eq_ignore_ascii_case(word))
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which labels an answering photo must share with the query. A label unknown on either side filters nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Same {
    /// The species.
    pub species: bool,
    /// The viewpoint.
    pub viewpoint: bool,
}

/// What chooses a calibration: the labels that a question filters by, and their values, either of which may be open.
///
/// Questions under different filters meet different candidates: all animals of a catalog, or only the look-alikes of
/// one species. So a calibration serves questions under the filters that it was fitted under, and no others. Where one
/// value has too few photos to speak for itself, all values together speak, each asked under its own filter.
///
/// `S` and `V` say which species and viewpoint: names, or small numbers that a caller gave out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot<S = Species, V = Viewpoint> {
    /// The labels that are filtered by.
    pub same: Same,
    /// The species filtered by, or `None` for all of them together.
    pub species: Option<S>,
    /// The viewpoint filtered by, or `None` for all of them together.
    pub viewpoint: Option<V>,
}

impl<S, V> Default for Slot<S, V> {
    /// No filter.
    fn default() -> Self {
        Self { same: Same::default(), species: None, viewpoint: None }
    }
}

impl<S: Clone, V: Clone> Slot<S, V> {
    /// The slot of a query with these labels, asked under these filters.
    pub fn of(same: Same, species: Option<&S>, viewpoint: Option<&V>) -> Self {
        Self {
            same,
            species: species.filter(|_| same.species).cloned(),
            viewpoint: viewpoint.filter(|_| same.viewpoint).cloned(),
        }
    }

    /// This slot and the wider ones under the same filters, narrowest first: where a slot has too little data the next
    /// one serves.
    pub fn widening(&self) -> Vec<Self> {
        let mut slots = vec![self.clone()];
        if self.viewpoint.is_some() && self.species.is_some() {
            slots.push(Self { viewpoint: None, ..self.clone() });
        }
        if self.viewpoint.is_some() || self.species.is_some() {
            slots.push(Self { same: self.same, species: None, viewpoint: None });
        }
        slots
    }

    /// The narrowest slot that has something to serve with, and what it has. The one place where a calibration is chosen:
    /// what answers and what measures go through it alike.
    pub fn served_by<C>(&self, of_slot: impl Fn(&Self) -> Option<C>) -> Option<(Self, C)> {
        self.widening().into_iter().find_map(|slot| of_slot(&slot).map(|found| (slot, found)))
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |filtered: bool, label: Option<&str>, each: &str| match (filtered, label) {
            (_, Some(label)) => label.to_owned(),
            (true, None) => format!("each {each}"),
            (false, None) => "any".to_owned(),
        };
        if *self == Self::default() {
            return f.write_str("all");
        }
        f.write_str(&word(self.same.species, self.species.as_ref().map(Species::as_str), "species"))?;
        if self.same.viewpoint {
            let viewpoint = self.viewpoint.as_ref().map(Viewpoint::as_str);
            write!(f, "/{}", word(true, viewpoint, "viewpoint"))?;
        }
        Ok(())
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
    pub fn admits(
        &self,
        species: Option<&Species>,
        viewpoint: Option<&Viewpoint>,
        types: &SpeciesTypes,
    ) -> bool {
        let of_species =
            self.species.as_ref().zip(species).and_then(|(asked, found)| types.is_of(found, asked));
        let of_viewpoint = self.viewpoint.as_ref().zip(viewpoint).map(|(asked, found)| asked == found);
        of_species.unwrap_or(true) && of_viewpoint.unwrap_or(true)
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
    fn one_side_has_one_word() {
        for text in ["L", "LHS", "Left side", "left-flank", "port"] {
            assert_eq!(Viewpoint::parse(text), Viewpoint::parse("left"), "{text}");
        }
        assert_eq!(Viewpoint::parse("Rear Right"), Viewpoint::parse("back_right"));
        assert_eq!(Viewpoint::parse("dorsal fin").unwrap().as_str(), "dorsal_fin");
        assert_eq!(Viewpoint::side_in_name("RHS"), Viewpoint::parse("right"));
        assert_eq!(Viewpoint::side_in_name("front"), None);
        let mirrored = |text: &str| Viewpoint::parse(text).unwrap().mirrored().to_string();
        assert_eq!(
            (mirrored("port dorsal fin").as_str(), mirrored("starboard full").as_str()),
            ("right_dorsal_fin", "left_full")
        );
        assert_eq!((mirrored("starboard").as_str(), mirrored("back_left").as_str()), ("left", "back_right"));
        assert_eq!(mirrored("dorsal fin"), "dorsal_fin");
        assert_eq!(Viewpoint::side_in_name("lagoon"), None);
    }

    #[test]
    fn quality_is_an_ordered_grade() {
        assert!(Quality::Junk < Quality::Excellent);
        assert!(Quality::ALL.iter().all(|grade| Quality::parse(grade.as_str()) == Some(*grade)));
        assert_eq!(Quality::parse("great"), None);
    }

    #[test]
    fn slots_widen_from_narrow_to_all_under_the_same_filters() {
        let both = Same { species: true, viewpoint: true };
        let (lion, left) = (Species::parse("lion"), Viewpoint::parse("left"));
        let shown = |slot: Slot| -> Vec<String> { slot.widening().iter().map(ToString::to_string).collect() };
        let narrow: Slot = Slot::of(both, lion.as_ref(), left.as_ref());
        assert_eq!(shown(narrow), ["lion/left", "lion/each viewpoint", "each species/each viewpoint"]);
        let by_side: Slot =
            Slot::of(Same { viewpoint: true, ..Same::default() }, lion.as_ref(), left.as_ref());
        assert_eq!(shown(by_side), ["any/left", "any/each viewpoint"]);
        assert_eq!(shown(Slot::of(Same::default(), lion.as_ref(), left.as_ref())), ["all"]);
    }

    #[test]
    fn a_blank_label_filters_nothing() {
        let left = LabelFilter { species: None, viewpoint: Viewpoint::parse("left") };
        let none = SpeciesTypes::default();
        assert!(left.admits(Species::parse("lion").as_ref(), None, &none));
        assert!(left.admits(None, Viewpoint::parse("left").as_ref(), &none));
        assert!(!left.admits(None, Viewpoint::parse("right").as_ref(), &none));
    }
}
