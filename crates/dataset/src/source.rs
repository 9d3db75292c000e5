//! What can be taken in: folders and tables, told apart by what they hold or by the user's word.

mod boxes_in_json;
mod camtrap_dp;
mod camtrapr_folders;
mod crru;
mod darwin;
mod folder_per_individual;
mod folder_tree;
mod happywhale;
mod hotspotter;
mod inaturalist;
mod looked;
mod no_photos;
mod photo_files;
mod wildbook;
mod wildlife_datasets;
mod xmp;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use resight_core::{BoxSpace, names_alike};
use serde::{Deserialize, Serialize};

use crate::{BoxForm, ColumnMapping, DatasetError, Table, Warning, WarningKind};
use looked::Looked;

/// The one list of sources. The first that tells a source by what is in it is the one; those further down take what is left.
macro_rules! sources {
    ($($(#[$doc:meta])* $kind:ident = $name:literal takes $takes:ident, told by $told_by:path, read by $read:path;)*) => {
        /// The kinds of sources.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum SourceKind {
            $($(#[$doc])* $kind,)*
        }

        impl SourceKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// The name on the command line.
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// What a source of this kind lies in.
            fn takes(self) -> Takes {
                match self { $(Self::$kind => Takes::$takes,)* }
            }

            /// Why a source is one of this kind; none where it is not, or not to be told.
            fn told_by(self, looked: &Looked<'_>) -> Option<&'static str> {
                match self { $(Self::$kind => $told_by(looked),)* }
            }

            fn read(self, path: &Path, options: &ReadOptions) -> Result<Table, DatasetError> {
                match self { $(Self::$kind => $read(path, options),)* }
            }
        }
    };
}

/// What a source lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// Either.
    Both,
}

sources! {
    /// Wildbook's bulk import.
    Wildbook = "wildbook" takes File, told by wildbook::told_by, read by wildbook::read;
    /// A Camera Trap Data Package.
    CamtrapDp = "camtrap-dp" takes Both, told by camtrap_dp::told_by, read by camtrap_dp::read;
    /// What MegaDetector found: JSON, boxes as shares of the pictures.
    Megadetector = "megadetector" takes File, told by boxes_in_json::is_megadetector, read by boxes_in_json::read_megadetector;
    /// COCO's JSON with images and annotations, also as Wild Me and COCO Camera Traps write it.
    Coco = "coco" takes File, told by boxes_in_json::is_coco, read by boxes_in_json::read_coco;
    /// Observations exported from iNaturalist, with the photos saved beside them.
    Inaturalist = "inaturalist" takes File, told by inaturalist::told_by, read by inaturalist::read;
    /// HotSpotter's tables of chips, images and names.
    Hotspotter = "hotspotter" takes Both, told by hotspotter::told_by, read by hotspotter::read;
    /// DARWIN's catalog of fins.
    Darwin = "darwin" takes File, told by darwin::told_by, read by darwin::read;
    /// The matches of the CRRU Photo-ID app.
    Crru = "crru" takes Both, told by crru::told_by, read by crru::read;
    /// Kaggle Happywhale's `train.csv` with its misspelt species, photos in `train_images` beside it.
    Happywhale = "happywhale" takes File, told by happywhale::is_train, read by happywhale::read_train;
    /// A Kaggle test set: a sample submission (its guesses are not read) or a folder of photos, no labels.
    KaggleTest = "kaggle-test" takes Both, told by happywhale::is_test, read by happywhale::read_test;
    /// A table in the form of wildlife-datasets, or any other with a column of paths: MiewID's, Timelapse's, camtrapR's, AnimalCLEF's.
    WildlifeDatasets = "wildlife-datasets" takes File, told by wildlife_datasets::told_by, read by wildlife_datasets::read;
    /// Photos with keywords and regions in them or in sidecars beside them: Lightroom, digiKam.
    Xmp = "xmp" takes Folder, told by xmp::told_by, read by xmp::read;
    /// Photos in folders `Station/Species/Individual`, as camtrapR keeps them.
    CamtraprFolders = "camtrapr-folders" takes Folder, told by camtrapr_folders::told_by, read by camtrapr_folders::read;
    /// One folder an individual: the folder right below the source is the individual's name.
    FolderPerIndividual = "folder-per-individual" takes Folder, told by folder_per_individual::told_by, read by folder_per_individual::read;
    /// Photos in any folders, no labels; also a single photo.
    FolderTree = "folder-tree" takes Both, told by folder_tree::told_by, read by folder_tree::read;
}

impl SourceKind {
    /// The right name of a species that sources of this kind misspell.
    pub(crate) fn species_repaired(self, species: &str) -> Option<&'static str> {
        match self {
            Self::Happywhale => happywhale::species_repaired(species),
            _ => None,
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
        let names: Vec<&str> = Self::ALL.iter().map(|kind| kind.name()).collect();
        let found = Self::ALL.iter().find(|kind| kind.name() == text);
        found.copied().ok_or_else(|| format!("not a kind of source (one of {}): `{text}`", names.join(", ")))
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
    detected.kind.read(&detected.path, options)
}

/// Tells what a source is.
///
/// A file is a photo by its content, a database by its first bytes, boxes in JSON by its name, or a table by its columns. A folder is
/// what the files in it say, or the table in it that is called `metadata.csv` or `train.csv`. Any other folder is a folder tree: folders
/// are taken for individuals only on the user's word, since `2024-05 north bay` is no animal.
///
/// # Errors
/// When nothing is there, or a kind is asked for that the source cannot be.
pub fn detect(path: &Path, options: &ReadOptions) -> Result<Detected, DatasetError> {
    let is_folder = path.metadata().map_err(DatasetError::unreadable(path))?.is_dir();
    let found = |kind, why| Ok(Detected { kind, path: path.to_owned(), why });
    if let Some(kind) = options.kind {
        return match (kind.takes(), is_folder) {
            (Takes::Both | Takes::Folder, true) => {
                // Of a test set the list is read, where there is one.
                let list = path.join("sample_submission.csv");
                match kind == SourceKind::KaggleTest && list.is_file() {
                    true => Ok(Detected { kind, path: list, why: "as asked" }),
                    false => found(kind, "as asked"),
                }
            }
            (Takes::Both | Takes::File, false) => found(kind, "as asked"),
            (Takes::Folder, false) => {
                Err(DatasetError::WrongKind { expected: "a folder", path: path.to_owned() })
            }
            (Takes::File, true) => table_in(path, options)?.ok_or_else(|| DatasetError::WrongKind {
                expected: "a table, nor a folder with metadata.csv or train.csv",
                path: path.to_owned(),
            }),
        };
    }
    let looked = Looked::at(path, is_folder)?;
    for kind in SourceKind::ALL {
        let takes = match kind.takes() {
            Takes::Both => true,
            Takes::Folder => is_folder,
            Takes::File => !is_folder,
        };
        if let Some(why) = takes.then(|| kind.told_by(&looked)).flatten() {
            return found(*kind, why);
        }
        // A table in a folder is more than keywords in its photos.
        if *kind == SourceKind::WildlifeDatasets
            && is_folder
            && let Some(table) = table_in(path, options)?
        {
            return Ok(table);
        }
    }
    found(SourceKind::FolderTree, "it is a folder without a table")
}

/// The table that a folder is known by.
fn table_in(folder: &Path, options: &ReadOptions) -> Result<Option<Detected>, DatasetError> {
    for (name, why) in [("metadata.csv", "it holds metadata.csv"), ("train.csv", "it holds train.csv")] {
        let table = folder.join(name);
        if table.is_file() {
            return Ok(Some(Detected { why, ..detect(&table, options)? }));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
