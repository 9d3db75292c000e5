//! Bytes to pixels to model input: decode, orientation, crop, resize, hashes.
