//! Tests of the store, with programs and packages made on the spot.

mod adding;
mod homes;
mod importing;
mod pulling;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use resight_core::RoomError as _;
use sha2::Digest as _;
use tempfile::TempDir;

use super::event::PullEvent;
use super::{PullSource, Store};
use crate::registry::{Registry, Sha256};

/// What stands for a shared library in these tests.
const LIBRARY: &[u8] = b"not really a library, but four dozen bytes of one";

/// A store with a registry of its own, and a folder of programs that stand for pip and npm.
struct Bench {
    folder: TempDir,
    store: Store,
}

impl Bench {
    /// Knows one runtime, `lib`, whose package is fetched by `manager`.
    fn new(manager: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hash = Sha256(sha2::Sha256::digest(LIBRARY).into());
        let text = format!(
            "format_version = 1\n[[entry]]\nname = \"lib\"\nkind = \"runtime\"\nsummary = \"\"\nlicence = \"MIT\"\n\
             origin = \"\"\ncard = \"\"\n[[entry.artifact]]\nmanager = \"{manager}\"\npackage = \"library\"\n\
             version = \"1.0\"\npackage_bytes = 100\nmember = \"inside/lib.so\"\nsha256 = \"{hash}\"\nbytes = {}\n",
            LIBRARY.len()
        );
        std::fs::create_dir(folder.path().join("programs")).unwrap();
        let store = Store {
            home: folder.path().join("home"),
            registry: Registry::parse(&text).unwrap(),
            search_path: Some(OsString::from(folder.path().join("programs"))),
            trial: None,
        };
        Self { folder, store }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn installed_library(&self) -> PathBuf {
        self.store.home().join("runtime/lib/1.0/lib.so")
    }

    /// Pulls `lib`; returns the answer, or the error with its hint, and all events.
    fn pull(&self, source: &PullSource) -> (Result<PathBuf, String>, Vec<PullEvent>) {
        let (pulled, mut events) = self.pull_and_wait(source);
        // Other tests start programs: until those run, they hold a copy of the lock that was just given back.
        events.retain(|event| *event != PullEvent::Waiting);
        (pulled, events)
    }

    /// As [`Bench::pull`], with the waits for the lock among the events.
    fn pull_and_wait(&self, source: &PullSource) -> (Result<PathBuf, String>, Vec<PullEvent>) {
        let mut events = Vec::new();
        let pulled = self.store.pull("lib", source, &mut |event| events.push(event));
        (
            pulled.map(|installed| installed.path).map_err(|error| format!("{error}; {:?}", error.hint())),
            events,
        )
    }

    /// Nothing is left to work on, and nothing but `expected` (relative paths) is in the store.
    fn assert_holds(&self, expected: &[&str]) {
        let mut files = Vec::new();
        collect_files(self.store.home(), &mut files);
        let mut names: Vec<String> = files
            .iter()
            .map(|path| path.strip_prefix(self.store.home()).unwrap().to_string_lossy().replace('\\', "/"))
            .filter(|name| !name.starts_with(".resight-store/") && !name.ends_with("/.resight"))
            .collect();
        names.sort();
        assert_eq!(names, expected);
    }
}

fn collect_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
        if entry.path().is_dir() { collect_files(&entry.path(), files) } else { files.push(entry.path()) }
    }
}

/// A wheel (a zip archive) with one member beside others.
fn wheel(member: &str, contents: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in [("../escape.py", &b"evil"[..]), (member, contents), ("METADATA", &b"Name: x"[..])] {
        zip.start_file(name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A `.tgz` with one member beside others.
fn tgz(member: &str, contents: &[u8]) -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    for (name, bytes) in [("package.json", &b"{}"[..]), (member, contents)] {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, bytes).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}
