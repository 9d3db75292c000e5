//! The weights of a step, found by their names once.

use std::collections::BTreeMap;

use super::TailError;
use super::depthwise::taps_first;
use super::plan::{Kind, Plan, Pool};

/// The weights of every operation.
#[derive(Debug)]
pub(super) struct Weights<'a> {
    /// Of 1×1 convolutions outputs × inputs, of depthwise ones taps × channels.
    pub(super) matrices: Vec<&'a [f32]>,
    pub(super) biases: Vec<&'a [f32]>,
    pub(super) exponent: f32,
}

impl<'a> Weights<'a> {
    /// Finds them; depthwise ones are turned round into `taps`, which has a place for every operation.
    pub(super) fn find(
        plan: &Plan,
        tensors: &'a BTreeMap<String, Vec<f32>>,
        taps: &'a mut Vec<Vec<f32>>,
    ) -> Result<Self, TailError> {
        let find = |name: &str, wanted: usize| {
            let tensor = tensors.get(name).ok_or_else(|| TailError::Missing(name.to_owned()))?;
            match tensor.len() {
                found if found == wanted => Ok(tensor.as_slice()),
                found => Err(TailError::Length { found, wanted, name: name.to_owned() }),
            }
        };
        let mut found = Vec::new();
        for (name, length) in plan.tensors() {
            found.push(find(name, length)?);
        }
        taps.resize_with(plan.operations.len(), Vec::new);
        for ((operation, taps), &[weight, _]) in
            plan.operations.iter().zip(&mut *taps).zip(found.as_chunks().0)
        {
            if let Kind::Depthwise(_) = operation.kind {
                taps.resize(weight.len(), 0.0);
                taps_first(weight, plan.values[operation.output].channels, taps);
            }
        }
        let taps: &'a [Vec<f32>] = taps;
        let matrices = plan.operations.iter().zip(taps).zip(found.as_chunks().0);
        let matrices = matrices.map(|((operation, taps), &[weight, _])| match operation.kind {
            Kind::Pointwise => weight,
            Kind::Depthwise(_) => taps.as_slice(),
        });
        Ok(Self {
            matrices: matrices.collect(),
            biases: found.as_chunks().0.iter().map(|&[_, bias]| bias).collect(),
            exponent: match &plan.pool {
                Pool::Gem { exponent } => find(exponent, 1)?[0],
                Pool::Average | Pool::Max => 1.0,
            },
        })
    }
}
