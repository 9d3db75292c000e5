//! MiewID: EfficientNetV2-RW-M with a generalized mean and a normalisation behind it.
//!
//! L. Otarashvili et al., "Multispecies Animal Re-ID Using a Large Community-Curated Dataset" (2024); tensor names of its published
//! files: the network under `backbone.`, the exponent `pooling.p`, the normalisation `bn.`. What else a file holds belongs to the
//! loss it was trained with.

use super::{Architecture, BatchNorm, EfficientNetV2, Layer, Pooling, Stage};

/// Keeps the root of batch normalisation away from zero.
const EPSILON: f64 = 1e-5;

/// The members of the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MiewId {
    /// A small one, to try things out: 64 pixels a side, no weights to be had.
    Mini,
    /// MiewID msv2 and msv3: 440 pixels a side.
    Msv3,
}

impl MiewId {
    /// All members.
    pub const ALL: [Self; 2] = [Self::Mini, Self::Msv3];

    /// The whole network.
    pub fn architecture(self) -> Architecture {
        let (name, side, trunk) = match self {
            Self::Mini => ("miewid-mini", 64, EfficientNetV2::Mini),
            Self::Msv3 => ("miewid-msv3", 440, EfficientNetV2::RwM),
        };
        let trunk = trunk.architecture();
        let is_pool = |layer: &Layer| matches!(layer, Layer::Pool(_));
        let mut layers: Vec<Layer> = trunk.layers.into_iter().filter(|layer| !is_pool(layer)).collect();
        layers.iter_mut().for_each(|layer| layer.rename(&|name| format!("backbone.{name}")));
        let channels = trunk.dimension;
        layers.push(Layer::Pool(Pooling::Gem { name: "pooling".to_owned() }));
        layers.push(Layer::BatchNorm(BatchNorm { name: "bn".to_owned(), channels, epsilon: EPSILON }));
        let stages: Vec<Stage> = trunk.stages;
        Architecture { stages, left_out: vec![String::new()], ..Architecture::of_images(name, side, layers) }
    }
}
