//! Photos that come without a file of their own: dropped on a page, sent by a program.
//!
//! A catalog knows where its photos lie and does not keep them; these lie nowhere, so they get a place beside the catalog's database, a
//! folder for each [`Delivery`], with the names and folders that they came with. A delivery that was not taken in, because the program
//! ended before, is found again by [`Session::unfinished_deliveries`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use resight_files::{create_own, own_folder, replace};
use resight_imaging::{Format, Limits, PhotoHeader};

use crate::ingest::{IngestReport, IngestRequest, encounters_of_photos};
use crate::{CancelToken, EngineError, Progress, Session, Stage};

/// Folder of the catalog that keeps them.
const FOLDER: &str = "received";

/// What ends the name of the file that says that a delivery is to be taken in.
const TO_DO: &str = ".to-do";

/// Photos that are taken in at once: as long, nobody else can write to the catalog.
const AT_ONCE: usize = 16;

/// Time between them, for those who wait for the catalog: longer than they take to look again.
const BETWEEN: Duration = Duration::from_millis(60);

/// Bytes of a part of a name, at most: file systems take 255.
const LONGEST: usize = 200;

/// Folders within each other, at most.
const DEEPEST: usize = 8;

/// How many photos of one name a folder may get.
const MOST_ALIKE: usize = 10_000;

/// Photos that came together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery(String);

impl Session {
    /// Begins a delivery.
    ///
    /// # Errors
    /// There is no catalog; its folder cannot be written to.
    pub fn begin_delivery(&self) -> Result<Delivery, EngineError> {
        // A folder of something else is no catalog, and gets nothing.
        self.read(|_| Ok(()))?;
        let all = self.folder().join(FOLDER);
        own_folder(&all).map_err(|error| EngineError::file("make the folder", &all, error))?;
        let stamp = Timestamp::now().strftime("%Y-%m-%d-%H%M%S").to_string();
        for number in 1..MOST_ALIKE {
            let name = if number == 1 { stamp.clone() } else { format!("{stamp}-{number}") };
            let (folder, mark) = (all.join(&name), all.join(format!("{name}{TO_DO}")));
            match std::fs::create_dir(&folder).and_then(|()| create_own(&mark)) {
                Ok(_) => return Ok(Delivery(name)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(EngineError::file("make the folder", folder, error)),
            }
        }
        Err(EngineError::internal("no name is left for a delivery"))
    }

    /// Keeps a photo of a delivery. `name` is what it was called where it came from, with its folders; nothing of it leads out of the
    /// delivery, and it ends as photos do: what is kept is never read as something else.
    ///
    /// # Errors
    /// It is no photo; it cannot be written: the disk is full, or the delivery has ended.
    pub fn receive(&self, delivery: &Delivery, name: &str, bytes: &[u8]) -> Result<(), EngineError> {
        let refused = |why: String| EngineError::user(format!("{why}: {name}"));
        PhotoHeader::read(bytes, &Limits::default()).map_err(|error| refused(error.to_string()))?;
        let format = Format::of(bytes).ok_or_else(|| refused("no photo".to_owned()))?;
        let name = ending_as(name, format);
        let mut place = self.place(delivery);
        let parts = harmless(&name);
        let (file, folders) =
            parts.split_last().ok_or_else(|| EngineError::internal("a photo without a name"))?;
        for folder in folders {
            place.push(folder);
            own_folder(&place).map_err(|error| EngineError::file("make the folder", &place, error))?;
        }
        let path = free(&place, file)
            .ok_or_else(|| EngineError::user(format!("too many photos are called so: {file}")))?;
        replace(&path, bytes).map_err(|error| EngineError::file("write", path, error))
    }

    /// Deliveries that were not taken in to the end.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn unfinished_deliveries(&self) -> Result<Vec<Delivery>, EngineError> {
        let all = self.folder().join(FOLDER);
        let entries = match std::fs::read_dir(&all) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(EngineError::file("read the folder", all, error)),
        };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut found: Vec<String> =
            names.filter_map(|name| name.strip_suffix(TO_DO).map(str::to_owned)).collect();
        found.sort();
        Ok(found.into_iter().map(Delivery).collect())
    }

    /// Takes the photos of a delivery in, some at a time: between them others can write to the catalog. Nobody is named by it: folders
    /// are folders.
    ///
    /// # Errors
    /// As for [`Session::ingest`]; the delivery is then still to be taken in.
    pub fn take_in(
        &self,
        delivery: &Delivery,
        actor: &str,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<IngestReport, EngineError> {
        let photos = files_in(&self.place(delivery))?;
        let gap_secs = self.read(|catalog| Ok(catalog.settings()?.encounter_gap_secs))?;
        let mut report = IngestReport::default();
        progress.begin(Stage::of("looking for animals", photos.len() as u64));
        let progress = OneStage(progress);
        for (part, some) in parts(photos, gap_secs).into_iter().enumerate() {
            if part > 0 {
                std::thread::sleep(BETWEEN);
            }
            let count = some.len() as u64;
            let request = IngestRequest { sources: some, calibrate: false, ..IngestRequest::of("", actor) };
            let taken = self.ingest(&request, &progress, cancel)?;
            progress.0.advance(count);
            report.photos_found += taken.photos_found;
            report.stored += taken.stored;
            report.already_there += taken.already_there;
            report.annotations += taken.annotations;
            report.not_identifiable += taken.not_identifiable;
            report.failures.extend(taken.failures);
            report.near_duplicates.extend(taken.near_duplicates);
            if taken.interrupted {
                report.interrupted = true;
                return Ok(report);
            }
        }
        self.end_delivery(delivery)?;
        Ok(report)
    }

    /// Notes that nothing of a delivery is to be taken in any more. A delivery of no photos leaves nothing.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn end_delivery(&self, delivery: &Delivery) -> Result<(), EngineError> {
        let mark = self.folder().join(FOLDER).join(format!("{}{TO_DO}", delivery.0));
        std::fs::remove_file(&mark).map_err(|error| EngineError::file("remove", mark, error))?;
        // Only where it is empty.
        let _kept = std::fs::remove_dir(self.place(delivery));
        Ok(())
    }

    fn place(&self, delivery: &Delivery) -> PathBuf {
        self.folder().join(FOLDER).join(&delivery.0)
    }
}

/// A name with an end that such a file has.
fn ending_as(name: &str, format: Format) -> String {
    let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
    let ends: &[&str] = match format {
        Format::Jpeg => &["jpg", "jpeg"],
        Format::Png => &["png"],
        Format::Tiff => &["tif", "tiff"],
        Format::Webp => &["webp"],
    };
    match end.is_some_and(|end| ends.contains(&end.as_str())) {
        true => name.to_owned(),
        false => format!("{name}.{}", ends[0]),
    }
}

/// Photos in parts of some, none of which divides an encounter: what is taken in together is grouped together.
fn parts(photos: Vec<PathBuf>, gap_secs: f64) -> Vec<Vec<PathBuf>> {
    let encounters = encounters_of_photos(&photos, gap_secs);
    let mut groups: BTreeMap<Option<String>, Vec<PathBuf>> = BTreeMap::new();
    for (photo, encounter) in photos.into_iter().zip(encounters) {
        groups.entry(encounter.map(|encounter| encounter.key)).or_default().push(photo);
    }
    let alone = groups.remove(&None).unwrap_or_default();
    let mut parts: Vec<Vec<PathBuf>> = Vec::new();
    for group in groups.into_values().chain(alone.into_iter().map(|photo| vec![photo])) {
        match parts.last_mut().filter(|last| last.len() + group.len() <= AT_ONCE) {
            Some(last) => last.extend(group),
            None => parts.push(group),
        }
    }
    parts
}

/// Tells of photos that were taken in, whatever stages that has for some of them.
struct OneStage<'a>(&'a dyn Progress);

impl Progress for OneStage<'_> {
    fn begin(&self, _stage: Stage) {}
    fn advance(&self, _items: u64) {}
    fn note(&self, text: &str) {
        self.0.note(text);
    }
    fn end(&self) {}
}

/// The parts of a name that lead nowhere else; at least one.
fn harmless(name: &str) -> Vec<String> {
    let fine = |letter: &char| !letter.is_control() && !r#"<>:"|?*"#.contains(*letter);
    let part = |text: &str| {
        let kept: String = text.chars().filter(fine).collect();
        // The end of it, which says what kind of file it is.
        let from = (kept.len().saturating_sub(LONGEST)..kept.len()).find(|at| kept.is_char_boundary(*at));
        // A dot in front hides a file, a dot or space behind is lost on some systems.
        let kept = kept[from.unwrap_or(0)..].trim().trim_matches('.').trim();
        (!kept.is_empty()).then(|| kept.to_owned())
    };
    let parts: Vec<String> = name.split(['/', '\\']).filter_map(part).collect();
    if parts.is_empty() {
        return vec!["photo".to_owned()];
    }
    parts[parts.len().saturating_sub(DEEPEST)..].to_vec()
}

/// A path in a folder that nothing has yet.
fn free(folder: &Path, file: &str) -> Option<PathBuf> {
    let (stem, end) =
        file.rsplit_once('.').map_or((file, String::new()), |(stem, end)| (stem, format!(".{end}")));
    let names =
        std::iter::once(file.to_owned()).chain((2..MOST_ALIKE).map(|number| format!("{stem}-{number}{end}")));
    names.map(|name| folder.join(name)).find(|path| std::fs::symlink_metadata(path).is_err())
}

/// All plain files under a folder, sorted.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, EngineError> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = |error| EngineError::file("read the folder", &folder, error);
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            match entry.file_type().map_err(failed)? {
                kind if kind.is_dir() => folders.push(entry.path()),
                kind if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_within_their_delivery() {
        assert_eq!(harmless("trip 1/IMG_1.jpg"), ["trip 1", "IMG_1.jpg"]);
        assert_eq!(harmless("../../etc/passwd"), ["etc", "passwd"]);
        assert_eq!(harmless("C:\\fins\\a?.jpg"), ["C", "fins", "a.jpg"]);
        assert_eq!(harmless("/.../ . /"), ["photo"]);
        assert_eq!(harmless(".hidden.jpg"), ["hidden.jpg"]);
        assert_eq!(harmless(&"a/".repeat(50)).len(), DEEPEST);
        let long = harmless(&format!("{}.jpg", "ä".repeat(500)));
        assert!(long[0].ends_with("ä.jpg") && (LONGEST - 1..=LONGEST).contains(&long[0].len()));
    }

    #[test]
    fn what_is_kept_ends_as_photos_do() {
        assert_eq!(ending_as("a.JPG", Format::Jpeg), "a.JPG");
        assert_eq!(ending_as("photos.csv", Format::Jpeg), "photos.csv.jpg");
        assert_eq!(ending_as("a", Format::Tiff), "a.tif");
    }

    #[test]
    fn a_second_photo_of_a_name_gets_another_one() {
        let folder = tempfile::tempdir().unwrap();
        let free = |file| free(folder.path(), file).unwrap().file_name().unwrap().to_owned();
        assert_eq!(free("a.jpg"), "a.jpg");
        std::fs::write(folder.path().join("a.jpg"), b"").unwrap();
        assert_eq!((free("a.jpg"), free("a")), ("a-2.jpg".into(), "a".into()));
    }
}
