//! An open catalog, for many requests.
//!
//! A [`Session`] keeps what answering takes: the network, the detector, the gallery with its embeddings, settings and
//! calibrations. They are loaded when they are needed first, and anew when somebody has written to the catalog since:
//! another process, or a step made through this session. Requests come from several threads at once; each sees the
//! catalog of one moment. Nothing is locked against writers between requests.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use resight_catalog::{Access, CalibrationRecord, Catalog, ChangeMark, Embeddings, Gallery, Settings};
use resight_model::{Detector, Embedder};

use crate::{EngineError, Models};

/// A catalog's folder with what its requests need, loaded once.
pub struct Session {
    folder: PathBuf,
    models: Models,
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
    pub(crate) embedder: Arc<dyn Embedder>,
    pub(crate) detector: Arc<dyn Detector>,
}

impl Session {
    /// A session with the catalog in this folder. Nothing is opened yet: each request says what is wrong with it.
    pub fn new(folder: impl Into<PathBuf>, models: Models) -> Self {
        Self { folder: folder.into(), models, state: Mutex::default(), idle: Mutex::default() }
    }

    /// The catalog's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The models of this machine.
    pub(crate) fn models(&self) -> &Models {
        &self.models
    }

    /// The catalog, to change it. While it is open nobody else can; what it stores is noticed by the next request of this
    /// session, as what others store is.
    pub(crate) fn writer(&self) -> Result<Catalog, EngineError> {
        Ok(Catalog::open(&self.folder, Access::Write)?)
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
        if state.watching.is_none() {
            let watching = Catalog::open(&self.folder, Access::Read)?;
            let mark = watching.change_mark()?;
            state.watching = Some((watching, mark));
        }
        let State { watching: Some((watching, seen)), loaded } = &mut *state else {
            return Err(EngineError::internal("a session lost its catalog"));
        };
        // Taken before anything is read: what is written meanwhile is noticed by the next request.
        let mark = watching.change_mark()?;
        if let Some(current) = loaded.as_ref().filter(|_| mark == *seen) {
            return Ok(Arc::clone(current));
        }
        let fresh = Arc::new(self.load(watching, loaded.as_deref())?);
        *seen = mark;
        *loaded = Some(Arc::clone(&fresh));
        Ok(fresh)
    }

    /// Reads the catalog; the network and the detector stay where they are the same.
    fn load(&self, catalog: &Catalog, before: Option<&Loaded>) -> Result<Loaded, EngineError> {
        let settings = catalog.settings()?;
        let bundle = settings.bundle.id.clone();
        let network = || match before.filter(|before| before.settings.bundle.id == bundle) {
            Some(before) => Ok(Arc::clone(&before.embedder)),
            None => self.models.embedder_for_catalog(&bundle).map(Arc::from),
        };
        // The network is loaded while the catalog's embeddings are read.
        let (read, embedder) = std::thread::scope(|scope| {
            let loading = scope.spawn(network);
            let read =
                catalog.gallery(&bundle).and_then(|gallery| Ok((gallery, catalog.embeddings(&bundle)?)));
            (read, loading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let (gallery, embeddings) = read?;
        let embedder: Arc<dyn Embedder> = embedder?;
        let detector = match before.filter(|before| before.settings.detector == settings.detector) {
            Some(before) => Arc::clone(&before.detector),
            None => Arc::from(self.models.detector(&settings.detector)?),
        };
        let calibrations = catalog.calibrations(&bundle)?;
        Ok(Loaded { settings, gallery, embeddings, calibrations, embedder, detector })
    }

    /// A connection for look-ups.
    pub(crate) fn reader(&self) -> Result<Catalog, EngineError> {
        match lock(&self.idle).pop() {
            Some(idle) => Ok(idle),
            None => Ok(Catalog::open(&self.folder, Access::Read)?),
        }
    }

    /// Keeps a connection for the next request.
    pub(crate) fn give_back(&self, reader: Catalog) {
        if reader.access() == Access::Read {
            lock(&self.idle).push(reader);
        }
    }
}

/// What a panicking request held is whole: it is replaced in one piece.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
