//! The network to look with, and the bundle: network and layers as one.

use resight_core::LearntRecord;
use resight_imaging::{Fit, Preprocess};
use resight_model::onnx::write_half_network;
use resight_model::{
    Activation, Architecture, BoxesForm, Bundle, Convolution, DetectorManifest, Layer, ManifestInput,
    Padding, Purpose, Tensor,
};

use super::SIDE;
use super::cells::KERNEL;
use super::head::{HIDDEN, Head, OUTPUTS};
use crate::finish::FinishError;
use crate::on_maps::OnMapsRequest;
use crate::recipe::{Depth, Recipe, TrunkRecipe};
use crate::trainer::TrainError;
use crate::trunk::{Trunk, TrunkError, only_of};

/// Where the network is cut: behind it maps have a cell for 16 pixels.
const CUT: &str = "stage6";
/// What the layers are called in the network.
const FIRST: &str = "boxes.hidden";
const SECOND: &str = "boxes";
/// What is around the photo in the input.
const GREY: [u8; 3] = [127; 3];
/// The confidence from which on boxes count.
pub(super) const LEAST_CONFIDENCE: f32 = 0.5;
/// Of two boxes that share more than this the surer counts.
const MOST_OVERLAP: f32 = 0.45;

/// The image network, cut where cells are small enough.
pub(super) fn trunk(request: &OnMapsRequest) -> Result<Trunk, TrunkError> {
    let trunk = TrunkRecipe { cut: CUT.to_owned(), side: Some(SIDE), ..TrunkRecipe::default() };
    Trunk::of(request.bundle.clone(), &Recipe { depth: Depth::Tail, trunk, ..Recipe::default() })
}

/// How a photo becomes the input: in its own proportions, with grey bars.
pub(super) fn preprocess(trunk: &Trunk) -> Preprocess {
    Preprocess { fit: Fit::Letterbox { fill: GREY }, crop_margin: 0.0, ..trunk.preprocess().clone() }
}

/// Which boxes count.
pub(super) fn rule() -> DetectorManifest {
    DetectorManifest {
        form: BoxesForm::Cells,
        animals: Vec::new(),
        least_confidence: LEAST_CONFIDENCE,
        most_overlap: MOST_OVERLAP,
    }
}

/// Makes the bundle.
///
/// # Errors
/// No runtime takes the network.
pub(super) fn bundle(
    request: &OnMapsRequest,
    trunk: &Trunk,
    learnt: &Head,
    label: &str,
    (card, record): (String, LearntRecord),
) -> Result<Bundle, TrainError> {
    let onnx = onnx(trunk, learnt)?;
    let manifest = ManifestInput {
        labels: vec![label.to_owned()],
        detector: Some(rule()),
        ..request.manifest(Purpose::Detector, preprocess(trunk), card)
    };
    request.bundle_of(onnx, manifest, &record)
}

fn onnx(trunk: &Trunk, learnt: &Head) -> Result<Vec<u8>, FinishError> {
    let Some((mut layers, frozen)) = trunk.frozen_layers()? else {
        return Err(
            TrunkError::Unsuitable("a detector needs a network whose stages are known".to_owned()).into()
        );
    };
    let channels = learnt.first.len() / (KERNEL * KERNEL * HIDDEN);
    let convolution = |name: &str, inputs, outputs, kernel| Convolution {
        name: name.to_owned(),
        inputs,
        outputs,
        kernel,
        stride: 1,
        groups: 1,
        padding: Padding::Same,
        bias: true,
    };
    let mut weights = frozen.clone();
    let mut put = |name: &str, part: &str, shape: Vec<usize>, values: Vec<f32>| {
        weights.insert(format!("{name}.{part}"), Tensor { shape, values });
    };
    // (Cells around × channels) × outputs becomes outputs × channels × rows × columns.
    let first = (0..HIDDEN).flat_map(|output| {
        (0..channels).flat_map(move |channel| {
            (0..KERNEL * KERNEL)
                .map(move |place| learnt.first[(place * channels + channel) * HIDDEN + output])
        })
    });
    put(FIRST, "weight", vec![HIDDEN, channels, KERNEL, KERNEL], first.collect());
    put(FIRST, "bias", vec![HIDDEN], learnt.first_bias.clone());
    let second = (0..OUTPUTS)
        .flat_map(|output| (0..HIDDEN).map(move |hidden| learnt.second[hidden * OUTPUTS + output]));
    put(SECOND, "weight", vec![OUTPUTS, HIDDEN, 1, 1], second.collect());
    put(SECOND, "bias", vec![OUTPUTS], learnt.second_bias.clone());
    layers.push(Layer::Convolution(convolution(FIRST, channels, HIDDEN, KERNEL)));
    layers.push(Layer::Activation(Activation::Relu));
    layers.push(Layer::Convolution(convolution(SECOND, HIDDEN, OUTPUTS, 1)));
    let network = Architecture::of_images(trunk.name().to_owned(), SIDE as usize, layers);
    Ok(write_half_network(&network, &only_of(&network, &weights))?)
}
