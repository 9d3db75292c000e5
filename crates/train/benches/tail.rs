//! The last stages of EfficientNet-Lite0 forward and back, by the stage at which they begin and by the photos of a
//! batch. Beside plain matrix products: `cargo run --release -p resight-train --example tail_speed`.

#![allow(missing_docs, reason = "the macros of criterion make undocumented items")]

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use half::f16;
use resight_model::EfficientNetLite;
use resight_train::tail::{FastTail, Workspace};

fn stages(criterion: &mut Criterion) {
    for stage in ["stage4", "stage5", "stage6"] {
        let (before, after) = EfficientNetLite::Lite0.architecture().parts(stage).expect("the stage exists");
        let (folded, weights) = after.folded(&after.seeded_weights()).expect("the weights are its own");
        let tail =
            FastTail::plan(&folded.layers, before.output_shape([3, 224, 224])).expect("the layers are known");
        let tensors: BTreeMap<String, Vec<f32>> =
            weights.iter().map(|(name, tensor)| (name.to_owned(), tensor.values.clone())).collect();
        let number = |place: usize| ((place * 7919) % 1000) as f32 / 500.0 - 1.0;
        let photo: Vec<f16> = (0..tail.features()).map(|place| f16::from_f32(number(place))).collect();
        let mut group = criterion.benchmark_group(stage);
        for photos in [32, 64] {
            let features = vec![photo.as_slice(); photos];
            let gradient: Vec<f32> = (0..photos * tail.dimension()).map(number).collect();
            let mut workspace = Workspace::default();
            group.throughput(Throughput::Elements(photos as u64));
            group.bench_function(format!("{photos} photos"), |bencher| {
                bencher.iter(|| {
                    tail.forward(&tensors, &features, &mut workspace).expect("the tensors fit");
                    black_box(tail.backward(&tensors, &gradient, &mut workspace).expect("the gradient fits"));
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, stages);
criterion_main!(benches);
