//! The first 64 bytes of a segment.
//!
//! | bytes | what |
//! |---|---|
//! | 0–7 | [`MAGIC`] |
//! | 8–11 | format version, little-endian |
//! | 12–15 | numbers in a row, little-endian |
//! | 16–47 | the [`Owner`]: whose rows they are |
//! | 48–55 | the first eight bytes of the BLAKE3 hash of bytes 0–47 |
//! | 56–63 | zero, for later formats |

use std::path::Path;

use super::SegmentError;

/// How a segment begins.
pub const MAGIC: [u8; 8] = *b"RSGTSEG1";

/// The format that this version writes, and the only one that it reads.
pub const FORMAT_VERSION: u32 = 2;

/// Bytes before the first row: a cache line, so that rows are aligned.
pub const HEADER_BYTES: u64 = 64;

/// The greatest row length of a segment.
pub const GREATEST_DIMENSION: u32 = 65_536;

/// Bytes before the first row, as a length in memory.
pub(crate) const HEADER_LENGTH: usize = 64;

/// Where the checksum of the header begins: behind all that it protects.
const CHECKSUM_AT: usize = 48;

/// Whose rows a segment holds: rows of different owners must never be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Owner([u8; 32]);

impl Owner {
    /// The owner of this name.
    pub fn named(name: &str) -> Self {
        Self(*blake3::hash(name.as_bytes()).as_bytes())
    }
}

/// What the rows of a segment are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RowKind {
    /// Numbers in a row.
    pub dim: usize,
    /// Whose they are.
    pub owner: Owner,
}

/// The header of a segment with rows of this kind.
pub(crate) fn encode(kind: RowKind, path: &Path) -> Result<[u8; HEADER_LENGTH], SegmentError> {
    let dim = check_dimension(u32::try_from(kind.dim).unwrap_or(u32::MAX), path)?;
    let mut bytes = [0; HEADER_LENGTH];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    bytes[12..16].copy_from_slice(&dim.to_le_bytes());
    bytes[16..CHECKSUM_AT].copy_from_slice(&kind.owner.0);
    let checksum = checksum(&bytes);
    bytes[CHECKSUM_AT..CHECKSUM_AT + 8].copy_from_slice(&checksum);
    Ok(bytes)
}

/// The kind of the rows, out of a header.
pub(crate) fn decode(bytes: &[u8; HEADER_LENGTH], path: &Path) -> Result<RowKind, SegmentError> {
    if bytes[..8] != MAGIC {
        return Err(SegmentError::NotASegment { path: path.to_owned() });
    }
    let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    if word(8) != FORMAT_VERSION {
        return Err(SegmentError::UnknownFormat { found: word(8), path: path.to_owned() });
    }
    if bytes[CHECKSUM_AT..CHECKSUM_AT + 8] != checksum(bytes)
        || bytes[CHECKSUM_AT + 8..].iter().any(|byte| *byte != 0)
    {
        return Err(SegmentError::NotASegment { path: path.to_owned() });
    }
    let dim = check_dimension(word(12), path)?;
    let owner = Owner(bytes[16..CHECKSUM_AT].try_into().expect("32 bytes"));
    Ok(RowKind { dim: usize::try_from(dim).expect("a dimension that was checked fits memory"), owner })
}

/// The length of a file with `rows` rows, or the greatest number where no file is that long.
pub(crate) fn file_bytes(rows: u64, dim: usize) -> u64 {
    (dim as u64).saturating_mul(2).saturating_mul(rows).saturating_add(HEADER_BYTES)
}

fn checksum(bytes: &[u8; HEADER_LENGTH]) -> [u8; 8] {
    let hash = blake3::hash(&bytes[..CHECKSUM_AT]);
    hash.as_bytes()[..8].try_into().expect("a hash is longer")
}

fn check_dimension(dim: u32, path: &Path) -> Result<u32, SegmentError> {
    if (1..=GREATEST_DIMENSION).contains(&dim) {
        Ok(dim)
    } else {
        Err(SegmentError::ImpossibleDimension { found: dim, path: path.to_owned() })
    }
}
