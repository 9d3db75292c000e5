//! Bundles so small that a test can run them on every photo, with seeded weights.

use std::path::{Path, PathBuf};

use resight_imaging::{ColorOrder, DecodePrecision, Fit, Preprocess, ResizeFilter, ValueRange};
use resight_model::onnx::{Normalization, write_network};
use resight_model::store::Store;
use resight_model::{
    Activation, Architecture, BatchNorm, Bundle, Convolution, Layer, ManifestInput, Pooling, Purpose,
};

/// Name of the tiny bundle: 32 × 32 pixels, 24 numbers.
pub const TINY: &str = "tiny";

/// Name of the bundle that tells the animals of [`crate::animals`] apart: 16 × 16 pixels, 64 numbers.
pub const PROJECTION: &str = "projection";

/// Puts the tiny bundle into the model store at `home` and returns its folder.
///
/// # Panics
/// Where it cannot be made or written: tests have no use for less.
pub fn install_tiny_bundle(home: &Path) -> PathBuf {
    install(&tiny_bundle(), home)
}

/// Puts the projection bundle into the model store at `home` and returns its folder.
///
/// # Panics
/// As [`install_tiny_bundle`].
pub fn install_projection_bundle(home: &Path) -> PathBuf {
    install(&projection_bundle(), home)
}

fn install(bundle: &Bundle, home: &Path) -> PathBuf {
    Store::open(home).keep_bundle(bundle, &mut |_| {}).expect("the bundle can be written").path
}

/// The tiny bundle, in memory.
///
/// # Panics
/// Where the network cannot be written or run, which is a fault of the model room.
pub fn tiny_bundle() -> Bundle {
    bundle_of(&tiny_architecture())
}

/// The projection bundle, in memory: a picture is multiplied with seeded random numbers. Random projections
/// keep angles (W. Johnson and J. Lindenstrauss, 1984), so photos are as alike as their pixels are.
///
/// # Panics
/// As [`tiny_bundle`].
pub fn projection_bundle() -> Bundle {
    let whole = Convolution { kernel: 16, stride: 16, ..Convolution::pointwise("projection", 3, 64) };
    let layers = vec![Layer::Convolution(whole), Layer::Pool(Pooling::Average)];
    bundle_of(&Architecture::of_images(PROJECTION, 16, layers))
}

fn bundle_of(architecture: &Architecture) -> Bundle {
    let onnx = write_network(architecture, &architecture.seeded_weights(), Normalization::Folded)
        .expect("seeded weights fit their architecture");
    let given = ManifestInput::new(
        &architecture.name,
        Purpose::Embedder,
        preprocess(architecture.side as u32, architecture.side as u32),
        "CC0-1.0",
    );
    Bundle::from_onnx_bytes(onnx.into(), given, Path::new("memory")).expect("the network runs")
}

/// Strides that keep coarse shape and color, so that different pictures get different embeddings.
fn tiny_architecture() -> Architecture {
    let convolution = |name: &str, inputs, outputs, kernel, stride| {
        Layer::Convolution(Convolution { kernel, stride, ..Convolution::pointwise(name, inputs, outputs) })
    };
    let norm =
        |name: &str, channels| Layer::BatchNorm(BatchNorm { name: name.to_owned(), channels, epsilon: 1e-3 });
    let layers = vec![
        convolution("stem", 3, 12, 5, 2),
        norm("norm0", 12),
        Layer::Activation(Activation::Relu6),
        convolution("body", 12, 24, 3, 2),
        norm("norm1", 24),
        Layer::Pool(Pooling::Average),
    ];
    Architecture::of_images(TINY, 32, layers)
}

/// The plainest preprocessing, that of EfficientNet-Lite: stretched, bilinear, `(x - 127) / 128`.
pub fn preprocess(width: u32, height: u32) -> Preprocess {
    Preprocess {
        width,
        height,
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
