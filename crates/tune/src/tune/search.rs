//! The search itself: rounds of trials, each trial a run of its own.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use super::bounds::Bounds;
use super::rounds::{Round, rounds};
use super::{Space, Stopped, Training, Trial, TuneError};
use resight_runs::run::log::{End, EndReason, Record};
use resight_runs::run::{self, RECIPE, read_log, read_recipe};
use resight_train::device::OpenDevice;
use resight_train::job::{Prepared, TrainRequest};
use resight_train::recipe::Recipe;
use resight_train::trainer::{Setup, TrainError};

/// What a finished trial leaves behind and nobody needs any more.
const CHECKPOINTS: [&str; 2] = ["latest.safetensors", "best.safetensors"];

/// A search at work.
pub(super) struct Search<'a> {
    job: &'a TrainRequest,
    prepared: &'a Prepared,
    space: &'a Space,
    device: OpenDevice,
    bounds: &'a Bounds<'a>,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        job: &'a TrainRequest,
        prepared: &'a Prepared,
        space: &'a Space,
        device: OpenDevice,
        bounds: &'a Bounds<'a>,
    ) -> Self {
        Self { job, prepared, space, device, bounds }
    }

    /// All rounds, or as many as the bounds allow.
    pub(super) fn run(&self, n_trials: u32) -> Result<(Vec<Trial>, Option<Stopped>), TuneError> {
        let trial = |number| Trial { number, values: self.space.values(number), trainings: Vec::new() };
        let mut trials: Vec<Trial> = (0..n_trials).map(trial).collect();
        let rounds = rounds(trials.len(), self.job.recipe.schedule.epochs);
        let mut asked: Vec<usize> = (0..trials.len()).collect();
        for (number, round) in rounds.iter().enumerate() {
            asked = promoted(&trials, asked, round.trials);
            for place in &asked {
                let title = format!("round {} of {}, trial {place}", number + 1, rounds.len());
                self.bounds.name_trial(title);
                let Some(training) = self.training(&trials[*place], *round)? else {
                    return Ok((trials, self.bounds.stopped().or(Some(Stopped::Interrupted))));
                };
                self.tell(&trials[*place], &training);
                trials[*place].trainings.push(training);
            }
        }
        Ok((trials, None))
    }

    /// Trains a trial, or reads how it did; none where the bounds forbid it.
    fn training(&self, trial: &Trial, round: Round) -> Result<Option<Training>, TuneError> {
        let mut recipe = self.space.recipe(&trial.values)?;
        recipe.schedule.epochs = round.epochs;
        let run = self.folder(trial.number, round.epochs)?;
        if let Some(end) = finished(&run, &recipe)? {
            return Ok(Some(Training::of(end, round.epochs)));
        }
        if self.bounds.stopped().is_some() {
            return Ok(None);
        }
        let setup = self.setup(&recipe);
        let begun = run.join(RECIPE).is_file();
        let trainer = if begun { setup.resume(&run)? } else { setup.begin(&run)? };
        let held = trainer.held();
        let end = trainer.run()?.end;
        if end.reason == EndReason::Interrupted {
            return Ok(None);
        }
        for name in CHECKPOINTS {
            // Best effort: they only take room.
            let _ = held.remove(name);
        }
        Ok(Some(Training::of(end, round.epochs)))
    }

    fn setup<'s>(&'s self, recipe: &'s Recipe) -> Setup<'s> {
        Setup {
            recipe,
            data: &self.prepared.data,
            classes: &self.prepared.classes,
            inputs: &*self.prepared.inputs,
            has_photos: true,
            trunk: self.prepared.trunk.name().to_owned(),
            inputs_id: self.prepared.inputs_id.clone(),
            learning: self.prepared.parts.learning().cloned(),
            pooled: self.prepared.parts.pooled(),
            device: self.device.clone(),
            best_so_far: None,
            watch: self.bounds,
            cancel: self.bounds.flag(),
        }
    }

    fn folder(&self, trial: u32, epochs: u32) -> Result<PathBuf, TrainError> {
        let trials = run::inner(self.job.run.join("trials"))?;
        Ok(run::inner(trials.join(format!("{trial:03}-{epochs}-epochs")))?)
    }

    fn tell(&self, trial: &Trial, training: &Training) {
        use resight_train::trainer::Progress as _;
        let values: Vec<String> = trial.values.iter().map(|(key, value)| format!("{key} {value}")).collect();
        let outcome = match training.reason {
            EndReason::Diverged => "diverged".to_owned(),
            _ => format!("MAP@5 {:.3}, top-1 {:.3}", training.validation.map5, training.validation.top1),
        };
        self.bounds.note(&format!(
            "trial {}, {} epochs: {outcome} ({:.0} s); {}",
            trial.number,
            training.epochs,
            training.seconds,
            values.join(", ")
        ));
    }
}

impl Training {
    fn of(end: End, epochs: u32) -> Self {
        Self { epochs, validation: end.validation, seconds: end.seconds, reason: end.reason }
    }
}

/// How a run ended that is over; none where it is not, or was never begun.
fn finished(run: &Path, recipe: &Recipe) -> Result<Option<End>, TuneError> {
    let Some(before) = read_recipe(run).map_err(TrainError::from)? else { return Ok(None) };
    if before != recipe.to_toml().map_err(TrainError::from)?.as_bytes() {
        return Err(TuneError::Changed { what: "recipe", path: run.to_owned() });
    }
    let records = read_log(run).map_err(TrainError::from)?;
    Ok(records.into_iter().rev().find_map(|record| match record {
        Record::End(end) => Some(end),
        _ => None,
    }))
}

/// The best trials of a round, the best first, and the recipe as it was given in any case.
fn promoted(trials: &[Trial], mut asked: Vec<usize>, keep: usize) -> Vec<usize> {
    if asked.len() <= keep {
        return asked;
    }
    asked.sort_by(|a, b| better_first(&trials[*a], &trials[*b]));
    asked.truncate(keep);
    if !asked.contains(&0) {
        asked.push(0);
    }
    asked
}

/// Trials that were trained longer first, among them the better ones; then by number.
pub(super) fn better_first(a: &Trial, b: &Trial) -> Ordering {
    let rank = |trial: &Trial| trial.standing();
    let by_standing = match (rank(a), rank(b)) {
        (Some((a_epochs, a)), Some((b_epochs, b))) => {
            b_epochs.cmp(&a_epochs).then(b.map5.total_cmp(&a.map5)).then(b.top1.total_cmp(&a.top1))
        }
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    by_standing.then(a.number.cmp(&b.number))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use resight_runs::run::log::Score;

    fn trial(number: u32, trainings: &[(u32, f64, EndReason)]) -> Trial {
        let training = |(epochs, map5, reason): &(u32, f64, EndReason)| Training {
            epochs: *epochs,
            validation: Score { map5: *map5, top1: 0.0 },
            seconds: 0.0,
            reason: *reason,
        };
        Trial { number, values: BTreeMap::new(), trainings: trainings.iter().map(training).collect() }
    }

    #[test]
    fn the_better_half_goes_on_and_the_given_recipe_always_does() {
        let trials = [
            trial(0, &[(5, 0.1, EndReason::Done)]),
            trial(1, &[(5, 0.4, EndReason::Done)]),
            trial(2, &[(5, 0.9, EndReason::Diverged)]),
            trial(3, &[(5, 0.6, EndReason::Done)]),
        ];
        assert_eq!(promoted(&trials, vec![0, 1, 2, 3], 2), [3, 1, 0]);
        assert_eq!(promoted(&trials, vec![0, 1, 2, 3], 3), [3, 1, 0]);
        assert_eq!(promoted(&trials, vec![0, 1, 2, 3], 4), [0, 1, 2, 3]);
    }

    #[test]
    fn a_longer_training_counts_more_than_a_shorter_one() {
        let mut trials = [
            trial(1, &[(5, 0.7, EndReason::Done)]),
            trial(2, &[]),
            trial(3, &[(5, 0.6, EndReason::Done), (10, 0.65, EndReason::Done)]),
            trial(4, &[(5, 0.6, EndReason::Done), (10, 0.3, EndReason::Diverged)]),
            trial(5, &[(5, 0.7, EndReason::Done)]),
        ];
        trials.sort_by(better_first);
        assert_eq!(trials.map(|trial| trial.number), [3, 1, 5, 2, 4]);
    }

    #[test]
    fn a_run_that_is_over_is_read_and_one_with_another_recipe_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (run, recipe) = (folder.path().join("000-5-epochs"), Recipe::default());
        assert!(finished(&run, &recipe).unwrap().is_none());
        let mut open = resight_runs::run::RunFolder::create(&run, &recipe.to_toml().unwrap()).unwrap();
        assert!(finished(&run, &recipe).unwrap().is_none());
        let end = End { reason: EndReason::Done, seconds: 3.0, ..End::default() };
        open.record(&Record::End(end.clone())).unwrap();
        assert_eq!(finished(&run, &recipe).unwrap(), Some(end));
        let other = Recipe { seed: 9, ..Recipe::default() };
        assert!(matches!(finished(&run, &other), Err(TuneError::Changed { .. })));
    }
}
