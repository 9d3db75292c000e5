//! Where the ONNX Runtime library may lie on this computer.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The environment variables that name the library, first one first.
const VARIABLES: [&str; 2] = ["RESIGHT_ONNXRUNTIME", "ORT_DYLIB_PATH"];

/// How long the Python interpreter may take to answer.
const PYTHON_PATIENCE: Duration = Duration::from_secs(3);

/// Asks Python where the package lies, without importing it. Entries of the module path that mean "the
/// current folder" are dropped first, so that a folder of photos cannot pass for a package.
const PYTHON_QUESTION: &str = "import sys\n\
sys.path = [p for p in sys.path if p not in ('', '.')]\n\
import importlib.util as u\n\
s = u.find_spec('onnxruntime')\n\
print(next(iter(s.submodule_search_locations), '') if s and s.submodule_search_locations else '')";

/// A library file and how it came to be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Located {
    /// The library file.
    pub(super) path: PathBuf,
    /// Where it was found, in words.
    pub(super) place: String,
}

/// All places that hold an ONNX Runtime library, best first. Lazy: the Python interpreter is only asked
/// when nothing before it served.
pub(super) fn candidates(home: Option<&Path>) -> impl Iterator<Item = Located> {
    let home = home.map(Path::to_path_buf);
    from_environment()
        .chain(home.into_iter().flat_map(|home| in_store(&home)))
        .chain(beside_the_program())
        .chain(std::iter::once_with(in_python_package).flatten())
}

fn from_environment() -> impl Iterator<Item = Located> {
    VARIABLES.into_iter().filter_map(|variable| {
        let given = PathBuf::from(std::env::var_os(variable).filter(|value| !value.is_empty())?);
        let path = if given.is_dir() { newest_library(&given).unwrap_or(given) } else { given };
        Some(Located { path, place: format!("environment variable {variable}") })
    })
}

/// `runtime/onnxruntime/<version>/` in the model store, newest version first.
fn in_store(home: &Path) -> Vec<Located> {
    let mut versions = subfolders(&home.join("runtime").join("onnxruntime"));
    versions.sort_by_key(|folder| std::cmp::Reverse(version_key(folder)));
    let found = versions.iter().filter_map(|folder| newest_library(folder));
    found.map(|path| Located { path, place: "model store".to_owned() }).collect()
}

fn beside_the_program() -> impl Iterator<Item = Located> {
    let folder = std::env::current_exe().ok().and_then(|program| program.parent().map(Path::to_path_buf));
    let found =
        folder.and_then(|folder| newest_library(&folder).or_else(|| newest_library(&folder.join("lib"))));
    found.map(|path| Located { path, place: "beside the program".to_owned() }).into_iter()
}

fn in_python_package() -> Option<Located> {
    let interpreters = if cfg!(windows) { ["python", "py"] } else { ["python3", "python"] };
    // The first one that runs is the user's Python; asking the others too would only cost time.
    let answer = interpreters.into_iter().find_map(ask_python)?;
    let package = Path::new(answer.trim_end_matches(['\r', '\n']));
    let path = package.is_absolute().then(|| newest_library(&package.join("capi")))??;
    Some(Located { path, place: "installed Python package onnxruntime".to_owned() })
}

/// What one interpreter answers: the folder of its `onnxruntime` package, or an empty line. `None` where the
/// interpreter does not run.
fn ask_python(interpreter: &str) -> Option<String> {
    let mut child = Command::new(interpreter)
        .args(["-c", PYTHON_QUESTION])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let start = Instant::now();
    while child.try_wait().ok()?.is_none() {
        if start.elapsed() > PYTHON_PATIENCE {
            child.kill().ok();
            child.wait().ok();
            return None;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let output = child.wait_with_output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).ok())?
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

fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
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
    fn the_store_gives_the_newest_version_first() {
        let home = tempfile::tempdir().unwrap();
        for version in ["1.9.0", "1.22.1", "1.10.0"] {
            let folder = home.path().join("runtime/onnxruntime").join(version);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(library_name(version)), b"").unwrap();
        }
        let found = in_store(home.path());
        let folders: Vec<_> =
            found.iter().map(|located| located.path.parent().unwrap().file_name().unwrap()).collect();
        assert_eq!(folders, ["1.22.1", "1.10.0", "1.9.0"]);
    }

    #[test]
    fn other_libraries_are_not_taken_for_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("libonnxruntime_providers_shared.so"), b"").unwrap();
        std::fs::write(folder.path().join("notes.txt"), b"").unwrap();
        assert_eq!(newest_library(folder.path()), None);
    }
}
