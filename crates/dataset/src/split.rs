//! Divides annotations into gallery (train) and queries (test), the same on every machine.
//!
//! The names are those of wildlife-datasets: *closed-set* (every test individual is in the gallery),
//! *open-set* (some are not), *disjoint-set* (no individual is on both sides), *time-cutoff* (gallery before a
//! date, queries after). A split depends on the labels, their order, the rule and the seed, on nothing else.

mod closed_set;
mod column;
mod disjoint_set;
mod generator;
mod labels;
mod open_set;
mod time_cutoff;

use resight_core::{CaptureTime, EmptySplit, ErrorKind, Hint, RoomError};
use serde::{Deserialize, Serialize};

pub use generator::Generator;
pub use labels::SplitLabels;

/// How to divide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum SplitRule {
    /// Of each individual a share of its annotations is gallery, the others are queries. An individual with
    /// one annotation is in the gallery; one with more is on both sides.
    ClosedSet {
        /// Share of the gallery, above 0 and below 1; 0.8 is usual.
        train_share: f64,
    },
    /// Some individuals are queries only; the others are divided as in a closed set.
    OpenSet {
        /// Share of the gallery among all annotations.
        train_share: f64,
        /// Share, among all annotations, of those whose individual is in the queries only.
        new_share: f64,
    },
    /// Individuals are divided, not annotations.
    DisjointSet {
        /// Share, among all annotations, of the queries' side.
        test_share: f64,
    },
    /// Gallery before, queries from then on; annotations without a date are left out.
    TimeCutoff {
        /// When.
        cut: TimeCut,
    },
    /// Every annotation is a query against all the others.
    LeaveOneOut,
    /// As the split column says: `train`, `gallery`, `catalog`, … against `test`, `query`, ….
    Column {
        /// Values that mean gallery, where the usual words are not used.
        #[serde(default)]
        train: Vec<String>,
        /// Values that mean query, where the usual words are not used.
        #[serde(default)]
        test: Vec<String>,
    },
}

/// Where the time line is cut.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeCut {
    /// At a given time, which belongs to the queries.
    At(CaptureTime),
    /// So that about this share of the dated annotations is earlier; equal times are never parted.
    Share(f64),
}

/// A rule, and how strictly it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitOptions {
    /// How to divide.
    pub rule: SplitRule,
    /// Chooses among the divisions that the rule allows.
    pub seed: u64,
    /// Whether an encounter never straddles: all its annotations go to one side. Shares then count encounters.
    pub whole_encounters: bool,
}

impl SplitOptions {
    /// The seed that is used where none is given.
    pub const DEFAULT_SEED: u64 = 666;

    /// The rule with the default seed, encounters kept whole.
    pub fn of(rule: SplitRule) -> Self {
        Self { rule, seed: Self::DEFAULT_SEED, whole_encounters: true }
    }
}

/// Why an annotation is on neither side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnusedReason {
    /// Nobody knows who it is.
    Unidentified,
    /// It has no date.
    NoDate,
    /// The split column has no word for it, or says validation where there is a test set.
    NotInColumn,
}

/// Positions of annotations, each list in rising order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Split {
    /// The gallery.
    pub train: Vec<u32>,
    /// The queries.
    pub test: Vec<u32>,
    /// On neither side, with the reason.
    pub unused: Vec<(u32, UnusedReason)>,
}

impl Split {
    /// Whether queries and gallery are the same annotations: each is asked against the others.
    pub fn is_leave_one_out(&self) -> bool {
        !self.test.is_empty() && self.train == self.test
    }

    fn sorted(mut self) -> Self {
        self.train.sort_unstable();
        self.test.sort_unstable();
        self.unused.sort_unstable_by_key(|(row, _)| *row);
        self
    }
}

/// The annotations cannot be divided as asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SplitError {
    /// A share is not between 0 and 1.
    #[error("{name} must be above 0 and below 1, not {value}")]
    Share {
        /// Which share.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// The share of newcomers leaves no room for queries of known individuals.
    #[error("train_share {train_share} and new_share {new_share} together must be below 1")]
    SharesTooLarge {
        /// Share of the gallery.
        train_share: f64,
        /// Share of the newcomers.
        new_share: f64,
    },
    /// One side would be empty.
    #[error("nothing would be left {side}")]
    EmptySide {
        /// Which side: "in the gallery" or "to ask".
        side: &'static str,
        /// By which rule.
        rule: EmptySplit,
    },
    /// The split column holds words whose side is not known.
    #[error("the split column says {}, and not which side that is", .found.join(", "))]
    UnknownWords {
        /// The words, at most ten.
        found: Vec<String>,
    },
}

impl RoomError for SplitError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::User
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::EmptySide { rule, .. } => Some(Hint::SplitOtherwise(*rule)),
            Self::UnknownWords { .. } => Some(Hint::SplitValues),
            Self::Share { .. } | Self::SharesTooLarge { .. } => None,
        }
    }
}

/// Divides annotations. Those of unidentified animals are on neither side, except with
/// [`SplitRule::Column`], which is followed to the letter.
///
/// # Errors
/// When a share is out of range or one side would be empty.
pub fn split(labels: &SplitLabels, options: &SplitOptions) -> Result<Split, SplitError> {
    let mut generator = Generator::new(options.seed);
    let whole = options.whole_encounters;
    let split = match &options.rule {
        SplitRule::ClosedSet { train_share } => {
            check_share("train_share", *train_share)?;
            closed_set::divide(labels, *train_share, whole, &mut generator)
        }
        SplitRule::OpenSet { train_share, new_share } => {
            check_share("train_share", *train_share)?;
            check_share("new_share", *new_share)?;
            open_set::divide(labels, *train_share, *new_share, whole, &mut generator)?
        }
        SplitRule::DisjointSet { test_share } => {
            check_share("test_share", *test_share)?;
            disjoint_set::divide(labels, *test_share, whole, &mut generator)
        }
        SplitRule::TimeCutoff { cut } => time_cutoff::divide(labels, *cut, whole)?,
        SplitRule::LeaveOneOut => leave_one_out(labels),
        SplitRule::Column { train, test } => column::divide(labels, train, test)?,
    };
    check_sides(&split, &options.rule)?;
    Ok(split.sorted())
}

fn leave_one_out(labels: &SplitLabels) -> Split {
    let (known, unused) = labels.identified();
    Split { train: known.clone(), test: known, unused }
}

fn check_share(name: &'static str, value: f64) -> Result<(), SplitError> {
    if value > 0.0 && value < 1.0 { Ok(()) } else { Err(SplitError::Share { name, value }) }
}

fn check_sides(split: &Split, rule: &SplitRule) -> Result<(), SplitError> {
    let rule = match rule {
        SplitRule::TimeCutoff { .. } => EmptySplit::Cut,
        SplitRule::Column { .. } => EmptySplit::Column,
        SplitRule::LeaveOneOut => EmptySplit::LeaveOneOut,
        _ => EmptySplit::Parted,
    };
    match (split.train.is_empty(), split.test.is_empty()) {
        (true, _) => Err(SplitError::EmptySide { side: "in the gallery", rule }),
        (_, true) => Err(SplitError::EmptySide { side: "to ask", rule }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
