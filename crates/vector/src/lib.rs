//! Nearest neighbours over rows of half-precision numbers, exact and on disk.
