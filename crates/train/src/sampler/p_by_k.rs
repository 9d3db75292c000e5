//! P individuals with K photos each.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::chunks::chunks;
use super::deal::deal;
use super::{PlannedBatch, SamplerError, SamplerLabels};

/// Batches of P individuals with K photos each: every photo has K − 1 positives, whatever the data are like.
///
/// P is what fits: batch / K. An epoch brings every photo that has a positive at least once, as far as full batches
/// can be made of them; photos of an individual whose number is no multiple of K are filled up with others of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct PByK {
    /// K, 2 or more. Default: 4.
    pub photos_per_individual: usize,
    /// What becomes of individuals with fewer than K photos (or encounters, with `other-encounter`).
    /// Default: `fewer`.
    pub short_classes: ShortClasses,
    /// Positives are of another encounter: no two photos of an individual in a batch are of the same one.
    /// Individuals met once count as singletons. Default: false.
    pub other_encounter: bool,
    /// Negatives are of the same species: a batch holds individuals of one species, or at least two of each where
    /// a species has fewer than P. Default: false.
    pub within_species: bool,
    /// Share of the places of a batch for photos without a positive, 0 to 0.9: negatives to the others, and
    /// something to learn for a loss with class centers. Default: 0, singletons are left out.
    pub singleton_share: f64,
    /// Whether batches with fewer than P individuals, made of what is left at the end, are left out.
    /// Default: false.
    pub drop_last: bool,
}

/// What becomes of individuals with fewer than K photos.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShortClasses {
    /// They come with the photos they have, at least two.
    #[default]
    Fewer,
    /// Their photos repeat within the batch, each time in another view.
    Repeat,
    /// They are left out.
    Skip,
}

impl Default for PByK {
    fn default() -> Self {
        Self {
            photos_per_individual: 4,
            short_classes: ShortClasses::default(),
            other_encounter: false,
            within_species: false,
            singleton_share: 0.0,
            drop_last: false,
        }
    }
}

impl PByK {
    pub(super) fn check(&self, labels: &SamplerLabels<'_>, batch: usize) -> Result<(), SamplerError> {
        let k = self.photos_per_individual;
        if k < 2 {
            return Err(SamplerError::Senseless {
                wanted: "photos-per-individual of 2 or more",
                value: k as f64,
            });
        }
        if !(0.0..=0.9).contains(&self.singleton_share) {
            let wanted = "a singleton-share of 0 to 0.9";
            return Err(SamplerError::Senseless { wanted, value: self.singleton_share });
        }
        if (batch - self.singles(batch)) / k < 2 {
            let needed = (2.0 * k as f64 / (1.0 - self.singleton_share)).ceil() as usize;
            return Err(SamplerError::BatchTooSmall { needed, batch });
        }
        labels.check(self.within_species, self.other_encounter)
    }

    /// Places of a batch for photos without a positive.
    fn singles(&self, batch: usize) -> usize {
        (batch as f64 * self.singleton_share.clamp(0.0, 0.9)).floor() as usize
    }

    /// P.
    pub(super) fn individuals(&self, batch: usize) -> usize {
        ((batch - self.singles(batch)) / self.photos_per_individual.max(2)).max(2)
    }

    pub(super) fn epoch(
        &self,
        labels: &SamplerLabels<'_>,
        batch: usize,
        random: &mut ChaCha8Rng,
    ) -> Vec<PlannedBatch> {
        let mut pools = self.pools(labels, random);
        let mut batches = pools.batches(labels, self.individuals(batch), self.drop_last, random);
        batches.shuffle(random);
        let singles = self.singles(batch);
        let mut plan = |numbers: Vec<u32>| {
            let mut rows: Vec<u32> =
                numbers.iter().flat_map(|number| pools.chunks[*number as usize].iter().copied()).collect();
            pools.singles.join(&mut rows, singles, labels);
            PlannedBatch { rows, tuples: None }
        };
        batches.into_iter().map(&mut plan).collect()
    }

    fn pools(&self, labels: &SamplerLabels<'_>, random: &mut ChaCha8Rng) -> Pools {
        let mut pools =
            Pools { by_species: BTreeMap::new(), chunks: Vec::new(), singles: Singles::default() };
        pools.singles.within_species = self.within_species;
        for rows in labels.by_class().values() {
            let groups = labels.groups(rows, self.other_encounter);
            let species = if self.within_species { labels.species(rows[0]) } else { None };
            if groups.len() < 2 {
                pools.singles.queues.entry(species).or_default().extend(rows);
                continue;
            }
            let made = chunks(groups, self.photos_per_individual.max(2), self.short_classes, random);
            let first = pools.chunks.len() as u32;
            pools.by_species.entry(species).or_default().push((first..first + made.len() as u32).collect());
            pools.chunks.extend(made);
        }
        pools.singles.queues.values_mut().for_each(|queue| queue.make_contiguous().shuffle(random));
        pools
    }
}

/// What batches are made of.
struct Pools {
    /// Numbers of the chunks of each individual, by species where that matters.
    by_species: BTreeMap<Option<u32>, Vec<Vec<u32>>>,
    /// Rows of each chunk.
    chunks: Vec<Vec<u32>>,
    singles: Singles,
}

impl Pools {
    /// Numbers of the chunks of each batch.
    fn batches(
        &mut self,
        labels: &SamplerLabels<'_>,
        individuals: usize,
        drop_last: bool,
        random: &mut ChaCha8Rng,
    ) -> Vec<Vec<u32>> {
        let mut batches = Vec::new();
        let mut parts = Vec::new();
        for (_, individuals_of_species) in std::mem::take(&mut self.by_species) {
            let dealt = deal(individuals_of_species, individuals, random);
            batches.extend(dealt.hands);
            parts.extend(in_parts(dealt.rest, individuals));
        }
        let class = |number: &u32| labels.class(self.chunks[*number as usize][0]);
        let mixed = put_together(parts, individuals, class);
        batches.extend(mixed.into_iter().filter(|numbers| !drop_last || numbers.len() == individuals));
        batches
    }
}

/// Parts of a batch, one chunk an individual, of at least two individuals each. What remains of a last individual
/// has nobody to be compared with and is left out.
fn in_parts(mut rest: Vec<Vec<u32>>, individuals: usize) -> Vec<Vec<u32>> {
    let mut parts = Vec::new();
    rest.retain(|numbers| !numbers.is_empty());
    while rest.len() > 1 {
        rest.sort_by_key(|numbers| std::cmp::Reverse(numbers.len()));
        parts.push(rest.iter_mut().take(individuals).filter_map(Vec::pop).collect());
        rest.retain(|numbers| !numbers.is_empty());
    }
    parts
}

/// Puts parts together into batches of at most so many individuals, none twice: each into the first with room.
fn put_together(mut parts: Vec<Vec<u32>>, individuals: usize, class: impl Fn(&u32) -> u32) -> Vec<Vec<u32>> {
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    let mut batches: Vec<(Vec<u32>, BTreeSet<u32>)> = Vec::new();
    for part in parts {
        let classes: BTreeSet<u32> = part.iter().map(&class).collect();
        let fits = |(numbers, taken): &&mut (Vec<u32>, BTreeSet<u32>)| {
            numbers.len() + part.len() <= individuals && taken.is_disjoint(&classes)
        };
        match batches.iter_mut().find(fits) {
            Some((numbers, taken)) => {
                numbers.extend(part);
                taken.extend(classes);
            }
            None => batches.push((part, classes)),
        }
    }
    batches.into_iter().map(|(numbers, _)| numbers).collect()
}

/// Photos without a positive.
#[derive(Default)]
struct Singles {
    queues: BTreeMap<Option<u32>, VecDeque<u32>>,
    within_species: bool,
}

impl Singles {
    /// Adds so many to the rows of a batch, of its species where that matters, none of an individual that is in it.
    fn join(&mut self, rows: &mut Vec<u32>, wanted: usize, labels: &SamplerLabels<'_>) {
        let mut species: BTreeSet<Option<u32>> =
            rows.iter().map(|row| if self.within_species { labels.species(*row) } else { None }).collect();
        let mut classes: BTreeSet<u32> = rows.iter().map(|row| labels.class(*row)).collect();
        let mut left = wanted;
        while left > 0 && !species.is_empty() {
            species.retain(|species| {
                let found = if left > 0 { self.take(*species, &classes, labels) } else { None };
                let Some(row) = found else { return false };
                rows.push(row);
                classes.insert(labels.class(row));
                left -= 1;
                true
            });
        }
    }

    fn take(
        &mut self,
        species: Option<u32>,
        classes: &BTreeSet<u32>,
        labels: &SamplerLabels<'_>,
    ) -> Option<u32> {
        let queue = self.queues.get_mut(&species)?;
        let place = queue.iter().position(|row| !classes.contains(&labels.class(*row)))?;
        queue.remove(place)
    }
}
