//! Answers for a test set without labels, as a file that a competition takes.
//!
//! The photos of the training table answer; calibrations are fitted on them as in `evaluate`, so "new
//! individual" stands among the guesses where its probability puts it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use resight_core::{Effort, Policy, Pooling, Posterior};
use resight_dataset::submission::{Guess, SubmissionError, SubmissionForm, SubmissionWriter, check};
use resight_dataset::{EncounterCounts, ReadOptions, Row, SourceKind, SourceTable, read_source};
use resight_eval::{
    CalibrateOptions, FusionMaterial, Gallery, Hide, LabelledRow, Learnt, Protocol, RankOptions, RankedQuery,
    Same, SlotCalibrations, View, draw, fit_slots, rank_fused,
};
use resight_files::Output;
use resight_vector::Rows;
use serde::Serialize;

use crate::calibrate::most_asking;
use crate::encounters::find_encounters;
use crate::evaluate::{
    EmbeddedRows, LoadedTools, MOST_PAIRS, Numbered, Tools, check_policy, compare_as, embed_rows,
    local_of_rows, remarks,
};
use crate::{CancelToken, EngineError, Hint, LearntCount, LocalChoice, Models, Progress, Stage, Warning};

/// To the ranking a test photo shows an individual of which the gallery has no photo.
const NOBODY: u32 = u32::MAX;

/// What to answer, from what, and in which form.
#[derive(Debug, Clone)]
pub struct SubmitRequest {
    /// The labelled photos.
    pub train: PathBuf,
    /// How to read them.
    pub read: ReadOptions,
    /// The photos to answer for: a folder, a table, a sample submission.
    pub test: PathBuf,
    /// How to read those.
    pub read_test: ReadOptions,
    /// The file to write.
    pub output: Output,
    /// Its form.
    pub form: SubmissionForm,
    /// Name, id or path of the bundle that makes the embeddings.
    pub bundle: String,
    /// What finds the animal where no box is given.
    pub detector: String,
    /// What brings an animal into its own frame before it is compared: `body`; none for the crop as it is.
    pub frame: Option<String>,
    /// The local features that are compared, where the effort is for that.
    pub local_features: LocalChoice,
    /// An animal with a shorter side of fewer pixels is not used.
    pub least_pixels: u32,
    /// Labels that an answering photo must share with the query.
    pub same: Same,
    /// How the photos of an individual become one similarity.
    pub pooling: Pooling,
    /// How much work goes into an answer.
    pub effort: Effort,
    /// Expected share of newcomers.
    pub new_rate: f64,
    /// Seconds without a photo after which a new encounter begins, where the table does not label them: calibrations are
    /// fitted with a photo's own encounter hidden from it.
    pub encounter_gap_secs: f64,
    /// Whether embeddings are kept in the models' home for the next time.
    pub cache: bool,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SubmitReport {
    /// The file.
    pub output: PathBuf,
    /// Images answered.
    pub images: usize,
    /// Individuals that could be guessed.
    pub individuals: usize,
    /// Images whose first guess is "new individual".
    pub new_first: usize,
    /// Images without a calibration: "new" is not guessed for them.
    pub uncalibrated: usize,
    /// Why, for the first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncalibrated_reason: Option<String>,
    /// Where the encounters of the labelled photos come from.
    pub encounters: EncounterCounts,
    /// The bundle that made the embeddings.
    pub bundle: String,
    /// Photos that could not be used, and why; those of the test set are answered "new individual".
    pub failures: Vec<Warning>,
    /// What else was noticed.
    pub warnings: Vec<Warning>,
}

/// Answers for every photo of a test set and writes the file, which appears when it is complete.
///
/// # Errors
/// A source cannot be read, nobody in the training table is identified, a model is missing, the network fails,
/// the file cannot be written, a name cannot stand in this form, or the work was cancelled.
pub fn submit(
    request: &SubmitRequest,
    models: &Models,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<SubmitReport, EngineError> {
    let _span = tracing::info_span!("submit").entered();
    check_policy(&Policy { new_rate: request.new_rate, ..Policy::default() })?;
    let mut task = Task::read(request, progress, cancel)?;
    let (bundle, detector) = (&request.bundle, (&*request.detector, request.frame.as_deref()));
    let pairs = task.train.saturating_mul(task.rows.len() - task.train);
    let effort = if pairs > MOST_PAIRS { Effort::Fast } else { request.effort };
    if effort != request.effort {
        task.warnings.push(Warning {
            about: request.test.display().to_string(),
            message: "embeddings alone are compared: local features of so many pairs would take too long"
                .to_owned(),
        });
    }
    let loaded = LoadedTools::of(
        models,
        bundle,
        detector,
        request.least_pixels,
        request.cache,
        (effort, &request.local_features),
    )?;
    let report = answer(request, task, &loaded.tools(), progress, cancel);
    progress.end();
    report
}

/// The rows of both sides: those of the training table that are labelled, then those of the test set.
struct Task {
    rows: Vec<Row>,
    train: usize,
    failures: Vec<Warning>,
    warnings: Vec<Warning>,
}

impl Task {
    fn read(
        request: &SubmitRequest,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<Self, EngineError> {
        let mut train = read_source(&request.train, &request.read)?;
        let mut read_test = request.read_test.clone();
        if read_test.kind.is_none() && request.test.is_dir() {
            read_test.kind = Some(SourceKind::KaggleTest);
        }
        let test = read_source(&request.test, &read_test)?;
        let mut sources = [SourceTable { path: &request.train, table: &mut train }];
        find_encounters(&mut sources, request.encounter_gap_secs, progress, cancel);
        let (mut failures, mut warnings) = remarks(&request.train, &train);
        let (failures_of_test, warnings_of_test) = remarks(&request.test, &test);
        failures.extend(failures_of_test);
        warnings.extend(warnings_of_test);
        let mut rows: Vec<Row> = train.rows.into_iter().filter(|row| row.identity.is_some()).collect();
        let n_train = rows.len();
        if n_train == 0 {
            return Err(EngineError::user(format!(
                "no row names an individual: {}",
                request.train.display()
            ))
            .with_hint(Hint::IdentityColumn));
        }
        rows.extend(test.rows.into_iter().map(|row| Row { identity: None, ..row }));
        if rows.len() == n_train {
            return Err(EngineError::user(format!("no photo to answer for: {}", request.test.display())));
        }
        Ok(Self { rows, train: n_train, failures, warnings })
    }
}

fn answer(
    request: &SubmitRequest,
    task: Task,
    tools: &Tools<'_>,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<SubmitReport, EngineError> {
    let all: Vec<u32> = (0..).take(task.rows.len()).collect();
    let embedded = embed_rows(&task.rows, &all, tools, progress, cancel)?;
    let found = Answers::find(request, &task, &embedded, tools, progress, cancel)?;
    let learnt = found.learnt.sentence().map(|message| Warning {
        about: request.train.display().to_string(),
        message: format!("{message}: \"new\" is calibrated by the others"),
    });
    let mut report = SubmitReport {
        output: request.output.path().to_owned(),
        images: task.rows.len() - task.train,
        individuals: found.names.len(),
        new_first: 0,
        uncalibrated: 0,
        uncalibrated_reason: None,
        encounters: EncounterCounts::of(&task.rows[..task.train]),
        bundle: tools.embedder.bundle_id().to_string(),
        failures: task.failures.into_iter().chain(embedded.failures).collect(),
        warnings: task.warnings.into_iter().chain(learnt).collect(),
    };
    found.write(request, &task.rows[task.train..], task.train, &mut report)?;
    Ok(report)
}

/// What was found for the test photos that could be used, by their row.
struct Answers {
    names: Vec<String>,
    ranked: BTreeMap<u32, RankedQuery>,
    calibrations: SlotCalibrations,
    /// What the bundle had learnt of the labelled photos.
    learnt: LearntCount,
}

impl Answers {
    fn find(
        request: &SubmitRequest,
        task: &Task,
        embedded: &EmbeddedRows,
        tools: &Tools<'_>,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<Self, EngineError> {
        let local = local_of_rows(&task.rows, embedded, tools, progress, cancel)?;
        let distance = tools.embedder.manifest().distance;
        let numbered = Numbered::of(&task.rows, embedded, tools.learnt);
        let learnt = numbered.learnt();
        let Numbered { mut rows, individuals, .. } = numbered;
        let values = Rows::new(embedded.dimension, &embedded.values)
            .map_err(|error| EngineError::internal(error.to_string()).because(error))?;
        let n_train = embedded.table_rows.partition_point(|row| (*row as usize) < task.train);
        // Whatever was learnt of them, they have to be answered.
        let asks = |row: &mut LabelledRow| (row.individual, row.learnt) = (Some(NOBODY), Learnt::Nothing);
        rows[n_train..].iter_mut().for_each(asks);
        let places: Vec<u32> = (0..).take(rows.len()).collect();
        let (train, test) = places.split_at(n_train);
        let gallery = Gallery { rows: &rows, embeddings: &[values], distance };
        let options = RankOptions {
            hide: Hide::STRICT,
            same: request.same,
            pooling: request.pooling,
            ..RankOptions::default()
        };
        // Where local features are compared a part of the labelled photos says what they are worth.
        let mut asking = train.to_vec();
        if !local.is_empty() {
            draw(&mut asking, most_asking(train.len()), CalibrateOptions::default().seed);
        }
        let protocol = Protocol::Split { queries: [&asking[..], test].concat(), gallery: train.to_vec() };
        let evidence = compare_as(tools, &local, &gallery, &protocol, &options, progress, cancel)?;
        progress.begin(Stage { title: "ranking".to_owned(), total: None });
        let split = |queries: &[u32]| Protocol::Split { queries: queries.to_vec(), gallery: train.to_vec() };
        let calibrate = CalibrateOptions::default();
        let material =
            FusionMaterial::gather(&gallery, &evidence, &split(&asking), &options, calibrate.seed)?;
        let fusions = material.fit(|_| true);
        let asked_by = |queries: &[u32]| rank_fused(&gallery, &evidence, &fusions, &split(queries), &options);
        let of_train = asked_by(&asking)?;
        let calibrations = fit_slots(&of_train.iter().collect::<Vec<_>>(), &calibrate);
        let ranked = asked_by(test)?
            .into_iter()
            .map(|query| (embedded.table_rows[query.row as usize], query))
            .collect();
        Ok(Self { names: individuals, ranked, calibrations, learnt })
    }

    /// Writes the file when it is complete and was looked over.
    fn write(
        &self,
        request: &SubmitRequest,
        images: &[Row],
        first_row: usize,
        report: &mut SubmitReport,
    ) -> Result<(), EngineError> {
        let path = request.output.path();
        let file_error = |error: std::io::Error| EngineError::file("write", path, error);
        let mut bytes = Vec::new();
        self.write_rows(request, images, first_row, report, &mut bytes)?;
        let names: BTreeSet<String> = self.names.iter().cloned().collect();
        let asked: BTreeSet<String> = images.iter().map(|row| row.image_id.clone()).collect();
        let problems = check(&bytes[..], request.form, &asked, Some(&names)).map_err(file_error)?;
        report.warnings.extend(
            problems.into_iter().map(|problem| Warning {
                about: path.display().to_string(),
                message: problem.kind.to_string(),
            }),
        );
        request.output.write(&bytes).map_err(file_error)
    }

    fn write_rows(
        &self,
        request: &SubmitRequest,
        images: &[Row],
        first_row: usize,
        report: &mut SubmitReport,
        output: &mut Vec<u8>,
    ) -> Result<(), SubmissionError> {
        let mut writer = SubmissionWriter::new(request.form, output)?;
        for (row, image) in (first_row..).zip(images) {
            let query = u32::try_from(row).ok().and_then(|row| self.ranked.get(&row));
            let guesses = query
                .map_or_else(|| vec![Guess::NewIndividual], |query| self.guesses(query, request, report));
            report.new_first += usize::from(guesses.first() == Some(&Guess::NewIndividual));
            writer.write(&image.image_id, &guesses)?;
        }
        writer.finish()?;
        Ok(())
    }

    fn guesses(
        &self,
        query: &RankedQuery,
        request: &SubmitRequest,
        report: &mut SubmitReport,
    ) -> Vec<Guess<'_>> {
        let best = query.best(View::Strict, request.form.guesses());
        let mut guesses: Vec<Guess<'_>> = best
            .iter()
            .filter_map(|scored| self.names.get(scored.individual as usize))
            .map(|name| Guess::Individual(name))
            .collect();
        match self.calibrations.serving(&query.slot) {
            Ok((_, calibration)) => {
                let posterior = calibration.posterior(&query.similarities(View::Strict), request.new_rate);
                guesses.insert(place_of_new(&posterior).min(guesses.len()), Guess::NewIndividual);
            }
            Err(reason) => {
                report.uncalibrated += 1;
                report.uncalibrated_reason.get_or_insert_with(|| reason.to_string());
            }
        }
        if guesses.is_empty() { vec![Guess::NewIndividual] } else { guesses }
    }
}

/// Behind the individuals that are at least as likely.
fn place_of_new(posterior: &Posterior) -> usize {
    posterior.candidates.iter().take_while(|candidate| **candidate >= posterior.new).count()
}
