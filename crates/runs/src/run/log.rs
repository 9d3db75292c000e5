//! The log of a run: one JSON object a line, from which the doctor and the report are made.
//!
//! Everything that the panel shows and the doctor judges is in here, so a run can be examined while it goes on,
//! afterwards, and on another machine. Fields are only ever added.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::doctor::Finding;

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Record {
    /// What is about to be learnt from what. First line; a resumed run writes it again.
    Start(Box<Start>),
    /// A step, or several taken together.
    Step(Step),
    /// The end of an epoch, with the validation.
    Epoch(Box<Epoch>),
    /// The doctor noticed something.
    Finding(Finding),
    /// The run is over.
    End(End),
}

/// What is about to be learnt from what.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Start {
    /// Version of resight.
    pub version: String,
    /// Name of the recipe.
    pub recipe: String,
    /// Seed.
    pub seed: u64,
    /// `head`, `tail` or `full`.
    pub depth: String,
    /// Name of the trunk.
    pub trunk: String,
    /// Kind of the loss, as the recipe writes it (`arcface`, `triplet`, …).
    pub loss: String,
    /// Whether the loss separates classes by centres or proxies of their own (true) or compares photos (false).
    pub loss_has_centers: bool,
    /// Kind of the sampler, as the recipe writes it.
    pub sampler: String,
    /// Kind of the miner, as the recipe writes it.
    pub miner: String,
    /// What the loss compares by.
    pub distance: String,
    /// Scale of the loss, where it has one.
    pub scale: Option<f64>,
    /// Margins of the loss, smallest and largest over the classes, where it has one.
    pub margin: Option<(f64, f64)>,
    /// What values of the loss mean.
    pub levels: LossLevels,
    /// Photos to learn from.
    pub n_photos: usize,
    /// Classes to learn.
    pub n_classes: usize,
    /// How many classes have one photo, two, three, …: `class_sizes[0]` have one.
    pub class_sizes: Vec<u32>,
    /// Photos in a batch.
    pub batch: usize,
    /// Positive pairs to expect in a batch of this sampler.
    pub expected_positives: f64,
    /// Steps in an epoch.
    pub steps_per_epoch: usize,
    /// Epochs that the recipe asks for.
    pub epochs: usize,
    /// Numbers of an embedding.
    pub dimension: usize,
    /// Highest learning rate of trunk, neck and head.
    pub rates: Rates,
    /// Flip policy, as the recipe writes it.
    pub flip: String,
    /// Photos that ask in the validation.
    pub validation_queries: usize,
    /// Individuals among them.
    pub validation_individuals: usize,
    /// Encounters with photos both in training and among the validation's queries.
    pub shared_encounters: usize,
    /// Near-duplicate pairs across the same border.
    pub shared_duplicates: usize,
    /// Individuals on both sides (right for known individuals, a leak where they were promised to be new).
    pub shared_individuals: usize,
    /// Whether the split promised that validation individuals are new.
    pub promised_new: bool,
    /// MAP@5 and top-1 of the validation by chance.
    pub chance: Score,
    /// MAP@5 and top-1 of the validation with the trunk as it came.
    pub untrained: Score,
    /// MAP@5 and top-1 of the untrained trunk on the photos' background alone, where it was looked at.
    pub untrained_background: Option<Score>,
    /// MAP@5 and top-1 of the best run of the same validation that the folder of runs holds.
    pub best_so_far: Option<Score>,
}

/// Values of a loss that mean something: reference lines of its curve.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct LossLevels {
    /// Expected with random embeddings and centres, before the first step.
    pub at_start: Option<f64>,
    /// What it stays at when all embeddings fall on one point.
    pub collapsed: Option<f64>,
}

/// Learning rates by part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rates {
    /// Of the image network; 0 where it is frozen.
    pub trunk: f64,
    /// Of the neck.
    pub neck: f64,
    /// Of the loss's own parameters.
    pub head: f64,
}

/// How well a set of queries is answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Score {
    /// MAP@5 over the queries that have a right answer, 0 to 1.
    pub map5: f64,
    /// Share of them answered right at once, 0 to 1.
    pub top1: f64,
}

/// A step, or several taken together: means over them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Step {
    /// Number of the last of them, from 1.
    pub step: u64,
    /// How many are taken together.
    pub steps: u32,
    /// Where in the run: 1.5 is the middle of the second epoch.
    pub epoch: f64,
    /// The loss; not a number once it diverged (written as null).
    pub loss: Option<f64>,
    /// The largest loss of a step among them.
    pub loss_max: Option<f64>,
    /// Loss of the species head, before its weight.
    pub species_loss: Option<f64>,
    /// Positive pairs in a batch.
    pub positives: f64,
    /// Share of anchors with no positive among what they are compared with, 0 to 1.
    pub without_positive: f64,
    /// Share of the tuples or anchors that still give a gradient, 0 to 1.
    pub active_share: Option<f64>,
    /// Mean cosine of pairs of the same class in a batch.
    pub same_cosine: Option<f64>,
    /// Mean cosine of pairs of different classes in a batch.
    pub other_cosine: Option<f64>,
    /// Norm of the gradient by part, before clipping.
    pub gradient: Rates,
    /// Norm of the change of the parameters, relative to their own norm, by part.
    pub change: Rates,
    /// Learning rate by part.
    pub rates: Rates,
    /// Photos a second.
    pub photos_per_second: f64,
    /// Seconds until the end of the run, as far as can be told.
    pub seconds_left: f64,
}

/// The end of an epoch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Epoch {
    /// Its number, from 1; 0 is the state before the first step.
    pub epoch: u32,
    /// Seconds since the start of the run, all its parts together.
    pub seconds: f64,
    /// Mean loss over the epoch.
    pub loss: Option<f64>,
    /// The validation, strict: same encounter and near-duplicates hidden.
    pub validation: Score,
    /// The same questions asked of photos of training individuals (a sample), each against the others.
    pub training: Score,
    /// Share of a sample of training photos whose class the head itself names.
    pub head_accuracy: Option<f64>,
    /// How the validation's embeddings look.
    pub health: Health,
    /// MAP@5 and top-1 on the background alone, where it was looked at.
    pub background: Option<Score>,
    /// Share of validation queries whose mirrored photo finds another individual of the wrong side first, where
    /// the flip policy forbids it and it was looked at.
    pub mirrored_confusion: Option<f64>,
    /// Photos whose label the neighbors contradict with one voice: `image_id`s, most suspicious first.
    pub suspects: Vec<Suspect>,
    /// Map of a sample of validation embeddings.
    pub map: Vec<Spot>,
    /// Whether this is the best validation so far.
    pub best: bool,
}

/// How a set of embeddings looks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Health {
    /// Mean length of an embedding before normalisation.
    pub norm_mean: f64,
    /// Standard deviation of the length.
    pub norm_deviation: f64,
    /// Variance of each dimension of the unit embeddings, sorted downwards, at most 64 of them (evenly chosen).
    pub variances: Vec<f64>,
    /// exp(entropy of the covariance's normalised eigenvalues) (Roy and Vetterli 2007): 1 to the dimension.
    pub effective_rank: f64,
    /// Mean squared distance of unit embeddings of one individual (Wang and Isola 2020): 0 to 4, lower is tighter.
    pub alignment: Option<f64>,
    /// log of the mean of exp(−2 · squared distance) over all pairs (Wang and Isola 2020): lower is more even.
    pub uniformity: f64,
    /// Skewness of how often a photo is among the ten nearest of others (Radovanović et al. 2010): above 2 a few
    /// photos answer everything.
    pub hubness: f64,
    /// Mean angle between an embedding and the centre of its class, degrees, on training photos.
    pub center_angle: Option<f64>,
    /// Counts of cosines of pairs of one individual, in 50 bins over −1 to 1.
    pub same_histogram: Vec<u64>,
    /// Counts of cosines of pairs of different individuals, in 50 bins over −1 to 1.
    pub other_histogram: Vec<u64>,
    /// Chance that a same pair is more alike than a different pair.
    pub pair_auroc: Option<f64>,
    /// Mean cosine of all pairs: near 1 when everything has fallen on one point.
    pub mean_cosine: f64,
}

/// A photo whose label is in doubt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suspect {
    /// Its `image_id` in the table.
    pub image_id: String,
    /// The individual it is labelled as.
    pub labelled: String,
    /// The individual that its neighbors name.
    pub neighbors_say: String,
    /// How many of its nearest neighbors say so, of how many.
    pub votes: (u32, u32),
}

/// One photo on the map.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spot {
    /// Left to right, −1 to 1.
    pub x: f32,
    /// Bottom to top, −1 to 1.
    pub y: f32,
    /// The individual, by number: chooses the colour.
    pub individual: u32,
}

/// How a run comes to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndReason {
    /// All epochs are done.
    Done,
    /// The validation did not get better any more.
    EarlyStop,
    /// Somebody stopped it; it can be resumed. Also what a log means that does not say.
    #[default]
    Interrupted,
    /// The loss was no number any more.
    Diverged,
    /// Its time was over.
    Budget,
}

impl EndReason {
    /// As the log has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::EarlyStop => "early-stop",
            Self::Interrupted => "interrupted",
            Self::Diverged => "diverged",
            Self::Budget => "budget",
        }
    }
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The run is over.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct End {
    /// How it came to its end.
    pub reason: EndReason,
    /// Epoch whose parameters were kept.
    pub best_epoch: u32,
    /// Validation of that epoch.
    pub validation: Score,
    /// Seconds, all parts of the run together.
    pub seconds: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_has_the_words_that_people_see() {
        use EndReason::{Budget, Diverged, Done, EarlyStop, Interrupted};
        for reason in [Done, EarlyStop, Interrupted, Diverged, Budget] {
            let written = serde_json::to_string(&reason).unwrap();
            assert_eq!(written, format!("\"{reason}\""));
            assert_eq!(serde_json::from_str::<EndReason>(&written).unwrap(), reason);
        }
    }
}
