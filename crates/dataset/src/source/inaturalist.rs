//! Observations exported from iNaturalist: `id`, `observed_on`, `image_url`, `latitude`, …; there is no column for the individual but
//! what people make one of: an observation field, exported as `field:individual` or the like.
//!
//! The photos are addresses, and nothing is downloaded: each is looked for as `<id>.jpg`, or by its own name, in the folder of photos.

use std::path::Path;

use crate::columns::{Column, plain};
use crate::records::Records;
use crate::table::folder_of;
use crate::{DatasetError, ReadOptions, SourceKind, Table};

use super::Looked;

/// What observation fields of individuals are called.
const INDIVIDUAL: [&str; 6] =
    ["individual", "individual id", "individual_id", "animal id", "name of animal", "identity"];

/// Endings of the files that photos may lie in.
const ENDINGS: [&str; 5] = ["jpg", "jpeg", "png", "JPG", "JPEG"];

pub(super) fn told_by(looked: &Looked<'_>) -> Option<&'static str> {
    let is_one = ["observed_on", "image_url", "quality_grade"].iter().all(|name| looked.has(name));
    is_one.then_some("it has the columns observed_on, image_url, quality_grade")
}

pub(super) fn read(path: &Path, options: &ReadOptions) -> Result<Table, DatasetError> {
    let mut records = Records::read(path)?;
    let column = |names: &[&str]| records.column(names);
    let (id, image) = (column(&["id"]), column(&["image_url"]));
    let (day, time) = (column(&["observed_on"]), column(&["time_observed_at"]));
    let field = records.heads.iter().position(|head| {
        let name = plain(head).replace('_', " ");
        name.strip_prefix("field:").is_some_and(|name| INDIVIDUAL.contains(&name))
    });
    let folder = options.photo_folder.clone().unwrap_or_else(|| folder_of(path));
    let mut rows = Vec::new();
    let mut missing = Vec::new();
    for mut record in std::mem::take(&mut records.rows) {
        let Some(file) = record.said(id).and_then(|id| photo_of(&folder, id, record.cell(image))) else {
            missing.push(record.line);
            continue;
        };
        let observed = record.said(time).or_else(|| record.said(day)).map(civil).unwrap_or_default();
        record.cells.extend([file, observed]);
        rows.push(record);
    }
    records.rows = rows;
    for line in missing {
        records.leave_out(line, "its photo is an address: save it as <id>.jpg in the folder of photos");
    }
    records.heads.extend(["path", "date"].map(str::to_owned));
    let mut columns = options.columns.clone();
    columns.0.entry(Column::Path).or_insert_with(|| "path".to_owned());
    columns.0.entry(Column::Date).or_insert_with(|| "date".to_owned());
    if let Some(field) = field {
        columns.0.entry(Column::Identity).or_insert_with(|| records.heads[field].clone());
    }
    // The new columns come last, and an older one of the same name would be found first.
    let last = records.heads.len();
    for (place, head) in records.heads.iter_mut().enumerate().take(last - 2) {
        if matches!(plain(head).as_str(), "path" | "date") {
            *head = format!("{head} ({place})");
        }
    }
    let options = ReadOptions { columns, photo_folder: Some(folder), ..options.clone() };
    records.into_table(path, SourceKind::Inaturalist, &options)
}

/// The file of an observation, below the folder.
fn photo_of(folder: &Path, id: &str, address: &str) -> Option<String> {
    let is_plain = |name: &str| !name.is_empty() && !name.contains(['/', '\\']) && name != "..";
    let own = address.split(['?', '#']).next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let by_id = ENDINGS.iter().map(|ending| format!("{id}.{ending}"));
    by_id.chain([own.to_owned()]).find(|name| is_plain(name) && folder.join(name).is_file())
}

/// `2024-05-31 14:02:07 UTC` as it is read elsewhere.
fn civil(text: &str) -> String {
    match text.strip_suffix(" UTC") {
        Some(moment) => format!("{}+00:00", moment.replacen(' ', "T", 1)),
        None => text.to_owned(),
    }
}
