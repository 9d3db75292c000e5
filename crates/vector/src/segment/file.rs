//! What a writer needs of a file; tests put a full disk in its place.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use super::SegmentError;

/// A file that can be written from a position, cut, and forced to the disk.
pub(crate) trait RowFile: Write {
    /// The next write begins at byte `position`.
    fn go_to(&mut self, position: u64) -> io::Result<()>;
    /// Drops what lies behind the first `length` bytes.
    fn cut(&mut self, length: u64) -> io::Result<()>;
    /// Returns when all that was written is on the disk.
    fn force(&mut self) -> io::Result<()>;
}

impl RowFile for File {
    fn go_to(&mut self, position: u64) -> io::Result<()> {
        self.seek(SeekFrom::Start(position)).map(drop)
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn force(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

/// Makes the name of a new file in `folder` as lasting as its contents. Only Unix knows such a thing.
pub(crate) fn force_folder_of(path: &Path) -> Result<(), SegmentError> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(SegmentError::io("force the folder to the disk", folder))
}
