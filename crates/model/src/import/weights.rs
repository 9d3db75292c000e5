//! Which network a file of weights belongs to, and what of the file it has no place for.

use std::collections::BTreeSet;
use std::path::Path;

use crate::architecture::Architecture;
use crate::store::StoreError;
use crate::weights::Weights;

use super::plan::PlannedNetwork;

/// How many tensors without a place are named.
const SHOWN: usize = 5;

/// The network of a weight file, and names of tensors that it has no place for.
pub(super) struct Recognised {
    pub(super) architecture: Architecture,
    pub(super) network: PlannedNetwork,
    pub(super) left_out: (usize, Vec<String>),
}

/// Reads a weight file and tells which network it is, or checks that it is the one that was asked for.
///
/// # Errors
/// When the file is refused, or belongs to no known network, or to another.
pub(super) fn recognise(file: &Path, asked: Option<&str>) -> Result<Recognised, StoreError> {
    let weights = Weights::read(file)?;
    let architecture = match asked {
        Some(name) => Architecture::named(name),
        None => Architecture::of(&weights),
    };
    let architecture = architecture.ok_or_else(|| StoreError::NoArchitecture { path: file.to_path_buf() })?;
    let in_file: BTreeSet<String> = weights.iter().map(|(name, _)| name.to_owned()).collect();
    let imported = architecture.import(weights)?;
    let needed: BTreeSet<String> = architecture.tensors().map(|(name, _)| name).collect();
    let renamed = needed.iter().filter(|name| !in_file.contains(*name)).count();
    let is_counter = |name: &str| name.ends_with(".num_batches_tracked");
    let without_place: Vec<String> = imported
        .iter()
        .map(|(name, _)| name.to_owned())
        .filter(|name| !needed.contains(name) && !is_counter(name))
        .collect();
    let shown = without_place.iter().take(SHOWN).cloned().collect();
    Ok(Recognised {
        network: PlannedNetwork::Weights {
            architecture: architecture.name.clone(),
            tensors: needed.len(),
            renamed,
            dimension: architecture.dimension,
        },
        left_out: (without_place.len(), shown),
        architecture,
    })
}
