//! Times of search and scan for shapes that a catalog has.

#![allow(missing_docs, reason = "the macros of criterion make undocumented items")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use resight_vector::{Metric, RowFilter, Rows, f16, scan, search};

const ROWS: usize = 50_000;
const DIM: usize = 512;

/// Numbers of no meaning: the time does not depend on them.
fn wave(count: usize) -> impl Iterator<Item = f32> {
    (0..count).map(|at| ((at * 7919) % 10_007) as f32 / 5000.0 - 1.0)
}

fn batches(criterion: &mut Criterion) {
    let values: Vec<f16> = wave(ROWS * DIM).map(f16::from_f32).collect();
    let rows = [Rows::new(DIM, &values).expect("whole rows")];
    let queries: Vec<f32> = wave(64 * DIM).collect();
    let mut group = criterion.benchmark_group("50,000 x 512");
    for (n_queries, metric) in [
        (1, Metric::Dot),
        (4, Metric::Dot),
        (16, Metric::Dot),
        (64, Metric::Dot),
        (64, Metric::SquaredEuclidean),
    ] {
        let asked = &queries[..n_queries * DIM];
        group.throughput(Throughput::Elements((ROWS * n_queries) as u64));
        group.bench_function(BenchmarkId::new(format!("search {metric:?}"), n_queries), |bencher| {
            bencher.iter(|| black_box(search(&rows, asked, 5, metric, None)));
        });
    }
    group.bench_function("scan Dot/64", |bencher| {
        bencher.iter(|| {
            scan(&rows, &queries, Metric::Dot, |_, _, scores| {
                black_box(scores[0]);
            })
        });
    });
    let tenth = RowFilter::from_fn(ROWS as u64, |row| row % 10 == 0);
    group.bench_function("search Dot, a tenth of the rows/1", |bencher| {
        bencher.iter(|| black_box(search(&rows, &queries[..DIM], 5, Metric::Dot, Some(&tenth))));
    });
    group.finish();
}

criterion_group!(benches, batches);
criterion_main!(benches);
