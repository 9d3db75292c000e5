//! The photos asked about as jobs for the chain. What the catalog knows is asked by what is stored of it: its boxes
//! and embeddings are taken from there, and the network is not run again.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use resight_catalog::{AnnotationRecord, Catalog, StoredEmbedding};
use resight_core::{BundleId, GivenBox, PhotoId, PixelBox};
use resight_imaging::{Limits, PhotoBytes, PhotoHeader, photo_id, picture_id, read_photo};
use resight_model::chain::{Job, PhotoSource};

use super::gallery::SearchableGallery;
use super::questions::Query;
use crate::{CancelToken, EngineError};

/// Photos that may wait for their turn without the network having been asked. A round of the chain ends there, so that
/// answers come, and memory stays flat, where the catalog knows all of them.
const WAITING: usize = 256;

/// What became of a photo before the chain got it.
pub(super) enum Found {
    /// It cannot be read.
    Unread(String),
    /// The catalog knows it. Where an embedding is to come, a job of the same number makes it.
    Known(Known),
    /// Its boxes in pixels of the upright photo, as they were given; a job of the same number asks about them.
    Drawn(Vec<PixelBox>),
}

/// What the catalog knows of a photo asked about.
pub(super) struct Known {
    pub(super) photo: PhotoId,
    pub(super) animals: Vec<(AnnotationRecord, KnownEmbedding)>,
}

/// Where the embedding of a known animal comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KnownEmbedding {
    /// It is stored.
    Row(u64),
    /// There can be none.
    Unusable(String),
    /// The chain makes it: its crops stand in the order of the animals.
    ToCome,
}

/// What the jobs share with the receiving end of the chain.
#[derive(Default)]
pub(super) struct Aside {
    /// Photos that need no job, or not for all of their animals, with their numbers in the order of the queries.
    found: Mutex<VecDeque<(usize, Found)>>,
    failed: Mutex<Option<EngineError>>,
}

impl Aside {
    /// The next one whose number is at most `last`.
    pub(super) fn next_up_to(&self, last: usize) -> Option<(usize, Found)> {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if found.front().is_some_and(|(index, _)| *index <= last) { found.pop_front() } else { None }
    }

    /// Why the jobs ended before their time.
    pub(super) fn failure(&self) -> Option<EngineError> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, index: usize, found: Found) {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).push_back((index, found));
    }

    fn is_full(&self) -> bool {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).len() >= WAITING
    }
}

/// Reads the photos asked about one after the other.
pub(super) struct Jobs<'a> {
    queries: Vec<&'a Query>,
    next: usize,
    catalog: &'a Mutex<Catalog>,
    bundle: &'a BundleId,
    gallery: &'a SearchableGallery<'a>,
    aside: &'a Aside,
    cancel: &'a CancelToken,
}

impl<'a> Jobs<'a> {
    pub(super) fn new(
        queries: Vec<&'a Query>,
        catalog: &'a Mutex<Catalog>,
        bundle: &'a BundleId,
        gallery: &'a SearchableGallery<'a>,
        aside: &'a Aside,
        cancel: &'a CancelToken,
    ) -> Self {
        Self { queries, next: 0, catalog, bundle, gallery, aside, cancel }
    }

    /// Whether every photo was handed on.
    pub(super) fn are_done(&self) -> bool {
        self.next >= self.queries.len()
    }

    /// The job of one query, where the network is needed.
    fn job(&self, index: usize, query: &Query) -> Result<Option<Job>, EngineError> {
        if let Some(annotation) = &query.annotation {
            return self.known(index, query, annotation.photo, vec![annotation.clone()], None);
        }
        let read = match &query.bytes {
            Some(bytes) => PhotoBytes::in_memory(bytes, &Limits::default()),
            None => read_photo(&query.path, &Limits::default()),
        };
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(error) => {
                self.aside.put(index, Found::Unread(cannot_be_read(&error)));
                return Ok(None);
            }
        };
        if !query.boxes.is_empty() {
            let regions = upright(&bytes, query);
            self.aside.put(index, Found::Drawn(regions.clone()));
            return Ok(Some(Job {
                index,
                source: PhotoSource::Bytes(bytes),
                regions: Some(given(&regions)),
            }));
        }
        let photo = self.photo_of(&bytes)?.unwrap_or_else(|| photo_id(&bytes));
        let annotations = self.with_catalog(|catalog| Ok(catalog.annotations_of_photo(&photo)?))?;
        if annotations.is_empty() {
            return Ok(Some(Job { index, source: PhotoSource::Bytes(bytes), regions: None }));
        }
        self.known(index, query, photo, annotations, Some(bytes))
    }

    /// Puts known animals aside, with a job for those that have no embedding yet.
    fn known(
        &self,
        index: usize,
        query: &Query,
        photo: PhotoId,
        annotations: Vec<AnnotationRecord>,
        bytes: Option<PhotoBytes>,
    ) -> Result<Option<Job>, EngineError> {
        let mut animals = Vec::with_capacity(annotations.len());
        for annotation in annotations {
            let embedding = self.stored(&annotation)?;
            animals.push((annotation, embedding));
        }
        let regions = self.regions_to_come(&photo, &animals)?;
        let mut job = None;
        if !regions.is_empty() {
            match bytes.map_or_else(|| self.bytes_of(&photo, &query.path), Ok) {
                Ok(bytes) => {
                    job = Some(Job {
                        index,
                        source: PhotoSource::Bytes(bytes),
                        regions: Some(given(&regions)),
                    });
                }
                Err(why) => {
                    for (_, embedding) in animals.iter_mut().filter(|(_, e)| *e == KnownEmbedding::ToCome) {
                        *embedding = KnownEmbedding::Unusable(format!("not embedded yet, and {why}"));
                    }
                }
            }
        }
        self.aside.put(index, Found::Known(Known { photo, animals }));
        Ok(job)
    }

    fn stored(&self, annotation: &AnnotationRecord) -> Result<KnownEmbedding, EngineError> {
        let stored =
            self.with_catalog(|catalog| Ok(catalog.stored_embedding(self.bundle, annotation.id)?))?;
        Ok(match stored {
            // A row that was stored after the gallery was read is not in it.
            StoredEmbedding::Row(row) if self.gallery.has_row(row) => KnownEmbedding::Row(row),
            StoredEmbedding::Unusable(why) => KnownEmbedding::Unusable(why),
            StoredEmbedding::Row(_) | StoredEmbedding::Missing => KnownEmbedding::ToCome,
        })
    }

    /// The boxes of the animals that have no embedding yet; the catalog keeps none for the whole picture.
    fn regions_to_come(
        &self,
        photo: &PhotoId,
        animals: &[(AnnotationRecord, KnownEmbedding)],
    ) -> Result<Vec<PixelBox>, EngineError> {
        let to_come = animals.iter().filter(|(_, embedding)| *embedding == KnownEmbedding::ToCome);
        to_come
            .map(|(annotation, _)| match annotation.region {
                Some(region) => Ok(region),
                None => self.with_catalog(|catalog| Ok(PixelBox::whole(catalog.photo(photo)?.size))),
            })
            .collect()
    }

    /// The bytes of a photo of the catalog, where it still lies where it was.
    fn bytes_of(&self, photo: &PhotoId, path: &Path) -> Result<PhotoBytes, String> {
        match read_photo(path, &Limits::default()) {
            Ok(bytes) if self.photo_of(&bytes).is_ok_and(|found| found == Some(*photo)) => Ok(bytes),
            Ok(_) => Err("its file has other bytes by now".to_owned()),
            Err(error) => Err(format!("its file cannot be read: {error}")),
        }
    }

    /// The photo of the catalog that a file is of.
    fn photo_of(&self, bytes: &[u8]) -> Result<Option<PhotoId>, EngineError> {
        let (content_hash, picture) = (photo_id(bytes), picture_id(bytes));
        self.with_catalog(|catalog| Ok(catalog.photo_of(&content_hash, picture.as_ref())?))
    }

    fn with_catalog<T>(
        &self,
        look_up: impl FnOnce(&Catalog) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        look_up(&self.catalog.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Iterator for Jobs<'_> {
    type Item = Job;

    /// None also where the round is over: the caller asks again.
    fn next(&mut self) -> Option<Job> {
        while !self.cancel.is_cancelled() && !self.aside.is_full() {
            let (index, query) = (self.next, *self.queries.get(self.next)?);
            self.next += 1;
            match self.job(index, query) {
                Ok(Some(job)) => return Some(job),
                Ok(None) => {}
                Err(error) => {
                    *self.aside.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    self.next = self.queries.len();
                }
            }
        }
        None
    }
}

/// Boxes in pixels of the upright photo, as a job takes them.
fn given(regions: &[PixelBox]) -> Vec<GivenBox> {
    regions.iter().copied().map(GivenBox::upright).collect()
}

/// The boxes of a query in pixels of the upright photo. What has no header is no photo, as the chain will say.
fn upright(bytes: &[u8], query: &Query) -> Vec<PixelBox> {
    match PhotoHeader::read(bytes, &Limits::default()) {
        Ok(header) => query.boxes.iter().map(|given| header.upright_box(given)).collect(),
        Err(_) => query.boxes.iter().map(|given| given.bounds).collect(),
    }
}

fn cannot_be_read(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => format!("the file cannot be read: {error}"),
    }
}
