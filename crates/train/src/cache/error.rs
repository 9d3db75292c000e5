//! What can go wrong with a cache, and what is worth knowing.

use std::io;
use std::path::{Path, PathBuf};

use resight_core::{ErrorKind, Hint, RoomError};

use crate::view::ViewFailure;

/// A cache cannot be read or built.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The operating system refused.
    #[error("cannot {action}: {source}: {}", path.display())]
    Io {
        /// What was tried, as "write the features".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The disk has too little room.
    #[error(
        "the features need {needed} bytes and the disk has {free} left: {}",
        path.display()
    )]
    NoRoom {
        /// Bytes that are still to be written.
        needed: u64,
        /// Bytes that the disk has left; 0 where it filled up while writing.
        free: u64,
        /// The cache's file.
        path: PathBuf,
    },
    /// The folder holds something and does not carry our mark.
    #[error(
        "the folder of cached features holds something that resight did not make there, and so it is left alone: {}",
        path.display()
    )]
    NotOurs {
        /// The folder.
        path: PathBuf,
    },
    /// A file is where the cache should be, and it is something else.
    #[error("not a cache of resight's, and so it is left alone: {}", path.display())]
    NotACache {
        /// The file.
        path: PathBuf,
    },
    /// The network failed.
    #[error("the network failed in {runtime}: {reason}: {network}")]
    Network {
        /// Name of the network.
        network: String,
        /// The runtime, with its version.
        runtime: String,
        /// In the words of the runtime.
        reason: String,
    },
    /// The network's answers have extents that cannot be kept.
    #[error("the network answers with {found:?} where {expected} is needed: {network}")]
    Shape {
        /// Name of the network.
        network: String,
        /// What it gave.
        found: Vec<usize>,
        /// What would be right.
        expected: String,
    },
    /// The cancel flag was set. What was done is kept.
    #[error("cancelled; what was computed is kept, and the next run goes on from there")]
    Cancelled,
}

impl RoomError for CacheError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { .. } | Self::NoRoom { .. } => ErrorKind::Io,
            Self::NotOurs { .. }
            | Self::NotACache { .. }
            | Self::Network { .. }
            | Self::Shape { .. }
            | Self::Cancelled => ErrorKind::User,
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::NoRoom { .. } => Some(Hint::RoomForFeatures),
            Self::NotOurs { .. } => Some(Hint::MoveAwayFromHome),
            Self::NotACache { .. } => Some(Hint::MoveAway),
            _ => None,
        }
    }
}

impl CacheError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }
}

/// Something worth knowing that did not keep the cache from being built.
#[derive(Debug, thiserror::Error)]
pub enum CacheWarning {
    /// An annotation has no features: leave it out.
    #[error("{failure}")]
    LeftOut {
        /// Position among the jobs of the request.
        item: usize,
        /// Why.
        failure: ViewFailure,
    },
    /// The file was of no use and was built anew.
    #[error("the cache was built anew, for {reason}: {}", path.display())]
    Rebuilt {
        /// Why.
        reason: &'static str,
        /// The cache's file.
        path: PathBuf,
    },
    /// Some annotations' numbers were not what had been written, and were computed again.
    #[error("the features of {items} annotations were damaged and are computed again: {}", path.display())]
    Repaired {
        /// How many.
        items: usize,
        /// The cache's file.
        path: PathBuf,
    },
}
