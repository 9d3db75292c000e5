//! Do two crops show the same nick, spot, callosity? Keypoints, their descriptors, matching, geometry.
//!
//! This room knows numbers: gray values, maps that a network gave, points, descriptors. It knows neither
//! catalogs nor what runs networks. From features to evidence:
//!
//! 1. [`xfeat::features_of`] picks the keypoints of a crop from a network's maps and samples a descriptor for each;
//!    [`sift::Finder`] finds them in the gray values themselves, [`outline::features_of`] along the animal's outline;
//! 2. [`Descriptors`] are bytes, laid out so that many products are taken at once;
//! 3. [`Comparer`] finds the pairs that are each other's nearest, and clearly nearer than the next;
//! 4. of these, or of those that a network found, [`consistent`] keeps those that one similarity transform explains.
//!
//! Where crops are too many for that, [`FeatureIndex`] says which are worth comparing.

/// Which way of comparing this is: kept matches of another one say nothing. To be changed with whatever changes a count.
pub const COMPARING: &str = "matches-2";

mod descriptors;
mod evidence;
mod features;
mod geometry;
mod index;
#[cfg(test)]
mod made_up;
mod matching;
pub mod outline;
mod packed;
mod products;
pub mod sift;
pub mod xfeat;

pub use descriptors::{Descriptors, quantise};
pub use evidence::{Comparer, Evidence, FoundRule, Rule};
pub use features::{Features, Keypoint, Shown};
pub use geometry::{Consistent, GeometryRule, SimilarityTransform, consistent};
pub use index::{FeatureIndex, IndexFileError, Stamp};
pub use matching::{Match, MatchRule};
pub use packed::{PackedError, PackedFeatures, Room};
