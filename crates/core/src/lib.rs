//! The dictionary of resight in code.
//!
//! Every other room speaks in these types: who ([`IndividualId`]), what was photographed
//! ([`PhotoId`], [`AnnotationId`], [`PixelBox`]), how alike ([`Distance`], [`Similarity`]), and what
//! follows from it ([`Candidate`], [`Calibration`], [`Decision`]); and what a network has learnt ([`LearntRecord`]).
//!
//! This room knows no files, no clock, no randomness, no threads and no machine-learning framework:
//! the same input gives the same output, everywhere.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod calibration;
mod candidate;
mod capture_time;
mod clarity;
mod classification;
mod decision;
mod edit_distance;
mod embedding;
mod encounter;
mod error_kind;
mod fusion;
mod geometry;
mod globe;
mod hint;
mod id;
mod labels;
mod learnt;
mod missing;
mod name;
mod near_name;
mod newcomers;
mod panic_text;
mod progress;
mod route;
mod shard;
mod species_types;
mod stated;
mod visible;

pub use calibration::{
    Calibration, CalibrationCase, CalibrationError, CalibrationFit, EncounterCase, FitOptions, Posterior,
    RankedSimilarities, SeveralPhotos, Tier, TogetherRanked,
};
pub use candidate::{Candidate, Neighbor, Pooling, pool_exactly, pool_neighbors};
pub use capture_time::{CaptureTime, CaptureTimeError, TimePrecision, one_clock};
pub use clarity::{Clarity, Flaw, Named, least_quality};
pub use classification::{ClassifierRule, ClassifierTask, Said};
pub use decision::{
    AskReason, Decision, Policy, PolicyChange, PolicyError, Uncalibrated, UnusableReason, decide,
};
pub use edit_distance::edit_distance;
pub use embedding::{Distance, Similarity};
pub use encounter::{DEFAULT_ENCOUNTER_GAP_SECS, EncounterSource, group_by_gap};
pub use error_kind::{ErrorKind, RoomError};
pub use fusion::{Effort, Fusion, strength_of_matches};
pub use geometry::{BoxSpace, GivenBox, ImageSize, PixelBox, RelativeBox};
pub use globe::distance_km;
pub use hint::{AnimalInPhoto, EmptySplit, Hint, LabelForm};
pub use id::{AnnotationId, BundleId, EncounterId, IdError, IndividualId, PhotoId, PictureId};
pub use labels::{BodyPart, LabelFilter, Quality, Same, Slot, Species, Viewpoint};
pub use learnt::{
    LearntError, LearntIndex, LearntOf, LearntPart, LearntPhoto, LearntRecord, MAX_LEARNT_BYTES,
};
pub use missing::says_nothing;
pub use name::{NameFault, check_name, names_alike, plain_form};
pub use near_name::near_names;
pub use newcomers::{
    LEAST_EVIDENCE, NewcomerCluster, NewcomerPhoto, NewcomerQuestion, Newcomers, NumberOfNewcomers,
};
pub use panic_text::panic_text;
pub use progress::{Progress, Silent, Stage};
pub use route::{Route, RoutedSlot, slot_for};
pub use shard::Shard;
pub use species_types::SpeciesTypes;
pub use stated::{LabelSource, Stated};
pub use visible::{visible, visible_lines};
