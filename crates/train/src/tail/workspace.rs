//! Memory that is used again from step to step.

use std::collections::BTreeMap;

use super::group::{Group, SmallTensors};
use super::plan::Plan;

/// What the way back needs of the way forward, and the memory of both, kept from step to step. Belongs to one
/// [`super::FastTail`]; begins empty and grows with the largest batch.
#[derive(Debug, Default)]
pub struct Workspace {
    /// Photos of the current step.
    pub(super) photos: usize,
    pub(super) groups: Vec<Group>,
    /// The weights of every operation, turned round.
    pub(super) turned: Vec<Vec<f32>>,
    pub(super) pooled: Vec<f32>,
    pub(super) gradients: BTreeMap<String, Vec<f32>>,
    /// Whether a way back is possible.
    pub(super) is_forward: bool,
}

impl Workspace {
    /// Makes room for so many photos.
    pub(super) fn prepare(&mut self, plan: &Plan, small: &SmallTensors, group_photos: usize, photos: usize) {
        self.is_forward = false;
        self.photos = photos;
        while self.groups.len() < photos.div_ceil(group_photos) {
            self.groups.push(Group::new(plan, small, group_photos));
        }
        self.pooled.resize(photos * plan.dimension(), 0.0);
    }
}
