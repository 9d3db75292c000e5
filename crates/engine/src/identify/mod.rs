//! Who is this animal? Photos in, ranked individuals with probabilities out.

mod answer;
mod ask;
mod asked;
mod boxes;
mod drawn;
mod gallery;
mod jobs;
mod joined;
mod judge;
mod local;
mod looked;
mod newcomers;
mod page;
mod pictures;
mod plain_words;
mod questions;
mod regions;
mod request;
mod routed;
mod side_by_side;
mod store;
mod table;
mod workbook;
mod worth;

use std::sync::{Mutex, PoisonError};

use resight_catalog::{Access, CalibrationRecord, Catalog, Settings};
use resight_core::{AskReason, Effort, Quality, near_names};
use resight_model::chain::{self, ChainOptions, Ended, PhotoFailure, ProcessedPhoto};
use resight_model::{Detector, Embedder, Normaliser, WholePicture};
use serde::Serialize;

use self::ask::Asker;
use self::gallery::SearchableGallery;
use self::jobs::{Aside, Found, Jobs};
use self::local::LocalOfAnimals;
use self::looked::{AskedModels, Looked, Seen};
use self::newcomers::Gathered;
use self::questions::{Query, Questions};
use self::routed::RoutedAnimals;
use crate::classify::Classifiers;
use crate::session::Loaded;
use crate::{CancelToken, EngineError, Hint, Progress, Session, Stage, Warning};

pub use self::answer::{
    Answer, AskedSlot, CandidateRow, CandidateSet, EvidenceRow, InCatalog, LeftOut, SaidByModel,
};
pub use self::boxes::DrawnBox;
pub use self::newcomers::{NewcomerClusterRow, NewcomerOf, NewcomersFound};
pub(crate) use self::pictures::OfPhoto;
pub use self::request::{AnswerBy, IdentifyRequest, PhotoInMemory, Subject};
pub use self::table::write_table;
pub use self::workbook::write_workbook;
pub use self::worth::AnswerOrder;
pub use resight_catalog::Area;
pub use resight_dataset::BoxForm;
pub use resight_eval::Same;

/// All answers, and what they were made with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Identification {
    /// One for each animal in each photo, or for each encounter, in the order of the photos.
    pub answers: Vec<Answer>,
    /// Which of them are likely of the same new individual, and how many new individuals there are.
    pub newcomers: NewcomersFound,
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
    /// The picture that was asked for: PNG.
    #[serde(skip)]
    pub picture: Option<Vec<u8>>,
}

impl Session {
    /// Answers for photos, rows of tables, or annotations of the catalog. Nothing is stored, unless asked for.
    ///
    /// A photo is forgotten when it is answered, unless it is to be stored or shown on a page. Where photos are to be
    /// stored, nobody else can write to the catalog meanwhile.
    ///
    /// # Errors
    /// The catalog cannot be opened, its bundle or detector is not there, the network fails, a source cannot be read,
    /// none of the photos can be read. A photo that cannot be used is no error: its answer says so.
    pub fn identify(
        &self,
        request: &IdentifyRequest,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<Identification, EngineError> {
        let catalog = match request.add_by {
            Some(_) => Catalog::open(self.folder(), Access::Write)?,
            None => self.reader()?,
        };
        let _span = tracing::info_span!("identify").entered();
        let questions = Questions::of(request, &catalog)?;
        store::check(request, &questions)?;
        let loaded = self.loaded()?;
        refuse_slips(request, &loaded)?;
        if request.effort == Effort::Thorough {
            loaded.load_closer(self.models())?;
            refuse_uncalibrated(&loaded)?;
        }
        let catalog = Mutex::new(catalog);
        let mut asked = ask(request, &loaded, &questions, &catalog, progress, cancel)?;
        let mut catalog = catalog.into_inner().unwrap_or_else(PoisonError::into_inner);
        let interrupted = asked.ended == Ended::Cancelled;
        if asked.answers.is_empty() && !interrupted {
            refuse_unread(&asked.not_asked)?;
        }
        let page = match request.page {
            true => {
                let Asked { kept, answers, newcomers, .. } = &asked;
                let ways = page::Ways { order: request.order, regions: request.regions, progress, cancel };
                Some(page::page(&catalog, &loaded, &ways, kept, answers, newcomers)?)
            }
            false => None,
        };
        let mut picture = None;
        if request.picture {
            let Asked { kept, answers, .. } = &asked;
            let (drawn, remark) =
                side_by_side::draw(&catalog, &loaded, request.order, kept, answers, cancel)?;
            picture = drawn;
            asked.remarks.extend(remark.map(|message| Warning { about: "the picture".to_owned(), message }));
        }
        if let Some(actor) = request.add_by.as_ref().filter(|_| !interrupted) {
            store::store(&mut catalog, actor, request, asked.kept, &mut asked.answers)?;
        }
        progress.end();
        self.give_back(catalog);
        let runtime = loaded.embedder.runtime().to_owned();
        let Asked { answers, newcomers, not_asked, remarks, .. } = asked;
        Ok(Identification { answers, newcomers, not_asked, remarks, runtime, interrupted, page, picture })
    }
}

/// What came of asking.
struct Asked {
    answers: Vec<Answer>,
    newcomers: NewcomersFound,
    kept: Vec<Looked>,
    not_asked: Vec<Warning>,
    remarks: Vec<Warning>,
    ended: Ended,
}

fn ask(
    request: &IdentifyRequest,
    loaded: &Loaded,
    questions: &Questions,
    catalog: &Mutex<Catalog>,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Asked, EngineError> {
    let settings = &loaded.settings;
    let gallery = SearchableGallery::of(loaded, request);
    let of_slots = SearchableGallery::of_slots(loaded, request);
    let mut asking = Asking {
        asker: Asker { request, settings, gallery: &gallery, of_slots: &of_slots, filtered: None },
        catalog,
        local: LocalOfAnimals::of(loaded, request, cancel),
        routed: RoutedAnimals::of(loaded, request, cancel),
        classifiers: &loaded.classifiers,
        normaliser: loaded.normaliser.as_deref(),
        whole_picture: settings.detector == WholePicture::ID,
        least_quality: settings.least_quality.filter(|_| !request.any_quality),
        questions,
        progress,
        place: 0,
        gathered: Vec::new(),
        kept: Vec::new(),
        answers: Vec::new(),
        newcomers: Gathered::default(),
        not_asked: questions.not_asked.clone(),
        remarks: questions
            .remarks
            .iter()
            .cloned()
            .chain(local_remark(loaded, request))
            .chain(classifier_remark(loaded))
            .collect(),
    };
    progress.begin(Stage { title: "asking".to_owned(), total: Some(questions.n_queries() as u64) });
    let ended = asking.run(&*loaded.embedder, &*loaded.detector, settings, cancel)?;
    let Asking { asker, kept, mut answers, newcomers, not_asked, remarks, .. } = asking;
    let newcomers = newcomers.put_together(&mut answers, loaded, asker.pooling(), progress, cancel);
    worth::rank(&mut answers);
    Ok(Asked { answers, newcomers, kept, not_asked, remarks, ended })
}

/// That local features would serve and cannot.
fn local_remark(loaded: &Loaded, request: &IdentifyRequest) -> Option<Warning> {
    let remark = |message: String| Some(Warning { about: "local features".to_owned(), message });
    if let Some(problem) = loaded.local_problem.as_ref().filter(|_| request.effort > Effort::Fast) {
        return remark(format!("local features cannot serve, embeddings alone answer: {}", problem.what));
    }
    if request.effort == Effort::Thorough && loaded.closer().is_none() && !loaded.local.is_empty() {
        return remark(
            "nothing looks closer at the local features of this catalog: they are compared, no more"
                .to_owned(),
        );
    }
    None
}

/// That classifiers would serve and cannot.
fn classifier_remark(loaded: &Loaded) -> Option<Warning> {
    let problem = loaded.classifier_problem.as_ref()?;
    let message = format!("they cannot serve, so nobody says what the photos do not: {}", problem.what);
    Some(Warning { about: "classifiers".to_owned(), message })
}

/// Refuses to answer with less than what was asked for where it takes one step to have it: answers are calibrated, but not those
/// that look closer.
fn refuse_uncalibrated(loaded: &Loaded) -> Result<(), EngineError> {
    let Some(closer) = loaded.closer() else { return Ok(()) };
    let of = |effort: Effort| {
        loaded.calibrations.iter().filter(move |record| record.effort == effort && record.outcome.is_ok())
    };
    let serves = |record: &CalibrationRecord| record.fusion.local.contains_key(closer.bundle());
    if of(Effort::Normal).next().is_none() || of(Effort::Thorough).any(serves) {
        return Ok(());
    }
    let tried = loaded.calibrations.iter().find(|record| record.effort == Effort::Thorough);
    let why = match tried.map(|record| &record.outcome) {
        Some(Err(why)) => format!("thorough answers are not calibrated in this catalog: {why}"),
        Some(Ok(_)) => {
            "thorough answers were calibrated with what looked closer in another version".to_owned()
        }
        None => "thorough answers were never calibrated in this catalog".to_owned(),
    };
    Err(EngineError::user(why).with_hint(Hint::CalibrateThorough))
}

/// Refuses a label that nothing in the catalog has where it has one like it: it would leave the right answer out.
fn refuse_slips(request: &IdentifyRequest, loaded: &Loaded) -> Result<(), EngineError> {
    let check = |what: &str, asked: Option<String>, there: Vec<String>| {
        let Some(asked) = asked.filter(|asked| !there.contains(asked)) else { return Ok(()) };
        match near_names(&asked, there.iter().map(String::as_str)).first() {
            Some(meant) => {
                Err(EngineError::user(format!("no photo of the catalog has the {what} `{asked}`"))
                    .with_hint(Hint::LabelsThere { meant: (*meant).to_owned(), there: there.clone() }))
            }
            None => Ok(()),
        }
    };
    let (labels, gallery) = (&request.labels, &loaded.gallery);
    check(
        "species",
        labels.species.as_ref().map(ToString::to_string),
        gallery.species.iter().chain(gallery.species_types.names()).map(ToString::to_string).collect(),
    )?;
    check(
        "viewpoint",
        labels.viewpoint.as_ref().map(ToString::to_string),
        gallery.viewpoints.iter().map(ToString::to_string).collect(),
    )
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
struct Asking<'a> {
    asker: Asker<'a>,
    catalog: &'a Mutex<Catalog>,
    local: LocalOfAnimals<'a>,
    routed: RoutedAnimals<'a>,
    classifiers: &'a Classifiers,
    normaliser: Option<&'a dyn Normaliser>,
    whole_picture: bool,
    /// Photos of lower grades ask nothing.
    least_quality: Option<Quality>,
    questions: &'a Questions,
    progress: &'a dyn Progress,
    /// The question at hand, and what was seen of its photos so far.
    place: usize,
    gathered: Vec<Looked>,
    /// All photos, where they are to be shown or stored.
    kept: Vec<Looked>,
    answers: Vec<Answer>,
    newcomers: Gathered,
    not_asked: Vec<Warning>,
    remarks: Vec<Warning>,
}

impl Asking<'_> {
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
        let classifiers: Vec<&dyn Embedder> = self.classifiers.networks().collect();
        let options = ChainOptions {
            further: &classifiers,
            min_side: settings.least_pixels,
            thumbnail_side: request.keeps().then_some(settings.thumbnail_pixels),
            normaliser: self.normaliser,
            want_hashes: adds,
            want_clarity: true,
            want_metadata: request.keeps(),
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
        let models = AskedModels { classifiers: self.classifiers, labels: &self.asker.request.labels };
        let looked = match found {
            Some(Found::Known(known)) => Looked::known(query, known, Some(photo), self.asker.gallery),
            Some(Found::Drawn(boxes)) => Looked::processed(query, &boxes, photo, self.whole_picture, &models),
            Some(Found::Unread(_)) | None => {
                Looked::processed(query, &[], photo, self.whole_picture, &models)
            }
        };
        self.take(query, looked)
    }

    /// Takes a photo that the chain has not looked at.
    fn take_found(&mut self, query: &Query, found: Found) -> Result<(), EngineError> {
        match found {
            Found::Unread(why) => self.take(query, Looked::unread(query, why)),
            Found::Known(known) => self.take(query, Looked::known(query, known, None, self.asker.gallery)),
            // The chain has it.
            Found::Drawn(_) => Ok(()),
        }
    }

    /// Takes the next photo; answers when it is the last one of its question.
    fn take(&mut self, query: &Query, mut looked: Looked) -> Result<(), EngineError> {
        self.progress.advance(1);
        self.local.read(query, &mut looked)?;
        self.routed.embed(query, &mut looked)?;
        if let (Some(least), Seen::Animals(animals)) = (self.least_quality, &mut looked.seen) {
            // What was learnt of the network of all says nothing of those of slots.
            let of_all = animals.iter_mut().filter(|animal| animal.routes.of_slots.is_empty());
            of_all.for_each(|animal| animal.refuse_below(least));
        }
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
        let keeps = self.asker.request.keeps();
        let kept =
            if keeps { (self.kept.len()..self.kept.len() + gathered.len()).collect() } else { Vec::new() };
        for (answer, newcomer) in answers {
            if let Some(newcomer) = newcomer {
                self.newcomers.take(self.answers.len(), newcomer);
            }
            self.answers.push(Answer { kept: kept.clone(), ..answer });
        }
        if keeps {
            self.kept.extend(gathered);
        }
        Ok(())
    }
}
