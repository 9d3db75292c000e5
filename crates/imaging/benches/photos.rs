//! Decoding at full and reduced size, and preparing a network's input, for one synthetic photo.

#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use resight_core::ImageSize;
use resight_imaging::{DecodeSize, Limits, decode, encode_jpeg, perceptual_hash};
use resight_testkit::bundles::preprocess;
use resight_testkit::photos::scene;

const FULL: ImageSize = ImageSize { width: 1600, height: 1200 };

fn decoding(criterion: &mut Criterion) {
    let photo = encode_jpeg(&scene(FULL.width, FULL.height, 1), 90).unwrap();
    let limits = Limits::default();
    let mut group = criterion.benchmark_group("decode 1600x1200");
    group.throughput(Throughput::Elements(1));
    for (name, width, height) in
        [("1/8", 200, 150), ("1/4", 400, 300), ("1/2", 800, 600), ("full", 1600, 1200)]
    {
        let wish = DecodeSize::AtLeast(ImageSize { width, height });
        group.bench_function(name, |bencher| {
            bencher.iter(|| decode(black_box(&photo), &limits, wish).unwrap())
        });
    }
    group.finish();
}

fn preparing(criterion: &mut Criterion) {
    let photo = encode_jpeg(&scene(FULL.width, FULL.height, 1), 90).unwrap();
    let (limits, preprocess) = (Limits::default(), preprocess(224, 224));
    let wish = preprocess.decode_size(FULL, None);
    let decoded = decode(&photo, &limits, wish).unwrap();
    let mut input = vec![0.0; preprocess.input_len()];
    criterion.bench_function("network input from 400x300", |bencher| {
        bencher.iter(|| preprocess.apply(black_box(&decoded.image), None, FULL, &mut input).unwrap());
    });
    criterion.bench_function("perceptual hash of 400x300", |bencher| {
        bencher.iter(|| perceptual_hash(black_box(&decoded.image)));
    });
}

criterion_group!(benches, decoding, preparing);
criterion_main!(benches);
