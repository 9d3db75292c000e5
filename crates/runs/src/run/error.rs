//! What can be wrong with a run's folder.

use std::io;
use std::path::{Path, PathBuf};

use resight_core::{ErrorKind, Hint, RoomError};

use super::folder::{RECIPE, RUN};

/// A run's folder that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Something cannot be read or written.
    #[error("{doing}: {source}: {}", path.display())]
    Io {
        /// What was tried, such as `the log cannot be written`.
        doing: &'static str,
        /// Why not.
        source: std::io::Error,
        /// Where.
        path: PathBuf,
    },
    /// The folder holds something already.
    #[error("there is a run already: {}", .0.display())]
    Exists(PathBuf),
    /// The folder holds something and does not carry our mark.
    #[error("the folder holds something that resight did not make there, so nothing is written into it: {}", .0.display())]
    NotOurs(PathBuf),
    /// The folder holds no run.
    #[error("no run is there (it has no recipe.toml): {}", .0.display())]
    NoRun(PathBuf),
    /// The folder does not say how the run was begun.
    #[error("the folder does not say how the run was begun: {}", .0.display())]
    NoRequest(PathBuf),
    /// Another process works in the folder.
    #[error("another process trains in this folder: {}", .0.display())]
    Busy(PathBuf),
    /// A line of the log, or a checkpoint, is not what it should be.
    #[error("{what}: {}", path.display())]
    Damaged {
        /// What is wrong.
        what: String,
        /// Which file.
        path: PathBuf,
    },
    /// The recipe or the photos are not those that the run began with.
    #[error("the run began with {what} than now: {}", path.display())]
    Changed {
        /// `another recipe`, `other photos`.
        what: &'static str,
        /// The run.
        path: PathBuf,
    },
}

impl RoomError for RunError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { .. } => ErrorKind::Io,
            Self::Damaged { .. } => ErrorKind::Corrupt,
            Self::Exists(_)
            | Self::NotOurs(_)
            | Self::NoRun(_)
            | Self::NoRequest(_)
            | Self::Busy(_)
            | Self::Changed { .. } => ErrorKind::User,
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::Exists(_) => Some(Hint::ResumeOrOtherFolder),
            Self::NotOurs(_) | Self::Busy(_) | Self::Changed { .. } => Some(Hint::OtherRunFolder),
            _ => None,
        }
    }
}

impl RunError {
    /// What the system says of a file, with what was tried.
    pub fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { doing, source, path }
    }

    /// What keeps a folder from being claimed or held.
    pub(super) fn of_folder(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::WouldBlock => Self::Busy(path),
            io::ErrorKind::AlreadyExists if path.is_dir() => Self::NotOurs(path),
            _ if path.join(RECIPE).exists() && !RUN.is_on(&path) => Self::NotOurs(path),
            _ => Self::Io { doing: "the folder of the run cannot be used", source, path },
        }
    }
}
