//! The dictionary of resight in code: ids, geometry, labels, candidates, calibration, decision.
