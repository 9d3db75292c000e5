//! The end of a run: a bundle like any other, checked against what was learnt.

mod card;
mod learnt;
mod parity;

use std::path::{Path, PathBuf};

use resight_core::{Distance, ErrorKind, Hint, RoomError};
use resight_model::onnx::{Normalization, OnnxError, append, write_network};
use resight_model::{
    Architecture, Bundle, BundleError, Layer, ManifestInput, Mismatch, ModelError, Purpose, Weights,
};

pub use card::{Card, card};
pub use learnt::learnt;
pub use parity::{Parity, parity};

use crate::learner::Neck;
use crate::learner::inputs::InputError;
use crate::network::weights_of;
use crate::parameters::Parameters;
use crate::recipe::Recipe;
use crate::trainer::TrainError;
use crate::trunk::{Trunk, TrunkError};
use resight_files::HeldFolder;
use resight_runs::run::RunError;

/// Name of the folder of a run's bundle.
pub const BUNDLE: &str = "bundle";

/// Why a bundle cannot be made of what was learnt.
#[derive(Debug, thiserror::Error)]
pub enum FinishError {
    /// The trunk.
    #[error(transparent)]
    Trunk(#[from] TrunkError),
    /// The weights do not make the network.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// The neck cannot be put behind the trunk.
    #[error(transparent)]
    Onnx(#[from] OnnxError),
    /// No runtime takes the network.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The bundle cannot be written.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// Photos for the check cannot be had.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The bundle does not answer as the network that was trained.
    #[error(
        "the bundle answers otherwise than the network that was trained: embeddings differ by {difference:.2e} \
         (relative, at most {limit:.0e} is right); this is a bug, and the bundle was not written"
    )]
    Parity {
        /// Largest relative difference of an embedding.
        difference: f64,
        /// The most that is accepted.
        limit: f64,
    },
}

impl RoomError for FinishError {
    /// A bundle that cannot be made of what was trained is our mistake.
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Bundle(error) => error.kind(),
            Self::Trunk(error) => error.kind(),
            Self::Input(error) => error.kind(),
            Self::Mismatch(_) | Self::Onnx(_) | Self::Model(_) | Self::Parity { .. } => ErrorKind::Internal,
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::Trunk(error) => error.hint(),
            Self::Bundle(error) => error.hint(),
            _ => None,
        }
    }
}

/// Puts a bundle into the folder of its run, in place of one that is there.
///
/// # Errors
/// It cannot be written.
pub fn put(bundle: &Bundle, held: &HeldFolder) -> Result<PathBuf, TrainError> {
    let path = held.file(BUNDLE);
    held.remove(BUNDLE).map_err(RunError::io("the former bundle of the run cannot be replaced", &path))?;
    bundle.write(&path).map_err(FinishError::from)?;
    Ok(path)
}

/// Makes the bundle: what was frozen, what was learnt, and the neck, as one ONNX file.
///
/// `path` is for messages.
///
/// # Errors
/// When the parts do not fit together, or no runtime takes the network.
pub fn bundle(
    recipe: &Recipe,
    trunk: &Trunk,
    neck: &Neck,
    learnt: &Parameters,
    card: &Card,
    path: &Path,
) -> Result<Bundle, FinishError> {
    let onnx = onnx(recipe, trunk, neck, learnt)?;
    let start = trunk.bundle().manifest();
    let preprocess = trunk.preprocess().clone();
    let manifest = ManifestInput {
        architecture: start.architecture.clone(),
        distance: Distance::Cosine,
        labels: card.labels.clone(),
        origin: format!(
            "trained with resight {} from {} ({})",
            env!("CARGO_PKG_VERSION"),
            start.name,
            start.origin
        ),
        card: card.text.clone(),
        ..ManifestInput::new(&recipe.name, Purpose::Embedder, preprocess, &start.licence)
    };
    Ok(Bundle::from_onnx_bytes(onnx.into(), manifest, path)?)
}

fn onnx(recipe: &Recipe, trunk: &Trunk, neck: &Neck, learnt: &Parameters) -> Result<Vec<u8>, FinishError> {
    let neck_weights = weights_of(neck.layers(), learnt);
    let Some((mut layers, frozen)) = trunk.frozen_layers()? else {
        let bundle = trunk.bundle();
        let output = &bundle.manifest().output;
        return Ok(append(bundle.model_bytes(), output, neck.layers(), &neck_weights)?);
    };
    let mut weights = frozen.clone();
    if let Some((learning, ..)) = trunk.learning()? {
        take(&mut weights, &weights_of(&learning, learnt));
        layers.extend(learning);
    }
    take(&mut weights, &neck_weights);
    layers.extend(neck.layers().iter().cloned());
    let network = whole(recipe, trunk, layers);
    let weights = crate::trunk::only_of(&network, &weights);
    Ok(write_network(&network, &weights, Normalization::Folded)?)
}

fn whole(recipe: &Recipe, trunk: &Trunk, layers: Vec<Layer>) -> Architecture {
    Architecture::of_images(recipe.name.clone(), trunk.preprocess().width as usize, layers)
}

fn take(weights: &mut Weights, learnt: &Weights) {
    for (name, tensor) in learnt.iter() {
        weights.insert(name.to_owned(), tensor.clone());
    }
}
