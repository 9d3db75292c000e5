//! Checkpoints of a run, its best parameters, its report.

use std::time::Instant;

use super::{TrainError, Trainer};
use crate::miner::{Memory, MemoryState};
use crate::parameters::Parameters;
use resight_runs::run::log::Record;
use resight_runs::run::{Checkpoint, CheckpointState, RunError};

/// Where a run goes on.
pub(super) const LATEST: &str = "latest.safetensors";
/// The parameters of the best validation.
pub(super) const BEST: &str = "best.safetensors";

impl Trainer<'_> {
    /// Writes down everything that the rest of the run depends on.
    pub(super) fn checkpoint(&mut self) -> Result<(), TrainError> {
        let mut state = self.state.clone();
        state.seconds = self.seconds();
        state.log_length = self.folder.log_length()?;
        let mut checkpoint = Checkpoint { state, ..Checkpoint::default() };
        let prefixed = |prefix: &str, arrays: std::collections::BTreeMap<String, Vec<f32>>| {
            arrays.into_iter().map(|(name, values)| (format!("{prefix}/{name}"), values)).collect::<Vec<_>>()
        };
        checkpoint.arrays.extend(prefixed("parameter", self.learner.parameters.arrays()));
        checkpoint.arrays.extend(prefixed("optimizer", self.optimizer.arrays()));
        checkpoint.arrays.insert("sampler".to_owned(), self.sampler_embeddings.clone());
        if let Some(memory) = &self.learner.memory {
            save_memory(memory, &mut checkpoint);
        }
        checkpoint.write(&self.folder.file(LATEST))?;
        self.last_checkpoint = Instant::now();
        Ok(())
    }

    /// Takes up a run where its last checkpoint left it. Says whether there was one.
    pub(super) fn resume(&mut self) -> Result<bool, TrainError> {
        let path = self.folder.file(LATEST);
        if !path.is_file() {
            self.folder.cut_log(0)?;
            return Ok(false);
        }
        let mut checkpoint = Checkpoint::read(&path)?;
        let changed = |what| RunError::Changed { what, path: self.folder.path().to_owned() };
        if checkpoint.state.recipe != self.state.recipe {
            return Err(changed("another recipe").into());
        }
        if checkpoint.state.data != self.state.data {
            return Err(changed("other photos, labels, division or inference runtime").into());
        }
        let mut taken = |prefix: &str| {
            let (of_it, others) = std::mem::take(&mut checkpoint.arrays)
                .into_iter()
                .partition(|(name, _)| name.split_once('/').is_some_and(|(first, _)| first == prefix));
            let of_it: std::collections::BTreeMap<String, Vec<f32>> = of_it;
            checkpoint.arrays = others;
            of_it.into_iter().map(|(name, values)| (name[prefix.len() + 1..].to_owned(), values)).collect()
        };
        let parameters = taken("parameter");
        let damaged =
            |name: String| RunError::Damaged { what: format!("it lacks {name}"), path: path.clone() };
        self.learner.parameters.restore(&parameters).map_err(damaged)?;
        self.optimizer.restore(&taken("optimizer"), &self.learner.device);
        self.sampler_embeddings = checkpoint.arrays.remove("sampler").unwrap_or_default();
        if self.learner.memory.is_some() {
            self.learner.memory = Some(restore_memory(&mut checkpoint)?);
        }
        self.folder.cut_log(checkpoint.state.log_length)?;
        self.state = checkpoint.state;
        self.seconds_before = self.state.seconds;
        self.records = self.folder.records()?;
        if let Some(Record::Start(start)) = self.records.first() {
            self.start = (**start).clone();
        }
        self.findings = self
            .records
            .iter()
            .filter_map(|record| match record {
                Record::Finding(finding) => Some(finding.clone()),
                _ => None,
            })
            .collect();
        Ok(true)
    }

    pub(super) fn keep_best(&self) -> Result<(), TrainError> {
        let settled = self.optimizer.settled(&self.learner.parameters);
        let state =
            CheckpointState { epoch: self.state.epoch, best: self.state.best, ..CheckpointState::default() };
        let best = Checkpoint { state, arrays: settled.arrays(), ..Checkpoint::default() };
        Ok(best.write(&self.folder.file(BEST))?)
    }

    /// The parameters of the best validation; those of now where none has been.
    pub(super) fn best_parameters(&self) -> Result<Parameters, TrainError> {
        let path = self.folder.file(BEST);
        let mut parameters = self.optimizer.settled(&self.learner.parameters);
        if self.state.best_epoch > 0 && path.is_file() {
            let best = Checkpoint::read(&path)?;
            let damaged =
                |name: String| RunError::Damaged { what: format!("it lacks {name}"), path: path.clone() };
            parameters.restore(&best.arrays).map_err(damaged)?;
        }
        Ok(parameters)
    }

    pub(super) fn write_report(&self) -> Result<(), TrainError> {
        let recipe_text = self.recipe.to_toml()?;
        let page = resight_runs::report::html(&resight_runs::report::RunView {
            name: self.folder.path().display().to_string(),
            recipe_text,
            records: self.records.clone(),
        });
        Ok(self.folder.write("report.html", page.as_bytes())?)
    }
}

fn save_memory(memory: &Memory, checkpoint: &mut Checkpoint) {
    let state = memory.save();
    let numbers = [state.capacity as u32, state.dimension as u32, state.next as u32];
    checkpoint.words.insert("memory/numbers".to_owned(), numbers.to_vec());
    checkpoint.arrays.insert("memory".to_owned(), state.embeddings);
    let words = [
        ("rows", state.rows),
        ("classes", state.classes),
        ("species", state.species),
        ("encounters", state.encounters),
    ];
    checkpoint.words.extend(words.map(|(name, values)| (format!("memory/{name}"), values)));
}

fn restore_memory(checkpoint: &mut Checkpoint) -> Result<Memory, TrainError> {
    let mut words = |name: &str| checkpoint.words.remove(&format!("memory/{name}")).unwrap_or_default();
    let numbers = words("numbers");
    let number = |place: usize| u64::from(numbers.get(place).copied().unwrap_or_default());
    let state = MemoryState {
        capacity: number(0),
        dimension: number(1),
        next: number(2),
        rows: words("rows"),
        classes: words("classes"),
        species: words("species"),
        encounters: words("encounters"),
        embeddings: checkpoint.arrays.remove("memory").unwrap_or_default(),
    };
    Ok(Memory::restore(state)?)
}
