//! The door for browsers and programs that speak HTTP: one catalog, served on this machine.
//!
//! What a request means is found out by [`resight_engine::Session`]; this room knows HTTP, who may ask, and in which form
//! others expect their answers:
//!
//! | | who asks | what it is |
//! |---|---|---|
//! | `/`, `/api/v1`, `/media` | the screen, and scripts | everything that is done with a catalog ([`openapi`]) |
//! | `POST /match` | the CRRU Photo-ID app | who is on these photos of one encounter ([`contracts::crru`]) |
//! | `POST /predict/`, `/classify/`, `/extract/`, `/pipeline/` | Wildbook | where animals are, what kind, what is compared ([`contracts::wildbook`]) |
//! | `GET /health` | whatever watches over programs | whether the catalog can be read |
//!
//! Nobody is answered who does not know the [`Token`], but for `/` and `/health`, which say nothing of the catalog. In front of
//! everything else stands the guard: only requests that were meant for this server come through, whatever a page in
//! a browser makes of its names. No path that a request names is ever opened.
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that fails may end"))]

mod answering;
mod api;
pub mod contracts;
mod cookie;
mod guard;
mod jobs;
mod problem;
mod screen;
mod server;
mod token;

pub use answering::Tell;
pub use api::openapi;
pub use server::{ServeOptions, Server, WebError};
pub use token::{Token, TokenError};
