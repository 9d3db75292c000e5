//! What was said, as a table.

use std::path::Path;

use resight_core::{ClassifierTask, Species, Viewpoint};
use resight_dataset::TableWriter;

use super::Classifications;
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
    let mut columns = said.extra_columns.clone();
    columns.extend(tasks.iter().map(|task| format!("{task}_confidence")));
    let mut writer = TableWriter::new(Vec::new(), folder, &columns)?;
    let mut left_out = Vec::new();
    for (place, row) in said.rows.iter().enumerate() {
        let mut row = row.clone();
        row.path = std::path::absolute(&row.path).unwrap_or(row.path);
        // A row with several boxes has one cell for all of them: what differs cannot stand in it.
        let mut of_row = said.animals.iter().filter(|animal| animal.place == place);
        let only = of_row.next().filter(|_| of_row.next().is_none());
        for task in &tasks {
            let one = only.and_then(|animal| animal.says.iter().find(|one| one.task == *task));
            let label = one.and_then(|one| one.label.as_deref());
            match task {
                ClassifierTask::Species if anew || row.species.is_none() => {
                    row.species = label.and_then(Species::parse);
                }
                ClassifierTask::Viewpoint if anew || row.viewpoint.is_none() => {
                    row.viewpoint = label.and_then(Viewpoint::parse);
                }
                _ => {}
            }
            row.extra.push(one.map(|one| format!("{:.3}", one.confidence)).unwrap_or_default());
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
