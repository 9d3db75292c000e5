//! The list in an archive: what is in it, and what its names may be.

use std::path::{Component, Path};

use resight_catalog::DATABASE;
use serde::{Deserialize, Serialize};

/// Name of the list in the archive.
pub(super) const LISTING: &str = "resight-catalog.json";

/// The newest layout that is read, and the one that is written.
pub(super) const FORMAT_VERSION: u32 = 1;

/// What is in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listing {
    /// See [`FORMAT_VERSION`].
    pub(super) format_version: u32,
    /// The program that wrote it.
    pub(super) made_by: String,
    /// The folders that photos were taken in from, and where theirs are in the archive.
    pub(super) roots: Vec<PackedRoot>,
    /// Every other file.
    pub(super) files: Vec<ListedFile>,
}

/// A folder that photos were taken in from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PackedRoot {
    /// What the catalog calls it.
    pub(super) name: String,
    /// The folder in the archive.
    pub(super) folder: String,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListedFile {
    /// Its name in the archive, with `/`.
    pub(super) name: String,
    /// How long it is.
    pub(super) bytes: u64,
    /// Hash of its bytes, 64 hexadecimal digits.
    pub(super) blake3: String,
}

/// A path below a folder as a name in an archive; none where it is not one that every machine can read.
pub(super) fn name_of(below: &Path) -> Option<String> {
    let part = |part: Component<'_>| match part {
        Component::Normal(part) => part.to_str().filter(|part| is_plain(part)).map(str::to_owned),
        _ => None,
    };
    let parts: Option<Vec<String>> = below.components().map(part).collect();
    parts.filter(|parts| !parts.is_empty()).map(|parts| parts.join("/"))
}

/// Whether a name is that of a file that an archive may hold: one of a catalog, or a photo.
pub(super) fn is_allowed(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    let plain = parts.iter().all(|part| is_plain(part));
    plain
        && match parts[..] {
            [DATABASE] => true,
            ["thumbs" | "vectors", _, _] => true,
            ["photos", number, _, ..] => number.parse::<u32>().is_ok(),
            _ => false,
        }
}

/// Neither leads elsewhere nor means something to a system.
fn is_plain(part: &str) -> bool {
    let is_odd = |c: char| c.is_control() || matches!(c, '\\' | '/' | ':' | '\0');
    !part.is_empty() && part != "." && part != ".." && part.len() <= 255 && !part.contains(is_odd)
}
