//! The larger families against timm (`fixtures/reference/model/timm_networks.py`).

use std::fmt::Write as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::*;
use crate::onnx::{Normalization, write_network};
use crate::runtime::load_written;
use crate::test_support::{available, picture, reference, relative_difference};
use crate::weights::Tensor;

/// How far the embedding may be from timm's, relative to its greatest value.
const TOLERANCE: f64 = 1e-4;

/// Networks with a reference embedding, and the side of its picture.
const MEASURED: [(&str, usize); 12] = [
    ("resnet-mini", 64),
    ("resnet18", 64),
    ("efficientnetv2-mini", 64),
    ("efficientnetv2-b0", 96),
    ("efficientnetv2-rw-t", 96),
    ("convnext-mini", 64),
    ("convnext-atto", 96),
    ("dinov2-mini", 56),
    ("dinov2-mini-reg", 56),
    ("dinov2-vits14", 56),
    ("dinov2-vits14-reg", 56),
    ("efficientnet-lite0", 224),
];

#[test]
fn seeded_networks_agree_with_timm_in_every_runtime() {
    for (name, side) in MEASURED {
        let architecture = Architecture::named(name).unwrap().with_side(side);
        let onnx =
            write_network(&architecture, &architecture.seeded_weights(), Normalization::Folded).unwrap();
        let expected = reference(name, "seeded");
        assert_eq!(architecture.dimension, expected.len(), "{name}");
        for choice in available() {
            let network = load_written(&onnx, side, choice, 1, name).unwrap();
            let two = [picture(side), picture(side).iter().map(|value| -value).collect()].concat();
            let found = network.run(&two, 2).unwrap().remove(0);
            assert_eq!(found.shape, [2, expected.len()]);
            let difference = relative_difference(&found.values[..expected.len()], &expected);
            println!("{name} in {choice:?}: relative difference {difference:.1e}");
            assert!(difference < TOLERANCE, "{name} in {choice:?}: {difference:e}");
        }
    }
}

#[test]
fn names_and_shapes_of_all_tensors_are_timms() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/reference/model");
    let listed = std::fs::read_to_string(folder.join("tensors.txt")).unwrap();
    // The others have tests of their own: Lite, and those in the naming of published files.
    let timms = |architecture: &Architecture| {
        ["resnet", "efficientnetv2", "convnext", "dinov2"]
            .iter()
            .any(|family| architecture.name.starts_with(family))
    };
    assert_eq!(listed.lines().count(), Architecture::all().filter(timms).count());
    for line in listed.lines() {
        let name = line.split(' ').next().unwrap();
        let architecture = Architecture::named(name).unwrap();
        let is_transformer = name.starts_with("dinov2");
        let architecture = if is_transformer { architecture.with_side(56) } else { architecture };
        let mut tensors: Vec<_> = architecture.tensors().collect();
        tensors.sort();
        let mut text = String::new();
        for (name, shape) in &tensors {
            let extents: Vec<String> = shape.iter().map(usize::to_string).collect();
            writeln!(text, "{name} {}", extents.join("x")).unwrap();
        }
        let digest: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(format!("{name} {} {digest}", tensors.len()), line, "{text}");
    }
}

/// Weights of the right names and shapes, without numbers.
fn hollow(architecture: &Architecture) -> Weights {
    let mut weights = Weights::default();
    for (name, shape) in architecture.tensors() {
        weights.insert(name, Tensor { shape, values: Vec::new() });
    }
    weights
}

#[test]
fn architectures_are_told_by_their_tensors() {
    for architecture in Architecture::all() {
        // No tensor tells how the activation is computed.
        let told = architecture.name.replace("-quick", "");
        let found = Architecture::of(&hollow(&architecture)).map(|found| found.name);
        assert_eq!(found.as_ref(), Some(&told));
        // Twice the side is one that every network takes, whatever its patches and windows.
        let other = architecture.with_side(2 * architecture.side);
        let other_side = Architecture::of(&hollow(&other)).map(|found| found.name);
        assert_eq!(other_side, Some(told), "{}", other.side);
    }
    assert_eq!(Architecture::of(&Weights::default()), None);
}

#[test]
fn positions_are_interpolated_as_the_original_does() {
    let expected = reference("dinov2", "positions");
    let mut expected = expected.as_slice();
    let tokens = |registers: bool, side| {
        let registers = registers.then(|| ("registers".to_owned(), 4));
        let (class, positions) = ("class".to_owned(), Some("pos_embed".to_owned()));
        let tokens = Layer::Tokens(Tokens { class, registers, positions, side, channels: 3 });
        Architecture::of_images("tokens", side, vec![tokens])
    };
    for registers in [false, true] {
        let weights = tokens(registers, 5).seeded_weights();
        for side in [4, 7] {
            let found = tokens(registers, side).import(weights.clone()).unwrap();
            let found = &found.get("pos_embed").unwrap().values;
            let (these, others) = expected.split_at(found.len());
            expected = others;
            let difference = relative_difference(found, these);
            assert!(difference < 1e-5, "registers {registers}, side {side}: {difference:e}");
        }
        assert_eq!(tokens(registers, 5).import(weights.clone()).unwrap(), weights);
    }
    assert!(expected.is_empty());
}

#[test]
fn weights_of_another_side_serve_after_import() {
    let architecture = DinoV2::Mini.architecture(true);
    let file = architecture.with_side(98).seeded_weights();
    assert!(architecture.check(&file).is_err());
    let weights = architecture.import(file).unwrap();
    assert!(write_network(&architecture, &weights, Normalization::Folded).is_ok());
    let other = DinoV2::Mini.architecture(false);
    let mismatch = other.import(weights).unwrap_err().to_string();
    assert!(mismatch.contains("1 without a place: register_tokens"), "{mismatch}");
}
