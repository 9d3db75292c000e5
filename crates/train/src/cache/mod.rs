//! What a frozen network makes of the photos, computed once and kept on disk.
//!
//! A trunk that does not learn gives the same answer every time: so it is run once for each view of each annotation,
//! and training reads the answers, embeddings or feature maps in half precision, from a memory-mapped file. What
//! the answers depend on (network, preprocessing, augmentation, seed, photos, regions) is hashed into the file's
//! name and header; where any of it changes there is another file.
//!
//! [`FeatureCache::open_or_build`] reads what is there and computes the rest. Killed at any moment, it goes on where
//! it stopped: an annotation counts as done when the hash of its numbers stands in the file's table, which is
//! written only after the numbers have reached the disk; each hash is checked whenever a cache is opened.
//!
//! # Layout
//!
//! | bytes | what |
//! |---|---|
//! | 0–4095 | header: magic, version, extents, key, checksum |
//! | 4096 and on | a table of 8 bytes an annotation: 0, or the hash of its numbers |
//! | from the next multiple of 4096 on | annotation × view × height × width × channels, `f16`, little-endian |

mod build;
mod error;
mod file;
mod header;
mod lock;
mod reader;
mod request;
#[cfg(test)]
mod tests;
mod tidy;
mod writer;

pub use error::{CacheError, CacheWarning};
pub use header::{FORMAT_VERSION, FeatureShape};
pub use reader::FeatureCache;
pub use request::{CacheProgress, CacheRequest};
pub use tidy::tidy;
