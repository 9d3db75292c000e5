//! What the pages that resight writes are made of: plots, pictures inside the page, the map of embeddings.
//!
//! A page is one file that needs nothing else: no scripts, no fonts, no pictures from elsewhere. The frame with
//! its style is `templates/page.html`; the rooms that write pages find it there (their `askama.toml`).

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod link;
pub mod map;
pub mod matches;
mod pca;
pub mod picture;
pub mod plot;
pub mod regions;

pub use link::file_link;
pub use pca::{Plane, plane};
pub use picture::{cut_from, data_uri, picture_in, picture_of};

/// The colours of series, told apart by color-blind eyes as well (M. Okabe, K. Ito, "Color universal design",
/// 2008), then two more.
pub const COLORS: [&str; 10] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f3c8d", "#8c6d31", "#3b4252",
    "#e73f74",
];
