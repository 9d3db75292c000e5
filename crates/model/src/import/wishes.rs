//! What a person asks for, whatever files say.

use resight_core::Distance;
use resight_imaging::{ColorOrder, DecodePrecision, Fit, ResizeFilter, ValueRange};

use crate::bundle::Purpose;
use crate::detect::BoxesForm;

/// Values that count before those of any file; none of them needs to be said.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ImportWishes {
    /// The weight file, of several in a folder or of a model on the hub.
    pub file: Option<String>,
    /// The name in the store.
    pub name: Option<String>,
    /// What the network is for.
    pub purpose: Option<Purpose>,
    /// The architecture of the weights.
    pub architecture: Option<String>,
    /// Width and height of the network's input, in pixels.
    pub size: Option<(u32, u32)>,
    /// What happens to other proportions.
    pub fit: Option<Fit>,
    /// How pixels are mixed.
    pub filter: Option<ResizeFilter>,
    /// The order of the colours.
    pub color: Option<ColorOrder>,
    /// The range of a colour before mean and deviation.
    pub range: Option<ValueRange>,
    /// Subtracted from each colour.
    pub mean: Option<[f32; 3]>,
    /// Then divided by.
    pub deviation: Option<[f32; 3]>,
    /// How exactly JPEG photos are decoded.
    pub decode: Option<DecodePrecision>,
    /// What embeddings are compared by.
    pub distance: Option<Distance>,
    /// The licence of the weights.
    pub licence: Option<String>,
    /// Where they come from.
    pub origin: Option<String>,
    /// The input of an ONNX network.
    pub input: Option<String>,
    /// The output of an ONNX network.
    pub output: Option<String>,
    /// The form of a detector's boxes.
    pub boxes: Option<BoxesForm>,
    /// What a detector's classes are called.
    pub labels: Option<Vec<String>>,
    /// Which of them are animals.
    pub animals: Option<Vec<String>>,
    /// Boxes that are less sure do not count.
    pub least_confidence: Option<f32>,
}
