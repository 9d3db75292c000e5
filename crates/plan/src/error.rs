//! Why a plan cannot be made, read or carried out.

use std::io;
use std::path::PathBuf;

use resight_core::{ErrorKind, Hint, RoomError};
use resight_dataset::{DatasetError, TableWriteError};

/// Why a plan cannot be made, read or carried out.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// There is a plan in the folder already.
    #[error("there is a plan already: {}", .0.display())]
    Exists(PathBuf),
    /// There is no plan in the folder.
    #[error("no plan is here: {}", .0.display())]
    NoPlan(PathBuf),
    /// The plan does not say what it should.
    #[error("{fault}: {}", path.display())]
    Plan {
        /// What is wrong.
        fault: String,
        /// The file.
        path: PathBuf,
    },
    /// The plan has no such job.
    #[error("the plan has no job of this name: {0}")]
    NoJob(String),
    /// A file of the plan is not what was written.
    #[error("{what}: {}", path.display())]
    Damaged {
        /// What is wrong.
        what: String,
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("cannot {doing}: {error}: {}", path.display())]
    File {
        /// What was to be done.
        doing: &'static str,
        /// Why not.
        #[source]
        error: io::Error,
        /// The file.
        path: PathBuf,
    },
    /// The table cannot be read.
    #[error(transparent)]
    Table(#[from] DatasetError),
    /// The table cannot be written.
    #[error(transparent)]
    Write(#[from] TableWriteError),
}

impl PlanError {
    pub(crate) fn file(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::File { doing, error, path }
    }
}

impl RoomError for PlanError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Exists(_) | Self::NoPlan(_) | Self::Plan { .. } | Self::NoJob(_) => ErrorKind::User,
            Self::Damaged { .. } => ErrorKind::Corrupt,
            Self::File { error, .. } => ErrorKind::of_file(error),
            Self::Table(error) => error.kind(),
            Self::Write(error) => error.kind(),
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::Exists(path) => Some(Hint::PlanIsThere { folder: path.clone() }),
            Self::NoPlan(_) => Some(Hint::MakePlan),
            Self::NoJob(_) => Some(Hint::ListJobs),
            Self::Table(error) => error.hint(),
            Self::Write(error) => error.hint(),
            Self::File { error, .. } if error.kind() == io::ErrorKind::AlreadyExists => {
                Some(Hint::EmptyFolder)
            }
            Self::Plan { .. } | Self::Damaged { .. } | Self::File { .. } => None,
        }
    }
}
