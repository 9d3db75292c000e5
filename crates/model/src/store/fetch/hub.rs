//! Lets the user's own `hf` download files of a model on the hub. Who the user is there, and what they may have, is
//! that program's business.

use std::fs;
use std::path::Path;

use super::Packages;
use super::package::failure;
use crate::registry::{HubName, Manager};
use crate::store::StoreError;
use crate::store::event::PullEvent;

/// Ways to call the hub's program, the newer first.
pub(super) const WAYS: [(&str, &[&str]); 2] = [("hf", &[]), ("huggingface-cli", &[])];

/// The revision that is taken where none is asked for.
const NEWEST: &str = "main";

/// What is always there to be asked for beside another file: of one file the program says that it is not there, of
/// several it brings those that are.
const README: &str = "README.md";

impl Packages<'_> {
    /// Downloads those of the files that the model has into `folder`; what is there already is not fetched again.
    /// A file may be a pattern such as `*.safetensors`.
    pub(in crate::store) fn fetch_from_hub(
        &self,
        hub: &HubName,
        files: &[&str],
        folder: &Path,
        tell: &mut dyn FnMut(PullEvent),
    ) -> Result<(), StoreError> {
        let folder = &std::path::absolute(folder).map_err(StoreError::io("find the folder", folder))?;
        let arrived = folder.join("package");
        fs::create_dir_all(&arrived).map_err(StoreError::io("make a folder", &arrived))?;
        let name = hub.to_string();
        let program = self.manager(Manager::Hf, &name, folder)?;
        let mut asked = vec![README];
        asked.extend(files);
        let revision = hub.revision().unwrap_or(NEWEST);
        let arguments = arguments(&hub.repository(), revision, &asked, &arrived);
        tell(PullEvent::Asking { command: program.shown(&arguments) });
        let finished = program.run(&arguments, folder, None, tell)?;
        if finished.succeeded { Ok(()) } else { Err(failure(Manager::Hf, finished, folder, &name)) }
    }
}

/// What the program is told; the names were checked when they were read.
pub(super) fn arguments(repository: &str, revision: &str, files: &[&str], to: &Path) -> Vec<String> {
    let mut arguments = vec!["download".to_owned(), repository.to_owned()];
    arguments.extend(files.iter().map(|file| (*file).to_owned()));
    arguments.extend(["--revision".to_owned(), revision.to_owned()]);
    arguments.extend(["--local-dir".to_owned(), to.display().to_string(), "--quiet".to_owned()]);
    arguments
}
