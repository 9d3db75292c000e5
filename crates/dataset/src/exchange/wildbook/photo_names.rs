//! Names of photos that Wildbook takes.

use std::collections::{BTreeMap, BTreeSet};

use super::super::file_names::{Names, stem_and_ending};
use super::super::going::Prepared;
use super::super::written::{Metadata, NoteKind, PhotoCopy, Written};
use super::super::{PositionPrecision, Shown, TimesShown};

/// The name of each photo, by the name that other formats give it.
pub(super) struct PhotoNames(BTreeMap<String, String>);

impl PhotoNames {
    /// Names all photos, and tells which names were changed.
    pub(super) fn of(prepared: &Prepared<'_>, written: &mut Written) -> Self {
        let mut taken = Names::default();
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        for row in &prepared.rows {
            if names.contains_key(&row.file) {
                continue;
            }
            let own = row.file.rsplit('/').next().unwrap_or_default();
            let (stem, ending) = stem_and_ending(own);
            let (stem, ending) = (plain(stem), plain(ending));
            let name = taken.free(|number| {
                let number = number.map(|number| format!(" {number}")).unwrap_or_default();
                let dot = if ending.is_empty() { "" } else { "." };
                format!("{stem}{number}{dot}{ending}")
            });
            if name != own {
                written.note(NoteKind::NameChanged, format!("{own} → {name}"));
            }
            names.insert(row.file.clone(), name);
        }
        Self(names)
    }

    /// The name of a photo.
    pub(super) fn get(&self, file: &str) -> &str {
        self.0.get(file).map_or("", String::as_str)
    }

    /// The photos that are used, with their names here.
    pub(super) fn copies<'a>(
        &self,
        prepared: &'a Prepared<'_>,
        mut used: BTreeSet<&str>,
    ) -> Vec<(&'a str, PhotoCopy)> {
        let mut copies = Vec::new();
        for row in &prepared.rows {
            if used.remove(row.file.as_str()) {
                let name = format!("photos/{}", self.get(&row.file));
                let metadata = metadata(prepared);
                copies.push((row.file.as_str(), PhotoCopy { photo: row.source.clone(), name, metadata }));
            }
        }
        copies
    }
}

/// A camera writes exact places and times and its owner's name into a photo.
fn metadata(prepared: &Prepared<'_>) -> Metadata {
    let options = prepared.options;
    let all_may_go_out = options.positions == PositionPrecision::Exact
        && options.times == TimesShown::Exact
        && options.people == Shown::Kept;
    if all_may_go_out { Metadata::Kept } else { Metadata::Dropped }
}

/// Letters, digits, periods and blanks alone.
fn plain(text: &str) -> String {
    let plain: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { ' ' }).collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_bare = plain.trim_matches('.').is_empty() && !text.is_empty();
    if is_bare { "photo".to_owned() } else { plain }
}
