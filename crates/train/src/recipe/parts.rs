//! The parts of a recipe that belong to no other module.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::device::PrecisionChoice;
use crate::view::{AugmentRecipe, FlipPolicy};

/// How much of the network learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Depth {
    /// The trunk is frozen; neck and head learn from its embeddings. Seconds to a minute on a CPU.
    Head,
    /// The last stages, pooling, neck and head learn from the maps of a frozen beginning. Minutes on a CPU.
    #[default]
    Tail,
    /// Everything learns. Meant for a GPU.
    Full,
}

impl Depth {
    /// As a recipe writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Tail => "tail",
            Self::Full => "full",
        }
    }
}

/// The image network to start from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct TrunkRecipe {
    /// Name, id or path of the bundle to start from. Any embedder serves at `head` depth; `tail` and `full` need
    /// one whose manifest names its architecture. Default: `resight-base`, which the program carries.
    pub bundle: String,
    /// A weight file (torch or safetensors) of a known architecture, taken instead of the bundle's own weights;
    /// `full` depth with statistics of its own needs it, since a bundle has its normalisation folded in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<PathBuf>,
    /// Height and width of the input in pixels; default: as the bundle says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<u32>,
    /// At `tail` depth, the first stage that learns. Default: `stage6`.
    pub cut: String,
    /// How maps become one vector. Default: as the network does it.
    pub pooling: PoolingRecipe,
    /// At `full` depth, what normalises: statistics of the batch, or those that the weights came with. Default:
    /// `frozen`, which small batches want (field measurement: Happywhale 36th place, +0.01).
    pub statistics: StatisticsRecipe,
    /// The numbers that the trunk learns in, layer by layer: `auto`, `single` or `half`. Default: `auto`, half where the
    /// device gains by it. The validation and the bundle are in single precision always.
    pub precision: PrecisionChoice,
    /// Whether cheap steps are computed again on the way back instead of remembered: less memory, more time. Default:
    /// no.
    pub recompute: bool,
}

impl Default for TrunkRecipe {
    fn default() -> Self {
        Self {
            bundle: "resight-base".to_owned(),
            weights: None,
            side: None,
            cut: "stage6".to_owned(),
            pooling: PoolingRecipe::Own,
            statistics: StatisticsRecipe::Frozen,
            precision: PrecisionChoice::Auto,
            recompute: false,
        }
    }
}

impl TrunkRecipe {
    pub(super) fn check(&self) -> Result<(), String> {
        match self.side {
            Some(side) if !(16..=4096).contains(&side) => {
                Err(format!("trunk.side {side}: 16 to 4096 pixels"))
            }
            _ => self.pooling.check(),
        }
    }
}

/// How maps become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", deny_unknown_fields, rename_all = "kebab-case")]
pub enum PoolingRecipe {
    /// As the network does it.
    #[default]
    Own,
    /// The mean over all places.
    Average,
    /// The largest value of all places.
    Max,
    /// Generalised mean (Radenović et al. 2019): p = 1 is the mean, large p the maximum.
    Gem {
        /// The power it starts with. Default: 3.
        #[serde(default = "three")]
        p: f32,
        /// Whether the power is learnt. Default: no, as the winner of Happywhale had it.
        #[serde(default)]
        learn: bool,
    },
}

fn three() -> f32 {
    3.0
}

impl PoolingRecipe {
    fn check(self) -> Result<(), String> {
        match self {
            Self::Gem { p, .. } if !(p.is_finite() && (0.1..=100.0).contains(&p)) => {
                Err(format!("trunk.pooling p {p}: 0.1 to 100"))
            }
            _ => Ok(()),
        }
    }
}

/// What normalises at `full` depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatisticsRecipe {
    /// The statistics that the weights came with.
    #[default]
    Frozen,
    /// Those of the batch, gathered as the run goes.
    Batch,
}

/// What the loss separates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct ClassesRecipe {
    /// Each viewpoint of an individual is a class of its own: a left and a right flank are different patterns.
    /// Default: no.
    pub by_viewpoint: bool,
    /// Individuals with fewer training photos are left out of learning; 1 keeps the singletons, from which losses
    /// with class centres learn much. Default: 1.
    #[serde(deserialize_with = "at_least_one")]
    pub least_photos: Least,
}

/// A count of at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Least(pub u32);

impl Default for Least {
    fn default() -> Self {
        Self(1)
    }
}

fn at_least_one<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Least, D::Error> {
    let count = u32::deserialize(deserializer)?;
    if count == 0 {
        return Err(serde::de::Error::custom("least-photos is at least 1"));
    }
    Ok(Least(count))
}

/// How photos are varied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct ViewsRecipe {
    /// At `head` and `tail` depth, augmented views of each training photo that are computed once and cached; more
    /// teach more and take more disk. Default: 8.
    pub count: u32,
    /// What a mirrored photo is. Default: `forbidden`.
    pub flip: FlipPolicy,
    /// The augmentations.
    pub augment: AugmentRecipe,
}

impl Default for ViewsRecipe {
    fn default() -> Self {
        Self { count: 8, flip: FlipPolicy::default(), augment: AugmentRecipe::default() }
    }
}

impl ViewsRecipe {
    pub(super) fn check(&self) -> Result<(), String> {
        match self.count {
            1..=1000 => Ok(()),
            count => Err(format!("views.count {count}: 1 to 1000")),
        }
    }
}

/// From pooled maps to the embedding.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct NeckRecipe {
    /// Numbers of the embedding; `"own"` is as many as the network gives, and no linear layer. Default: 512.
    #[serde(with = "dimension")]
    pub dimension: Option<usize>,
    /// What normalises the embedding. Default: `batch-norm` (winners: +0.02 MAP@5; `layer-norm` slightly worse).
    pub norm: NeckNorm,
    /// Share of the pooled numbers that are dropped in training. Default: 0.
    pub dropout: f64,
}

impl Default for NeckRecipe {
    fn default() -> Self {
        Self { dimension: Some(512), norm: NeckNorm::BatchNorm, dropout: 0.0 }
    }
}

impl NeckRecipe {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.dimension.is_some_and(|dimension| !(1..=65_536).contains(&dimension)) {
            return Err("neck.dimension: 1 to 65536".to_owned());
        }
        if !(0.0..0.95).contains(&self.dropout) {
            return Err(format!("neck.dropout {}: 0 up to 0.95", self.dropout));
        }
        Ok(())
    }
}

/// A dimension as a recipe writes it: a number, or "own".
mod dimension {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged, expecting = "neck.dimension is a number, or \"own\" for as many as the network gives")]
    enum Written {
        Count(usize),
        Word(Word),
    }

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Word {
        Own,
    }

    pub(super) fn serialize<S: Serializer>(dimension: &Option<usize>, to: S) -> Result<S::Ok, S::Error> {
        dimension.map_or(Written::Word(Word::Own), Written::Count).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
        match Written::deserialize(from)? {
            Written::Count(count) => Ok(Some(count)),
            Written::Word(Word::Own) => Ok(None),
        }
    }
}

/// What normalises the embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NeckNorm {
    /// Each number by its mean and variance over the batch (Luo et al. 2019, "BNNeck").
    #[default]
    BatchNorm,
    /// Each embedding by its own mean and variance.
    LayerNorm,
    /// Nothing.
    None,
}

/// How the numbers are changed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct OptimizerRecipe {
    /// The method. Default: `adamw`.
    pub kind: OptimizerKind,
    /// Highest learning rate of the neck. Default: 0.001.
    pub rate: f64,
    /// The trunk's rate as a multiple of that. Default: 0.5.
    pub trunk_factor: f64,
    /// The head's rate as a multiple of that (the winner of Happywhale: 10). Default: 10.
    pub head_factor: f64,
    /// Decoupled weight decay. Default: 0.05.
    pub weight_decay: f64,
    /// Momentum of `sgd`. Default: 0.9.
    pub momentum: f64,
    /// The gradient's norm is cut to this, all parts together; 0 cuts nothing. Default: 10.
    pub clip_norm: f64,
    /// Batches whose gradients are added up before a step. Default: 1.
    pub accumulate: u32,
    /// Decay of a moving average of the parameters, which is then what is validated and kept; 0 keeps none.
    /// Default: 0.
    pub ema: f64,
}

impl Default for OptimizerRecipe {
    fn default() -> Self {
        Self {
            kind: OptimizerKind::Adamw,
            rate: 1e-3,
            trunk_factor: 0.5,
            head_factor: 10.0,
            weight_decay: 0.05,
            momentum: 0.9,
            clip_norm: 10.0,
            accumulate: 1,
            ema: 0.0,
        }
    }
}

impl OptimizerRecipe {
    pub(super) fn check(&self) -> Result<(), String> {
        let sensible = |value: f64, limit: f64| value.is_finite() && (0.0..=limit).contains(&value);
        let fields = [
            ("rate", self.rate, 100.0),
            ("trunk-factor", self.trunk_factor, 1e4),
            ("head-factor", self.head_factor, 1e4),
            ("weight-decay", self.weight_decay, 100.0),
            ("momentum", self.momentum, 0.9999),
            ("clip-norm", self.clip_norm, 1e9),
            ("ema", self.ema, 0.99999),
        ];
        if let Some((name, value, limit)) =
            fields.into_iter().find(|(_, value, limit)| !sensible(*value, *limit))
        {
            return Err(format!("optimizer.{name} {value}: 0 to {limit}"));
        }
        if self.accumulate == 0 {
            return Err("optimizer.accumulate is at least 1".to_owned());
        }
        Ok(())
    }
}

/// The method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptimizerKind {
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
    #[default]
    Adamw,
    /// Stochastic gradient descent with momentum.
    Sgd,
}

/// How long, and at what pace.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct ScheduleRecipe {
    /// Passes over the training photos. Default: 40.
    pub epochs: u32,
    /// Photos in a batch. Default: 64.
    pub batch: u32,
    /// Share of the run during which the rate rises. Default: 0.1.
    pub warmup: f64,
    /// The rate falls along half a cosine to this share of its highest. Default: 0.01.
    pub final_share: f64,
    /// Share of the run during which the margin rises. Default: 0.
    pub margin_ramp: f64,
    /// Share of the margin that the ramp begins with. Default: 0.2.
    pub margin_start: f64,
    /// Stop after the epoch in which so many seconds of training are over; 0 never. Such a run is not the same on
    /// every machine. Default: 0.
    pub budget_seconds: u32,
    /// A checkpoint after so many seconds, besides the one after each epoch. Default: 120.
    pub checkpoint_seconds: u32,
}

impl Default for ScheduleRecipe {
    fn default() -> Self {
        Self {
            epochs: 40,
            batch: 64,
            warmup: 0.1,
            final_share: 0.01,
            margin_ramp: 0.0,
            margin_start: 0.2,
            budget_seconds: 0,
            checkpoint_seconds: 120,
        }
    }
}

impl ScheduleRecipe {
    pub(super) fn check(&self) -> Result<(), String> {
        if !(1..=100_000).contains(&self.epochs) {
            return Err(format!("schedule.epochs {}: 1 to 100000", self.epochs));
        }
        if !(2..=65_536).contains(&self.batch) {
            return Err(format!("schedule.batch {}: 2 to 65536", self.batch));
        }
        let shares = [
            ("warmup", self.warmup),
            ("final-share", self.final_share),
            ("margin-ramp", self.margin_ramp),
            ("margin-start", self.margin_start),
        ];
        match shares.into_iter().find(|(_, share)| !(0.0..=1.0).contains(share)) {
            Some((name, share)) => Err(format!("schedule.{name} {share}: a share, 0 to 1")),
            None => Ok(()),
        }
    }
}

/// How it is watched.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct ValidationRecipe {
    /// Validate after every so many epochs. Default: 1.
    pub every: u32,
    /// Stop when MAP@5 has not risen for so many validations; 0 never. Default: 0.
    pub patience: u32,
    /// Compare only photos of the same viewpoint, where both are known. Default: yes.
    pub same_viewpoint: bool,
    /// Compare only photos of the same species, where both are known. Default: no.
    pub same_species: bool,
    /// Look before the first step and at the end whether the background alone tells the individuals, and whether
    /// mirrored photos are taken for another side. Default: yes.
    pub background: bool,
    /// Most photos that ask; more are sampled. Default: 3000.
    pub most_queries: u32,
}

impl Default for ValidationRecipe {
    fn default() -> Self {
        Self {
            every: 1,
            patience: 0,
            same_viewpoint: true,
            same_species: false,
            background: true,
            most_queries: 3000,
        }
    }
}

impl ValidationRecipe {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.every == 0 || self.most_queries == 0 {
            return Err("validation.every and validation.most-queries are at least 1".to_owned());
        }
        Ok(())
    }
}
