//! Why the store could not do what it was asked to.

use std::io;
use std::path::{Path, PathBuf};

use resight_core::{ErrorKind, Hint, RoomError};

use crate::ModelError;
use crate::architecture::Mismatch;
use crate::bundle::BundleError;
use crate::import::ImportError;
use crate::registry::{EntryKind, Manager, Sha256};
use crate::weights::WeightsError;

/// Why the store could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Neither `RESIGHT_HOME` nor a home folder is known.
    #[error("no folder for models is known")]
    NoHome,
    /// A file or folder could not be read or written.
    #[error("cannot {action}: {source}: {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: io::Error,
        /// Which file or folder.
        path: PathBuf,
    },
    /// There is no room left.
    #[error("no room left on the disk that holds the model store: {}", path.display())]
    DiskFull {
        /// The folder that was written to.
        path: PathBuf,
    },
    /// No such name.
    #[error("no model of this name: {name}")]
    Unknown {
        /// Names that there are.
        known: Vec<String>,
        /// The name that was given.
        name: String,
    },
    /// It can be pulled, but was not yet.
    #[error("the model is not installed: {name}")]
    NotInstalled {
        /// Its name.
        name: String,
    },
    /// The bundle of this name is not the one asked for.
    #[error("another bundle is installed under this name, {found}, not {wanted}")]
    OtherBundle {
        /// The id of the bundle that is there.
        found: String,
        /// The id that was asked for.
        wanted: String,
    },
    /// There is a bundle of this name.
    #[error("the name is taken: {name}")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// Something lies where resight wants to write, or is asked to remove, that it did not make.
    #[error("resight did not make this, so it is neither changed nor removed: {}", path.display())]
    NotOurs {
        /// The file or folder.
        path: PathBuf,
    },
    /// A library in the store that `pull` did not put there.
    #[error("not a library that resight pulled, and it is not loaded from here: {}", path.display())]
    ForeignLibrary {
        /// The file.
        path: PathBuf,
    },
    /// The name cannot be the name of a bundle.
    #[error(
        "a name is made of lower-case letters, digits, `-`, `_` and `.`, and begins with a letter or digit: `{0}`"
    )]
    BadName(String),
    /// The registry has no file for this machine.
    #[error("there is no {name} for {target}")]
    NotForThisMachine {
        /// Operating system and processor.
        target: String,
        /// What kind of thing was asked for.
        kind: EntryKind,
        /// What was asked for.
        name: String,
    },
    /// pip, npm or hf is not there.
    #[error("{manager} is needed to get {name}, and was not found")]
    ManagerMissing {
        /// Which program.
        manager: Manager,
        /// What was asked for.
        name: String,
    },
    /// pip, npm or hf did not succeed.
    #[error("{manager} could not fetch the package of {name}; its last words:\n{said}")]
    ManagerFailed {
        /// Which program.
        manager: Manager,
        /// The last lines it wrote.
        said: String,
        /// What was asked for.
        name: String,
    },
    /// An address could not be read.
    #[error("cannot download it: {reason}: {url}")]
    Download {
        /// What went wrong.
        reason: String,
        /// The address.
        url: String,
    },
    /// The file is not the one that the registry names.
    #[error("wrong file: its SHA-256 is {found}, expected {expected}: {}", path.display())]
    WrongHash {
        /// What the registry says.
        expected: Sha256,
        /// What was found.
        found: Sha256,
        /// Which file.
        path: PathBuf,
    },
    /// The package does not hold the file.
    #[error("the package cannot be used: {reason}: {}", path.display())]
    Package {
        /// What is wrong.
        reason: String,
        /// The package.
        path: PathBuf,
    },
    /// The weight file is refused.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The weights are not those of the architecture.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// No architecture is known for the weights.
    #[error("no network is known for these weights: {}", path.display())]
    NoArchitecture {
        /// The weight file.
        path: PathBuf,
    },
    /// An ONNX or weight file needs preprocessing numbers.
    #[error("a bare model file does not say how photos are prepared for it: {}", path.display())]
    NoPreprocessing {
        /// The file.
        path: PathBuf,
    },
    /// The file, or what lies beside it, does not say what it takes to import it.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The network or its bundle is refused.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The bundle is refused.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

impl StoreError {
    /// Turns a failure of the file system into an error; for `map_err`.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| {
            if is_disk_full(&source) { Self::DiskFull { path } } else { Self::Io { action, source, path } }
        }
    }
}

impl StoreError {
    /// A file that could not be read; for `map_err`.
    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        Self::io("read the file", path)
    }
}

fn is_disk_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl RoomError for StoreError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { .. } | Self::DiskFull { .. } | Self::Download { .. } | Self::ManagerFailed { .. } => {
                ErrorKind::Io
            }
            Self::Weights(error) => error.kind(),
            Self::Model(error) => error.kind(),
            Self::Import(error) => error.kind(),
            Self::Bundle(error) => error.kind(),
            _ => ErrorKind::User,
        }
    }

    fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::NoHome => Hint::SetModelHome,
            Self::DiskFull { .. } => Hint::RoomForModels,
            Self::Unknown { known, name } => {
                Hint::ModelNames { meant: meant(name, known), known: known.clone() }
            }
            Self::NotInstalled { name } => Hint::PullModel { name: name.clone() },
            Self::NameTaken { name } => Hint::OtherModelName { name: name.clone() },
            Self::NotOurs { .. } => Hint::MoveAwayFromHome,
            Self::ForeignLibrary { .. } => Hint::MoveLibraryAway,
            Self::NotForThisMachine { kind: EntryKind::Runtime, .. } => Hint::OwnLibrary,
            Self::NotForThisMachine { .. } => Hint::OwnOnnxFile,
            Self::ManagerMissing { manager, name } => {
                Hint::InstallManager { manager: manager.to_string(), name: name.clone() }
            }
            Self::ManagerFailed { name, .. } => Hint::FetchElsewhere { name: name.clone() },
            Self::Download { .. } => Hint::CheckAddress,
            Self::WrongHash { .. } => Hint::RightFile,
            Self::NoArchitecture { .. } => Hint::AddAsOnnx,
            Self::NoPreprocessing { .. } => Hint::GivePreprocessing,
            Self::Model(error) => return error.hint(),
            Self::Import(error) => return error.hint(),
            Self::Bundle(error) => return error.hint(),
            _ => return None,
        })
    }
}

/// The name that was probably meant.
fn meant(name: &str, known: &[String]) -> Option<String> {
    let nearest = known.iter().min_by_key(|candidate| resight_core::edit_distance(name, candidate))?;
    (resight_core::edit_distance(name, nearest) <= 1 + name.len() / 3).then(|| nearest.clone())
}
