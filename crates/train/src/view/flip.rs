//! What a mirrored photo means.

use serde::{Deserialize, Serialize};

/// What a mirrored photo means: a matter of the animal and of the side that is seen.
///
/// | policy | classes | views of a row | gallery |
/// |---|---|---|---|
/// | `forbidden` | as they are | none is mirrored | each photo once |
/// | `keep-identity` | as they are | every view but 0 is mirrored by the toss of a coin | each photo once |
/// | `mirrored-twin` | twice as many: class c mirrored is class c + n | in pairs: even as is, odd mirrored | each photo once |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlipPolicy {
    /// A mirrored photo would show an animal that does not exist, and other photos of the other side are told
    /// apart from it: stripes of a left flank are not those of the right one. The default: it is never wrong.
    #[default]
    Forbidden,
    /// A mirrored photo shows the same individual: the marks are seen from both sides alike, as the notches of a
    /// fin.
    KeepIdentity,
    /// A mirrored photo shows *another* individual, which doubles the classes (first of Humpback 2019: +0.006
    /// MAP@5). For animals that are always seen from the same side, as a fluke from below.
    MirroredTwin,
}

impl FlipPolicy {
    /// The policy as recipes write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::KeepIdentity => "keep-identity",
            Self::MirroredTwin => "mirrored-twin",
        }
    }

    /// Whether views come in pairs: 2k as is, 2k + 1 mirrored. View 1 is then view 0 mirrored, and nothing else.
    pub fn is_paired(self) -> bool {
        self == Self::MirroredTwin
    }

    /// How many views a row has where the recipe asks for `views`.
    pub fn views_of(self, views: u32) -> u32 {
        if self.is_paired() { views.saturating_mul(2) } else { views }
    }

    /// The class of a view of a photo of class `class`, of `classes` classes.
    pub fn class_of(self, class: u32, view: u32, classes: u32) -> u32 {
        if self == Self::MirroredTwin && view % 2 == 1 { class + classes } else { class }
    }
}
