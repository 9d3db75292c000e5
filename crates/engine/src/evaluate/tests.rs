//! Evaluations of small tables with a network that knows nothing but colors.
