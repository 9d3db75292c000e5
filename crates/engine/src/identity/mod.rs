//! Who is who: what a person says about it, step by step, and how a step is taken back.
//!
//! [`Session::record`](crate::Session::record) makes one [`Verdict`] one entry of the catalog's journal and gives it back
//! as it stands after; [`undoing`](crate::Session::undoing) says beforehand what an undo would take back.
//! [`individuals`](crate::Session::individuals) and [`individual`](crate::Session::individual) show who there is,
//! [`journal`](crate::Session::journal) and [`journal_step`](crate::Session::journal_step) what was done.

mod find;
mod individuals;
mod journal;
mod labels;
mod record;
mod step;

pub use individuals::{IndividualDetails, IndividualRow, PhotoOfIndividual};
pub use journal::JournalRow;
pub use labels::{LabelMoved, LabelsSaid};
pub use record::Verdict;
pub use step::{IndividualRef, Moved, NameMoved, NamingShown, StateChanged, Step};
