//! Which planned photos belong to one meeting, where the source does not say.
//!
//! Photos of one folder are split where the capture times leave a gap. A folder alone is a meeting only in a
//! plain folder tree: the folder of a table is a data set, and that of an individual is the individual.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use resight_catalog::EncounterRef;
use resight_core::{CaptureTime, EncounterSource, group_by_gap};
use resight_dataset::SourceKind;
use resight_files::open_plain;
use resight_imaging::{Limits, read_metadata, read_photo};

use super::plan::{Plan, PlannedPhoto};
use crate::{CancelToken, Progress, Silent, Stage};

/// The capture time stands near the beginning of a JPEG; this much of a file is read to find it.
const HEADER_BYTES: u64 = 256 * 1024;

/// The first bytes of every JPEG.
const JPEG_BEGINS: [u8; 2] = [0xff, 0xd8];

/// Threads that read headers: the disk is the bottleneck, not the processor.
const READERS: usize = 4;

/// Gives an encounter to every photo that has none yet, as far as times and folders tell.
pub(super) fn find(
    planned: &mut [PlannedPhoto],
    gap_secs: f64,
    progress: &dyn Progress,
    cancel: &CancelToken,
) {
    let open: Vec<usize> = (0..planned.len()).filter(|index| planned[*index].encounter.is_none()).collect();
    if open.is_empty() {
        return;
    }
    progress.begin(Stage { title: "reading capture times".to_owned(), total: Some(open.len() as u64) });
    let times = capture_times(planned, &open, progress, cancel);
    let mut folders: BTreeMap<PathBuf, Vec<usize>> = BTreeMap::new();
    for position in 0..open.len() {
        let folder = planned[open[position]].path.parent().unwrap_or(Path::new("")).to_owned();
        folders.entry(folder).or_default().push(position);
    }
    for (folder, positions) in folders {
        let folder_times: Vec<Option<CaptureTime>> =
            positions.iter().map(|position| times[*position]).collect();
        let groups = group_by_gap(&folder_times, gap_secs);
        for (place, position) in positions.iter().enumerate() {
            let photo = &mut planned[open[*position]];
            photo.encounter = match folder_times[place] {
                Some(_) => Some(EncounterRef {
                    key: format!("{} {}", shown(&folder), first_time(&groups, &folder_times, groups[place])),
                    source: EncounterSource::FolderAndTime,
                }),
                None if photo.kind == SourceKind::FolderTree => {
                    Some(EncounterRef { key: shown(&folder), source: EncounterSource::Folder })
                }
                None => None,
            };
        }
    }
}

/// The encounters of photos that come by themselves, without a source that says more, one a photo.
pub(crate) fn encounters_of_photos(paths: &[PathBuf], gap_secs: f64) -> Vec<Option<EncounterRef>> {
    let mut plan = Plan::new(None, None);
    plan.add_photos(paths);
    let mut planned = plan.into_photos();
    find(&mut planned, gap_secs, &Silent, &CancelToken::default());
    let by_path: BTreeMap<&Path, &PlannedPhoto> =
        planned.iter().map(|photo| (photo.path.as_path(), photo)).collect();
    paths.iter().map(|path| by_path.get(path.as_path()).and_then(|photo| photo.encounter.clone())).collect()
}

/// Where the encounters come from, with how many photos each, for the report.
pub(super) fn summary(planned: &[PlannedPhoto]) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for photo in planned {
        let word = match photo.encounter.as_ref().map(|encounter| encounter.source) {
            Some(EncounterSource::Table) => "table",
            Some(EncounterSource::FolderAndTime) => "folder and capture time",
            Some(EncounterSource::Folder) => "folder",
            Some(EncounterSource::Person) => "person",
            None => "not known",
        };
        *counts.entry(word).or_default() += 1;
    }
    counts.into_iter().map(|(word, count)| (word.to_owned(), count)).collect()
}

/// The name of an encounter is the time of its first photo: it stays when later photos join.
fn first_time(groups: &[usize], times: &[Option<CaptureTime>], group: usize) -> String {
    let of_group =
        groups.iter().zip(times).filter(|(number, _)| **number == group).filter_map(|(_, time)| *time);
    of_group
        .min_by(|a, b| a.seconds().total_cmp(&b.seconds()))
        .map(|time| time.to_string())
        .unwrap_or_default()
}

/// The times of the photos at these places of the plan: the source's word, else the photo's own.
fn capture_times(
    planned: &[PlannedPhoto],
    open: &[usize],
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Vec<Option<CaptureTime>> {
    let next = AtomicUsize::new(0);
    let read_some = || {
        let mut found = Vec::new();
        while !cancel.is_cancelled() {
            let position = next.fetch_add(1, Ordering::Relaxed);
            let Some(index) = open.get(position) else { break };
            let photo = &planned[*index];
            found.push((position, photo.date.or_else(|| time_in_file(&photo.path))));
            progress.advance(1);
        }
        found
    };
    let mut times = vec![None; open.len()];
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS).map(|_| scope.spawn(read_some)).collect();
        for reader in readers {
            for (position, time) in reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)) {
                times[position] = time;
            }
        }
    });
    times
}

/// The capture time that a file states; a file that cannot be read has none.
fn time_in_file(path: &Path) -> Option<CaptureTime> {
    let (file, _) = open_plain(path).ok()?;
    let mut bytes = Vec::new();
    file.take(HEADER_BYTES).read_to_end(&mut bytes).ok()?;
    if bytes.starts_with(&JPEG_BEGINS) {
        return read_metadata(&bytes).capture_time;
    }
    // Other formats may keep it behind the pixels.
    read_metadata(&read_photo(path, &Limits::default()).ok()?).capture_time
}

fn shown(folder: &Path) -> String {
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encounter_is_named_after_its_first_photo() {
        let times: Vec<Option<CaptureTime>> =
            ["2024-05-31 12:10:00", "2024-05-31 12:00:00", "2024-05-31 15:00:00"]
                .iter()
                .map(|t| t.parse().ok())
                .collect();
        let groups = group_by_gap(&times, 1800.0);
        assert_eq!(first_time(&groups, &times, groups[0]), "2024-05-31T12:00:00");
        assert_eq!(first_time(&groups, &times, groups[2]), "2024-05-31T15:00:00");
    }
}
