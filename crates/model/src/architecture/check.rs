//! Whether weights belong to an architecture.

use std::collections::BTreeSet;
use std::fmt;

use super::Architecture;
use crate::weights::Weights;

/// How many names of one kind are shown.
const SHOWN: usize = 3;

/// Weights that do not belong to an architecture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Mismatch {
    /// The architecture.
    pub architecture: String,
    /// Tensors that it needs and that are not there.
    pub missing: Vec<String>,
    /// Tensors of another shape: name, shape needed, shape found.
    pub misshapen: Vec<(String, Vec<usize>, Vec<usize>)>,
    /// Tensors that it has no place for.
    pub unused: Vec<String>,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if !self.missing.is_empty() {
            parts.push(listed("missing", &self.missing));
        }
        if !self.misshapen.is_empty() {
            let shapes: Vec<String> = self
                .misshapen
                .iter()
                .map(|(name, needed, found)| format!("{name} ({found:?} instead of {needed:?})"))
                .collect();
            parts.push(listed("of another shape", &shapes));
        }
        if !self.unused.is_empty() {
            parts.push(listed("without a place", &self.unused));
        }
        write!(f, "these weights are not those of {}: {}", self.architecture, parts.join("; "))
    }
}

fn listed(what: &str, names: &[String]) -> String {
    let shown = names[..names.len().min(SHOWN)].join(", ");
    let more = if names.len() > SHOWN { ", …" } else { "" };
    format!("{} {what}: {shown}{more}", names.len())
}

impl Architecture {
    /// Checks that weights have every tensor of the network in the right shape, and no others but those that
    /// are left out on purpose.
    ///
    /// # Errors
    /// Names what is missing, of another shape, or without a place.
    pub fn check(&self, weights: &Weights) -> Result<(), Mismatch> {
        let mut mismatch = Mismatch {
            architecture: self.name.clone(),
            missing: Vec::new(),
            misshapen: Vec::new(),
            unused: Vec::new(),
        };
        let mut needed_names = BTreeSet::new();
        for (name, needed) in self.tensors() {
            match weights.get(&name) {
                None => mismatch.missing.push(name.clone()),
                Some(tensor) if tensor.shape != needed => {
                    mismatch.misshapen.push((name.clone(), needed, tensor.shape.clone()));
                }
                Some(_) => {}
            }
            needed_names.insert(name);
        }
        let has_place = |name: &str| {
            needed_names.contains(name)
                || name.ends_with(".num_batches_tracked")
                || self.left_out.iter().any(|beginning| name.starts_with(beginning.as_str()))
        };
        let unused = weights.iter().map(|(name, _)| name).filter(|name| !has_place(name));
        mismatch.unused = unused.map(str::to_owned).collect();
        let is_right =
            mismatch.missing.is_empty() && mismatch.misshapen.is_empty() && mismatch.unused.is_empty();
        if is_right { Ok(()) } else { Err(mismatch) }
    }
}
