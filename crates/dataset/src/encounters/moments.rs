//! When each photo was taken: the table's word, made more exact by the file's.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use resight_core::CaptureTime;

use super::{Looking, Photo, SourceTable};
use crate::headers;

/// The photos of all tables, with all that their rows and, where those do not say enough, their files know.
pub(super) fn photos(
    sources: &[SourceTable<'_>],
    watch: &(dyn Fn(Looking) + Sync),
    cancel: &AtomicBool,
) -> Vec<Photo> {
    let mut photos = gather(sources);
    let open = to_open(sources, &photos);
    if open.is_empty() {
        return photos;
    }
    watch(Looking::Begun { photos: open.len() as u64 });
    let paths: Vec<&Path> = open.iter().map(|place| photos[*place].path.as_path()).collect();
    let times = headers::of_many(&paths, headers::capture_time, &|| watch(Looking::OneDone), cancel);
    for (place, time) in open.into_iter().zip(times) {
        photos[place].moment = more_exact(photos[place].moment, time);
    }
    photos
}

/// The table's word, but for what it leaves open (the time of day, the day, the month) where the file means the same.
fn more_exact(stated: Option<CaptureTime>, in_file: Option<CaptureTime>) -> Option<CaptureTime> {
    match (stated, in_file) {
        (Some(stated), Some(time)) if time.lies_in(&stated) => Some(time),
        (Some(stated), _) => Some(stated),
        (None, in_file) => in_file,
    }
}

fn gather(sources: &[SourceTable<'_>]) -> Vec<Photo> {
    let mut photos: Vec<Photo> = Vec::new();
    let mut by_path: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for (source, SourceTable { table, .. }) in sources.iter().enumerate() {
        for (position, row) in table.rows.iter().enumerate() {
            let place = *by_path.entry(row.path.clone()).or_insert(photos.len());
            if place == photos.len() {
                photos.push(Photo {
                    path: row.path.clone(),
                    rows: Vec::new(),
                    kind: table.kind,
                    moment: None,
                    is_labelled: false,
                });
            }
            let photo = &mut photos[place];
            photo.rows.push((source, position));
            photo.is_labelled |= row.encounter.is_some();
            let is_better =
                |date: &CaptureTime| photo.moment.is_none_or(|known| known.precision < date.precision);
            if let Some(date) = row.date.filter(is_better) {
                photo.moment = Some(date);
            }
        }
    }
    photos
}

/// The photos whose time of day no row states and whose encounter depends on it: those without a label, and those
/// whose label is used for other photos too and may mean another encounter there.
fn to_open(sources: &[SourceTable<'_>], photos: &[Photo]) -> Vec<usize> {
    let mut uses: HashMap<(usize, &str), usize> = HashMap::new();
    for label in photos.iter().flat_map(|photo| labels_of(sources, photo)) {
        *uses.entry(label).or_default() += 1;
    }
    let needs_time = |photo: &Photo| match photo.moment {
        Some(moment) if moment.has_time_of_day() => false,
        // The day is enough to tell the uses of a label apart.
        Some(moment) if moment.day().is_some() => !photo.is_labelled,
        _ => !photo.is_labelled || labels_of(sources, photo).any(|label| uses[&label] > 1),
    };
    (0..photos.len()).filter(|place| needs_time(&photos[*place])).collect()
}

/// The labels that a photo's rows state, each with its source.
fn labels_of<'a>(sources: &'a [SourceTable<'_>], photo: &'a Photo) -> impl Iterator<Item = (usize, &'a str)> {
    photo.rows.iter().filter_map(move |(source, row)| {
        Some((*source, sources[*source].table.rows[*row].encounter.as_deref()?))
    })
}
