//! Asking by encounter: all photos of one meeting with one animal together, as `identify --encounter` does.

use std::collections::{BTreeMap, BTreeSet};

use resight_core::{EncounterCase, Similarity};
use serde::{Deserialize, Serialize};

use crate::seeded::hash;
use crate::{CalibrateOptions, RankedQuery, Scored, View};

/// What is asked at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asking {
    /// Each photo by itself.
    #[default]
    Photo,
    /// The photos of an encounter together; a photo that states none by itself.
    Encounter,
}

impl Asking {
    /// Puts the queries together that are asked at once, in the order of their first ones. Photos that the network has
    /// learnt are left out.
    pub(crate) fn group(self, queries: &[RankedQuery]) -> Vec<Vec<&RankedQuery>> {
        let asking = queries.iter().filter(|query| query.is_evidence());
        match self {
            Self::Photo => asking.map(|query| vec![query]).collect(),
            Self::Encounter => by_encounter(asking),
        }
    }
}

fn by_encounter<'a>(queries: impl Iterator<Item = &'a RankedQuery>) -> Vec<Vec<&'a RankedQuery>> {
    let mut place_of: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    let mut groups: Vec<Vec<&RankedQuery>> = Vec::new();
    for query in queries {
        let fresh = groups.len();
        let place = match query.encounter {
            Some(encounter) => *place_of.entry((query.individual, encounter)).or_insert(fresh),
            None => fresh,
        };
        if place == fresh {
            groups.push(Vec::new());
        }
        groups[place].push(query);
    }
    groups
}

/// Encounters of several photos that calibrations learn on, at most.
const MOST_ENCOUNTERS: usize = 400;

/// The encounters of several photos as cases: each as a known animal, where it has a right answer left, and as a
/// newcomer. Of many, so many are drawn.
pub fn encounter_cases(queries: &[&RankedQuery], options: &CalibrateOptions) -> Vec<EncounterCase<u32>> {
    let asking = queries.iter().copied().filter(|query| query.is_evidence());
    let mut groups = by_encounter(asking);
    groups.retain(|group| group.len() > 1);
    groups.sort_by_key(|group| hash(&[options.seed, 5, u64::from(group[0].row)]));
    groups.truncate(MOST_ENCOUNTERS);
    groups
        .iter()
        .flat_map(|group| {
            let known = group.iter().any(|query| query.own(options.view).is_some()).then(|| EncounterCase {
                photos: photos_of(group, Some(options.view)),
                truth: Some(group[0].individual),
                weight: 1.0,
            });
            let new = group[0].may_be_newcomer().then(|| EncounterCase {
                photos: photos_of(group, None),
                truth: None,
                weight: 1.0,
            });
            known.into_iter().chain(new)
        })
        .filter(|case| case.photos.iter().all(|photo| !photo.is_empty()))
        .collect()
}

/// For each photo of an encounter every individual with its similarity, most similar first: as seen in this view, or with
/// the own individual taken out.
///
/// A ranking keeps the best individuals one by one and the rest in tiers. An individual that is one by one in some photo
/// and in the tiers of another stands there at the mean of the best tier; individuals that are in the tiers of all photos
/// are taken in the order of their ranks. They are far, and count for little.
pub(crate) fn photos_of(group: &[&RankedQuery], view: Option<View>) -> Vec<Vec<(u32, Similarity)>> {
    let listed: BTreeSet<u32> =
        group.iter().flat_map(|query| query.others.iter().map(|other| other.individual)).collect();
    group.iter().map(|query| photo_of(query, view, &listed)).collect()
}

fn photo_of(query: &RankedQuery, view: Option<View>, listed: &BTreeSet<u32>) -> Vec<(u32, Similarity)> {
    let mut photo: Vec<(u32, Similarity)> =
        query.others.iter().map(|other| (other.individual, other.similarity)).collect();
    if let Some(tier) = query.beyond.first() {
        let here: BTreeSet<u32> = photo.iter().map(|(individual, _)| *individual).collect();
        let elsewhere: Vec<u32> = listed.difference(&here).copied().collect();
        let mut far = query.beyond.iter().flat_map(|tier| std::iter::repeat_n(tier.mean, tier.individuals));
        for individual in elsewhere {
            photo.push((individual, tier.mean));
            let _counted = far.next();
        }
        // Numbers from above, which no caller gives out.
        photo.extend((0..u32::MAX).rev().zip(far));
    }
    photo.extend(view.and_then(|view| query.own(view)).map(|own| (query.individual, own.scored.similarity)));
    photo.sort_by(|a, b| a.1.closest_first(&b.1).then(a.0.cmp(&b.0)));
    photo
}

/// The most similar photo of an individual to any of the group.
pub(crate) fn nearest(group: &[&RankedQuery], individual: u32, view: View) -> Option<Scored> {
    let of_photo = |query: &&RankedQuery| {
        if query.individual == individual {
            query.own(view).map(|own| own.scored)
        } else {
            query.others.iter().find(|other| other.individual == individual).copied()
        }
    };
    group.iter().filter_map(of_photo).min_by(|a, b| a.similarity.closest_first(&b.similarity))
}

#[cfg(test)]
mod tests {
    use resight_core::Tier;

    use super::*;
    use crate::{Learnt, Own, SlotKey};

    fn scored(individual: u32, similarity: f32) -> Scored {
        Scored { individual, similarity: Similarity(similarity), best_row: individual }
    }

    fn query(row: u32, individual: u32, encounter: Option<u32>) -> RankedQuery {
        let own = Own { scored: scored(individual, 0.9), rank: 1, photos: 1, average_precision: 1.0 };
        RankedQuery {
            row,
            individual,
            encounter,
            species: None,
            viewpoint: None,
            slot: SlotKey::default(),
            learnt: Learnt::Nothing,
            others: vec![scored(1, 0.8), scored(2, 0.7)],
            beyond: vec![Tier { individuals: 3, mean: Similarity(0.1) }],
            own: Some(own),
            own_unhidden: Some(own),
        }
    }

    #[test]
    fn photos_of_one_meeting_with_one_animal_ask_together() {
        let queries = [query(0, 7, Some(1)), query(1, 8, Some(1)), query(2, 7, Some(1)), query(3, 7, None)];
        let rows = |asking: Asking| -> Vec<Vec<u32>> {
            asking.group(&queries).iter().map(|group| group.iter().map(|one| one.row).collect()).collect()
        };
        assert_eq!(rows(Asking::Encounter), [vec![0, 2], vec![1], vec![3]]);
        assert_eq!(rows(Asking::Photo).len(), 4);
        let learnt = RankedQuery { learnt: Learnt::Photo, ..query(0, 7, Some(1)) };
        assert!(Asking::Encounter.group(&[learnt]).is_empty());
    }

    #[test]
    fn every_individual_stands_in_every_photo() {
        let other = RankedQuery { others: vec![scored(3, 0.6), scored(1, 0.5)], ..query(1, 7, Some(1)) };
        let group = [&query(0, 7, Some(1)), &other];
        for (photos, count) in [(photos_of(&group, Some(View::Strict)), 6), (photos_of(&group, None), 5)] {
            for photo in &photos {
                assert_eq!(photo.len(), count);
                let who: BTreeSet<u32> = photo.iter().map(|(who, _)| *who).collect();
                assert!(who.is_superset(&BTreeSet::from([1, 2, 3])) && who.len() == count);
                assert!(photo.is_sorted_by(|a, b| a.1.0 >= b.1.0));
            }
        }
    }
}
