//! One suite for every runtime: the same questions, the same answers to within 1e-3.

use std::path::Path;
use std::thread;

use half::f16;
use resight_compare::Keypoint;

use super::*;
use crate::architecture::EfficientNetLite;
use crate::bundle::Bundle;
use crate::embed::Embedder as _;
use crate::local::LocalFeatures;
use crate::onnx::{Normalization, read_weights, write_half_network, write_network};
use crate::test_support::{
    available, bundle_of, carried, manifest_input, picture, reference, relative_difference, tiny_bundle,
};
use crate::weights::Weights;

/// How far two runtimes may be from each other, relative to the greatest number.
const TOLERANCE: f64 = 1e-3;

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

/// Patches of many colours with noise, without which the least difference decides which of two equal pixels is the greater:
/// 3 × side × side.
fn patches(side: usize) -> Vec<f32> {
    let mut dice = 7_u32;
    let mut noise = || {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (dice >> 16) as f32 / 65536.0
    };
    let number = |at: usize| {
        let (colour, y, x) = (at / (side * side), at / side % side / 19, at % side / 23);
        (x * x * 37 + y * y * 91 + x * y * 53 + colour * 5) % 224
    };
    (0..3 * side * side).map(|at| (number(at) as f32 + 32.0 * noise()) / 256.0).collect()
}

#[test]
fn runtimes_agree_on_local_features_and_on_the_maps_they_are_read_from() {
    for name in ["xfeat", "rootsift"] {
        let bundle = carried(name);
        let input = patches(bundle.manifest().preprocess.width as usize);
        let maps = |choice| load_network(&bundle, choice, 2).unwrap().run(&input, 1).unwrap();
        let features = |choice| {
            let network = LocalFeatures::load(&bundle, choice, 2).unwrap();
            let row: Vec<f16> = network.embed(&input, 1).unwrap().into_iter().map(f16::from_f32).collect();
            network.form().packed(&row).unwrap().to_features()
        };
        let choices = available();
        let (first_maps, first) = (maps(choices[0]), features(choices[0]));
        assert_eq!(first_maps.len(), bundle.manifest().outputs().count());
        assert_eq!(first.len(), 400, "{name}");
        for choice in &choices[1..] {
            for (one, other) in first_maps.iter().zip(maps(*choice)) {
                let difference = relative_difference(&other.values, &one.values);
                println!("{name}: {} of {choice:?} differs by {difference:.1e}", one.name);
                assert!(difference < TOLERANCE, "{name}: {}: {difference:e}", one.name);
            }
            let other = features(*choice);
            // One place can have several keypoints, each with its own direction.
            let is_there = |(at, place): &(usize, &Keypoint)| {
                let ours = first.descriptors.row(*at);
                other.keypoints.iter().enumerate().filter(|(_, one)| one == place).any(|(there, _)| {
                    ours.iter().zip(other.descriptors.row(there)).all(|(a, b)| (a - b).abs() <= 1)
                })
            };
            let same = first.keypoints.iter().enumerate().filter(is_there).count();
            println!("{name}: {same} of 400 keypoints are the same");
            assert!(same >= 392, "{name}: {same} of 400 keypoints");
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

#[test]
fn runtimes_agree_on_outlines() {
    let bundle = carried("outline");
    let (width, height) = (320, 320);
    // A dark fin with a nick on bright water.
    let is_fin = |x: i32, y: i32| {
        let nick = (30 - 3 * (y - 180).abs()).max(0);
        y > 40 && x > 200 - y / 2 && x < 230 + y * y / 1600 - nick
    };
    let level = |at: usize| {
        let (x, y) = ((at % width) as i32, (at / width % height) as i32);
        let noise = ((x * 7 + y * 13) % 31) as f32 / 255.0;
        if is_fin(x, y) { 0.15 + noise / 3.0 } else { 0.6 + noise }
    };
    let input: Vec<f32> = (0..3 * width * height).map(|at| (level(at) - 0.45) / 0.226).collect();
    let features = |choice| {
        let network = LocalFeatures::load(&bundle, choice, 2).unwrap();
        let row: Vec<f16> = network.embed(&input, 1).unwrap().into_iter().map(f16::from_f32).collect();
        network.form().packed(&row).unwrap().to_features()
    };
    let choices = available();
    let first = features(choices[0]);
    assert!(first.len() > 80, "{}", first.len());
    for choice in &choices[1..] {
        let other = features(*choice);
        let near = |point: &&Keypoint| {
            other.keypoints.iter().any(|one| (one.x - point.x).hypot(one.y - point.y) < 1.0)
        };
        let same = first.keypoints.iter().filter(near).count();
        println!("outline: {same} of {} keypoints are the same with {choice:?}", first.len());
        assert!(same * 10 > first.len() * 9, "{same} of {}", first.len());
    }
}
