//! What was said, as a table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use resight_core::{ClassifierTask, Species, Viewpoint};
use resight_dataset::TableWriter;

use super::{AnimalClassified, Classifications};
use crate::{EngineError, Warning};

/// The source's table with what the classifiers say in the columns of species and viewpoint: where the table said nothing, or,
/// `anew`, in place of what it said; not known is an empty cell. A column a classifier holds how sure it was. `folder` is where the
/// table will lie, absolute: photos below it get relative paths. Beside it the rows that cannot stand in a table.
///
/// # Errors
/// None on what is in memory.
pub fn table(
    said: &Classifications,
    anew: bool,
    folder: &Path,
) -> Result<(Vec<u8>, Vec<Warning>), EngineError> {
    let tasks: Vec<ClassifierTask> = ClassifierTask::ALL
        .into_iter()
        .filter(|task| said.animals.iter().any(|animal| animal.says.iter().any(|one| one.task == *task)))
        .collect();
    let confidence = |task: &ClassifierTask| format!("{task}_confidence");
    // A table that was written so before has these columns already.
    let own: BTreeSet<String> = tasks.iter().map(confidence).collect();
    let kept: Vec<bool> = said.extra_columns.iter().map(|name| !own.contains(name)).collect();
    let mut columns: Vec<String> =
        said.extra_columns.iter().filter(|name| !own.contains(*name)).cloned().collect();
    columns.extend(tasks.iter().map(confidence));
    let mut by_row: BTreeMap<usize, Vec<&AnimalClassified>> = BTreeMap::new();
    for animal in &said.animals {
        by_row.entry(animal.place).or_default().push(animal);
    }
    let mut writer = TableWriter::new(Vec::new(), folder, &columns)?;
    let mut left_out = Vec::new();
    for (place, row) in said.rows.iter().enumerate() {
        let mut row = row.clone();
        row.path = std::path::absolute(&row.path).unwrap_or(row.path);
        let extra = row.extra.into_iter().zip(&kept).filter(|(_, kept)| **kept);
        row.extra = extra.map(|(cell, _)| cell).collect();
        // A row with several boxes has one cell for all of them: what differs cannot stand in it.
        let only = match by_row.get(&place).map(Vec::as_slice) {
            Some([only]) => Some(*only),
            _ => None,
        };
        for task in &tasks {
            // Where nobody looked, what is there stays.
            let one = only.and_then(|animal| animal.says.iter().find(|one| one.task == *task));
            let Some(one) = one else {
                row.extra.push(String::new());
                continue;
            };
            let label = one.label.as_deref();
            match task {
                ClassifierTask::Species if anew || row.species.is_none() => {
                    row.species = label.and_then(Species::parse);
                }
                ClassifierTask::Viewpoint if anew || row.viewpoint.is_none() => {
                    row.viewpoint = label.and_then(Viewpoint::parse);
                }
                _ => {}
            }
            row.extra.push(format!("{:.3}", one.confidence));
        }
        match writer.write(&row) {
            Ok(()) => {}
            Err(error) if error.concerns_row() => {
                left_out.push(Warning { about: row.image_id.clone(), message: error.to_string() });
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok((writer.finish()?, left_out))
}
