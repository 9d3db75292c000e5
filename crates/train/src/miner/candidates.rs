//! What a miner chooses from: who may be a positive, who a negative, and how far they are.

use crate::batch::BatchLabels;
use crate::distance::LossDistance;

/// What a miner is given.
#[derive(Debug, Clone, Copy)]
pub struct MiningInput<'a> {
    /// Distance of each place of the batch from each reference, row-major: batch × references, smaller is closer.
    pub distances: &'a [f32],
    /// What the distances are.
    pub distance: LossDistance,
    /// How many numbers an embedding has.
    pub dimension: usize,
    /// Labels of the batch.
    pub batch: &'a BatchLabels,
    /// Labels of the references: the batch itself, followed by the memory of earlier batches where there is one
    /// ([`super::Memory::references`]).
    pub references: &'a BatchLabels,
}

/// Who may be a positive and who a negative of an anchor.
///
/// A place is never its own positive, and neither is an earlier embedding of the same annotation in memory. The
/// same annotation twice in a batch (seen in another view) is a positive of itself unless `skip_same_encounter`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scope {
    /// Negatives are of the anchor's species only; an animal of unknown species is nobody's negative and has none.
    pub within_species: bool,
    /// Positives are of another encounter than the anchor: photos of one burst teach nothing. Photos of no known
    /// encounter count as taken apart.
    pub skip_same_encounter: bool,
}

impl Scope {
    /// Whether a reference is a positive of a place in the batch.
    pub fn is_positive(
        self,
        batch: &BatchLabels,
        place: usize,
        references: &BatchLabels,
        other: usize,
    ) -> bool {
        if place == other || batch.classes[place] != references.classes[other] {
            return false;
        }
        let same_annotation =
            known(&batch.rows, place).is_some_and(|row| known(&references.rows, other) == Some(row));
        if same_annotation && (self.skip_same_encounter || other >= batch.len()) {
            return false;
        }
        !(self.skip_same_encounter && same_known(&batch.encounters, place, &references.encounters, other))
    }

    /// Whether a reference is a negative of a place in the batch.
    pub fn is_negative(
        self,
        batch: &BatchLabels,
        place: usize,
        references: &BatchLabels,
        other: usize,
    ) -> bool {
        batch.classes[place] != references.classes[other]
            && (!self.within_species || same_known(&batch.species, place, &references.species, other))
    }
}

fn known<T: Copy>(labels: &[T], place: usize) -> Option<T> {
    labels.get(place).copied()
}

fn same_known(a: &[Option<u32>], place: usize, b: &[Option<u32>], other: usize) -> bool {
    known(a, place).flatten().is_some_and(|label| known(b, other).flatten() == Some(label))
}

/// Another place, and how far it is from the anchor.
pub(super) type Other = (u32, f32);

/// The positives and negatives of every anchor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidates<'a> {
    input: &'a MiningInput<'a>,
    scope: Scope,
}

impl<'a> Candidates<'a> {
    pub(super) fn new(input: &'a MiningInput<'a>, scope: Scope) -> Self {
        debug_assert_eq!(input.distances.len(), input.batch.len() * input.references.len());
        Self { input, scope }
    }

    /// All places of the batch.
    pub(super) fn anchors(&self) -> std::ops::Range<u32> {
        0..self.input.batch.len() as u32
    }

    /// The anchor's positives, in order of their places.
    pub(super) fn positives(&self, anchor: u32) -> impl Iterator<Item = Other> {
        let (scope, batch, references) = (self.scope, self.input.batch, self.input.references);
        self.others(anchor)
            .filter(move |(other, _)| scope.is_positive(batch, anchor as usize, references, *other as usize))
    }

    /// The anchor's negatives, in order of their places.
    pub(super) fn negatives(&self, anchor: u32) -> impl Iterator<Item = Other> {
        let (scope, batch, references) = (self.scope, self.input.batch, self.input.references);
        self.others(anchor)
            .filter(move |(other, _)| scope.is_negative(batch, anchor as usize, references, *other as usize))
    }

    fn others(&self, anchor: u32) -> impl Iterator<Item = Other> + use<'a> {
        let width = self.input.references.len();
        let row = &self.input.distances[anchor as usize * width..][..width];
        (0..).zip(row.iter().copied())
    }
}

/// The closest; of equals the first.
pub(super) fn nearest(others: impl Iterator<Item = Other>) -> Option<Other> {
    others.reduce(|best, other| if other.1 < best.1 { other } else { best })
}

/// The most distant; of equals the first.
pub(super) fn farthest(others: impl Iterator<Item = Other>) -> Option<Other> {
    others.reduce(|best, other| if other.1 > best.1 { other } else { best })
}
