//! What the CRRU Photo-ID app exports: `matches.csv` with a match id and a file name a line, beside the photos; it renames them
//! `001L_photo.jpg`, the side in a letter behind the number.

use std::path::{Path, PathBuf};

use crate::records::Records;
use crate::table::folder_of;
use crate::{DatasetError, ReadOptions, SourceKind, Table};

use super::Looked;

const FILE: &str = "matches.csv";
const ID: [&str; 4] = ["match_id", "matchid", "match", "id"];
const PHOTO: [&str; 4] = ["file_name", "filename", "photo", "file"];

pub(super) fn told_by(looked: &Looked<'_>) -> Option<&'static str> {
    let is_named = looked.folder_or_parent_of(FILE).is_some() && looked.path.is_dir();
    let by_heads = ID[..2].iter().any(|name| looked.has(name)) && PHOTO.iter().any(|name| looked.has(name));
    match (is_named, by_heads) {
        (true, _) => Some("it holds matches.csv"),
        (_, true) => Some("it has the columns match id, file name"),
        _ => None,
    }
}

pub(super) fn read(path: &Path, options: &ReadOptions) -> Result<Table, DatasetError> {
    let file: PathBuf = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    let matches = Records::read(&file)?;
    let (id, photo) = (matches.column(&ID), matches.column(&PHOTO));
    let folder = folder_of(&file);
    let further: Vec<usize> =
        (0..matches.heads.len()).filter(|at| Some(*at) != id && Some(*at) != photo).collect();
    let heads: Vec<&str> = ["path", "identity", "viewpoint"]
        .into_iter()
        .chain(further.iter().map(|at| matches.heads[*at].as_str()))
        .collect();
    let mut records = Records { warnings: matches.warnings.clone(), ..Records::new(&heads) };
    for row in &matches.rows {
        let Some(name) = row.said(photo) else {
            records.leave_out(row.line, "it names no photo");
            continue;
        };
        let who = row.cell(id);
        let renamed = side_and_name(&folder, who, name);
        let (side, place) = renamed.unwrap_or_else(|| (String::new(), name.to_owned()));
        let side = if side.is_empty() { side_in(name).to_owned() } else { side };
        let more = further.iter().map(|at| row.cell(Some(*at)).to_owned());
        records.push(row.line, [place, who.to_owned(), side].into_iter().chain(more).collect());
    }
    records.into_table(&file, SourceKind::Crru, options)
}

/// The file that the app renamed, and the side that its name says.
fn side_and_name(folder: &Path, id: &str, name: &str) -> Option<(String, String)> {
    if folder.join(name).is_file() || name.contains(['/', '\\']) || id.contains(['/', '\\']) {
        return None;
    }
    let sides = [("L", "left"), ("R", "right"), ("", "")];
    let renamed = sides.iter().map(|(letter, side)| (*side, format!("{id}{letter}_{name}")));
    let found = renamed.into_iter().find(|(_, file)| folder.join(file).is_file());
    found.map(|(side, file)| (side.to_owned(), file))
}

/// The side in `001L_photo.jpg`; nothing where the name is made otherwise.
fn side_in(name: &str) -> &'static str {
    let before = name.split('_').next().unwrap_or_default();
    let digits = before.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match &before[digits.len()..] {
        "L" if is_number => "left",
        "R" if is_number => "right",
        _ => "",
    }
}
