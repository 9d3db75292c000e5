//! Cross-batch memory: embeddings of earlier batches as further references.

use serde::{Deserialize, Serialize};

use crate::batch::BatchLabels;

/// Whether anchors are compared with embeddings of earlier batches too.
///
/// Wang, Zhang, Huang and Scott, "Cross-batch memory for embedding learning" (2020): late in training embeddings
/// change slowly, so those of the last thousand steps are nearly what the network would give now, and cost no
/// computing. They get no gradient. It multiplies the negatives, and the positives where batches are random.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct MemoryRecipe {
    /// How many embeddings are kept; 0 keeps none. Default: 0.
    pub size: usize,
    /// How many steps go by before it is used: embeddings of an untrained network grow stale at once. Default: 0.
    pub after_steps: u64,
}

impl MemoryRecipe {
    /// An empty memory for embeddings of this many numbers; none where the recipe keeps none.
    pub fn build(&self, dimension: usize) -> Option<Memory> {
        (self.size > 0).then(|| Memory::new(self.size, dimension))
    }

    /// Whether the memory is used (and filled) at this step, counted from 0.
    pub fn is_used(&self, step: u64) -> bool {
        self.size > 0 && step >= self.after_steps
    }
}

/// The last embeddings and their labels, in a ring: when it is full, the oldest is overwritten.
#[derive(Debug, Clone, PartialEq)]
pub struct Memory {
    capacity: usize,
    dimension: usize,
    next: usize,
    embeddings: Vec<f32>,
    labels: BatchLabels,
}

impl Memory {
    /// An empty memory.
    pub fn new(capacity: usize, dimension: usize) -> Self {
        Self { capacity, dimension, next: 0, embeddings: Vec::new(), labels: BatchLabels::default() }
    }

    /// How many embeddings it holds.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The embeddings, row-major: len × dimension, in the order of [`Memory::labels`].
    pub fn embeddings(&self) -> &[f32] {
        &self.embeddings
    }

    /// The labels.
    pub fn labels(&self) -> &BatchLabels {
        &self.labels
    }

    /// Labels of a batch followed by those of the memory: of everything that the batch is compared with.
    pub fn references(&self, batch: &BatchLabels) -> BatchLabels {
        let joined = |a: &[Option<u32>], b: &[Option<u32>]| {
            let padded = a.iter().copied().chain(std::iter::repeat(None)).take(batch.len());
            padded.chain(b.iter().copied()).collect()
        };
        BatchLabels {
            rows: batch.rows.iter().chain(&self.labels.rows).copied().collect(),
            classes: batch.classes.iter().chain(&self.labels.classes).copied().collect(),
            species: joined(&batch.species, &self.labels.species),
            encounters: joined(&batch.encounters, &self.labels.encounters),
        }
    }

    /// Adds the embeddings of a batch (batch × dimension), after the batch was learnt from.
    pub fn push(&mut self, embeddings: &[f32], batch: &BatchLabels) {
        debug_assert_eq!(embeddings.len(), batch.len() * self.dimension);
        if self.capacity == 0 {
            return;
        }
        for (place, embedding) in embeddings.chunks_exact(self.dimension).enumerate() {
            let at = |labels: &[Option<u32>]| labels.get(place).copied().flatten();
            self.put(
                embedding,
                (batch.rows[place], batch.classes[place], at(&batch.species), at(&batch.encounters)),
            );
        }
    }

    fn put(&mut self, embedding: &[f32], label: (u32, u32, Option<u32>, Option<u32>)) {
        let at = self.next;
        self.next = (at + 1) % self.capacity;
        if at == self.len() {
            self.embeddings.extend_from_slice(embedding);
            self.labels.rows.push(label.0);
            self.labels.classes.push(label.1);
            self.labels.species.push(label.2);
            self.labels.encounters.push(label.3);
        } else {
            self.embeddings[at * self.dimension..][..self.dimension].copy_from_slice(embedding);
            self.labels.rows[at] = label.0;
            self.labels.classes[at] = label.1;
            self.labels.species[at] = label.2;
            self.labels.encounters[at] = label.3;
        }
    }

    /// All of it in plain arrays, for a checkpoint.
    pub fn save(&self) -> MemoryState {
        let plain = |labels: &[Option<u32>]| labels.iter().map(|label| label.unwrap_or(UNKNOWN)).collect();
        MemoryState {
            capacity: self.capacity as u64,
            dimension: self.dimension as u64,
            next: self.next as u64,
            embeddings: self.embeddings.clone(),
            rows: self.labels.rows.clone(),
            classes: self.labels.classes.clone(),
            species: plain(&self.labels.species),
            encounters: plain(&self.labels.encounters),
        }
    }

    /// The memory as it was saved.
    ///
    /// # Errors
    /// [`MemoryError`] when the arrays do not fit each other.
    pub fn restore(state: MemoryState) -> Result<Self, MemoryError> {
        let (capacity, dimension, next) =
            (state.capacity as usize, state.dimension as usize, state.next as usize);
        let len = state.classes.len();
        let lengths = [state.rows.len(), state.species.len(), state.encounters.len()];
        let full = len == capacity && (next < capacity || capacity == 0);
        let filling = len < capacity && next == len;
        if lengths != [len; 3] || state.embeddings.len() != len * dimension || !(full || filling) {
            return Err(MemoryError { len, capacity, next });
        }
        let known =
            |labels: Vec<u32>| labels.into_iter().map(|label| (label != UNKNOWN).then_some(label)).collect();
        let labels = BatchLabels {
            rows: state.rows,
            classes: state.classes,
            species: known(state.species),
            encounters: known(state.encounters),
        };
        Ok(Self { capacity, dimension, next, embeddings: state.embeddings, labels })
    }
}

/// Stands for an unknown species or encounter in [`MemoryState`].
const UNKNOWN: u32 = u32::MAX;

/// A [`Memory`] in plain arrays. An unknown species or encounter is the largest number there is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MemoryState {
    /// How many embeddings fit.
    pub capacity: u64,
    /// How many numbers an embedding has.
    pub dimension: u64,
    /// Where the next embedding goes.
    pub next: u64,
    /// The embeddings: len × dimension.
    pub embeddings: Vec<f32>,
    /// Position of each annotation in the training data.
    pub rows: Vec<u32>,
    /// Classes.
    pub classes: Vec<u32>,
    /// Species.
    pub species: Vec<u32>,
    /// Encounters.
    pub encounters: Vec<u32>,
}

/// A saved memory whose arrays do not fit each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the memory of earlier batches in this checkpoint is damaged ({len} of {capacity} embeddings, next at {next})"
)]
pub struct MemoryError {
    len: usize,
    capacity: usize,
    next: usize,
}
