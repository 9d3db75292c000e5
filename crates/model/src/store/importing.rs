//! `resight models import`: from a file or a model on the hub to a plan, and from the plan to a bundle.

use std::io::Write as _;
use std::path::Path;

use resight_files::create_own;

use super::add::{AddRequest, AddSource};
use super::event::PullEvent;
use super::inventory::Installed;
use super::{Store, StoreError, extract};
use crate::bundle::BundleError;
use crate::import::{Given, ImportPlan, ImportSource, ImportWishes, Source, plan, weights_in};
use crate::onnx::join_boxes;
use crate::registry::HubName;
use crate::runtime::ModelError;

/// The largest ONNX file whose outputs are joined, in bytes.
const MAX_JOINED: u64 = 1 << 31;

impl Store {
    /// Finds out what it takes to import a network: reads the file and what lies beside it, asks for what nobody says.
    /// A model on the hub is downloaded first. Nothing is installed yet.
    ///
    /// # Errors
    /// When the download fails, the file is refused or belongs to no known network, or something must be said; each
    /// says what to do.
    pub fn plan_import(
        &self,
        source: &ImportSource,
        wishes: &ImportWishes,
        tell: &mut dyn FnMut(PullEvent),
    ) -> Result<ImportPlan, StoreError> {
        match source {
            ImportSource::Path(path) => {
                let file = weights_in(path, wishes.file.as_deref())?;
                self.plan_of_file(&file, None, wishes)
            }
            ImportSource::Hub(hub) => {
                let files = self.fetch_from_hub(hub, wishes.file.as_deref(), tell)?;
                self.plan_of_file(&files.weights, Some(hub), wishes)
            }
        }
    }

    /// As [`Store::plan_import`], for a file that is there; `hub` is where it came from.
    ///
    /// # Errors
    /// As for [`Store::plan_import`].
    pub fn plan_of_file(
        &self,
        file: &Path,
        hub: Option<&HubName>,
        wishes: &ImportWishes,
    ) -> Result<ImportPlan, StoreError> {
        let bytes = std::fs::metadata(file).map_err(StoreError::io("read the file", file))?.len();
        let sha256 = extract::hash_file(file).map_err(StoreError::io("read the file", file))?;
        let known = self.known_by_hash(sha256).and_then(|name| self.registry.find(name));
        let known = known.map(|entry| (entry.name.as_str(), entry.licence.as_str()));
        let mut plan = plan(&Given { file, bytes, sha256, known, hub, wishes })?;
        if plan.name.from == Source::Place {
            plan.name.value = self.free_name(&plan.name.value);
        }
        Ok(plan)
    }

    /// Carries out a plan. The file must still be the one that was looked at.
    ///
    /// # Errors
    /// As for [`Store::add`].
    pub fn import(
        &self,
        plan: &ImportPlan,
        tell: &mut dyn FnMut(PullEvent),
    ) -> Result<Installed, StoreError> {
        let made = tempfile::tempdir().map_err(StoreError::io("make a folder", Path::new("")))?;
        let (path, sha256) = match &plan.parts {
            None => (plan.file.clone(), Some(plan.sha256)),
            Some(_) => (joined(plan, made.path())?, None),
        };
        let manifest = Some(plan.manifest_input());
        let installed = self.add(&AddRequest { source: AddSource::Path(path), manifest, sha256 }, tell)?;
        if let Some(hub) = &plan.hub {
            self.remove_hub_folder(hub, &self.lock(tell)?);
        }
        Ok(installed)
    }

    /// The name, or where it is taken, that and a number.
    fn free_name(&self, name: &str) -> String {
        let names = (2..).map(|number| format!("{name}-{number}"));
        let mut names = std::iter::once(name.to_owned()).chain(names);
        names.find(|name| self.check_new_name(name).is_ok()).unwrap_or_else(|| name.to_owned())
    }
}

/// The network with its boxes in one output, as a file in `folder`.
fn joined(plan: &ImportPlan, folder: &Path) -> Result<std::path::PathBuf, StoreError> {
    let file = &plan.file;
    let bytes = resight_files::read_plain(file, MAX_JOINED).map_err(StoreError::read(file))?;
    let found = extract::hash_bytes(&bytes);
    if found != plan.sha256 {
        return Err(StoreError::WrongHash { expected: plan.sha256, found, path: file.clone() });
    }
    let Some(parts) = &plan.parts else { return Ok(file.clone()) };
    let refuse = |source| ModelError::from(BundleError::Onnx { source, path: file.clone() });
    let made = join_boxes(&bytes, parts, plan.preprocess.size.value).map_err(refuse)?;
    let path = folder.join("joined.onnx");
    let failed = || StoreError::io("write the network", &path);
    create_own(&path).and_then(|mut out| out.write_all(&made)).map_err(failed())?;
    Ok(path)
}
