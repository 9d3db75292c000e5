//! From neighbors (one row an annotation) to candidates (one row an individual).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{AnnotationId, IndividualId, Similarity};

/// One gallery annotation with its similarity to the query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbor {
    /// The gallery annotation.
    pub annotation: AnnotationId,
    /// The individual it shows.
    pub individual: IndividualId,
    /// How alike it is to the query.
    pub similarity: Similarity,
}

/// How the photos of one individual become one similarity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// The most similar photo speaks for the individual. The reference.
    #[default]
    Best,
    /// The mean of the three most similar photos (of all of them where there are fewer).
    MeanOfBestThree,
    /// The mean of all photos.
    Mean,
}

/// One individual proposed for a query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Who.
    pub individual: IndividualId,
    /// Pooled similarity of the individual's photos to the query.
    pub similarity: Similarity,
    /// How many photos of the individual were compared.
    pub photos: usize,
    /// The most similar of them.
    pub best: AnnotationId,
}

/// Pools neighbors by individual and ranks the individuals, most similar first.
///
/// Ties are broken by the individual's id, then the annotation's, so that the order never depends on the
/// order of the input. For poolings other than [`Pooling::Best`] the neighbors must be complete: every
/// admitted gallery annotation, not the nearest few.
pub fn pool_neighbors(neighbors: &[Neighbor], pooling: Pooling) -> Vec<Candidate> {
    let mut by_individual: BTreeMap<IndividualId, Vec<Neighbor>> = BTreeMap::new();
    for neighbor in neighbors {
        by_individual.entry(neighbor.individual).or_default().push(*neighbor);
    }
    let mut candidates: Vec<Candidate> =
        by_individual.into_values().map(|mut photos| pool_one(&mut photos, pooling)).collect();
    rank(&mut candidates);
    candidates
}

/// Pools neighbors whose similarities are near enough for the far ones, and takes those of the individuals that can come
/// to be listed again from `exact`: at most `listed` and a few more. So the order of what is listed, and the similarities
/// that are shown, do not depend on how the others were computed.
pub fn pool_exactly(
    neighbors: &[Neighbor],
    pooling: Pooling,
    listed: usize,
    mut exact: impl FnMut(&Neighbor) -> Similarity,
) -> Vec<Candidate> {
    let mut candidates = pool_neighbors(neighbors, pooling);
    let decided = candidates.len().min(listed.saturating_add(SPARE));
    let who: BTreeSet<IndividualId> = candidates[..decided].iter().map(|one| one.individual).collect();
    let again: Vec<Neighbor> = neighbors
        .iter()
        .filter(|neighbor| who.contains(&neighbor.individual))
        .map(|neighbor| Neighbor { similarity: exact(neighbor), ..*neighbor })
        .collect();
    candidates.splice(..decided, pool_neighbors(&again, pooling));
    candidates
}

/// Individuals beyond those listed that are looked at exactly too: rounding may have put them behind.
const SPARE: usize = 12;

fn pool_one(photos: &mut [Neighbor], pooling: Pooling) -> Candidate {
    let individual = photos[0].individual;
    let n_photos = photos.len();
    let mut scored: Vec<(Similarity, AnnotationId)> =
        photos.iter().map(|photo| (photo.similarity, photo.annotation)).collect();
    let (similarity, best) = pooling.of(&mut scored).unwrap_or((photos[0].similarity, photos[0].annotation));
    Candidate { individual, similarity, photos: n_photos, best }
}

impl Pooling {
    /// Pools the photos of one individual, each with what identifies it: the similarity that speaks for the
    /// individual, and the most similar photo (of equal ones the smallest). None where there is no photo. The order of
    /// the photos may change, the result does not depend on it.
    ///
    /// The one place where photos become a similarity: what answers and what measures go through it alike.
    pub fn of<T: Copy + Ord>(self, photos: &mut [(Similarity, T)]) -> Option<(Similarity, T)> {
        let nearer = |a: &(Similarity, T), b: &(Similarity, T)| a.0.closest_first(&b.0).then(a.1.cmp(&b.1));
        let best = *photos.iter().min_by(|a, b| nearer(a, b))?;
        let spoken_for = match self {
            Self::Best => return Some(best),
            Self::MeanOfBestThree => photos.len().min(3),
            Self::Mean => photos.len(),
        };
        photos.sort_unstable_by(nearer);
        Some((mean(photos[..spoken_for].iter().map(|photo| photo.0)), best.1))
    }
}

fn rank(candidates: &mut [Candidate]) {
    candidates
        .sort_by(|a, b| a.similarity.closest_first(&b.similarity).then(a.individual.cmp(&b.individual)));
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a mean of f32 values fits f32"
)]
fn mean(similarities: impl ExactSizeIterator<Item = Similarity>) -> Similarity {
    let count = similarities.len() as f64;
    Similarity((similarities.map(|s| f64::from(s.0)).sum::<f64>() / count) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn neighbor(annotation: i64, individual: i64, similarity: f32) -> Neighbor {
        Neighbor {
            annotation: AnnotationId(annotation),
            individual: IndividualId(individual),
            similarity: Similarity(similarity),
        }
    }

    fn shown(candidates: &[Candidate]) -> Vec<(i64, f32, usize, i64)> {
        candidates.iter().map(|c| (c.individual.0, c.similarity.0, c.photos, c.best.0)).collect()
    }

    #[test]
    fn poolings_differ_where_one_photo_is_far_better() {
        let neighbors = [
            neighbor(1, 7, 0.75),
            neighbor(2, 7, 0.25),
            neighbor(3, 8, 0.5),
            neighbor(4, 8, 0.5),
            neighbor(5, 7, 0.0),
            neighbor(6, 7, 0.0),
        ];
        assert_eq!(shown(&pool_neighbors(&neighbors, Pooling::Best)), [(7, 0.75, 4, 1), (8, 0.5, 2, 3)]);
        assert_eq!(shown(&pool_neighbors(&neighbors, Pooling::Mean)), [(8, 0.5, 2, 3), (7, 0.25, 4, 1)]);
        let three = pool_neighbors(&neighbors, Pooling::MeanOfBestThree);
        assert_eq!(three[1].similarity.0, 1.0 / 3.0);
    }

    #[test]
    fn what_is_listed_is_decided_exactly() {
        let near = |individual: i64, similarity: f32| neighbor(individual * 10, individual, similarity);
        // Rounded the wrong way round.
        let rounded = [near(1, 0.500_001), near(2, 0.5), near(3, 0.2)];
        let exact = |neighbor: &Neighbor| match neighbor.individual.0 {
            1 => Similarity(0.5),
            2 => Similarity(0.500_000_5),
            _ => neighbor.similarity,
        };
        let found = pool_exactly(&rounded, Pooling::Best, 1, exact);
        assert_eq!(shown(&found), [(2, 0.500_000_5, 1, 20), (1, 0.5, 1, 10), (3, 0.2, 1, 30)]);
    }

    #[test]
    fn ties_do_not_depend_on_the_order_of_the_input() {
        let mut neighbors = [neighbor(1, 9, 0.5), neighbor(2, 3, 0.5), neighbor(3, 3, 0.5)];
        let forwards = pool_neighbors(&neighbors, Pooling::Best);
        neighbors.reverse();
        assert_eq!(forwards, pool_neighbors(&neighbors, Pooling::Best));
        assert_eq!(shown(&forwards), [(3, 0.5, 2, 2), (9, 0.5, 1, 1)]);
    }
}
