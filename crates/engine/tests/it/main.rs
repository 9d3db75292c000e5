//! From photos to answers, with a tiny network: what the use cases do together.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

mod calibrate;
mod closer;
mod crops;
mod identify;
mod identity;
mod large_gallery;
mod local_features;
mod marks;
mod outlines;
mod pack;
mod page;
mod queries;
mod session;
mod support;
