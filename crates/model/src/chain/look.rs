//! What is looked at: networks that are prepared for alike are given the same numbers.

use resight_imaging::Preprocess;

use crate::{Embedder, Purpose};

/// A preprocessing, and whom it serves.
pub(super) struct Look<'a> {
    pub(super) preprocess: &'a Preprocess,
    /// Whether the animal is seen in its own frame, where one is wanted: what kind it is and which side is seen is told from the crop
    /// as it is.
    pub(super) in_own_frame: bool,
    /// Places of the networks.
    pub(super) networks: Vec<usize>,
}

/// The looks of all networks; that of the first comes first. `has_frame` says that animals are brought into their own frame.
pub(super) fn looks_of<'a>(networks: &[&'a dyn Embedder], has_frame: bool) -> Vec<Look<'a>> {
    let mut looks: Vec<Look<'a>> = Vec::new();
    for (place, network) in networks.iter().enumerate() {
        let preprocess = &network.manifest().preprocess;
        let in_own_frame = has_frame && network.manifest().purpose != Purpose::Classifier;
        let is_alike =
            |look: &&mut Look<'_>| look.preprocess == preprocess && look.in_own_frame == in_own_frame;
        match looks.iter_mut().find(is_alike) {
            Some(look) => look.networks.push(place),
            None => looks.push(Look { preprocess, in_own_frame, networks: vec![place] }),
        }
    }
    looks
}
