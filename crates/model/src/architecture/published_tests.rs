//! Networks in the naming of the files that people have, against the libraries that made them
//! (`fixtures/reference/model/published_networks.py`).

use std::collections::BTreeMap;
use std::path::Path;

use super::seed::seeded;
use super::*;
use crate::onnx::{Normalization, write_network};
use crate::runtime::load_written;
use crate::test_support::{available, picture, reference, relative_difference};
use crate::weights::Tensor;

/// How far the embedding may be from the library's, relative to its greatest value.
const TOLERANCE: f64 = 1e-4;

/// The cases and the sides of their pictures.
const MEASURED: [(&str, &[usize]); 12] = [
    ("swin-mini", &[32, 64]),
    ("swin-tiny-patch4-window7-224", &[224]),
    ("miewid-mini", &[64, 96]),
    // With weights made by a formula its sixty blocks blow any rounding up: PyTorch in single precision is 0.3 to 0.8 % off itself in double.
    // Names and shapes are compared; what it does is that of `miewid-mini` and `efficientnetv2-rw-t`, which are measured.
    ("miewid-msv3", &[]),
    ("dinov2-mini.hf", &[56]),
    ("dinov2-mini-reg.hf", &[56]),
    ("dinov3-mini.hf", &[64, 96]),
    ("dinov3-vits16.hf", &[64, 160]),
    ("clip-mini.open", &[32]),
    ("clip-mini-quick.open", &[32]),
    ("clip-mini.hf", &[32]),
    ("clip-vit-b32.open", &[224]),
];

/// Names and shapes of the tensors of each case's file.
fn published() -> BTreeMap<String, Vec<(String, Vec<usize>)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/reference/model");
    let text = std::fs::read_to_string(folder.join("published.txt")).unwrap();
    let mut cases: BTreeMap<String, Vec<(String, Vec<usize>)>> = BTreeMap::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [case, name, shape] = words[..] else { panic!("{line}") };
        let shape = shape.split('x').map(|extent| extent.parse().unwrap()).collect();
        cases.entry(case.to_owned()).or_default().push((name.to_owned(), shape));
    }
    cases
}

fn weights_of(tensors: &[(String, Vec<usize>)]) -> Weights {
    let mut weights = Weights::default();
    for (name, shape) in tensors {
        weights.insert(name.clone(), seeded(name, shape.clone()));
    }
    weights
}

#[test]
fn published_files_answer_as_in_the_library_that_made_them() {
    let files = published();
    assert_eq!(files.len(), MEASURED.len());
    for (case, sides) in MEASURED {
        let name = case.split('.').next().unwrap();
        let file = weights_of(&files[case]);
        let told = Architecture::of(&file).map(|found| found.name);
        assert_eq!(told, Some(name.replace("-quick", "")), "{case}");
        for side in sides {
            let architecture = Architecture::named(name).unwrap().with_side(*side);
            let weights = architecture.import(file.clone()).unwrap();
            let onnx = write_network(&architecture, &weights, Normalization::Folded).unwrap();
            let expected = reference(&format!("{case}-{side}"), "seeded");
            for choice in available() {
                let network = load_written(&onnx, *side, choice, 1, name).unwrap();
                let two = [picture(*side), picture(*side).iter().map(|value| -value).collect()].concat();
                let found = network.run(&two, 2).unwrap().remove(0);
                assert_eq!(found.shape, [2, expected.len()], "{case}");
                let difference = relative_difference(&found.values[..expected.len()], &expected);
                println!("{case} at {side} in {choice:?}: relative difference {difference:.1e}");
                assert!(difference < TOLERANCE, "{case} at {side} in {choice:?}: {difference:e}");
            }
        }
    }
}

#[test]
fn swin_files_of_old_and_what_is_put_before_and_beside_names_are_understood() {
    let files = published();
    let tensors = &files["swin-mini"];
    let architecture = Swin::Mini.architecture();
    let expected = architecture.import(weights_of(tensors)).unwrap();
    let mut old = Weights::default();
    for (name, shape) in tensors {
        let tensor = seeded(name, shape.clone());
        let earlier = name.replace("layers.1.downsample", "layers.0.downsample");
        old.insert(format!("module.{earlier}"), tensor);
    }
    old.insert("module.head.fc.weight".to_owned(), seeded("head.fc.weight", vec![9, 32]));
    old.insert("module.optimizer.layers.0.exp_avg".to_owned(), seeded("x.weight", vec![7]));
    assert_eq!(Architecture::of(&old), Some(architecture.clone()));
    let imported = architecture.import(old).unwrap();
    for (name, _) in architecture.tensors() {
        assert_eq!(imported.get(&name), expected.get(&name), "{name}");
    }
    // What is not there is missed, whatever else is.
    let mut short = weights_of(tensors);
    short.take("layers.1.downsample.norm.weight");
    assert_eq!(Architecture::of(&short), None);
}

#[test]
fn a_tower_is_found_beside_that_for_texts_and_registers_without_a_place_for_the_class_token() {
    let files = published();
    let mut clip = weights_of(&files["clip-mini.open"]);
    for (name, shape) in [
        ("positional_embedding", vec![77, 32]),
        ("text_projection", vec![32, 24]),
        ("transformer.resblocks.0.ln_1.weight", vec![32]),
        ("logit_scale", vec![1]),
    ] {
        clip.insert(name.to_owned(), seeded(name, shape));
    }
    assert_eq!(Architecture::of(&clip).unwrap().name, "clip-mini");

    // timm's DINOv2 with registers: positions of patches alone.
    let architecture = DinoV2::Mini.architecture(true);
    let mut timms = architecture.seeded_weights();
    let registers = timms.take("register_tokens").unwrap();
    timms.insert("reg_token".to_owned(), registers);
    let positions = timms.take("pos_embed").unwrap();
    let patches = Tensor { shape: vec![1, 16, 32], values: positions.values[32..].to_vec() };
    timms.insert("pos_embed".to_owned(), patches);
    assert_eq!(Architecture::of(&timms).unwrap().name, "dinov2-mini-reg");
    let imported = architecture.import(timms).unwrap();
    let found = &imported.get("pos_embed").unwrap().values;
    assert!(found[..32].iter().all(|value| *value == 0.0));
    assert_eq!(found[32..], positions.values[32..]);
}
