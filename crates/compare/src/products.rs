//! Products of descriptors, many at once: nearly all time of a comparison is spent here.
//!
//! The kernels take the query's numbers unsigned (128 more), for that is what the instructions multiply fastest, and take
//! 128 times the sum of the gallery's numbers off again. Sums of 16 bits may wrap on the way; the result fits, so
//! what comes out is exact, and the same with every kernel.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod scalar;
#[cfg(test)]
mod tests;

use crate::descriptors::{Blocks, GROUP, LANES};

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

/// A query's descriptors as the kernels take them: unsigned, in tiles of [`TILE`] rows, filled up with zeros.
#[derive(Debug, Clone)]
pub(crate) struct QueryRows {
    pub(crate) dim: usize,
    pub(crate) count: usize,
    /// Rows × dim, row after row.
    bytes: Vec<u8>,
}

impl QueryRows {
    pub(crate) fn of(query: Blocks<'_>) -> Self {
        let mut bytes = Vec::with_capacity(query.count.next_multiple_of(TILE) * query.dim);
        for at in 0..query.count {
            bytes.extend(query.row(at).map(|value| value.cast_unsigned() ^ 0x80));
        }
        bytes.resize(query.count.next_multiple_of(TILE) * query.dim, 0x80);
        Self { dim: query.dim, count: query.count, bytes }
    }

    pub(crate) fn tiles(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.chunks_exact(TILE * self.dim)
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
            if avx2 && is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni") {
                return &[Self::Vnni, Self::Avx2, Self::Scalar];
            }
            if avx2 {
                return &[Self::Avx2, Self::Scalar];
            }
        }
        &[Self::Scalar]
    }

    /// 128 times the sum of each descriptor's numbers, as 16 bits that wrap around.
    pub(crate) fn offsets(gallery: Blocks<'_>, offsets: &mut Vec<i16>) {
        offsets.clear();
        for block in gallery.blocks.chunks_exact(LANES * gallery.dim) {
            let mut sums = [0_i16; LANES];
            for group in block.chunks_exact(LANES * GROUP) {
                for (sum, numbers) in sums.iter_mut().zip(group.chunks_exact(GROUP)) {
                    *sum += numbers.iter().map(|number| i16::from(*number)).sum::<i16>();
                }
            }
            offsets.extend(sums.map(|sum| sum.wrapping_mul(128)));
        }
    }

    /// The products of a tile of query rows with every descriptor of the gallery.
    ///
    /// `tile` is [`TILE`] × dim, `products` [`TILE`] × the gallery's count filled up to whole blocks.
    #[expect(unsafe_code, reason = "instructions that not every processor has")]
    pub(crate) fn products(self, tile: &[u8], gallery: Blocks<'_>, offsets: &[i16], products: &mut [i16]) {
        let width = offsets.len();
        assert_eq!(tile.len(), TILE * gallery.dim);
        assert_eq!(gallery.blocks.len(), width * gallery.dim);
        assert_eq!(products.len(), TILE * width);
        assert!(width.is_multiple_of(LANES) && gallery.dim.is_multiple_of(GROUP));
        match self {
            // SAFETY: `available` saw that this processor has the instructions; the lengths were checked above.
            #[cfg(target_arch = "x86_64")]
            Self::Vnni => unsafe { avx512::products(tile, gallery, offsets, products) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { avx2::products(tile, gallery, offsets, products) },
            Self::Scalar => scalar::products(tile, gallery, offsets, products),
        }
    }
}
