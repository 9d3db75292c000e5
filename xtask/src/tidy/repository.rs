//! The tracked files.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

/// One tracked file.
#[derive(Debug, Clone)]
pub(super) struct TrackedFile {
    /// Size in bytes.
    pub(super) bytes: u64,
    /// Its text; `None` where it is no UTF-8.
    pub(super) text: Option<String>,
}

/// All tracked files by their paths below the root, with `/`.
#[derive(Debug, Clone, Default)]
pub(super) struct Repository(pub(super) BTreeMap<String, TrackedFile>);

impl Repository {
    /// Reads what git tracks; files that are deleted but not yet committed as such are passed over.
    pub(super) fn tracked(root: &Path) -> anyhow::Result<Self> {
        let output = Command::new("git")
            .args(["ls-files", "-z"])
            .current_dir(root)
            .output()
            .context("git is not there")?;
        if !output.status.success() {
            bail!("git ls-files failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let names = String::from_utf8(output.stdout).context("a tracked file has a name that is no UTF-8")?;
        let mut files = BTreeMap::new();
        for name in names.split('\0').filter(|name| !name.is_empty()) {
            if let Ok(bytes) = std::fs::read(root.join(name)) {
                let size = bytes.len() as u64;
                files.insert(
                    name.to_owned(),
                    TrackedFile { bytes: size, text: String::from_utf8(bytes).ok() },
                );
            }
        }
        Ok(Self(files))
    }

    /// The text of one file.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path)?.text.as_deref()
    }

    /// All files that are text.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(path, file)| Some((path.as_str(), file.text.as_deref()?)))
    }

    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let file = |text: &str| TrackedFile { bytes: text.len() as u64, text: Some(text.to_owned()) };
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), file(text))).collect())
    }
}
