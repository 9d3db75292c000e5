//! Why a run stops short.

use resight_core::{ErrorKind, Hint, RoomError};
use resight_eval::EvalError;

use crate::device::DeviceError;
use crate::learner::inputs::InputError;
use crate::loss::LossError;
use crate::miner::{MemoryError, MinerError};
use crate::network::MissingTensor;
use crate::recipe::RecipeError;
use crate::trunk::TrunkError;
use crate::view::AugmentRecipeError;
use resight_runs::run::RunError;

/// Why a run stops short.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The recipe.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The run's folder.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The trunk.
    #[error(transparent)]
    Trunk(#[from] TrunkError),
    /// The trunk's weights.
    #[error(transparent)]
    Tensor(#[from] MissingTensor),
    /// The loss cannot be made as the recipe wants it.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// The miner cannot work as the recipe wants it.
    #[error(transparent)]
    Miner(#[from] MinerError),
    /// The sampler cannot work with these photos.
    #[error(transparent)]
    Sampler(#[from] crate::sampler::SamplerError),
    /// The memory in a checkpoint.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The device.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// An input cannot be had.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The validation cannot be judged.
    #[error("the validation cannot be judged: {0}")]
    Validation(#[from] EvalError),
    /// The augmentations make no sense.
    #[error(transparent)]
    View(#[from] AugmentRecipeError),
    /// There is too little to learn from.
    #[error("{0}")]
    TooLittle(String),
    /// The cache of features.
    #[error(transparent)]
    Cache(#[from] crate::cache::CacheError),
    /// The bundle at the end.
    #[error(transparent)]
    Finish(#[from] crate::finish::FinishError),
}

impl RoomError for TrainError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Recipe(error) => error.kind(),
            Self::Run(error) => error.kind(),
            Self::Trunk(error) => error.kind(),
            Self::Input(error) => error.kind(),
            Self::Cache(error) => error.kind(),
            Self::Finish(error) => error.kind(),
            Self::Memory(_) => ErrorKind::Corrupt,
            Self::Validation(_) | Self::Tensor(_) => ErrorKind::Internal,
            Self::Loss(_)
            | Self::Miner(_)
            | Self::Sampler(_)
            | Self::Device(_)
            | Self::View(_)
            | Self::TooLittle(_) => ErrorKind::User,
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::Run(error) => error.hint(),
            Self::Trunk(error) => error.hint(),
            Self::Device(error) => error.hint(),
            Self::Cache(error) => error.hint(),
            Self::Finish(error) => error.hint(),
            _ => None,
        }
    }
}

impl TrainError {
    /// Whether it stopped because somebody asked it to: all else is told, also where somebody asked.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cache(crate::cache::CacheError::Cancelled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::CacheError;

    #[test]
    fn a_full_disk_is_not_taken_for_a_stop() {
        assert!(TrainError::from(CacheError::Cancelled).is_cancelled());
        let full = CacheError::NoRoom { needed: 9, free: 0, path: "x.features".into() };
        let full = TrainError::from(full);
        assert_eq!((full.is_cancelled(), full.kind()), (false, ErrorKind::Io));
    }

    #[test]
    fn each_error_says_who_has_to_act() {
        let apart = crate::finish::FinishError::Parity { difference: 1.0, limit: 0.1 };
        assert_eq!(TrainError::from(apart).kind(), ErrorKind::Internal);
        assert_eq!(TrainError::TooLittle(String::new()).kind(), ErrorKind::User);
        let photo = |error: std::io::ErrorKind| {
            let reason = crate::view::ViewFailureReason::Unreadable(error.into());
            TrainError::from(InputError::from(reason.of(0, std::path::Path::new("a.jpg"))))
        };
        assert_eq!(photo(std::io::ErrorKind::NotFound).kind(), ErrorKind::User);
        assert_eq!(photo(std::io::ErrorKind::PermissionDenied).kind(), ErrorKind::Io);
        let missing = InputError::Missing("row 7".to_owned());
        assert_eq!(TrainError::from(missing).kind(), ErrorKind::Internal);
        let damaged = RunError::Damaged { what: "x".to_owned(), path: "log".into() };
        assert_eq!(TrainError::from(damaged).kind(), ErrorKind::Corrupt);
    }
}
