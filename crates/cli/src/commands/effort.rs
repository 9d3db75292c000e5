//! How much work goes into an answer, as commands take it.

use resight_engine::Effort;

/// The efforts by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum EffortArg {
    /// Embeddings are compared, nothing else
    Fast,
    /// Marks too: local features are matched with every photo that may answer
    Normal,
    /// And the photos that are most alike are looked at by a network, about a second more a photo
    Thorough,
}

impl From<EffortArg> for Effort {
    fn from(argument: EffortArg) -> Self {
        match argument {
            EffortArg::Fast => Self::Fast,
            EffortArg::Normal => Self::Normal,
            EffortArg::Thorough => Self::Thorough,
        }
    }
}
