//! A catalog as one file, to mail or to keep.
//!
//! A zip archive with the database, the thumbnails, the embeddings, if wanted the photos, and last a list of all that with sizes and
//! BLAKE3 hashes (`Listing`). [`unpack()`] writes nothing but what the list names, compares every hash, and puts the folder in its
//! place when all of it is there.

mod listing;
mod unpack;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};

use resight_catalog::{Catalog, DATABASE, PhotoRoot};
use resight_core::PhotoId;
use resight_files::{Output, open_own, open_plain};
use serde::Serialize;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use self::listing::{FORMAT_VERSION, LISTING, ListedFile, Listing, PackedRoot};
use crate::{CancelToken, EngineError, Progress, Session, Stage, Warning};

pub use self::unpack::{UnpackReport, UnpackRequest, unpack};

/// What to put into the archive, and where it goes.
#[derive(Debug, Clone)]
pub struct PackRequest {
    /// The file to write; it appears whole or not at all.
    pub archive: Output,
    /// Whether the original photos go with it.
    pub photos: bool,
    /// Whether embeddings and local features go with it: without them whoever gets it needs the photos to identify animals.
    pub embeddings: bool,
}

/// What was written, or would be.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PackReport {
    /// Files in the archive, its list not counted.
    pub files: usize,
    /// Bytes of these files.
    pub bytes: u64,
    /// What whoever gets the archive can read in it.
    pub discloses: Discloses,
    /// Original photos in it.
    pub photos: usize,
    /// Photos that could not go with it, and why.
    pub left_out: Vec<Warning>,
}

/// What a catalog that is handed on tells.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Discloses {
    /// Photos of the catalog.
    pub photos: usize,
    /// Those of them whose exact place is on record.
    pub positions: usize,
    /// Those of them whose time is on record.
    pub times: usize,
    /// Folders of this machine whose paths are on record.
    pub folders: Vec<String>,
    /// Who made steps of the journal.
    pub people: Vec<String>,
}

/// A file to put into the archive: its name there, and where it lies.
struct Packed {
    name: String,
    from: PathBuf,
    /// A photo lies where a person keeps it, anything else in the catalog.
    is_photo: bool,
}

/// What goes into the archive.
struct Plan {
    files: Vec<Packed>,
    roots: Vec<PackedRoot>,
    report: PackReport,
}

impl Session {
    /// What [`Session::pack`] would write, and what that tells whoever gets it.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub fn plan_pack(&self, request: &PackRequest) -> Result<PackReport, EngineError> {
        let plan = self.read(|catalog| plan(catalog, request))?;
        let mut report = plan.report;
        let database = self.folder().join(DATABASE);
        let sizes = plan.files.iter().map(|file| &file.from).chain([&database]);
        report.bytes = sizes.filter_map(|path| Some(path.metadata().ok()?.len())).sum();
        report.files = plan.files.len() + 1;
        Ok(report)
    }

    /// Writes the catalog as one file. Nobody can change the catalog meanwhile.
    ///
    /// # Errors
    /// The catalog is being written to or cannot be read; the file cannot be written; the work was cancelled.
    pub fn pack(
        &self,
        request: &PackRequest,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<PackReport, EngineError> {
        let _span = tracing::info_span!("pack").entered();
        let catalog = self.writer()?;
        let Plan { files, roots, mut report } = plan(&catalog, request)?;
        let place = request.archive.path();
        let folder = match place.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let scratch = tempfile::Builder::new()
            .prefix(".resight-pack-")
            .tempdir_in(folder)
            .map_err(|error| EngineError::file("make a folder in", folder, error))?;
        let database = scratch.path().join(DATABASE);
        catalog.copy_database(&database)?;
        let all = std::iter::once(Packed { name: DATABASE.to_owned(), from: database, is_photo: false })
            .chain(files);
        progress.begin(Stage { title: "packing".to_owned(), total: Some(report.files as u64 + 1) });
        let written = request.archive.write_with(|output| -> Result<(), Failed> {
            let mut archive = Archive::new(output);
            for file in all {
                if cancel.is_cancelled() {
                    return Err(Failed::Stopped);
                }
                archive.put(&file)?;
                progress.advance(1);
            }
            archive.finish(&roots, &mut report)?;
            Ok(())
        });
        progress.end();
        match written {
            Ok(()) => Ok(report),
            Err(Failed::Stopped) => {
                Err(EngineError::user("stopped before the archive was whole: nothing was written"))
            }
            Err(Failed::Reading(error, path)) => Err(EngineError::file("pack", path, error)),
            Err(Failed::Writing(error)) => Err(EngineError::file("write the archive", place, error)),
        }
    }
}

/// Why an archive was not written.
enum Failed {
    Stopped,
    Reading(io::Error, PathBuf),
    Writing(io::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Writing(error)
    }
}

impl From<zip::result::ZipError> for Failed {
    fn from(error: zip::result::ZipError) -> Self {
        Self::Writing(error.into())
    }
}

fn plan(catalog: &Catalog, request: &PackRequest) -> Result<Plan, EngineError> {
    let derived = catalog.derived_files()?;
    let mut files = Vec::new();
    let wanted = if request.embeddings { derived.vectors } else { Vec::new() };
    for below in derived.thumbnails.into_iter().chain(wanted) {
        let from = catalog.path().join(&below);
        if let Some(name) = listing::name_of(&below) {
            files.push(Packed { name, from, is_photo: false });
        }
    }
    let mut report = PackReport { discloses: discloses(catalog)?, ..PackReport::default() };
    let mut roots = Vec::new();
    if request.photos {
        let found = photos(catalog, &mut report)?;
        (roots, report.photos) = (found.roots, found.files.len());
        files.extend(found.files);
    }
    report.files = files.len() + 1;
    Ok(Plan { files, roots, report })
}

fn discloses(catalog: &Catalog) -> Result<Discloses, EngineError> {
    let mut told = Discloses::default();
    for summary in catalog.photo_summaries()? {
        let photo = catalog.photo(&summary.id)?;
        told.photos += 1;
        told.positions += usize::from(photo.position.is_some());
        told.times += usize::from(photo.capture_time.is_some());
    }
    told.folders =
        catalog.photo_roots()?.into_iter().map(|root| root.recorded.display().to_string()).collect();
    let people: BTreeSet<String> = catalog.journal_actors()?.iter().map(ToString::to_string).collect();
    told.people = people.into_iter().collect();
    Ok(told)
}

struct PhotosFound {
    files: Vec<Packed>,
    roots: Vec<PackedRoot>,
}

/// The photos that are there, below the folders that the catalog knows.
fn photos(catalog: &Catalog, report: &mut PackReport) -> Result<PhotosFound, EngineError> {
    let roots = catalog.photo_roots()?;
    let mut used: BTreeMap<usize, String> = BTreeMap::new();
    let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
    for summary in catalog.photo_summaries()? {
        match placed(catalog, &summary.id, &roots)? {
            Ok((root, below, from)) => {
                let folder = format!("photos/{}", root + 1);
                let Some(name) = listing::name_of(&Path::new(&folder).join(&below)) else {
                    let message = "its name cannot stand in an archive".to_owned();
                    report.left_out.push(Warning { about: from.display().to_string(), message });
                    continue;
                };
                used.insert(root, folder);
                files.insert(name, from);
            }
            Err(message) => {
                let paths = catalog.photo_paths(&summary.id)?;
                let about =
                    paths.first().map_or_else(|| summary.id.to_string(), |path| path.display().to_string());
                report.left_out.push(Warning { about, message: message.to_owned() });
            }
        }
    }
    Ok(PhotosFound {
        files: files.into_iter().map(|(name, from)| Packed { name, from, is_photo: true }).collect(),
        roots: used
            .into_iter()
            .map(|(root, folder)| PackedRoot { name: roots[root].name.clone(), folder })
            .collect(),
    })
}

type Placed = Result<(usize, PathBuf, PathBuf), &'static str>;

/// The folder that a photo lies below, its path there, and where it is.
fn placed(catalog: &Catalog, photo: &PhotoId, roots: &[PhotoRoot]) -> Result<Placed, EngineError> {
    let there = catalog.photo_paths(photo)?.into_iter().find(|path| path.is_file());
    let Some(path) = there else { return Ok(Err("it is not where it was")) };
    let below = |(place, root): (usize, &PhotoRoot)| {
        Some((place, path.strip_prefix(&root.location).ok()?.to_owned(), root.location.components().count()))
    };
    let deepest = roots.iter().enumerate().filter_map(below).max_by_key(|(_, _, depth)| *depth);
    Ok(deepest
        .map(|(place, below, _)| (place, below, path.clone()))
        .ok_or("it lies outside of the folders that the catalog knows"))
}

/// The archive as it is written.
struct Archive<W: Write + Seek> {
    zip: ZipWriter<W>,
    listed: Vec<ListedFile>,
}

impl<W: Write + Seek> Archive<W> {
    fn new(output: W) -> Self {
        Self { zip: ZipWriter::new(output), listed: Vec::new() }
    }

    fn put(&mut self, file: &Packed) -> Result<(), Failed> {
        let reading = |error| Failed::Reading(error, file.from.clone());
        let opened = match file.is_photo {
            true => open_plain(&file.from).map(|(opened, _)| opened),
            false => open_own(&file.from),
        };
        let opened = opened.map_err(reading)?;
        self.zip.start_file(&file.name, options(&file.name))?;
        let (mut bytes, mut hasher, mut buffer) = (0, blake3::Hasher::new(), vec![0; 1 << 16]);
        let mut reader = BufReader::new(opened);
        loop {
            let read = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(reading(error)),
            };
            self.zip.write_all(&buffer[..read])?;
            hasher.update(&buffer[..read]);
            bytes += read as u64;
        }
        let blake3 = hasher.finalize().to_hex().to_string();
        self.listed.push(ListedFile { name: file.name.clone(), bytes, blake3 });
        Ok(())
    }

    fn finish(mut self, roots: &[PackedRoot], report: &mut PackReport) -> Result<(), Failed> {
        report.files = self.listed.len();
        report.bytes = self.listed.iter().map(|file| file.bytes).sum();
        let listing = Listing {
            format_version: FORMAT_VERSION,
            made_by: format!("resight {}", env!("CARGO_PKG_VERSION")),
            roots: roots.to_vec(),
            files: self.listed,
        };
        let text = serde_json::to_vec_pretty(&listing).map_err(|error| Failed::Writing(error.into()))?;
        self.zip.start_file(LISTING, options(LISTING))?;
        self.zip.write_all(&text)?;
        self.zip.finish()?;
        Ok(())
    }
}

/// Pictures and embeddings hardly shrink; the database and the list do.
fn options(name: &str) -> SimpleFileOptions {
    let method = match name {
        DATABASE | LISTING => CompressionMethod::Deflated,
        _ => CompressionMethod::Stored,
    };
    SimpleFileOptions::default().compression_method(method).large_file(true)
}

/// Opens an archive to read it.
fn open(path: &Path) -> io::Result<File> {
    open_plain(path).map(|(file, _)| file)
}
