//! The single-file form of a bundle: a zip archive with exactly the files of a bundle, not compressed.

use std::fs::File;
use std::io::{BufReader, Seek as _, Write as _};
use std::path::Path;

use prost::bytes::Bytes;
use resight_files::open_plain;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::error::BundleError;
use super::files::{
    Contents, MAX_LEARNT, MAX_MANIFEST, MAX_MODEL, Written, parent_of, read_limited, sync_folder, text,
};
use super::manifest::{LEARNT_FILE, MANIFEST_FILE, MODEL_FILE};
use crate::zip_directory::lists_more_than;

/// The most files that an archive may list, for its list to be read at all.
const MAX_LISTED: usize = 100;

/// Weights hardly shrink; whatever claims to shrink more than this is meant to fill the memory.
const MAX_RATIO: u64 = 100;

/// Reads the files of an archive. Nothing is unpacked to the disk, so names cannot lead anywhere.
pub(super) fn read(path: &Path) -> Result<Contents, BundleError> {
    let (mut file, _) = open_plain(path).map_err(BundleError::io("open the bundle", path))?;
    let lists_many =
        lists_more_than(MAX_LISTED, &mut file).map_err(BundleError::io("read the bundle", path))?;
    if lists_many {
        return Err(other_files(path));
    }
    file.rewind().map_err(BundleError::io("read the bundle", path))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| not_a_bundle(&error, path))?;
    let names: Result<Vec<_>, _> = archive.file_names().collect();
    let mut names = names.map_err(|error| not_a_bundle(&error, path))?;
    names.sort_unstable();
    let has_learnt = names == [MANIFEST_FILE, LEARNT_FILE, MODEL_FILE];
    if !has_learnt && names != [MANIFEST_FILE, MODEL_FILE] {
        return Err(other_files(path));
    }
    let manifest = read_entry(&mut archive, MANIFEST_FILE, MAX_MANIFEST, path)?;
    let model = read_entry(&mut archive, MODEL_FILE, MAX_MODEL, path)?;
    let learnt = has_learnt.then(|| read_entry(&mut archive, LEARNT_FILE, MAX_LEARNT, path)).transpose()?;
    Ok(Contents { manifest: text(manifest, path)?, model: Bytes::from(model), learnt })
}

fn read_entry(
    archive: &mut ZipArchive<BufReader<File>>,
    name: &str,
    limit: u64,
    path: &Path,
) -> Result<Vec<u8>, BundleError> {
    let entry = archive.by_name(name).map_err(|error| not_a_bundle(&error, path))?;
    if entry.size() / MAX_RATIO > entry.compressed_size() {
        let reason = format!("`{name}` claims to be more than {MAX_RATIO} times its packed size");
        return Err(BundleError::NotABundle { reason, path: path.to_path_buf() });
    }
    let (size, packed) = (entry.size(), entry.compressed_size());
    read_limited(entry, size, limit.min(packed.saturating_mul(MAX_RATIO).saturating_add(4096)), path)
}

/// Writes an archive beside its final place, then renames it.
pub(super) fn write(path: &Path, bundle: &Written<'_>) -> Result<(), BundleError> {
    let failed = |action| BundleError::io(action, path);
    let parent = parent_of(path);
    let staging = tempfile::NamedTempFile::new_in(parent).map_err(failed("make a file"))?;
    let mut archive = ZipWriter::new(staging);
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in bundle.files() {
        archive
            .start_file(name, options)
            .map_err(std::io::Error::from)
            .map_err(failed("write the bundle"))?;
        archive.write_all(bytes).map_err(failed("write the bundle"))?;
    }
    let staging = archive.finish().map_err(std::io::Error::from).map_err(failed("write the bundle"))?;
    staging.as_file().sync_all().map_err(failed("write the bundle"))?;
    staging.persist(path).map_err(|error| failed("put the bundle in its place")(error.error))?;
    sync_folder(parent);
    Ok(())
}

fn other_files(path: &Path) -> BundleError {
    let reason = format!("an archive with {MANIFEST_FILE} and {MODEL_FILE} and nothing else was expected");
    BundleError::NotABundle { reason, path: path.to_path_buf() }
}

fn not_a_bundle(error: &ZipError, path: &Path) -> BundleError {
    BundleError::NotABundle { reason: error.to_string(), path: path.to_path_buf() }
}
