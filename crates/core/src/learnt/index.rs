//! Looking photos up in a record, by their bytes and by what they look like.

use std::collections::BTreeMap;

use super::{LearntPart, LearntRecord};
use crate::PhotoId;

/// What was learnt of a photo; later ones say more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LearntOf {
    /// Nothing.
    #[default]
    Nothing,
    /// Other photos of the individual in it.
    Individual,
    /// The photo itself, or one that looks like it.
    Photo,
}

/// A record made ready for many questions.
#[derive(Debug, Clone)]
pub struct LearntIndex {
    by_photo: BTreeMap<PhotoId, LearntOf>,
    /// For each piece of a hash: the piece, the whole hash and what was learnt, sorted.
    by_piece: Vec<Vec<(u64, u64, LearntOf)>>,
    max_distance: u32,
}

impl LearntIndex {
    /// Makes a record ready. Photos whose perceptual hashes differ in at most `max_distance` bits look alike; a picture
    /// without any structure (hash 0) resembles everything like it and is compared by bytes only.
    pub fn new(record: &LearntRecord, max_distance: u32) -> Self {
        let learnt = record.learnt_individuals();
        let mut by_photo: BTreeMap<PhotoId, LearntOf> = BTreeMap::new();
        let mut by_look: BTreeMap<u64, LearntOf> = BTreeMap::new();
        for one in record.photos() {
            let of = match one.part {
                LearntPart::Train => LearntOf::Photo,
                _ if learnt.contains(&one.individual) => LearntOf::Individual,
                _ => LearntOf::Nothing,
            };
            let known = by_photo.entry(one.photo).or_default();
            *known = of.max(*known);
            if let Some(look) = one.look.filter(|look| *look != 0) {
                let known = by_look.entry(look).or_default();
                *known = of.max(*known);
            }
        }
        by_look.retain(|_, of| *of != LearntOf::Nothing);
        let by_piece = masks(max_distance).into_iter().map(|mask| {
            let mut piece: Vec<_> = by_look.iter().map(|(look, of)| (look & mask, *look, *of)).collect();
            piece.sort_unstable();
            piece
        });
        Self { by_photo, by_piece: by_piece.collect(), max_distance }
    }

    /// What was learnt of a photo, as far as the photo says.
    pub fn of(&self, photo: Option<PhotoId>, look: Option<u64>) -> LearntOf {
        let by_photo = photo.and_then(|photo| self.by_photo.get(&photo)).copied().unwrap_or_default();
        match look.filter(|look| *look != 0 && by_photo != LearntOf::Photo) {
            Some(look) => by_photo.max(self.of_look(look)),
            None => by_photo,
        }
    }

    /// By the pigeonhole principle two hashes that differ in at most `d` bits agree in one of `d + 1` pieces.
    fn of_look(&self, look: u64) -> LearntOf {
        let alike = self.by_piece.iter().zip(masks(self.max_distance)).flat_map(|(piece, mask)| {
            let from = piece.partition_point(|(key, ..)| *key < look & mask);
            piece[from..].iter().take_while(move |(key, ..)| *key == look & mask)
        });
        let near = alike.filter(|(_, other, _)| (look ^ other).count_ones() <= self.max_distance);
        near.map(|(.., of)| *of).max().unwrap_or_default()
    }

    /// What was learnt of each of these annotations: of their photos, or else of other photos of their individual,
    /// whether the record or the annotations themselves say so.
    pub fn of_annotations<K: Ord>(
        &self,
        annotations: &[(Option<PhotoId>, Option<u64>, Option<K>)],
    ) -> Vec<LearntOf> {
        let mut found: Vec<LearntOf> =
            annotations.iter().map(|(photo, look, _)| self.of(*photo, *look)).collect();
        let mut of_individual: BTreeMap<&K, LearntOf> = BTreeMap::new();
        for ((.., individual), of) in annotations.iter().zip(&found) {
            if let Some(individual) = individual {
                let known = of_individual.entry(individual).or_default();
                *known = (*known).max(*of);
            }
        }
        for ((.., individual), of) in annotations.iter().zip(&mut found) {
            let learnt = individual.as_ref().and_then(|individual| of_individual.get(individual));
            if learnt.is_some_and(|learnt| *learnt > LearntOf::Nothing) {
                *of = (*of).max(LearntOf::Individual);
            }
        }
        found
    }
}

/// The bits of each piece of a hash.
fn masks(max_distance: u32) -> Vec<u64> {
    let pieces = max_distance.saturating_add(1).min(64);
    let mask = |piece: u32| {
        let (from, to) = (64 * piece / pieces, 64 * (piece + 1) / pieces);
        (u64::MAX >> (64 - (to - from))) << from
    };
    (0..pieces).map(mask).collect()
}
