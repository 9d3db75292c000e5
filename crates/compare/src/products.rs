//! Products of descriptors, many at once: nearly all time of a comparison is spent here.
//!
//! The gallery's bytes hold 64 more than the number, for unsigned times signed is what the instructions multiply fastest; 64
//! times the sum of the query's numbers is taken off again. Sums of 16 bits may wrap on the way; the result fits, so what
//! comes out is exact, and the same with every kernel.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod nearest;
mod scalar;
#[cfg(test)]
mod tests;

use crate::descriptors::{Blocks, GROUP, LANES, ZERO};

pub(crate) use self::nearest::{Columns, Nearest};

/// Rows of the query that are multiplied together.
pub(crate) const TILE: usize = 6;

/// The instructions that are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kernel {
    /// 64 products of bytes at a time, on x86-64 processors with VNNI.
    #[cfg(target_arch = "x86_64")]
    Vnni,
    /// 32 at a time, on x86-64 processors of the last decade.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Plain Rust, everywhere.
    Scalar,
}

/// A query's descriptors as the kernels take them: in tiles of [`TILE`] rows, filled up with zeros.
#[derive(Debug, Clone)]
pub(crate) struct QueryRows {
    pub(crate) dim: usize,
    pub(crate) count: usize,
    /// Rows × dim, row after row.
    numbers: Vec<i8>,
    /// 64 times the sum of each row, as 16 bits that wrap around.
    offsets: Vec<i16>,
}

/// Some rows of a query.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tile<'a> {
    /// [`TILE`] × dim.
    numbers: &'a [i8],
    /// What is taken off the products of each row.
    offsets: &'a [i16],
}

impl QueryRows {
    pub(crate) fn of(query: Blocks<'_>) -> Self {
        let rows = query.count.next_multiple_of(TILE);
        let mut numbers: Vec<i8> = (0..query.count).flat_map(|at| query.row(at)).collect();
        numbers.resize(rows * query.dim, 0);
        let sum = |row: &[i8]| row.iter().fold(0_i16, |sum, number| sum.wrapping_add(i16::from(*number)));
        let times = i16::from(ZERO);
        let offsets = numbers.chunks_exact(query.dim).map(|row| sum(row).wrapping_mul(times)).collect();
        Self { dim: query.dim, count: query.count, numbers, offsets }
    }

    pub(crate) fn tiles(&self) -> impl Iterator<Item = Tile<'_>> {
        let numbers = self.numbers.chunks_exact(TILE * self.dim);
        numbers.zip(self.offsets.chunks_exact(TILE)).map(|(numbers, offsets)| Tile { numbers, offsets })
    }
}

impl Kernel {
    /// The fastest kernel of this machine.
    pub(crate) fn best() -> Self {
        Self::available()[0]
    }

    /// The kernels that this machine can run, the fastest first.
    pub(crate) fn available() -> &'static [Self] {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        {
            let avx2 = is_x86_feature_detected!("avx2");
            let avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl");
            if avx2 && avx512 && is_x86_feature_detected!("avx512vnni") {
                return &[Self::Vnni, Self::Avx2, Self::Scalar];
            }
            if avx2 {
                return &[Self::Avx2, Self::Scalar];
            }
        }
        &[Self::Scalar]
    }

    /// The products of a tile of query rows with every descriptor of the gallery.
    ///
    /// `products` is [`TILE`] × the gallery's count filled up to whole blocks.
    #[expect(unsafe_code, reason = "instructions that not every processor has")]
    pub(crate) fn products(self, tile: Tile<'_>, gallery: Blocks<'_>, products: &mut [i16]) {
        let width = gallery.count.next_multiple_of(LANES);
        assert_eq!(tile.numbers.len(), TILE * gallery.dim);
        assert_eq!(tile.offsets.len(), TILE);
        assert_eq!(gallery.blocks.len(), width * gallery.dim);
        assert_eq!(products.len(), TILE * width);
        assert!(gallery.dim.is_multiple_of(GROUP));
        match self {
            // SAFETY: `available` saw that this processor has the instructions; the lengths were checked above.
            #[cfg(target_arch = "x86_64")]
            Self::Vnni => unsafe { avx512::products(tile, gallery, products) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { avx2::products(tile, gallery, products) },
            Self::Scalar => scalar::products(tile, gallery, products),
        }
    }

    /// Looks at one row of products: which is the greatest of it, and of which columns it is the greatest so far. The
    /// greatest is written over. There is at least one.
    #[expect(unsafe_code, reason = "instructions that not every processor has")]
    pub(crate) fn look(self, products: &mut [i16], row: u16, columns: &mut Columns) -> Nearest {
        match self {
            // SAFETY: `available` saw that this processor has the instructions.
            #[cfg(target_arch = "x86_64")]
            Self::Vnni => unsafe { avx512::look(products, row, columns) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { avx2::look(products, row, columns) },
            Self::Scalar => nearest::look(products, row, columns),
        }
    }
}
