//! Rare and common individuals as often as each other.

use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{PlannedBatch, SamplerError, SamplerLabels, cut};

/// As many photos an epoch as there are, but an individual with n of them is drawn in proportion to n^power.
///
/// With the power 1 that is how the data are; with 0 everybody is drawn equally often, and the photos of rare
/// animals repeat. How often an individual is drawn differs by less than one from its share; its photos take
/// turns, so none is drawn again before all the others were.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Balanced {
    /// 0 for equal chances, 1 for chances as in the data, 0.5 between. Default: 0.
    pub power: f64,
    /// Whether individuals with a single photo take part. Default: true.
    pub singletons: bool,
    /// Whether a last batch that is not full is left out. Default: false.
    pub drop_last: bool,
}

impl Default for Balanced {
    fn default() -> Self {
        Self { power: 0.0, singletons: true, drop_last: false }
    }
}

impl Balanced {
    pub(super) fn check(&self) -> Result<(), SamplerError> {
        if (0.0..=1.0).contains(&self.power) {
            return Ok(());
        }
        Err(SamplerError::Senseless { wanted: "a power of 0 to 1", value: self.power })
    }

    pub(super) fn epoch(
        &self,
        labels: &SamplerLabels<'_>,
        batch: usize,
        random: &mut ChaCha8Rng,
    ) -> Vec<PlannedBatch> {
        let mut classes: Vec<Vec<u32>> =
            labels.by_class().into_values().filter(|rows| self.singletons || rows.len() > 1).collect();
        classes.shuffle(random);
        let draws = self.draws(&classes, random);
        let mut rows: Vec<u32> =
            classes.iter_mut().zip(draws).flat_map(|(rows, draws)| in_turns(rows, draws, random)).collect();
        rows.shuffle(random);
        cut(&rows, batch, self.drop_last)
    }

    /// How often each class is drawn, by systematic sampling: evenly spaced ticks on the line of summed shares.
    fn draws(&self, classes: &[Vec<u32>], random: &mut ChaCha8Rng) -> Vec<usize> {
        let n_rows: usize = classes.iter().map(Vec::len).sum();
        let shares: Vec<f64> = classes.iter().map(|rows| (rows.len() as f64).powf(self.power)).collect();
        let total: f64 = shares.iter().sum();
        let offset = random.random::<f64>();
        let (mut sum, mut before) = (0.0, 0);
        let ticks = shares.iter().map(|share| {
            sum += share;
            // Ticks stand at offset, offset + 1, …; the sum may fall short of the whole by rounding.
            let until =
                ((n_rows as f64 * sum / total - offset).ceil().max(0.0) as usize).clamp(before, n_rows);
            until - std::mem::replace(&mut before, until)
        });
        ticks.collect()
    }
}

/// So many of these rows, each as often as any other but once.
fn in_turns(rows: &mut [u32], draws: usize, random: &mut ChaCha8Rng) -> Vec<u32> {
    let mut drawn = Vec::with_capacity(draws);
    while drawn.len() < draws {
        rows.shuffle(random);
        drawn.extend(rows.iter().take(draws - drawn.len()));
    }
    drawn
}
