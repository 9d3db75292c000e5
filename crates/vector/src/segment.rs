//! Rows on disk: append-only files of `f16` rows, memory-mapped for reading.
//!
//! A segment is a header of 64 bytes, which says whose rows these are, and then rows of one length, little-endian,
//! without gaps. Its file is never opened through a link. It does not know
//! how many of its rows count: whoever keeps the record (a catalog) writes that down *after*
//! [`SegmentWriter::append`] has returned, and says it again on opening. Whatever lies behind the rows that count
//! is the rest of an append that was cut off, and is dropped.

mod append;
mod error;
mod file;
mod header;
mod reader;
mod writer;

pub use error::SegmentError;
pub use header::{FORMAT_VERSION, GREATEST_DIMENSION, HEADER_BYTES, MAGIC, Owner, RowKind};
pub use reader::Segment;
pub use writer::{AppendedRange, SegmentWriter};

#[cfg(test)]
mod tests;
