//! Local features as evidence: whose are compared with whose, on all cores.
//!
//! The features of a catalog are rows as its embeddings are, made by bundles of their own. A query's features are compared
//! with those of every photo that may answer, pair by pair ([`resight_compare`]), or of a large gallery with those of a
//! [`shortlist`]; the number of matches that fit together
//! joins the similarity of the embeddings by the weights that the catalog has learned ([`resight_core::Fusion`]). The few most
//! alike can be looked at more [closely](closer).

mod choice;
mod closer;
mod drawn;
mod gallery;
mod index;
mod make;
mod pairs;
mod read;
mod shortlist;

pub use self::choice::{LocalChoice, LocalChoiceError};
pub(crate) use self::closer::{CloserLook, CloserPairs, KeptLooks, LIKELIEST, chosen};
pub(crate) use self::drawn::{Shown, body, draw_matches, marks_seen, seen_twice};
pub(crate) use self::gallery::{LocalGallery, cover};
pub(crate) use self::index::refresh as refresh_indexes;
pub(crate) use self::make::{LocalReport, count_missing, make_for, make_missing, readers, serve};
pub(crate) use self::pairs::{LocalRows, Pairs, count_matches, threads};
pub(crate) use self::read::row_of_photo;
pub(crate) use self::shortlist::{Compared, MayAnswer, compared, n_compared};
