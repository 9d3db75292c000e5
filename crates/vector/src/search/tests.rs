//! Search against the readable version.

use half::f16;
use proptest::prelude::*;

use super::*;

/// Parts, queries, and what is asked of them.
#[derive(Debug, Clone)]
struct Case {
    dim: usize,
    parts: Vec<Vec<f16>>,
    queries: Vec<f32>,
    k: usize,
    metric: Metric,
    admitted: Option<RowFilter>,
}

impl Case {
    fn rows(&self) -> Vec<Rows<'_>> {
        self.parts.iter().map(|values| Rows::new(self.dim, values).unwrap()).collect()
    }

    fn oracle(&self) -> Vec<Vec<Hit>> {
        oracle::search(&self.rows(), &self.queries, self.k, self.metric, self.admitted.as_ref()).unwrap()
    }

    fn answer(&self, kernel: Kernel, threads: usize) -> Vec<Vec<Hit>> {
        let parts = Parts::new(&self.rows()).unwrap();
        let Self { queries, k, metric, admitted, .. } = self;
        let question =
            Question { parts: &parts, queries, k: *k, metric: *metric, admitted: admitted.as_ref() };
        question.answer(kernel, threads)
    }
}

/// Numbers of two kinds: coarse ones, which make many equal scores, and fine ones.
fn number() -> impl Strategy<Value = f32> {
    prop_oneof![(-2..=2_i8).prop_map(f32::from), -1.0..1.0_f32]
}

fn shape() -> impl Strategy<Value = (usize, Vec<usize>, usize)> {
    let counts = prop::collection::vec(prop_oneof![Just(0_usize), 0..300_usize], 1..4);
    (1..70_usize, counts, prop_oneof![0..6_usize, 0..150_usize])
}

prop_compose! {
    fn case()((dim, counts, n_queries) in shape())(
        parts in counts.iter().map(|count| {
            prop::collection::vec(number().prop_map(f16::from_f32), count * dim)
        }).collect::<Vec<_>>(),
        queries in prop::collection::vec(number(), n_queries * dim),
        k in prop_oneof![0..8_usize, 0..1000_usize, Just(usize::MAX)],
        metric in prop_oneof![Just(Metric::Dot), Just(Metric::SquaredEuclidean)],
        bits in prop::option::of(prop::collection::vec(any::<bool>(), counts.iter().sum::<usize>())),
        dim in Just(dim),
    ) -> Case {
        let admitted = bits.map(|bits| RowFilter::from_fn(bits.len() as u64, |row| bits[row as usize]));
        Case { dim, parts, queries, k, metric, admitted }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn search_is_the_readable_version_on_every_kernel_and_any_number_of_threads(case in case()) {
        let expected = case.oracle();
        for kernel in Kernel::available() {
            for threads in [1, 3] {
                prop_assert_eq!(&case.answer(*kernel, threads), &expected, "{:?} on {}", kernel, threads);
            }
        }
        let public = search(&case.rows(), &case.queries, case.k, case.metric, case.admitted.as_ref()).unwrap();
        prop_assert_eq!(public, expected);
    }

    #[test]
    fn a_query_gets_the_same_answer_alone_and_with_others(case in case()) {
        let together = search(&case.rows(), &case.queries, case.k, case.metric, case.admitted.as_ref()).unwrap();
        for (query, expected) in case.queries.chunks_exact(case.dim).zip(together) {
            let alone = search(&case.rows(), query, case.k, case.metric, case.admitted.as_ref()).unwrap();
            prop_assert_eq!(&alone[0], &expected);
        }
    }
}

#[test]
fn a_row_that_is_not_finite_is_never_a_hit() {
    let values = [f16::ONE, f16::NAN, f16::INFINITY, f16::NEG_INFINITY, f16::ZERO];
    let parts = [Rows::new(1, &values).unwrap()];
    for metric in [Metric::Dot, Metric::SquaredEuclidean] {
        for n_queries in [1, 40] {
            for hits in search(&parts, &vec![1.0; n_queries], 9, metric, None).unwrap() {
                assert_eq!(hits.iter().map(|hit| hit.row).collect::<Vec<_>>(), [0, 4]);
            }
        }
    }
}

#[test]
fn the_greatest_numbers_do_not_overflow() {
    let values = [f16::MAX; 4];
    let parts = [Rows::new(2, &values).unwrap()];
    for metric in [Metric::Dot, Metric::SquaredEuclidean] {
        for n_queries in [1, 40] {
            let hits = search(&parts, &vec![1e15; 2 * n_queries], 2, metric, None).unwrap();
            assert!(hits.iter().all(|hits| hits.len() == 2 && hits[0].score.is_finite()));
        }
    }
}

#[test]
fn distances_between_close_points_far_from_the_origin_are_exact() {
    // |q|² + |r|² − 2 q·r in single precision has no right digit here.
    let values: Vec<f16> = (0..40_u8).map(|step| f16::from_f32(1000.0 + f32::from(step))).collect();
    let parts = [Rows::new(1, &values).unwrap()];
    for n_queries in [1, 20] {
        let answers = search(&parts, &vec![1010.0; n_queries], 3, Metric::SquaredEuclidean, None).unwrap();
        for hits in answers {
            let found: Vec<(u64, f32)> = hits.iter().map(|hit| (hit.row, hit.score)).collect();
            assert_eq!(found, [(10, 0.0), (9, -1.0), (11, -1.0)]);
        }
    }
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let values = [f16::ONE; 4];
    let parts = [Rows::new(2, &values).unwrap()];
    let ask = |queries: &[f32], filter: Option<&RowFilter>| search(&parts, queries, 1, Metric::Dot, filter);
    assert_eq!(ask(&[1.0], None), Err(VectorError::RaggedQueries { values: 1, dim: 2 }));
    assert_eq!(ask(&[1.0, f32::NAN], None), Err(VectorError::UnusableQuery { query: 0, position: 1 }));
    assert_eq!(
        ask(&[1.0, 1.0], Some(&RowFilter::all(3))),
        Err(VectorError::FilterLength { filter: 3, rows: 2 })
    );
    assert_eq!(search(&[], &[1.0], 1, Metric::Dot, None), Err(VectorError::NoParts));
    assert_eq!(ask(&[], None), Ok(Vec::new()));
}
