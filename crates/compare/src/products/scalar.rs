//! The plain version: what the others must agree with.

use super::TILE;
use crate::descriptors::{Blocks, GROUP, LANES};

/// See [`super::Kernel::products`].
pub(super) fn products(tile: &[u8], gallery: Blocks<'_>, offsets: &[i16], products: &mut [i16]) {
    let (dim, width) = (gallery.dim, offsets.len());
    for (row, query) in tile.chunks_exact(dim).enumerate() {
        for (block, numbers) in gallery.blocks.chunks_exact(LANES * dim).enumerate() {
            let mut sums = [0_i32; LANES];
            for (query, numbers) in query.chunks_exact(GROUP).zip(numbers.chunks_exact(LANES * GROUP)) {
                for (sum, numbers) in sums.iter_mut().zip(numbers.chunks_exact(GROUP)) {
                    *sum += query
                        .iter()
                        .zip(numbers)
                        .map(|(a, b)| i32::from((a ^ 0x80).cast_signed()) * i32::from(*b))
                        .sum::<i32>();
                }
            }
            let products = &mut products[row * width + block * LANES..][..LANES];
            for (product, sum) in products.iter_mut().zip(sums) {
                // A product of two of length 127 or little more fits.
                *product = i16::try_from(sum).unwrap_or(i16::MAX);
            }
        }
    }
    debug_assert_eq!(products.len(), TILE * width);
}
