//! Importing a network that people have, without the program that made it: from a weight file or an ONNX file, with the
//! configs that lie beside it, to a plan of what will be done and who says so.
//!
//! [`crate::store::Store::plan_import`] makes the plan, [`ImportPlan::describe`] shows it, and
//! [`crate::store::Store::import`] carries it out. Every value may be wished otherwise ([`ImportWishes`]), or changed in
//! the plan itself.

mod choices;
mod config;
mod describe;
mod detector;
mod error;
mod labels;
mod network;
mod plan;
mod readme;
mod source;
mod told;
mod usual;
mod weights;
mod wishes;

pub(crate) use config::CONFIG_FILES;
pub use describe::{PlanLine, PlanPart};
pub use error::ImportError;
pub(crate) use plan::{Given, plan};
pub use plan::{ImportPlan, PlannedDetector, PlannedNetwork, PlannedPreprocess};
pub use source::ImportSource;
pub(crate) use source::weights_in;
pub use told::{PlanNote, Source, Told};
pub(crate) use usual::takes_any_side;
pub use wishes::ImportWishes;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::write_weights;
