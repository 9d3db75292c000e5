//! One question, asked against the catalog and against groups of the other questions.

use super::{NewcomerPhoto, NewcomerQuestion};
use crate::{IndividualId, Pooling, Posterior, RankedSimilarities, Similarity};

/// A division of the questions.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Groups {
    /// The group of each question. Numbered by their first questions.
    pub(super) of: Vec<usize>,
    /// How many groups there are.
    pub(super) count: usize,
}

impl Groups {
    pub(super) fn each_alone(count: usize) -> Self {
        Self { of: (0..count).collect(), count }
    }

    /// The division after groups were joined: `joined` is the new group of each old one.
    pub(super) fn joined(&self, joined: &[usize]) -> Self {
        let of = self.of.iter().map(|group| joined[*group]).collect();
        Self { of, count: joined.iter().max().map_or(0, |last| last + 1) }
    }
}

/// Whom a question may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rival {
    /// An individual of the catalog.
    Known(IndividualId),
    /// The animal of this group of questions.
    Group(usize),
}

/// What one question says.
pub(super) struct Says {
    /// For each group how likely the question shows its animal; none where nobody of it was compared.
    pub(super) to: Vec<Option<f64>>,
    /// How likely it shows none that was compared.
    pub(super) new: f64,
}

/// Asks one question against the catalog's individuals and those of the other questions that are admitted, group by
/// group. `share` is the expected share of animals that neither shows.
pub(super) fn ask(
    question: &NewcomerQuestion<'_>,
    groups: &Groups,
    pooling: Pooling,
    share: f64,
    admits: impl Fn(usize) -> bool,
) -> Says {
    let lists: Vec<Vec<(Rival, Similarity)>> =
        question.photos.iter().map(|photo| rivals(photo, groups, pooling, &admits)).collect();
    let (order, posterior) = match lists.as_slice() {
        [alone] => {
            let similarities: Vec<Similarity> = alone.iter().map(|(_, similarity)| *similarity).collect();
            let ranked = RankedSimilarities::from_sorted(&similarities);
            let order = alone.iter().map(|(rival, _)| *rival).collect();
            (order, question.calibration.posterior(&ranked, share))
        }
        several => {
            let together = question.calibration.together(several, share);
            (together.order, together.posterior)
        }
    };
    let mut to = vec![None; groups.count];
    for (rank, rival) in order.iter().enumerate() {
        if let Rival::Group(group) = rival {
            to[*group] = Some(of_rank(&posterior, order.len(), rank));
        }
    }
    Says { to, new: posterior.new }
}

/// Probability of the individual with this rank; those beyond the listed ones share what is left for them.
fn of_rank(posterior: &Posterior, individuals: usize, rank: usize) -> f64 {
    let listed = posterior.candidates.len();
    #[expect(clippy::cast_precision_loss, reason = "numbers of individuals are small")]
    let beyond = individuals.saturating_sub(listed).max(1) as f64;
    posterior.candidates.get(rank).copied().unwrap_or(posterior.others / beyond)
}

/// Everybody that a photo was compared with, most similar first; equal ones by who they are.
fn rivals(
    photo: &NewcomerPhoto,
    groups: &Groups,
    pooling: Pooling,
    admits: &impl Fn(usize) -> bool,
) -> Vec<(Rival, Similarity)> {
    let admitted = photo.others.iter().filter(|(other, _)| admits(*other));
    let mut others: Vec<(Similarity, usize)> =
        admitted.map(|(other, similarity)| (*similarity, *other)).collect();
    let group = |other: &(Similarity, usize)| groups.of[other.1];
    others.sort_by_key(group);
    let pooled = others.chunk_by_mut(|a, b| group(a) == group(b)).filter_map(|similarities| {
        let (similarity, one) = pooling.of(similarities)?;
        Some((Rival::Group(groups.of[one]), similarity))
    });
    let known = photo.known.iter().map(|(individual, similarity)| (Rival::Known(*individual), *similarity));
    let mut rivals: Vec<(Rival, Similarity)> = known.chain(pooled).collect();
    rivals.sort_by(|a, b| a.1.closest_first(&b.1).then(a.0.cmp(&b.0)));
    rivals
}
