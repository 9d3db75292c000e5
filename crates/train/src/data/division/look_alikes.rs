//! Finds photos that are the same or nearly so.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;
use resight_core::PhotoId;
use resight_dataset::{PhotoFacts, Row, duplicate_groups};
use resight_imaging::{DecodeSize, Limits, decode, perceptual_hash, photo_id, read_photo};

/// Numbers the groups of photos that have the same bytes or look nearly alike (see
/// [`resight_dataset::duplicate_groups`]); `None` for photos that stand alone or cannot be opened. Opens
/// every photo, on all cores.
///
/// `max_distance`: bits of the perceptual hash that may differ; see
/// [`resight_dataset::AuditOptions::near_duplicate_distance`] for a measured choice.
pub fn look_alikes(rows: &[Row], max_distance: u32) -> LookAlikes {
    let facts: Vec<PhotoFacts> = rows.par_iter().map(|row| facts(&row.path)).collect();
    let looks = facts.iter().filter_map(|facts| Some((facts.photo_id?, facts.perceptual_hash?.0)));
    LookAlikes { looks: looks.collect(), groups: duplicate_groups(&facts, max_distance) }
}

/// What a look at every photo of a table has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookAlikes {
    /// The group of each row; `None` for photos that stand alone or cannot be opened.
    pub groups: Vec<Option<u32>>,
    /// What each photo that can be opened looks like: its perceptual hash.
    pub looks: BTreeMap<PhotoId, u64>,
}

/// What a photo looks like; `None` where it cannot be opened.
pub(crate) fn look(path: &Path) -> Option<u64> {
    facts(path).perceptual_hash.map(|hash| hash.0)
}

/// Unreadable photos have no facts: whoever learns from them says so.
fn facts(path: &Path) -> PhotoFacts {
    let Ok(bytes) = read_photo(path, &Limits::default()) else { return PhotoFacts::default() };
    let decoded = decode(&bytes, &Limits::default(), DecodeSize::Full).ok();
    PhotoFacts {
        photo_id: Some(photo_id(&bytes)),
        perceptual_hash: decoded.map(|decoded| perceptual_hash(&decoded.image)),
        size: None,
    }
}
