//! Scan against the readable score.

use half::f16;
use proptest::prelude::*;

use super::*;
use crate::oracle;

/// All scores of a scan, queries × rows, put together from its blocks.
fn collect(threads: usize, kernel: Kernel, metric: Metric, rows: &[Rows<'_>], queries: &[f32]) -> Vec<f32> {
    let parts = Parts::new(rows).unwrap();
    let scorer = Scorer::new(kernel, metric, queries, parts.dim());
    let all_rows = parts.len() as usize;
    let mut all = vec![f32::NAN; all_rows * scorer.n_queries()];
    let mut next = 0;
    scan_on(threads, &parts, &scorer, |first, n_rows, scores| {
        assert_eq!(first, next, "blocks come in order");
        next += n_rows as u64;
        for (query, scores) in scores.chunks_exact(n_rows).enumerate() {
            all[query * all_rows + first as usize..][..n_rows].copy_from_slice(scores);
        }
    });
    assert_eq!(next, parts.len());
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_score_is_shown_once_and_in_order(
        dim in 1..40_usize,
        counts in prop::collection::vec(0..1500_usize, 1..4),
        n_queries in prop_oneof![1..6_usize, 1..200_usize],
        metric in prop_oneof![Just(Metric::Dot), Just(Metric::SquaredEuclidean)],
    ) {
        let wave = |at: usize| ((at * 7919 % 10_007) as f32 / 5000.0) - 1.0;
        let values: Vec<f16> = (0..counts.iter().sum::<usize>() * dim).map(|at| f16::from_f32(wave(at))).collect();
        let queries: Vec<f32> = (0..n_queries * dim).map(|at| wave(at + 3)).collect();
        let mut rest = values.as_slice();
        let mut rows = Vec::new();
        for count in counts {
            let (part, behind) = rest.split_at(count * dim);
            rows.push(Rows::new(dim, part).unwrap());
            rest = behind;
        }
        for kernel in Kernel::available() {
            let scores = collect(1, *kernel, metric, &rows, &queries);
            prop_assert_eq!(&collect(3, *kernel, metric, &rows, &queries), &scores);
            let n_rows = values.len() / dim;
            for (at, score) in scores.iter().enumerate().step_by(17) {
                let query = &queries[at / n_rows * dim..][..dim];
                let expected = oracle::score(query, &values[at % n_rows * dim..][..dim], metric);
                prop_assert!((f64::from(*score) - expected).abs() < 1e-5 * dim as f64);
            }
        }
    }
}

#[test]
fn the_public_scan_agrees_with_the_readable_score_and_refuses_bad_queries() {
    let values: Vec<f16> = (0..30_000_u32).map(|value| f16::from_f32((value % 97) as f32)).collect();
    let parts = [Rows::new(100, &values).unwrap()];
    let queries: Vec<f32> = (0..6400_u32).map(|value| (value % 89) as f32).collect();
    let mut seen = 0;
    scan(&parts, &queries, Metric::Dot, |first, n_rows, scores| {
        for (at, score) in scores.iter().enumerate() {
            let row = parts[0].row(first as usize + at % n_rows);
            let query = &queries[at / n_rows * 100..][..100];
            assert_eq!(f64::from(*score), oracle::score(query, row, Metric::Dot));
        }
        seen += scores.len();
    })
    .unwrap();
    assert_eq!(seen, 300 * 64);
    let refused = scan(&parts, &[f32::NAN; 100], Metric::Dot, |_, _, _| panic!("nothing to show"));
    assert_eq!(refused, Err(VectorError::UnusableQuery { query: 0, position: 0 }));
    scan(&parts, &[], Metric::Dot, |_, _, _| panic!("nothing to show")).unwrap();
}

#[test]
fn a_panic_of_the_visitor_ends_the_scan() {
    let values = vec![f16::ONE; 200_000];
    let parts = [Rows::new(10, &values).unwrap()];
    let parts = Parts::new(&parts).unwrap();
    let scorer = Scorer::new(Kernel::best(), Metric::Dot, &[1.0; 640], 10);
    let visit = std::panic::AssertUnwindSafe(|| scan_on(2, &parts, &scorer, |_, _, _| panic!("enough")));
    assert!(std::panic::catch_unwind(visit).is_err());
}
