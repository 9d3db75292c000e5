//! Fixtures for the tests of resight: hostile files, small catalogs, tiny bundles.
