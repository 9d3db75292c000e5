//! The first 4096 bytes of a cache.
//!
//! | bytes | what |
//! |---|---|
//! | 0–7 | magic |
//! | 8–11 | format version |
//! | 12–15 | views of an annotation |
//! | 16–23 | annotations |
//! | 24–27, 28–31, 32–35 | height, width, channels; 0, tokens, channels; or 0, 0, dimension |
//! | 36–39 | zero |
//! | 40–71 | key |
//! | 72–103 | BLAKE3 of the bytes before |
//! | 104–4095 | zero |
//!
//! All numbers are little-endian.

use std::ops::Range;

/// How a cache begins.
const MAGIC: [u8; 8] = *b"RSGTFEA1";

/// The format that this version writes, and the only one that it reads.
pub const FORMAT_VERSION: u32 = 1;

/// Bytes of the header.
pub(super) const HEADER_BYTES: u64 = 4096;
/// Bytes of the header that say something.
pub(super) const HEADER_LENGTH: usize = 104;
/// Bytes of an annotation's entry in the table.
const ENTRY_BYTES: u64 = 8;

/// The extents of what a network answers to one view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeatureShape {
    /// So many numbers.
    Embedding {
        /// Numbers of an embedding.
        dimension: usize,
    },
    /// Maps, kept position by position: height × width × channels.
    Maps {
        /// Positions from top to bottom.
        height: usize,
        /// Positions from left to right.
        width: usize,
        /// Numbers at each position.
        channels: usize,
    },
    /// Tokens of a transformer, kept as it gives them: tokens × channels.
    Tokens {
        /// Tokens, those before the patches included.
        tokens: usize,
        /// Numbers of each.
        channels: usize,
    },
}

impl FeatureShape {
    /// Numbers of one view.
    pub fn numbers(self) -> usize {
        let [height, width, channels] = self.extents();
        height.max(1) * width.max(1) * channels
    }

    /// Positions of one view, or tokens: 1 for an embedding.
    pub fn positions(self) -> usize {
        let [height, width, _] = self.extents();
        height.max(1) * width.max(1)
    }

    /// Numbers at each position: the dimension of an embedding.
    pub fn channels(self) -> usize {
        self.extents()[2]
    }

    fn extents(self) -> [usize; 3] {
        match self {
            Self::Embedding { dimension } => [0, 0, dimension],
            Self::Maps { height, width, channels } => [height, width, channels],
            Self::Tokens { tokens, channels } => [0, tokens, channels],
        }
    }

    /// Where a number of a kept view stands in the network's answer: maps are answered plane by plane.
    pub(super) fn place_in_answer(self, place: usize) -> usize {
        match self {
            Self::Embedding { .. } | Self::Tokens { .. } => place,
            Self::Maps { channels, .. } => (place % channels) * self.positions() + place / channels,
        }
    }

    /// The extents of a network's answer of n × dimension, n × tokens × channels or n × channels × height × width.
    ///
    /// `None` where there are other extents, or none or more than a million along one.
    pub(super) fn of_answer(shape: &[usize]) -> Option<Self> {
        let found = match *shape {
            [_, dimension] => Self::Embedding { dimension },
            [_, dimension, 1, 1] => Self::Embedding { dimension },
            [_, tokens, channels] => Self::Tokens { tokens, channels },
            [_, channels, height, width] => Self::Maps { height, width, channels },
            _ => return None,
        };
        shape.iter().all(|extent| (1..=1 << 20).contains(extent)).then_some(found)
    }
}

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) items: usize,
    pub(super) views: usize,
    pub(super) shape: FeatureShape,
    pub(super) key: [u8; 32],
}

/// Why a header is not the one that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    /// The file is of another kind.
    Foreign,
    /// The file is a cache, but of no use.
    Useless(&'static str),
}

impl Header {
    pub(super) fn encode(&self) -> [u8; HEADER_BYTES as usize] {
        let mut bytes = [0; HEADER_BYTES as usize];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes[12..16].copy_from_slice(&(self.views as u32).to_le_bytes());
        bytes[16..24].copy_from_slice(&(self.items as u64).to_le_bytes());
        for (place, extent) in bytes[24..36].chunks_exact_mut(4).zip(self.shape.extents()) {
            place.copy_from_slice(&(extent as u32).to_le_bytes());
        }
        bytes[40..72].copy_from_slice(&self.key);
        let checksum = *blake3::hash(&bytes[..72]).as_bytes();
        bytes[72..104].copy_from_slice(&checksum);
        bytes
    }

    /// Reads a header that should have this key and these counts. Nothing it says is believed before its checksum,
    /// its key and its counts are right; the length of the file is the caller's to compare.
    pub(super) fn decode(
        bytes: &[u8; HEADER_LENGTH],
        key: &[u8; 32],
        items: usize,
        views: usize,
    ) -> Result<Self, Unfit> {
        if bytes[..8] != MAGIC {
            return Err(Unfit::Foreign);
        }
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        if word(8) != FORMAT_VERSION {
            return Err(Unfit::Useless("it is of another format"));
        }
        if *blake3::hash(&bytes[..72]).as_bytes() != bytes[72..104] {
            return Err(Unfit::Useless("its header is damaged"));
        }
        let is_asked_for = bytes[40..72] == *key
            && u64::from(word(16)) | (u64::from(word(20)) << 32) == items as u64
            && word(12) as usize == views;
        if !is_asked_for {
            return Err(Unfit::Useless("it holds something else"));
        }
        let extents = [word(24), word(28), word(32)].map(|extent| extent as usize);
        let answer = match extents {
            [0, 0, dimension] => vec![1, dimension],
            [0, tokens, channels] => vec![1, tokens, channels],
            [height, width, channels] => vec![1, channels, height, width],
        };
        let shape = FeatureShape::of_answer(&answer).ok_or(Unfit::Useless("its extents make no sense"))?;
        Ok(Self { items, views, shape, key: *key })
    }

    /// Bytes of all views of one annotation.
    pub(super) fn item_bytes(&self) -> u64 {
        2 * self.views as u64 * self.shape.numbers() as u64
    }

    /// Where the entry of an annotation stands.
    pub(super) fn entry_at(&self, item: usize) -> u64 {
        HEADER_BYTES + ENTRY_BYTES * item as u64
    }

    /// Where the numbers of an annotation begin. An item one beyond the last gives the end of the file.
    pub(super) fn item_at(&self, item: usize) -> u64 {
        self.entry_at(self.items).next_multiple_of(HEADER_BYTES) + item as u64 * self.item_bytes()
    }

    /// Bytes of the whole file; `None` where no file can be so long.
    pub(super) fn file_bytes(&self) -> Option<u64> {
        let table = (self.items as u64).checked_mul(ENTRY_BYTES)?.checked_add(HEADER_BYTES)?;
        let start = table.checked_next_multiple_of(HEADER_BYTES)?;
        let numbers = (self.shape.numbers() as u64).checked_mul(self.views as u64)?.checked_mul(2)?;
        start.checked_add(numbers.checked_mul(self.items as u64)?)
    }

    /// The bytes of a view in the mapped file.
    pub(super) fn view_range(&self, item: usize, view: usize) -> Range<usize> {
        let length = 2 * self.shape.numbers();
        let start = self.item_at(item) as usize + view * length;
        start..start + length
    }

    /// The bytes of all views of an annotation in the mapped file.
    pub(super) fn item_range(&self, item: usize) -> Range<usize> {
        let start = self.item_at(item) as usize;
        start..start + self.item_bytes() as usize
    }
}

/// The entry of an annotation with these bytes: never 0.
pub(super) fn entry_of(bytes: &[u8]) -> u64 {
    let hash = blake3::hash(bytes);
    let first: [u8; 8] = hash.as_bytes()[..8].try_into().expect("a hash has 32 bytes");
    u64::from_le_bytes(first) | 1
}
