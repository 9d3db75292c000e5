//! HotSpotter's database: `chip_table.csv` (ChipID, ImgID, NameID, roi `[tl_x tl_y w h]`, theta), `image_table.csv`, `name_table.csv`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::records::Records;
use crate::table::folder_of;
use crate::{DatasetError, ReadOptions, SourceKind, Table};

use super::Looked;

const CHIPS: &str = "chip_table.csv";

/// Folders in which its photos lie, beside the tables' own.
const IMAGES: [&str; 2] = ["images", "../images"];

pub(super) fn told_by(looked: &Looked<'_>) -> Option<&'static str> {
    let folder = looked.folder_or_parent_of(CHIPS)?;
    folder.join("image_table.csv").is_file().then_some("it holds chip_table.csv and image_table.csv")
}

pub(super) fn read(path: &Path, options: &ReadOptions) -> Result<Table, DatasetError> {
    let folder: PathBuf = if path.is_dir() { path.to_owned() } else { folder_of(path) };
    let file = folder.join(CHIPS);
    let chips = commented(&file)?;
    let names = names(&folder.join("name_table.csv"), &["NameID", "NID"], &["Name"])?;
    let images = names_of_images(&folder)?;
    let column = |names: &[&str]| chips.column(names);
    let (id, image, name) =
        (column(&["ChipID", "CID"]), column(&["ImgID", "GID"]), column(&["NameID", "NID"]));
    let (roi, theta) = (column(&["roi[tl_x  tl_y  w  h]", "roi[tl_x tl_y w h]", "roi"]), column(&["theta"]));
    let mut records = Records {
        warnings: chips.warnings.clone(),
        ..Records::new(&["image_id", "path", "identity", "bbox", "theta"])
    };
    for row in &chips.rows {
        let Some(photo) = row.said(image).and_then(|id| images.get(id)) else {
            records.leave_out(row.line, "image_table.csv has no photo of it");
            continue;
        };
        let name = row.said(name).and_then(|id| names.get(id)).cloned().unwrap_or_default();
        // Its word for those whom nobody has named.
        let name = if name.trim_matches('_').is_empty() { String::new() } else { name };
        let said = |column: Option<usize>| row.said(column).unwrap_or_default().to_owned();
        records.push(row.line, vec![said(id), photo.clone(), name, said(roi), said(theta)]);
    }
    let places = IMAGES.iter().map(|below| folder.join(below)).find(|place| place.is_dir());
    let photo_folder = options.photo_folder.clone().or(places);
    records.into_table(&file, SourceKind::Hotspotter, &ReadOptions { photo_folder, ..options.clone() })
}

fn names_of_images(folder: &Path) -> Result<BTreeMap<String, String>, DatasetError> {
    names(&folder.join("image_table.csv"), &["ImgID", "GID", "gid"], &["ImageName", "Image", "gname", "Name"])
}

/// From the ids of a table to the names in it; nothing where there is no such table.
fn names(path: &Path, ids: &[&str], named: &[&str]) -> Result<BTreeMap<String, String>, DatasetError> {
    if !path.is_file() {
        return Ok(BTreeMap::new());
    }
    let table = commented(path)?;
    let (id, name) = (table.column(ids), table.column(named));
    Ok(table
        .rows
        .iter()
        .filter_map(|row| Some((row.said(id)?.to_owned(), row.cell(name).to_owned())))
        .collect())
}

/// A table whose column names stand behind a `#`, and which has further lines of comment above them.
fn commented(path: &Path) -> Result<Records, DatasetError> {
    let mut table = Records::read(path)?;
    let is_comment = |cells: &[String]| cells.first().is_some_and(|cell| cell.trim_start().starts_with('#'));
    if !is_comment(&table.heads) {
        return Ok(table);
    }
    // The last comment before the first row has the names.
    let text = resight_files::read_plain_text(path, MOST_BYTES).map_err(DatasetError::unreadable(path))?;
    let comments =
        text.lines().take_while(|line| line.trim_start().starts_with('#') || line.trim().is_empty());
    let heads = comments.filter(|line| line.contains(',')).last().unwrap_or_default();
    let heads: Vec<String> =
        heads.trim_start_matches(['#', ' ']).split(',').map(|head| head.trim().to_owned()).collect();
    let rows = (1..).zip(text.lines()).filter(|(_, line)| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#')
    });
    table = Records { heads, ..Records::default() };
    for (line, text) in rows {
        let cells: Vec<String> = text.split(',').map(|cell| cell.trim().to_owned()).collect();
        match cells.len() == table.heads.len() {
            true => table.push(line, cells),
            false => table.leave_out(
                line,
                format!("{} cells where there are {} columns", cells.len(), table.heads.len()),
            ),
        }
    }
    Ok(table)
}

/// The largest of these tables, in bytes.
const MOST_BYTES: u64 = 256 << 20;
