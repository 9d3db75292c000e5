//! Photos whose label their neighbors contradict.

use super::Panel;
use resight_runs::run::log::Suspect;

/// Encounters that vote.
const VOTERS: usize = 5;

/// Votes for one other individual that make a photo suspect.
const ENOUGH: usize = 4;

/// Suspects that are named, at most.
const MOST: usize = 50;

/// A suspect by numbers.
struct Doubt {
    place: usize,
    says: u32,
    votes: usize,
    /// How much nearer the contradicting photos are than the nearest of the own label.
    lead: f32,
}

impl Panel {
    /// Photos whose nearest photos of other encounters name one other individual nearly with one voice, while no
    /// photo of the own label is as near. Each encounter has one vote (its nearest photo), so a burst does not outvote
    /// the rest. The most suspicious come first: more votes, then a greater lead.
    ///
    /// `image_id` names a row and `name` an individual. Worth asking only of an embedding that already finds the
    /// right individual for most photos; and early: a network that has learnt a wrong label by heart hides it.
    pub fn suspects(&self, image_id: impl Fn(u32) -> String, name: impl Fn(u32) -> String) -> Vec<Suspect> {
        let mut doubts: Vec<Doubt> = (0..self.len()).filter_map(|place| self.doubt(place)).collect();
        doubts.sort_by(|a, b| {
            b.votes.cmp(&a.votes).then(b.lead.total_cmp(&a.lead)).then(a.place.cmp(&b.place))
        });
        doubts.truncate(MOST);
        let suspect = |doubt: Doubt| Suspect {
            image_id: image_id(self.rows[doubt.place]),
            labelled: name(self.individuals[doubt.place]),
            neighbors_say: name(doubt.says),
            votes: (doubt.votes as u32, VOTERS as u32),
        };
        doubts.into_iter().map(suspect).collect()
    }

    fn doubt(&self, place: usize) -> Option<Doubt> {
        let voters = self.voters(place);
        let of = |individual: u32| voters.iter().filter(move |voter| self.individuals[**voter] == individual);
        let says = voters
            .iter()
            .map(|voter| self.individuals[*voter])
            .max_by_key(|individual| of(*individual).count())?;
        let (own, votes) = (self.individuals[place], of(says).count());
        if says == own || votes < ENOUGH {
            return None;
        }
        let cosines = self.cosines_of(place);
        let is_own = |other: &usize| {
            *other != place && self.is_same(place, *other) && !self.is_one_encounter(place, *other)
        };
        let nearest_own = (0..self.len()).filter(is_own).map(|other| cosines[other]).fold(-1.0, f32::max);
        let farthest_voter = of(says).map(|voter| cosines[*voter]).fold(1.0, f32::min);
        (farthest_voter > nearest_own).then_some(Doubt {
            place,
            says,
            votes,
            lead: farthest_voter - nearest_own,
        })
    }

    /// The nearest photos of other encounters, one of each encounter.
    fn voters(&self, place: usize) -> Vec<usize> {
        let cosines = self.cosines_of(place);
        let mut others: Vec<usize> = (0..self.len())
            .filter(|other| *other != place && !self.is_one_encounter(place, *other))
            .collect();
        let nearer = |a: &usize, b: &usize| cosines[*b].total_cmp(&cosines[*a]).then(a.cmp(b));
        // Bursts are short: the voters stand among the nearest few hundred.
        let most = others.len().min(64 * VOTERS);
        if most > 0 {
            others.select_nth_unstable_by(most - 1, nearer);
            others.truncate(most);
        }
        others.sort_by(nearer);
        let mut voters: Vec<usize> = Vec::new();
        for other in others {
            if voters.len() < VOTERS && !voters.iter().any(|voter| self.is_one_encounter(*voter, other)) {
                voters.push(other);
            }
        }
        voters
    }
}
