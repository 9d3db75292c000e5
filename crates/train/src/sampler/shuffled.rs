//! All photos in random order.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{PlannedBatch, SamplerLabels, cut};

/// All photos in random order, each once an epoch.
///
/// Right for losses with class centers: single photos of an individual teach too. For losses that compare photos a
/// random batch holds almost no two of the same animal ([`super::expected_positives`]).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Shuffled {
    /// Whether a last batch that is not full is left out: for BatchNorm a batch of a few photos is poison.
    /// Default: false.
    pub drop_last: bool,
    /// Whether individuals with a single photo take part. Default: true.
    pub singletons: bool,
}

impl Default for Shuffled {
    fn default() -> Self {
        Self { drop_last: false, singletons: true }
    }
}

impl Shuffled {
    pub(super) fn epoch(
        &self,
        labels: &SamplerLabels<'_>,
        batch: usize,
        random: &mut ChaCha8Rng,
    ) -> Vec<PlannedBatch> {
        let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
        for class in labels.classes {
            *sizes.entry(*class).or_default() += 1;
        }
        let takes_part = |row: &u32| self.singletons || sizes[&labels.class(*row)] > 1;
        let mut rows: Vec<u32> = (0..labels.len() as u32).filter(takes_part).collect();
        rows.shuffle(random);
        cut(&rows, batch, self.drop_last)
    }
}
