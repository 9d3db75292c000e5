//! How well newcomers are told from known individuals, and how true the probabilities are.

mod auroc;
mod balanced;
mod calibration_error;

pub(crate) use auroc::Ordered;
pub use auroc::{RocPoint, auroc, roc};
pub use balanced::{balanced_accuracy, normalized_accuracy};
pub use calibration_error::{Bin, Stated, calibration_error, reliability};
