//! One pair of crops of 400 keypoints each.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use resight_compare::{
    Comparer, Descriptors, Features, GeometryRule, Keypoint, MatchRule, Room, Rule, quantise,
};

const RULE: Rule = Rule {
    matching: MatchRule { least_cosine: 0.5, ratio: 0.95 },
    geometry: GeometryRule { tolerance: 8.0, greatest_scale: 2.0, greatest_turn: 3.2, trials: 300 },
    either_side: false,
};

fn features(seed: u64, count: usize, dim: usize) -> Features {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u64 << 24) as f32
    };
    let mut bytes = vec![0; count * dim];
    let mut keypoints = Vec::new();
    for row in bytes.chunks_exact_mut(dim) {
        let numbers: Vec<f32> = (0..dim).map(|_| next() - 0.5).collect();
        let length = numbers.iter().map(|n| n * n).sum::<f32>().sqrt();
        quantise(&numbers.iter().map(|n| n / length).collect::<Vec<f32>>(), row);
        keypoints.push(Keypoint { x: next() * 448.0, y: next() * 448.0 });
    }
    Features { keypoints, descriptors: Descriptors::from_rows(dim, &bytes) }
}

fn pairs(criterion: &mut Criterion) {
    for dim in [64, 128] {
        let mut comparer = Comparer::new(&features(1, 400, dim), RULE);
        let room = Room::new(400, dim).expect("multiples");
        let gallery: Vec<Vec<u8>> = (2..102).map(|seed| room.pack(&features(seed, 400, dim))).collect();
        let mut next = gallery.iter().cycle();
        criterion.bench_function(&format!("pair of 400 keypoints of {dim} numbers"), |bencher| {
            bencher.iter(|| {
                let packed = room.read(next.next().expect("it never ends")).expect("just packed");
                black_box(comparer.count(packed))
            });
        });
    }
}

criterion_group!(benches, pairs);
criterion_main!(benches);
