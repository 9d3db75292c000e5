//! What can be taken in: folders and tables, told apart by what they hold or by the user's word.

mod boxes_in_json;
mod folder_per_individual;
mod folder_tree;
mod happywhale;
mod no_photos;
mod photo_files;
mod wildlife_datasets;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use resight_core::{BoxSpace, names_alike};
use serde::{Deserialize, Serialize};

use crate::columns::plain;
use crate::table::header_of;
use crate::{BoxForm, ColumnMapping, DatasetError, Table, Warning, WarningKind};

/// The kinds of sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// A table in the form of wildlife-datasets, or any other with a column of paths.
    WildlifeDatasets,
    /// Kaggle Happywhale's `train.csv` with its misspelt species, photos in `train_images` beside it.
    Happywhale,
    /// A Kaggle test set: a sample submission (its guesses are not read) or a folder of photos, no labels.
    KaggleTest,
    /// What MegaDetector found: JSON, boxes as shares of the pictures.
    Megadetector,
    /// COCO's JSON with images and annotations.
    Coco,
    /// One folder an individual: the folder right below the source is the individual's name.
    FolderPerIndividual,
    /// Photos in any folders, no labels; also a single photo.
    FolderTree,
}

impl SourceKind {
    /// The right name of a species that sources of this kind misspell.
    pub(crate) fn species_repaired(self, species: &str) -> Option<&'static str> {
        match self {
            Self::Happywhale => happywhale::species_repaired(species),
            _ => None,
        }
    }

    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::WildlifeDatasets,
        Self::Happywhale,
        Self::KaggleTest,
        Self::Megadetector,
        Self::Coco,
        Self::FolderPerIndividual,
        Self::FolderTree,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::WildlifeDatasets => "wildlife-datasets",
            Self::Happywhale => "happywhale",
            Self::KaggleTest => "kaggle-test",
            Self::Megadetector => "megadetector",
            Self::Coco => "coco",
            Self::FolderPerIndividual => "folder-per-individual",
            Self::FolderTree => "folder-tree",
        }
    }
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for SourceKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = || Self::ALL.map(Self::name).join(", ");
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| format!("not a kind of source (one of {}): `{text}`", all()))
    }
}

/// How to read a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadOptions {
    /// The kind, where it is not to be told from the source.
    pub kind: Option<SourceKind>,
    /// Which columns mean what, where their names do not say it.
    pub columns: ColumnMapping,
    /// The folder that relative paths start from; by default that of the table, or a usual one beside it.
    pub photo_folder: Option<PathBuf>,
    /// Identities that mean "not known", besides the usual words.
    pub unidentified_words: Vec<String>,
    /// What the numbers of boxes mean, where the names of their columns do not say it.
    #[serde(default)]
    pub boxes: BoxReading,
    /// Whether each photo of a table is looked for. The rows stay in any case.
    pub check_files: bool,
}

/// The user's word on boxes; what it leaves open is told by the table, or is as in wildlife-datasets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoxReading {
    /// What the four numbers are; else as the names of the columns say, else x, y, width, height in pixels.
    pub form: Option<BoxForm>,
    /// Whether they count in the upright picture or in the pixels as the file stores them; else as the column
    /// `bbox_space` says, else as stored.
    pub space: Option<BoxSpace>,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            kind: None,
            columns: ColumnMapping::default(),
            photo_folder: None,
            unidentified_words: Vec::new(),
            boxes: BoxReading::default(),
            check_files: true,
        }
    }
}

/// What a source is taken for, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detected {
    /// The kind.
    pub kind: SourceKind,
    /// The table or folder that is read; within the source that was named, or the source itself.
    pub path: PathBuf,
    /// Why, for the user to check: "it has the columns image, species, individual_id".
    pub why: &'static str,
}

/// Reads a source of any kind.
///
/// # Errors
/// When it cannot be read at all or is not of the kind asked for; what is wrong with single rows or files is
/// in [`Table::warnings`].
pub fn read_source(path: &Path, options: &ReadOptions) -> Result<Table, DatasetError> {
    let mut table = read_detected(&detect(path, options)?, options)?;
    let names = table.rows.iter().filter_map(|row| row.identity.as_deref());
    let alike = names_alike(names).into_iter().map(|(one, other)| Warning {
        kind: WarningKind::NamesAlike { one: one.to_owned(), other: other.to_owned() },
        line: None,
        rows: 1,
    });
    table.warnings.extend(alike.collect::<Vec<_>>());
    Ok(table)
}

fn read_detected(detected: &Detected, options: &ReadOptions) -> Result<Table, DatasetError> {
    match detected.kind {
        SourceKind::WildlifeDatasets => wildlife_datasets::read(&detected.path, options),
        SourceKind::Happywhale => happywhale::read_train(&detected.path, options),
        SourceKind::KaggleTest => happywhale::read_test(&detected.path, options),
        SourceKind::Megadetector => boxes_in_json::read_megadetector(&detected.path, options),
        SourceKind::Coco => boxes_in_json::read_coco(&detected.path, options),
        SourceKind::FolderPerIndividual => folder_per_individual::read(&detected.path, options),
        SourceKind::FolderTree => folder_tree::read(&detected.path),
    }
}

/// Tells what a source is.
///
/// A file is a photo by its content, boxes in JSON by its name, or a table. A folder with `metadata.csv` or `train.csv` in it is that
/// table. Any other folder is a folder tree: folders are taken for individuals only on the user's word,
/// since `2024-05 north bay` is no animal.
///
/// # Errors
/// When nothing is there, or a kind is asked for that the source cannot be.
pub fn detect(path: &Path, options: &ReadOptions) -> Result<Detected, DatasetError> {
    let metadata = path.metadata().map_err(DatasetError::unreadable(path))?;
    if metadata.is_dir() { detect_folder(path, options) } else { detect_file(path, options) }
}

fn detect_folder(path: &Path, options: &ReadOptions) -> Result<Detected, DatasetError> {
    let folder_kind = |kind, why| Ok(Detected { kind, path: path.to_owned(), why });
    match options.kind {
        Some(kind @ (SourceKind::FolderTree | SourceKind::FolderPerIndividual)) => {
            return folder_kind(kind, "as asked");
        }
        Some(SourceKind::KaggleTest) => {
            let list = path.join("sample_submission.csv");
            return match list.is_file() {
                true => Ok(Detected { kind: SourceKind::KaggleTest, path: list, why: "as asked" }),
                false => folder_kind(SourceKind::KaggleTest, "as asked"),
            };
        }
        _ => {}
    }
    for (name, why) in [("metadata.csv", "it holds metadata.csv"), ("train.csv", "it holds train.csv")] {
        let table = path.join(name);
        if table.is_file() {
            return Ok(Detected { why, ..detect_file(&table, options)? });
        }
    }
    match options.kind {
        None => folder_kind(SourceKind::FolderTree, "it is a folder without a table"),
        Some(_) => Err(DatasetError::WrongKind {
            expected: "a table, nor a folder with metadata.csv or train.csv",
            path: path.to_owned(),
        }),
    }
}

fn detect_file(path: &Path, options: &ReadOptions) -> Result<Detected, DatasetError> {
    let found = |kind, why| Ok(Detected { kind, path: path.to_owned(), why });
    match options.kind {
        Some(SourceKind::FolderPerIndividual) => {
            return Err(DatasetError::WrongKind { expected: "a folder", path: path.to_owned() });
        }
        Some(kind) => return found(kind, "as asked"),
        None => {}
    }
    if photo_files::looks_like_a_photo(path) {
        return found(SourceKind::FolderTree, "it is a photo");
    }
    if let Some((kind, why)) = boxes_in_json::kind_of(path)? {
        return found(kind, why);
    }
    let mut names: Vec<String> = header_of(path)?.iter().map(|name| plain(name)).collect();
    names.sort();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match names[..] {
        ["image", "individual_id", "species"] => {
            found(SourceKind::Happywhale, "it has the columns image, species, individual_id")
        }
        ["image", "predictions"] => found(SourceKind::KaggleTest, "it has the columns image, predictions"),
        _ => found(SourceKind::WildlifeDatasets, "it is a table"),
    }
}

#[cfg(test)]
mod tests;
