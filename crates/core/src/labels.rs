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
        assert!(left.admits(Species::parse("lion").as_ref(), None));
        assert!(left.admits(None, Viewpoint::parse("left").as_ref()));
        assert!(!left.admits(None, Viewpoint::parse("right").as_ref()));
    }
}
