//! Taking photos into a catalog: read → decode → detect → embed → write, overlapped.
//!
//! Photos are known by the hash of their bytes, so an ingest that was stopped goes on where it was when it is
//! started again, and a photo under a second name is not stored twice. Batches are on the disk before they are
//! counted as stored.

mod duplicates;
mod encounters;
mod further;
mod jobs;
mod known;
mod names;
mod offers;
mod plan;
mod side;
mod storing;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use jiff::Timestamp;
use resight_catalog::{Catalog, Signature};
use resight_core::{EncounterSource, Shard, Species, Stated, Viewpoint};
use resight_dataset::{Column, EncounterCounts, ReadOptions, SourceTable, Table, read_source};
use resight_model::chain::{self, ChainOptions, Ended};
use resight_model::{Detector as _, Embedder, WholePicture};
use serde::Serialize;

use self::jobs::Jobs;
use self::plan::PlannedPhoto;
use self::storing::Storing;
use crate::calibrate::{CalibrationReport, calibrate_catalog, lacks_calibration};
use crate::classify::{Classifiers, ModelLabels};
use crate::encounters::find_encounters;
use crate::evaluate::remarks;
use crate::reembed::{Cutting, EmbeddingWork};
use crate::{
    CancelToken, Effort, EngineError, Hint, Models, Progress, Session, Stage, Warning, local, route,
};

pub use self::duplicates::NearDuplicate;
pub(crate) use self::encounters::encounters_of_photos;
pub use self::offers::{Arbiter, Offer, Take};
pub use self::side::SideFrom;
pub(crate) use self::storing::{camera, of_the_photo};

/// What to take in.
#[derive(Debug, Clone)]
pub struct IngestRequest {
    /// Folders, tables or single photos.
    pub sources: Vec<PathBuf>,
    /// How to read them.
    pub read: ReadOptions,
    /// Species of photos whose source states none.
    pub species: Option<Species>,
    /// Where the side is read from of photos whose source states none; before [`IngestRequest::viewpoint`].
    pub side_from: Option<SideFrom>,
    /// Viewpoint of photos whose source states none.
    pub viewpoint: Option<Viewpoint>,
    /// Who does it, for the journal.
    pub actor: String,
    /// Only say what would be taken in.
    pub dry_run: bool,
    /// What becomes of what the sources say otherwise than the catalog does of photos that it has.
    pub take: Take,
    /// Which share of the photos is taken in: others are for other catalogs, which are joined afterwards.
    pub shard: Shard,
    /// Whether to calibrate afterwards.
    pub calibrate: bool,
}

impl IngestRequest {
    /// Takes in what this source names, as it says it, and calibrates.
    pub fn of(source: impl Into<PathBuf>, actor: impl Into<String>) -> Self {
        Self {
            sources: vec![source.into()],
            read: ReadOptions::default(),
            species: None,
            side_from: None,
            viewpoint: None,
            actor: actor.into(),
            dry_run: false,
            take: Take::Old,
            shard: Shard::WHOLE,
            calibrate: true,
        }
    }
}

/// What came of an ingest.
#[derive(Debug, Clone, Default, Serialize)]
pub struct IngestReport {
    /// Photos that the sources name.
    pub photos_found: usize,
    /// Photos that are in the catalog now and were not before.
    pub stored: usize,
    /// Photos that the catalog had already.
    pub already_there: usize,
    /// Those of them whose file has other bytes by now, but shows the same: its metadata was edited.
    pub metadata_edited: usize,
    /// Animals in the photos stored.
    pub annotations: usize,
    /// Those of them whose individual the source names.
    pub identified: usize,
    /// Animals of photos that were there already, whose individual this source named first.
    pub identified_later: usize,
    /// Animals found in addition in photos that were there already: boxes that the catalog did not have.
    pub further_animals: usize,
    /// Labels that the catalog's classifiers gave to animals of which nobody else said it.
    pub labels_by_models: usize,
    /// Individuals of the catalog, now.
    pub individuals: u64,
    /// Animals in the photos stored that are not identifiable, such as too small ones.
    pub not_identifiable: usize,
    /// Photos that could not be used, and why.
    pub failures: Vec<Warning>,
    /// Rows that were left out, and what rows state that could not be taken over: names that are none, dates and boxes
    /// that make no sense.
    pub left_out: Vec<Warning>,
    /// What the source says of photos that were there already and cannot be taken over.
    pub conflicts: Vec<Warning>,
    /// What the source says otherwise than the catalog does, of photos that were there already, and was not taken.
    pub offers: Vec<Offer>,
    /// Labels of photos that were there already, which this source gave or corrected.
    pub labels_taken: usize,
    /// What else was noticed.
    pub warnings: Vec<Warning>,
    /// What there is to do about the remarks, each once.
    pub hints: Vec<Hint>,
    /// Photos stored that look like another one of the catalog.
    pub near_duplicates: Vec<NearDuplicate>,
    /// Where the encounters come from, with how many photos.
    pub encounters: EncounterCounts,
    /// Whether it was stopped before the end; the same command goes on.
    pub interrupted: bool,
    /// Whether nothing was stored because only a look was asked for.
    pub dry_run: bool,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// What executed the network.
    pub runtime: String,
    /// The calibration made afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<CalibrationReport>,
}

impl IngestReport {
    /// What is said of an animal, and where nobody says anything, what the models say; those are counted.
    fn with_models(
        &mut self,
        species: Option<Stated<Species>>,
        viewpoint: Option<Stated<Viewpoint>>,
        said: ModelLabels,
    ) -> (Option<Stated<Species>>, Option<Stated<Viewpoint>>) {
        let by_models =
            [species.is_none() && said.species.is_some(), viewpoint.is_none() && said.viewpoint.is_some()];
        self.labels_by_models += by_models.into_iter().filter(|given| *given).count();
        (species.or(said.species), viewpoint.or(said.viewpoint))
    }

    /// Says once what there is to do.
    fn advise(&mut self, hint: Hint) {
        if !self.hints.contains(&hint) {
            self.hints.push(hint);
        }
    }

    /// Photos stored a second.
    #[expect(clippy::cast_precision_loss, reason = "a number of photos")]
    pub fn photos_per_second(&self) -> f64 {
        if self.seconds > 0.0 { self.stored as f64 / self.seconds } else { 0.0 }
    }
}

impl Session {
    /// Takes photos in.
    ///
    /// # Errors
    /// The catalog cannot be opened for writing, a source cannot be read, a model is missing, the network fails,
    /// the disk is full. Photos that cannot be used are no errors: they are in the report and in the catalog's list
    /// of failures.
    pub fn ingest(
        &self,
        request: &IngestRequest,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<IngestReport, EngineError> {
        let _span = tracing::info_span!("ingest").entered();
        let began = Instant::now();
        let mut catalog = if request.dry_run { self.reader()? } else { self.writer()? };
        let models = self.models();
        let settings = catalog.settings()?;
        let mut report = IngestReport { dry_run: request.dry_run, ..IngestReport::default() };

        let mut planned = read_sources(request, settings.encounter_gap_secs, &mut report, progress, cancel)?;
        keep_share(&mut planned, request.shard);
        encounters::join_known(&catalog, &mut planned)?;
        report.photos_found = planned.len();
        report.encounters = encounters::summary(&planned);
        if request.dry_run {
            jobs::look(&catalog, &planned, &mut report, progress, cancel)?;
        }
        if request.dry_run || cancel.is_cancelled() {
            report.interrupted = cancel.is_cancelled();
            progress.end();
            return Ok(report);
        }
        for folder in roots_of(request) {
            catalog.remember_root(&folder)?;
        }
        let alike = names::alike(&catalog, &planned)?;
        if !alike.is_empty() {
            report.advise(Hint::Merge);
        }
        report.warnings.extend(alike);
        embed_and_store(request, models, progress, cancel, &mut catalog, &planned, &mut report)?;
        if !report.interrupted {
            // Those of photos stored just now are there already.
            let local = local::make_missing(&mut catalog, models, progress, cancel)?;
            report.interrupted = local.interrupted;
            report.warnings.extend(local.missing);
        }
        if !report.interrupted {
            // After the labels: by them it shows which slots the animals are of.
            let routed = route::make_missing(&mut catalog, models, progress, cancel)?;
            report.interrupted = routed.interrupted;
            report.warnings.extend(routed.missing);
        }
        report.individuals = catalog.stats()?.individuals;
        let named =
            report.identified + report.identified_later + report.further_animals + report.labels_taken > 0;
        // An ingest that was stopped just before it calibrated is made good by the next one.
        if request.calibrate && !report.interrupted && (named || lacks_calibration(&catalog)?) {
            let calibration = calibrate_catalog(&mut catalog, models, Effort::default(), progress, cancel)?;
            report.interrupted = calibration.interrupted;
            report.calibration = Some(calibration);
        }
        progress.end();
        report.seconds = began.elapsed().as_secs_f64();
        Ok(report)
    }
}

/// Keeps the photos of a share: whole encounters, which were found among all photos, in the order in which they come.
fn keep_share(planned: &mut Vec<PlannedPhoto>, shard: Shard) {
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut next = 0;
    planned.retain(|photo| {
        let mut number = || {
            next += 1;
            next - 1
        };
        let at = match &photo.encounter {
            Some(encounter) => *numbers.entry(encounter.key.clone()).or_insert_with(number),
            None => number(),
        };
        shard.has(at)
    });
}

fn read_sources(
    request: &IngestRequest,
    gap_secs: f64,
    report: &mut IngestReport,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Vec<PlannedPhoto>, EngineError> {
    let mut tables: Vec<Table> =
        request.sources.iter().map(|source| read_source(source, &request.read)).collect::<Result<_, _>>()?;
    let sources = request.sources.iter().zip(&mut tables);
    let mut sources: Vec<SourceTable<'_>> =
        sources.map(|(path, table)| SourceTable { path, table }).collect();
    find_encounters(&mut sources, gap_secs, progress, cancel);
    let mut planned = plan::Plan::new(
        request.species.clone(),
        request.viewpoint.clone(),
        request.side_from,
        &request.actor,
    );
    for (source, table) in request.sources.iter().zip(tables) {
        let (lost, noticed) = remarks(source, &table);
        report.left_out.extend(lost);
        report.warnings.extend(noticed);
        tell_kept_columns(source, &table, report);
        planned.add(source, table, &mut report.conflicts);
    }
    Ok(planned.into_photos())
}

/// The folders that the photos are taken in from: a source's own, or that of its table.
fn roots_of(request: &IngestRequest) -> Vec<PathBuf> {
    let of = |source: &PathBuf| {
        let folder = match (source.is_dir(), &request.read.photo_folder) {
            (true, _) => source.clone(),
            (false, Some(folder)) => folder.clone(),
            (false, None) => source.parent().map(Path::to_owned).unwrap_or_default(),
        };
        let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
        std::path::absolute(&folder).ok().map(|folder| folder.components().collect())
    };
    request.sources.iter().filter_map(of).collect()
}

/// Names the columns that mean nothing to resight, and what they were probably meant for.
fn tell_kept_columns(source: &Path, table: &Table, report: &mut IngestReport) {
    let is_kept = |name: &&str| !name.is_empty() && !plan::is_read(name);
    let names: Vec<&str> = table.extra_columns.iter().map(|name| name.trim()).filter(is_kept).collect();
    if names.is_empty() {
        return;
    }
    let says_it = |meaning: Column| {
        table.rows.iter().any(|row| match meaning {
            Column::Identity => row.identity.is_some(),
            Column::Species => row.species.is_some(),
            Column::Viewpoint => row.viewpoint.is_some(),
            Column::Date => row.date.is_some(),
            _ => row.encounter_source == Some(EncounterSource::Table),
        })
    };
    let meant = names.iter().find_map(|name| {
        let meaning = Column::probably(name).filter(|meaning| !says_it(*meaning))?;
        Some(Hint::ColumnMeaning { meaning: meaning.name(), column: (*name).to_owned() })
    });
    if let Some(hint) = meant {
        report.advise(hint);
    }
    let message = format!("columns without a meaning, kept as they are: {}", names.join(", "));
    report.warnings.push(Warning { about: source.display().to_string(), message });
}

/// Runs the chain over all planned photos and stores what comes out, batch by batch.
fn embed_and_store(
    request: &IngestRequest,
    models: &Models,
    progress: &dyn Progress,
    cancel: &CancelToken,
    catalog: &mut Catalog,
    planned: &[PlannedPhoto],
    report: &mut IngestReport,
) -> Result<(), EngineError> {
    let settings = catalog.settings()?;
    let (embedder, classifiers) = Classifiers::of_catalog(models, &settings)?;
    // Where `init` was killed between the catalog and this, it is made good before the first photo.
    catalog.keep_learnt(&settings.bundle.id, models.bundle(settings.bundle.id.as_str())?.learnt())?;
    let detector = models.detector(&settings.detector)?;
    let normaliser = models.normaliser(settings.frame.as_deref())?;
    report.runtime = embedder.runtime().to_owned();
    let readers = local::readers(catalog, models)?;
    let further_bundles = readers.iter().map(|reader| reader.bundle_id().clone()).collect();
    let further: Vec<&dyn Embedder> =
        readers.iter().map(|reader| reader as &dyn Embedder).chain(classifiers.networks()).collect();
    let known = jobs::KnownPhotos::of(catalog)?;
    let signature = Signature::person(&request.actor, Timestamp::now());
    let sources =
        request.sources.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    let import = catalog.begin_import(&sources, &signature)?;

    progress.begin(Stage { title: "taking photos in".to_owned(), total: Some(planned.len() as u64) });
    let skipped = Mutex::new(Vec::new());
    let jobs = Jobs::new(planned, &known, &skipped, progress);
    let options = ChainOptions {
        min_side: settings.least_pixels,
        thumbnail_side: Some(settings.thumbnail_pixels),
        normaliser: normaliser.as_deref(),
        further: &further,
        want_hashes: true,
        want_clarity: true,
        want_metadata: true,
        ..ChainOptions::new(cancel.flag())
    };
    let whole_picture = settings.detector == WholePicture.id();
    let detector_word = settings.detector.clone();
    let mut storing = Storing::new(
        catalog,
        import,
        settings.bundle.id.clone(),
        further_bundles,
        &classifiers,
        planned,
        &skipped,
        report,
        detector_word,
        whole_picture,
    );
    let ended = chain::run(jobs, &*embedder, &*detector, &options, |processed| {
        progress.advance(1);
        storing.take(processed)
    })?;
    let outcome = storing.finish()?;
    report.interrupted = ended == Ended::Cancelled;
    let known: Vec<_> = outcome.known.into_iter().map(|(photo, index)| (photo, &planned[index])).collect();
    let known::Matched { further, without_embedding } =
        known::match_known(catalog, &known, &request.take, &signature, report)?;
    if !report.interrupted && !without_embedding.is_empty() {
        let work = EmbeddingWork::new(
            &*embedder,
            settings.bundle.id.clone(),
            Cutting::of(&settings, normaliser.as_deref()),
            progress,
            cancel,
        );
        let remade = work.embed_annotations(catalog, &without_embedding)?;
        report.warnings.extend(remade.missing);
        report.interrupted = remade.interrupted;
    }
    if !report.interrupted {
        let tools = further::Tools {
            embedder: &*embedder,
            detector: &*detector,
            classifiers: &classifiers,
            options: &options,
            progress,
        };
        report.interrupted = further::store(catalog, import, &further, &tools, report)? == Ended::Cancelled;
    }
    if !report.interrupted {
        catalog.finish_import(import, Timestamp::now())?;
    }
    report.near_duplicates = duplicates::among(catalog, &outcome.stored)?;
    Ok(())
}
