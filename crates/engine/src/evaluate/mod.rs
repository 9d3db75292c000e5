//! How well would it work on my photos? A labelled table in, every metric with its interval out.
//!
//! The rows are embedded by the same chain as in production, ranked and judged by [`resight_eval`]. The strict
//! answer hides what the field does not offer (the query's own burst, near-duplicates of it); the optimistic one
//! hides nothing and stands beside it.

mod asked;
mod cache;
mod division;
mod embed;
mod html;
mod labels;
mod pair_cache;
mod summary;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use resight_core::{DEFAULT_ENCOUNTER_GAP_SECS, Distance, Effort, Policy, Pooling};
use resight_dataset::{EncounterCounts, ReadOptions, Row, SourceTable, SplitRule, Table, read_source};
use resight_eval::{
    Asking, CalibrateOptions, EvaluateOptions, EvidenceAlone, Gallery, Hide, LabelledRow, Learnt,
    PairEvidence, Protocol, RankOptions, RankedQuery, Report, Same, Sides, SlotFusions, draw, evaluate_fused,
};
use resight_model::Manifest;
use resight_vector::Rows;

use self::division::Division;
use self::pair_cache::{LookCache, PairCache};
use crate::calibrate::prior_of;
use crate::encounters::find_encounters;
use crate::local::{CloserLook, CloserPairs, Compared, LocalRows, Pairs, chosen};
use crate::{
    CancelToken, DEFAULT_EMBEDDER, EngineError, Hint, LearntCount, LocalChoice, Models, Progress, Stage,
    Warning,
};

pub use self::asked::AskedPhoto;
pub(crate) use self::embed::{EmbeddedRows, LoadedTools, LocalOfRows, Tools, embed_rows, local_of_rows};
pub use self::html::html;
pub(crate) use self::labels::Numbered;
pub use self::summary::{EvidenceRow, METRICS, Summary, metric_meaning};

/// What to evaluate, and how strictly.
#[derive(Debug, Clone)]
pub struct EvaluateRequest {
    /// The table, or a folder with one folder an individual.
    pub source: PathBuf,
    /// What it is called in remarks and on the page: the source itself, or the catalog that it was written from.
    pub called: PathBuf,
    /// How to read it.
    pub read: ReadOptions,
    /// Name, id or path of the bundle that makes the embeddings.
    pub bundle: String,
    /// What finds the animal where the table gives no box: `whole-picture`, `mask`, or `objects:` and a bundle's name.
    pub detector: String,
    /// What brings an animal into its own frame before it is compared: `body`; none for the crop as it is.
    pub frame: Option<String>,
    /// An animal with a shorter side of fewer pixels is not used.
    pub least_pixels: u32,
    /// Who asks and who answers.
    pub rule: SplitRule,
    /// Seconds without a photo after which a new encounter begins, where the table does not label them.
    pub encounter_gap_secs: f64,
    /// Whether an encounter stays on one side of a split.
    pub whole_encounters: bool,
    /// What a query must not see of its own individual.
    pub hide: Hide,
    /// Labels that an answering photo must share with the query.
    pub same: Same,
    /// How the photos of an individual become one similarity.
    pub pooling: Pooling,
    /// What is asked at once: each photo, or those of an encounter together.
    pub asking: Asking,
    /// How much work goes into an answer.
    pub effort: Effort,
    /// The local features that are compared, where the effort is for that.
    pub local_features: LocalChoice,
    /// Prices, and the expected share of newcomers.
    pub policy: Policy,
    /// Seed of splits, folds and intervals.
    pub seed: u64,
    /// Resamplings for the intervals.
    pub replicates: usize,
    /// Whether embeddings are kept in the models' home for the next evaluation.
    pub cache: bool,
}

impl EvaluateRequest {
    /// The defaults: the default bundle, leave-one-out, the strict view.
    pub fn of(source: impl Into<PathBuf>) -> Self {
        let options = EvaluateOptions::default();
        let source = source.into();
        Self {
            called: source.clone(),
            source,
            read: ReadOptions { check_files: false, ..ReadOptions::default() },
            bundle: DEFAULT_EMBEDDER.to_owned(),
            detector: "whole-picture".to_owned(),
            frame: None,
            least_pixels: 32,
            rule: SplitRule::LeaveOneOut,
            encounter_gap_secs: DEFAULT_ENCOUNTER_GAP_SECS,
            whole_encounters: true,
            hide: Hide::STRICT,
            same: Same::default(),
            pooling: Pooling::default(),
            asking: Asking::default(),
            effort: Effort::default(),
            local_features: LocalChoice::default(),
            policy: Policy::default(),
            seed: resight_dataset::SplitOptions::DEFAULT_SEED,
            replicates: options.replicates,
            cache: true,
        }
    }

    /// Reads the table, divides it, and loads the models.
    pub(crate) fn begin(
        &self,
        models: &Models,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<(Table, Division, LoadedTools), EngineError> {
        check_policy(&self.policy)?;
        let mut table = read_source(&self.source, &self.read)?;
        let mut sources = [SourceTable { path: &self.source, table: &mut table }];
        find_encounters(&mut sources, self.encounter_gap_secs, progress, cancel);
        let division = Division::of(&table.rows, self)?;
        let detector = (&*self.detector, self.frame.as_deref());
        let comparing = (self.effort, &self.local_features);
        let loaded =
            LoadedTools::of(models, &self.bundle, detector, self.least_pixels, self.cache, comparing)?;
        Ok((table, division, loaded))
    }

    pub(crate) fn options(&self, manifest: &Manifest) -> EvaluateOptions {
        EvaluateOptions {
            rank: RankOptions {
                hide: self.hide,
                same: self.same,
                pooling: self.pooling,
                ..RankOptions::default()
            },
            calibrate: CalibrateOptions {
                prior: prior_of(manifest, self.pooling),
                seed: self.seed,
                ..CalibrateOptions::default()
            },
            asking: self.asking,
            policy: self.policy,
            replicates: self.replicates,
            ..EvaluateOptions::default()
        }
    }
}

/// What was measured, with what is needed to show it.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// What was asked.
    pub request: EvaluateRequest,
    /// The bundle's id.
    pub bundle: String,
    /// What executed the network.
    pub runtime: String,
    /// With the photos hidden that were asked to be.
    pub strict: Report,
    /// With nothing hidden.
    pub optimistic: Report,
    /// Rows whose individual nobody knows; nothing is done with them.
    pub unidentified: usize,
    /// Labelled rows that the protocol leaves out (no date, no word in the split column, the side of a
    /// disjoint set that is for learning).
    pub left_out: usize,
    /// Where the encounters of the photos that took part come from.
    pub encounters: EncounterCounts,
    /// What each evidence is worth, learned on all of it: what a catalog of these photos would use. Every photo was judged by
    /// what was learned on others.
    pub fusions: SlotFusions,
    /// What each evidence is worth by itself, on the same questions.
    pub alone: Vec<EvidenceAlone>,
    /// How much of it the bundle had learnt: such photos do not ask.
    pub learnt: LearntCount,
    /// Rows and photos that could not be used, and why.
    pub failures: Vec<Warning>,
    /// What else was noticed.
    pub warnings: Vec<Warning>,
    /// How the bundle's embeddings are compared.
    pub distance: Distance,
    table: Table,
    embedded: EmbeddedRows,
    labelled: Vec<LabelledRow>,
    ranked: Vec<RankedQuery>,
}

impl Evaluation {
    /// The labelled rows that took part, with their labels as numbers: to measure by a protocol of one's own.
    pub fn labelled_rows(&self) -> &[LabelledRow] {
        &self.labelled
    }

    /// Their embeddings.
    ///
    /// # Errors
    /// Never: they were made of one length.
    pub fn embeddings(&self) -> Result<Rows<'_>, EngineError> {
        rows_of(&self.embedded)
    }

    /// The rows of the table that were embedded, in the order of their embeddings.
    pub fn used_rows(&self) -> impl Iterator<Item = &Row> {
        self.embedded.table_rows.iter().map(|row| &self.table.rows[*row as usize])
    }

    /// The row behind an embedding.
    fn used_row(&self, place: usize) -> Option<&Row> {
        self.embedded.table_rows.get(place).and_then(|row| self.table.rows.get(*row as usize))
    }
}

/// Evaluates a table.
///
/// # Errors
/// The source cannot be read or divided, nobody in it is identified, a model is missing, the network fails, a
/// number is out of range, or the work was cancelled. A photo that cannot be used is no error: it is in
/// [`Evaluation::failures`].
pub fn evaluate(
    request: &EvaluateRequest,
    models: &Models,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Evaluation, EngineError> {
    let _span = tracing::info_span!("evaluate").entered();
    let (table, division, loaded) = request.begin(models, progress, cancel)?;
    measure(request, table, &division, &loaded.tools(), progress, cancel)
}

/// The labelled rows of a table, embedded and compared: what an evaluation and an audit rest on.
pub(crate) struct ComparedRows {
    pub(crate) table: Table,
    pub(crate) embedded: EmbeddedRows,
    pub(crate) labelled: Numbered,
    pub(crate) protocol: Protocol,
    pub(crate) local: Vec<LocalOfRows>,
    pub(crate) evidence: PairEvidence,
    /// Rows and photos that could not be used, and why.
    pub(crate) failures: Vec<Warning>,
    /// What else was noticed.
    pub(crate) warnings: Vec<Warning>,
}

impl ComparedRows {
    /// Embeds and compares the rows that take part.
    pub(crate) fn of(
        request: &EvaluateRequest,
        table: Table,
        division: &Division,
        tools: &Tools<'_>,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<Self, EngineError> {
        let (mut failures, mut warnings) = remarks(&request.called, &table);
        let embedded = embed_rows(&table.rows, &division.taking_part(), tools, progress, cancel)?;
        failures.extend(embedded.failures.iter().cloned());
        if let (true, Some(first)) = (embedded.table_rows.is_empty(), embedded.failures.first()) {
            let all = embedded.failures.len();
            return Err(EngineError::user(format!(
                "none of the {all} labelled photos could be used, such as {first}"
            )));
        }
        let labelled = Numbered::of(&table.rows, &embedded, tools.learnt);
        warnings.extend(labelled.remarks(request));
        let mut protocol = division.protocol(&embedded.table_rows);
        check_something_asks(&labelled, &protocol, tools)?;
        if !tools.local.is_empty() {
            warnings.extend(
                ask_fewer(&mut protocol, &labelled.rows, tools.closer.is_some())?
                    .map(|message| Warning { about: request.called.display().to_string(), message }),
            );
        }
        let local = local_of_rows(&table.rows, &embedded, tools, progress, cancel)?;
        let distance = tools.embedder.manifest().distance;
        let gallery = Gallery { rows: &labelled.rows, embeddings: &[rows_of(&embedded)?], distance };
        let options = request.options(tools.embedder.manifest()).rank;
        let evidence = compare_as(tools, &local, &gallery, &protocol, &options, progress, cancel)?;
        Ok(Self { table, embedded, labelled, protocol, local, evidence, failures, warnings })
    }

    /// The labelled rows with their embeddings.
    pub(crate) fn embeddings(&self) -> Result<Rows<'_>, EngineError> {
        rows_of(&self.embedded)
    }
}

/// The part of an evaluation that follows once the models are loaded.
fn measure(
    request: &EvaluateRequest,
    table: Table,
    division: &Division,
    tools: &Tools<'_>,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Evaluation, EngineError> {
    let compared = ComparedRows::of(request, table, division, tools, progress, cancel)?;
    progress.begin(Stage { title: "ranking and judging".to_owned(), total: None });
    let manifest = tools.embedder.manifest();
    let distance = manifest.distance;
    let labelled = &compared.labelled;
    let gallery = Gallery { rows: &labelled.rows, embeddings: &[compared.embeddings()?], distance };
    let options = request.options(manifest);
    let outcome = evaluate_fused(&gallery, &compared.evidence, &compared.protocol, &options);
    progress.end();
    let outcome = outcome?;
    Ok(Evaluation {
        request: request.clone(),
        bundle: tools.embedder.bundle_id().to_string(),
        runtime: tools.embedder.runtime().to_owned(),
        strict: outcome.strict,
        optimistic: outcome.optimistic,
        unidentified: division.unidentified,
        left_out: division.left_out,
        fusions: outcome.fusions,
        alone: outcome.alone,
        encounters: labelled.encounters,
        learnt: labelled.learnt(),
        failures: compared.failures,
        warnings: compared.warnings,
        distance,
        table: compared.table,
        embedded: compared.embedded,
        labelled: compared.labelled.rows,
        ranked: outcome.ranked,
    })
}

/// Pairs of photos whose local features are compared, at most: of more photos, some ask.
pub(crate) const MOST_PAIRS: usize = 20_000_000;

/// Photos that ask with a closer look, at most: about an hour on a laptop.
const MOST_LOOKING_CLOSER: usize = 4_000;

/// Lets so many rows ask, drawn evenly, that comparing local features comes to an end; says so where it does.
fn ask_fewer(
    protocol: &mut Protocol,
    rows: &[LabelledRow],
    looks_closer: bool,
) -> Result<Option<String>, EngineError> {
    let Sides { mut queries, answering } = protocol.sides(rows)?;
    let most_compared = MOST_PAIRS / answering.len().max(1);
    let (all, most) = match looks_closer {
        true => (queries.len(), most_compared.min(MOST_LOOKING_CLOSER)),
        false => (queries.len(), most_compared),
    };
    if all <= most {
        return Ok(None);
    }
    draw(&mut queries, most, CalibrateOptions::default().seed);
    *protocol = Protocol::Split { queries, gallery: answering };
    let why = match most < most_compared {
        true => "a closer look at all would take too long; with less effort more ask",
        false => "local features of all pairs would take too long; with effort fast all ask",
    };
    Ok(Some(format!("{most} of {all} photos ask, drawn evenly: {why}")))
}

/// Compares the local features of all rows that ask with those of all that may answer, and looks closer where there is what does.
pub(crate) fn compare_as(
    tools: &Tools<'_>,
    local: &[LocalOfRows],
    gallery: &Gallery<'_>,
    protocol: &Protocol,
    options: &RankOptions,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<PairEvidence, EngineError> {
    let cache = tools.cache.as_deref();
    let evidence = compare_local(local, gallery.rows, protocol, options.same, cache, progress, cancel)?;
    let reads = |closer: &CloserLook| {
        let kind = local.iter().find(|kind| kind.form().bundle() == closer.features())?;
        Some(kind.rows(gallery.rows.len()))
    };
    let Some((closer, kind)) = tools.closer.and_then(|closer| Some((closer, reads(closer)?))) else {
        return Ok(evidence);
    };
    let chosen = chosen(gallery, &evidence, protocol, options)?;
    let pairs = CloserPairs { closer, rows: &kind.rows, chosen: &chosen };
    let kept = cache.map(|folder| LookCache::of(folder, &pairs, progress));
    let counted = pairs.compare(kept.as_ref().map(|kept| kept as _), progress, cancel)?;
    Ok(evidence.and(closer.bundle().clone(), &counted, gallery.rows.len()))
}

/// Compares the local features of all rows that ask with those of all that may answer; what is kept in the folder `cache` is not
/// compared anew.
pub(crate) fn compare_local(
    local: &[LocalOfRows],
    rows: &[LabelledRow],
    protocol: &Protocol,
    same: Same,
    cache: Option<&Path>,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<PairEvidence, EngineError> {
    if local.is_empty() {
        return Ok(PairEvidence::default());
    }
    let kinds: Vec<LocalRows<'_>> = local.iter().map(|local| local.rows(rows.len())).collect();
    let Sides { queries, answering } = protocol.sides(rows)?;
    let answering: BTreeSet<u32> = answering.into_iter().collect();
    let admits = |query: u32, row: u32| {
        answering.contains(&row) && resight_eval::admits(same, &rows[query as usize], &rows[row as usize])
    };
    let pairs = Pairs { kinds: &kinds, queries: &queries, admits: &admits, compared: &|_| Compared::All };
    let cache = cache.and_then(|folder| PairCache::of(folder, &pairs, rows.len()));
    if let Some(kept) = cache.as_ref().and_then(PairCache::read) {
        return Ok(kept);
    }
    let evidence = pairs.compare(progress, cancel)?;
    if let Some(remark) = cache.and_then(|cache| cache.write(&evidence)) {
        progress.note(&remark);
    }
    Ok(evidence)
}

fn rows_of(embedded: &EmbeddedRows) -> Result<Rows<'_>, EngineError> {
    Rows::new(embedded.dimension, &embedded.values)
        .map_err(|error| EngineError::internal(error.to_string()).because(error))
}

/// A bundle that has learnt every photo that could ask cannot be measured by them.
fn check_something_asks(
    labelled: &Numbered,
    protocol: &Protocol,
    tools: &Tools<'_>,
) -> Result<(), EngineError> {
    let asks = |row: &LabelledRow| row.individual.is_some() && row.learnt != Learnt::Photo;
    let something = match protocol {
        Protocol::LeaveOneOut => labelled.rows.iter().any(asks),
        Protocol::Split { queries, .. } => {
            queries.iter().filter_map(|place| labelled.rows.get(*place as usize)).any(asks)
        }
    };
    let learnt = labelled.learnt().photos;
    if something || learnt == 0 {
        return Ok(());
    }
    Err(EngineError::user(format!(
        "nothing is left to ask: {learnt} photos of this table were learnt by the bundle, and what it learnt says \
         nothing about what it can do: {}",
        tools.embedder.bundle_id()
    ))
    .with_hint(Hint::MeasureOnOthers))
}

/// Found out before hours of embedding, not after.
pub(crate) fn check_policy(policy: &Policy) -> Result<(), EngineError> {
    policy.check().map_err(|error| EngineError::user(error.to_string()).because(error))
}

/// What the reader noticed: what it left out, and the rest.
pub(crate) fn remarks(source: &std::path::Path, table: &Table) -> (Vec<Warning>, Vec<Warning>) {
    let about = source.display().to_string();
    let (lost, noticed): (Vec<_>, Vec<_>) =
        table.warnings.iter().partition(|warning| warning.kind.loses_something());
    let shown = |warnings: Vec<&resight_dataset::Warning>| {
        let of = |warning: &resight_dataset::Warning| Warning {
            about: about.clone(),
            message: warning.to_string(),
        };
        warnings.into_iter().map(of).collect()
    };
    (shown(lost), shown(noticed))
}
