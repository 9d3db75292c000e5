//! The file of a cache: found, checked, made.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use rayon::prelude::*;
use resight_vector::MappedFile;
use resight_vector::disk::free_bytes;

use super::header::{HEADER_LENGTH, Header, Unfit, entry_of};
use super::{CacheError, FeatureShape};

/// What is where the cache should be.
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// A cache of no use, and why.
    Useless(&'static str),
    /// The cache, complete or not.
    Cache(OpenCache),
}

/// A cache whose every entry was checked.
#[derive(Debug)]
pub(super) struct OpenCache {
    pub(super) header: Header,
    pub(super) map: MappedFile,
    /// Which annotations are there and sound.
    pub(super) present: Vec<bool>,
    /// How many have an entry, but not the numbers that belong to it.
    pub(super) damaged: usize,
}

impl OpenCache {
    pub(super) fn is_complete(&self) -> bool {
        self.present.iter().all(|present| *present)
    }
}

/// Looks at the file.
pub(super) fn look(path: &Path, key: &[u8; 32], items: usize, views: usize) -> Result<Found, CacheError> {
    let failed = |source| CacheError::Io { action: "read the cache", path: path.to_owned(), source };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(failed(error)),
    };
    let length = file.metadata().map_err(failed)?.len();
    let mut first = [0; HEADER_LENGTH];
    match file.read_exact(&mut first) {
        Ok(()) => {}
        // The file was made, and the process killed before its header was written.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && length == 0 => {
            return Ok(Found::Useless("it was hardly begun"));
        }
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return not_ours(path),
        Err(error) => return Err(failed(error)),
    }
    let header = match Header::decode(&first, key, items, views) {
        Ok(header) => header,
        Err(Unfit::Foreign) => return not_ours(path),
        Err(Unfit::Useless(reason)) => return Ok(Found::Useless(reason)),
    };
    let Some(bytes) = header.file_bytes().filter(|bytes| *bytes == length) else {
        return Ok(Found::Useless("it has another length than its header says"));
    };
    let map = MappedFile::open(&file, bytes).map_err(failed)?;
    Ok(Found::Cache(check(header, map)))
}

fn not_ours(path: &Path) -> Result<Found, CacheError> {
    Err(CacheError::NotACache { path: path.to_owned() })
}

/// Compares every entry with the numbers that it stands for.
fn check(header: Header, map: MappedFile) -> OpenCache {
    let bytes = map.bytes();
    let states: Vec<(bool, bool)> = (0..header.items)
        .into_par_iter()
        .map(|item| {
            let at = header.entry_at(item) as usize;
            let entry = u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
            let is_sound = entry != 0 && entry == entry_of(&bytes[header.item_range(item)]);
            (is_sound, entry != 0 && !is_sound)
        })
        .collect();
    let damaged = states.iter().filter(|(_, damaged)| *damaged).count();
    OpenCache { header, present: states.into_iter().map(|(sound, _)| sound).collect(), damaged, map }
}

/// Makes an empty cache. It gets its name when its header is on the disk.
pub(super) fn make(path: &Path, header: &Header) -> Result<(), CacheError> {
    let failed = || CacheError::io("make the cache", path);
    let Some(bytes) = header.file_bytes() else {
        let reason = io::Error::new(io::ErrorKind::FileTooLarge, "no file can be so long");
        return Err(failed()(reason));
    };
    let unfinished = path.with_extension("new");
    let made = || -> io::Result<()> {
        let mut file = File::create(&unfinished)?;
        io::Write::write_all(&mut file, &header.encode())?;
        // The rest reads as zeros, and takes no room before it is written.
        file.set_len(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)?;
        force_folder(path)
    };
    made().map_err(failed())
}

/// Makes a new name as lasting as its file. Only Unix knows such a thing.
fn force_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

/// Refuses to begin where the disk cannot hold what is to come.
pub(super) fn check_room(path: &Path, needed: u64) -> Result<(), CacheError> {
    match path.parent().and_then(free_bytes) {
        Some(free) if free < needed => Err(CacheError::NoRoom { needed, free, path: path.to_owned() }),
        _ => Ok(()),
    }
}

/// Bytes that are still to be written: those of the absent annotations, and of header and table.
pub(super) fn bytes_to_come(header: &Header, present: &[bool]) -> u64 {
    let absent = present.iter().filter(|present| !**present).count() as u64;
    header.item_at(0) + absent.saturating_mul(header.item_bytes())
}

/// A header for these answers.
pub(super) fn header(key: [u8; 32], items: usize, views: usize, shape: FeatureShape) -> Header {
    Header { items, views, shape, key }
}
