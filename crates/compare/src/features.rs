//! What is remembered of a crop: where something is, and what it looks like.

use crate::Descriptors;

/// A point of a crop, in pixels of the network's input, from the upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Keypoint {
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

/// The keypoints of a crop, strongest first, each with its descriptor.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// Where.
    pub keypoints: Vec<Keypoint>,
    /// What it looks like there: as many as there are keypoints.
    pub descriptors: Descriptors,
}

impl Features {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.keypoints.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keypoints.is_empty()
    }
}
