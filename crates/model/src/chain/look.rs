//! What is looked at: networks that are prepared for alike are given the same numbers.

use resight_imaging::Preprocess;

use crate::Embedder;

/// A preprocessing, and whom it serves.
pub(super) struct Look<'a> {
    pub(super) preprocess: &'a Preprocess,
    /// Places of the networks.
    pub(super) networks: Vec<usize>,
}

/// The looks of all networks; that of the first comes first.
pub(super) fn looks_of<'a>(networks: &[&'a dyn Embedder]) -> Vec<Look<'a>> {
    let mut looks: Vec<Look<'a>> = Vec::new();
    for (place, network) in networks.iter().enumerate() {
        let preprocess = &network.manifest().preprocess;
        match looks.iter_mut().find(|look| look.preprocess == preprocess) {
            Some(look) => look.networks.push(place),
            None => looks.push(Look { preprocess, networks: vec![place] }),
        }
    }
    looks
}
