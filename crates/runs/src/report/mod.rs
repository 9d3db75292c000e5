//! What a run looks like on a page, beside other runs, and in a line of the terminal.
//!
//! [`html`] draws one run from its records alone, while it goes on or afterwards; [`compare()`] puts runs side by side;
//! [`PanelLine`] is an epoch in one line. A page is one file: no scripts, and nothing from elsewhere.

mod compare;
mod curves;
mod embeddings;
mod figure;
mod lines;
mod map;
mod page;

pub use compare::{Comparison, ComparisonRow, compare};
pub use lines::PanelLine;
pub use page::html;

use crate::run::log::Record;

/// A run as a reader sees it.
#[derive(Debug, Clone, Default)]
pub struct RunView {
    /// What to call it: the name of its folder.
    pub name: String,
    /// The recipe as it was written.
    pub recipe_text: String,
    /// Its log.
    pub records: Vec<Record>,
}

/// Seconds as a person says them.
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 99.5 => format!("{s:.0} s"),
        s if s < 5940.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}
