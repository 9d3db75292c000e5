//! Whether the bundle answers as the network that was trained.

use half::f16;
use resight_model::{Bundle, Output, RuntimeChoice, Shape, load_network};

use super::FinishError;
use crate::learner::Learner;
use crate::learner::inputs::InputBatch;
use crate::parameters::Parameters;
use crate::trunk::FrozenPart;

/// The largest relative difference of an embedding that is accepted. Features rest in half precision while a run
/// goes, which alone is 5e-4 a number.
pub(super) const LIMIT: f64 = 2e-3;

/// How far the bundle is from the network that was trained.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Parity {
    /// Photos that were compared.
    pub photos: usize,
    /// Largest relative difference of an embedding: length of the difference by length of the embedding.
    pub difference: f64,
}

/// Compares the bundle with the network that was trained.
///
/// # Shapes
/// `images` is n × 3 × height × width, as the bundle's network takes them.
///
/// # Errors
/// When a runtime fails, or the embeddings differ by more than half-precision features explain.
pub fn parity(
    bundle: &Bundle,
    frozen: Option<&FrozenPart>,
    learner: &Learner,
    learnt: &Parameters,
    images: &[f32],
    n: usize,
    runtime: RuntimeChoice,
) -> Result<Parity, FinishError> {
    let side = bundle.manifest().preprocess.width as usize;
    let inputs = match frozen {
        None => InputBatch::Images { values: images.to_vec(), shape: [3, side, side] },
        Some(part) => {
            let failed = |reason: String| resight_model::ModelError::Run {
                runtime: part.network.runtime().to_owned(),
                bundle: bundle.id().to_string(),
                reason,
            };
            features(part.network.run(images, n).and_then(Output::only).map_err(failed)?, part.output)
        }
    };
    let trained = learner.embed(learnt, inputs);
    let network = load_network(bundle, runtime, 1)?;
    let failed = |reason: String| resight_model::ModelError::Run {
        runtime: network.runtime().to_owned(),
        bundle: bundle.id().to_string(),
        reason,
    };
    let shipped = network.run(images, n).and_then(Output::only).map_err(failed)?.values;
    let dimension = bundle.manifest().dimension.max(1);
    let pairs = trained.chunks_exact(dimension).zip(shipped.chunks_exact(dimension));
    let difference = pairs.map(|(a, b)| relative(a, b)).fold(0.0, f64::max);
    if difference > LIMIT || trained.len() != shipped.len() {
        return Err(FinishError::Parity { difference, limit: LIMIT });
    }
    Ok(Parity { photos: n, difference })
}

/// What a runtime answers, as the learner takes it.
pub(crate) fn features(output: Output, shape: Shape) -> InputBatch {
    match shape {
        Shape::Maps { channels, height, width } => {
            let places = height * width;
            let mut values = vec![f16::ZERO; output.values.len()];
            for (image, target) in
                output.values.chunks_exact(channels * places).zip(values.chunks_exact_mut(channels * places))
            {
                for (channel, plane) in image.chunks_exact(places).enumerate() {
                    for (place, value) in plane.iter().enumerate() {
                        target[place * channels + channel] = f16::from_f32(*value);
                    }
                }
            }
            InputBatch::Maps { values, shape: [height, width, channels] }
        }
        other => InputBatch::Rows { values: output.values, dimension: other.numbers() },
    }
}

fn relative(a: &[f32], b: &[f32]) -> f64 {
    let square = |value: f64| value * value;
    let apart: f64 = a.iter().zip(b).map(|(a, b)| square(f64::from(*a) - f64::from(*b))).sum();
    let length: f64 = b.iter().map(|b| square(f64::from(*b))).sum();
    (apart / length.max(1e-24)).sqrt()
}
