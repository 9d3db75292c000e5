//! What is learnt from: the annotations of a table, divided, and the classes that a loss separates.

mod classes;
pub mod division;
mod training_data;

pub use classes::{Classes, Sample};
pub use training_data::{Annotation, DataWarning, TrainingData};
