//! What kind of animal is it, and which side of it is seen? Photos in, labels out; measured where somebody said so too.

mod catalog;
mod classifiers;
mod written;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use resight_core::{ClassifierTask, LearntRecord, PhotoId, PixelBox, Said};
use resight_dataset::{ReadOptions, Row, read_source};
use resight_eval::{ClassificationMetrics, ClassifiedAnimal, Learnt, measure_classification};
use resight_model::chain::{self, ChainOptions, Ended, Job, PhotoSource, Processed};
use resight_model::{Classifier, Embedder, WholePicture};
use serde::Serialize;

use crate::evaluate::remarks;
use crate::learnt::of_annotations;
use crate::{CancelToken, EngineError, Models, Progress, Stage, Warning};

pub use self::catalog::{CatalogClassified, ClassifyCatalog, WhichClassifiers};
use self::classifiers::bundles;
pub(crate) use self::classifiers::{Classifiers, ModelLabels};
pub use self::written::table;

/// What to look at, and by what.
#[derive(Debug, Clone)]
pub struct ClassifyRequest {
    /// A table, a folder of photos, a photo.
    pub source: PathBuf,
    /// How to read it.
    pub read: ReadOptions,
    /// Names, ids or paths of the classifiers, one a task at most.
    pub classifiers: Vec<String>,
    /// Resamplings for the intervals.
    pub replicates: usize,
    /// Seed of the intervals.
    pub seed: u64,
}

/// What a classifier says of an animal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelSaid {
    /// What it was asked.
    pub task: ClassifierTask,
    /// The label; none where it does not know.
    pub label: Option<String>,
    /// The likeliest label, said or not.
    pub likeliest: String,
    /// Its probability, 0 to 1.
    pub confidence: f32,
    /// What the table says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated: Option<String>,
}

/// An animal that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AnimalClassified {
    /// The photo.
    pub path: PathBuf,
    /// What the table calls the row.
    pub row: String,
    /// Where in the photo it is; none for the whole of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<PixelBox>,
    /// What is said of it, one a classifier; empty where the animal cannot be looked at.
    pub says: Vec<LabelSaid>,
    /// Place of its row in the table.
    #[serde(skip)]
    place: usize,
    #[serde(skip)]
    photo: PhotoId,
}

/// How well a classifier says what the table says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskMeasured {
    /// What it tells.
    pub task: ClassifierTask,
    /// The bundle.
    pub classifier: String,
    /// Its labels, in the order of the confusion.
    pub labels: Vec<String>,
    /// Animals that it has learnt, or whose individual it has: they do not count.
    pub learnt: usize,
    /// Figures; none where nothing is left to measure by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<ClassificationMetrics>,
}

/// What was said of all animals.
#[derive(Debug, Clone, Serialize)]
pub struct Classifications {
    /// In the order of the source.
    pub animals: Vec<AnimalClassified>,
    /// One a classifier, where the table states its label anywhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub measured: Vec<TaskMeasured>,
    /// Animals looked at a second, reading and decoding included.
    pub animals_per_second: f64,
    /// The rows of the source, for the table that is written.
    #[serde(skip)]
    rows: Vec<Row>,
    /// Names of the columns that the source's table has besides.
    #[serde(skip)]
    extra_columns: Vec<String>,
    /// Photos that could not be looked at, and why.
    pub failures: Vec<Warning>,
    /// What else was noticed.
    pub warnings: Vec<Warning>,
    /// Whether it was stopped before the last photo.
    pub interrupted: bool,
}

/// Looks at every animal of a source.
///
/// # Errors
/// The source cannot be read or has no photo, a classifier is not there, the network fails. A photo that cannot be looked at is
/// no error: it is in [`Classifications::failures`].
#[expect(clippy::cast_precision_loss, reason = "a number of animals")]
pub fn classify(
    request: &ClassifyRequest,
    models: &Models,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Classifications, EngineError> {
    let _span = tracing::info_span!("classify").entered();
    let bundles = bundles(models, &request.classifiers)?;
    let classifiers = Classifiers::of(models, &bundles)?;
    let networks: Vec<&dyn Embedder> = classifiers.networks().collect();
    let Some((first, further)) = networks.split_first() else {
        return Err(EngineError::user("no classifier is named"));
    };
    let table = read_source(&request.source, &request.read)?;
    if table.rows.is_empty() {
        return Err(EngineError::user(format!("there is no photo: {}", request.source.display())));
    }
    let (mut failures, warnings) = remarks(&request.source, &table);
    progress.begin(Stage { title: "looking at animals".to_owned(), total: Some(table.rows.len() as u64) });
    let began = Instant::now();
    let jobs = table.rows.iter().enumerate().map(|(index, row)| Job {
        index,
        source: PhotoSource::Path(row.path.clone()),
        regions: (!row.boxes.is_empty()).then(|| row.boxes.clone()),
    });
    let options = ChainOptions { further, ..ChainOptions::new(cancel.flag()) };
    let mut animals = Vec::new();
    let ended = chain::run(jobs, *first, &WholePicture, &options, |processed| {
        progress.advance(1);
        let row = &table.rows[processed.index];
        match looked_at(processed, row, &classifiers) {
            Ok(of_row) => animals.extend(of_row),
            Err(message) => failures.push(Warning { about: row.path.display().to_string(), message }),
        }
        Ok::<(), EngineError>(())
    })?;
    progress.end();
    if let (true, Some(first), Ended::Complete) = (animals.is_empty(), failures.first(), ended) {
        let all = failures.len();
        return Err(EngineError::user(format!(
            "none of the {all} photos could be looked at, such as {first}"
        )));
    }
    let seconds = began.elapsed().as_secs_f64().max(1e-9);
    let mut measured = Vec::new();
    for (place, (classifier, bundle)) in classifiers.all().iter().zip(&bundles).enumerate() {
        measured.extend(measure(&animals, &table.rows, place, classifier, bundle.learnt(), request));
    }
    Ok(Classifications {
        animals_per_second: animals.len() as f64 / seconds,
        animals,
        measured,
        rows: table.rows,
        extra_columns: table.extra_columns,
        failures,
        warnings,
        interrupted: ended == Ended::Cancelled,
    })
}

/// The animals of a row; the error says why its photo cannot be looked at.
fn looked_at(
    processed: Processed,
    row: &Row,
    classifiers: &Classifiers,
) -> Result<Vec<AnimalClassified>, String> {
    let place = processed.index;
    let photo = processed.photo.map_err(|failure| failure.to_string())?;
    let id = photo.photo_id;
    let of_crop = |crop: chain::ProcessedCrop| {
        let scores = std::iter::once(&crop.embedding).chain(&crop.further);
        let says = classifiers.all().iter().zip(scores).filter_map(|(classifier, scores)| {
            let scores = scores.as_ref().ok()?;
            let likeliest = classifier.rule().likeliest(scores)?;
            Some(LabelSaid {
                task: classifier.task(),
                label: classifier.says(scores).map(|(label, _)| label.to_owned()),
                likeliest: classifier.labels().get(likeliest.label)?.clone(),
                confidence: likeliest.confidence,
                stated: row.label(classifier.task()),
            })
        });
        AnimalClassified {
            path: row.path.clone(),
            row: row.image_id.clone(),
            region: (!row.boxes.is_empty()).then_some(crop.region),
            says: says.collect(),
            place,
            photo: id,
        }
    };
    Ok(photo.crops.into_iter().map(of_crop).collect())
}

/// Measures one classifier by what the table says; none where it says nothing.
fn measure(
    animals: &[AnimalClassified],
    rows: &[Row],
    place: usize,
    classifier: &Classifier,
    record: &LearntRecord,
    request: &ClassifyRequest,
) -> Option<TaskMeasured> {
    let task = classifier.task();
    let asked: Vec<(&AnimalClassified, &LabelSaid, &str)> = animals
        .iter()
        .filter_map(|animal| {
            let said = animal.says.iter().find(|said| said.task == task)?;
            Some((animal, said, said.stated.as_deref()?))
        })
        .collect();
    if asked.is_empty() {
        return None;
    }
    let annotations: Vec<_> = asked
        .iter()
        .map(|(animal, ..)| (Some(animal.photo), None, rows[animal.place].identity.as_deref()))
        .collect();
    let learnt = of_annotations(record, &annotations);
    let mut groups: BTreeMap<String, u32> = BTreeMap::new();
    let mut counted = Vec::new();
    for ((animal, said, stated), learnt) in asked.iter().zip(&learnt) {
        let group = rows[animal.place].stands_for();
        let next = u32::try_from(groups.len()).unwrap_or(u32::MAX);
        let group = *groups.entry(group).or_insert(next);
        let number = |label: &str| classifier.labels().iter().position(|known| known == label);
        if *learnt != Learnt::Nothing {
            continue;
        }
        counted.push(ClassifiedAnimal {
            right: number(stated),
            likeliest: Said {
                label: number(&said.likeliest).unwrap_or_default(),
                confidence: said.confidence,
            },
            is_said: said.label.is_some(),
            group,
        });
    }
    let labels = classifier.labels().len();
    Some(TaskMeasured {
        task,
        classifier: request.classifiers[place].clone(),
        labels: classifier.labels().to_vec(),
        learnt: asked.len() - counted.len(),
        measured: measure_classification(&counted, labels, request.replicates, request.seed),
    })
}
