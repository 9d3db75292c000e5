//! A server with a catalog behind it, asked as others ask it.
#![allow(clippy::unwrap_used, reason = "a test that fails may end")]

mod crru;
mod guarded;
mod review;
mod screen;
mod served;
mod wildbook;
