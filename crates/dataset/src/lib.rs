//! Tables of labelled annotations: readers, splits, audit.
