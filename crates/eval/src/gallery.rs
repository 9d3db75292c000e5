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
    /// The encounter. None equals no other.
    pub encounter: Option<u32>,
    /// The group of near-duplicate photos it belongs to. None equals no other.
    pub duplicate_group: Option<u32>,
    /// The species.
    pub species: Option<u32>,
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

/// Which photos of a query's **own** individual the query must not see. Photos of others are never hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hide {
    /// Those of the same encounter; no encounter equals no other.
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
    pub(crate) fn hides(self, query: &LabelledRow, other: &LabelledRow) -> bool {
        let alike = |a: Option<u32>, b: Option<u32>| a.is_some() && a == b;
        (self.encounter && alike(query.encounter, other.encounter))
            || (self.duplicates && alike(query.duplicate_group, other.duplicate_group))
    }
}

impl Default for Hide {
    fn default() -> Self {
        Self::STRICT
    }
}

/// Whether a gallery row has the labels that it must share with the query.
pub(crate) fn admits(same: Same, query: &LabelledRow, other: &LabelledRow) -> bool {
    let agree = |a: Option<u32>, b: Option<u32>| a.is_none() || b.is_none() || a == b;
    (!same.viewpoint || agree(query.viewpoint, other.viewpoint))
        && (!same.species || agree(query.species, other.species))
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

/// What chooses a calibration, with labels as small numbers.
pub type SlotKey = Slot<u32, u32>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_encounter_equals_no_other() {
        let blank = LabelledRow::default();
        assert!(!Hide::STRICT.hides(&blank, &blank));
        let burst = LabelledRow { encounter: Some(3), ..blank };
        assert!(Hide::STRICT.hides(&burst, &burst));
        assert!(!Hide::STRICT.hides(&burst, &blank));
        assert!(!Hide::NOTHING.hides(&burst, &burst));
        let copy = LabelledRow { duplicate_group: Some(1), ..blank };
        assert!(Hide { encounter: false, duplicates: true }.hides(&copy, &copy));
        assert!(!Hide { encounter: true, duplicates: false }.hides(&copy, &copy));
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
