//! Why a ladder cannot be climbed; a rung that is not passed is no error.

use std::path::PathBuf;

use super::fashion_mnist::FashionMnistError;
use super::rung::Rung;
use resight_core::{ErrorKind, Hint, RoomError};
use resight_runs::run::RunError;
use resight_synth::SynthError;
use resight_train::data::division::DivisionError;
use resight_train::recipe::RecipeError;
use resight_train::trainer::TrainError;

/// Why a ladder cannot be climbed.
#[derive(Debug, thiserror::Error)]
pub enum LadderError {
    /// The clothes cannot be had.
    #[error(transparent)]
    FashionMnist(#[from] FashionMnistError),
    /// The synthetic animals cannot be drawn.
    #[error("the synthetic animals: {0}")]
    Synth(#[from] SynthError),
    /// Their table cannot be read.
    #[error(transparent)]
    Dataset(#[from] resight_dataset::DatasetError),
    /// The photos of a rung cannot be divided.
    #[error("{source}: rung `{rung}`")]
    Division {
        /// Why.
        source: DivisionError,
        /// The rung.
        rung: Rung,
    },
    /// A rung cannot be learnt at all.
    #[error("{source}: rung `{rung}`")]
    Train {
        /// Why.
        source: Box<TrainError>,
        /// The rung.
        rung: Rung,
    },
    /// The rung was begun with another recipe.
    #[error("the rung `{rung}` was begun with another recipe: {}", folder.display())]
    OtherRecipe {
        /// The rung.
        rung: Rung,
        /// Its folder.
        folder: PathBuf,
    },
    /// The log of a rung.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The recipe of a rung.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The rung needs a table.
    #[error("the rung `{0}` needs a table of photos")]
    NoTable(Rung),
}

impl RoomError for LadderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::FashionMnist(FashionMnistError::File(_)) => ErrorKind::Corrupt,
            Self::Synth(SynthError::Write { .. }) => ErrorKind::Io,
            Self::Synth(SynthError::Encode { .. }) => ErrorKind::Internal,
            Self::Dataset(error) => error.kind(),
            Self::Division { source, .. } => source.kind(),
            Self::Train { source, .. } => source.kind(),
            Self::Run(error) => error.kind(),
            Self::Recipe(error) => error.kind(),
            _ => ErrorKind::User,
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::FashionMnist(_) => Some(Hint::BeginHigher),
            Self::OtherRecipe { .. } => Some(Hint::OtherRunFolder),
            Self::Dataset(error) => error.hint(),
            Self::Division { source, .. } => source.hint(),
            Self::Train { source, .. } => source.hint(),
            Self::Run(error) => error.hint(),
            _ => None,
        }
    }
}

impl LadderError {
    /// As [`TrainError::is_cancelled`].
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Train { source, .. } if source.is_cancelled())
    }

    pub(super) fn train(rung: Rung) -> impl FnOnce(TrainError) -> Self {
        move |source| Self::Train { source: Box::new(source), rung }
    }
}
