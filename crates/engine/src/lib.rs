//! The use cases of resight: ingest, identify, review, evaluate, export.
