//! The use cases of resight, and the one API that every door (terminal, web page, Python) goes through.
//!
//! What is done with a catalog is a method of the [`Session`] that a door opens with it, a module each: [`ingest`]
//! photos, [`identify`] an animal, record a verdict ([`identity`]). What needs no catalog is a function: [`evaluate`] a
//! model on a table, look the machine over ([`doctor`]). A use case takes a request and a [`Progress`], returns a value,
//! and says what went wrong as an [`EngineError`] with a [`Hint`], which the door puts into words. Nothing here
//! prints, reads the terminal or looks at environment variables: that is the doors' business.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod audit;
pub mod calibrate;
mod cancel;
pub mod classify;
pub mod compare_models;
pub mod confusion_picture;
pub mod contact_sheet;
pub mod detect;
pub mod doctor;
mod encounters;
mod error;
pub mod evaluate;
pub mod export;
pub mod export_table;
pub mod found_sheet;
mod grading;
pub mod identify;
pub mod identity;
pub mod ingest;
pub mod init;
pub mod join;
mod learnt;
mod local;
pub mod look;
mod models;
pub mod pack;
pub mod rebuild;
mod received;
pub mod reembed;
pub mod review;
pub mod roots;
pub mod route;
mod session;
pub mod status;
pub mod submit;
pub mod verify;

pub use cancel::CancelToken;
pub use error::{Advice, AnimalInPhoto, EmptySplit, EngineError, ErrorKind, Hint, LabelForm, Warning};
pub use learnt::LearntCount;
pub use local::{LocalChoice, LocalChoiceError};
pub use models::{
    DEFAULT_DETECTOR, DEFAULT_EMBEDDER, DEFAULT_LOCAL_FEATURES, DEFAULT_MASK, DEFAULT_MATCHER, Models,
    OUTLINE_FEATURES,
};
pub use received::Delivery;
pub use resight_core::{Effort, Fusion, Progress, Silent, Stage};
pub use resight_model::store as model_store;
pub use resight_model::{RuntimeChoice, TrialProgram, answer_trial};
pub use session::Session;

/// What describes a model of the user's own.
pub mod models_of {
    pub use resight_imaging::{ColorOrder, DecodePrecision, Fit, Preprocess, ResizeFilter, ValueRange};
    pub use resight_model::import;
    pub use resight_model::{BoxesForm, Bundle, DetectorManifest, ManifestInput, ModelError, Purpose};
}
