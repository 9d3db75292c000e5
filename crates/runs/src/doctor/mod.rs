//! Reads the log of a run and names what goes wrong.
//!
//! [`examine`] is a pure function of the records: it can be asked before the first step (the start record alone says
//! much), every few steps, after every epoch and years later, and says the same of the same records. Each ailment has
//! its rule in one of the files here, with its thresholds as named constants and where they come from. What an
//! ailment looks like and what helps is told at length in `docs/concepts/doctor.md`.

mod batches;
mod embedding;
pub(crate) mod history;
mod labels;
mod loss;
mod progress;
mod rates;
mod settings;
mod shortcuts;

use serde::{Deserialize, Serialize};

use crate::run::log::Record;
use history::History;

/// Everything that is wrong, as far as these records tell: the worst first. One finding an ailment, at its present
/// severity; one that the records hold already keeps the epoch at which it was first noticed.
pub fn examine(records: &[Record]) -> Vec<Finding> {
    let Some(history) = History::of(records) else { return Vec::new() };
    let mut findings: Vec<Finding> = RULES.iter().filter_map(|rule| rule(&history)).collect();
    for finding in &mut findings {
        finding.settings = finding.ailment.settings(history.start);
        if let Some(before) = recorded(records).find(|before| before.is_alike(finding)) {
            finding.epoch = before.epoch;
        }
    }
    findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.epoch, finding.ailment));
    findings
}

/// What [`examine`] finds and the records do not hold yet (same ailment and severity): for a run that goes on, which
/// writes each of them down, so that nothing is said twice.
pub fn fresh(records: &[Record]) -> Vec<Finding> {
    let is_new = |finding: &Finding| !recorded(records).any(|before| before.is_alike(finding));
    examine(records).into_iter().filter(is_new).collect()
}

/// What [`examine`] finds, and what was noticed while the run went on and has passed since: the worst first.
pub fn all_findings(records: &[Record]) -> Vec<Finding> {
    let mut findings = examine(records);
    for before in recorded(records) {
        if !findings.iter().any(|finding| finding.ailment == before.ailment) {
            findings.push(before.clone());
        }
    }
    findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.epoch, finding.ailment));
    findings
}

fn recorded(records: &[Record]) -> impl Iterator<Item = &Finding> {
    records.iter().filter_map(|record| match record {
        Record::Finding(finding) => Some(finding),
        _ => None,
    })
}

type Rule = fn(&History<'_>) -> Option<Finding>;

/// One rule an ailment.
const RULES: [Rule; 18] = [
    embedding::collapsed,
    loss::stuck_at_margin,
    batches::almost_no_positives,
    loss::scale_margin,
    rates::rate_too_high,
    rates::head_too_slow,
    embedding::embedding_too_small,
    labels::leak,
    shortcuts::background,
    shortcuts::mirrored_views,
    labels::label_noise,
    labels::too_good,
    progress::overfitting,
    batches::solved_too_easily,
    progress::not_learning,
    rates::no_gradient,
    embedding::hubs,
    progress::validation_too_small,
];

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
    /// A part that should learn gets no gradient.
    NoGradient,
    /// A few photos are near to everything.
    Hubs,
    /// Too few photos ask for the validation to mean much.
    ValidationTooSmall,
}

impl Ailment {
    /// In a few words, for a headline.
    pub fn title(self) -> &'static str {
        match self {
            Self::Collapsed => "collapsed",
            Self::StuckAtMargin => "stuck at the margin",
            Self::AlmostNoPositives => "almost no positive pairs in a batch",
            Self::ScaleMargin => "scale and margin cannot be satisfied",
            Self::RateTooHigh => "rate too high",
            Self::HeadTooSlow => "head too slow",
            Self::EmbeddingTooSmall => "embedding too small",
            Self::Leak => "leak between training and validation",
            Self::Background => "learns the background",
            Self::MirroredViews => "mirrored views confused",
            Self::LabelNoise => "labels in doubt",
            Self::TooGood => "better than it should be",
            Self::Overfitting => "learns by heart",
            Self::SolvedTooEasily => "pairs solved too easily",
            Self::NotLearning => "not learning",
            Self::NoGradient => "a part gets no gradient",
            Self::Hubs => "hubs",
            Self::ValidationTooSmall => "small validation",
        }
    }
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

impl Severity {
    /// As a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Alarm => "alarm",
        }
    }
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
    /// Changes of the recipe that help, as `--set` takes them, where the recipe is what must change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<String>,
    /// `image_id`s of photos that it is about, where it is about photos.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<String>,
}

impl Finding {
    /// A finding at the present epoch of a history.
    fn now(
        history: &History<'_>,
        ailment: Ailment,
        severity: Severity,
        evidence: String,
        remedy: &str,
    ) -> Self {
        Self {
            ailment,
            severity,
            epoch: history.epoch_now(),
            evidence,
            remedy: remedy.to_owned(),
            settings: Vec::new(),
            photos: Vec::new(),
        }
    }

    /// A finding that the start record alone gives.
    fn at_start(ailment: Ailment, severity: Severity, evidence: String, remedy: &str) -> Self {
        Self {
            ailment,
            severity,
            epoch: 0,
            evidence,
            remedy: remedy.to_owned(),
            settings: Vec::new(),
            photos: Vec::new(),
        }
    }

    pub(crate) fn is_alike(&self, other: &Self) -> bool {
        (self.ailment, self.severity) == (other.ailment, other.severity)
    }
}

/// A share as per cent, with a digit where it is small.
pub(crate) fn percent(share: f64) -> String {
    let value = 100.0 * share;
    if value != 0.0 && value.abs() < 10.0 { format!("{value:.1} %") } else { format!("{value:.0} %") }
}
