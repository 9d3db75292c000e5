//! Descriptors in bytes.
//!
//! A descriptor of unit length is multiplied by [`UNIT`] and rounded, so that the product of two of them is their cosine
//! times 127². With a length of 127, to which rounding adds 6 at most in 128 numbers, a product never leaves the
//! range of 16 bits, and no partial sum of it that wraps around does harm. The bytes hold [`ZERO`] more than the number:
//! unsigned, which is what the fastest instructions multiply with signed ones, and never above 123, so that two of them side
//! by side are a finite number of half precision, as whoever keeps rows of such numbers asks for.

/// What a unit descriptor is multiplied by.
pub(crate) const UNIT: f32 = 127.0;

/// The greatest size of one number; it cuts what is above .46 of a unit vector. Two neighbours' products
/// (2 · 59 · 123) stay within 16 bits, where the fastest instruction would saturate.
pub(crate) const GREATEST: i8 = 59;

/// What a byte is when the number is 0.
pub(crate) const ZERO: u8 = 64;

/// Descriptors that lie side by side in a block.
pub(crate) const LANES: usize = 16;

/// Numbers of a descriptor that lie together in a block: what one instruction multiplies and adds up.
pub(crate) const GROUP: usize = 4;

/// Descriptors of one length, in blocks of sixteen: for every four of their numbers the numbers of one
/// descriptor after the other. The last block is filled up with zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptors {
    dim: usize,
    count: usize,
    blocks: Vec<u8>,
}

/// Descriptors as they lie in memory, wherever that is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Blocks<'a> {
    pub(crate) dim: usize,
    pub(crate) count: usize,
    pub(crate) blocks: &'a [u8],
}

/// Rounds a unit descriptor into bytes.
pub fn quantise(unit: &[f32], bytes: &mut [i8]) {
    for (value, byte) in unit.iter().zip(bytes) {
        let greatest = f32::from(GREATEST);
        #[expect(clippy::cast_possible_truncation, reason = "cut to -59 to 59")]
        let rounded = (value * UNIT).round().clamp(-greatest, greatest) as i8;
        *byte = rounded;
    }
}

/// How many bytes the blocks of `count` descriptors take.
pub(crate) fn block_bytes(dim: usize, count: usize) -> usize {
    count.next_multiple_of(LANES) * dim
}

impl Descriptors {
    /// Takes descriptors one after the other, `dim` bytes each; `dim` is a multiple of four. Values lie between -59 and
    /// 59, as [`quantise`] makes them; what lies beyond is cut.
    ///
    /// # Panics
    /// Where `dim` is zero or no multiple of four, or the rows are not whole.
    pub fn from_rows(dim: usize, rows: &[i8]) -> Self {
        assert!(dim > 0 && dim.is_multiple_of(GROUP) && rows.len().is_multiple_of(dim), "whole rows");
        let count = rows.len() / dim;
        let mut blocks = vec![ZERO; block_bytes(dim, count)];
        for (at, row) in rows.chunks_exact(dim).enumerate() {
            for (number, value) in row.iter().enumerate() {
                blocks[place(dim, at, number)] = byte_of(*value);
            }
        }
        Self { dim, count, blocks }
    }

    /// Numbers of a descriptor.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The numbers of one descriptor.
    ///
    /// # Panics
    /// Where there are not that many.
    pub fn row(&self, at: usize) -> Vec<i8> {
        self.blocks().row(at).collect()
    }

    pub(crate) fn blocks(&self) -> Blocks<'_> {
        Blocks { dim: self.dim, count: self.count, blocks: &self.blocks }
    }
}

impl Blocks<'_> {
    /// The numbers of one descriptor.
    pub(crate) fn row(self, at: usize) -> impl Iterator<Item = i8> {
        (0..self.dim).map(move |number| number_of(self.blocks[place(self.dim, at, number)]))
    }

    pub(crate) fn to_owned(self) -> Descriptors {
        Descriptors { dim: self.dim, count: self.count, blocks: self.blocks.to_vec() }
    }
}

fn byte_of(number: i8) -> u8 {
    number.clamp(-GREATEST, GREATEST).wrapping_add(ZERO.cast_signed()).cast_unsigned()
}

/// The number that a byte holds; a byte that no number gives is cut.
fn number_of(byte: u8) -> i8 {
    byte.cast_signed().wrapping_sub(ZERO.cast_signed()).clamp(-GREATEST, GREATEST)
}

/// Where a number of a descriptor lies.
fn place(dim: usize, at: usize, number: usize) -> usize {
    let (block, lane) = (at / LANES, at % LANES);
    let (group, within) = (number / GROUP, number % GROUP);
    block * LANES * dim + group * LANES * GROUP + lane * GROUP + within
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_comes_out() {
        let rows: Vec<i8> = (0..20 * 8).map(|i| i8::try_from(i % 119).unwrap_or(0) - 59).collect();
        let descriptors = Descriptors::from_rows(8, &rows);
        assert_eq!((descriptors.len(), descriptors.dim()), (20, 8));
        for (at, row) in rows.chunks_exact(8).enumerate() {
            assert_eq!(descriptors.blocks().row(at).collect::<Vec<i8>>(), row);
        }
    }

    #[test]
    fn great_numbers_are_cut() {
        let mut bytes = [0; 4];
        quantise(&[1.0, -0.9, 0.25, -0.001], &mut bytes);
        assert_eq!(bytes, [59, -59, 32, 0]);
    }
}
