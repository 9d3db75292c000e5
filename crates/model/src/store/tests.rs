//! Tests of the store, with programs and packages made on the spot.

