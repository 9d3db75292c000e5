//! Where the ONNX Runtime library may lie on this computer, and on what grounds it is loaded.
//!
//! A library is code. It is loaded where the user names its file, or where it is the very file that the registry names
//! by its hash; not because a file of its name lies somewhere.

use std::path::{Path, PathBuf};

use resight_files::refuse_if_strangers_can_write;

use crate::registry::{EntryKind, Registry, Sha256, Target};
use crate::store::hash_file;

/// The environment variables that name the library, first one first.
const VARIABLES: [&str; 2] = ["RESIGHT_ONNXRUNTIME", "ORT_DYLIB_PATH"];

/// Name of the registry's entry for the library.
const ENTRY: &str = "onnxruntime";

/// A library file and how it came to be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Located {
    /// The library file.
    pub(super) path: PathBuf,
    /// Where it was found, in words.
    pub(super) place: String,
    /// Why it may be loaded.
    pub(super) grounds: Grounds,
}

/// On what grounds a library is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grounds {
    /// The user named the file.
    Named,
    /// It has the hash that the registry gives for this machine.
    Pinned,
}

impl Located {
    /// The file to load, free of links, after a look at who can change it and, where nobody named it, at its hash.
    ///
    /// # Errors
    /// Why it is not loaded, in words.
    pub(super) fn checked(&self) -> Result<PathBuf, String> {
        if !self.path.is_file() {
            return Err("there is no such file".to_owned());
        }
        let path = self.path.canonicalize().map_err(|error| error.to_string())?;
        refuse_if_strangers_can_write(&path).map_err(|error| error.to_string())?;
        match self.grounds {
            Grounds::Named => Ok(path),
            Grounds::Pinned => match hash_file(&path) {
                Ok(found) if pinned_hashes().any(|pinned| pinned == found) => Ok(path),
                Ok(_) => Err("it is not the library that this program knows by its hash, and nobody named it as one to \
                              trust"
                    .to_owned()),
                Err(error) => Err(error.to_string()),
            },
        }
    }
}

/// All places that hold an ONNX Runtime library, best first.
pub(super) fn candidates(home: Option<&Path>) -> impl Iterator<Item = Located> {
    let home = home.map(Path::to_path_buf);
    from_environment().chain(home.into_iter().filter_map(|home| in_store(&home))).chain(beside_the_program())
}

fn from_environment() -> impl Iterator<Item = Located> {
    VARIABLES.into_iter().filter_map(|variable| {
        let given = PathBuf::from(std::env::var_os(variable).filter(|value| !value.is_empty())?);
        let path = if given.is_dir() { newest_library(&given).unwrap_or(given) } else { given };
        let place = format!("environment variable {variable}");
        Some(Located { path, place, grounds: Grounds::Named })
    })
}

/// The file in the model store that the registry names.
fn in_store(home: &Path) -> Option<Located> {
    let artifact = Registry::builtin().find(ENTRY)?.artifact_for(&Target::here())?;
    let folder = home.join("runtime").join(ENTRY).join(&artifact.version);
    let path = folder.join(artifact.file_name());
    path.is_file().then(|| Located { path, place: "model store".to_owned(), grounds: Grounds::Pinned })
}

fn beside_the_program() -> Option<Located> {
    let program = std::env::current_exe().ok()?;
    let folder = program.parent()?;
    let path = newest_library(folder).or_else(|| newest_library(&folder.join("lib")))?;
    Some(Located { path, place: "beside the program".to_owned(), grounds: Grounds::Pinned })
}

/// The hashes of the libraries for this machine.
fn pinned_hashes() -> impl Iterator<Item = Sha256> {
    let here = Target::here();
    let runtimes = Registry::builtin().entries().iter().filter(|entry| entry.kind == EntryKind::Runtime);
    runtimes.filter_map(move |entry| entry.artifact_for(&here)?.sha256)
}

/// The ONNX Runtime library of a folder; where there are several, the newest.
fn newest_library(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?;
    let names = entries.filter_map(Result::ok).map(|entry| entry.path());
    names.filter(|path| path.is_file() && is_library_name(path)).max_by_key(|path| version_key(path))
}

fn is_library_name(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if cfg!(windows) {
        name.eq_ignore_ascii_case("onnxruntime.dll")
    } else if cfg!(target_os = "macos") {
        name.starts_with("libonnxruntime.") && name.ends_with(".dylib")
    } else {
        name == "libonnxruntime.so" || name.starts_with("libonnxruntime.so.")
    }
}

/// The numbers in a file name, for ordering versions: 1.9 before 1.10.
fn version_key(path: &Path) -> Vec<u64> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library_name(version: &str) -> String {
        if cfg!(windows) {
            "onnxruntime.dll".to_owned()
        } else if cfg!(target_os = "macos") {
            format!("libonnxruntime.{version}.dylib")
        } else {
            format!("libonnxruntime.so.{version}")
        }
    }

    #[test]
    fn of_several_libraries_in_a_folder_the_newest_is_meant() {
        let folder = tempfile::tempdir().unwrap();
        for version in ["1.9.0", "1.22.1", "1.10.0"] {
            std::fs::write(folder.path().join(library_name(version)), b"").unwrap();
        }
        assert_eq!(newest_library(folder.path()), Some(folder.path().join(library_name("1.22.1"))));
    }

    #[test]
    fn other_libraries_are_not_taken_for_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("libonnxruntime_providers_shared.so"), b"").unwrap();
        std::fs::write(folder.path().join("notes.txt"), b"").unwrap();
        assert_eq!(newest_library(folder.path()), None);
    }

    #[test]
    fn a_library_in_the_store_is_loaded_by_its_hash_alone() {
        let Some(artifact) = Registry::builtin().find(ENTRY).unwrap().artifact_for(&Target::here()) else {
            return;
        };
        let home = tempfile::tempdir().unwrap();
        assert_eq!(in_store(home.path()), None);
        let folder = home.path().join("runtime/onnxruntime").join(&artifact.version);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(artifact.file_name()), b"of a stranger").unwrap();
        let located = in_store(home.path()).unwrap();
        assert!(located.checked().unwrap_err().contains("by its hash"));
        assert!(Located { grounds: Grounds::Named, ..located }.checked().is_ok(), "the user's word");
        let other = home.path().join("runtime/onnxruntime/99.0.0");
        std::fs::create_dir(&other).unwrap();
        std::fs::write(other.join(library_name("99.0.0")), b"newer").unwrap();
        assert!(in_store(home.path()).unwrap().path.starts_with(folder), "no other version is looked for");
    }

    #[cfg(unix)]
    #[test]
    fn even_a_named_library_is_refused_where_strangers_can_write() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(library_name("1.22.0"));
        std::fs::write(&path, b"").unwrap();
        let located = Located { path, place: String::new(), grounds: Grounds::Named };
        for (mode, is_fine) in [(0o755, true), (0o777, false), (0o775, false)] {
            std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            let checked = located.checked();
            assert_eq!(checked.is_ok(), is_fine, "{mode:o}: {checked:?}");
        }
    }
}
