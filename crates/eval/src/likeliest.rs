//! Which photos are worth a closer look: those that are most alike by what was compared of all.

use std::collections::{BTreeMap, BTreeSet};

use resight_core::Similarity;

use crate::rank::Field;
use crate::{EvalError, Gallery, PairEvidence, Protocol, RankOptions, SlotFusions};

/// How many photos get a closer look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Likeliest {
    /// Photos, at most.
    pub photos: usize,
    /// Photos of one individual, at most: where one has many, others have their turn too.
    pub of_one: usize,
}

impl Likeliest {
    /// The most alike of these photos, by their places: first the one that is most alike, of equal ones the first.
    pub fn choose<I: Ord + Copy>(&self, photos: &[(I, Similarity)]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..photos.len()).collect();
        order.sort_by(|one, other| photos[*one].1.closest_first(&photos[*other].1).then(one.cmp(other)));
        let mut of: BTreeMap<I, usize> = BTreeMap::new();
        let has_its_turn = |place: &usize| {
            let taken = of.entry(photos[*place].0).or_default();
            *taken += 1;
            *taken <= self.of_one
        };
        order.into_iter().filter(has_its_turn).take(self.photos).collect()
    }
}

/// The rows that each query would look at more closely: as it is asked, as it would be asked as a newcomer (its own
/// individual hidden), and with nothing hidden. Queries without matches in `evidence` have none.
///
/// # Errors
/// As [`crate::rank()`].
pub fn likeliest(
    gallery: &Gallery<'_>,
    evidence: &PairEvidence,
    fusions: &SlotFusions,
    protocol: &Protocol,
    options: &RankOptions,
    most: Likeliest,
) -> Result<BTreeMap<u32, Vec<u32>>, EvalError> {
    let field = Field::of(gallery, protocol, options)?;
    let compared: BTreeSet<u32> = evidence.queries().collect();
    let queries: Vec<u32> = field.queries.iter().copied().filter(|row| compared.contains(row)).collect();
    let mut found = BTreeMap::new();
    field.each(&queries, |query, similarities| {
        field.fuse(evidence, fusions, query, similarities);
        found.insert(query, of_query(&field, query, similarities, most));
    })?;
    Ok(found)
}

fn of_query(field: &Field<'_>, query: u32, similarities: &[f32], most: Likeliest) -> Vec<u32> {
    let own = field.labels(query).individual;
    let photos = field.individuals.iter().flat_map(|(who, rows)| rows.iter().map(move |row| (*who, *row)));
    let admitted: Vec<(u32, u32)> = photos.filter(|(_, row)| field.admits(query, *row)).collect();
    let among = |sees: &dyn Fn(&(u32, u32)) -> bool| -> Vec<u32> {
        let seen: Vec<(u32, u32)> = admitted.iter().copied().filter(sees).collect();
        let alike: Vec<(u32, Similarity)> =
            seen.iter().map(|(who, row)| (*who, Similarity(similarities[*row as usize]))).collect();
        most.choose(&alike).into_iter().map(|place| seen[place].1).collect()
    };
    let is_other = |(who, _): &(u32, u32)| own != Some(*who);
    let all: BTreeSet<u32> = among(&|one| is_other(one) || !field.hides(query, one.1))
        .into_iter()
        .chain(among(&is_other))
        .chain(among(&|_| true))
        .collect();
    all.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use resight_core::{BundleId, Distance, Pooling};
    use resight_vector::{Rows, f16};

    use super::*;
    use crate::{Hide, LabelledRow};

    #[test]
    fn the_most_alike_have_their_turn_first_and_nobody_has_all_turns() {
        let photos = [(1, 0.9), (1, 0.8), (2, 0.1), (1, 0.7), (3, 0.8)].map(|(who, s)| (who, Similarity(s)));
        let choose = |photos: usize, of_one: usize, all: &[(i32, Similarity)]| {
            Likeliest { photos, of_one }.choose(all)
        };
        assert_eq!(choose(3, 2, &photos), [0, 1, 4]);
        assert_eq!(choose(9, 2, &photos), [0, 1, 4, 2]);
        assert_eq!(choose(9, 9, &photos), [0, 1, 4, 3, 2]);
        assert_eq!(choose(2, 1, &[]), [0; 0]);
    }

    #[test]
    fn a_query_looks_at_whom_it_would_see_known_new_and_with_nothing_hidden() {
        // Two photos of one encounter and one of another; two others, one of which is far off.
        let labels = [(0, 0), (0, 0), (0, 1), (1, 2), (2, 3)];
        let rows = labels.map(|(who, encounter)| LabelledRow {
            individual: Some(who),
            encounter: Some(encounter),
            ..LabelledRow::default()
        });
        let values = [[1.0, 0.0], [1.0, 0.0], [0.9, 0.4], [0.8, 0.6], [0.0, 1.0]];
        let values: Vec<f16> = values.iter().flatten().map(|value| f16::from_f32(*value)).collect();
        let embeddings = [Rows::new(2, &values).unwrap()];
        let gallery = Gallery { rows: &rows, embeddings: &embeddings, distance: Distance::Cosine };
        let mut evidence = PairEvidence::of(vec![BundleId::new("marks", &[1; 32]).unwrap()]);
        evidence.keep(0, vec![0; 5]);
        let options = RankOptions { hide: Hide::STRICT, pooling: Pooling::Best, ..RankOptions::default() };
        let found = |photos: usize| {
            let (protocol, most) = (Protocol::LeaveOneOut, Likeliest { photos, of_one: 3 });
            let fusions = SlotFusions::embedding_alone();
            likeliest(&gallery, &evidence, &fusions, &protocol, &options, most).unwrap()
        };
        // One photo a look: the other encounter's own, the nearest other, the one of its own encounter.
        assert_eq!(found(1), BTreeMap::from([(0, vec![1, 2, 3])]));
        assert_eq!(found(4), BTreeMap::from([(0, vec![1, 2, 3, 4])]));
    }
}
