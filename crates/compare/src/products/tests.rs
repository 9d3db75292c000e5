//! Every kernel beside the plain products.

use proptest::prelude::*;

use super::{Kernel, QueryRows, TILE};
use crate::Descriptors;
use crate::made_up::{Dice, unit_rows};

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

/// Rows of 128 numbers that are none below zero, as RootSIFT's are; `spread` of them are not zero.
fn rooted(spread: usize, seed: u64, count: usize) -> Descriptors {
    let mut dice = Dice(seed | 1);
    let mut bytes = Vec::new();
    for _ in 0..count {
        let shares: Vec<f32> = (0..128).map(|at| if at < spread { 0.5 + dice.next() } else { 0.0 }).collect();
        let sum: f32 = shares.iter().sum();
        let mut row = vec![0; 128];
        crate::quantise(&shares.iter().map(|share| (share / sum).sqrt()).collect::<Vec<f32>>(), &mut row);
        bytes.extend(row);
    }
    Descriptors::from_rows(128, &bytes)
}

#[test]
fn products_of_long_descriptors_without_signs_are_exact() {
    for spread in [1, 4, 8, 60, 120, 128] {
        let (query, gallery) = (rooted(spread, 5, 13), rooted(spread, 11, 37));
        for kernel in Kernel::available() {
            let products = all(*kernel, &query, &gallery);
            for row in 0..query.len() {
                for column in 0..gallery.len() {
                    let (one, other) = (query.row(row), gallery.row(column));
                    let plain: i32 = one.iter().zip(other).map(|(a, b)| i32::from(*a) * i32::from(b)).sum();
                    assert_eq!(i32::from(products[row * 48 + column]), plain);
                }
            }
        }
    }
}

#[test]
fn however_a_unit_descriptor_is_rounded_its_product_fits() {
    // Half a unit up in each of 128 numbers, the most that rounding adds to a length of 127: √128 / 2.
    let longest = 127.0 + 128.0_f32.sqrt() / 2.0;
    assert!(longest * longest < f32::from(i16::MAX));
    // 11.5 and 3.5 rounded up: as long as a unit descriptor may become.
    let row = [[12; 120].as_slice(), &[4; 8]].concat();
    let up = Descriptors::from_rows(128, &row);
    let squared: i32 = row.iter().map(|n| i32::from(*n).pow(2)).sum();
    for kernel in Kernel::available() {
        assert_eq!(i32::from(all(*kernel, &up, &up)[0]), squared);
    }
}
