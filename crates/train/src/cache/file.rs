//! The file of a cache: found, checked, made.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use resight_files::{create_own, open_own, sync_folder};
use resight_vector::MappedFile;
use resight_vector::disk::free_bytes;

use super::header::{HEADER_LENGTH, Header, Unfit, entry_of};
use super::{CacheError, FeatureShape};

/// Extension of a cache's file.
pub(super) const EXTENSION: &str = "features";
/// Extension of a cache that is not made yet.
pub(super) const UNFINISHED: &str = "new";
/// Extension of the file that says who builds a cache.
pub(super) const LOCK: &str = "lock";

/// Hexadecimal digits of a cache's name.
const NAME_DIGITS: usize = 32;

/// The file of the cache with this key.
pub(super) fn place(folder: &Path, key: &[u8; 32]) -> PathBuf {
    let name: String = key[..NAME_DIGITS / 2].iter().map(|byte| format!("{byte:02x}")).collect();
    folder.join(name).with_extension(EXTENSION)
}

/// Whether only we give such names to caches.
pub(super) fn is_named_by_us(path: &Path) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    path.extension().is_some_and(|extension| extension == EXTENSION)
        && path
            .file_stem()
            .and_then(OsStr::to_str)
            .is_some_and(|name| name.len() == NAME_DIGITS && name.bytes().all(is_digit))
}

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
    let mut file = match open_own(path) {
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

/// Makes an empty cache; for the process that holds its lock. It gets its name when its header is on the disk.
pub(super) fn make(path: &Path, header: &Header) -> Result<(), CacheError> {
    let failed = || CacheError::io("make the cache", path);
    let Some(bytes) = header.file_bytes() else {
        let reason = io::Error::new(io::ErrorKind::FileTooLarge, "no file can be so long");
        return Err(failed()(reason));
    };
    // A name of its own, and not one of `remove_unfinished`: other caches of the folder have locks of their own.
    let unfinished = path.with_extension(UNFINISHED);
    let made = || -> io::Result<()> {
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = create_own(&unfinished)?;
        file.write_all(&header.encode())?;
        // The rest reads as zeros, and takes no room before it is written.
        file.set_len(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)?;
        path.parent().map_or(Ok(()), sync_folder)
    };
    made().map_err(failed())
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
