//! The index over a catalog's local features: made by whoever writes, used by whoever asks.
//!
//! It lies beside the rows that it was made of and is derived from them. One that is missing, damaged, or of other rows is as
//! none: then everything is compared. Photos that came after it are compared always.

use std::io::BufReader;
use std::sync::Arc;

use resight_catalog::{BundleSpec, Catalog, Embeddings};
use resight_compare::{FeatureIndex, PackedFeatures, Stamp};
use resight_model::LocalForm;

use super::pairs::threads;
use crate::{CancelToken, EngineError, Models, Progress, Stage};

/// Words that descriptors are sorted by. With 1,024 fewer of the right photos are proposed, with 4,096 no more.
const WORDS: u16 = 2048;

/// Photos that the words are learned from: they have more descriptors than are taken.
const LEARNED_FROM: u64 = 2_000;

/// Words are learned anew when a catalog has grown to so many times the photos that they were learned from, by then of other
/// animals perhaps.
const GROWN: u32 = 8;

/// Photos that are put in at once; between them a person may stop it.
const AT_ONCE: u32 = 8_192;

/// Rows whose bytes say that an index was made of them.
const LOOKED_AT: u64 = 64;

/// What an index was made of: how many rows its words were learned from, and which rows it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct MadeOf {
    learned_from: u32,
    rows: [u8; 28],
}

impl MadeOf {
    /// Of the first `count` rows. Rows are only ever added, or all are put in other places; some of them, the last among them, tell
    /// which it was.
    fn of(rows: &Embeddings, count: u32, learned_from: u32) -> Self {
        let mut sum = blake3::Hasher::new();
        sum.update(&count.to_le_bytes());
        let count = u64::from(count);
        for place in 1..=LOOKED_AT.min(count) {
            let row = rows.row(count * place / LOOKED_AT.min(count) - 1).unwrap_or_default();
            row.iter().for_each(|number| {
                sum.update(&number.to_le_bytes());
            });
        }
        let mut first = [0; 28];
        first.copy_from_slice(&sum.finalize().as_bytes()[..28]);
        Self { learned_from, rows: first }
    }

    fn stamp(self) -> Stamp {
        let mut stamp = [0; 32];
        stamp[..4].copy_from_slice(&self.learned_from.to_le_bytes());
        stamp[4..].copy_from_slice(&self.rows);
        stamp
    }

    fn from_stamp(stamp: Stamp) -> Self {
        let [a, b, c, d, rows @ ..] = stamp;
        Self { learned_from: u32::from_le_bytes([a, b, c, d]), rows }
    }
}

/// An index, and what it was made of.
#[derive(Clone)]
pub(super) struct LocalIndex {
    index: Arc<FeatureIndex>,
    made_of: MadeOf,
}

impl LocalIndex {
    /// The index of a bundle that fits its rows. The one that was read `before` is used again where it is the same.
    pub(super) fn open(
        catalog: &Catalog,
        rows: &Embeddings,
        before: Option<&Self>,
    ) -> Result<Option<Self>, EngineError> {
        // A file that is not ours, or cannot be read, is as none: it is derived.
        let Ok(Some((file, length))) = catalog.index(&rows.bundle().id) else { return Ok(None) };
        if let Some(before) = before.filter(|before| before.fits(rows) && before.is_as_long_as(length)) {
            return Ok(Some(before.clone()));
        }
        let Ok((index, stamp)) = FeatureIndex::read_from(BufReader::new(file), length) else {
            return Ok(None);
        };
        let found = Self { index: Arc::new(index), made_of: MadeOf::from_stamp(stamp) };
        Ok(found.fits(rows).then_some(found))
    }

    pub(super) fn index(&self) -> &FeatureIndex {
        &self.index
    }

    /// Whether it was made of these rows, all of them or the first.
    fn fits(&self, rows: &Embeddings) -> bool {
        let count = self.index.len();
        u64::from(count) <= rows.n_rows()
            && self.made_of == MadeOf::of(rows, count, self.made_of.learned_from)
    }

    fn is_as_long_as(&self, length: u64) -> bool {
        self.index.file_bytes() == length
    }
}

/// Brings the indexes of a catalog to its local features of now, where it has so many photos that they are asked. One that cannot be
/// written costs time, not the answer: it is told, and all else goes on. Being stopped leaves what was there before.
pub(crate) fn refresh(catalog: &Catalog, models: &Models, progress: &dyn Progress, cancel: &CancelToken) {
    if let Err(error) = try_refresh(catalog, models, progress, cancel) {
        progress.note(&format!("local features are compared without an index: {error}"));
    }
}

fn try_refresh(
    catalog: &Catalog,
    models: &Models,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<(), EngineError> {
    for spec in catalog.local_features()? {
        let form = models.bundle(spec.id.as_str()).ok().and_then(|bundle| LocalForm::of(&bundle).ok());
        let rows = catalog.embeddings(&spec.id)?;
        if let Some(form) = form.filter(|_| rows.n_rows() > models.whole_gallery_up_to() as u64) {
            refresh_one(catalog, &spec, &form, &rows, progress, cancel)?;
        }
    }
    Ok(())
}

fn refresh_one(
    catalog: &Catalog,
    spec: &BundleSpec,
    form: &LocalForm,
    rows: &Embeddings,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<(), EngineError> {
    let count = u32::try_from(rows.n_rows()).unwrap_or(u32::MAX);
    let is_young = |found: &LocalIndex| count / GROWN < found.made_of.learned_from;
    let known = LocalIndex::open(catalog, rows, None)?.filter(is_young);
    if known.as_ref().is_some_and(|known| known.index.len() == count) {
        return Ok(());
    }
    let begun = known.as_ref().map_or(0, |known| known.index.len());
    let title = format!("indexing local features ({})", spec.id.name());
    progress.begin(Stage { title, total: Some(u64::from(count - begun)) });
    let (mut index, learned_from) = match known {
        Some(known) => (Arc::unwrap_or_clone(known.index), known.made_of.learned_from),
        None => (learned(form, rows), count),
    };
    let features = |row: u32| features_of(form, rows, u64::from(row));
    let mut done = begun;
    while done < count {
        if cancel.is_cancelled() {
            return Ok(());
        }
        let next = count.min(done.saturating_add(AT_ONCE));
        index.extend(next, threads(), features);
        progress.advance(u64::from(next - done));
        done = next;
    }
    let stamp = MadeOf::of(rows, count, learned_from).stamp();
    Ok(catalog.store_index(&spec.id, |file| index.write_to(&stamp, file))?)
}

fn learned(form: &LocalForm, rows: &Embeddings) -> FeatureIndex {
    let taken = LEARNED_FROM.min(rows.n_rows());
    let sample: Vec<PackedFeatures<'_>> =
        (0..taken).filter_map(|place| features_of(form, rows, place * rows.n_rows() / taken)).collect();
    FeatureIndex::learn(&sample, form.room().dim(), WORDS, threads())
}

fn features_of<'a>(form: &LocalForm, rows: &'a Embeddings, row: u64) -> Option<PackedFeatures<'a>> {
    form.packed(rows.row(row)?)
}
