//! The local features of the animals asked about: those that the catalog has, else read from the photo.

use std::path::Path;

use resight_imaging::{Limits, PhotoBytes, read_photo};
use resight_model::Normaliser;
use resight_model::chain::{ChainOptions, PhotoSource};
use resight_vector::f16;

use super::IdentifyRequest;
use super::looked::{Animal, Looked, Seen};
use super::questions::Query;
use crate::local::{LocalGallery, features_of_photo};
use crate::session::Loaded;
use crate::{CancelToken, Effort, EngineError};

/// What reading them takes.
pub(super) struct LocalOfAnimals<'a> {
    /// Those of the bundles that serve; none where nobody asks for them.
    galleries: &'a [LocalGallery],
    least_pixels: u32,
    normaliser: Option<&'a dyn Normaliser>,
    cancel: &'a CancelToken,
}

impl<'a> LocalOfAnimals<'a> {
    pub(super) fn of(loaded: &'a Loaded, request: &IdentifyRequest, cancel: &'a CancelToken) -> Self {
        let galleries = if request.effort == Effort::Fast { &[] } else { &loaded.local[..] };
        let normaliser = loaded.normaliser.as_deref();
        Self { galleries, least_pixels: loaded.settings.least_pixels, normaliser, cancel }
    }

    /// Gives every animal that can be compared its rows of local features, or none at all where one of them is missing.
    pub(super) fn read(&self, query: &Query, looked: &mut Looked) -> Result<(), EngineError> {
        let Seen::Animals(animals) = &mut looked.seen else { return Ok(()) };
        if self.galleries.is_empty() {
            return Ok(());
        }
        for animal in animals.iter_mut().filter(|animal| animal.embedding.is_ok()) {
            let rows = self.galleries.iter().map(|gallery| self.row(gallery, query, animal));
            animal.local = rows.collect::<Result<Option<Vec<_>>, EngineError>>()?.unwrap_or_default();
        }
        Ok(())
    }

    fn row(
        &self,
        gallery: &LocalGallery,
        query: &Query,
        animal: &Animal,
    ) -> Result<Option<Vec<f16>>, EngineError> {
        let stored = animal.annotation.as_ref().and_then(|annotation| gallery.row_of(annotation.id));
        if let Some(row) = stored {
            return Ok(Some(row.to_vec()));
        }
        let Some(source) = source_of(query) else { return Ok(None) };
        let network = gallery.reader.network()?;
        let options = ChainOptions {
            decode_threads: 1,
            batch_size: 1,
            min_side: self.least_pixels,
            normaliser: self.normaliser,
            ..ChainOptions::new(self.cancel.flag())
        };
        features_of_photo(network, source, animal.region, &options)
    }
}

/// The photo, where it can still be read.
fn source_of(query: &Query) -> Option<PhotoSource> {
    let path: &Path = &query.path;
    match &query.bytes {
        Some(bytes) => PhotoBytes::in_memory(bytes, &Limits::default()).ok(),
        None => read_photo(path, &Limits::default()).ok(),
    }
    .map(PhotoSource::Bytes)
}
