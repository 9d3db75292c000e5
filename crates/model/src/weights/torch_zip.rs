//! The torch container since version 1.6: a zip archive, not compressed, with `data.pkl` and one file a
//! storage.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::Weights;
use super::error::Refusal;
use super::pickle::Pickle;
use super::torch::{FLOAT_BYTES, collect};
use crate::zip_directory::lists_more_than;

/// The largest `data.pkl`, in bytes.
const MAX_PICKLE: u64 = 1 << 25;

/// The most files of an archive: a few, and one for each tensor.
const MAX_LISTED: usize = 1 << 16;

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// Reads the tensors of a file in memory.
pub(super) fn read(bytes: &[u8]) -> Result<Weights, Refusal> {
    if lists_more_than(MAX_LISTED, bytes).map_err(|error| Refusal(error.to_string()))? {
        return Err(Refusal(format!("its zip archive lists more than {MAX_LISTED} files")));
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(refuse)?;
    if let Some(kind) = program(&archive) {
        return Err(Refusal(format!(
            "it is {kind}, a program and not a file of tensors; export the network to ONNX with the program that made it"
        )));
    }
    let folder = folder(&archive)?;
    let pickle = entry(&mut archive, &format!("{folder}/data.pkl"), MAX_PICKLE)?
        .ok_or_else(|| Refusal::because("it has no data.pkl"))?;
    if entry(&mut archive, &format!("{folder}/byteorder"), 16)?
        .is_some_and(|order| order.trim_ascii() != b"little")
    {
        return Err(Refusal::because("its numbers are not little-endian"));
    }
    let pickle = Pickle::read(&pickle)?;
    let storages = storages(&mut archive, &folder, &pickle, bytes.len() as u64)?;
    let max_values = 2 * (bytes.len() as u64 / FLOAT_BYTES);
    collect(&pickle, |key| storages.get(key).map(Vec::as_slice), max_values)
}

/// What an archive is that holds a program: TorchScript keeps its code and constants, an exported program (`.pt2`) its
/// graph.
fn program(archive: &Archive<'_>) -> Option<&'static str> {
    let mut names = archive.file_names().filter_map(Result::ok);
    names.find_map(|name| {
        let is_script = name.ends_with("/constants.pkl") || name.contains("/code/__torch__");
        let is_exported =
            name.ends_with("archive_format") || name.ends_with("serialized_exported_program.json");
        if is_script {
            Some("TorchScript")
        } else {
            is_exported.then_some("an exported program of PyTorch (.pt2)")
        }
    })
}

/// The folder in the archive that holds everything; torch names it after the file.
fn folder(archive: &Archive<'_>) -> Result<String, Refusal> {
    for name in archive.file_names() {
        if let Some(folder) = name.map_err(refuse)?.strip_suffix("/data.pkl") {
            return Ok(folder.to_owned());
        }
    }
    Err(Refusal::because("it is a zip archive, but not one of torch (there is no data.pkl)"))
}

/// The float storages by their keys. Together they must fit into the file, as they do where nothing is
/// compressed and nothing lies over something else.
fn storages(
    archive: &mut Archive<'_>,
    folder: &str,
    pickle: &Pickle<'_>,
    file_length: u64,
) -> Result<BTreeMap<String, Vec<u8>>, Refusal> {
    let mut room = file_length;
    let mut found = BTreeMap::new();
    for (key, storage) in pickle.storages() {
        if !storage.is_float {
            continue;
        }
        let too_long = || Refusal(format!("the storage `{key}` is longer than the file has room for"));
        let length = storage.len.checked_mul(FLOAT_BYTES).ok_or_else(too_long)?;
        room = room.checked_sub(length).ok_or_else(too_long)?;
        let bytes = entry(archive, &format!("{folder}/data/{key}"), length)?;
        let bytes = bytes.filter(|bytes| bytes.len() as u64 == length);
        let bytes = bytes.ok_or_else(|| Refusal(format!("the storage `{key}` is missing or too short")))?;
        found.insert(key.to_owned(), bytes);
    }
    Ok(found)
}

/// Reads a file of the archive that has at most `limit` bytes; `None` where it is not there.
fn entry(archive: &mut Archive<'_>, name: &str, limit: u64) -> Result<Option<Vec<u8>>, Refusal> {
    let file = match archive.by_name(name) {
        Ok(file) => file,
        Err(ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(refuse(error)),
    };
    if file.compression() != CompressionMethod::Stored {
        return Err(Refusal(format!("`{name}` is compressed, which torch does not do")));
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| Refusal(error.to_string()))?;
    if bytes.len() as u64 > limit {
        Err(Refusal(format!("`{name}` is longer than {limit} bytes")))
    } else {
        Ok(Some(bytes))
    }
}

fn refuse(error: ZipError) -> Refusal {
    Refusal(format!("its zip archive is damaged: {error}"))
}
