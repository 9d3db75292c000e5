//! What is installed, what could be, and whether it is intact.

use std::fs;
use std::path::{Path, PathBuf};

use resight_core::BundleId;
use resight_files::refuse_if_strangers_can_write;

use super::event::PullEvent;
use super::ours::{BUNDLE_FILES, MARK, MARK_FILE, take_away};
use super::pull::is_earlier;
use super::{Store, StoreError, extract, is_name};
use crate::bundle::{Bundle, Manifest};
use crate::registry::{Artifact, Entry, EntryKind, Sha256, Target};

/// Something that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The folder of the bundle, or the library file.
    pub path: PathBuf,
    /// The id of the bundle; `None` for a library.
    pub bundle: Option<BundleId>,
    /// Size of the network or library, in bytes.
    pub bytes: u64,
}

impl Installed {
    pub(super) fn bundle(bundle: &Bundle, folder: PathBuf) -> Self {
        Self { path: folder, bundle: Some(bundle.id().clone()), bytes: bundle.model_bytes().len() as u64 }
    }

    pub(super) fn library(path: PathBuf, bytes: u64) -> Self {
        Self { path, bundle: None, bytes }
    }
}

/// One row of `resight models list`.
#[derive(Debug)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// What it is; `None` for an added bundle that is too damaged to say.
    pub kind: Option<EntryKind>,
    /// One line on what it is.
    pub summary: String,
    /// Its licence.
    pub licence: String,
    /// Whether `pull` knows it; `false` for one that the user added.
    pub in_registry: bool,
    /// `Ok(Some)` where it is installed, `Ok(None)` where not, `Err` where it is damaged.
    pub installed: Result<Option<Installed>, StoreError>,
}

/// All that `resight models show` tells.
#[derive(Debug)]
pub struct Shown {
    /// What the registry says, where it knows the name.
    pub entry: Option<Entry>,
    /// The file for this machine, where the registry has one.
    pub artifact: Option<Artifact>,
    /// What the installed bundle says, with its id.
    pub bundle: Option<(BundleId, Manifest)>,
    /// Where it is installed.
    pub installed: Option<Installed>,
}

/// What `resight models verify` found of one file or bundle.
#[derive(Debug)]
pub struct Verified {
    /// What was checked.
    pub path: PathBuf,
    /// Why it is not in order; `None` where it is.
    pub problem: Option<StoreError>,
}

impl Store {
    /// Everything that can be pulled, in the order of the registry, then what the user added, by name.
    pub fn list(&self) -> Vec<Listed> {
        let known = self.registry.entries().iter().map(|entry| self.listed_entry(entry));
        let added = self.installed_names().into_iter().filter(|name| self.registry.find(name).is_none());
        known.chain(added.map(|name| self.listed_addition(name))).collect()
    }

    fn listed_entry(&self, entry: &Entry) -> Listed {
        Listed {
            name: entry.name.clone(),
            kind: Some(entry.kind),
            summary: entry.summary.clone(),
            licence: entry.licence.clone(),
            in_registry: true,
            installed: self.installed(entry),
        }
    }

    fn listed_addition(&self, name: String) -> Listed {
        let folder = self.bundle_folder(&name);
        let opened = self.open_installed(&name);
        let manifest = opened.as_ref().ok().map(|bundle| bundle.manifest().clone());
        Listed {
            kind: manifest.as_ref().map(|manifest| EntryKind::of(manifest.purpose)),
            summary: manifest.as_ref().map(summary).unwrap_or_default(),
            licence: manifest.map(|manifest| manifest.licence).unwrap_or_default(),
            in_registry: false,
            installed: opened.map(|bundle| Some(Installed::bundle(&bundle, folder))),
            name,
        }
    }

    /// What an entry has given so far. A bundle's checksums are compared, a library's size is.
    fn installed(&self, entry: &Entry) -> Result<Option<Installed>, StoreError> {
        if entry.kind == EntryKind::Runtime {
            let library =
                entry.artifact_for(&Target::here()).and_then(|artifact| self.kept_file(entry, artifact));
            let there = library.and_then(|path| Some((fs::metadata(&path).ok()?.len(), path)));
            return Ok(there.map(|(bytes, path)| Installed::library(path, bytes)));
        }
        if !self.is_installed(&entry.name) {
            return Ok(None);
        }
        let bundle = self.open_installed(&entry.name)?;
        Ok(Some(Installed::bundle(&bundle, self.bundle_folder(&entry.name))))
    }

    /// What an entry has given, where it is there and intact.
    pub(super) fn installed_intact(&self, entry: &Entry, artifact: &Artifact) -> Option<Installed> {
        let installed = self.installed(entry).ok().flatten()?;
        let is_library = entry.kind == EntryKind::Runtime;
        let intact = !is_library
            || extract::hash_file(&installed.path).is_ok_and(|found| artifact.sha256 == Some(found));
        intact.then_some(installed)
    }

    /// Tells all there is to know of a name.
    ///
    /// # Errors
    /// When nothing is known by this name, or what is installed is damaged.
    pub fn show(&self, name: &str) -> Result<Shown, StoreError> {
        let entry = self.registry.find(name).cloned();
        let artifact = entry.as_ref().and_then(|entry| entry.artifact_for(&Target::here()).cloned());
        if let Some(entry) = entry.as_ref().filter(|entry| entry.kind == EntryKind::Runtime) {
            let installed = self.installed(entry)?;
            return Ok(Shown { artifact, bundle: None, installed, entry: Some(entry.clone()) });
        }
        match self.find(name) {
            Ok(bundle) => {
                let folder = bundle.path().unwrap_or(&self.home).to_path_buf();
                let installed = Some(Installed::bundle(&bundle, folder));
                let bundle = Some((bundle.id().clone(), bundle.manifest().clone()));
                Ok(Shown { entry, artifact, bundle, installed })
            }
            Err(StoreError::NotInstalled { .. }) => {
                Ok(Shown { entry, artifact, bundle: None, installed: None })
            }
            Err(error) => Err(error),
        }
    }

    /// Reads everything in the store again and compares hashes.
    pub fn verify(&self) -> Vec<Verified> {
        let bundles = self.installed_names().into_iter().map(|name| {
            let path = self.bundle_folder(&name);
            let problem = self.open_installed(&name).err();
            Verified { path, problem }
        });
        let files = subfolders(&self.files_folder()).into_iter().flat_map(|folder| verify_files(&folder));
        let runtimes = self.registry.entries().iter().filter(|entry| entry.kind == EntryKind::Runtime);
        let libraries = runtimes.flat_map(|entry| self.verify_libraries(entry));
        bundles.chain(files).chain(libraries).collect()
    }

    /// All files in the folders of a runtime: the one that the registry names, with its hash, and any other, which
    /// is foreign.
    fn verify_libraries(&self, entry: &Entry) -> Vec<Verified> {
        let pinned = entry.artifact_for(&Target::here());
        let pinned = pinned.and_then(|artifact| Some((self.kept_file(entry, artifact)?, artifact.sha256?)));
        let versions = subfolders(&self.home.join("runtime").join(&entry.name));
        let paths = versions.iter().flat_map(|folder| files_of(folder));
        paths
            .map(|path| match &pinned {
                Some((kept, expected)) if *kept == path => verify_library(path, *expected),
                _ => Verified { problem: Some(StoreError::ForeignLibrary { path: path.clone() }), path },
            })
            .collect()
    }

    /// Removes a bundle or a pulled runtime; the weight file that the registry names for it as well.
    ///
    /// # Errors
    /// When nothing of this name is installed, or it cannot be removed.
    pub fn remove(&self, name: &str, tell: &mut dyn FnMut(PullEvent)) -> Result<(), StoreError> {
        let bundle = (is_name(name) && self.is_installed(name)).then(|| self.bundle_folder(name));
        let kept = self.kept_of(name);
        if bundle.is_none() && kept.is_none() {
            return Err(self.not_installed(name));
        }
        let lock = self.lock(tell)?;
        let workplace = self.workplace(&lock)?;
        if let Some(folder) = bundle {
            if !self.is_own_bundle(name) {
                return Err(StoreError::NotOurs { path: folder });
            }
            take_away(&folder, &BUNDLE_FILES, workplace.path(), 0)
                .map_err(StoreError::io("remove the folder", &folder))?;
        }
        if let Some((entry, artifact, kept)) = kept {
            let folder = kept.parent().unwrap_or(&self.home);
            if !MARK.is_on(folder) && !is_earlier(entry, artifact, &kept) {
                return Err(StoreError::NotOurs { path: kept });
            }
            take_away(folder, &[artifact.file_name()], workplace.path(), 1)
                .map_err(StoreError::io("remove the folder", folder))?;
        }
        Ok(())
    }

    /// The file that is kept for a name of the registry, where it is there.
    fn kept_of(&self, name: &str) -> Option<(&Entry, &Artifact, PathBuf)> {
        let entry = self.registry.find(name)?;
        let artifact = entry.artifact_for(&Target::here())?;
        let kept = self.kept_file(entry, artifact)?;
        fs::symlink_metadata(&kept).is_ok_and(|found| found.is_file()).then_some((entry, artifact, kept))
    }

    /// Names of the bundle folders, sorted.
    pub(super) fn installed_names(&self) -> Vec<String> {
        let folders = subfolders(&self.models_folder());
        let names = folders.iter().filter_map(|folder| folder.file_name()?.to_str());
        names.filter(|name| is_name(name) && self.is_installed(name)).map(str::to_owned).collect()
    }
}

/// One line on a bundle that the registry does not know.
fn summary(manifest: &Manifest) -> String {
    let first_line = manifest.card.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let size = format!("{}×{} px", manifest.preprocess.width, manifest.preprocess.height);
    format!("{size}, {} numbers; {first_line}", manifest.dimension).trim_end_matches("; ").to_owned()
}

/// The files of `files/SHA256/`.
fn verify_files(folder: &Path) -> Vec<Verified> {
    let expected = folder.file_name().and_then(|name| name.to_str()?.parse::<Sha256>().ok());
    let Some(expected) = expected else { return Vec::new() };
    files_of(folder).into_iter().map(|path| verify_file(path, expected)).collect()
}

/// All that is in a folder but its mark, sorted.
fn files_of(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut paths: Vec<PathBuf> =
        entries.filter(|entry| entry.file_name() != MARK_FILE).map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// A library is code: besides its hash, nobody else may be able to change it.
fn verify_library(path: PathBuf, expected: Sha256) -> Verified {
    let verified = verify_file(path, expected);
    let strangers = || {
        let path = verified.path.canonicalize()?;
        refuse_if_strangers_can_write(&path)
    };
    let problem = match verified.problem {
        None => strangers().map_err(StoreError::io("trust the library", &verified.path)).err(),
        some => some,
    };
    Verified { path: verified.path, problem }
}

fn verify_file(path: PathBuf, expected: Sha256) -> Verified {
    let problem = match extract::hash_file(&path).map_err(StoreError::io("read the file", &path)) {
        Ok(found) if found == expected => None,
        Ok(found) => Some(StoreError::WrongHash { expected, found, path: path.clone() }),
        Err(error) => Some(error),
    };
    Verified { path, problem }
}

/// The folders in a folder, sorted, links to folders left out; none where it does not exist.
fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let mut folders: Vec<PathBuf> = folders.map(|entry| entry.path()).collect();
    folders.sort();
    folders
}
