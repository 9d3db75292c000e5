//! `resight train --preview`: what the augmentations do to a few photos.

use resight_dataset::Table;
use resight_engine::EngineError;
use resight_files::Output;
use resight_train::recipe::Recipe;
use resight_train::trunk::Trunk;
use resight_train::view::{PreviewOptions, PreviewPhoto, ViewJob, ViewMaker, preview_png};

use super::user;
use crate::context::Context;
use crate::exit;
use crate::refusal::InWords as _;
use crate::written::write;

/// Photos on the sheet.
const PHOTOS: usize = 6;

/// Draws the sheet.
pub(super) fn run(recipe: &Recipe, table: &Table, picture: &Output, context: &Context) -> anyhow::Result<u8> {
    picture.spare(table.rows.iter().map(|row| row.path.as_path())).map_err(|error| {
        EngineError::user(format!("nothing was written: {error}: {}", picture.path().display()))
            .in_words("name another file")
    })?;
    let bundle = context.models()?.bundle(&recipe.trunk.bundle)?;
    let trunk = Trunk::of(bundle, recipe).map_err(EngineError::from)?;
    let (augment, flip) = (recipe.views.augment.clone(), recipe.views.flip);
    let maker = ViewMaker::new(trunk.preprocess().clone(), augment, flip, recipe.seed).map_err(user)?;
    let step = table.rows.len().div_ceil(PHOTOS).max(1);
    let photos: Vec<PreviewPhoto> = table
        .rows
        .iter()
        .step_by(step)
        .enumerate()
        .map(|(place, row)| PreviewPhoto {
            job: ViewJob {
                row: place as u32,
                path: row.path.clone(),
                photo: None,
                region: row.boxes.first().copied(),
            },
            caption: format!("{} {}", row.identity.as_deref().unwrap_or("unidentified"), row.image_id),
        })
        .collect();
    let (bytes, failures) = preview_png(&maker, &photos, PreviewOptions::default()).map_err(user)?;
    write(picture, &bytes)?;
    for failure in &failures {
        context.note(failure.to_string());
    }
    context.note(format!("what the recipe's augmentations do: {}", picture.path().display()));
    Ok(if failures.is_empty() { exit::DONE } else { exit::FINISHED_WITH_WARNINGS })
}
