//! Folders among photos that hold none: copies that programs and network drives make for themselves, what was thrown
//! away, and catalogs of resight.

use std::path::Path;

use resight_files::{FolderKind, FolderMark, open_plain};
use walkdir::DirEntry;

/// Names of folders, in lower case, in which network drives and programs keep small copies and what they need
/// themselves. (Hidden ones, such as `.thumbnails`, are passed over as all hidden things are.)
const COPIES: [&str; 5] = ["@eadir", "@synoresource", "@tmp", "#snapshot", "system volume information"];

/// Ends of names of folders in which Lightroom keeps previews.
const PREVIEWS: [&str; 2] = [".lrdata", ".lrcat-data"];

/// Names of folders, in lower case, for what was thrown away.
const RECYCLED: [&str; 5] = ["#recycle", "@recycle", "$recycle.bin", "recycler", "recycled"];

/// What makes a folder one without photos of its own; `None` for files and all other folders.
pub(super) fn why(entry: &DirEntry) -> Option<&'static str> {
    if !entry.file_type().is_dir() {
        return None;
    }
    let name = entry.file_name().to_string_lossy().to_lowercase();
    if RECYCLED.contains(&name.as_str()) {
        Some("a recycle bin")
    } else if COPIES.contains(&name.as_str()) || PREVIEWS.iter().any(|end| name.ends_with(end)) {
        Some("copies that a program keeps for itself")
    } else if is_catalog(entry.path()) || is_worked_in(entry.path()) {
        Some("a folder of resight")
    } else {
        None
    }
}

/// Whether this is the folder of a catalog: its database says whose it is.
pub(super) fn is_catalog(folder: &Path) -> bool {
    use std::io::Read as _;
    let mut head = [0; 72];
    let database = folder.join("catalog.sqlite");
    // Most folders have no such file, and are not opened.
    database.is_file()
        && open_plain(&database).is_ok_and(|(mut file, _)| file.read_exact(&mut head).is_ok())
        && head.starts_with(b"SQLite format 3\0")
        && head.ends_with(b"RSGT")
}

/// Whether resight made the folder for training, for models, or for what it makes anew at need.
fn is_worked_in(folder: &Path) -> bool {
    let kinds = [FolderKind::Run, FolderKind::Runs, FolderKind::Store, FolderKind::Cache];
    folder.join(FolderMark::FILE).is_file() && kinds.into_iter().any(|kind| FolderMark(kind).is_on(folder))
}
