//! A folder with a model store, photos and a catalog, and the program to run in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use resight_imaging::encode_jpeg;
use resight_testkit::bundles::{TINY, install_tiny_bundle};
use resight_testkit::photos::scene;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) struct Workplace {
    folder: TempDir,
}

impl Workplace {
    /// A workplace with the tiny bundle in its store.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        install_tiny_bundle(&folder.path().join("home"));
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn catalog(&self) -> PathBuf {
        self.path("catalog")
    }

    /// The program, with nothing of the surroundings but this workplace.
    pub(crate) fn resight(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("resight"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("RESIGHT_HOME", self.path("home"))
            .env("RESIGHT_RUNTIME", "rten")
            .env("USER", "tester")
            .env_remove("RESIGHT_CATALOG");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.resight(arguments).output().unwrap()
    }

    /// Runs a command that must succeed and returns the lines of JSON it wrote.
    pub(crate) fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.run(&[arguments, &["--json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        lines_of_json(&output)
    }

    /// Makes the catalog with the tiny bundle.
    pub(crate) fn init(&self) {
        let output = self.run(&["init", "catalog", "--bundle", TINY]);
        assert!(output.status.success(), "{}", text(&output.stderr));
    }

    /// Small distinct photos in a folder, one folder an individual, `each` of them in it.
    pub(crate) fn photos(&self, folder: &str, individuals: u64, each: u64) {
        for individual in 0..individuals {
            let place = self.path(folder).join(format!("animal-{individual:02}"));
            std::fs::create_dir_all(&place).unwrap();
            for number in 0..each {
                write_photo(&place.join(format!("{number}.jpg")), individual * 1000 + number);
            }
        }
    }
}

pub(crate) fn write_photo(path: &Path, seed: u64) {
    std::fs::write(path, encode_jpeg(&scene(96, 64, seed), 90).unwrap()).unwrap();
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(crate) fn lines_of_json(output: &Output) -> Vec<Value> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}
