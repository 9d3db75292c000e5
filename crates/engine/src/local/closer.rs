//! A closer look at the photos that are most alike: a network that sees both crops as a whole matches their local features anew.
//!
//! It takes hundreds of times as long as comparing descriptors, so it is for a few photos of each query. Which ones is decided
//! by the usual weights of all evidences, not by those that a catalog has learned: then a question, a calibration and an
//! evaluation choose alike, whatever was learned on whom.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;

use resight_compare::Evidence;
use resight_core::{BundleId, Similarity};
use resight_eval::{Gallery, Likeliest, PairEvidence, Protocol, RankOptions, SlotFusions, likeliest};
use resight_model::{Bundle, LocalForm, LocalMatcher, Manifest};
use resight_vector::f16;

use super::threads;
use crate::models::DEFAULT_MATCHER;
use crate::{CancelToken, EngineError, Models, Progress, Stage};

/// Which photos get it.
pub(crate) const LIKELIEST: Likeliest = Likeliest { photos: 20, of_one: 3 };

/// A matcher with the form of the features that it reads.
pub(crate) struct CloserLook {
    form: LocalForm,
    /// One for each thread: a runtime answers one question after the other.
    matchers: Vec<LocalMatcher>,
}

impl CloserLook {
    /// Loads the program's matcher for the first of these bundles whose features it reads; none where it reads none of them.
    ///
    /// # Errors
    /// No runtime takes it.
    pub(crate) fn of<'a>(
        models: &Models,
        mut features: impl Iterator<Item = (&'a LocalForm, &'a Manifest)>,
    ) -> Result<Option<Self>, EngineError> {
        let bundle: Bundle = models.bundle(DEFAULT_MATCHER)?;
        let Some((form, manifest)) = features.find(|(_, manifest)| LocalMatcher::reads(&bundle, manifest))
        else {
            return Ok(None);
        };
        let load = |_| models.matcher(&bundle, manifest);
        let matchers = (0..threads()).map(load).collect::<Result<_, EngineError>>()?;
        Ok(Some(Self { form: form.clone(), matchers }))
    }

    /// The bundle of the matcher.
    pub(crate) fn bundle(&self) -> &BundleId {
        self.matchers[0].bundle()
    }

    /// The bundle whose features it reads.
    pub(crate) fn features(&self) -> &BundleId {
        self.form.bundle()
    }

    /// What executes the matcher.
    pub(crate) fn runtime(&self) -> &str {
        self.matchers[0].runtime()
    }

    /// The matches of a pair of rows; none where one of them is no such row.
    pub(crate) fn evidence(&self, query: &[f16], other: &[f16]) -> Result<Option<Evidence>, EngineError> {
        self.by(&self.matchers[0], query, other)
    }

    fn by(
        &self,
        matcher: &LocalMatcher,
        query: &[f16],
        other: &[f16],
    ) -> Result<Option<Evidence>, EngineError> {
        let (Some(query), Some(other)) = (self.form.packed(query), self.form.packed(other)) else {
            return Ok(None);
        };
        Ok(Some(matcher.evidence(&query.to_features(), &other.to_features())?))
    }

    /// How many matches a query has with each of these photos, of which the likeliest are looked at; none with the others. `alike` says
    /// of each whom it shows and how alike it is by the usual weights, `row_at` has its features.
    ///
    /// # Errors
    /// The network fails.
    pub(crate) fn look<'r, I: Ord + Copy>(
        &self,
        query: &[f16],
        alike: &[(I, Similarity)],
        row_at: impl Fn(usize) -> &'r [f16],
    ) -> Result<Vec<u16>, EngineError> {
        let places = LIKELIEST.choose(alike);
        let pairs: Vec<(&[f16], &[f16])> = places.iter().map(|place| (query, row_at(*place))).collect();
        let mut matches = vec![0; alike.len()];
        places.iter().zip(self.count(&pairs)?).for_each(|(place, count)| matches[*place] = count);
        Ok(matches)
    }

    /// How many matches each pair of rows has, on all cores.
    ///
    /// # Errors
    /// The network fails.
    pub(crate) fn count(&self, pairs: &[(&[f16], &[f16])]) -> Result<Vec<u16>, EngineError> {
        let mut counts = vec![0; pairs.len()];
        let next = Mutex::new(pairs.iter().zip(&mut counts));
        thread::scope(|scope| {
            let count = |matcher| {
                loop {
                    let pair = next.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
                    let Some(((query, other), count)) = pair else { return Ok(()) };
                    let evidence = self.by(matcher, query, other)?;
                    *count =
                        evidence.map_or(0, |evidence| u16::try_from(evidence.count()).unwrap_or(u16::MAX));
                }
            };
            let workers: Vec<_> =
                self.matchers.iter().map(|matcher| scope.spawn(move || count(matcher))).collect();
            let join = |worker: thread::ScopedJoinHandle<'_, Result<(), EngineError>>| {
                worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            workers.into_iter().try_for_each(join)
        })?;
        Ok(counts)
    }
}

/// What is known of a closer look before it is taken, and where it is kept meanwhile.
pub(crate) trait KeptLooks {
    /// The matches that are known: of each query those with its rows, in their order.
    fn known(&self) -> BTreeMap<u32, Vec<u16>>;

    /// Keeps what is known now.
    fn keep(&self, known: &BTreeMap<u32, Vec<u16>>);
}

/// Rows of features, some of which are looked at more closely.
pub(crate) struct CloserPairs<'a> {
    pub(crate) closer: &'a CloserLook,
    /// The features of every row as they lie; none where it has none.
    pub(crate) rows: &'a [Option<&'a [f16]>],
    /// Of each query the rows that it is compared with.
    pub(crate) chosen: &'a BTreeMap<u32, Vec<u32>>,
}

/// Queries that are looked at between two glances at the clock and the user.
const AT_ONCE: usize = 8;

/// How often what is known is kept.
const KEPT_EVERY: std::time::Duration = std::time::Duration::from_secs(60);

impl CloserPairs<'_> {
    /// Compares them, one query after the other.
    ///
    /// # Errors
    /// The network fails, or the work was cancelled.
    pub(crate) fn compare(
        &self,
        kept: Option<&dyn KeptLooks>,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<BTreeMap<u32, Vec<(u32, u16)>>, EngineError> {
        let mut known = kept.map(KeptLooks::known).unwrap_or_default();
        known.retain(|query, counts| self.chosen.get(query).is_some_and(|rows| rows.len() == counts.len()));
        let left: Vec<u32> = self.chosen.keys().copied().filter(|query| !known.contains_key(query)).collect();
        progress.begin(Stage { title: "looking closer".to_owned(), total: Some(left.len() as u64) });
        let mut last_kept = std::time::Instant::now();
        let keep = |known: &BTreeMap<u32, Vec<u16>>| {
            if let Some(kept) = kept {
                kept.keep(known);
            }
        };
        for queries in left.chunks(AT_ONCE) {
            let pairs: Vec<(&[f16], &[f16])> = queries.iter().flat_map(|query| self.pairs(*query)).collect();
            let mut counts = self.closer.count(&pairs)?.into_iter();
            for query in queries {
                known.insert(*query, counts.by_ref().take(self.chosen[query].len()).collect());
            }
            progress.advance(queries.len() as u64);
            if last_kept.elapsed() > KEPT_EVERY || cancel.is_cancelled() {
                keep(&known);
                last_kept = std::time::Instant::now();
            }
            if cancel.is_cancelled() {
                return Err(EngineError::user("stopped while photos were looked at more closely"));
            }
        }
        if !left.is_empty() {
            keep(&known);
        }
        let with_rows = |(query, counts): (u32, Vec<u16>)| {
            (query, self.chosen[&query].iter().copied().zip(counts).collect())
        };
        Ok(known.into_iter().map(with_rows).collect())
    }

    fn pairs(&self, query: u32) -> impl Iterator<Item = (&[f16], &[f16])> {
        // A row without features is no row of features, and has no match.
        let row = |row: u32| self.rows.get(row as usize).copied().flatten().unwrap_or(&[]);
        self.chosen[&query].iter().map(move |other| (row(query), row(*other)))
    }
}

/// Which rows each query of an evaluation or a calibration looks at more closely.
///
/// # Errors
/// As [`resight_eval::rank()`].
pub(crate) fn chosen(
    gallery: &Gallery<'_>,
    evidence: &PairEvidence,
    protocol: &Protocol,
    options: &RankOptions,
) -> Result<BTreeMap<u32, Vec<u32>>, EngineError> {
    Ok(likeliest(gallery, evidence, &SlotFusions::usual(evidence), protocol, options, LIKELIEST)?)
}
