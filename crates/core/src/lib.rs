//! The dictionary of resight in code.
//!
//! Every other room speaks in these types: who ([`IndividualId`]), what was photographed
//! ([`PhotoId`], [`AnnotationId`], [`PixelBox`]), how alike ([`Embedding`], [`Similarity`]), and what
//! follows from it ([`Candidate`], [`Calibration`], [`Decision`]).
//!
//! This room knows no files, no clock, no randomness, no threads and no machine-learning framework:
//! the same input gives the same output, everywhere.

mod calibration;
mod candidate;
mod capture_time;
mod decision;
mod embedding;
mod encounter;
mod geometry;
mod id;
mod labels;
mod missing;
mod visible;

pub use calibration::{
    Calibration, CalibrationCase, CalibrationError, CalibrationFit, EncounterCase, FitOptions, Posterior,
    RankedSimilarities, SeveralPhotos, Tier, TogetherRanked,
};
pub use candidate::{Candidate, Neighbor, Pooling, pool_exactly, pool_neighbors};
pub use capture_time::{CaptureTime, CaptureTimeError, TimePrecision, one_clock};
pub use decision::{AskReason, Decision, Policy, PolicyError, UnusableReason, decide};
pub use embedding::{Distance, Embedding, Similarity};
pub use encounter::{DEFAULT_ENCOUNTER_GAP_SECS, EncounterSource, group_by_gap};
pub use geometry::{BoxSpace, GivenBox, ImageSize, PixelBox, RelativeBox};
pub use id::{AnnotationId, BundleId, EncounterId, IdError, IndividualId, PhotoId};
pub use labels::{LabelFilter, NameFault, Same, Slot, Species, Viewpoint, check_name};
pub use missing::says_nothing;
pub use visible::{visible, visible_lines};
