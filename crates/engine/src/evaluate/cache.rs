//! Embeddings kept from one evaluation to the next: asking the same table under other rules embeds nothing.
//!
//! One file a bundle and runtime, in the models' home; it may be deleted at any time. It ends in a checksum: a
//! file that is not whole is told and counts as none. Where another program writes at the same moment, what this one
//! knows is embedded again the next time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use resight_core::{ImageSize, PhotoId, PixelBox};
use resight_dataset::{PhotoFacts, Row};
use resight_files::{FolderKind, FolderMark, HeldFolder, read_own, replace};
use resight_imaging::{DECODING, PerceptualHash, photo_id};
use resight_model::Embedder;
use resight_vector::f16;

use super::Tools;

const MAGIC: &[u8; 8] = b"RSGTEMB3";

/// What the folder is marked with.
pub(super) const CACHE: FolderMark = FolderMark(FolderKind::Cache);

/// A longer file counts as none: some millions of embeddings.
const MOST_BYTES: u64 = 8 << 30;

/// One embedded row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Kept {
    pub(super) facts: PhotoFacts,
    pub(super) region: PixelBox,
    pub(super) values: Vec<f16>,
}

/// What, besides the photo's bytes and its box, decides on an embedding.
pub(super) struct Key(String);

impl Key {
    pub(super) fn maker(tools: &Tools<'_>) -> Self {
        let frame = tools.normaliser.map_or_else(String::new, |normaliser| format!(" {}", normaliser.id()));
        Self(format!("{} {} {DECODING}{frame}", tools.detector.id(), tools.least_pixels))
    }

    /// A hash of all that decides on the embedding of this row.
    pub(super) fn of(&self, photo: Option<PhotoId>, row: &Row) -> PhotoId {
        let mut text = photo.map(|id| id.to_string()).unwrap_or_default();
        match row.boxes.first() {
            Some(given) => text.push_str(&format!(" {given:?} {}", self.0)),
            None => text.push_str(&format!(" {}", self.0)),
        }
        photo_id(text.as_bytes())
    }
}

/// The embeddings known from before, and those added now.
pub(super) struct Cache {
    path: Option<PathBuf>,
    dimension: usize,
    entries: BTreeMap<PhotoId, Kept>,
    changed: bool,
    is_damaged: bool,
}

impl Cache {
    /// Reads what is kept for a bundle and runtime; nothing where there is no folder, or nothing whole in it.
    pub(super) fn open(folder: Option<&Path>, embedder: &dyn Embedder) -> Self {
        let name: String = format!("{}-{}.emb", embedder.bundle_id(), embedder.runtime())
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "-._".contains(c) { c } else { '-' })
            .collect();
        let dimension = embedder.dimension();
        let path = folder.map(|folder| folder.join(name));
        let bytes = path.as_ref().and_then(|path| read_own(path, MOST_BYTES).ok());
        let read = bytes.map(|bytes| read_all(&bytes, dimension));
        let is_damaged = matches!(read, Some(None));
        Self { path, dimension, entries: read.flatten().unwrap_or_default(), changed: false, is_damaged }
    }

    /// What is to be said of a file that was there and of no use.
    pub(super) fn remark(&self) -> Option<String> {
        let path = self.path.as_ref().filter(|_| self.is_damaged)?;
        Some(format!("the kept embeddings are damaged and are not used: {}", path.display()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn get(&self, key: &PhotoId) -> Option<Kept> {
        self.entries.get(key).cloned()
    }

    pub(super) fn add(&mut self, key: PhotoId, kept: &Kept) {
        if self.path.is_some() && kept.values.len() == self.dimension {
            self.changed = true;
            self.entries.insert(key, kept.clone());
        }
    }

    /// Writes what was added. A cache that cannot be written costs time, not the answer: the remark says why.
    pub(super) fn save(&self) -> Option<String> {
        let path = self.path.as_ref().filter(|_| self.changed)?;
        let written = self.write(path);
        written
            .err()
            .map(|error| format!("embeddings are not kept for the next run: {error}: {}", path.display()))
    }

    fn write(&self, path: &Path) -> std::io::Result<()> {
        // One writes at a time, and clears away what killed ones left.
        let _held = path.parent().map(|folder| HeldFolder::claim(CACHE, folder)).transpose()?;
        let mut bytes = MAGIC.to_vec();
        for (key, kept) in &self.entries {
            write_one(&mut bytes, key, kept);
        }
        let checksum = photo_id(&bytes);
        bytes.extend(checksum.0);
        replace(path, &bytes)
    }
}

fn write_one(bytes: &mut Vec<u8>, key: &PhotoId, kept: &Kept) {
    let size = kept.facts.size.unwrap_or(ImageSize { width: 0, height: 0 });
    let PixelBox { x, y, width, height, rotation } = kept.region;
    bytes.extend(key.0);
    bytes.extend(kept.facts.photo_id.map_or([0; 32], |id| id.0));
    bytes.extend(kept.facts.perceptual_hash.map_or(0, |hash| hash.0).to_le_bytes());
    [size.width, size.height].iter().for_each(|side| bytes.extend(side.to_le_bytes()));
    [x, y, width, height, rotation].iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    kept.values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
}

fn read_all(bytes: &[u8], dimension: usize) -> Option<BTreeMap<PhotoId, Kept>> {
    let (body, checksum) = bytes.split_last_chunk::<32>()?;
    if photo_id(body).0 != *checksum {
        return None;
    }
    let mut rest = body.strip_prefix(MAGIC)?;
    let mut entries = BTreeMap::new();
    while !rest.is_empty() {
        let (key, kept) = read_one(&mut rest, dimension)?;
        entries.insert(key, kept);
    }
    Some(entries)
}

fn read_one(rest: &mut &[u8], dimension: usize) -> Option<(PhotoId, Kept)> {
    let key = PhotoId(*take(rest)?);
    let photo = PhotoId(*take(rest)?);
    let hash = u64::from_le_bytes(*take(rest)?);
    let (width, height) = (u32::from_le_bytes(*take(rest)?), u32::from_le_bytes(*take(rest)?));
    let mut number = || Some(f64::from_le_bytes(*take(rest)?));
    let region = PixelBox::at(number()?, number()?, number()?, number()?).turned(number()?);
    let values = (0..dimension).map(|_| Some(f16::from_le_bytes(*take(rest)?))).collect::<Option<_>>()?;
    let facts = PhotoFacts {
        photo_id: Some(photo),
        perceptual_hash: Some(PerceptualHash(hash)),
        size: Some(ImageSize { width, height }),
    };
    Some((key, Kept { facts, region, values }))
}

fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (taken, left) = rest.split_first_chunk::<N>()?;
    *rest = left;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn kept(seed: u8) -> Kept {
        let facts = PhotoFacts {
            photo_id: Some(PhotoId([seed; 32])),
            perceptual_hash: Some(PerceptualHash(u64::from(seed) << 40)),
            size: Some(ImageSize { width: 640, height: u32::from(seed) }),
        };
        let region = PixelBox::at(0.5, f64::from(seed), 30.0, 40.25);
        Kept { facts, region, values: vec![f16::from_f32(0.25), f16::from_f32(f32::from(seed))] }
    }

    fn empty(path: PathBuf) -> Cache {
        let entries = BTreeMap::new();
        Cache { path: Some(path), dimension: 2, entries, changed: false, is_damaged: false }
    }

    fn written() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("below/cache.emb");
        let mut cache = empty(path.clone());
        cache.add(PhotoId([1; 32]), &kept(1));
        cache.add(PhotoId([2; 32]), &kept(2));
        assert_eq!(cache.save(), None);
        (folder, path)
    }

    #[test]
    fn what_was_written_is_read_again() {
        let (_folder, path) = written();
        let entries = read_all(&fs::read(path).expect("written"), 2).expect("whole");
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[&PhotoId([2; 32])], kept(2));
    }

    #[test]
    fn a_file_that_is_not_whole_counts_as_none() {
        let (_folder, path) = written();
        let bytes = fs::read(path).expect("written");
        for length in 0..bytes.len() {
            assert!(read_all(&bytes[..length], 2).is_none(), "{length} bytes");
        }
        let mut flipped = bytes.clone();
        flipped[60] ^= 1;
        assert!(read_all(&flipped, 2).is_none());
        assert!(read_all(&bytes, 3).is_none(), "another dimension");
    }

    #[test]
    fn only_a_folder_of_ours_is_written_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cache.emb");
        fs::write(folder.path().join("diary"), "mine").expect("written");
        let mut cache = empty(path.clone());
        cache.add(PhotoId([1; 32]), &kept(1));
        assert!(cache.save().expect("not ours").contains("not kept"));
        assert!(!path.exists());
    }

    #[test]
    fn a_cache_that_cannot_be_written_says_so() {
        let (_folder, path) = written();
        let mut cache = empty(path.join("x"));
        cache.add(PhotoId([1; 32]), &kept(1));
        assert!(cache.save().expect("a file is no folder").contains("not kept"));
    }
}
