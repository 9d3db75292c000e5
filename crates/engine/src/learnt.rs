//! What a bundle has learnt of the photos at hand: what it learnt is no evidence of how well it works.

use resight_catalog::{Catalog, Gallery};
use resight_core::{LearntIndex, LearntOf, LearntRecord, PhotoId};
use resight_dataset::AuditOptions;
use resight_eval::Learnt;
use serde::Serialize;

use crate::EngineError;

/// How many photos of known individuals a bundle has learnt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LearntCount {
    /// Identified photos.
    pub identified: usize,
    /// Those of them that the bundle learnt from.
    pub photos: usize,
    /// Individuals that it learnt.
    pub individuals: usize,
}

impl LearntCount {
    /// Counts annotations: whom each shows, and what was learnt of it.
    pub(crate) fn of<K: Ord>(annotations: impl Iterator<Item = (Option<K>, Learnt)>) -> Self {
        let mut count = Self::default();
        let mut individuals = std::collections::BTreeSet::new();
        for (individual, learnt) in annotations {
            let Some(individual) = individual else { continue };
            count.identified += 1;
            count.photos += usize::from(learnt == Learnt::Photo);
            if learnt != Learnt::Nothing {
                individuals.insert(individual);
            }
        }
        count.individuals = individuals.len();
        count
    }

    /// Counts the annotations of a catalog's gallery, `learnt` as [`of_gallery`] gives it.
    pub(crate) fn of_gallery(gallery: &Gallery, learnt: &[Learnt]) -> Self {
        Self::of(gallery.rows.iter().zip(learnt).map(|(row, learnt)| (row.individual, *learnt)))
    }

    /// What is to be said of it; none where nothing was learnt.
    pub fn sentence(&self) -> Option<String> {
        (self.photos > 0).then(|| {
            format!(
                "{} of {} identified photos were learnt by this bundle and do not count as evidence",
                self.photos, self.identified
            )
        })
    }
}

/// What a bundle has learnt of each of these annotations: bytes and look of the photo, and whom it shows.
pub(crate) fn of_annotations<K: Ord>(
    record: &LearntRecord,
    annotations: &[(Option<PhotoId>, Option<u64>, Option<K>)],
) -> Vec<Learnt> {
    if record.is_empty() {
        return vec![Learnt::Nothing; annotations.len()];
    }
    let index = LearntIndex::new(record, AuditOptions::default().near_duplicate_distance);
    let learnt = |of| match of {
        LearntOf::Nothing => Learnt::Nothing,
        LearntOf::Individual => Learnt::Individual,
        LearntOf::Photo => Learnt::Photo,
    };
    index.of_annotations(annotations).into_iter().map(learnt).collect()
}

/// What the bundle of a gallery has learnt of each of its rows, as the catalog remembers.
///
/// # Errors
/// Errors of the catalog.
pub(crate) fn of_gallery(catalog: &Catalog, gallery: &Gallery) -> Result<Vec<Learnt>, EngineError> {
    let record = catalog.learnt(&gallery.bundle)?;
    let annotations: Vec<_> =
        gallery.rows.iter().map(|row| (Some(row.photo), row.perceptual_hash, row.individual)).collect();
    Ok(of_annotations(&record, &annotations))
}
