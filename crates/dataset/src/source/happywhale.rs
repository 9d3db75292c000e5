//! Kaggle's "Happywhale - Whale and Dolphin Identification": `train.csv` and the test set.
//!
//! `train.csv` has `image,species,individual_id`, the photos lie in `train_images`; of the test set there are
//! only the photos in `test_images` and a `sample_submission.csv` with `image,predictions`.

use std::path::Path;

use crate::columns::Column;
use crate::{DatasetError, ReadOptions, SourceKind, Table, TableReader};

use super::{Looked, folder_tree};

/// Whether it is the table of the contest.
pub(super) fn is_train(looked: &Looked<'_>) -> Option<&'static str> {
    let is_it = looked.has_just(&["image", "individual_id", "species"]);
    is_it.then_some("it has the columns image, species, individual_id")
}

/// Whether it is a sample submission.
pub(super) fn is_test(looked: &Looked<'_>) -> Option<&'static str> {
    looked.has_just(&["image", "predictions"]).then_some("it has the columns image, predictions")
}

/// Reads `train.csv`.
pub(super) fn read_train(path: &Path, options: &ReadOptions) -> Result<Table, DatasetError> {
    TableReader::open(path, SourceKind::Happywhale, options)?.read_to_end()
}

/// Reads a test set: the photos that a sample submission names, or all of a folder. The guesses in a sample
/// submission are not labels and are left out.
pub(super) fn read_test(path: &Path, options: &ReadOptions) -> Result<Table, DatasetError> {
    if path.is_dir() {
        let inside = path.join("test_images");
        let table = folder_tree::read(if inside.is_dir() { &inside } else { path }, options)?;
        return Ok(Table { kind: SourceKind::KaggleTest, ..table });
    }
    let mut table = TableReader::open(path, SourceKind::KaggleTest, options)?.read_to_end()?;
    let identity_is_mapped = options.columns.0.contains_key(&Column::Identity);
    for row in table.rows.iter_mut().filter(|_| !identity_is_mapped) {
        row.identity = None;
        row.extra.clear();
    }
    table.extra_columns.clear();
    Ok(table)
}

/// The right name of a species that the competition misspelt or named twice.
pub(super) fn species_repaired(species: &str) -> Option<&'static str> {
    match species {
        "globis" | "pilot_whale" => Some("short_finned_pilot_whale"),
        "kiler_whale" => Some("killer_whale"),
        "bottlenose_dolpin" => Some("bottlenose_dolphin"),
        _ => None,
    }
}
