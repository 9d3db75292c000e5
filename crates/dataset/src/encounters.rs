//! Which photos belong to one encounter: one animal, one place, one time. The same for every command.
//!
//! What a table says comes first: photos of one label are of one encounter ([`labels`]). Photos without a label are
//! grouped by folder and time: a new encounter begins where the capture times leave a gap. The time is the table's, else
//! that of the photo's EXIF block; a table that knows the day alone is made more exact by EXIF times of that day. Photos
//! of which only the day is known are one encounter a day, with those of their folder and day whose times are known:
//! nobody can tell which of them they are near to. A folder alone is an encounter only in a plain folder tree: the
//! folder of a table is a data set, and that of an individual is the individual.

mod labels;
mod moments;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use jiff::civil::Date;
use resight_core::{CaptureTime, EncounterSource, group_by_gap, one_clock};
use serde::Serialize;

pub use self::labels::encounter_as_labelled;
use crate::audit::UnionFind;
use crate::{Row, SourceKind, Table};

/// A table with the path that it was read from, which tells its labels from those of other tables.
pub struct SourceTable<'a> {
    /// The table's file or folder.
    pub path: &'a Path,
    /// Its rows.
    pub table: &'a mut Table,
}

/// How far [`find_encounters`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looking {
    /// So many photos are about to be opened.
    Begun {
        /// How many.
        photos: u64,
    },
    /// One more photo was looked at.
    OneDone,
}

/// Where the encounters of photos come from: how many photos each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct EncounterCounts {
    /// The table's own labels.
    pub table: usize,
    /// The day alone.
    pub date: usize,
    /// Folder and capture time.
    pub folder_and_time: usize,
    /// The folder alone.
    pub folder: usize,
    /// A person's word.
    pub person: usize,
    /// Nothing tells.
    pub not_known: usize,
}

impl EncounterCounts {
    /// Counts rows.
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Self {
        let mut counts = Self::default();
        for row in rows {
            counts
                .add(row.encounter.as_ref().map(|_| row.encounter_source.unwrap_or(EncounterSource::Table)));
        }
        counts
    }

    /// Counts one photo.
    pub fn add(&mut self, source: Option<EncounterSource>) {
        let place = match source {
            Some(EncounterSource::Table) => &mut self.table,
            Some(EncounterSource::Day) => &mut self.date,
            Some(EncounterSource::FolderAndTime) => &mut self.folder_and_time,
            Some(EncounterSource::Folder) => &mut self.folder,
            Some(EncounterSource::Person) => &mut self.person,
            None => &mut self.not_known,
        };
        *place += 1;
    }
}

impl fmt::Display for EncounterCounts {
    /// `table (97), not known (5)`; what there is none of is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [
            ("table", self.table),
            ("date", self.date),
            ("folder and time", self.folder_and_time),
            ("folder", self.folder),
            ("person", self.person),
            ("not known", self.not_known),
        ];
        let there: Vec<String> =
            all.iter().filter(|(_, n)| *n > 0).map(|(word, n)| format!("{word} ({n})")).collect();
        f.write_str(if there.is_empty() { "nothing" } else { "" })?;
        f.write_str(&there.join(", "))
    }
}

/// Gives every row its encounter, as far as labels, times and folders tell, and says where it comes from:
/// [`Row::encounter`], [`Row::encounter_source`]. A date without a time of day becomes the EXIF time of that day.
/// What is odd about labels is added to the tables' warnings.
///
/// `gap_secs`: seconds without a photo after which a new encounter begins. Photos are opened where the table does not
/// say enough; `watch` hears how far that is. After `cancel` no more are opened, and what is not known yet stays so.
pub fn find_encounters(
    sources: &mut [SourceTable<'_>],
    gap_secs: f64,
    watch: &(dyn Fn(Looking) + Sync),
    cancel: &AtomicBool,
) {
    let photos = moments::photos(sources, watch, cancel);
    let by_label = labels::tell_apart(sources, &photos, gap_secs);
    let derived = derive(&photos, gap_secs);
    for (photo, derived) in photos.iter().zip(derived) {
        let of_photo = photo.rows.iter().find_map(|place| by_label.get(place)).cloned();
        let of_photo = of_photo.map(|key| (key, EncounterSource::Table)).or(derived);
        for place in &photo.rows {
            let own = by_label.get(place).map(|key| (key.clone(), EncounterSource::Table));
            let row = &mut sources[place.0].table.rows[place.1];
            (row.encounter, row.encounter_source) = own.or_else(|| of_photo.clone()).unzip();
            if row.date.is_some() {
                row.date = photo.moment.or(row.date);
            }
        }
    }
}

/// Where a row is: its source, its place in the table.
type Place = (usize, usize);

/// One photo with all rows about it.
#[derive(Debug)]
struct Photo {
    path: PathBuf,
    rows: Vec<Place>,
    kind: SourceKind,
    /// When it was taken, as exactly as table and file know.
    moment: Option<CaptureTime>,
    /// Whether a row says which encounter it is of.
    is_labelled: bool,
}

/// Encounters of the photos that have no label, in the order of the photos.
fn derive(photos: &[Photo], gap_secs: f64) -> Vec<Option<(String, EncounterSource)>> {
    let mut folders: BTreeMap<&Path, Vec<u32>> = BTreeMap::new();
    for (photo, place) in photos.iter().zip(0_u32..).filter(|(photo, _)| !photo.is_labelled) {
        folders.entry(photo.path.parent().unwrap_or(Path::new(""))).or_default().push(place);
    }
    let mut together = UnionFind::new(photos.len());
    let mut first_of_day: BTreeMap<Date, u32> = BTreeMap::new();
    for of_folder in folders.values() {
        join_by_gap(photos, of_folder, gap_secs, &mut together);
        join_by_day(photos, of_folder, &mut first_of_day, &mut together);
    }
    let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for place in folders.values().flatten().filter(|place| day_of(photos, **place).is_some()) {
        members.entry(together.root(*place)).or_default().push(*place);
    }
    let mut found: Vec<Option<(String, EncounterSource)>> = vec![None; photos.len()];
    for group in members.values() {
        let named = name(photos, group);
        group.iter().for_each(|place| found[*place as usize] = Some(named.clone()));
    }
    for place in folders.values().flatten() {
        let photo = &photos[*place as usize];
        if day_of(photos, *place).is_none() && photo.kind == SourceKind::FolderTree {
            found[*place as usize] = Some((shown_folder(&photo.path), EncounterSource::Folder));
        }
    }
    found
}

/// Joins the photos of a folder between whose times there is no gap.
fn join_by_gap(photos: &[Photo], of_folder: &[u32], gap_secs: f64, together: &mut UnionFind) {
    let timed: Vec<u32> =
        of_folder.iter().copied().filter(|place| time_of(photos, *place).is_some()).collect();
    let times: Vec<Option<CaptureTime>> = timed.iter().map(|place| time_of(photos, *place)).collect();
    let mut first: BTreeMap<usize, u32> = BTreeMap::new();
    for (place, group) in timed.into_iter().zip(group_by_gap(&times, gap_secs)) {
        together.join(*first.entry(group).or_insert(place), place);
    }
}

/// Joins the photos of which only the day is known with all others of that day, and with those of their folder that
/// know more.
fn join_by_day(
    photos: &[Photo],
    of_folder: &[u32],
    first_of_day: &mut BTreeMap<Date, u32>,
    together: &mut UnionFind,
) {
    let mut days_here = BTreeMap::new();
    for place in of_folder {
        let without_time = time_of(photos, *place).is_none();
        if let Some(day) = day_of(photos, *place).filter(|_| without_time) {
            let first = *first_of_day.entry(day).or_insert(*place);
            together.join(first, *place);
            days_here.insert(day, first);
        }
    }
    for place in of_folder {
        let day = time_of(photos, *place).and_then(|time| time.day());
        if let Some(first) = day.and_then(|day| days_here.get(&day)) {
            together.join(*first, *place);
        }
    }
}

/// The day of a photo, where it is known: a year or a month groups nothing.
fn day_of(photos: &[Photo], place: u32) -> Option<Date> {
    photos[place as usize].moment.and_then(|moment| moment.day())
}

/// The moment of a photo whose time of day is known.
fn time_of(photos: &[Photo], place: u32) -> Option<CaptureTime> {
    photos[place as usize].moment.filter(CaptureTime::has_time_of_day)
}

/// An encounter is named after its first photo: the name stays when later photos join.
fn name(photos: &[Photo], group: &[u32]) -> (String, EncounterSource) {
    let moments: Vec<Option<CaptureTime>> =
        group.iter().map(|place| photos[*place as usize].moment).collect();
    let of_one_clock = one_clock(&moments);
    let first = (0..group.len()).min_by(|a, b| {
        let seconds = |place: &usize| of_one_clock[*place].unwrap_or(f64::INFINITY);
        seconds(a).total_cmp(&seconds(b))
    });
    let moment = first.and_then(|first| moments[first]);
    if moments.iter().flatten().all(CaptureTime::has_time_of_day) {
        let folder =
            group.first().map(|place| shown_folder(&photos[*place as usize].path)).unwrap_or_default();
        let time = moment.map(|time| time.to_string()).unwrap_or_default();
        (format!("{folder} {time}"), EncounterSource::FolderAndTime)
    } else {
        (moment.map(|time| time.without_time_of_day().to_string()).unwrap_or_default(), EncounterSource::Day)
    }
}

fn shown_folder(path: &Path) -> String {
    absolute(path.parent().unwrap_or(Path::new("")))
}

fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

#[cfg(test)]
mod tests;
