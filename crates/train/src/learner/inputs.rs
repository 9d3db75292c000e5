//! What goes into the part of the network that learns: from a cache of features, from photos, or from memory.

use half::f16;
use resight_core::{ErrorKind, RoomError};

use crate::view::{View, ViewFailure, ViewFailureReason};

/// One view of one annotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Item {
    /// Place of the annotation in the data.
    pub annotation: u32,
    /// Which view of it.
    pub view: View,
}

impl Item {
    /// An annotation as in use.
    pub fn plain(annotation: u32) -> Self {
        Self { annotation, view: View::PLAIN }
    }
}

/// What a batch is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum InputBatch {
    /// Vectors that the frozen trunk gave: n × dimension.
    Rows {
        /// The numbers.
        values: Vec<f32>,
        /// Numbers of a vector.
        dimension: usize,
    },
    /// Maps of the frozen trunk, place by place: n × height × width × channels.
    Maps {
        /// The numbers.
        values: Vec<f16>,
        /// Height, width, channels.
        shape: [usize; 3],
    },
    /// Images as a network takes them: n × channels × height × width.
    Images {
        /// The numbers.
        values: Vec<f32>,
        /// Channels, height, width.
        shape: [usize; 3],
    },
}

/// An input that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// A photo cannot be looked at.
    #[error(transparent)]
    Photo(#[from] ViewFailure),
    /// Nobody made it: a mistake of the program.
    #[error("there is no {0}")]
    Missing(String),
}

impl RoomError for InputError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Photo(ViewFailure { reason: ViewFailureReason::Unreadable(error), .. }) => {
                ErrorKind::of_file(error)
            }
            Self::Photo(ViewFailure { reason: ViewFailureReason::Panicked(_), .. }) | Self::Missing(_) => {
                ErrorKind::Internal
            }
            Self::Photo(_) => ErrorKind::User,
        }
    }
}

/// Batches of inputs, in the order of a plan.
pub type Batches<'a> = Box<dyn Iterator<Item = Result<InputBatch, InputError>> + Send + 'a>;

/// Where inputs come from.
pub trait Inputs: Send + Sync {
    /// The batches of a plan, one after the other; those to come may be prepared meanwhile.
    fn batches<'a>(&'a self, plan: Vec<Vec<Item>>) -> Batches<'a>;

    /// How many varied views of an annotation there are to choose from, besides view 0; `None` where each is made
    /// anew.
    fn augmented_views(&self) -> Option<u32>;
}

/// Vectors in memory: embeddings that somebody made.
#[derive(Debug, Clone, Default)]
pub struct RowsInMemory {
    /// Numbers of a vector.
    pub dimension: usize,
    /// All vectors, annotation by annotation.
    pub values: Vec<f32>,
}

impl Inputs for RowsInMemory {
    fn batches<'a>(&'a self, plan: Vec<Vec<Item>>) -> Batches<'a> {
        let row = |item: &Item| {
            let start = item.annotation as usize * self.dimension;
            self.values.get(start..start + self.dimension)
        };
        Box::new(plan.into_iter().map(move |items| {
            let mut values = Vec::with_capacity(items.len() * self.dimension);
            for item in &items {
                let row = row(item).ok_or_else(|| InputError::Missing(format!("row {}", item.annotation)))?;
                values.extend_from_slice(row);
            }
            Ok(InputBatch::Rows { values, dimension: self.dimension })
        }))
    }

    fn augmented_views(&self) -> Option<u32> {
        Some(0)
    }
}

/// Small pictures in memory, for data sets such as Fashion-MNIST: each is one annotation with one view.
#[derive(Debug, Clone, Default)]
pub struct ImagesInMemory {
    /// Channels, height, width.
    pub shape: [usize; 3],
    /// All pictures as a network takes them, one after the other.
    pub values: Vec<f32>,
}

impl Inputs for ImagesInMemory {
    fn batches<'a>(&'a self, plan: Vec<Vec<Item>>) -> Batches<'a> {
        let size: usize = self.shape.iter().product();
        Box::new(plan.into_iter().map(move |items| {
            let mut values = Vec::with_capacity(items.len() * size);
            for item in &items {
                let start = item.annotation as usize * size;
                let picture = self.values.get(start..start + size);
                let picture =
                    picture.ok_or_else(|| InputError::Missing(format!("picture {}", item.annotation)))?;
                values.extend_from_slice(picture);
            }
            Ok(InputBatch::Images { values, shape: self.shape })
        }))
    }

    fn augmented_views(&self) -> Option<u32> {
        Some(0)
    }
}
