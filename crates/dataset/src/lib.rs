//! Tables of labelled annotations: readers, splits, audit, and the files that leave the house.
//!
//! A source of any kind — a folder tree, a folder per individual, a table, a Kaggle download — is read by
//! [`read_source`] into one [`Table`] of [`Row`]s. What is wrong with single rows is a [`Warning`]; reading
//! goes on. [`split()`] divides rows into gallery and queries in the same way on every machine; [`audit()`] finds
//! what would make an evaluation lie; [`submission`], [`TableWriter`], [`ListWriter`] and [`exchange`] write what others
//! read.
//!
//! This room knows no models and no catalog.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod audit;
mod boxes;
mod cell;
mod columns;
mod delimited;
mod encounters;
mod error;
pub mod exchange;
mod headers;
mod records;
mod row;
mod source;
pub mod split;
pub mod submission;
mod table;
mod warning;
mod write_table;

pub use audit::{
    Audit, AuditOptions, BoxOutside, ClassSizes, EncounterLeak, ImpossibleJourney, PhotoFacts,
    SpeciesConflict, TwiceInOnePhoto, audit, duplicate_groups,
};
pub use boxes::{BoxForm, OtherReading};
pub use columns::{Column, ColumnMapping};
pub use delimited::Limits;
pub use encounters::{EncounterCounts, Looking, SourceTable, encounter_as_labelled, find_encounters};
pub use error::DatasetError;
pub use row::{Row, Table};
pub use source::{BoxReading, Detected, ReadOptions, SourceKind, detect, read_source};
pub use split::{Split, SplitError, SplitLabels, SplitOptions, SplitRule, TimeCut, split};
pub use table::TableReader;
pub use warning::{Warning, WarningKind};
pub use write_table::{ListWriter, TableWriteError, TableWriter, guarded, unguarded};
