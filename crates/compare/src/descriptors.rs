//! Descriptors in bytes.
//!
//! A descriptor of unit length is multiplied by [`UNIT`] and rounded, so that the product of two of them is their cosine
//! times 127². With a length of 127, a product never leaves the range of 16 bits, and no partial sum of it that
//! wraps around does harm.

/// What a unit descriptor is multiplied by.
pub(crate) const UNIT: f32 = 127.0;

/// The greatest size of one number: with it, no pair of neighbours' products with unsigned bytes leaves 16 bits
/// (255 · (64 + 64) = 32,640), where the fastest instruction would saturate. It cuts what is above .504 of a unit vector.
const GREATEST: f32 = 64.0;

/// Descriptors that lie side by side in a block.
pub(crate) const LANES: usize = 16;

/// Numbers of a descriptor that lie together in a block: what one instruction multiplies and adds up.
pub(crate) const GROUP: usize = 4;

/// Descriptors of one length, in blocks of [`LANES`]: for each [`GROUP`] of their numbers the numbers of one
/// descriptor after the other. The last block is filled up with zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptors {
    dim: usize,
    count: usize,
    blocks: Vec<i8>,
}

/// Descriptors as they lie in memory, wherever that is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Blocks<'a> {
    pub(crate) dim: usize,
    pub(crate) count: usize,
    pub(crate) blocks: &'a [i8],
}

/// Rounds a unit descriptor into bytes.
pub fn quantise(unit: &[f32], bytes: &mut [i8]) {
    for (value, byte) in unit.iter().zip(bytes) {
        #[expect(clippy::cast_possible_truncation, reason = "cut to -64 to 64")]
        let rounded = (value * UNIT).round().clamp(-GREATEST, GREATEST) as i8;
        *byte = rounded;
    }
}

/// How many bytes the blocks of `count` descriptors take.
pub(crate) fn block_bytes(dim: usize, count: usize) -> usize {
    count.next_multiple_of(LANES) * dim
}

impl Descriptors {
    /// Takes descriptors one after the other, `dim` bytes each; `dim` is a multiple of four. Values lie between -64 and
    /// 64, as [`quantise`] makes them; what lies beyond is cut.
    ///
    /// # Panics
    /// Where `dim` is zero or no multiple of four, or the rows are not whole.
    pub fn from_rows(dim: usize, rows: &[i8]) -> Self {
        assert!(dim > 0 && dim.is_multiple_of(GROUP) && rows.len().is_multiple_of(dim), "whole rows");
        let count = rows.len() / dim;
        let mut blocks = vec![0; block_bytes(dim, count)];
        for (at, row) in rows.chunks_exact(dim).enumerate() {
            for (number, value) in row.iter().enumerate() {
                blocks[place(dim, at, number)] = (*value).clamp(-64, 64);
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

    pub(crate) fn blocks(&self) -> Blocks<'_> {
        Blocks { dim: self.dim, count: self.count, blocks: &self.blocks }
    }
}

impl Blocks<'_> {
    /// The numbers of one descriptor.
    pub(crate) fn row(self, at: usize) -> impl Iterator<Item = i8> {
        (0..self.dim).map(move |number| self.blocks[place(self.dim, at, number)])
    }

    pub(crate) fn to_owned(self) -> Descriptors {
        Descriptors { dim: self.dim, count: self.count, blocks: self.blocks.to_vec() }
    }
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
        let rows: Vec<i8> = (0..20 * 8).map(|i| i8::try_from(i % 127).unwrap_or(0) - 63).collect();
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
        assert_eq!(bytes, [64, -64, 32, 0]);
    }
}
