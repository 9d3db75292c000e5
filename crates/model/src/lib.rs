//! Finished models: bundles, runtimes, network architectures, the model store, the decode-crop-embed chain.
//!
//! A [`Bundle`] is a network with everything needed to use it: preprocessing, distance, licence, card.
//! [`load_embedder`] gives it to one of two runtimes, ONNX Runtime or `rten`, and returns an [`Embedder`].
//! [`Weights`] reads the weight files of other frameworks, an [`Architecture`] says what they mean, and
//! [`onnx::write_network`] turns both into ONNX.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::print_stdout))]

mod architecture;
mod bundle;
mod classify;
mod detect;
mod embed;
mod local;
mod matcher;
mod normalise;
mod runtime;
mod shared;
#[cfg(test)]
mod test_support;
mod trial;
mod weights;
mod zip_directory;

pub mod chain;
pub mod import;
pub mod onnx;
pub mod registry;
pub mod store;

pub use architecture::{
    Activation, Architecture, Attention, BatchNorm, ConvNext, Convolution, DinoV2, EfficientNetLite,
    EfficientNetV2, GEM_LEAST, Layer, LayerNorm, Linear, Margins, Mismatch, Padding, Pooling, ResNet, Scale,
    Shape, SqueezeExcite, Stage, Tokens,
};
pub use bundle::{
    Bundle, BundleError, FORMAT_VERSION, LEARNT_FILE, MANIFEST_FILE, MODEL_FILE, Manifest, ManifestInput,
    MatcherManifest, Purpose, Standing,
};
pub use classify::{Classifier, Together};
pub use detect::{
    BoxesForm, Detection, Detector, DetectorManifest, InputFrame, MaskDetector, ObjectDetector, ReadAnimals,
    WholePicture,
};
pub use embed::{Embedder, NetworkEmbedder};
pub use local::{LocalFeatures, LocalForm};
pub use matcher::{LocalMatcher, MATCHING};
pub use normalise::{BodyNormaliser, Normaliser, crop_for};
pub use runtime::{
    ModelError, Network, Output, RuntimeChoice, RuntimeStatus, load_embedder, load_network, load_written,
    runtimes,
};
pub use shared::load_together;
pub use trial::{TrialProgram, answer_trial};
pub use weights::{Refusal, Tensor, Weights, WeightsError};
