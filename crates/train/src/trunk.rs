//! The image network that a run starts from, parted into what stays and what learns.

use std::path::PathBuf;

use resight_core::{ErrorKind, Hint, RoomError};
use resight_imaging::Preprocess;
use resight_model::onnx::{Normalization, OnnxError, read_weights, write_network};
use resight_model::{
    Architecture, Bundle, Layer, Mismatch, ModelError, Network, Pooling, RuntimeChoice, Shape, Tensor,
    Weights, WeightsError, load_network, load_written,
};

use crate::recipe::{Depth, PoolingRecipe, Recipe, StatisticsRecipe};

/// Name of a learnt pooling.
const GEM: &str = "pool.gem";

/// A trunk that cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum TrunkError {
    /// The bundle does not say what it is made of.
    #[error(
        "`{bundle}` does not name an architecture that resight knows, so only its embeddings can be used: \
         choose depth = \"head\", or name a weight file by trunk.weights"
    )]
    NoArchitecture {
        /// The bundle.
        bundle: String,
    },
    /// No stage is called so.
    #[error("{architecture} has no stage `{cut}` to begin at; it has {}", stages.join(", "))]
    NoStage {
        /// The architecture.
        architecture: String,
        /// What was asked for.
        cut: String,
        /// What there is.
        stages: Vec<String>,
    },
    /// The weights are not those of the architecture.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// A weight file is of no known architecture.
    #[error("these weights are of no architecture that resight knows: {}", .0.display())]
    UnknownWeights(PathBuf),
    /// A weight file cannot be read.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The ONNX file of the bundle cannot be read.
    #[error(transparent)]
    Onnx(#[from] OnnxError),
    /// A runtime refuses.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The recipe asks for something that this trunk cannot do.
    #[error("{0}")]
    Unsuitable(String),
}

impl RoomError for TrunkError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Weights(error) => error.kind(),
            Self::Model(error) => error.kind(),
            _ => ErrorKind::User,
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::Model(error) => error.hint(),
            _ => None,
        }
    }
}

/// Layers that learn, what they begin with, and the shape of what goes into them.
pub type Learning<'a> = (Vec<Layer>, &'a Weights, Shape);

/// The image network that a run starts from.
#[derive(Debug, Clone)]
pub struct Trunk {
    bundle: Bundle,
    depth: Depth,
    preprocess: Preprocess,
    /// The whole network, as it learns.
    whole: Option<(Architecture, Weights)>,
    cut: String,
}

/// What stays as it is: executed by an inference runtime.
pub struct FrozenPart {
    /// The network; `None` where nothing is frozen.
    pub network: Box<dyn Network>,
    /// Hash of all that decides its answers.
    pub id: String,
    /// What comes out for one image.
    pub output: Shape,
}

impl Trunk {
    /// Understands a bundle as the recipe wants it.
    ///
    /// # Errors
    /// When the bundle or the weight file does not serve the recipe's depth.
    pub fn of(bundle: Bundle, recipe: &Recipe) -> Result<Self, TrunkError> {
        let (depth, trunk) = (recipe.depth, &recipe.trunk);
        let mut preprocess = bundle.manifest().preprocess.clone();
        let own_side = preprocess.width as usize;
        let side = trunk.side.map_or(own_side, |side| side as usize);
        let as_it_is = depth == Depth::Head
            && side == own_side
            && trunk.weights.is_none()
            && trunk.pooling == PoolingRecipe::Own;
        let whole = if as_it_is { None } else { Some(whole(&bundle, recipe, side)?) };
        // A network that stays as it is keeps its extents, square or not.
        if whole.is_some() {
            (preprocess.width, preprocess.height) = (side as u32, side as u32);
        }
        let made = Self { bundle, depth, preprocess, whole, cut: trunk.cut.clone() };
        if depth == Depth::Tail {
            made.parts()?;
        }
        Ok(made)
    }

    /// The bundle it was made from.
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// Its name, for people.
    pub fn name(&self) -> &str {
        &self.bundle.manifest().name
    }

    /// How a crop becomes its input.
    pub fn preprocess(&self) -> &Preprocess {
        &self.preprocess
    }

    /// The layers that learn, their weights, and the shape of what goes into them; `None` where none of the trunk
    /// learns.
    ///
    /// # Errors
    /// When there is no such stage.
    pub fn learning(&self) -> Result<Option<Learning<'_>>, TrunkError> {
        match (self.depth, &self.whole) {
            (Depth::Head, _) | (_, None) => Ok(None),
            (Depth::Tail, Some((_, weights))) => {
                let (frozen, rest) = self.parts()?;
                Ok(Some((rest.layers, weights, frozen.answer_shape())))
            }
            (Depth::Full, Some((architecture, weights))) => {
                let side = architecture.side;
                let input = Shape::Maps { channels: architecture.input_channels, height: side, width: side };
                Ok(Some((architecture.layers.clone(), weights, input)))
            }
        }
    }

    /// The layers before those that learn, for a bundle at the end; `None` where the bundle's own file serves.
    ///
    /// # Errors
    /// When there is no such stage.
    pub fn frozen_layers(&self) -> Result<Option<(Vec<Layer>, &Weights)>, TrunkError> {
        match (self.depth, &self.whole) {
            (_, None) => Ok(None),
            (Depth::Head, Some((architecture, weights))) => Ok(Some((architecture.layers.clone(), weights))),
            (Depth::Tail, Some((_, weights))) => Ok(Some((self.parts()?.0.layers, weights))),
            (Depth::Full, Some((_, weights))) => Ok(Some((Vec::new(), weights))),
        }
    }

    /// Loads the part that stays as it is; at `full` depth the whole network, for the figures before the first
    /// step.
    ///
    /// # Errors
    /// When no runtime takes it.
    pub fn frozen(&self, runtime: RuntimeChoice, threads: usize) -> Result<FrozenPart, TrunkError> {
        let Some((architecture, weights)) = &self.whole else {
            let network = load_network(&self.bundle, runtime, threads)?;
            let output = Shape::Features { channels: self.bundle.manifest().dimension };
            return Ok(FrozenPart { network, id: self.bundle.id().to_string(), output });
        };
        let part = if self.depth == Depth::Tail { self.parts()?.0 } else { architecture.clone() };
        let onnx = write_network(&part, &only_of(&part, weights), Normalization::Folded)?;
        let network = load_written(&onnx, part.side, runtime, threads, &part.name)?;
        Ok(FrozenPart { network, id: blake3::hash(&onnx).to_hex().to_string(), output: part.answer_shape() })
    }

    fn parts(&self) -> Result<(Architecture, Architecture), TrunkError> {
        let (architecture, _) = self.whole.as_ref().ok_or_else(|| self.no_architecture())?;
        architecture.parts(&self.cut).ok_or_else(|| TrunkError::NoStage {
            architecture: architecture.name.clone(),
            cut: self.cut.clone(),
            stages: architecture.stages.iter().map(|stage| stage.name.clone()).collect(),
        })
    }

    fn no_architecture(&self) -> TrunkError {
        TrunkError::NoArchitecture { bundle: self.name().to_owned() }
    }
}

/// The network as it learns, with its weights: normalisation folded in, but where batches are to normalise.
fn whole(bundle: &Bundle, recipe: &Recipe, side: usize) -> Result<(Architecture, Weights), TrunkError> {
    let trunk = &recipe.trunk;
    let from_batches = recipe.depth == Depth::Full && trunk.statistics == StatisticsRecipe::Batch;
    let (mut architecture, mut weights) = match &trunk.weights {
        Some(path) => {
            let weights = Weights::read(path)?;
            let architecture =
                Architecture::of(&weights).ok_or_else(|| TrunkError::UnknownWeights(path.clone()))?;
            if from_batches { (architecture, weights) } else { architecture.folded(&weights)? }
        }
        None if from_batches => {
            return Err(TrunkError::Unsuitable(
                "trunk.statistics = \"batch\" needs trunk.weights: a bundle has its normalisation folded in"
                    .to_owned(),
            ));
        }
        None => of_bundle(bundle)?,
    };
    architecture.side = side;
    pool(&mut architecture, &mut weights, trunk.pooling)?;
    weights = only_of(&architecture, &weights);
    architecture.check(&weights)?;
    Ok((architecture, weights))
}

/// Architecture and folded weights out of a bundle that was written by resight.
fn of_bundle(bundle: &Bundle) -> Result<(Architecture, Weights), TrunkError> {
    let manifest = bundle.manifest();
    let no_architecture = || TrunkError::NoArchitecture { bundle: manifest.name.clone() };
    let name = manifest.architecture.as_deref().ok_or_else(no_architecture)?;
    let architecture = Architecture::named(name).ok_or_else(no_architecture)?;
    let (folded, _) = architecture.folded(&architecture.seeded_weights())?;
    Ok((folded, read_weights(bundle.model_bytes().to_vec().into())?))
}

/// Puts the recipe's pooling in place of the network's own.
fn pool(
    architecture: &mut Architecture,
    weights: &mut Weights,
    recipe: PoolingRecipe,
) -> Result<(), TrunkError> {
    let wanted = match recipe {
        PoolingRecipe::Own => return Ok(()),
        PoolingRecipe::Average => Pooling::Average,
        PoolingRecipe::Max => Pooling::Max,
        PoolingRecipe::Gem { p, .. } => {
            weights.insert(format!("{GEM}.p"), Tensor { shape: vec![1], values: vec![p] });
            Pooling::Gem { name: GEM.to_owned() }
        }
    };
    let place = architecture.layers.iter_mut().find_map(|layer| match layer {
        Layer::Pool(pooling) if *pooling != Pooling::ClassToken => Some(pooling),
        _ => None,
    });
    let place = place.ok_or_else(|| {
        TrunkError::Unsuitable(format!("{} does not pool maps; leave trunk.pooling out", architecture.name))
    })?;
    *place = wanted;
    Ok(())
}

/// The tensors of an architecture, without those that belong to other parts.
pub(crate) fn only_of(architecture: &Architecture, weights: &Weights) -> Weights {
    let mut own = Weights::default();
    for (name, _) in architecture.tensors() {
        if let Some(tensor) = weights.get(&name) {
            own.insert(name, tensor.clone());
        }
    }
    own
}

#[cfg(test)]
mod tests;
