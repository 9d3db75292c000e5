//! Why a bundle is not taken.

use std::path::{Path, PathBuf};

use resight_core::{ErrorKind, Hint, LearntError, RoomError};

use crate::onnx::OnnxError;

/// Why a bundle could not be opened, made or written.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A file could not be read or written.
    #[error("cannot {action}: {source}: {}", .path.display())]
    Io {
        /// What was tried, such as "read the manifest".
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
        /// Which file or folder.
        path: PathBuf,
    },
    /// There is nothing here that looks like a bundle.
    #[error("not a bundle: {reason}: {}", .path.display())]
    NotABundle {
        /// What is wrong.
        reason: String,
        /// Which file or folder.
        path: PathBuf,
    },
    /// A later resight made it.
    #[error(
        "the bundle has format {found}, but this resight reads formats up to {newest}: {}", .path.display()
    )]
    Newer {
        /// The format of the bundle.
        found: u64,
        /// The newest format this program reads.
        newest: u32,
        /// Which file or folder.
        path: PathBuf,
    },
    /// The manifest says something that cannot be.
    #[error("the manifest is not in order: {reason}: {}", .path.display())]
    Manifest {
        /// What is wrong.
        reason: String,
        /// Which file or folder.
        path: PathBuf,
    },
    /// A file is not the one that the manifest speaks of.
    #[error("`{file}` is damaged or was replaced (its checksum is not the manifest's): {}", .path.display())]
    Checksum {
        /// Which file of the bundle.
        file: String,
        /// Which bundle.
        path: PathBuf,
    },
    /// The record of what was learnt is refused.
    #[error("{source}: {}", .path.display())]
    Learnt {
        /// Why.
        source: LearntError,
        /// Which bundle.
        path: PathBuf,
    },
    /// The network file is refused.
    #[error("{source}: {}", .path.display())]
    Onnx {
        /// Why.
        source: OnnxError,
        /// Which file.
        path: PathBuf,
    },
    /// A bundle would be written over something that is there.
    #[error("there is something already, and it is not overwritten: {}", .path.display())]
    Exists {
        /// Which folder.
        path: PathBuf,
    },
}

impl BundleError {
    /// Turns a failure of the file system into an error; for `map_err`.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, source, path }
    }
}

impl RoomError for BundleError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { source, .. } => ErrorKind::of_file(source),
            _ => ErrorKind::User,
        }
    }

    fn hint(&self) -> Option<Hint> {
        matches!(self, Self::Newer { .. }).then_some(Hint::UpdateProgram)
    }
}
