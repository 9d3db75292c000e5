//! The folder of a plan: the plan, the photos that it is about, what came of each job.

use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use resight_dataset::{ReadOptions, Row, Table, TableWriter, read_source};
use resight_files::{FolderKind, FolderMark, read_own, read_plain_text, replace};
use serde::{Deserialize, Serialize};

use crate::jobs::{Job, jobs};
use crate::measured::Measured;
use crate::plan::{Plan, PlannedSlot};
use crate::{PlanError, Task};

/// What the folder of a plan is marked with.
const PLAN: FolderMark = FolderMark(FolderKind::Plan);

/// What a person reads and edits.
const PLAN_FILE: &str = "plan.toml";
/// The photos, with the part that each has.
const TABLE: &str = "table.csv";
/// Where the jobs work, a folder each.
const JOBS: &str = "jobs";
/// How each job stands, a file each.
const STATUS: &str = "status";
/// What a measurement leaves in its folder.
const MEASURED: &str = "measured.json";

const MOST_PLAN_BYTES: u64 = 4 << 20;
const MOST_STATUS_BYTES: u64 = 1 << 20;
const MOST_MEASURED_BYTES: u64 = 1 << 30;

/// The word of the split column for photos that nothing learns from: they ask.
pub(crate) const TEST: &str = "test";

/// A plan in its folder.
#[derive(Debug, Clone)]
pub struct PlanFolder {
    path: PathBuf,
    plan: Plan,
    jobs: Vec<Job>,
}

/// How a job stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// What it is doing.
    pub state: JobState,
    /// Since when.
    pub since: Timestamp,
    /// On which machine.
    pub host: String,
    /// Seconds that it took in all, once it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What was to be done, and when that which it rests on was done: another plan makes it another job.
    #[serde(default)]
    pub of: String,
}

/// What a job is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobState {
    /// It was begun; where nobody works on it any more, it goes on from what it kept.
    Running,
    /// It was stopped, and goes on from what it kept.
    Stopped,
    /// It failed.
    Failed,
    /// It is done.
    Done,
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Done => "done",
        })
    }
}

impl PlanFolder {
    /// Looks whether a plan can be made in a folder; nothing is made.
    ///
    /// # Errors
    /// There is one already, or something that is not ours.
    pub fn check_free(path: &Path) -> Result<(), PlanError> {
        PLAN.check(path).map_err(PlanError::file("make the plan in", path))?;
        match path.join(PLAN_FILE).exists() {
            true => Err(PlanError::Exists(path.to_owned())),
            false => Ok(()),
        }
    }

    /// Makes the folder of a plan. `rows` are the photos with their encounters; the split column of each says whether it is
    /// learnt from (`train`), chooses the moment to stop (`validation`), or asks (`test`).
    ///
    /// # Errors
    /// There is a plan already, or something that is not ours; it cannot be written.
    pub fn create(path: &Path, plan: Plan, rows: &[Row]) -> Result<Self, PlanError> {
        Self::check_free(path)?;
        PLAN.claim(path).map_err(PlanError::file("make the plan in", path))?;
        let mut writer = TableWriter::new(Vec::new(), path, &[])?;
        for row in rows {
            // Extra columns mean nothing to what comes, and the paths must hold wherever it is done.
            let place = std::path::absolute(&row.path).unwrap_or_else(|_| row.path.clone());
            writer.write(&Row { path: place, extra: Vec::new(), ..row.clone() })?;
        }
        write(&path.join(TABLE), &writer.finish()?)?;
        let text = plan.to_toml().map_err(|fault| PlanError::Plan { fault, path: path.join(PLAN_FILE) })?;
        // Last: where it is, all of the plan is.
        write(&path.join(PLAN_FILE), text.as_bytes())?;
        Self::open(path)
    }

    /// Opens a plan.
    ///
    /// # Errors
    /// None is there, or it does not say what it should.
    pub fn open(path: &Path) -> Result<Self, PlanError> {
        let file = path.join(PLAN_FILE);
        if !PLAN.is_on(path) || !file.exists() {
            return Err(PlanError::NoPlan(path.to_owned()));
        }
        let text =
            read_plain_text(&file, MOST_PLAN_BYTES).map_err(PlanError::file("read the plan", &file))?;
        let plan = Plan::parse(&text).map_err(|fault| PlanError::Plan { fault, path: file })?;
        let path = std::path::absolute(path).map_err(PlanError::file("find the plan", path))?;
        Ok(Self { jobs: jobs(&plan), path, plan })
    }

    /// Where it is, absolute.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Its jobs, in an order in which they can be done.
    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// A job.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn job(&self, name: &str) -> Result<&Job, PlanError> {
        self.jobs.iter().find(|job| job.name == name).ok_or_else(|| PlanError::NoJob(name.to_owned()))
    }

    /// A slot.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn slot(&self, name: &str) -> Result<&PlannedSlot, PlanError> {
        let found = self.plan.slots.iter().find(|slot| slot.name == name);
        found.ok_or_else(|| PlanError::NoJob(name.to_owned()))
    }

    /// The folder that a job works in.
    pub fn folder_of(&self, job: &str) -> PathBuf {
        self.path.join(JOBS).join(job)
    }

    /// The photos that the plan is about, as they were when it was made.
    ///
    /// # Errors
    /// The table is gone, or damaged.
    pub fn table(&self) -> Result<Table, PlanError> {
        let options = ReadOptions { check_files: false, ..ReadOptions::default() };
        Ok(read_source(&self.path.join(TABLE), &options)?)
    }

    /// Writes the photos of a slot that ask into the folder of the job that asks them, and returns the table's place.
    ///
    /// # Errors
    /// The table cannot be read, or the new one not be written.
    pub fn write_asking(&self, job: &str, slot: &PlannedSlot) -> Result<PathBuf, PlanError> {
        let folder = self.folder_of(job);
        std::fs::create_dir_all(&folder).map_err(PlanError::file("make", &folder))?;
        let mut writer = TableWriter::new(Vec::new(), &folder, &[])?;
        for row in self.table()?.rows.iter().filter(|row| slot.has(row) && row.split.as_deref() == Some(TEST))
        {
            writer.write(&Row { split: None, ..row.clone() })?;
        }
        let place = folder.join(TABLE);
        write(&place, &writer.finish()?)?;
        Ok(place)
    }

    /// How a job stands; none where nobody has begun it, or what it made is gone.
    ///
    /// # Errors
    /// What is written of it cannot be read.
    pub fn standing(&self, job: &str) -> Result<Option<Standing>, PlanError> {
        let file = self.status_file(job);
        let bytes = match read_own(&file, MOST_STATUS_BYTES) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(PlanError::file("read how a job stands", &file))?,
        };
        let standing: Standing = parse(&bytes, file)?;
        let is_gone = standing.state == JobState::Done && !self.folder_of(job).is_dir();
        let is_another = standing.of != self.description(job)?;
        Ok(Some(standing).filter(|_| !is_gone && !is_another))
    }

    /// What a job is, in full: the same only where the same comes of it.
    fn description(&self, name: &str) -> Result<String, PlanError> {
        let job = self.job(name)?;
        let networks = &self.plan.networks;
        let slot = match &job.task {
            Task::TrainForAll => None,
            Task::Train { slot, .. } | Task::Measure { slot, .. } => Some(self.slot(slot)?),
        };
        let labels = slot.map(|slot| (&slot.species, &slot.viewpoint));
        let mut rests_on = Vec::new();
        for before in &job.after {
            rests_on.push(self.standing(before)?.map(|standing| standing.since.to_string()));
        }
        let how = match &job.task {
            Task::Measure { .. } => (&networks.bundle, networks.effort.word(), ""),
            _ => (&networks.bundle, networks.recipe.as_str(), networks.head_recipe.as_str()),
        };
        json_text(&(&job.task, labels, how, networks.seed, rests_on))
    }

    /// Whether a job is done.
    ///
    /// # Errors
    /// As [`Self::standing`].
    pub fn is_done(&self, job: &str) -> Result<bool, PlanError> {
        Ok(self.standing(job)?.is_some_and(|standing| standing.state == JobState::Done))
    }

    /// Writes down how a job stands.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn set_standing(&self, job: &str, standing: &Standing) -> Result<(), PlanError> {
        let file = self.status_file(job);
        make_folder_of(&file)?;
        write(&file, &json(&Standing { of: self.description(job)?, ..standing.clone() }, &file)?)
    }

    /// Keeps what a measurement found.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep_measured(&self, job: &str, measured: &Measured) -> Result<(), PlanError> {
        let file = self.folder_of(job).join(MEASURED);
        make_folder_of(&file)?;
        write(&file, &json(measured, &file)?)
    }

    /// What the measurements that are done have found.
    ///
    /// # Errors
    /// What was written cannot be read.
    pub fn measured(&self) -> Result<Vec<Measured>, PlanError> {
        let mut all = Vec::new();
        for job in self.jobs.iter().filter(|job| matches!(job.task, Task::Measure { .. })) {
            if self.is_done(&job.name)? {
                let file = self.folder_of(&job.name).join(MEASURED);
                let bytes = read_own(&file, MOST_MEASURED_BYTES)
                    .map_err(PlanError::file("read what was measured", &file))?;
                all.push(parse(&bytes, file)?);
            }
        }
        Ok(all)
    }

    /// Writes a file into the folder.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, PlanError> {
        let place = self.path.join(name);
        write(&place, bytes)?;
        Ok(place)
    }

    fn status_file(&self, job: &str) -> PathBuf {
        self.path.join(STATUS).join(format!("{job}.json"))
    }
}

fn make_folder_of(file: &Path) -> Result<(), PlanError> {
    let folder = file.parent().unwrap_or(file);
    std::fs::create_dir_all(folder).map_err(PlanError::file("make", folder))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), PlanError> {
    replace(path, bytes).map_err(PlanError::file("write", path))
}

fn json(value: &impl Serialize, path: &Path) -> Result<Vec<u8>, PlanError> {
    let failed =
        |error: serde_json::Error| PlanError::Damaged { what: error.to_string(), path: path.to_owned() };
    serde_json::to_vec_pretty(value).map_err(failed)
}

fn json_text(value: &impl Serialize) -> Result<String, PlanError> {
    let failed =
        |error: serde_json::Error| PlanError::Damaged { what: error.to_string(), path: PathBuf::new() };
    serde_json::to_string(value).map_err(failed)
}

fn parse<T: serde::de::DeserializeOwned>(bytes: &[u8], path: PathBuf) -> Result<T, PlanError> {
    let damaged = |error: serde_json::Error| PlanError::Damaged {
        what: format!("not as it was written ({error})"),
        path,
    };
    serde_json::from_slice(bytes).map_err(damaged)
}

#[cfg(test)]
pub(crate) mod tests {
    use resight_core::Species;

    use super::*;
    use crate::Wanted;
    use crate::plan::tests::plan_of;

    pub(crate) fn row(species: &str, split: &str, n: usize) -> Row {
        let id = format!("{species}{n}");
        Row {
            identity: Some(format!("name {n}")),
            species: Species::parse(species),
            split: Some(split.to_owned()),
            encounter: Some(format!("met {n}")),
            ..Row::of_photo(1, id.clone(), PathBuf::from(format!("/photos/{id}.jpg")))
        }
    }

    #[test]
    fn a_plan_goes_on_where_it_was_and_keeps_strangers_folders_out_of_it() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("plan");
        assert!(matches!(PlanFolder::open(&path), Err(PlanError::NoPlan(_))));
        let rows = [row("seal", "train", 1), row("seal", "test", 2), row("cow", "test", 3)];
        let made = PlanFolder::create(&path, plan_of(&[("seal", Wanted::Own)]), &rows).unwrap();
        assert!(matches!(PlanFolder::check_free(&path), Err(PlanError::Exists(_))));
        let job = &made.jobs()[1].name;
        assert_eq!((job.as_str(), made.is_done(job).unwrap()), ("seal-own", false));
        let standing = Standing {
            state: JobState::Done,
            since: Timestamp::UNIX_EPOCH,
            host: "here".to_owned(),
            seconds: Some(3),
            error: None,
            of: String::new(),
        };
        made.set_standing(job, &standing).unwrap();
        // Its folder is what it did: without it nothing is done.
        assert!(!made.is_done(job).unwrap());
        std::fs::create_dir_all(made.folder_of(job)).unwrap();
        let again = PlanFolder::open(&path).unwrap();
        let found = again.standing(job).unwrap().unwrap();
        assert_eq!(Standing { of: String::new(), ..found }, standing);
        // Another recipe makes it another job.
        let mut other = again.clone();
        other.plan.networks.recipe = "full".to_owned();
        assert!(!other.is_done(job).unwrap() && again.is_done(job).unwrap());
        let asking = again.write_asking("seal-measured", again.slot("seal").unwrap()).unwrap();
        let options = ReadOptions { check_files: false, ..ReadOptions::default() };
        let asked = read_source(&asking, &options).unwrap().rows;
        let named: Vec<&str> = asked.iter().map(|row| row.image_id.as_str()).collect();
        assert_eq!(named, ["seal2"]);
        assert_eq!(asked[0].encounter.as_deref(), Some("met 2"));

        let strange = home.path().join("strange");
        std::fs::create_dir(&strange).unwrap();
        std::fs::write(strange.join("mine.txt"), "mine").unwrap();
        assert!(PlanFolder::create(&strange, plan_of(&[]), &rows).is_err());
        assert_eq!(std::fs::read_dir(&strange).unwrap().count(), 1);
    }

    #[test]
    fn what_was_damaged_is_told_with_its_path() {
        let home = tempfile::tempdir().unwrap();
        let made =
            PlanFolder::create(&home.path().join("plan"), plan_of(&[("seal", Wanted::Own)]), &[]).unwrap();
        made.set_standing(
            "seal-own",
            &Standing {
                state: JobState::Running,
                since: Timestamp::UNIX_EPOCH,
                host: String::new(),
                seconds: None,
                error: None,
                of: String::new(),
            },
        )
        .unwrap();
        std::fs::write(made.path().join("status/seal-own.json"), "{").unwrap();
        let error = made.standing("seal-own").unwrap_err().to_string();
        assert!(error.contains("seal-own.json"), "{error}");
    }
}
