//! The catalog: one portable folder that holds everything known about the animals of a study.
//!
//! ```text
//! my-catalog/
//!   catalog.sqlite                    the record: photos, annotations, encounters, individuals, journal
//!   vectors/<bundle>/seg-000001.f16   embeddings: append-only rows of half-precision numbers
//!   thumbs/xx/<photo>.jpg             small pictures, derived
//!   lock, lock.json                   who is writing
//! ```
//!
//! [`Catalog`] opens it. Many processes may read at once while one writes. What a method of the catalog has
//! reported as stored survives a kill and a power cut.
//!
//! Who is who, and what is said of it, changes only through the journal: [`Catalog::assign`],
//! [`Catalog::new_individual`], [`Catalog::merge`], [`Catalog::separate`], [`Catalog::rename`], [`Catalog::label`],
//! [`Catalog::remove`], and the labels of an import. Each is one
//! [`journal::JournalEntry`], signed by a person or a model, and [`Catalog::undo`] takes it back.
//!
//! This room knows neither pixels nor models: photos come as facts, embeddings as numbers. It reads no clock:
//! times come with the [`Signature`] of the caller.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod annotation;
mod calibration;
mod catalog;
mod change_mark;
mod connection;
mod copy;
mod embedding;
mod encounter;
mod error;
mod failure;
mod filesystem;
mod filter;
mod gallery;
mod import;
mod individual;
pub mod journal;
mod label;
mod layout;
mod learnt;
mod lock;
mod numbers;
mod photo;
mod photo_root;
mod rebuild;
mod schema;
mod search;
mod settings;
mod signature;
mod stats;
mod store;
mod thumbnail;
mod verdict;
pub mod verify;

pub use annotation::{AnnotationRecord, PendingEmbedding};
pub use calibration::{CalibrationRecord, FittedOn};
pub use catalog::{Access, Catalog};
pub use change_mark::ChangeMark;
pub use copy::{DATABASE, DerivedFiles};
pub use embedding::{BundleRecord, Embeddings, NewEmbedding, Role, StoredEmbedding};
pub use encounter::EncounterRef;
pub use error::CatalogError;
pub use failure::{PhotoFailure, PhotoFailureRecord};
pub use filter::{AppliedFilter, Area, Filtered, GalleryFilter};
pub use gallery::{Gallery, GalleryRow};
pub use import::ImportId;
pub use individual::{IndividualRecord, IndividualState, is_generated_name};
pub use label::{
    LabelChange, LabelName, LabelSubject, LabelValue, NewLabel, box_text, encounter_text, place_text,
};
pub use lock::Holder;
pub use photo::{PhotoRecord, PhotoSummary};
pub use photo_root::PhotoRoot;
pub use rebuild::{EmbeddingRepair, MissingThumbnail};
pub use search::exact_similarity;
pub use settings::{BundleSpec, Settings};
pub use signature::{Actor, Signature};
pub use stats::{BundleStats, Stats};
pub use store::{NewAnnotation, NewPhoto, StoredPhoto};
pub use verdict::{Confidence, PairVerdict, PairWord, ShownForVerdict, VerdictRecord};
