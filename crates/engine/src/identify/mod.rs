//! Who is this animal? Photos in, ranked individuals with probabilities out.

mod answer;
mod ask;
mod boxes;
mod gallery;
mod jobs;
mod judge;
mod looked;
mod page;
mod questions;
mod request;
mod store;
mod table;

use std::sync::{Mutex, PoisonError};

use resight_catalog::{Access, Catalog, Settings};
use resight_model::chain::{self, ChainOptions, Ended, PhotoFailure, ProcessedPhoto};
use resight_model::{Detector, Embedder, WholePicture};
use serde::Serialize;

use self::ask::Asker;
use self::gallery::SearchableGallery;
use self::jobs::{Aside, Found, Jobs};
use self::looked::{Looked, Seen};
use self::questions::{Query, Questions};
use crate::{CancelToken, EngineError, Models, Progress, Stage, Warning};

pub use self::answer::{Answer, CandidateRow, CandidateSet, InCatalog, LeftOut};
pub use self::boxes::DrawnBox;
pub use self::request::{AnswerBy, IdentifyRequest, Subject};
pub use self::table::write_table;
pub use resight_catalog::Area;
pub use resight_dataset::BoxForm;
pub use resight_eval::Same;

/// All answers, and what they were made with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Identification {
    /// One for each animal in each photo, or for each encounter, in the order of the photos.
    pub answers: Vec<Answer>,
    /// Photos that cannot be read and rows that cannot be used: nobody was asked about them.
    pub not_asked: Vec<Warning>,
    /// What else was noticed.
    pub remarks: Vec<Warning>,
    /// What executed the network.
    pub runtime: String,
    /// Whether it was stopped before the last photo. Nothing was stored then, and the encounter that it stopped in has
    /// no answer.
    pub interrupted: bool,
    /// The page that was asked for: HTML in one piece, with the pictures inside.
    #[serde(skip)]
    pub page: Option<String>,
}

/// Answers for photos, rows of tables, or annotations of the catalog. Nothing is stored, unless asked for.
///
/// The gallery is read once for all of them, and a photo is forgotten when it is answered, unless it is to be stored or
/// shown on a page.
///
/// # Errors
/// The catalog cannot be opened, its bundle or detector is not there, the network fails, a source cannot be read, none
/// of the photos can be read. A photo that cannot be used is no error: its answer says so.
pub fn identify(
    request: &IdentifyRequest,
    models: &Models,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Identification, EngineError> {
    let access = if request.add_by.is_some() { Access::Write } else { Access::Read };
    let catalog = Catalog::open(&request.catalog, access)?;
    let settings = catalog.settings()?;
    let questions = Questions::of(request, &catalog)?;
    store::check(request, &questions)?;
    // The network is loaded while the catalog's embeddings are read.
    let (gallery, embedder) = std::thread::scope(|scope| {
        let loading = scope.spawn(|| models.embedder_for_catalog(&settings.bundle.id));
        let gallery = SearchableGallery::read(&catalog, request, &settings.bundle.id);
        let embedder = loading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok::<_, EngineError>((gallery?, embedder?))
    })?;
    let detector = models.detector(&settings.detector)?;
    let asker = Asker {
        request,
        settings: &settings,
        gallery: &gallery,
        calibrations: catalog.calibrations(&settings.bundle.id)?,
        filtered: None,
    };
    let catalog = Mutex::new(catalog);
    let mut session = Session {
        asker,
        catalog: &catalog,
        whole_picture: settings.detector == WholePicture::ID,
        questions: &questions,
        progress,
        place: 0,
        gathered: Vec::new(),
        kept: Vec::new(),
        answers: Vec::new(),
        not_asked: questions.not_asked.clone(),
        remarks: questions.remarks.clone(),
    };
    progress.begin(Stage { title: "asking".to_owned(), total: Some(questions.n_queries() as u64) });
    let ended = session.run(&*embedder, &*detector, &settings, cancel)?;
    let interrupted = ended == Ended::Cancelled;
    let Session { kept, mut answers, not_asked, remarks, .. } = session;
    if answers.is_empty() && !interrupted {
        refuse_unread(&not_asked)?;
    }
    let mut catalog = catalog.into_inner().unwrap_or_else(PoisonError::into_inner);
    let page = match request.page {
        true => Some(page::page(&catalog, &settings, &kept, &answers)?),
        false => None,
    };
    if let Some(actor) = request.add_by.as_ref().filter(|_| !interrupted) {
        store::store(&mut catalog, actor, request, kept, &mut answers)?;
    }
    progress.end();
    let runtime = embedder.runtime().to_owned();
    Ok(Identification { answers, not_asked, remarks, runtime, interrupted, page })
}

/// Where nobody could be asked about, that is the error.
fn refuse_unread(not_asked: &[Warning]) -> Result<(), EngineError> {
    match not_asked {
        [] => Ok(()),
        [only] => Err(EngineError::user(format!("{}: {}", only.message, only.about))),
        [first, ..] => Err(EngineError::user(format!(
            "nothing of {} could be asked about; the first of them: {}: {}",
            not_asked.len(),
            first.message,
            first.about
        ))),
    }
}

/// The way from queries to answers, one question after the other.
struct Session<'a> {
    asker: Asker<'a>,
    catalog: &'a Mutex<Catalog>,
    whole_picture: bool,
    questions: &'a Questions,
    progress: &'a dyn Progress,
    /// The question at hand, and what was seen of its photos so far.
    place: usize,
    gathered: Vec<Looked>,
    /// All photos, where they are to be shown or stored.
    kept: Vec<Looked>,
    answers: Vec<Answer>,
    not_asked: Vec<Warning>,
    remarks: Vec<Warning>,
}

impl Session<'_> {
    fn run(
        &mut self,
        embedder: &dyn Embedder,
        detector: &dyn Detector,
        settings: &Settings,
        cancel: &CancelToken,
    ) -> Result<Ended, EngineError> {
        let questions = self.questions;
        let queries: Vec<&Query> =
            questions.questions.iter().flat_map(|question| &question.queries).collect();
        let aside = Aside::default();
        let mut jobs =
            Jobs::new(queries.clone(), self.catalog, &settings.bundle.id, self.asker.gallery, &aside, cancel);
        let request = self.asker.request;
        let adds = request.add_by.is_some();
        let options = ChainOptions {
            min_side: settings.least_pixels,
            thumbnail_side: (adds || request.page).then_some(settings.thumbnail_pixels),
            want_hashes: adds,
            want_metadata: adds || request.page,
            ..ChainOptions::new(cancel.flag())
        };
        loop {
            let round = (&mut jobs).fuse();
            let ended = chain::run(round, embedder, detector, &options, |processed| {
                let mut of_this = None;
                while let Some((index, found)) = aside.next_up_to(processed.index) {
                    if index == processed.index {
                        of_this = Some(found);
                    } else {
                        self.take_found(queries[index], found)?;
                    }
                }
                self.take_processed(queries[processed.index], of_this, processed.photo)
            })?;
            if let Some(error) = aside.failure() {
                return Err(error);
            }
            while let Some((index, found)) = aside.next_up_to(usize::MAX).filter(|_| !cancel.is_cancelled()) {
                self.take_found(queries[index], found)?;
            }
            if ended == Ended::Cancelled || cancel.is_cancelled() {
                return Ok(Ended::Cancelled);
            }
            if jobs.are_done() {
                return Ok(Ended::Complete);
            }
        }
    }

    /// Takes a photo that the chain has looked at, with what was known of it before.
    fn take_processed(
        &mut self,
        query: &Query,
        found: Option<Found>,
        photo: Result<ProcessedPhoto, PhotoFailure>,
    ) -> Result<(), EngineError> {
        let looked = match found {
            Some(Found::Known(known)) => Looked::known(query, known, Some(photo), self.asker.gallery),
            Some(Found::Drawn(boxes)) => Looked::processed(query, &boxes, photo, self.whole_picture),
            Some(Found::Unread(_)) | None => Looked::processed(query, &[], photo, self.whole_picture),
        };
        self.take(looked)
    }

    /// Takes a photo that the chain has not looked at.
    fn take_found(&mut self, query: &Query, found: Found) -> Result<(), EngineError> {
        match found {
            Found::Unread(why) => self.take(Looked::unread(query, why)),
            Found::Known(known) => self.take(Looked::known(query, known, None, self.asker.gallery)),
            // The chain has it.
            Found::Drawn(_) => Ok(()),
        }
    }

    /// Takes the next photo; answers when it is the last one of its question.
    fn take(&mut self, looked: Looked) -> Result<(), EngineError> {
        self.progress.advance(1);
        if let Some(message) = &looked.remark {
            self.remarks.push(Warning { about: looked.shown.clone(), message: message.clone() });
        }
        if let Seen::Unread(why) = &looked.seen {
            self.not_asked.push(Warning { about: looked.shown.clone(), message: why.clone() });
        }
        self.gathered.push(looked);
        let questions = self.questions;
        let question = &questions.questions[self.place];
        if self.gathered.len() < question.queries.len() {
            return Ok(());
        }
        self.place += 1;
        let gathered = std::mem::take(&mut self.gathered);
        let catalog = self.catalog.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = self.asker.answers(&catalog, question, &gathered)?;
        let keeps = self.asker.request.page || self.asker.request.add_by.is_some();
        let kept =
            if keeps { (self.kept.len()..self.kept.len() + gathered.len()).collect() } else { Vec::new() };
        self.answers.extend(answers.into_iter().map(|answer| Answer { kept: kept.clone(), ..answer }));
        if keeps {
            self.kept.extend(gathered);
        }
        Ok(())
    }
}
