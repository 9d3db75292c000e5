//! Photos of made-up animals in a folder, and jobs on them.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use resight_dataset::{ReadOptions, Table, read_source};
use resight_model::onnx::{Normalization, write_network};
use resight_model::{Architecture, Bundle, ManifestInput, Purpose, RuntimeChoice};
use resight_runs::run::log::EndReason;
use resight_testkit::animals::write_study;
use resight_testkit::bundles::projection_bundle;
use resight_train::data::division::{Division, Question, Shares};
use resight_train::device::DeviceChoice;
use resight_train::job::{TrainReport, TrainRequest, train};
use resight_train::recipe::Recipe;
use resight_train::trainer::TrainError;

use crate::rows::Slowly;

/// Animals and their meetings: each meeting is one photo.
const INDIVIDUALS: u64 = 16;
const MEETINGS: u64 = 6;

/// Photos, written once for all tests, and what is cached of them.
pub(crate) struct Study {
    folder: tempfile::TempDir,
    pub(crate) table: Table,
    pub(crate) division: Division,
}

pub(crate) static STUDY: LazyLock<Study> = LazyLock::new(Study::write);

impl Study {
    fn write() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_study(folder.path(), INDIVIDUALS, MEETINGS).unwrap();
        let table = read_source(&folder.path().join("metadata.csv"), &ReadOptions::default()).unwrap();
        let division = divided(&table);
        Self { folder, table, division }
    }

    /// A request to learn from all of it.
    pub(crate) fn request(&self, recipe: Recipe, bundle: Bundle, run: &Path) -> TrainRequest {
        TrainRequest {
            recipe,
            table: self.table.clone(),
            division: self.division.clone(),
            looks: std::collections::BTreeMap::new(),
            bundle,
            run: run.to_owned(),
            held: None,
            cache: self.cache(),
            resume: false,
            device: DeviceChoice::Cpu,
            runtime: RuntimeChoice::Rten,
            threads: 2,
            best_so_far: None,
        }
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }
}

pub(crate) fn divided(table: &Table) -> Division {
    let shares = Shares { validation: 0.2, test: 0.2, newcomers: 0.0 };
    Division::make(&table.rows, &vec![None; table.rows.len()], Question::Known, shares, 1).unwrap()
}

/// A recipe for photos, with changes in TOML.
pub(crate) fn recipe(changes: &str) -> Recipe {
    let mut recipe = crate::rows::recipe(changes);
    recipe.views.count = 2;
    recipe
}

/// Trains without looking.
pub(crate) fn trained(request: &TrainRequest) -> Result<TrainReport, TrainError> {
    let watch = Slowly::not();
    train(request, &watch, &watch.cancel)
}

/// Trains, is stopped after some steps, and goes on to the end.
pub(crate) fn trained_in_two_parts(mut request: TrainRequest, steps: i64) -> TrainReport {
    let watch = Slowly::stopping_after(steps);
    let first = train(&request, &watch, &watch.cancel).unwrap();
    assert_eq!(first.end.reason, EndReason::Interrupted);
    assert!(first.bundle.is_none() && !request.run.join("result.json").exists());
    request.resume = true;
    trained(&request).unwrap()
}

/// A bundle of a known architecture with seeded weights, for pictures of this side.
pub(crate) fn seeded_bundle(name: &str, side: usize) -> Bundle {
    let architecture = Architecture { side, ..Architecture::named(name).unwrap() };
    let onnx = write_network(&architecture, &architecture.seeded_weights(), Normalization::Folded).unwrap();
    let mut preprocess = projection_bundle().manifest().preprocess.clone();
    (preprocess.width, preprocess.height) = (side as u32, side as u32);
    let given = ManifestInput {
        architecture: Some(name.to_owned()),
        ..ManifestInput::new(name, Purpose::Embedder, preprocess, "CC0-1.0")
    };
    Bundle::from_onnx_bytes(onnx.into(), given, Path::new("memory")).unwrap()
}
