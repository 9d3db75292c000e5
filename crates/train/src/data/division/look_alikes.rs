//! Finds photos that are the same or nearly so.

use rayon::prelude::*;
use resight_dataset::{PhotoFacts, Row, duplicate_groups};
use resight_imaging::{DecodeSize, Limits, decode, perceptual_hash, photo_id, read_photo};

/// Numbers the groups of photos that have the same bytes or look nearly alike (see
/// [`resight_dataset::duplicate_groups`]); `None` for photos that stand alone or cannot be opened. Opens
/// every photo, on all cores.
///
/// `max_distance`: bits of the perceptual hash that may differ; see
/// [`resight_dataset::AuditOptions::near_duplicate_distance`] for a measured choice.
pub fn look_alikes(rows: &[Row], max_distance: u32) -> Vec<Option<u32>> {
    let facts: Vec<PhotoFacts> = rows.par_iter().map(facts).collect();
    duplicate_groups(&facts, max_distance)
}

/// Unreadable photos have no facts: whoever learns from them says so.
fn facts(row: &Row) -> PhotoFacts {
    let Ok(bytes) = read_photo(&row.path, &Limits::default()) else { return PhotoFacts::default() };
    let decoded = decode(&bytes, &Limits::default(), DecodeSize::Full).ok();
    PhotoFacts {
        photo_id: Some(photo_id(&bytes)),
        perceptual_hash: decoded.map(|decoded| perceptual_hash(&decoded.image)),
        size: None,
    }
}
