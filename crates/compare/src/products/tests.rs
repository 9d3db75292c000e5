//! Every kernel beside the plain products.

use proptest::prelude::*;

use super::{Kernel, QueryRows, TILE};
use crate::Descriptors;
use crate::made_up::unit_rows;

/// Every product of two sets, by a kernel.
fn all(kernel: Kernel, query: &Descriptors, gallery: &Descriptors) -> Vec<i16> {
    let width = gallery.len().next_multiple_of(16);
    let rows = QueryRows::of(query.blocks());
    let mut products = Vec::new();
    for tile in rows.tiles() {
        let mut some = vec![0; TILE * width];
        kernel.products(tile, gallery.blocks(), &mut some);
        products.extend(some);
    }
    products
}

proptest! {
    #[test]
    fn every_kernel_gives_the_plain_products(
        groups in 1_usize..40, seed: u64, n_query in 1_usize..20, n_gallery in 1_usize..40,
    ) {
        let (query, gallery) = (unit_rows(4 * groups, seed, n_query), unit_rows(4 * groups, !seed, n_gallery));
        let width = n_gallery.next_multiple_of(16);
        let plain = |row: usize, column: usize| -> i32 {
            query.blocks().row(row).zip(gallery.blocks().row(column)).map(|(a, b)| i32::from(a) * i32::from(b)).sum()
        };
        for kernel in Kernel::available() {
            let products = all(*kernel, &query, &gallery);
            for row in 0..n_query {
                for column in 0..n_gallery {
                    prop_assert_eq!(i32::from(products[row * width + column]), plain(row, column));
                }
            }
        }
    }
}

#[test]
fn the_greatest_numbers_do_not_saturate() {
    // Alternating signs at the greatest size: sums on the way wrap around, the result is exact.
    for (a, b) in [(59, 59), (-59, 59), (59, -59), (-59, -59)] {
        let query = Descriptors::from_rows(4, &[a, a, 0, 0]);
        let gallery = Descriptors::from_rows(4, &[b, b, 0, 0]);
        for kernel in Kernel::available() {
            assert_eq!(i32::from(all(*kernel, &query, &gallery)[0]), 2 * i32::from(a) * i32::from(b));
        }
    }
}
