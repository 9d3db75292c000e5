//! A bundle so small that a test can run it on every photo: 32 × 32 pixels, 24 numbers, seeded weights.

use std::path::{Path, PathBuf};

use resight_imaging::{ColorOrder, DecodePrecision, Fit, Preprocess, ResizeFilter, ValueRange};
use resight_model::onnx::{Normalization, write_network};
use resight_model::{Architecture, BatchNorm, Bundle, Convolution, Layer, ManifestInput, Purpose};

/// Name of the tiny bundle.
pub const TINY: &str = "tiny";

/// Puts the tiny bundle into the model store at `home` and returns its folder.
///
/// # Panics
/// Where it cannot be made or written: tests have no use for less.
pub fn install_tiny_bundle(home: &Path) -> PathBuf {
    let folder = home.join("models").join(TINY);
    std::fs::create_dir_all(home.join("models")).expect("a folder for models can be made");
    tiny_bundle().write(&folder).expect("the tiny bundle can be written");
    folder
}

/// The tiny bundle, in memory.
///
/// # Panics
/// Where the network cannot be written or run, which is a fault of the model room.
pub fn tiny_bundle() -> Bundle {
    let architecture = tiny_architecture();
    let onnx = write_network(&architecture, &architecture.seeded_weights(), Normalization::Folded)
        .expect("seeded weights fit their architecture");
    let given = ManifestInput::new(TINY, Purpose::Embedder, preprocess(32), "CC0-1.0");
    Bundle::from_onnx_bytes(onnx.into(), given, Path::new("memory")).expect("the tiny network runs")
}

/// Strides that keep coarse shape and color, so that different pictures get different embeddings.
fn tiny_architecture() -> Architecture {
    let convolution = |name: &str, inputs, outputs, kernel, stride| {
        let name = name.to_owned();
        Layer::Convolution(Convolution { name, inputs, outputs, kernel, stride, groups: 1 })
    };
    let norm =
        |name: &str, channels| Layer::BatchNorm(BatchNorm { name: name.to_owned(), channels, epsilon: 1e-3 });
    let layers = vec![
        convolution("stem", 3, 12, 5, 2),
        norm("norm0", 12),
        Layer::Relu6,
        convolution("body", 12, 24, 3, 2),
        norm("norm1", 24),
        Layer::GlobalAveragePool,
    ];
    Architecture { name: TINY.to_owned(), side: 32, dimension: 24, layers, left_out: Vec::new() }
}

fn preprocess(side: u32) -> Preprocess {
    Preprocess {
        width: side,
        height: side,
        fit: Fit::Stretch,
        filter: ResizeFilter::Bilinear,
        color: ColorOrder::Rgb,
        value_range: ValueRange::Byte,
        mean: [127.0; 3],
        deviation: [128.0; 3],
        decode: DecodePrecision::Scaled,
        crop_margin: 0.0,
    }
}
