//! Reads the log of a run and names what goes wrong.

use serde::{Deserialize, Serialize};

/// A known way to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ailment {
    /// All embeddings fall on one point or a few directions.
    Collapsed,
    /// The loss stays at its margin (or ln 2).
    StuckAtMargin,
    /// Hardly any positive pair in a batch.
    AlmostNoPositives,
    /// Scale and margin cannot be satisfied with these classes.
    ScaleMargin,
    /// The rate is too high: the loss jumps or is no number.
    RateTooHigh,
    /// The head learns too slowly beside the trunk.
    HeadTooSlow,
    /// The embedding has too few numbers for so many individuals.
    EmbeddingTooSmall,
    /// Photos of training stand in the validation.
    Leak,
    /// The background tells the individuals.
    Background,
    /// Mirrored views are taken for each other.
    MirroredViews,
    /// Labels contradict the photos.
    LabelNoise,
    /// Better than it should be.
    TooGood,
    /// Learns the training photos by heart: training rises, validation does not.
    Overfitting,
    /// The tuples are solved and teach nothing any more, while validation is still poor.
    SolvedTooEasily,
    /// Epochs have gone by and the validation is where it was.
    NotLearning,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; the run may well be all right.
    Notice,
    /// The result will be poorer than it could be.
    Warning,
    /// This run cannot become good.
    Alarm,
}

/// Something the doctor noticed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What.
    pub ailment: Ailment,
    /// How bad.
    pub severity: Severity,
    /// Epoch at which it was noticed (0: before the first step).
    pub epoch: u32,
    /// The figures it rests on, in one sentence.
    pub evidence: String,
    /// What to do, in one sentence.
    pub remedy: String,
    /// `image_id`s of photos that it is about, where it is about photos.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<String>,
}
