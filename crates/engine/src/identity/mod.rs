//! Who is who: what a person says about it, step by step, and how a step is taken back.
//!
//! [`record()`] makes one [`Verdict`] one entry of the catalog's journal and gives it back as it stands after.
//! [`undoing()`] says beforehand what an undo would take back. [`individuals()`] and [`individual`] show who there is, [`journal()`] and [`journal_step`] what was done.

mod find;
mod individuals;
mod journal;
mod labels;
mod record;
mod step;

pub use individuals::{IndividualDetails, IndividualRow, PhotoOfIndividual, individual, individuals};
pub use journal::{JournalRow, journal, journal_step};
pub use labels::{LabelMoved, LabelsSaid, relabel};
pub use record::{Verdict, record, undoing};
pub use step::{IndividualRef, Moved, NameMoved, NamingShown, StateChanged, Step};
