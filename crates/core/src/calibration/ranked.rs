//! What calibration looks at: the similarities of one query's candidates, by rank.

use crate::Similarity;

/// The look-alikes of a query are this share of its runners-up, the best ones: one in ten.
const LOOK_ALIKES_ONE_IN: usize = 10;

/// Several individuals of like rank, taken together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tier {
    /// How many individuals; at least one.
    pub individuals: usize,
    /// Their mean similarity.
    pub mean: Similarity,
}

/// The pooled similarities of one query, as far as calibration looks at them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RankedSimilarities {
    /// Similarities of the best individuals, greatest first; at most [`RankedSimilarities::LISTED`].
    pub top: Vec<Similarity>,
    /// The individuals beyond `top` by falling rank, in tiers half as large as all before them: ranks 21
    /// to 30, 31 to 45, and so on. One mean for all of them would not do: the exponential of a similarity is what counts, and
    /// of that the best few hold nearly all.
    pub tiers: Vec<Tier>,
}

impl RankedSimilarities {
    /// How many individuals are looked at one by one; the others are taken together, tier by tier.
    pub const LISTED: usize = 20;

    /// Takes the similarities of all individuals of the candidate set, greatest first.
    pub fn from_sorted(all: &[Similarity]) -> Self {
        let (top, mut rest) = all.split_at(all.len().min(Self::LISTED));
        let mut tiers = Vec::new();
        while !rest.is_empty() {
            let (tier, beyond) = rest.split_at(rest.len().min((all.len() - rest.len()) / 2));
            let together: Vec<Tier> = tier.iter().map(|s| Tier { individuals: 1, mean: *s }).collect();
            tiers.push(join(&together));
            rest = beyond;
        }
        Self { top: top.to_vec(), tiers }
    }

    /// Takes all individuals of the candidate set, greatest similarity first, the far ones already together:
    /// the same as [`RankedSimilarities::from_sorted`] where nobody is, and near it else.
    pub fn from_tiers(all: &[Tier]) -> Self {
        let listed = all.iter().take(Self::LISTED).take_while(|tier| tier.individuals == 1).count();
        let (top, mut rest) = all.split_at(listed);
        let mut ranked = Self { top: top.iter().map(|tier| tier.mean).collect(), tiers: Vec::new() };
        let mut before = listed;
        while !rest.is_empty() {
            let mut individuals = 0;
            let taken = rest.iter().take_while(|tier| {
                let room = individuals < (before / 2).max(1);
                individuals += tier.individuals;
                room
            });
            let (tier, beyond) = rest.split_at(taken.count());
            let joined = join(tier);
            before += joined.individuals;
            ranked.tiers.push(joined);
            rest = beyond;
        }
        ranked
    }

    /// How many individuals the candidate set holds.
    pub fn individuals(&self) -> usize {
        self.top.len() + self.tiers.iter().map(|tier| tier.individuals).sum::<usize>()
    }

    /// Whether every similarity is a finite number.
    pub(super) fn is_finite(&self) -> bool {
        self.top.iter().chain(self.tiers.iter().map(|tier| &tier.mean)).all(|s| s.0.is_finite())
    }

    /// Place, among the listed individuals and then the tiers, of the individual with this rank (0 is the
    /// first). A rank beyond the last belongs to the last tier.
    pub(super) fn place_of(&self, rank: usize) -> usize {
        if rank < self.top.len() {
            return rank;
        }
        let mut seen = self.top.len();
        let tiers_before = self.tiers.iter().take_while(|tier| {
            seen += tier.individuals;
            seen <= rank
        });
        (self.top.len() + tiers_before.count()).min((self.top.len() + self.tiers.len()).saturating_sub(1))
    }

    /// How much more similar the first is than the second; `None` where there is no second.
    pub(super) fn lead(&self) -> Option<f64> {
        let first = self.top.first()?;
        let second = self.top.get(1).or_else(|| self.tiers.first().map(|tier| &tier.mean))?;
        Some((f64::from(first.0) - f64::from(second.0)).max(0.0))
    }

    /// Mean similarity of all runners-up (everybody but the first); `None` where there is no second.
    pub(super) fn level(&self) -> Option<f64> {
        self.mean_of_runners_up(self.individuals().saturating_sub(1))
    }

    /// Mean similarity of the best tenth of the runners-up; `None` where there is no second individual.
    ///
    /// A share and not a number of them, because a share does not come nearer as the catalog grows.
    pub(super) fn look_alikes(&self) -> Option<f64> {
        self.mean_of_runners_up(self.individuals().saturating_sub(1).div_ceil(LOOK_ALIKES_ONE_IN))
    }

    fn mean_of_runners_up(&self, count: usize) -> Option<f64> {
        let listed = self.top.iter().skip(1).map(|similarity| (1, similarity));
        let together = self.tiers.iter().map(|tier| (tier.individuals, &tier.mean));
        let (mut taken, mut sum) = (0, 0.0);
        for (individuals, similarity) in listed.chain(together) {
            let more = individuals.min(count - taken);
            taken += more;
            #[expect(clippy::cast_precision_loss, reason = "numbers of individuals are small")]
            let share = more as f64;
            sum += share * f64::from(similarity.0);
        }
        #[expect(clippy::cast_precision_loss, reason = "numbers of individuals are small")]
        (taken > 0).then(|| sum / taken as f64)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a mean of f32 fits f32")]
fn join(tiers: &[Tier]) -> Tier {
    let individuals = tiers.iter().map(|tier| tier.individuals).sum();
    let sum: f64 = tiers.iter().map(|tier| tier.individuals as f64 * f64::from(tier.mean.0)).sum();
    Tier { individuals, mean: Similarity((sum / individuals as f64) as f32) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn falling(count: usize) -> RankedSimilarities {
        let all: Vec<Similarity> = (0..count).map(|rank| Similarity(-(rank as f32))).collect();
        RankedSimilarities::from_sorted(&all)
    }

    #[test]
    fn tiers_grow_and_hold_everybody() {
        let ranked = falling(100);
        let sizes: Vec<usize> = ranked.tiers.iter().map(|tier| tier.individuals).collect();
        assert_eq!((ranked.top.len(), sizes, ranked.individuals()), (20, vec![10, 15, 22, 33], 100));
        assert_eq!(ranked.tiers[0].mean.0, -24.5);
        assert_eq!(falling(7).tiers, []);
    }

    #[test]
    fn individuals_taken_together_beforehand_are_counted_alike() {
        let alone: Vec<Tier> =
            (0..100).map(|rank| Tier { individuals: 1, mean: Similarity(-(rank as f32)) }).collect();
        assert_eq!(RankedSimilarities::from_tiers(&alone), falling(100));
        let mut together = alone[..90].to_vec();
        together.push(join(&alone[90..]));
        assert_eq!(RankedSimilarities::from_tiers(&together), falling(100));
        assert_eq!(RankedSimilarities::from_tiers(&[join(&alone)]).individuals(), 100);
        assert_eq!(RankedSimilarities::from_tiers(&[]), RankedSimilarities::default());
    }

    #[test]
    fn every_rank_has_its_place() {
        let ranked = falling(100);
        let places = [0, 19, 20, 29, 30, 44, 45, 99, 1000].map(|rank| ranked.place_of(rank));
        assert_eq!(places, [0, 19, 20, 20, 21, 21, 22, 23, 23]);
        assert_eq!(falling(3).place_of(9), 2);
    }

    #[test]
    fn the_first_is_no_runner_up() {
        assert_eq!(falling(1).level(), None);
        assert_eq!(falling(3).level(), Some(-1.5));
        assert_eq!(falling(3).look_alikes(), Some(-1.0));
        assert_eq!(falling(100).level(), Some(-50.0));
        assert_eq!(falling(101).look_alikes(), Some(-5.5));
    }
}
