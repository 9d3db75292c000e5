//! What the tests of this room share: a picture by formula, the reference embeddings, real weights.

use std::path::{Path, PathBuf};

use resight_testkit::bundles::preprocess;

use crate::architecture::{Activation, Architecture, BatchNorm, Convolution, Layer, Pooling};
use crate::bundle::{Bundle, ManifestInput, Purpose};
use crate::onnx::{Normalization, write_network};
use crate::runtime::{RuntimeChoice, runtimes};
use crate::weights::Weights;

/// The picture of `fixtures/reference/model/efficientnet_lite.py`, prepared for the network: 3 × side × side.
pub(crate) fn picture(side: usize) -> Vec<f32> {
    let places = (0..3)
        .flat_map(|plane| (0..side).flat_map(move |row| (0..side).map(move |column| (plane, row, column))));
    let waves = places.map(|(plane, row, column)| {
        ((plane + 1) * row * row + (3 - plane) * column * column + 7 * row * column) / 64
    });
    waves.map(|wave| ((wave % 256) as f32 - 127.0) / 128.0).collect()
}

/// The runtimes of this computer, by the choice that gives them.
pub(crate) fn available() -> Vec<RuntimeChoice> {
    let onnx_runtime = &runtimes()[0];
    if onnx_runtime.available {
        return vec![RuntimeChoice::OnnxRuntime, RuntimeChoice::Rten];
    }
    println!("skipped ONNX Runtime: {}", onnx_runtime.detail);
    vec![RuntimeChoice::Rten]
}

/// The folder of a bundle that the program carries.
pub(crate) fn carried_folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/bundles").join(name)
}

/// A bundle that the program carries.
pub(crate) fn carried(name: &str) -> Bundle {
    Bundle::open(&carried_folder(name)).unwrap().vouched()
}

/// A reference embedding of the original framework.
pub(crate) fn reference(name: &str, kind: &str) -> Vec<f32> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/reference/model");
    let bytes = std::fs::read(folder.join(format!("{name}-{kind}.f32"))).unwrap();
    bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// The greatest difference between two vectors, relative to the greatest number of the second.
pub(crate) fn relative_difference(found: &[f32], expected: &[f32]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let greatest = expected.iter().fold(0.0_f64, |greatest, value| greatest.max(f64::from(value.abs())));
    let differences = found.iter().zip(expected).map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs());
    differences.fold(0.0, f64::max) / greatest
}

/// The weight file of an architecture in the model store that `RESIGHT_HOME` names, where it was pulled.
pub(crate) fn real_weight_file(name: &str) -> Option<PathBuf> {
    let home = std::env::var_os("RESIGHT_HOME").map(PathBuf::from);
    let folders = home.and_then(|home| std::fs::read_dir(home.join("files")).ok()).into_iter().flatten();
    let files = folders.filter_map(|folder| std::fs::read_dir(folder.unwrap().path()).ok()).flatten();
    let fits = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with(name);
    let found = files.map(|file| file.unwrap().path()).find(fits);
    if found.is_none() {
        let why = format!("no weights of {name} in a store that RESIGHT_HOME names");
        resight_testkit::skip::skipped("models", &why);
    }
    found
}

/// The real weights of an architecture, where there are some.
pub(crate) fn real_weights(name: &str) -> Option<Weights> {
    real_weight_file(name).map(|path| Weights::read(&path).unwrap())
}

/// A network of a few layers, for tests of everything around it: 16 × 16 pixels, 8 numbers.
pub(crate) fn tiny_architecture() -> Architecture {
    let convolution = |name: &str, inputs, outputs, kernel, stride| {
        Layer::Convolution(Convolution { kernel, stride, ..Convolution::pointwise(name, inputs, outputs) })
    };
    let norm =
        |name: &str, channels| Layer::BatchNorm(BatchNorm { name: name.to_owned(), channels, epsilon: 1e-3 });
    let layers = vec![
        convolution("stem", 3, 8, 3, 2),
        norm("norm0", 8),
        Layer::Activation(Activation::Relu6),
        Layer::Residual {
            branch: vec![convolution("inner", 8, 8, 5, 1), norm("norm1", 8)],
            shortcut: Vec::new(),
        },
        Layer::Pool(Pooling::Average),
    ];
    Architecture::of_images("tiny", 16, layers)
}

/// The tiny network as ONNX.
pub(crate) fn tiny_onnx() -> Vec<u8> {
    let architecture = tiny_architecture();
    write_network(&architecture, &architecture.seeded_weights(), Normalization::Folded).unwrap()
}

/// What a bundle says of a network with a square input.
pub(crate) fn manifest_input(name: &str, side: usize) -> ManifestInput {
    let side = u32::try_from(side).unwrap();
    ManifestInput::new(name, Purpose::Embedder, preprocess(side, side), "CC0-1.0")
}

/// The tiny network as a bundle.
pub(crate) fn tiny_bundle() -> Bundle {
    bundle_of(&tiny_architecture())
}

/// A bundle of an architecture with seeded weights.
pub(crate) fn bundle_of(architecture: &Architecture) -> Bundle {
    let onnx = write_network(architecture, &architecture.seeded_weights(), Normalization::Folded).unwrap();
    let input = manifest_input(&architecture.name, architecture.side);
    Bundle::from_onnx_bytes(onnx.into(), input, Path::new("memory")).unwrap()
}
