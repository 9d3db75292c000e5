//! An open catalog, for many requests.
//!
//! A [`Session`] keeps what answering takes: the network, the detector, the gallery with its embeddings, settings and
//! calibrations. They are loaded when they are needed first, and anew when somebody has written to the catalog since:
//! another process, or a step made through this session; another catalog in its place, a bundle that was switched, and a
//! later version of the program are noticed so too. Requests come from several threads at once; each ranks by the catalog
//! of one moment. Nothing is locked against writers between requests.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use resight_catalog::{
    Access, CalibrationRecord, Catalog, CatalogError, ChangeMark, Embeddings, Gallery, Settings,
};
use resight_core::{LabelFilter, slot_for};
use resight_model::{Detector, Embedder, Normaliser};

use crate::classify::Classifiers;
use crate::local::{CloserLook, LocalGallery};
use crate::route::RoutedNetwork;
use crate::{Advice, EngineError, Hint, Models};

/// Connections that are kept for the next requests, at most: each keeps pages of the database in memory.
const MOST_IDLE: usize = 8;

/// How long a writer waits before it looks again whether another one has ended.
const RETRIED: Duration = Duration::from_millis(20);

/// How often the catalog is read again where somebody writes to it just then.
const MOST_TRIES: u32 = 5;

/// A catalog's folder with what its requests need, loaded once.
pub struct Session {
    folder: PathBuf,
    models: Models,
    /// How long a writer waits for another one to end.
    patience: Duration,
    state: Mutex<State>,
    /// Connections for look-ups that nobody uses at the moment.
    idle: Mutex<Vec<Catalog>>,
}

#[derive(Default)]
struct State {
    /// The connection that notices what others write, and how far it had when `loaded` was loaded.
    watching: Option<(Catalog, ChangeMark)>,
    loaded: Option<Arc<Loaded>>,
}

/// What answering takes, as of one moment.
pub(crate) struct Loaded {
    pub(crate) settings: Settings,
    pub(crate) gallery: Gallery,
    pub(crate) embeddings: Embeddings,
    pub(crate) calibrations: Vec<CalibrationRecord>,
    /// The local features; none where the catalog has none, or they cannot serve.
    pub(crate) local: Vec<LocalGallery>,
    /// Why those that the catalog has cannot serve.
    pub(crate) local_problem: Option<Advice>,
    /// Slots whose animals a network of their own tells apart, as far as their bundles are at hand.
    pub(crate) routed: Vec<RoutedNetwork>,
    /// What looks closer; loaded when it is asked for first.
    closer: OnceLock<Option<CloserLook>>,
    pub(crate) embedder: Arc<dyn Embedder>,
    pub(crate) detector: Arc<dyn Detector>,
    pub(crate) normaliser: Option<Arc<dyn Normaliser>>,
    /// What says of an animal what nobody else has; none of them where they cannot serve.
    pub(crate) classifiers: Arc<Classifiers>,
    /// Why those that the catalog has cannot serve.
    pub(crate) classifier_problem: Option<Advice>,
}

/// What looks at crops.
struct Networks {
    embedder: Arc<dyn Embedder>,
    classifiers: Arc<Classifiers>,
    classifier_problem: Option<Advice>,
}

impl Session {
    /// A session with the catalog in this folder. Nothing is opened yet: each request says what is wrong with it.
    pub fn new(folder: impl Into<PathBuf>, models: Models) -> Self {
        Self {
            folder: folder.into(),
            models,
            patience: Duration::ZERO,
            state: Mutex::default(),
            idle: Mutex::default(),
        }
    }

    /// A session whose steps wait so long for somebody else who writes to the catalog. Without it they are refused at once.
    #[must_use]
    pub fn waiting_for_writers(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The catalog's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Brings a catalog of an earlier version of the program to the form of this one, where that is needed.
    ///
    /// # Errors
    /// The catalog cannot be opened, or cannot be brought over.
    pub fn upgrade(&self) -> Result<(), EngineError> {
        match self.read(|_| Ok(())) {
            Err(error) if matches!(error.hint(), Some(Hint::UpgradeCatalog)) => self.writer().map(drop),
            other => other,
        }
    }

    /// Loads what answering takes, so that no question has to wait for it and what is missing is said now.
    ///
    /// # Errors
    /// The catalog cannot be read, or its bundle, detector or frame is not there.
    pub fn prepare(&self) -> Result<(), EngineError> {
        self.loaded().map(|_| ())
    }

    /// The models of this machine.
    pub(crate) fn models(&self) -> &Models {
        &self.models
    }

    /// The catalog, to change it. While it is open nobody else can; what it stores is noticed by the next request of this
    /// session, as what others store is.
    pub(crate) fn writer(&self) -> Result<Catalog, EngineError> {
        let given_up = Instant::now() + self.patience;
        loop {
            match Catalog::open(&self.folder, Access::Write) {
                Err(CatalogError::Locked { .. }) if Instant::now() < given_up => std::thread::sleep(RETRIED),
                other => return Ok(other?),
            }
        }
    }

    /// Looks something up.
    pub(crate) fn read<T>(
        &self,
        look: impl FnOnce(&Catalog) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let reader = self.reader()?;
        let found = look(&reader);
        self.give_back(reader);
        found
    }

    /// What answering takes, as of now.
    pub(crate) fn loaded(&self) -> Result<Arc<Loaded>, EngineError> {
        let mut state = lock(&self.state);
        if let Some(current) = state.of_today() {
            return Ok(current);
        }
        // Opened anew: it may be another catalog, or one that a later version of the program has brought to its own form.
        state.watching = None;
        lock(&self.idle).clear();
        for tries_left in (0..MOST_TRIES).rev() {
            let watching = Catalog::open(&self.folder, Access::Read)?;
            // Taken before anything is read: what is written meanwhile is noticed by the next request.
            let mark = watching.change_mark()?;
            match self.load(&watching, state.loaded.as_deref()) {
                Ok(fresh) => {
                    let fresh = Arc::new(fresh);
                    *state = State { watching: Some((watching, mark)), loaded: Some(Arc::clone(&fresh)) };
                    return Ok(fresh);
                }
                // Files that a writer has just replaced are not there any more; those that it has written are.
                Err(_) if tries_left > 0 && is_past(&watching, mark) => {}
                Err(error) => return Err(error),
            }
        }
        Err(EngineError::internal("a session did not come to an end of reading"))
    }

    /// Reads the catalog; the network and the detector stay where they are the same.
    fn load(&self, catalog: &Catalog, before: Option<&Loaded>) -> Result<Loaded, EngineError> {
        catalog.at_one_moment(|catalog| self.load_now(catalog, before))
    }

    fn load_now(&self, catalog: &Catalog, before: Option<&Loaded>) -> Result<Loaded, EngineError> {
        let settings = catalog.settings()?;
        let bundle = settings.bundle.id.clone();
        let network = || self.networks(&settings, before);
        // The network is loaded while the catalog's embeddings are read.
        let (read, embedder) = std::thread::scope(|scope| {
            let loading = scope.spawn(network);
            let read =
                catalog.gallery(&bundle).and_then(|gallery| Ok((gallery, catalog.embeddings(&bundle)?)));
            (read, loading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let (gallery, embeddings) = read?;
        let Networks { embedder, classifiers, classifier_problem } = embedder?;
        let detector = match before.filter(|before| before.settings.detector == settings.detector) {
            Some(before) => Arc::clone(&before.detector),
            None => Arc::from(self.models.detector(&settings.detector)?),
        };
        let normaliser = match before.filter(|before| before.settings.frame == settings.frame) {
            Some(before) => before.normaliser.clone(),
            None => self.models.normaliser(settings.frame.as_deref())?.map(Arc::from),
        };
        let calibrations = catalog.calibrations(&bundle)?;
        let loaded = before.map_or(&[][..], |before| &before.local);
        let (local, local_problem) = match LocalGallery::open_all(catalog, &self.models, loaded) {
            Ok(local) => (local, None),
            // Embeddings alone answer too: that is told, and nothing fails.
            Err(error) => (Vec::new(), Some(Advice::from(&error))),
        };
        let loaded = before.map_or(&[][..], |before| &before.routed);
        let routed = RoutedNetwork::open_all(catalog, &self.models, loaded)?;
        Ok(Loaded {
            routed,
            settings,
            gallery,
            embeddings,
            calibrations,
            local,
            local_problem,
            closer: OnceLock::new(),
            embedder,
            detector,
            normaliser,
            classifiers,
            classifier_problem,
        })
    }

    /// The embedder with the classifiers beside it; those that were loaded before where they are the same.
    fn networks(&self, settings: &Settings, before: Option<&Loaded>) -> Result<Networks, EngineError> {
        let is_same = |before: &&Loaded| {
            before.settings.bundle.id == settings.bundle.id
                && before.settings.classifiers == settings.classifiers
                && before.settings.species_types == settings.species_types
                && before.classifier_problem.is_none()
        };
        if let Some(before) = before.filter(is_same) {
            let (embedder, classifiers) = (Arc::clone(&before.embedder), Arc::clone(&before.classifiers));
            return Ok(Networks { embedder, classifiers, classifier_problem: None });
        }
        match Classifiers::of_catalog(&self.models, settings) {
            Ok((embedder, classifiers)) => Ok(Networks {
                embedder: Arc::from(embedder),
                classifiers: Arc::new(classifiers),
                classifier_problem: None,
            }),
            // Whoever asks may say what they would, and without it all may answer.
            Err(error) if !settings.classifiers.is_empty() => Ok(Networks {
                embedder: Arc::from(self.models.embedder_for_catalog(&settings.bundle.id)?),
                classifiers: Arc::default(),
                classifier_problem: Some(Advice::from(&error)),
            }),
            Err(error) => Err(error),
        }
    }

    /// A connection for look-ups.
    pub(crate) fn reader(&self) -> Result<Catalog, EngineError> {
        let idle = lock(&self.idle).pop().filter(|idle| !idle.is_replaced());
        match idle {
            Some(idle) => Ok(idle),
            None => Ok(Catalog::open(&self.folder, Access::Read)?),
        }
    }

    /// Keeps a connection for the next request.
    pub(crate) fn give_back(&self, reader: Catalog) {
        let mut idle = lock(&self.idle);
        if reader.access() == Access::Read && idle.len() < MOST_IDLE {
            idle.push(reader);
        }
    }
}

impl Loaded {
    /// The place of the network that serves animals with these labels in [`Self::routed`]; none where the one for all does.
    pub(crate) fn routed_for(&self, labels: &LabelFilter) -> Option<usize> {
        let is_calibrated = |records: &[CalibrationRecord]| records.iter().any(|one| one.outcome.is_ok());
        // What cannot say how likely it is gives way to what can.
        let serves = |network: &&RoutedNetwork| {
            network.can_answer && (is_calibrated(&network.calibrations) || !is_calibrated(&self.calibrations))
        };
        let slots = self.routed.iter().filter(serves).map(|network| &network.slot);
        let (species, viewpoint) = (labels.species.as_ref(), labels.viewpoint.as_ref());
        let served = slot_for(slots, species, viewpoint, &self.settings.species_types)?;
        self.routed.iter().position(|network| network.slot == *served)
    }

    /// The calibrations of all networks.
    pub(crate) fn all_calibrations(&self) -> impl Iterator<Item = &CalibrationRecord> {
        self.calibrations.iter().chain(self.routed.iter().flat_map(|network| &network.calibrations))
    }

    /// Loads what looks closer at the local features of this catalog; none where nothing reads them.
    ///
    /// # Errors
    /// No runtime takes it.
    pub(crate) fn load_closer(&self, models: &Models) -> Result<Option<&CloserLook>, EngineError> {
        if self.closer.get().is_none() {
            let features = self.local.iter().map(|gallery| (gallery.form(), gallery.reader.manifest()));
            let found = CloserLook::of(models, features)?;
            let _ = self.closer.set(found);
        }
        Ok(self.closer())
    }

    /// What looks closer, where it was loaded.
    pub(crate) fn closer(&self) -> Option<&CloserLook> {
        self.closer.get().and_then(Option::as_ref)
    }
}

impl State {
    /// What was loaded, where it is still so.
    fn of_today(&self) -> Option<Arc<Loaded>> {
        let (watching, seen) = self.watching.as_ref()?;
        self.loaded.as_ref().filter(|_| !is_past(watching, *seen)).map(Arc::clone)
    }
}

/// Whether somebody has written since, or another catalog lies in the place of this one.
fn is_past(watching: &Catalog, seen: ChangeMark) -> bool {
    watching.is_replaced() || !watching.change_mark().is_ok_and(|mark| mark == seen)
}

/// What a panicking request held is whole: it is replaced in one piece.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
