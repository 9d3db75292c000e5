//! What several networks say of one animal, joined by how probable it is that each of them serves it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use resight_core::{Candidate, IndividualId, Posterior, RankedSimilarities};

use super::gallery::Proposed;

/// What a network says of an animal.
pub(super) struct Opinion {
    /// How probable it is that the network serves it, above 0.
    pub(super) weight: f64,
    pub(super) proposed: Proposed,
    pub(super) posterior: Posterior,
}

/// The law of total probability over the networks: P(x) = Σ P(network) · P(x | network). What is left of 1 is of networks that could
/// not say: it may be anybody who is not listed. The individuals that no network lists come after the others, in the order of the
/// network that is said first.
pub(super) fn join(opinions: &[Opinion]) -> (Vec<Candidate>, Posterior) {
    let mut joined: BTreeMap<IndividualId, (Candidate, f64, f64)> = BTreeMap::new();
    let said: f64 = opinions.iter().map(|opinion| opinion.weight).sum();
    let (mut new, mut others) = (0.0, (1.0 - said).max(0.0));
    for Opinion { weight, proposed, posterior } in opinions {
        let share = *weight;
        new += share * posterior.new;
        others += share * posterior.others;
        for (candidate, probability) in proposed.candidates.iter().zip(&posterior.candidates) {
            let part = share * probability;
            let one = joined.entry(candidate.individual).or_insert((*candidate, 0.0, 0.0));
            one.1 += part;
            // Its best photo is that of the network which speaks for it most.
            if part > one.2 {
                (one.0, one.2) = (*candidate, part);
            }
        }
    }
    let mut listed: Vec<(Candidate, f64)> = joined.values().map(|(one, sum, _)| (*one, *sum)).collect();
    listed.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.individual.cmp(&other.0.individual)));
    let mut candidates: Vec<Candidate> = listed.iter().map(|(candidate, _)| *candidate).collect();
    for candidate in opinions.iter().flat_map(|opinion| &opinion.proposed.candidates) {
        if let Entry::Vacant(unlisted) = joined.entry(candidate.individual) {
            unlisted.insert((*candidate, 0.0, 0.0));
            candidates.push(*candidate);
        }
    }
    let mut probabilities: Vec<f64> = listed.into_iter().map(|(_, probability)| probability).collect();
    others += probabilities.drain(probabilities.len().min(RankedSimilarities::LISTED)..).sum::<f64>();
    (candidates, Posterior { candidates: probabilities, others, new })
}

#[cfg(test)]
mod tests {
    use resight_core::{AnnotationId, Similarity};

    use super::*;

    fn opinion(weight: f64, said: &[(i64, f64)], others: f64, new: f64) -> Opinion {
        let candidate = |(who, probability): &(i64, f64)| Candidate {
            individual: IndividualId(*who),
            similarity: Similarity(*probability as f32),
            best: AnnotationId(*who),
            photos: 1,
        };
        Opinion {
            weight,
            proposed: Proposed { candidates: said.iter().map(candidate).collect(), ..Proposed::default() },
            posterior: Posterior { candidates: said.iter().map(|(_, p)| *p).collect(), others, new },
        }
    }

    #[test]
    fn probabilities_add_up_over_the_networks() {
        let opinions =
            [opinion(0.75, &[(1, 0.7), (2, 0.1)], 0.1, 0.1), opinion(0.25, &[(3, 0.5), (1, 0.2)], 0.0, 0.3)];
        let (candidates, posterior) = join(&opinions);
        let who: Vec<i64> = candidates.iter().map(|candidate| candidate.individual.0).collect();
        assert_eq!(who, [1, 3, 2]);
        let expected = [0.75 * 0.7 + 0.25 * 0.2, 0.25 * 0.5, 0.75 * 0.1];
        for (found, expected) in posterior.candidates.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
        let sum = posterior.candidates.iter().sum::<f64>() + posterior.others + posterior.new;
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
        // Of a network that has no voice nobody knows what it would say.
        let (_, posterior) = join(&opinions[..1]);
        assert!((posterior.others - (0.25 + 0.75 * 0.1)).abs() < 1e-12, "{posterior:?}");
    }

    #[test]
    fn whoever_no_network_lists_comes_last() {
        let many: Vec<(i64, f64)> = (0..22).map(|who| (who, 0.04)).collect();
        let mut first = opinion(0.5, &many, 0.02, 0.1);
        first.posterior.candidates.truncate(RankedSimilarities::LISTED);
        let (candidates, posterior) = join(&[first, opinion(0.5, &[(30, 0.9)], 0.0, 0.1)]);
        assert_eq!(candidates.len(), 23);
        assert_eq!(candidates[0].individual, IndividualId(30));
        assert_eq!(posterior.candidates.len(), RankedSimilarities::LISTED);
        // One of those that the first network lists gave way to the one that the second lists.
        assert!((posterior.others - (0.01 + 0.02)).abs() < 1e-12, "{}", posterior.others);
    }
}
