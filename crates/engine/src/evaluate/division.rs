//! Who asks and who answers: the protocol, applied to the rows of a table.

use std::collections::BTreeSet;

use resight_dataset::{Row, SplitLabels, SplitOptions, SplitRule, split};
use resight_eval::Protocol;

use super::EvaluateRequest;
use crate::{EngineError, Hint};

/// Rows of the table, by position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Division {
    /// The rows that ask, rising; every row in turn where nobody is said to answer.
    queries: Vec<u32>,
    /// The rows that answer, rising; none where all that ask answer each other.
    gallery: Option<Vec<u32>>,
    /// Rows whose individual nobody knows.
    pub(super) unidentified: usize,
    /// Labelled rows on neither side.
    pub(super) left_out: usize,
}

impl Division {
    /// Applies the rule of the request.
    ///
    /// A disjoint set measures the embedding on individuals that a learner has never seen: the queries' side is
    /// asked against itself, one photo left out at a time, and the other side is left to learning.
    pub(crate) fn of(rows: &[Row], request: &EvaluateRequest) -> Result<Self, EngineError> {
        let unidentified = rows.iter().filter(|row| row.identity.is_none()).count();
        if unidentified == rows.len() {
            return Err(nobody_identified(rows.len()));
        }
        let options = SplitOptions {
            rule: request.rule.clone(),
            seed: request.seed,
            whole_encounters: request.whole_encounters,
        };
        let labels = SplitLabels::of_rows(rows);
        let found = split::split(&labels, &options)?;
        let labelled = |rows: Vec<u32>| -> Vec<u32> {
            rows.into_iter().filter(|row| labels.individuals[*row as usize].is_some()).collect()
        };
        let against_itself = matches!(request.rule, SplitRule::LeaveOneOut | SplitRule::DisjointSet { .. });
        let queries = labelled(found.test);
        let gallery = (!against_itself).then(|| labelled(found.train));
        let taking_part = queries.iter().chain(gallery.iter().flatten()).collect::<BTreeSet<_>>().len();
        Ok(Self { queries, gallery, unidentified, left_out: rows.len() - unidentified - taking_part })
    }

    /// All rows on either side, rising.
    pub(super) fn taking_part(&self) -> Vec<u32> {
        let rows: BTreeSet<u32> = self.queries.iter().chain(self.gallery.iter().flatten()).copied().collect();
        rows.into_iter().collect()
    }

    /// The protocol in terms of the rows that could be embedded: `table_rows`, rising.
    pub(super) fn protocol(&self, table_rows: &[u32]) -> Protocol {
        let Some(gallery) = &self.gallery else { return Protocol::LeaveOneOut };
        let place = |rows: &[u32]| -> Vec<u32> {
            rows.iter()
                .filter_map(|row| table_rows.binary_search(row).ok())
                .filter_map(|place| u32::try_from(place).ok())
                .collect()
        };
        Protocol::Split { queries: place(&self.queries), gallery: place(gallery) }
    }
}

fn nobody_identified(rows: usize) -> EngineError {
    let message = match rows {
        0 => "the source has no photo that could be used".to_owned(),
        rows => format!("none of the {rows} rows says which individual it shows"),
    };
    EngineError::user(message).with_hint(Hint::IdentityColumn)
}
