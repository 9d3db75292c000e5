//! Tests of the formats: what is written is read back, is what was expected, and gives away no more than it may.

mod expected;
mod privacy;
mod round_trips;
mod workbooks;
mod world;
