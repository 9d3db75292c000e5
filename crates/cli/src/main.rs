//! The program `resight`.

fn main() {}
