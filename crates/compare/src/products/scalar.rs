//! The plain version: what the others must agree with.

use super::Tile;
use crate::descriptors::{Blocks, GROUP, LANES};

/// See [`super::Kernel::products`].
pub(super) fn products(tile: Tile<'_>, gallery: Blocks<'_>, products: &mut [i16]) {
    let (dim, width) = (gallery.dim, gallery.blocks.len() / gallery.dim);
    for ((row, query), offset) in tile.numbers.chunks_exact(dim).enumerate().zip(tile.offsets) {
        for (block, bytes) in gallery.blocks.chunks_exact(LANES * dim).enumerate() {
            let mut sums = [0_i32; LANES];
            for (query, bytes) in query.chunks_exact(GROUP).zip(bytes.chunks_exact(LANES * GROUP)) {
                for (sum, bytes) in sums.iter_mut().zip(bytes.chunks_exact(GROUP)) {
                    let products = query.iter().zip(bytes).map(|(a, b)| i32::from(*a) * i32::from(*b));
                    *sum += products.sum::<i32>();
                }
            }
            let products = &mut products[row * width + block * LANES..][..LANES];
            for (product, sum) in products.iter_mut().zip(sums) {
                #[expect(clippy::cast_possible_truncation, reason = "what is taken off brings it into range")]
                let wrapped = sum as i16;
                *product = wrapped.wrapping_sub(*offset);
            }
        }
    }
}
