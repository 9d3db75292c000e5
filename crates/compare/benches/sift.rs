//! RootSIFT of one crop of 448 × 448 pixels, 400 keypoints, on one thread.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use resight_compare::sift::{Finder, Plane};

const SIDE: usize = 448;

/// Noise of several sizes, as a coat has it: more keypoints than are taken.
fn coat() -> Vec<f32> {
    let noise = |a: usize, b: usize| {
        (a * a * 7919 + b * b * 6007 + a * b * 3571 + a * 101 + b * 57) as f32 % 251.0 / 251.0
    };
    let soft = |x: usize, y: usize, side: usize| {
        let (a, b) = (x / side, y / side);
        let (right, down) = ((x % side) as f32 / side as f32, (y % side) as f32 / side as f32);
        let upper = noise(a, b) * (1.0 - right) + noise(a + 1, b) * right;
        let lower = noise(a, b + 1) * (1.0 - right) + noise(a + 1, b + 1) * right;
        upper * (1.0 - down) + lower * down
    };
    let gray = |at: usize| {
        let (x, y) = (at % SIDE, at / SIDE);
        60.0 * soft(x, y, 5) + 80.0 * soft(x, y, 17) + 100.0 * soft(x, y, 53)
    };
    (0..SIDE * SIDE).map(gray).collect()
}

fn crop(criterion: &mut Criterion) {
    let values = coat();
    let plane = Plane::new(SIDE, SIDE, &values).expect("a square");
    let mut finder = Finder::default();
    assert_eq!(finder.features_of(plane, |_, _| true, 400).len(), 400, "as many keypoints as are taken");
    criterion.bench_function("RootSIFT of 448 × 448 pixels, 400 keypoints", |bencher| {
        bencher.iter(|| black_box(finder.features_of(black_box(plane), |_, _| true, 400)));
    });
}

criterion_group!(benches, crop);
criterion_main!(benches);
