//! Matches kept from one evaluation to the next: the same photos asked under other prices compare nothing anew.
//!
//! One file for the pairs of one evaluation or audit, beside the kept embeddings; it may be deleted at any time. Its name is a
//! hash of all that decides on the matches. It ends in a checksum: a file that is not whole counts as none. A closer look has a
//! file of its own, which is written as it goes on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use resight_compare::COMPARING;
use resight_core::{BundleId, PhotoId};
use resight_eval::PairEvidence;
use resight_files::{HeldFolder, read_own, replace};
use resight_imaging::photo_id;
use resight_model::MATCHING;
use resight_vector::f16;

use super::cache::CACHE;
use crate::Progress;
use crate::local::{CloserPairs, KeptLooks, Pairs};

const MAGIC: &[u8; 8] = b"RSGTPAR1";

/// Files that are kept; the oldest make room.
const MOST_FILES: usize = 8;

/// How such a file's name ends.
const ENDING: &str = ".pairs";

/// A longer file is neither written nor read.
const MOST_BYTES: u64 = 8 * super::MOST_PAIRS as u64;

/// Where the matches of these pairs are kept.
pub(super) struct PairCache {
    path: PathBuf,
    bundles: Vec<BundleId>,
    queries: Vec<u32>,
    /// Matches of one query.
    length: usize,
}

impl PairCache {
    /// None where there are so many that comparing is not what takes long, but keeping them would.
    pub(super) fn of(folder: &Path, pairs: &Pairs<'_>, n_rows: usize) -> Option<Self> {
        let length = pairs.kinds.len() * n_rows;
        let bytes = pairs.queries.len() as u64 * (8 + 2 * length as u64);
        if bytes > MOST_BYTES {
            return None;
        }
        let mut queries = pairs.queries.to_vec();
        queries.sort_unstable();
        Some(Self {
            queries,
            length,
            path: file_in(folder, key(pairs, n_rows)),
            bundles: pairs.kinds.iter().map(|kind| kind.form.bundle().clone()).collect(),
        })
    }

    /// What is kept; none where there is nothing, or nothing whole.
    pub(super) fn read(&self) -> Option<PairEvidence> {
        let found = read_all(&read_own(&self.path, MOST_BYTES + 1024).ok()?, self.bundles.clone())?;
        let is_whole = found.queries().eq(self.queries.iter().copied())
            && found.all().all(|(_, matches)| matches.len() == self.length);
        is_whole.then_some(found)
    }

    /// Keeps the matches. Where that fails the next evaluation compares anew: the remark says why.
    pub(super) fn write(&self, evidence: &PairEvidence) -> Option<String> {
        write(&self.path, evidence)
    }
}

/// Where the matches of a closer look are kept: of each query those with the rows chosen for it, in their order. What was
/// counted before it was stopped is kept too.
pub(super) struct LookCache<'a> {
    path: PathBuf,
    bundle: BundleId,
    progress: &'a dyn Progress,
}

impl<'a> LookCache<'a> {
    pub(super) fn of(folder: &Path, pairs: &CloserPairs<'_>, progress: &'a dyn Progress) -> Self {
        let bundle = pairs.closer.bundle().clone();
        let runtime = pairs.closer.runtime();
        let mut parts =
            format!("{COMPARING} {MATCHING} {bundle} {runtime} {}", pairs.closer.features()).into_bytes();
        parts.extend(hashes(pairs.rows));
        for (query, rows) in pairs.chosen {
            parts.extend(query.to_le_bytes());
            parts.extend(rows.iter().flat_map(|row| row.to_le_bytes()));
        }
        Self { path: file_in(folder, photo_id(&parts)), bundle, progress }
    }
}

impl KeptLooks for LookCache<'_> {
    fn known(&self) -> BTreeMap<u32, Vec<u16>> {
        let bytes = read_own(&self.path, MOST_BYTES + 1024).ok();
        let found = bytes.and_then(|bytes| read_all(&bytes, vec![self.bundle.clone()])).unwrap_or_default();
        found.all().map(|(query, matches)| (query, matches.to_vec())).collect()
    }

    fn keep(&self, known: &BTreeMap<u32, Vec<u16>>) {
        let mut evidence = PairEvidence::of(vec![self.bundle.clone()]);
        known.iter().for_each(|(query, counts)| evidence.keep(*query, counts.clone()));
        if let Some(remark) = write(&self.path, &evidence) {
            self.progress.note(&remark);
        }
    }
}

fn file_in(folder: &Path, key: PhotoId) -> PathBuf {
    let mut name = key.to_string();
    name.truncate(32);
    folder.join(format!("{name}{ENDING}"))
}

/// Writes the matches; a remark where that fails.
fn write(path: &Path, evidence: &PairEvidence) -> Option<String> {
    let written = try_write(path, evidence);
    written.err().map(|error| format!("matches are not kept for the next run: {error}: {}", path.display()))
}

fn try_write(path: &Path, evidence: &PairEvidence) -> std::io::Result<()> {
    let _held = path.parent().map(|folder| HeldFolder::claim(CACHE, folder)).transpose()?;
    let mut bytes = MAGIC.to_vec();
    for (query, matches) in evidence.all() {
        bytes.extend(query.to_le_bytes());
        bytes.extend(u32::try_from(matches.len()).unwrap_or(u32::MAX).to_le_bytes());
        matches.iter().for_each(|count| bytes.extend(count.to_le_bytes()));
    }
    let checksum = photo_id(&bytes);
    bytes.extend(checksum.0);
    replace(path, &bytes)?;
    make_room(path)
}

fn make_room(written: &Path) -> std::io::Result<()> {
    let Some(folder) = written.parent() else { return Ok(()) };
    let mut kept: Vec<(SystemTime, PathBuf)> = std::fs::read_dir(folder)?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let is_ours = entry.file_name().to_str()?.ends_with(ENDING) && entry.file_type().ok()?.is_file();
            is_ours.then(|| Some((entry.metadata().ok()?.modified().ok()?, entry.path()))).flatten()
        })
        .collect();
    kept.sort();
    let spare = kept.len().saturating_sub(MOST_FILES);
    kept.iter()
        .take(spare)
        .filter(|(_, path)| *path != written)
        .try_for_each(|(_, path)| std::fs::remove_file(path))
}

/// Hashes of rows of features, one after the other.
fn hashes(rows: &[Option<&[f16]>]) -> Vec<u8> {
    let of = |row: &Option<&[f16]>| {
        let bytes: Vec<u8> =
            row.iter().flat_map(|row| row.iter()).flat_map(|value| value.to_le_bytes()).collect();
        photo_id(&bytes).0
    };
    rows.iter().flat_map(of).collect()
}

/// A hash of the features, of the rules they are compared by, and of who is compared with whom.
fn key(pairs: &Pairs<'_>, n_rows: usize) -> PhotoId {
    let mut parts = COMPARING.as_bytes().to_vec();
    for kind in pairs.kinds {
        parts.extend(format!("{} {:?}", kind.form.bundle(), kind.form.rule()).into_bytes());
        parts.extend(hashes(&kind.rows));
    }
    for query in pairs.queries {
        let admitted: Vec<u8> =
            (0..).take(n_rows).map(|row| u8::from(row != *query && (pairs.admits)(*query, row))).collect();
        parts.extend(query.to_le_bytes());
        parts.extend(photo_id(&admitted).0);
    }
    photo_id(&parts)
}

fn read_all(bytes: &[u8], bundles: Vec<BundleId>) -> Option<PairEvidence> {
    let (body, checksum) = bytes.split_last_chunk::<32>()?;
    if photo_id(body).0 != *checksum {
        return None;
    }
    let mut rest = body.strip_prefix(MAGIC)?;
    let mut evidence = PairEvidence::of(bundles);
    while !rest.is_empty() {
        let (query, after) = rest.split_first_chunk::<4>()?;
        let (length, after) = after.split_first_chunk::<4>()?;
        let (matches, after) = after.split_at_checked(2 * u32::from_le_bytes(*length) as usize)?;
        let counts = matches.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        evidence.keep(u32::from_le_bytes(*query), counts.collect());
        rest = after;
    }
    Some(evidence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache_at(path: PathBuf, bundles: Vec<BundleId>) -> PairCache {
        PairCache { path, bundles, queries: vec![3, 7], length: 3 }
    }

    fn written() -> (tempfile::TempDir, PairCache, PairEvidence) {
        let folder = tempfile::tempdir().unwrap();
        let bundles = vec![BundleId::new("marks", &[1; 32]).unwrap()];
        let cache = cache_at(folder.path().join("below/one.pairs"), bundles.clone());
        let mut evidence = PairEvidence::of(bundles);
        evidence.keep(3, vec![1, 0, 500]);
        evidence.keep(7, vec![0, 2, 65_535]);
        assert_eq!(cache.write(&evidence), None);
        (folder, cache, evidence)
    }

    #[test]
    fn what_was_kept_is_read_again_and_damage_counts_as_nothing() {
        let (_folder, cache, evidence) = written();
        assert_eq!(cache.read(), Some(evidence));
        let bytes = std::fs::read(&cache.path).unwrap();
        for length in 0..bytes.len() {
            assert_eq!(read_all(&bytes[..length], cache.bundles.clone()), None, "{length} bytes");
        }
        let other = PairCache { queries: vec![3], ..cache_at(cache.path.clone(), cache.bundles.clone()) };
        assert_eq!(other.read(), None, "of other queries");
        std::fs::write(&cache.path, "no matches").unwrap();
        assert_eq!(cache.read(), None);
    }

    #[test]
    fn the_oldest_make_room() {
        let (folder, cache, evidence) = written();
        for number in 0..2 * MOST_FILES {
            let path = folder.path().join(format!("below/{number}.pairs"));
            let cache = cache_at(path, cache.bundles.clone());
            assert_eq!(cache.write(&evidence), None);
        }
        let files = std::fs::read_dir(folder.path().join("below")).unwrap();
        let kept =
            files.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|end| end == "pairs"));
        assert_eq!(kept.count(), MOST_FILES);
    }
}
