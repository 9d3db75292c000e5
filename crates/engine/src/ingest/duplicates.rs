//! Near-duplicates of the photos just stored.

use std::collections::{BTreeMap, BTreeSet};

use resight_catalog::Catalog;
use resight_core::PhotoId;
use resight_dataset::{AuditOptions, PhotoFacts, duplicate_groups};
use resight_imaging::PerceptualHash;
use serde::Serialize;

use crate::EngineError;

/// Two photos that look the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NearDuplicate {
    /// The photo just stored.
    pub photo: String,
    /// The earlier one of its group.
    pub looks_like: String,
}

/// The stored photos that look like an earlier one of the catalog.
pub(super) fn among(catalog: &Catalog, stored: &[PhotoId]) -> Result<Vec<NearDuplicate>, EngineError> {
    if stored.is_empty() {
        return Ok(Vec::new());
    }
    let summaries = catalog.photo_summaries()?;
    let facts: Vec<PhotoFacts> = summaries
        .iter()
        .map(|photo| PhotoFacts {
            photo_id: Some(photo.id),
            perceptual_hash: photo.perceptual_hash.map(PerceptualHash),
            size: None,
        })
        .collect();
    let groups = duplicate_groups(&facts, AuditOptions::default().near_duplicate_distance);
    let stored: BTreeSet<&PhotoId> = stored.iter().collect();
    let mut first_of: BTreeMap<u32, PhotoId> = BTreeMap::new();
    let mut found = Vec::new();
    for (photo, group) in summaries.iter().zip(groups) {
        let Some(group) = group else { continue };
        let first = *first_of.entry(group).or_insert(photo.id);
        if first != photo.id && stored.contains(&photo.id) {
            found.push(NearDuplicate {
                photo: shown(catalog, &photo.id)?,
                looks_like: shown(catalog, &first)?,
            });
        }
    }
    Ok(found)
}

fn shown(catalog: &Catalog, photo: &PhotoId) -> Result<String, EngineError> {
    let paths = catalog.photo_paths(photo)?;
    Ok(paths.first().map_or_else(|| photo.short(), |path| path.display().to_string()))
}
