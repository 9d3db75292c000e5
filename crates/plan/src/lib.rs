//! One network for all animals, or one for each kind and side? A [`Plan`] says for every slot what is tried, [`jobs()`] are the
//! independent pieces of work that it makes, a [`PlanFolder`] remembers what came of them, and the [`report()`] says what
//! each network is worth, on the same photos of animals that none of them has learnt.
//!
//! This room knows neither what trains nor what measures: whoever carries a job out tells it.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod error;
mod folder;
mod jobs;
mod measured;
mod plan;
mod propose;
mod report;

pub use error::PlanError;
pub use folder::{JobState, PlanFolder, Standing};
pub use jobs::{Job, Task, jobs};
pub use measured::{Answered, Measured, Network};
pub use plan::{Networks, Plan, PlannedSlot, Wanted};
pub use propose::propose;
pub use report::{Compared, PlanReport, SlotReport, html, report};
