//! From the archive back to a catalog.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use resight_catalog::{Access, Catalog};
use resight_files::sync_folder;
use serde::Serialize;
use zip::ZipArchive;

use super::listing::{FORMAT_VERSION, LISTING, ListedFile, Listing, is_allowed};
use super::open;
use crate::{CancelToken, EngineError, Progress, Stage};

/// Files that an archive may list, at most.
const MOST_FILES: usize = 5_000_000;

/// The longest list that is read, in bytes.
const LONGEST_LISTING: u64 = 1 << 30;

/// Whatever claims to shrink more than this is meant to fill the disk.
const MOST_SHRUNK: u64 = 200;

/// What to unpack, and where to.
#[derive(Debug, Clone)]
pub struct UnpackRequest {
    /// The archive.
    pub archive: PathBuf,
    /// The folder of the catalog: not there yet, or empty.
    pub folder: PathBuf,
}

/// What was unpacked.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct UnpackReport {
    /// Files, each with the hash that the archive lists.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Photos among them; the catalog finds them.
    pub photos: usize,
    /// Individuals of the catalog.
    pub individuals: u64,
    /// Photos that the catalog knows.
    pub known_photos: u64,
}

/// Unpacks an archive beside its place, compares every hash, and puts it in its place then: all of it or nothing.
///
/// # Errors
/// It is no such archive, or a newer one; a file is not as listed; the folder has something in it; the disk is full; the work was
/// cancelled.
pub fn unpack(
    request: &UnpackRequest,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<UnpackReport, EngineError> {
    let (path, folder) = (&request.archive, &request.folder);
    refuse_occupied(folder)?;
    let file = open(path).map_err(|error| EngineError::file("open the archive", path, error))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| refused(path, &error))?;
    let listing = listing(&mut archive, path)?;
    let parent = parent_of(folder);
    std::fs::create_dir_all(&parent).map_err(|error| EngineError::file("make the folder", &parent, error))?;
    let scratch = tempfile::Builder::new()
        .prefix(".resight-unpack-")
        .tempdir_in(&parent)
        .map_err(|error| EngineError::file("make a folder in", &parent, error))?;
    progress.begin(Stage { title: "unpacking".to_owned(), total: Some(listing.files.len() as u64) });
    for file in &listing.files {
        if cancel.is_cancelled() {
            progress.end();
            return Err(EngineError::user("stopped before all was unpacked: nothing was kept"));
        }
        take_out(&mut archive, file, scratch.path(), path)?;
        progress.advance(1);
    }
    progress.end();
    // It is opened before it gets its name: a stranger's database is refused as everywhere.
    let stats = Catalog::open(scratch.path(), Access::Write)?.stats()?;
    put_in_place(scratch.keep(), folder)?;
    find_photos(&listing, folder)?;
    Ok(UnpackReport {
        files: listing.files.len(),
        bytes: listing.files.iter().map(|file| file.bytes).sum(),
        photos: listing.files.iter().filter(|file| file.name.starts_with("photos/")).count(),
        individuals: stats.individuals,
        known_photos: stats.photos,
    })
}

fn refuse_occupied(folder: &Path) -> Result<(), EngineError> {
    match std::fs::read_dir(folder).map(Iterator::count) {
        Ok(0) => Ok(()),
        Ok(_) => Err(EngineError::user(format!("the folder is not empty: {}", folder.display()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(EngineError::file("look into the folder", folder, error)),
    }
}

fn parent_of(folder: &Path) -> PathBuf {
    match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn refused(path: &Path, reason: &dyn std::fmt::Display) -> EngineError {
    EngineError::user(format!("not an archive of a catalog ({reason}): {}", path.display()))
}

/// The list, which has to name exactly what is there.
fn listing(archive: &mut ZipArchive<BufReader<File>>, path: &Path) -> Result<Listing, EngineError> {
    if archive.len() > MOST_FILES {
        return Err(refused(path, &format!("{} files", archive.len())));
    }
    let text = {
        let entry = archive.by_name(LISTING).map_err(|_| refused(path, &format!("it has no {LISTING}")))?;
        let mut text = Vec::new();
        let limit = LONGEST_LISTING.min(entry.compressed_size().saturating_mul(MOST_SHRUNK));
        entry
            .take(limit)
            .read_to_end(&mut text)
            .map_err(|error| EngineError::file("read the archive", path, error))?;
        text
    };
    #[derive(serde::Deserialize)]
    struct AnyFormat {
        format_version: u32,
    }
    let any: AnyFormat = serde_json::from_slice(&text).map_err(|error| refused(path, &error))?;
    if any.format_version > FORMAT_VERSION {
        let message = format!(
            "the archive has format {}, this program reads up to {FORMAT_VERSION}: {}",
            any.format_version,
            path.display()
        );
        return Err(EngineError::user(message));
    }
    let listing: Listing = serde_json::from_slice(&text).map_err(|error| refused(path, &error))?;
    let listed: BTreeSet<&str> = listing.files.iter().map(|file| file.name.as_str()).collect();
    if let Some(odd) = listed.iter().find(|name| !is_allowed(name)) {
        return Err(refused(path, &format!("it lists `{}`", odd.escape_debug())));
    }
    if listed.len() != listing.files.len() || listed.len() + 1 != archive.len() {
        return Err(refused(path, &"it holds other files than it lists"));
    }
    let is_its_own =
        |folder: &str| folder.strip_prefix("photos/").is_some_and(|number| number.parse::<u32>().is_ok());
    if let Some(root) = listing.roots.iter().find(|root| !is_its_own(&root.folder)) {
        return Err(refused(path, &format!("it has photos in `{}`", root.folder.escape_debug())));
    }
    Ok(listing)
}

/// Writes one file below the folder, if it is what the list says.
fn take_out(
    archive: &mut ZipArchive<BufReader<File>>,
    listed: &ListedFile,
    below: &Path,
    path: &Path,
) -> Result<(), EngineError> {
    let wrong = |what: &str| {
        EngineError::user(format!("the archive is damaged: `{}` {what}: {}", listed.name, path.display()))
    };
    let entry = archive.by_name(&listed.name).map_err(|_| wrong("is not in it"))?;
    if listed.bytes / MOST_SHRUNK > entry.compressed_size() {
        return Err(wrong("claims to be far longer than it can be"));
    }
    let to = below.join(&listed.name);
    let failed = |error| EngineError::file("write", &to, error);
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut file = File::create_new(&to).map_err(failed)?;
    let mut reader = entry.take(listed.bytes + 1);
    let (mut bytes, mut hasher, mut buffer) = (0, blake3::Hasher::new(), vec![0; 1 << 16]);
    loop {
        let read = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return Err(wrong("cannot be read")),
        };
        file.write_all(&buffer[..read]).map_err(failed)?;
        hasher.update(&buffer[..read]);
        bytes += read as u64;
    }
    if bytes != listed.bytes || hasher.finalize().to_hex().as_str() != listed.blake3 {
        return Err(wrong("has other bytes than listed"));
    }
    file.sync_all().map_err(failed)
}

fn put_in_place(made: PathBuf, folder: &Path) -> Result<(), EngineError> {
    let failed = |error| EngineError::file("put the catalog in its place", folder, error);
    let moved = match std::fs::remove_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => std::fs::rename(&made, folder),
    };
    if moved.is_err() {
        // It is ours and of no use to anybody: a folder that a temporary name was given to.
        let _ = std::fs::remove_dir_all(&made);
    }
    moved.map_err(failed)?;
    sync_folder(&parent_of(folder)).map_err(failed)
}

/// Tells the catalog where the photos are that came with it.
fn find_photos(listing: &Listing, folder: &Path) -> Result<(), EngineError> {
    if listing.roots.is_empty() {
        return Ok(());
    }
    let folder =
        std::path::absolute(folder).map_err(|error| EngineError::file("find the folder", folder, error))?;
    let mut catalog = Catalog::open(&folder, Access::Write)?;
    for root in &listing.roots {
        catalog.move_root(&root.name, &folder.join(&root.folder))?;
    }
    Ok(())
}
