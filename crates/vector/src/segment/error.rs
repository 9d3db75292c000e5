//! What can be wrong with a segment.

use std::io;
use std::path::{Path, PathBuf};

use super::{FORMAT_VERSION, GREATEST_DIMENSION};

/// A segment cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// The operating system refused.
    #[error("cannot {action}: {source}: {}", path.display())]
    Io {
        /// What was tried, as "write rows".
        action: &'static str,
        /// The segment's file or its folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file does not begin as a segment does.
    #[error("not a file of resight vectors: {}", path.display())]
    NotASegment {
        /// The file.
        path: PathBuf,
    },
    /// The file is of a format that this version does not know.
    #[error(
        "vectors of format {found}, this version reads format {FORMAT_VERSION}; rebuild the embeddings, or use the version that made them: {}",
        path.display()
    )]
    UnknownFormat {
        /// The format in the file.
        found: u32,
        /// The file.
        path: PathBuf,
    },
    /// A row length that no segment can have.
    #[error("a row of {found} numbers is not possible, 1 to {GREATEST_DIMENSION} are: {}", path.display())]
    ImpossibleDimension {
        /// The row length.
        found: u32,
        /// The file.
        path: PathBuf,
    },
    /// The segment has rows of another length than the ones that are to be written.
    #[error("the segment has rows of {found} numbers, not {expected}: {}", path.display())]
    OtherDimension {
        /// The row length asked for.
        expected: usize,
        /// The row length in the file.
        found: usize,
        /// The file.
        path: PathBuf,
    },
    /// The rows are somebody else's.
    #[error("the rows of this segment were made by something else: {}", path.display())]
    OtherOwner {
        /// The file.
        path: PathBuf,
    },
    /// The file ends before the rows that it should have.
    #[error(
        "the file has {found} bytes where {rows} rows need {expected}: it was cut off or replaced; rebuild the embeddings or restore a copy: {}",
        path.display()
    )]
    TooShort {
        /// Rows that it should have.
        rows: u64,
        /// Bytes that these need, header included; the greatest number where they do not fit a file at all.
        expected: u64,
        /// Bytes that there are.
        found: u64,
        /// The file.
        path: PathBuf,
    },
    /// Rows that lie beyond those that count.
    #[error("rows {first} to {end} were asked for where {rows} are recorded: {}", path.display())]
    NoSuchRows {
        /// First row asked for.
        first: u64,
        /// One after the last row asked for.
        end: u64,
        /// Rows that count.
        rows: u64,
        /// The file.
        path: PathBuf,
    },
    /// The numbers to be written are not a whole count of rows.
    #[error("{values} numbers are not a whole count of rows of {dim}: {}", path.display())]
    RaggedRows {
        /// How many numbers were given.
        values: usize,
        /// Numbers in a row.
        dim: usize,
        /// The file.
        path: PathBuf,
    },
    /// A number that half precision cannot hold, or that is none at all.
    #[error(
        "number {position} of new row {row} is {value}, which half precision (up to 65504) cannot hold: {}",
        path.display()
    )]
    UnusableNumber {
        /// Position of the row among those to be written.
        row: usize,
        /// Position of the number within the row.
        position: usize,
        /// The number.
        value: f32,
        /// The file.
        path: PathBuf,
    },
    /// The bytes of some rows are not the ones that were written.
    #[error(
        "rows {first} to {end} are not what was written: the disk or a program changed them; rebuild the embeddings or restore a copy: {}",
        path.display()
    )]
    Damaged {
        /// First row of the range.
        first: u64,
        /// One after the last row of the range.
        end: u64,
        /// The file.
        path: PathBuf,
    },
}

impl SegmentError {
    /// Turns what the operating system said into an error of this room.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }
}
