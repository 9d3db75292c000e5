//! Labels by models in a catalog: given to what is there, as one step of the journal, and from then on to what comes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use resight_catalog::{
    Actor, AnnotationRecord, Catalog, CatalogError, LabelName, LabelSubject, NewLabel, Signature,
};
use resight_core::{
    AnnotationId, BundleId, ClassifierTask, GivenBox, LabelSource, PhotoId, PictureId, Stated,
};
use resight_model::chain::{self, ChainOptions, Ended, Job, PhotoSource};
use resight_model::{Embedder, WholePicture};
use serde::Serialize;

use super::{Classifiers, ModelLabels};
use crate::reembed::{OTHER_BYTES, is_photo};
use crate::{CancelToken, EngineError, Progress, Session, Stage, Warning, route};

/// Which classifiers serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhichClassifiers {
    /// Those of the catalog.
    Own,
    /// These, from now on; none of them for none.
    These(Vec<String>),
}

/// What is to be done.
#[derive(Debug, Clone)]
pub struct ClassifyCatalog {
    /// Which classifiers serve.
    pub which: WhichClassifiers,
}

/// What came of it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CatalogClassified {
    /// Ids of the classifiers that serve from now on.
    pub classifiers: Vec<String>,
    /// Animals that were looked at: those of which no person, table or camera says what is asked.
    pub looked_at: usize,
    /// Labels that say something else now, by task.
    pub labels: BTreeMap<ClassifierTask, usize>,
    /// Animals of which a classifier does not know it, by task.
    pub unknown: BTreeMap<ClassifierTask, usize>,
    /// The step of the journal; none where nothing changed.
    pub entry: Option<String>,
    /// Photos that could not be looked at, and why.
    pub failures: Vec<Warning>,
    /// Whether it was stopped; what was said by then is kept, and the same command goes on.
    pub interrupted: bool,
}

/// An animal that a classifier may say something of.
struct Open {
    annotation: AnnotationId,
    /// Which photo it is, and what that shows.
    photo: (PhotoId, Option<PictureId>),
    path: PathBuf,
    region: Option<GivenBox>,
    /// What is open: nobody but a model has said it.
    tasks: Vec<ClassifierTask>,
}

impl Session {
    /// Lets classifiers serve in a catalog, and has them say what nobody but a model has said of its animals.
    ///
    /// # Errors
    /// The catalog cannot be opened for writing, a classifier is not there, the network fails.
    pub fn classify(
        &self,
        request: &ClassifyCatalog,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<CatalogClassified, EngineError> {
        let _span = tracing::info_span!("classify").entered();
        let (mut catalog, models) = (self.writer()?, self.models());
        let settings = catalog.settings()?;
        let classifiers = match &request.which {
            WhichClassifiers::Own => Classifiers::load(models, &settings.classifiers)?,
            WhichClassifiers::These(names) => {
                let classifiers = Classifiers::keep(models, names)?;
                catalog.set_classifiers(&classifiers.ids())?;
                classifiers
            }
        }
        .knowing(settings.species_types);
        let mut report = CatalogClassified { classifiers: classifiers.ids(), ..CatalogClassified::default() };
        let networks: Vec<&dyn Embedder> = classifiers.networks().collect();
        let Some((first, further)) = networks.split_first() else { return Ok(report) };
        let open = open_of(&catalog, &classifiers, &mut report)?;
        progress.begin(Stage { title: "looking at animals".to_owned(), total: Some(open.len() as u64) });
        let jobs = open.iter().enumerate().map(|(index, one)| Job {
            index,
            source: PhotoSource::Path(one.path.clone()),
            regions: one.region.map(|region| vec![region]),
        });
        let min_side = settings.least_pixels;
        let options = ChainOptions { min_side, further, ..ChainOptions::new(cancel.flag()) };
        let mut wanted = Vec::new();
        let ended = chain::run(jobs, *first, &WholePicture, &options, |processed| {
            progress.advance(1);
            let one = &open[processed.index];
            let crop = match processed.photo {
                Ok(photo) if is_photo(&photo, one.photo) => photo.crops.into_iter().next(),
                Ok(_) => {
                    let message = OTHER_BYTES.to_owned();
                    report.failures.push(Warning { about: one.path.display().to_string(), message });
                    None
                }
                Err(failure) => {
                    let about = one.path.display().to_string();
                    report.failures.push(Warning { about, message: failure.to_string() });
                    None
                }
            };
            if let Some(crop) = crop {
                report.looked_at += 1;
                let scores: Vec<_> = std::iter::once(crop.embedding).chain(crop.further).collect();
                wanted.extend(labels_of(one, &classifiers.say(&scores), &classifiers, &mut report));
            }
            Ok::<(), EngineError>(())
        })?;
        report.interrupted = ended == Ended::Cancelled;
        let actor = Actor::Model(report.classifiers.join(", "));
        match catalog.label(&wanted, &Signature { actor, at: Timestamp::now() }) {
            Ok(entry) => {
                for change in &entry.change.labels {
                    let task = ClassifierTask::ALL.into_iter().find(|task| name_of(*task) == change.label);
                    if let Some(task) = task {
                        *report.labels.entry(task).or_default() += 1;
                    }
                }
                report.entry = Some(entry.id.to_string());
                // By their labels they may be of slots now.
                let routed = route::make_missing(&mut catalog, models, progress, cancel)?;
                report.failures.extend(routed.missing);
                report.interrupted |= routed.interrupted;
            }
            Err(CatalogError::NothingToDo(_)) => {}
            Err(error) => return Err(error.into()),
        }
        progress.end();
        Ok(report)
    }
}

fn name_of(task: ClassifierTask) -> LabelName {
    match task {
        ClassifierTask::Species => LabelName::Species,
        ClassifierTask::Viewpoint => LabelName::Viewpoint,
    }
}

/// The animals of which nobody but a model has said what the classifiers tell.
fn open_of(
    catalog: &Catalog,
    classifiers: &Classifiers,
    report: &mut CatalogClassified,
) -> Result<Vec<Open>, EngineError> {
    let mut open = Vec::new();
    for annotation in catalog.annotations()? {
        let AnnotationRecord { id, photo, region, .. } = annotation;
        let subject = LabelSubject::Annotation(id);
        let mut tasks = Vec::new();
        for classifier in classifiers.all() {
            let said = catalog.label_of(subject, &name_of(classifier.task()))?;
            let by_other = match said {
                Some(said) => !matches!(said.source, Some(LabelSource::Model(_))),
                None => catalog
                    .taken_away_by(subject, &name_of(classifier.task()))?
                    .is_some_and(|by| !is_model(&by)),
            };
            if !by_other {
                tasks.push(classifier.task());
            }
        }
        if tasks.is_empty() {
            continue;
        }
        let record = catalog.photo(&photo)?;
        let paths = record.paths;
        let Some(path) = paths.iter().find(|path| path.is_file()) else {
            let about = paths.first().map_or_else(|| photo.short(), |path| path.display().to_string());
            report.failures.push(Warning { about, message: "the file is not there any more".to_owned() });
            continue;
        };
        let photo = (photo, record.picture);
        open.push(Open {
            annotation: id,
            photo,
            path: path.clone(),
            region: region.map(GivenBox::upright),
            tasks,
        });
    }
    Ok(open)
}

/// Whether the actor of a step is classifiers, by their ids.
fn is_model(actor: &str) -> bool {
    actor.split(", ").all(|one| one.parse::<BundleId>().is_ok())
}

/// The labels that make it so: what a classifier does not know takes a model's earlier word away.
fn labels_of(
    one: &Open,
    said: &ModelLabels,
    classifiers: &Classifiers,
    report: &mut CatalogClassified,
) -> Vec<NewLabel> {
    let mut labels = Vec::new();
    for classifier in classifiers.all().iter().filter(|classifier| one.tasks.contains(&classifier.task())) {
        let task = classifier.task();
        let (value, confidence) = match task {
            ClassifierTask::Species => parts(said.species.as_ref()),
            ClassifierTask::Viewpoint => parts(said.viewpoint.as_ref()),
        };
        if value.is_none() {
            *report.unknown.entry(task).or_default() += 1;
        }
        labels.push(NewLabel {
            subject: LabelSubject::Annotation(one.annotation),
            label: name_of(task),
            value,
            source: LabelSource::Model(classifier.bundle_id().to_string()),
            confidence,
        });
    }
    labels
}

fn parts<T: ToString>(said: Option<&Stated<T>>) -> (Option<String>, Option<f32>) {
    said.map_or((None, None), |said| (Some(said.value.to_string()), said.confidence))
}
