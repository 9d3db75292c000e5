//! The door for programs that speak HTTP: one catalog, served on this machine.
//!
//! What a request means is found out by [`resight_engine::Session`]; this room knows HTTP, who may ask, and in which form
//! others expect their answers:
//!
//! | | who asks | what it is |
//! |---|---|---|
//! | `POST /match` | the CRRU Photo-ID app | who is on these photos of one encounter ([`contracts::crru`]) |
//! | `GET /health` | whatever watches over programs | whether the catalog can be read |
//! | `GET /` | a person who looks | what is served here |
//!
//! Nobody is answered who does not know the [`Token`], but for `/` and `/health`, which say nothing of the catalog. In front of
//! everything else stands the guard: only requests that were meant for this server come through, whatever a page in
//! a browser makes of its names. No path that a request names is ever opened.
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that fails may end"))]

mod answering;
pub mod contracts;
mod guard;
mod server;
mod token;

pub use answering::Tell;
pub use server::{ServeOptions, Server, WebError};
pub use token::{Token, TokenError};
