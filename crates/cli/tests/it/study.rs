//! A catalog of made-up animals, and the program beside it.

use std::path::PathBuf;
use std::process::Output;

use assert_cmd::Command;
use resight_testkit::animals::{write_photo, write_study};
use resight_testkit::bundles::{PROJECTION, install_projection_bundle};
use serde_json::Value;
use tempfile::TempDir;

/// A recipe that is learnt in a moment from the study.
pub(crate) const RECIPE: &str = "\
name = \"quick\"
depth = \"head\"
trunk.bundle = \"projection\"
neck.dimension = 32
views.count = 2
schedule = { epochs = 3, batch = 16 }
optimizer = { rate = 0.003 }
validation = { background = false }
";

/// A folder with a model store, a study and, once made, a catalog called `zebras`.
pub(crate) struct World {
    pub(crate) folder: TempDir,
}

impl World {
    /// The store and the study alone.
    pub(crate) fn without_catalog(individuals: u64, meetings: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        install_projection_bundle(&folder.path().join("home"));
        write_study(&folder.path().join("study"), individuals, meetings).unwrap();
        Self { folder }
    }

    /// With the study taken in.
    pub(crate) fn new(individuals: u64, meetings: u64) -> Self {
        Self::taken_in(individuals, meetings, &[])
    }

    /// The same where embeddings alone are compared: sooner done.
    pub(crate) fn without_marks(individuals: u64, meetings: u64) -> Self {
        Self::taken_in(individuals, meetings, &["--no-local-features"])
    }

    fn taken_in(individuals: u64, meetings: u64, set: &[&str]) -> Self {
        let world = Self::without_catalog(individuals, meetings);
        assert_eq!(world.code(&[&["init", "zebras", "--bundle", PROJECTION], set].concat()), 0);
        let code = world.code(&["ingest", "zebras", "study/metadata.csv", "--by", "Ada"]);
        assert_eq!(code, 0);
        world
    }

    /// A photo of a meeting that the catalog has not, relative to the folder.
    pub(crate) fn new_photo(&self, individual: u64, meeting: u64) -> String {
        let sight = write_photo(&self.folder.path().join("asked"), individual, meeting).unwrap();
        format!("asked/{}", sight.path.file_name().unwrap().to_str().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program, in the folder, with nothing from the surroundings.
    pub(crate) fn resight(&self) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("resight"));
        command
            .current_dir(self.folder.path())
            .env("RESIGHT_HOME", self.folder.path().join("home"))
            .env("RESIGHT_RUNTIME", "rten")
            .env("USER", "ada")
            .env_remove("RESIGHT_CATALOG")
            .env_remove("RESIGHT_THREADS");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.resight().args(arguments).output().unwrap()
    }

    pub(crate) fn code(&self, arguments: &[&str]) -> i32 {
        self.run(arguments).status.code().unwrap()
    }

    /// What it writes to standard output; it must end with exit code 0.
    pub(crate) fn text(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// One value a line, and nothing else.
    pub(crate) fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.run(&[&["--json"], arguments].concat());
        String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Exit code and what it complains of.
    pub(crate) fn complaint(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(arguments);
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }
}
