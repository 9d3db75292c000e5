//! How well the sample answers itself.

use std::collections::BTreeMap;

use resight_eval::retrieval::points_at_k;

use super::Panel;
use resight_runs::run::log::Score;

impl Panel {
    /// Each photo asks the others, those of its own encounter hidden: MAP@5 and top-1 over individuals, each as near
    /// as its nearest photo. Only photos with a right answer left ask. None where there is none.
    pub fn neighbor_score(&self) -> Option<Score> {
        let ranks: Vec<u32> = (0..self.len()).filter_map(|place| self.own_rank(place)).collect();
        let n = ranks.len() as f64;
        let map5 = ranks.iter().map(|rank| points_at_k(Some(*rank), 5)).sum::<f64>() / n;
        let top1 = ranks.iter().filter(|rank| **rank == 1).count() as f64 / n;
        (!ranks.is_empty()).then_some(Score { map5, top1 })
    }

    /// At which rank the own individual stands, from 1. Of two that are equally near, the smaller number is first.
    fn own_rank(&self, place: usize) -> Option<u32> {
        let mut nearest: BTreeMap<u32, f32> = BTreeMap::new();
        for (other, cosine) in self.cosines_of(place).iter().enumerate() {
            if other != place && !(self.is_same(place, other) && self.is_one_encounter(place, other)) {
                let best = nearest.entry(self.individuals[other]).or_insert(f32::NEG_INFINITY);
                *best = best.max(*cosine);
            }
        }
        let own = self.individuals[place];
        let found = nearest.get(&own).copied()?;
        let is_before =
            |(individual, cosine): (&u32, &f32)| *cosine > found || (*cosine == found && *individual < own);
        let before = nearest.iter().filter(|entry| is_before(*entry)).count();
        Some(before as u32 + 1)
    }
}
