//! What is seen of a source before it is read: enough to tell its kind.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

use resight_files::open_plain;
use serde::de::IgnoredAny;

use crate::DatasetError;
use crate::columns::plain;
use crate::table::{folder_of, header_of};

use super::photo_files;

/// The first bytes that are looked at.
const START: u64 = 64;

/// What a source looks like.
pub(super) struct Looked<'a> {
    /// Where it is.
    pub(super) path: &'a Path,
    is_folder: bool,
    is_photo: bool,
    start: Vec<u8>,
    /// The names of a table's columns in plain form, sorted.
    heads: Vec<String>,
    /// The keys of JSON, where it is that by its name.
    keys: Option<BTreeMap<String, IgnoredAny>>,
}

impl<'a> Looked<'a> {
    /// Looks.
    ///
    /// # Errors
    /// It cannot be read, or is neither photo, database, JSON nor table.
    pub(super) fn at(path: &'a Path, is_folder: bool) -> Result<Self, DatasetError> {
        let mut looked =
            Self { path, is_folder, is_photo: false, start: Vec::new(), heads: Vec::new(), keys: None };
        if is_folder {
            return Ok(looked);
        }
        looked.is_photo = photo_files::looks_like_a_photo(path);
        if looked.is_photo {
            return Ok(looked);
        }
        let (file, _) = open_plain(path).map_err(DatasetError::unreadable(path))?;
        file.take(START).read_to_end(&mut looked.start).map_err(DatasetError::unreadable(path))?;
        if looked.start.starts_with(b"SQLite format 3\0") {
            return Ok(looked);
        }
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
            let keys = keys(path)?;
            // A data package names its tables instead.
            if !keys.contains_key("images")
                && !keys.contains_key("resources")
                && !keys.contains_key("profile")
            {
                let (expected, reason) = (EITHER, "it has no images".to_owned());
                return Err(DatasetError::NotJson { expected, reason, path: path.to_owned() });
            }
            looked.keys = Some(keys);
            return Ok(looked);
        }
        looked.heads = header_of(path)?.iter().map(|name| plain(name)).collect();
        looked.heads.sort();
        Ok(looked)
    }

    /// Whether a table has a column of this name, given in plain form.
    pub(super) fn has(&self, column: &str) -> bool {
        self.heads.iter().any(|head| head == column)
    }

    /// Whether a table has these columns and no others; given sorted.
    pub(super) fn has_just(&self, columns: &[&str]) -> bool {
        self.heads.iter().map(String::as_str).eq(columns.iter().copied())
    }

    /// Whether it is a table at all.
    pub(super) fn is_table(&self) -> bool {
        !self.is_folder && !self.is_photo && self.keys.is_none() && !self.heads.is_empty()
    }

    /// Whether it is a photo.
    pub(super) fn is_photo(&self) -> bool {
        self.is_photo
    }

    /// Whether it is JSON, and has this key.
    pub(super) fn has_key(&self, key: &str) -> bool {
        self.keys.as_ref().is_some_and(|keys| keys.contains_key(key))
    }

    /// Whether a file begins so.
    pub(super) fn begins_with(&self, bytes: &[u8]) -> bool {
        self.start.starts_with(bytes)
    }

    /// The folder that has a file of this name: the source itself, or where it is that file, the folder above it.
    pub(super) fn folder_or_parent_of(&self, name: &str) -> Option<PathBuf> {
        let folder = match self.is_folder {
            true => self.path.to_owned(),
            false if self.path.file_name().is_some_and(|own| own == name) => folder_of(self.path),
            false => return None,
        };
        folder.join(name).is_file().then_some(folder)
    }
}

/// What a JSON file may be.
const EITHER: &str = "a file in the format of MegaDetector, nor of COCO";

fn keys(path: &Path) -> Result<BTreeMap<String, IgnoredAny>, DatasetError> {
    let file = File::open(path).map_err(DatasetError::unreadable(path))?;
    serde_json::from_reader(BufReader::new(file)).map_err(|error| DatasetError::NotJson {
        expected: EITHER,
        reason: error.to_string(),
        path: path.to_owned(),
    })
}
