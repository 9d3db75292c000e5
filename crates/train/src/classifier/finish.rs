//! The bundle: image network and layer as one network.

use resight_core::{ClassifierRule, Distance};
use resight_model::onnx::{BETWEEN, append, write_half_network};
use resight_model::{
    Architecture, Bundle, Layer as NetworkLayer, Linear, ManifestInput, Purpose, Tensor, Weights,
};

use super::features::{Cells, Features};
use super::rows::ClassifierRows;
use crate::finish::FinishError;
use crate::linear::Layer;
use crate::on_maps::OnMapsRequest;
use crate::trainer::TrainError;
use crate::trunk::{Trunk, only_of};

/// What the layer is called in the network.
const NAME: &str = "classifier";

/// Makes the bundle.
///
/// # Errors
/// No runtime takes the network.
pub(super) fn bundle(
    request: &OnMapsRequest,
    trunk: &Trunk,
    features: &Features,
    layer: &Layer,
    rows: &ClassifierRows,
    rule: ClassifierRule,
    card: String,
) -> Result<Bundle, TrainError> {
    let onnx = onnx(trunk, features, layer)?;
    let manifest = ManifestInput {
        distance: Distance::Euclidean,
        labels: rows.labels.clone(),
        classifier: Some(rule),
        ..request.manifest(Purpose::Classifier, trunk.preprocess().clone(), card)
    };
    request.bundle_of(onnx, manifest, &rows.learnt())
}

fn onnx(trunk: &Trunk, features: &Features, layer: &Layer) -> Result<Vec<u8>, FinishError> {
    let (linear, weights) = whole_layer(features, layer);
    let Some((layers, frozen)) = trunk.frozen_layers()? else {
        let bundle = trunk.bundle();
        return Ok(append(bundle.model_bytes(), &bundle.manifest().output, &[linear], &weights)?);
    };
    let side = trunk.preprocess().width as usize;
    let network = Architecture::of_images(trunk.name().to_owned(), side, layers);
    let maps = write_half_network(&network, &only_of(&network, frozen))?;
    Ok(append(&maps, BETWEEN, &[linear], &weights)?)
}

/// The layer over everything that the network gives, from that over scaled means of cells.
fn whole_layer(features: &Features, layer: &Layer) -> (NetworkLayer, Weights) {
    let labels = layer.bias.len();
    let cells = Cells::of(features.shape);
    let (mut all, mut bias) = (Vec::new(), Vec::with_capacity(labels));
    for label in 0..labels {
        let (weights, added) = features.rows.unscaled(layer, label);
        all.extend(cells.spread(|column| weights[column], features.shape));
        bias.push(added);
    }
    let inputs = features.shape.numbers();
    let mut weights = Weights::default();
    weights.insert(format!("{NAME}.weight"), Tensor { shape: vec![labels, inputs], values: all });
    weights.insert(format!("{NAME}.bias"), Tensor { shape: vec![labels], values: bias });
    (NetworkLayer::Linear(Linear { name: NAME.to_owned(), inputs, outputs: labels, bias: true }), weights)
}
