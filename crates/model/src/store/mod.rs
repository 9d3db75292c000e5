//! The model store: the folder that keeps bundles and runtimes, and how they get there.
//!
//! ```text
//! HOME/
//!   models/NAME/        one bundle each: bundle.toml, model.onnx, perhaps learnt.csv
//!   files/SHA256/FILE   the weight files that bundles were made of, as their packages hold them
//!   runtime/onnxruntime/VERSION/   the shared library
//!   .resight-store/     what resight works in: `lock`, held by the one process that changes the store; `pull-…`, a
//!                       pull at work, of which whatever a killed one left is removed by the next; `tried-…`,
//!                       networks that were tried and may be run; `hub-…`, a download of hf's, kept until it is done
//! ```
//!
//! Nothing appears under its final name before it is complete and checked. Readers need no lock. The home may be a
//! folder of the user's: what resight did not make in it is neither removed nor written over (see `ours.rs`).

mod add;
mod error;
mod event;
mod extract;
mod fetch;
mod hub;
mod importing;
mod install;
mod inventory;
mod lock;
mod ours;
mod pull;
#[cfg(test)]
mod tests;
mod tried;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use crate::bundle::Bundle;
use crate::registry::{Manager, Registry};
use crate::trial::TrialProgram;

pub use add::{AddRequest, AddSource};
pub use error::StoreError;
pub use event::PullEvent;
pub use hub::HubFiles;
pub use inventory::{Installed, Listed, Shown, Verified};
pub use pull::PullSource;

pub(crate) use extract::hash_file;
pub(crate) use install::is_weight_file;

/// The environment variable that names the folder of the store.
pub const HOME_VARIABLE: &str = "RESIGHT_HOME";

/// The model store in one folder.
#[derive(Debug, Clone)]
pub struct Store {
    home: PathBuf,
    registry: Registry,
    /// Where programs such as pip are looked for; `None`: where the system does.
    search_path: Option<OsString>,
    /// What tries networks from elsewhere; where there is none, they are not run.
    trial: Option<TrialProgram>,
}

impl Store {
    /// The store in this folder, which need not exist yet.
    pub fn open(home: &Path) -> Self {
        Self {
            home: home.to_path_buf(),
            registry: Registry::builtin().clone(),
            search_path: None,
            trial: None,
        }
    }

    /// The same store, which tries networks from elsewhere by this program. Without one it runs none but those that
    /// are part of the program, were written by it, or are known by their hash.
    #[must_use]
    pub fn with_trial(self, program: TrialProgram) -> Self {
        Self { trial: Some(program), ..self }
    }

    /// The user's own store: the folder that `RESIGHT_HOME` names, else `resight` in the platform's folder for
    /// application data.
    ///
    /// # Errors
    /// When neither the variable nor the user's home folder is known.
    pub fn open_default() -> Result<Self, StoreError> {
        Ok(Self::open(&default_home()?))
    }

    /// The folder of the store.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// What can be pulled by name.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// How the user's package manager is called on this machine; `None` where it was not found.
    pub fn package_manager(&self, manager: Manager) -> Option<String> {
        fetch::Packages { search_path: self.search_path.as_deref() }.found(manager)
    }

    /// Opens an installed bundle, by its name, by its id (`name@0123456789ab`), or by the path of a bundle.
    ///
    /// # Errors
    /// When it is not installed (the error says how to get it), another bundle is installed under that name,
    /// or it is damaged.
    pub fn find(&self, name: &str) -> Result<Bundle, StoreError> {
        let wanted = name.split('@').next().unwrap_or_default();
        if let Some(bundle) = self.by_id(name) {
            return Ok(bundle);
        }
        if is_name(wanted) && self.is_installed(wanted) {
            let bundle = self.open_installed(wanted)?;
            if name != wanted && bundle.id().as_str() != name {
                return Err(StoreError::OtherBundle {
                    found: bundle.id().to_string(),
                    wanted: name.to_owned(),
                });
            }
            return Ok(bundle);
        }
        let path = Path::new(name);
        if path.exists() && (path.components().count() > 1 || path.extension().is_some()) {
            return Ok(Bundle::open(path)?);
        }
        Err(self.not_installed(wanted))
    }

    /// The bundle of this id, under its name or under that and a number, as [`Store::keep_bundle`] puts it.
    fn by_id(&self, id: &str) -> Option<Bundle> {
        let (name, _) = id.split_once('@')?;
        let is_numbered =
            |rest: &str| rest.strip_prefix('-').is_some_and(|number| number.parse::<u32>().is_ok());
        let is_it = |folder: &String| {
            folder.strip_prefix(name).is_some_and(|rest| rest.is_empty() || is_numbered(rest))
        };
        let mut opened = self
            .installed_names()
            .into_iter()
            .filter(is_it)
            .filter_map(|folder| self.open_installed(&folder).ok());
        opened.find(|bundle| bundle.id().as_str() == id)
    }

    fn not_installed(&self, name: &str) -> StoreError {
        if self.registry.find(name).is_some() {
            StoreError::NotInstalled { name: name.to_owned() }
        } else {
            StoreError::Unknown { known: self.known_names(), name: name.to_owned() }
        }
    }

    /// Names that mean something here, sorted.
    fn known_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.registry.entries().iter().map(|entry| entry.name.clone()).collect();
        names.extend(self.installed_names());
        names.sort();
        names.dedup();
        names
    }

    fn models_folder(&self) -> PathBuf {
        self.home.join("models")
    }

    fn bundle_folder(&self, name: &str) -> PathBuf {
        self.models_folder().join(name)
    }

    fn files_folder(&self) -> PathBuf {
        self.home.join("files")
    }

    fn runtime_folder(&self, name: &str, version: &str) -> PathBuf {
        self.home.join("runtime").join(name).join(version)
    }
}

/// The folder of the user's own store: `RESIGHT_HOME`, else `resight` in the platform's folder for application
/// data (`~/.local/share`, `~/Library/Application Support`, `%APPDATA%`).
///
/// # Errors
/// When neither is known.
pub fn default_home() -> Result<PathBuf, StoreError> {
    if let Some(home) = std::env::var_os(HOME_VARIABLE).filter(|home| !home.is_empty()) {
        return Ok(PathBuf::from(home));
    }
    let platform = etcetera::base_strategy::choose_native_strategy().map_err(|_| StoreError::NoHome)?;
    Ok(platform.data_dir().join("resight"))
}

/// Whether a text can be the name of a bundle: safe as the name of a folder.
fn is_name(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    !text.is_empty() && !text.starts_with(['-', '.']) && text.bytes().all(is_plain)
}
