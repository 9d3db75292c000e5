//! One query with what was found for it: known as it is, and as the newcomer it would be without its own photos.

use resight_core::{CalibrationCase, RankedSimilarities, Similarity, Tier};

use crate::seeded::{hash, scale};
use crate::{Learnt, SlotKey};

/// Which photos of its own individual a query saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// All but those that were asked to be hidden.
    Strict,
    /// All of them.
    Optimistic,
}

/// One individual with its pooled similarity to a query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// Who.
    pub individual: u32,
    /// How alike, pooled over its photos.
    pub similarity: Similarity,
    /// The row of its most similar photo.
    pub best_row: u32,
}

/// What a query found of its own individual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Own {
    /// Pooled similarity, and the most similar photo.
    pub scored: Scored,
    /// Rank among the individuals, 1 for the first.
    pub rank: u32,
    /// Number of its photos that were compared.
    pub photos: u32,
    /// Average precision over the gallery annotations: how near to the top its photos stand among all.
    pub average_precision: f64,
}

/// What was found for one query.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedQuery {
    /// The row that asked.
    pub row: u32,
    /// Who it shows.
    pub individual: u32,
    /// The encounter.
    pub encounter: Option<u32>,
    /// The species.
    pub species: Option<u32>,
    /// The viewpoint.
    pub viewpoint: Option<u32>,
    /// The calibration slot it belongs to, as it asked.
    pub slot: SlotKey,
    /// What the network has learnt of it.
    pub learnt: Learnt,
    /// The other individuals, most similar first: as many as were kept one by one.
    pub others: Vec<Scored>,
    /// The other individuals beyond those, taken together by falling rank.
    pub beyond: Vec<Tier>,
    /// Its own individual, hidden photos left out; none where no photo of it is left.
    pub own: Option<Own>,
    /// Its own individual with nothing hidden.
    pub own_unhidden: Option<Own>,
}

impl RankedQuery {
    /// Its own individual in this view; none means that the query has no right answer left.
    pub fn own(&self, view: View) -> Option<&Own> {
        match view {
            View::Strict => self.own.as_ref(),
            View::Optimistic => self.own_unhidden.as_ref(),
        }
    }

    /// Whether it says anything of how well the network works: a photo that was learnt does not.
    pub fn is_evidence(&self) -> bool {
        self.learnt != Learnt::Photo
    }

    /// Whether it may stand for a newcomer: an animal that the network has learnt does not.
    pub fn may_be_newcomer(&self) -> bool {
        self.learnt == Learnt::Nothing
    }

    /// Number of other individuals it was compared with.
    pub fn n_others(&self) -> usize {
        self.others.len() + self.beyond.iter().map(|tier| tier.individuals).sum::<usize>()
    }

    /// The best individuals in this view, its own among them, most similar first.
    pub fn best(&self, view: View, count: usize) -> Vec<Scored> {
        let mut best: Vec<Scored> = self.others.iter().take(count).copied().collect();
        if let Some(own) = self.own(view)
            && (own.rank as usize) <= best.len() + 1
        {
            best.insert(own.rank as usize - 1, own.scored);
        }
        best.truncate(count);
        best
    }

    /// Similarities of all individuals in this view, as calibration looks at them.
    pub fn similarities(&self, view: View) -> RankedSimilarities {
        self.case_of(self.own(view), |_| true, 1.0).ranked
    }

    /// Similarities with its own individual taken out of the catalog: what a newcomer would have found.
    pub fn similarities_as_newcomer(&self) -> RankedSimilarities {
        self.case_of(None, |_| true, 1.0).ranked
    }

    /// The query as a known animal, in a catalog where each other individual stays with probability
    /// `share` (1 / 2^`halvings`), and one more of them leaves: so that known animals and newcomers meet
    /// catalogs of the same sizes, and size alone does not give the answer away.
    pub(crate) fn known_case(&self, view: View, halvings: u32, seed: u64) -> Option<CalibrationCase> {
        let own = self.own(view)?;
        let parting = scale(hash(&[seed, u64::from(self.row), 1]), self.n_others().max(1));
        let mut case = self.clone();
        case.part_with(parting);
        Some(case.thinned(Some(own), halvings, seed))
    }

    /// The query as a newcomer, in a catalog thinned likewise; none where nobody is left in it.
    pub(crate) fn newcomer_case(&self, halvings: u32, seed: u64) -> Option<CalibrationCase> {
        let case = self.thinned(None, halvings, seed);
        (case.ranked.individuals() > 0).then_some(case)
    }

    fn part_with(&mut self, mut index: usize) {
        if index < self.others.len() {
            self.others.remove(index);
            return;
        }
        index -= self.others.len();
        for tier in &mut self.beyond {
            if index < tier.individuals {
                tier.individuals -= 1;
                break;
            }
            index -= tier.individuals;
        }
        self.beyond.retain(|tier| tier.individuals > 0);
    }

    fn thinned(&self, own: Option<&Own>, halvings: u32, seed: u64) -> CalibrationCase {
        let stays = |individual: u32| {
            let dice = hash(&[seed, u64::from(self.row), 2, u64::from(halvings), u64::from(individual)]);
            halvings == 0 || dice >> (64 - halvings) == 0
        };
        self.case_of(own, stays, 0.5_f64.powi(halvings.cast_signed()))
    }

    fn case_of(&self, own: Option<&Own>, stays: impl Fn(u32) -> bool, share: f64) -> CalibrationCase {
        let one = |similarity| Tier { individuals: 1, mean: similarity };
        let near =
            self.others.iter().filter(|other| stays(other.individual)).map(|other| one(other.similarity));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let fewer = |individuals: usize| (individuals as f64 * share).round() as usize;
        let far = self
            .beyond
            .iter()
            .map(|tier| Tier { individuals: fewer(tier.individuals), mean: tier.mean })
            .filter(|tier| tier.individuals > 0);
        let mut tiers: Vec<Tier> = near.chain(far).collect();
        let truth = own.map(|own| {
            let similarity = own.scored.similarity;
            let place = tiers.partition_point(|tier| tier.mean.closest_first(&similarity).is_le());
            tiers.insert(place, one(similarity));
            tiers[..place].iter().map(|tier| tier.individuals).sum()
        });
        CalibrationCase { ranked: RankedSimilarities::from_tiers(&tiers), truth, weight: 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(individual: u32, similarity: f32) -> Scored {
        Scored { individual, similarity: Similarity(similarity), best_row: individual * 10 }
    }

    /// Others at .9, .8, …; the own individual at .85; and 60 individuals beyond, at 0.
    fn query() -> RankedQuery {
        let own = Own { scored: scored(7, 0.85), rank: 2, photos: 1, average_precision: 0.5 };
        RankedQuery {
            row: 70,
            individual: 7,
            encounter: None,
            species: None,
            viewpoint: None,
            slot: SlotKey::default(),
            learnt: Learnt::Nothing,
            others: vec![scored(1, 0.9), scored(2, 0.8), scored(3, 0.7), scored(4, 0.6)],
            beyond: vec![
                Tier { individuals: 20, mean: Similarity(0.1) },
                Tier { individuals: 40, mean: Similarity(0.0) },
            ],
            own: None,
            own_unhidden: Some(own),
        }
    }

    #[test]
    fn hidden_photos_take_the_right_answer_away() {
        let query = query();
        let who = |view| query.best(view, 3).iter().map(|s| s.individual).collect::<Vec<u32>>();
        assert_eq!(who(View::Strict), [1, 2, 3]);
        assert_eq!(who(View::Optimistic), [1, 7, 2]);
        assert_eq!(query.similarities(View::Strict).individuals(), 64);
        assert_eq!(query.similarities(View::Optimistic).individuals(), 65);
        assert_eq!(query.known_case(View::Strict, 0, 1), None);
    }

    #[test]
    fn known_animals_and_newcomers_meet_catalogs_of_the_same_size() {
        let query = query();
        let known = query.known_case(View::Optimistic, 0, 5).expect("it is known");
        let new = query.newcomer_case(0, 5).expect("somebody is there");
        assert_eq!((known.ranked.individuals(), new.ranked.individuals()), (64, 64));
        assert_eq!(new.truth, None);
        let truth = known.truth.expect("it is known");
        assert_eq!(known.ranked.top[truth], Similarity(0.85));
    }

    #[test]
    fn a_thinned_catalog_holds_its_share() {
        let query = query();
        let half = query.newcomer_case(1, 5).expect("somebody is there").ranked;
        let quarter = query.newcomer_case(2, 5).expect("somebody is there").ranked;
        assert!((30..=34).contains(&half.individuals()), "{half:?}");
        assert!((15..=19).contains(&quarter.individuals()), "{quarter:?}");
    }

    #[test]
    fn a_truth_far_down_is_found_in_its_tier() {
        let mut query = query();
        let own = query.own_unhidden.as_mut().expect("it is there");
        (own.scored.similarity, own.rank) = (Similarity(0.05), 25);
        let case = query.case_of(query.own(View::Optimistic), |_| true, 1.0);
        assert_eq!(case.truth, Some(24));
        assert_eq!(case.ranked.individuals(), 65);
    }
}
