//! What helps against an ailment, as changes of the recipe.

use super::Ailment;
use crate::run::log::Start;

impl Ailment {
    /// All of them, in the order in which they are declared.
    pub const ALL: [Self; 18] = [
        Self::Collapsed,
        Self::StuckAtMargin,
        Self::AlmostNoPositives,
        Self::ScaleMargin,
        Self::RateTooHigh,
        Self::HeadTooSlow,
        Self::EmbeddingTooSmall,
        Self::Leak,
        Self::Background,
        Self::MirroredViews,
        Self::LabelNoise,
        Self::TooGood,
        Self::Overfitting,
        Self::SolvedTooEasily,
        Self::NotLearning,
        Self::NoGradient,
        Self::Hubs,
        Self::ValidationTooSmall,
    ];

    /// Changes of the recipe that help, each as `--set` takes it (`KEY=VALUE`); none where the photos, their labels or
    /// their division are what must be looked at. Each can be tried alone.
    pub fn settings(self, start: &Start) -> Vec<String> {
        let slower = format!("optimizer.rate={}", rounded(start.rates.neck / 3.0));
        let pairs = |line: &str| if start.loss_has_centers { Vec::new() } else { vec![line.to_owned()] };
        match self {
            Self::Collapsed | Self::StuckAtMargin => {
                [pairs("miner={kind=\"semi-hard\"}"), vec![slower]].concat()
            }
            Self::AlmostNoPositives => vec!["sampler={kind=\"p-by-k\",photos-per-individual=4}".to_owned()],
            Self::ScaleMargin => scale(start),
            Self::RateTooHigh | Self::NoGradient => vec![slower],
            Self::HeadTooSlow => vec![format!("optimizer.head-factor={}", rounded(head_factor(start)))],
            Self::EmbeddingTooSmall => vec!["neck.dimension=512".to_owned()],
            Self::Background => vec!["views.augment.erasing.probability=0.5".to_owned()],
            Self::MirroredViews => {
                vec!["classes.by-viewpoint=true".to_owned(), "views.flip=mirrored-twin".to_owned()]
            }
            Self::LabelNoise if start.loss_has_centers => {
                vec!["loss={kind=\"sub-center-arcface\"}".to_owned()]
            }
            Self::Overfitting => vec![slower, "optimizer.weight-decay=0.1".to_owned()],
            Self::SolvedTooEasily => pairs("miner={kind=\"batch-hard\"}"),
            Self::NotLearning => vec!["loss={kind=\"arcface\"}".to_owned(), slower],
            Self::Leak | Self::LabelNoise | Self::TooGood | Self::Hubs | Self::ValidationTooSmall => {
                Vec::new()
            }
        }
    }
}

/// A scale that every number of classes up to a hundred thousand can be told apart with, where the loss has one.
fn scale(start: &Start) -> Vec<String> {
    start.scale.map(|_| vec!["loss.scale=24".to_owned()]).unwrap_or_default()
}

/// What makes the head ten times as fast as the trunk.
fn head_factor(start: &Start) -> f64 {
    let of_trunk = start.rates.trunk / start.rates.neck;
    if of_trunk.is_finite() && of_trunk > 0.0 { 10.0 * of_trunk } else { 10.0 }
}

/// Two digits; a rate that is not known becomes the usual one.
fn rounded(value: f64) -> f64 {
    let value = if value.is_finite() && value > 0.0 { value } else { 0.001 };
    format!("{value:.1e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::log::Rates;

    #[test]
    fn rates_follow_those_of_the_run() {
        let rates = Rates { trunk: 0.002, neck: 0.004, head: 0.004 };
        let start = Start { rates, loss_has_centers: true, ..Start::default() };
        assert_eq!(Ailment::RateTooHigh.settings(&start), ["optimizer.rate=0.0013"]);
        assert_eq!(Ailment::HeadTooSlow.settings(&start), ["optimizer.head-factor=5"]);
        assert_eq!(Ailment::Collapsed.settings(&start), ["optimizer.rate=0.0013"], "no pairs, no miner");
    }
}
