//! Views: what the network is shown of an annotation.
//!
//! View 0 is exactly what inference shows it: decode, crop, resize, by the bundle's own `Preprocess`. Every further
//! view is drawn at random from the same photo: another crop, another angle, another light, as an [`AugmentRecipe`]
//! says. What is drawn depends on the seed, the row and the number of the view alone, so it is the same whenever
//! and wherever it is asked for.
//!
//! ```text
//! bytes → decode → crop, rotation, shear, scale, resize (one step) → mirror → colour, grey
//!       → blur → noise → JPEG → erasing → the numbers of `Preprocess`
//! ```
//!
//! A [`ViewMaker`] makes them one by one, a [`Loader`] batch by batch on background threads, and [`preview()`] draws
//! a sheet to look at them. Frozen trunks are shown each view once only: see [`crate::cache`].

mod failure;
mod flip;
mod geometry;
mod job;
mod loader;
mod maker;
mod ordered;
mod photo;
mod pixels;
mod preview;
mod recipe;
#[cfg(test)]
pub(crate) mod tests;

pub use failure::{ViewFailure, ViewFailureReason};
pub use flip::FlipPolicy;
pub use job::{View, ViewJob};
pub use loader::{LoadedBatch, Loader, LoaderOptions, ViewRequest};
pub use maker::ViewMaker;
pub use photo::OpenPhoto;
pub use preview::{PreviewOptions, PreviewPhoto, preview, preview_png};
pub use recipe::{
    AffineRecipe, AugmentRecipe, AugmentRecipeError, Augmentation, BlurRecipe, ColorRecipe, CropRecipe,
    ErasingRecipe, GreyRecipe, JpegRecipe, NoiseRecipe,
};

pub(crate) use ordered::in_order;
