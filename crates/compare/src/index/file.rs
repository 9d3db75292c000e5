//! An index as a file: made once, read in a moment.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `RSFI` |
//! | 2 | version of the form, as all numbers little-endian |
//! | 2 | numbers of a descriptor |
//! | 4 | words |
//! | 4 | crops |
//! | 32 | the stamp: what it was made of, as the caller says |
//! | words × numbers | the words, as numbers of a byte |
//! | for each shard | where the lists begin (4 bytes each, and the end of the last), the crops (2 bytes), signatures (8), places (2) |
//! | 32 | BLAKE3 of all before |
//!
//! A file that is not as it should be is an error, whatever is in it: nothing is allocated that the file is not long enough for,
//! and no number in it is trusted.

use std::io::{self, Read, Write};

use super::FeatureIndex;
use super::codebook::Codebook;
use super::shard::Shard;
use crate::Descriptors;
use crate::descriptors::GROUP;

const MAGIC: [u8; 4] = *b"RSFI";

/// Version of the form and of how crops are put in: an index of another one is made again.
const VERSION: u16 = 1;

/// Bytes before the words.
const HEADER: usize = 48;

/// Bytes of the sum.
const SUM: usize = 32;

/// What an index was made of, as whoever keeps it says.
pub type Stamp = [u8; 32];

/// A file that is no index that can be used.
#[derive(Debug, thiserror::Error)]
pub enum IndexFileError {
    /// It is no index, or of another version.
    #[error("this is no index of this version")]
    Other,
    /// It is damaged or cut off.
    #[error("the index is damaged")]
    Damaged,
    /// The file cannot be read.
    #[error("the index cannot be read: {0}")]
    Read(#[from] io::Error),
}

impl FeatureIndex {
    /// Writes it, with a stamp that says what it was made of.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_to(&self, stamp: &Stamp, writer: &mut impl Write) -> io::Result<()> {
        let mut out = Summed { inner: &mut *writer, sum: blake3::Hasher::new() };
        out.write_all(&MAGIC)?;
        out.write_all(&VERSION.to_le_bytes())?;
        out.write_all(&u16::try_from(self.book.dim()).unwrap_or(0).to_le_bytes())?;
        out.write_all(&u32::try_from(self.book.len()).unwrap_or(0).to_le_bytes())?;
        out.write_all(&self.len().to_le_bytes())?;
        out.write_all(stamp)?;
        for word in 0..self.book.len() {
            out.write_all(
                &self.book.words().row(word).iter().map(|one| one.cast_unsigned()).collect::<Vec<u8>>(),
            )?;
        }
        for shard in &self.shards {
            out.write_all(&bytes_of(&shard.begins, |one| one.to_le_bytes()))?;
            out.write_all(&bytes_of(&shard.crops, |one| one.to_le_bytes()))?;
            out.write_all(&bytes_of(&shard.signatures, |one| one.to_le_bytes()))?;
            out.write_all(shard.places.as_flattened())?;
        }
        let sum = out.sum.finalize();
        writer.write_all(sum.as_bytes())
    }

    /// How long the file is, in bytes.
    pub fn file_bytes(&self) -> u64 {
        let of_shard = |shard: &Shard| 4 * shard.begins.len() + 12 * shard.crops.len();
        let shards: usize = self.shards.iter().map(of_shard).sum();
        (HEADER + self.book.len() * self.book.dim() + shards + SUM) as u64
    }

    /// Reads an index of `length` bytes, with its stamp.
    ///
    /// # Errors
    /// [`IndexFileError`]: whatever is not an index as [`Self::write_to`] writes it.
    pub fn read_from(reader: impl Read, length: u64) -> Result<(Self, Stamp), IndexFileError> {
        let mut input = Input { inner: reader, left: length, sum: blake3::Hasher::new() };
        if input.array::<4>()? != MAGIC || u16::from_le_bytes(input.array()?) != VERSION {
            return Err(IndexFileError::Other);
        }
        let dim = usize::from(u16::from_le_bytes(input.array()?));
        let n_words = u32::from_le_bytes(input.array()?);
        let n_words = u16::try_from(n_words).map(usize::from).map_err(|_| IndexFileError::Damaged)?;
        let n_crops = u32::from_le_bytes(input.array()?);
        let stamp = input.array()?;
        if dim == 0 || !dim.is_multiple_of(GROUP) {
            return Err(IndexFileError::Damaged);
        }
        let words: Vec<i8> = input.numbers(n_words * dim, |[one]: [u8; 1]| one.cast_signed())?;
        let book = Codebook::of(Descriptors::from_rows(dim, &words));
        let mut shards = Vec::new();
        for first in (0..n_crops).step_by(Shard::CROPS as usize) {
            shards.push(read_shard(&mut input, n_words, Shard::CROPS.min(n_crops - first))?);
        }
        let sum = input.sum.finalize();
        match input.array::<32>()? == *sum.as_bytes() && input.left == 0 {
            true => Ok((Self { book, shards }, stamp)),
            false => Err(IndexFileError::Damaged),
        }
    }
}

fn read_shard(input: &mut Input<impl Read>, n_words: usize, n_crops: u32) -> Result<Shard, IndexFileError> {
    let begins = input.numbers(n_words + 1, u32::from_le_bytes)?;
    if begins[0] != 0 || !begins.is_sorted() {
        return Err(IndexFileError::Damaged);
    }
    let entries = begins[n_words] as usize;
    let crops: Vec<u16> = input.numbers(entries, u16::from_le_bytes)?;
    let signatures = input.numbers(entries, u64::from_le_bytes)?;
    let places = input.numbers(entries, |place: [u8; 2]| place)?;
    match crops.iter().all(|crop| u32::from(*crop) < n_crops) {
        true => Ok(Shard { n_crops, begins, crops, signatures, places }),
        false => Err(IndexFileError::Damaged),
    }
}

fn bytes_of<T: Copy, const N: usize>(numbers: &[T], bytes: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    numbers.iter().flat_map(|number| bytes(*number)).collect()
}

/// A writer that sums up what goes through it.
struct Summed<W> {
    inner: W,
    sum: blake3::Hasher,
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.sum.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A reader of so many bytes that sums up what it read.
struct Input<R> {
    inner: R,
    left: u64,
    sum: blake3::Hasher,
}

impl<R: Read> Input<R> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], IndexFileError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// So many numbers of `N` bytes each: none is allocated beyond the end of the file.
    fn numbers<T, const N: usize>(
        &mut self,
        count: usize,
        number: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>, IndexFileError> {
        let length = count.checked_mul(N).filter(|length| *length as u64 <= self.left);
        let mut bytes = vec![0; length.ok_or(IndexFileError::Damaged)?];
        self.fill(&mut bytes)?;
        Ok(bytes.as_chunks::<N>().0.iter().map(|chunk| number(*chunk)).collect())
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), IndexFileError> {
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or(IndexFileError::Damaged)?;
        match self.inner.read_exact(bytes) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(IndexFileError::Damaged),
            read => Ok(read?),
        }?;
        self.sum.update(bytes);
        Ok(())
    }
}
