//! What the compiler does not check: who imports whom, and the order of the house.

mod dependencies;
mod files;
mod reach;
mod repository;
mod rooms;
mod words;

use std::fmt;

use anyhow::Context;

use repository::Repository;

/// One thing that is not as the house has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fault {
    /// The file, below the root.
    path: String,
    /// What is wrong, with a hint.
    what: String,
}

impl Fault {
    fn new(path: &str, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), what: what.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.what)
    }
}

/// Looks at all tracked files of the repository that this program was built in.
pub(crate) fn tidy() -> anyhow::Result<Vec<Fault>> {
    let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = manifest.parent().context("the workspace is above xtask")?;
    let repository = Repository::tracked(root)?;
    let mut faults = files::check(&repository);
    let table = repository.text("ARCHITECTURE.md").context("ARCHITECTURE.md is not there")?;
    let manifests = rooms::manifests(&repository)?;
    faults.extend(rooms::check(table, &manifests));
    faults.extend(reach::check(root, &manifests)?);
    faults.extend(dependencies::check(&repository)?);
    faults.extend(words::check(&repository));
    faults.sort();
    Ok(faults)
}
