//! How long it takes to load EfficientNet-Lite0 and to embed with it, on two threads, in every runtime that is
//! there; to match local features of two crops; and to read its weights, where `RESIGHT_WEIGHT_FILE` names the file.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use resight_compare::{Descriptors, Features, Keypoint};
use resight_model::onnx::{Normalization, write_network};
use resight_model::{
    Bundle, EfficientNetLite, LocalMatcher, ManifestInput, Purpose, RuntimeChoice, Weights, load_embedder,
    runtimes,
};
use resight_testkit::bundles::preprocess;

const THREADS: usize = 2;
const SIDE: u32 = 224;

fn bundle() -> Bundle {
    let architecture = EfficientNetLite::Lite0.architecture();
    let onnx = write_network(&architecture, &architecture.seeded_weights(), Normalization::Folded).unwrap();
    let input = ManifestInput::new("bench", Purpose::Embedder, preprocess(SIDE, SIDE), "CC0-1.0");
    Bundle::from_onnx_bytes(onnx.into(), input, Path::new("memory")).unwrap()
}

fn choices() -> Vec<RuntimeChoice> {
    let mut choices = vec![RuntimeChoice::Rten];
    choices.extend(runtimes()[0].available.then_some(RuntimeChoice::OnnxRuntime));
    choices
}

fn embedding(criterion: &mut Criterion) {
    let bundle = bundle();
    let mut group = criterion.benchmark_group("embed");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(4));
    for choice in choices() {
        let embedder = load_embedder(&bundle, choice, THREADS).unwrap();
        for n in [1_usize, 16] {
            let batch = vec![0.5_f32; n * 3 * (SIDE * SIDE) as usize];
            group.throughput(Throughput::Elements(n as u64));
            group.bench_function(format!("{choice:?}/batch-{n}"), |bencher| {
                bencher.iter(|| embedder.embed(black_box(&batch), n).unwrap());
            });
        }
    }
}

fn loading(criterion: &mut Criterion) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("bundle");
    bundle().write(&folder).unwrap();
    let mut group = criterion.benchmark_group("load");
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    group.bench_function("open-bundle", |bencher| bencher.iter(|| Bundle::open(&folder).unwrap()));
    let opened = Bundle::open(&folder).unwrap().vouched();
    for choice in choices() {
        group.bench_function(format!("{choice:?}/network"), |bencher| {
            bencher.iter(|| load_embedder(&opened, choice, THREADS).unwrap());
        });
    }
    if let Some(path) = std::env::var_os("RESIGHT_WEIGHT_FILE") {
        group.bench_function("weight-file", |bencher| {
            bencher.iter(|| Weights::read(Path::new(&path)).unwrap())
        });
    }
}

/// A crop with so many keypoints, all in other places, with descriptors in other directions.
fn features(count: u16) -> Features {
    let bytes = (0..i32::from(count) * 64).map(|at| ((at * 7919 + at / 64 * 31) % 41 - 20) as i8);
    let keypoints =
        (0..count).map(|at| Keypoint { x: f32::from(at * 37 % 448), y: f32::from(at * 91 % 448) });
    Features {
        keypoints: keypoints.collect(),
        descriptors: Descriptors::from_rows(64, &bytes.collect::<Vec<i8>>()),
    }
}

fn matching(criterion: &mut Criterion) {
    let carried = |name| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/bundles").join(name);
        Bundle::open(&folder).unwrap().vouched()
    };
    let (bundle, local) = (carried("lighterglue"), carried("xfeat"));
    let mut group = criterion.benchmark_group("match");
    group.sample_size(20).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(5));
    for choice in choices() {
        let matcher = LocalMatcher::load(&bundle, local.manifest(), choice, THREADS).unwrap();
        for keypoints in [200, 400] {
            let crop = features(keypoints);
            group.bench_function(format!("{choice:?}/{keypoints}-keypoints"), |bencher| {
                bencher.iter(|| matcher.evidence(black_box(&crop), black_box(&crop)).unwrap());
            });
        }
    }
}

criterion_group!(benches, embedding, loading, matching);
criterion_main!(benches);
