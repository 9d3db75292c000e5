//! A batch of annotations, by their labels.

/// The labels of the annotations of a batch, place by place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchLabels {
    /// Position of each annotation in the training data.
    pub rows: Vec<u32>,
    /// The class that the loss separates: an individual, or what the recipe makes of it (a viewpoint of an
    /// individual, a mirrored twin). Counted from 0 over the training classes.
    pub classes: Vec<u32>,
    /// The species, where known, counted from 0.
    pub species: Vec<Option<u32>>,
    /// The encounter, where known. None equals no other.
    pub encounters: Vec<Option<u32>>,
}

impl BatchLabels {
    /// How many annotations.
    pub fn len(&self) -> usize {
        self.classes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }
}

/// Pairs or triplets of places that a miner chose, for a loss to work on.
///
/// Anchors are places of the batch. The others are places among the *references*: the batch itself, followed by
/// the memory of earlier batches where the recipe keeps one (so a place of `batch.len()` or more is in memory).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tuples {
    /// Pairs: (anchor, other).
    Pairs {
        /// Of the same class.
        positives: Vec<(u32, u32)>,
        /// Of different classes.
        negatives: Vec<(u32, u32)>,
    },
    /// Triplets: (anchor, positive, negative).
    Triplets(Vec<[u32; 3]>),
}

impl Tuples {
    /// Whether nothing was chosen.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Pairs { positives, negatives } => positives.is_empty() && negatives.is_empty(),
            Self::Triplets(triplets) => triplets.is_empty(),
        }
    }
}
