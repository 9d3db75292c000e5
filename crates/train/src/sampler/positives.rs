//! A positive for every photo that has one.

use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::SamplerLabels;

/// (anchor, positive) for every photo with a photo of the same class (and another encounter).
///
/// One to one wherever that is possible: with the photos of a class in a circle, encounter by encounter, everyone
/// takes the one that stands as many places on as the largest encounter has photos. Only where one encounter has
/// more than half of the photos do its photos share the others.
pub(super) fn partners(
    labels: &SamplerLabels<'_>,
    other_encounter: bool,
    random: &mut ChaCha8Rng,
) -> Vec<(u32, u32)> {
    let mut pairs = Vec::new();
    for rows in labels.by_class().values() {
        let mut groups = labels.groups(rows, other_encounter);
        if groups.len() < 2 {
            continue;
        }
        groups.shuffle(random);
        groups.iter_mut().for_each(|group| group.shuffle(random));
        let step = groups.iter().map(Vec::len).max().unwrap_or(1);
        let circle: Vec<(usize, u32)> = groups
            .iter()
            .enumerate()
            .flat_map(|(group, rows)| rows.iter().map(move |row| (group, *row)))
            .collect();
        for (place, (group, anchor)) in circle.iter().enumerate() {
            let (other, partner) = circle[(place + step) % circle.len()];
            let partner = if other == *group { of_another(&circle, *group, random) } else { Some(partner) };
            pairs.extend(partner.map(|partner| (*anchor, partner)));
        }
    }
    pairs
}

fn of_another(circle: &[(usize, u32)], group: usize, random: &mut ChaCha8Rng) -> Option<u32> {
    let others: Vec<u32> = circle.iter().filter(|(other, _)| *other != group).map(|(_, row)| *row).collect();
    others.choose(random).copied()
}
