//! The network of a run, parted by depth into what rests and what learns.

use resight_model::RuntimeChoice;

use crate::recipe::Depth;
use crate::trainer::LearningPart;
use crate::trunk::{FrozenPart, Trunk, TrunkError};

/// The network of a run: what rests, and what learns before the neck.
pub enum Parts {
    /// `head` depth: all of it rests.
    Head(FrozenPart),
    /// `tail` depth: the first stages rest, the last learn.
    Tail(FrozenPart, LearningPart),
    /// `full` depth: all of it learns.
    Full(LearningPart),
}

impl Parts {
    /// Parts a trunk; what rests is loaded once.
    ///
    /// # Errors
    /// When the trunk does not serve the depth, or no runtime takes what rests.
    pub(super) fn of(
        trunk: &Trunk,
        depth: Depth,
        runtime: RuntimeChoice,
        threads: usize,
    ) -> Result<Self, TrunkError> {
        let learning = trunk.learning()?.map(|(layers, weights, input)| LearningPart {
            layers,
            weights: weights.clone(),
            input,
        });
        Ok(match (depth, learning) {
            (Depth::Full, Some(part)) => Self::Full(part),
            (_, Some(part)) => Self::Tail(trunk.frozen(runtime, threads)?, part),
            (_, None) => Self::Head(trunk.frozen(runtime, threads)?),
        })
    }

    /// What rests.
    pub fn frozen(&self) -> Option<&FrozenPart> {
        match self {
            Self::Head(frozen) | Self::Tail(frozen, _) => Some(frozen),
            Self::Full(_) => None,
        }
    }

    /// What learns.
    pub fn learning(&self) -> Option<&LearningPart> {
        match self {
            Self::Head(_) => None,
            Self::Tail(_, learning) | Self::Full(learning) => Some(learning),
        }
    }

    /// Numbers of a vector that goes into the neck.
    pub fn pooled(&self) -> usize {
        match self {
            Self::Head(frozen) => frozen.output.numbers(),
            Self::Tail(_, part) | Self::Full(part) => {
                part.layers.iter().fold(part.input, |shape, layer| layer.shape_after(shape)).numbers()
            }
        }
    }
}
