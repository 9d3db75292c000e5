//! Networks as ONNX: looked into, and their weights read; never run.

use resight_model::onnx::{append, inspect, read_weights};
use resight_model::{Layer, Linear, MODEL_FILE, Weights};

use super::manifests::tiny_file;
use super::{Target, as_it_is};

pub(super) const TARGET: Target =
    Target { name: "networks", seeds, words: WORDS, mend: as_it_is, run, cost: 4 };

const WORDS: &[&[u8]] = &[
    b"Conv",
    b"Loop",
    b"If",
    b"Scan",
    b"Constant",
    b"ConstantOfShape",
    b"location",
    b"ai.onnx",
    b"\x70\x01",
    b"\x7A\x04",
    b"\x2A\x04",
    b"\x0A\xFF\xFF\xFF\xFF\x0F",
    b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01",
    b"\x3A\x02\x0A\0",
    b"\x08\x0A",
];

fn run(input: &[u8]) {
    let facts = match inspect(input.to_vec().into()) {
        Ok(facts) => facts,
        Err(error) => {
            let _ = error.to_string();
            return;
        }
    };
    match read_weights(input.to_vec().into()) {
        Ok(weights) => all_there(&weights),
        Err(error) => drop(error.to_string()),
    }
    for output in facts.outputs.iter().take(2) {
        let _ = append(input, &output.name, &[Layer::Linear(neck())], &Weights::default());
    }
}

/// Every tensor has as many numbers as its shape says.
pub(super) fn all_there(weights: &Weights) {
    for (_, tensor) in weights.iter() {
        assert_eq!(tensor.shape.iter().product::<usize>(), tensor.values.len());
    }
}

/// A neck whose weights are not there.
fn neck() -> Linear {
    Linear { name: "neck".to_owned(), inputs: 8, outputs: 4, bias: false }
}

fn seeds() -> Vec<Vec<u8>> {
    vec![tiny_file(MODEL_FILE).to_vec()]
}
