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

/// The part of a network's input that shows the animal, in pixels; keypoints outside of it are no evidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown {
    /// Left edge.
    pub left: f32,
    /// Upper edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Lower edge.
    pub bottom: f32,
}

impl Shown {
    /// Whether a point lies in it.
    pub fn holds(&self, x: f32, y: f32) -> bool {
        x >= self.left && x <= self.right && y >= self.top && y <= self.bottom
    }
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
    /// None at all, of descriptors of this length.
    pub fn none(dim: usize) -> Self {
        Self { keypoints: Vec::new(), descriptors: Descriptors::from_rows(dim, &[]) }
    }

    /// The features of the mirror image, of kinds whose descriptors read backwards then. Its points lie to the left of the picture
    /// as far as those of the picture lie within it.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        let keypoints = self.keypoints.iter().map(|point| Keypoint { x: -point.x, ..*point }).collect();
        let backwards = |at: usize| self.descriptors.row(at).into_iter().rev();
        let rows: Vec<i8> = (0..self.len()).flat_map(backwards).collect();
        Self { keypoints, descriptors: Descriptors::from_rows(self.descriptors.dim(), &rows) }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.keypoints.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keypoints.is_empty()
    }
}
