//! Metrics and protocols: how well does the answer hold?
