//! What is ranked: labelled rows, and who may see whom.

use resight_core::{Distance, Same, Slot};
use resight_vector::Rows;
use serde::{Deserialize, Serialize};

use crate::EvalError;

/// What the network that made the embeddings has learnt of a row.
///
/// What was learnt is no evidence of how well it works: a learnt photo never asks, and an individual that was learnt is
/// never taken for a newcomer, for a network that separates it from all others has seen to it that it looks like one.
/// Both may answer: that is what they do in the field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Learnt {
    /// Nothing.
    #[default]
    Nothing,
    /// Other photos of its individual.
    Individual,
    /// The photo itself, or one that looks like it.
    Photo,
}

/// The labels of one row (one annotation), as small numbers that the caller gave out.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LabelledRow {
    /// Who it shows. Rows without are never candidates and never judged.
    pub individual: Option<u32>,
    /// The encounter, where it is known.
    pub encounter: Option<u32>,
    /// The group of near-duplicate photos it belongs to. None equals no other.
    pub duplicate_group: Option<u32>,
    /// The species.
    pub species: Option<u32>,
    /// The type of species that its species is of, by the number that this type has as a species: of an animal that is called by
    /// its type nobody knows the species.
    pub species_type: Option<u32>,
    /// The viewpoint.
    pub viewpoint: Option<u32>,
    /// Capture time in seconds from any fixed moment.
    pub seconds: Option<f64>,
    /// What the network has learnt of it.
    pub learnt: Learnt,
}

impl LabelledRow {
    /// The calibration slot that it belongs to when it asks under these filters.
    pub fn slot(&self, same: Same) -> SlotKey {
        SlotKey::of(same, self.species.as_ref(), self.viewpoint.as_ref())
    }
}

/// Labelled rows with their embeddings.
#[derive(Debug, Clone, Copy)]
pub struct Gallery<'a> {
    /// One a row.
    pub rows: &'a [LabelledRow],
    /// The embeddings of the rows, in the same order, counted through all parts.
    pub embeddings: &'a [Rows<'a>],
    /// How they are compared. For the cosine they must be of unit length.
    pub distance: Distance,
}

impl Gallery<'_> {
    /// Checks that every row has an embedding and every embedding a row.
    ///
    /// # Errors
    /// Where the numbers differ.
    pub fn check(&self) -> Result<(), EvalError> {
        let embeddings = self.embeddings.iter().map(Rows::len).sum();
        if embeddings == self.rows.len() {
            Ok(())
        } else {
            Err(EvalError::RowCount { labels: self.rows.len(), embeddings })
        }
    }
}

/// What it means that the encounter of a photo is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownEncounter {
    /// It may be any of its individual's: nothing of the individual is left to a strict query from it, and it is left
    /// to none. So it is where most photos have a known one.
    MayBeAny,
    /// It equals no other. So it is where most have none, and nothing would be left to ask: figures flatter there.
    EqualsNone,
}

impl UnknownEncounter {
    /// What holds among these rows: by most of those whose individual is known.
    pub fn among(rows: &[LabelledRow]) -> Self {
        let named = || rows.iter().filter(|row| row.individual.is_some());
        let known = named().filter(|row| row.encounter.is_some()).count();
        if 2 * known > named().count() { Self::MayBeAny } else { Self::EqualsNone }
    }
}

/// Which photos of a query's **own** individual the query must not see. Photos of others are never hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hide {
    /// Those that are, or may be ([`UnknownEncounter`]), of the same encounter.
    pub encounter: bool,
    /// Near-duplicates of it.
    pub duplicates: bool,
}

impl Hide {
    /// Both: the answer that holds in the field.
    pub const STRICT: Self = Self { encounter: true, duplicates: true };
    /// Neither: the answer that flatters.
    pub const NOTHING: Self = Self { encounter: false, duplicates: false };

    /// Whether a query must not see this other photo of its own individual.
    pub(crate) fn hides(
        self,
        query: &LabelledRow,
        other: &LabelledRow,
        unknown_encounter: UnknownEncounter,
    ) -> bool {
        let same_encounter = match (query.encounter, other.encounter) {
            (Some(one), Some(another)) => one == another,
            _ => unknown_encounter == UnknownEncounter::MayBeAny,
        };
        let duplicates = query.duplicate_group.is_some() && query.duplicate_group == other.duplicate_group;
        (self.encounter && same_encounter) || (self.duplicates && duplicates)
    }
}

impl Default for Hide {
    fn default() -> Self {
        Self::STRICT
    }
}

/// Whether a gallery row has the labels that it must share with the query.
pub fn admits(same: Same, query: &LabelledRow, other: &LabelledRow) -> bool {
    let agree = |a: Option<u32>, b: Option<u32>| a.is_none() || b.is_none() || a == b;
    (!same.viewpoint || agree(query.viewpoint, other.viewpoint))
        && (!same.species || agree(query.species, other.species) || may_be_of_one_species(query, other))
}

/// Whether one is called by the type that the other's species is of.
fn may_be_of_one_species(query: &LabelledRow, other: &LabelledRow) -> bool {
    let is_called_by = |one: &LabelledRow, other: &LabelledRow| {
        one.species_type.is_some() && one.species_type == other.species
    };
    is_called_by(query, other) || is_called_by(other, query)
}

/// Who asks and who answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protocol {
    /// Every labelled row in turn, all other rows the gallery.
    LeaveOneOut,
    /// Closed-set, open-set, disjoint-set, time-cutoff or a split column: made elsewhere, given here as rows.
    /// A row that is in both never answers itself.
    Split {
        /// The rows that ask.
        queries: Vec<u32>,
        /// The rows that answer.
        gallery: Vec<u32>,
    },
}

/// The rows on both sides of a protocol that have a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sides {
    /// The rows that ask.
    pub queries: Vec<u32>,
    /// The rows that answer; perhaps the same. A row never answers itself.
    pub answering: Vec<u32>,
}

impl Protocol {
    /// Who asks and who answers among these rows.
    ///
    /// # Errors
    /// [`EvalError::NoSuchRow`].
    pub fn sides(&self, rows: &[LabelledRow]) -> Result<Sides, EvalError> {
        let labelled = |row: &u32| rows[*row as usize].individual.is_some();
        match self {
            Self::LeaveOneOut => {
                let all: Vec<u32> = (0..).take(rows.len()).filter(labelled).collect();
                Ok(Sides { queries: all.clone(), answering: all })
            }
            Self::Split { queries, gallery } => {
                let beyond = queries.iter().chain(gallery).find(|row| **row as usize >= rows.len());
                if let Some(row) = beyond {
                    return Err(EvalError::NoSuchRow { row: *row, rows: rows.len() });
                }
                let only_labelled = |rows: &[u32]| rows.iter().copied().filter(labelled).collect();
                Ok(Sides { queries: only_labelled(queries), answering: only_labelled(gallery) })
            }
        }
    }
}

/// What chooses a calibration, with labels as small numbers.
pub type SlotKey = Slot<u32, u32>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encounter_is_hidden_and_so_is_what_may_be_of_it() {
        use UnknownEncounter::{EqualsNone, MayBeAny};
        let blank = LabelledRow::default();
        let burst = LabelledRow { encounter: Some(3), ..blank };
        let other = LabelledRow { encounter: Some(4), ..blank };
        for unknown in [MayBeAny, EqualsNone] {
            assert!(Hide::STRICT.hides(&burst, &burst, unknown));
            assert!(!Hide::STRICT.hides(&burst, &other, unknown));
            assert!(!Hide::NOTHING.hides(&burst, &burst, unknown));
        }
        for (one, another) in [(&blank, &blank), (&burst, &blank), (&blank, &burst)] {
            assert!(Hide::STRICT.hides(one, another, MayBeAny));
            assert!(!Hide::STRICT.hides(one, another, EqualsNone));
            assert!(!Hide::NOTHING.hides(one, another, MayBeAny));
        }
        let copy = LabelledRow { duplicate_group: Some(1), ..burst };
        let of_copy = LabelledRow { encounter: Some(4), ..copy };
        assert!(Hide { encounter: false, duplicates: true }.hides(&copy, &of_copy, EqualsNone));
        assert!(!Hide { encounter: true, duplicates: false }.hides(&copy, &of_copy, EqualsNone));
    }

    #[test]
    fn most_photos_of_known_individuals_say_what_an_unknown_encounter_means() {
        let row = |individual, encounter| LabelledRow { individual, encounter, ..LabelledRow::default() };
        let (known, unknown) = (row(Some(1), Some(1)), row(Some(1), None));
        assert_eq!(UnknownEncounter::among(&[known, known, unknown]), UnknownEncounter::MayBeAny);
        assert_eq!(UnknownEncounter::among(&[known, unknown]), UnknownEncounter::EqualsNone);
        let nameless = row(None, Some(1));
        assert_eq!(UnknownEncounter::among(&[nameless, nameless, unknown]), UnknownEncounter::EqualsNone);
    }

    #[test]
    fn an_unknown_viewpoint_filters_nothing() {
        let same = Same { viewpoint: true, species: false };
        let side = |viewpoint| LabelledRow { viewpoint, ..LabelledRow::default() };
        assert!(admits(same, &side(Some(1)), &side(Some(1))));
        assert!(!admits(same, &side(Some(1)), &side(Some(2))));
        assert!(admits(same, &side(None), &side(Some(2))));
        assert!(admits(same, &side(Some(1)), &side(None)));
    }
}
