//! The photos below a folder.
//!
//! Listed are regular files, also by symbolic links, that a photo's extension names or whose first bytes are
//! those of a picture; whether they can be decoded is seen later, and said. Hidden files and folders (a name
//! that begins with a dot, `__MACOSX`) are passed over, and so are folders of thumbnails and previews, recycle bins,
//! and catalogs of resight: what is in them is a copy of a photo, or was thrown away. Of a camera raw file and a JPEG
//! of the same shot beside it the JPEG is the photo. Folders are followed through links, but never in a
//! circle. The order is by path, byte by byte, and so the same on every machine.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::no_photos;
use crate::DatasetError;
use crate::warning::{WarningKind, Warnings};

/// Extensions of photos, read or not: a raw file that cannot be read should be told, not passed over.
const PHOTO_EXTENSIONS: [&str; 10] =
    ["png", "tif", "tiff", "webp", "heic", "heif", "avif", "jxl", "bmp", "gif"];

const JPEG_EXTENSIONS: [&str; 4] = ["jpg", "jpeg", "jpe", "jfif"];

/// Extensions of camera raw files. They cannot be decoded, and should be told, not passed over.
const RAW_EXTENSIONS: [&str; 20] = [
    "3fr", "arw", "cr2", "cr3", "crw", "dng", "erf", "iiq", "kdc", "mef", "mrw", "nef", "nrw", "orf", "pef",
    "raf", "rw2", "rwl", "srw", "x3f",
];

/// One photo found.
#[derive(Debug)]
pub(super) struct PhotoFile {
    /// Its path below the folder, with `/` between the parts; unique.
    pub(super) name: String,
    /// Where it is.
    pub(super) path: PathBuf,
}

/// Lists the photos below a folder, or the one file.
pub(super) fn photo_files(root: &Path, warnings: &mut Warnings) -> Result<Vec<PhotoFile>, DatasetError> {
    root.metadata().map_err(DatasetError::unreadable(root))?;
    if no_photos::is_catalog(root) {
        let expected = "a source of photos but a catalog of resight";
        return Err(DatasetError::WrongKind { expected, path: root.to_owned() });
    }
    let (mut paths, mut passed_over) = (Vec::new(), Vec::new());
    let walk = WalkDir::new(root).follow_links(true).into_iter();
    let is_looked_at = |entry: &DirEntry| {
        let why_not = no_photos::why(entry);
        if let Some(what) = why_not.filter(|_| entry.depth() > 0) {
            passed_over.push(WarningKind::PassedOver { what, example: entry.path().to_owned() });
        }
        entry.depth() == 0 || (!is_hidden(entry) && why_not.is_none())
    };
    for entry in walk.filter_entry(is_looked_at) {
        match entry {
            Ok(entry) if !entry.file_type().is_file() => {}
            // The file that was named is taken at its word.
            Ok(entry) if entry.depth() == 0 || looks_like_a_photo(entry.path()) => {
                paths.push(entry.into_path())
            }
            Ok(entry) => {
                warnings.count_by_example(None, WarningKind::NotAPhoto { example: entry.into_path() });
            }
            Err(error) => warnings.list(None, cannot_look(&error, root)),
        }
    }
    // One line tells of all of them; they come in the order of the disk.
    passed_over.sort();
    passed_over.into_iter().for_each(|kind| warnings.count_by_example(None, kind));
    paths.sort();
    Ok(named(root, without_raw(paths, warnings)))
}

/// The photos without the camera raw files that have a JPEG of the same shot, by its name, beside them.
fn without_raw(paths: Vec<PathBuf>, warnings: &mut Warnings) -> Vec<PathBuf> {
    let shot = |path: &Path| Some((path.parent()?.to_owned(), path.file_stem()?.to_ascii_lowercase()));
    let jpegs: HashSet<_> = paths
        .iter()
        .filter(|path| has_extension(path, &JPEG_EXTENSIONS))
        .filter_map(|path| shot(path))
        .collect();
    let is_raw_beside_jpeg = |path: &Path| {
        has_extension(path, &RAW_EXTENSIONS) && shot(path).is_some_and(|shot| jpegs.contains(&shot))
    };
    let (left_out, kept): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| is_raw_beside_jpeg(path));
    for example in left_out {
        warnings.count_by_example(None, WarningKind::RawBesideJpeg { example });
    }
    kept
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    extension.is_some_and(|e| extensions.contains(&e.as_str()))
}

/// Whether the extension or the content says so.
pub(super) fn looks_like_a_photo(path: &Path) -> bool {
    // Cameras and telephones keep a small JPEG beside each video and each raw file under these names.
    if has_extension(path, &["thm", "lrv"]) {
        return false;
    }
    let extensions = [&PHOTO_EXTENSIONS[..], &JPEG_EXTENSIONS, &RAW_EXTENSIONS];
    extensions.iter().any(|extensions| has_extension(path, extensions))
        || first_bytes(path).is_some_and(is_picture)
}

fn first_bytes(path: &Path) -> Option<[u8; 12]> {
    let mut bytes = [0; 12];
    // A pipe or device would keep us waiting.
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    File::open(path).ok()?.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

/// JPEG, PNG, TIFF, WebP; HEIC and AVIF, GIF, BMP.
fn is_picture(bytes: [u8; 12]) -> bool {
    let starts: [&[u8]; 6] =
        [b"\xFF\xD8\xFF", b"\x89PNG\r\n\x1A\n", b"II*\0", b"MM\0*", b"GIF87a", b"GIF89a"];
    let brands: [&[u8; 4]; 5] = [b"heic", b"heix", b"mif1", b"avif", b"msf1"];
    starts.iter().any(|start| bytes.starts_with(start))
        || (bytes.starts_with(b"RIFF") && bytes.ends_with(b"WEBP"))
        || (bytes.starts_with(b"BM") && bytes[6..10] == [0; 4])
        || (&bytes[4..8] == b"ftyp" && brands.iter().any(|brand| bytes.ends_with(&brand[..])))
}

fn is_hidden(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    name.starts_with('.') || name == "__MACOSX"
}

fn cannot_look(error: &walkdir::Error, root: &Path) -> WarningKind {
    let reason = match error.loop_ancestor() {
        Some(_) => "a link that leads back to a folder above it".to_owned(),
        None => error.io_error().map_or_else(|| "not readable".to_owned(), ToString::to_string),
    };
    WarningKind::CannotLook { reason, path: error.path().unwrap_or(root).to_owned() }
}

/// Names the files by their paths below the root. Two names that are no UTF-8 may look alike when shown:
/// the second is numbered.
fn named(root: &Path, paths: Vec<PathBuf>) -> Vec<PhotoFile> {
    let mut taken = HashSet::new();
    let name_of = |path: &Path| {
        let below = path.strip_prefix(root).ok().filter(|below| !below.as_os_str().is_empty());
        let shown =
            below.map(Path::to_owned).or_else(|| path.file_name().map(PathBuf::from)).unwrap_or_default();
        let parts: Vec<String> = shown.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        parts.join("/")
    };
    paths
        .into_iter()
        .map(|path| {
            let plain = name_of(&path);
            let numbered = (2..).map(|number| format!("{plain}#{number}"));
            let name = std::iter::once(plain.clone()).chain(numbered).find(|name| taken.insert(name.clone()));
            PhotoFile { name: name.unwrap_or(plain), path }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_their_first_bytes() {
        assert!(is_picture(*b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01"));
        assert!(is_picture(*b"RIFF\x10\0\0\0WEBP"));
        assert!(is_picture(*b"\0\0\0\x18ftypheic"));
        assert!(!is_picture(*b"image_id,pat"));
        assert!(!is_picture(*b"\0\0\0\x18ftypmp42"));
    }
}
