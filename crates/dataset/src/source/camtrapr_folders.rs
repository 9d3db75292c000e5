//! Photos in folders as camtrapR keeps them: `Station/Species/Individual/photo.jpg`, or `Station/Species/photo.jpg`.
//!
//! Read on the user's word alone: what a folder means its name does not say.

use std::path::{Component, Path};

use crate::records::Records;
use crate::warning::Warnings;
use crate::{DatasetError, ReadOptions, SourceKind, Table};

use super::Looked;
use super::photo_files::photo_files;

pub(super) fn told_by(_: &Looked<'_>) -> Option<&'static str> {
    None
}

pub(super) fn read(root: &Path, options: &ReadOptions) -> Result<Table, DatasetError> {
    if !root.is_dir() {
        return Err(DatasetError::WrongKind { expected: "a folder", path: root.to_owned() });
    }
    let mut warnings = Warnings::default();
    let mut records = Records::new(&["path", "identity", "species", "station"]);
    for (file, line) in photo_files(root, &mut warnings)?.into_iter().zip(1..) {
        let parts: Vec<String> = file.path.strip_prefix(root).map_or_else(
            |_| Vec::new(),
            |below| {
                let named = below.components().filter_map(|part| match part {
                    Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
                    _ => None,
                });
                named.collect()
            },
        );
        let (station, species, individual) = match &parts[..] {
            [station, species, individual, _, ..] => {
                (station.as_str(), species.as_str(), individual.as_str())
            }
            [station, species, _] => (station.as_str(), species.as_str(), ""),
            [station, _] => (station.as_str(), "", ""),
            _ => ("", "", ""),
        };
        records.push(line, [file.name.as_str(), individual, species, station].map(str::to_owned).to_vec());
    }
    records.warnings = warnings.finish();
    // Paths begin in the folder, not beside it.
    let place = root.join("folders");
    let options = ReadOptions { photo_folder: Some(root.to_owned()), ..options.clone() };
    let mut table = records.into_table(&place, SourceKind::CamtraprFolders, &options)?;
    table.root = root.to_owned();
    Ok(table)
}
