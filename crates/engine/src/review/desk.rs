//! The open cases with the answers to them, as they come and go.
//!
//! A desk is kept as long as somebody works on a catalog. [`Desk::work`] does a little at a time, between other things: it asks about
//! cases that were not asked about yet, and anew about those that come next where the catalog has changed since. Nothing of it is
//! stored: another desk comes to the same.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use resight_catalog::journal::Moment;
use resight_core::AnnotationId;

use super::Case;
use super::benefit::benefit;
use super::case::case_of;
use crate::identify::{Answer, AnswerBy, IdentifyRequest, Subject};
use crate::{CancelToken, EngineError, Session, Silent};

/// Candidates of an answer.
const CANDIDATES: usize = 10;

/// Cases that are asked about at once, at most: an answer that somebody waits for waits as long.
const AT_ONCE: usize = 4;

/// Cases at the head of the queue that are asked about anew when the catalog has changed.
const KEPT_FRESH: usize = 4;

/// What a second look at a case is worth beside the first, where that left it open.
const LOOKED_AT: f64 = 0.1;

/// The order of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueueOrder {
    /// First what a look is worth most for.
    #[default]
    Benefit,
    /// As the photos came.
    Taken,
}

/// An answer to a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// The case.
    pub case: Case,
    /// The answer.
    pub answer: Answer,
    /// How probable it is that a look changes what would be believed without one, 0 to 1.
    pub benefit: f64,
    as_of: Moment,
}

/// An open case in the queue.
#[derive(Debug, Clone)]
pub struct CaseRow {
    /// The case.
    pub case: Case,
    /// Its answer; none where it was not asked about yet.
    pub prepared: Option<Arc<Prepared>>,
}

/// How far a desk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeskCount {
    /// Open cases.
    pub open: usize,
    /// Those of them that have an answer.
    pub prepared: usize,
}

/// The open cases of one catalog.
#[derive(Debug, Default)]
pub struct Desk(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    as_of: Option<Moment>,
    /// The cases by the annotation that names them: in the order they came.
    cases: BTreeMap<AnnotationId, CaseRow>,
    /// Cases that somebody looks at.
    wanted: VecDeque<AnnotationId>,
}

impl Desk {
    /// Notes which cases are open, where the catalog has changed since.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub fn refresh(&self, session: &Session) -> Result<(), EngineError> {
        let now = session.moment()?;
        if self.lock().as_of.as_ref() == Some(&now) {
            return Ok(());
        }
        let open = session.open_cases()?;
        let mut inner = self.lock();
        let mut before = std::mem::take(&mut inner.cases);
        for case in open {
            let known = before.remove(&case.id()).filter(|row| row.case == case);
            let row = known.unwrap_or(CaseRow { case, prepared: None });
            inner.cases.insert(row.case.id(), row);
        }
        inner.as_of = Some(now);
        Ok(())
    }

    /// Asks about some cases that nobody has asked about, or about what comes next, anew. Says whether there is more to do.
    ///
    /// # Errors
    /// As for [`Session::identify`].
    pub fn work(&self, session: &Session, cancel: &CancelToken) -> Result<bool, EngineError> {
        self.refresh(session)?;
        let cases = self.lock().next_to_ask();
        if cases.is_empty() {
            return Ok(false);
        }
        let prepared = prepare(session, &cases, cancel)?;
        let mut inner = self.lock();
        for one in prepared {
            inner.take(one);
        }
        Ok(true)
    }

    /// The answer to the case of an annotation, open or not, and whether it is of the catalog as it is now. One that is not is made
    /// anew by the next [`Desk::work`].
    ///
    /// # Errors
    /// There is no such annotation; as for [`Session::identify`].
    pub fn answer(
        &self,
        session: &Session,
        annotation: AnnotationId,
        cancel: &CancelToken,
    ) -> Result<(Arc<Prepared>, bool), EngineError> {
        self.refresh(session)?;
        let case = session.read(|catalog| case_of(catalog, annotation))?;
        if let Some((known, is_fresh)) = self.lock().known(&case) {
            return Ok((known, is_fresh));
        }
        let mut made = prepare(session, std::slice::from_ref(&case), cancel)?;
        let one = made.pop().ok_or_else(|| EngineError::user("stopped before it was answered"))?;
        let is_fresh = Some(&one.as_of) == self.lock().as_of.as_ref();
        Ok((self.lock().take(one), is_fresh))
    }

    /// The answer that there is to a case, where it is of the catalog as it is now.
    pub fn fresh_answer(&self, case: &Case) -> Option<Arc<Prepared>> {
        self.lock().known(case).filter(|(_, is_fresh)| *is_fresh).map(|(known, _)| known)
    }

    /// The open cases in an order. Those without an answer come last by benefit.
    pub fn rows(&self, order: QueueOrder) -> Vec<CaseRow> {
        let mut rows: Vec<CaseRow> = self.lock().cases.values().cloned().collect();
        if order == QueueOrder::Benefit {
            // A stable sort: what is worth the same stays as it came.
            rows.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
        }
        rows
    }

    /// How far it is.
    pub fn count(&self) -> DeskCount {
        let inner = self.lock();
        let prepared = inner.cases.values().filter(|row| row.prepared.is_some()).count();
        DeskCount { open: inner.cases.len(), prepared }
    }

    /// What panicked while it was held left it whole.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn worth(row: &CaseRow) -> f64 {
    row.prepared.as_ref().map_or(-1.0, |prepared| prepared.benefit)
}

impl Inner {
    /// The cases to ask about now.
    fn next_to_ask(&mut self) -> Vec<Case> {
        let as_of = self.as_of.clone();
        let is_stale =
            |row: &CaseRow| row.prepared.as_ref().is_none_or(|one| Some(&one.as_of) != as_of.as_ref());
        // What was asked by other networks or another calibration was not asked.
        let ways = as_of.as_ref().map(|moment| &moment.ways);
        let is_unasked =
            |row: &&CaseRow| row.prepared.as_ref().is_none_or(|one| Some(&one.as_of.ways) != ways);
        while let Some(wanted) = self.wanted.pop_front() {
            if let Some(row) = self.cases.get(&wanted).filter(|row| is_stale(row)) {
                return vec![row.case.clone()];
            }
        }
        let unasked = self.cases.values().filter(is_unasked);
        let unasked: Vec<Case> = unasked.take(AT_ONCE).map(|row| row.case.clone()).collect();
        if !unasked.is_empty() {
            return unasked;
        }
        let mut rows: Vec<&CaseRow> = self.cases.values().collect();
        rows.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
        let next = rows.into_iter().take(KEPT_FRESH).filter(|row| is_stale(row));
        next.map(|row| row.case.clone()).collect()
    }

    fn known(&mut self, case: &Case) -> Option<(Arc<Prepared>, bool)> {
        let row = self.cases.get(&case.id()).filter(|row| row.case == *case)?;
        let known = Arc::clone(row.prepared.as_ref()?);
        let is_fresh = Some(&known.as_of) == self.as_of.as_ref();
        if !is_fresh && !self.wanted.contains(&case.id()) {
            self.wanted.push_back(case.id());
        }
        Some((known, is_fresh))
    }

    fn take(&mut self, prepared: Prepared) -> Arc<Prepared> {
        let prepared = Arc::new(prepared);
        if let Some(row) = self.cases.get_mut(&prepared.case.id()).filter(|row| row.case == prepared.case) {
            row.prepared = Some(Arc::clone(&prepared));
        }
        prepared
    }
}

/// Asks about cases; about fewer where it is stopped.
fn prepare(session: &Session, cases: &[Case], cancel: &CancelToken) -> Result<Vec<Prepared>, EngineError> {
    // Before anything is asked: what changes meanwhile makes the answers old.
    let as_of = session.moment()?;
    let annotations = cases.iter().map(|case| case.annotations.clone()).collect();
    let request = IdentifyRequest {
        by: AnswerBy::Encounter,
        top: CANDIDATES,
        ..IdentifyRequest::new(Subject::Annotations(annotations))
    };
    let asked = session.identify(&request, &Silent, cancel)?;
    if asked.interrupted {
        return Ok(Vec::new());
    }
    let mut prepared = Vec::with_capacity(cases.len());
    for (case, answer) in cases.iter().zip(asked.answers) {
        // Whoever has looked and left it open gains little by looking again.
        let was_looked_at = session.read(|catalog| Ok(!catalog.verdicts_on(case.id())?.is_empty()))?;
        let benefit = benefit(&answer) * if was_looked_at { LOOKED_AT } else { 1.0 };
        prepared.push(Prepared { case: case.clone(), benefit, answer, as_of: as_of.clone() });
    }
    Ok(prepared)
}

impl Session {
    /// The moment of the catalog.
    fn moment(&self) -> Result<Moment, EngineError> {
        self.read(|catalog| Ok(catalog.moment()?))
    }
}
