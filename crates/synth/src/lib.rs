//! Seeded synthetic animals that a photographer meets again.
