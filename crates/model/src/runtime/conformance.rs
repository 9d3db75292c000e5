//! One suite for every runtime: the same questions, the same answers to within 1e-3.

use std::path::Path;
use std::thread;

use super::*;
use crate::architecture::EfficientNetLite;
use crate::bundle::Bundle;
use crate::onnx::{Normalization, read_weights, write_half_network, write_network};
use crate::test_support::{bundle_of, manifest_input, picture, reference, relative_difference, tiny_bundle};
use crate::weights::Weights;

/// How far two runtimes may be from each other, relative to the greatest number.
const TOLERANCE: f64 = 1e-3;

/// The runtimes of this computer, by the choice that gives them.
fn available() -> Vec<RuntimeChoice> {
    let onnx_runtime = &runtimes()[0];
    if onnx_runtime.available {
        return vec![RuntimeChoice::OnnxRuntime, RuntimeChoice::Rten];
    }
    println!("skipped ONNX Runtime: {}", onnx_runtime.detail);
    vec![RuntimeChoice::Rten]
}

/// `n` pictures, each darker than the one before.
fn pictures(side: usize, n: usize) -> Vec<f32> {
    let first = picture(side);
    (0..n).flat_map(|index| first.iter().map(move |value| value - 0.05 * index as f32)).collect()
}

fn answers(bundle: &Bundle, choice: RuntimeChoice, n: usize) -> Vec<f32> {
    let embedder = load_embedder(bundle, choice, 2).unwrap();
    let side = bundle.manifest().preprocess.width as usize;
    embedder.embed(&pictures(side, n), n).unwrap()
}

#[test]
fn every_runtime_gives_the_reference_embedding() {
    let bundle = bundle_of(&EfficientNetLite::Lite0.architecture());
    for choice in available() {
        let difference =
            relative_difference(&answers(&bundle, choice, 1), &reference("efficientnet-lite0", "seeded"));
        println!("{choice:?}: relative difference to PyTorch {difference:.1e}");
        assert!(difference < 1e-4, "{choice:?}: {difference:e}");
    }
}

#[test]
fn a_network_in_half_precision_answers_as_its_rounded_weights_in_single_precision() {
    let architecture = EfficientNetLite::Lite0.architecture();
    let (folded, weights) = architecture.folded(&architecture.seeded_weights()).unwrap();
    let half = write_half_network(&folded, &weights).unwrap();
    let read = read_weights(half.clone().into()).unwrap();
    let mut rounded = Weights::default();
    for (name, _) in weights.iter() {
        rounded.insert(name.to_owned(), read.get(name).unwrap().clone());
    }
    let single = write_network(&folded, &rounded, Normalization::Separate).unwrap();
    let bundle = |onnx: Vec<u8>| {
        let input = manifest_input(&architecture.name, architecture.side);
        Bundle::from_onnx_bytes(onnx.into(), input, Path::new("memory")).unwrap()
    };
    let (half, single) = (bundle(half), bundle(single));
    for choice in available() {
        let difference = relative_difference(&answers(&half, choice, 2), &answers(&single, choice, 2));
        println!("{choice:?}: half precision differs by {difference:.1e}");
        assert!(difference < 1e-5, "{choice:?}: {difference:e}");
    }
}

#[test]
fn runtimes_agree_on_batches_of_every_size() {
    let bundle = bundle_of(&EfficientNetLite::Lite0.architecture());
    for n in [1, 3, 16] {
        let all: Vec<Vec<f32>> = available().into_iter().map(|choice| answers(&bundle, choice, n)).collect();
        for other in &all[1..] {
            let difference = relative_difference(other, &all[0]);
            println!("batch of {n}: runtimes differ by {difference:.1e}");
            assert!(difference < TOLERANCE, "batch of {n}: {difference:e}");
        }
    }
}

#[test]
fn an_image_has_the_same_embedding_in_any_batch() {
    let bundle = bundle_of(&EfficientNetLite::Lite0.architecture());
    for choice in available() {
        let alone = answers(&bundle, choice, 1);
        for n in [2, 3, 7, 8, 16] {
            let together = answers(&bundle, choice, n);
            let difference = relative_difference(&together[..alone.len()], &alone);
            println!("{choice:?}: alone and in a batch of {n} differ by {difference:.1e}");
            assert!(difference < 1e-5, "{choice:?}: {difference:e}");
        }
    }
}

#[test]
fn the_same_question_has_the_same_answer_to_the_bit() {
    let bundle = tiny_bundle();
    for choice in available() {
        let first = answers(&bundle, choice, 3);
        assert!((0..5).all(|_| answers(&bundle, choice, 3) == first), "{choice:?}");
    }
}

#[test]
fn an_embedder_serves_several_threads() {
    let bundle = tiny_bundle();
    for choice in available() {
        let embedder = load_embedder(&bundle, choice, 1).unwrap();
        let expected = embedder.embed(&pictures(16, 2), 2).unwrap();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        assert_eq!(embedder.embed(&pictures(16, 2), 2).unwrap(), expected);
                    }
                });
            }
        });
    }
}

#[test]
fn batches_of_the_wrong_length_are_refused() {
    let bundle = tiny_bundle();
    for choice in available() {
        let embedder = load_embedder(&bundle, choice, 1).unwrap();
        let error = embedder.embed(&pictures(16, 2), 3).unwrap_err();
        assert!(matches!(error, ModelError::Batch { images: 3, expected: 2304, found: 1536, .. }), "{error}");
        assert!(embedder.embed(&[], 0).unwrap().is_empty());
        assert_eq!(embedder.dimension(), 8);
    }
}

#[test]
fn numbers_that_are_not_finite_come_through() {
    let bundle = tiny_bundle();
    for choice in available() {
        let embedder = load_embedder(&bundle, choice, 1).unwrap();
        let mut images = pictures(16, 2);
        images[..768].fill(f32::INFINITY);
        let rows = embedder.embed(&images, 2).unwrap();
        assert!(rows[8..].iter().all(|value| value.is_finite()), "{choice:?}: one image spoils another");
    }
}

#[test]
fn garbage_is_refused_by_every_runtime() {
    let good = crate::test_support::tiny_onnx();
    let spec = |input, output| NetworkSpec {
        input,
        outputs: vec![output],
        height: 16,
        width: 16,
        threads: 1,
        one_by_one: false,
    };
    let right = spec("image", "embedding");
    for choice in available() {
        let refused = |bytes: &[u8], spec: &NetworkSpec<'_>| {
            load_onnx(bytes, spec, choice, "test").err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert!(load_onnx(&good, &right, choice, "test").is_ok());
        assert!(refused(b"no network at all", &right).contains("cannot load"));
        assert!(refused(b"", &right).contains("cannot load"));
        assert!(refused(&good, &spec("picture", "embedding")).contains("no input `picture`"));
        assert!(refused(&good, &spec("image", "answer")).contains("no output `answer`"));
        for length in (0..good.len()).step_by(97) {
            assert!(refused(&good[..length], &right).contains("cannot load"), "{choice:?}: cut to {length}");
        }
    }
}

#[test]
fn the_status_names_every_runtime_and_says_how_to_get_the_faster_one() {
    let status = runtimes();
    assert_eq!(status.len(), 2);
    assert!(status[0].name.starts_with("ONNX Runtime") && status[1].name.starts_with("rten"));
    assert!(status[1].available);
    assert_eq!(status[0].available, status[0].hint.is_none());
    println!("{status:?}");
}
