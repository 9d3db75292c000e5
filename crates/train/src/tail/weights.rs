//! The weights of a step, found by their names once.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::TailError;
use super::elementwise::transpose;
use super::plan::{Plan, Pool};

/// The weights of every operation.
#[derive(Debug)]
pub(super) struct Weights<'a> {
    /// As they are given: of 1×1 convolutions outputs × inputs.
    pub(super) matrices: Vec<&'a [f32]>,
    /// Turned round: of 1×1 convolutions inputs × outputs, of depthwise ones taps × channels.
    pub(super) turned: Vec<&'a [f32]>,
    pub(super) biases: Vec<&'a [f32]>,
    pub(super) exponent: f32,
}

impl<'a> Weights<'a> {
    /// Finds them, and turns them round into memory that has a place for every operation; products run best when
    /// they read the longer rows.
    pub(super) fn find(
        plan: &Plan,
        tensors: &'a BTreeMap<String, Vec<f32>>,
        turned: &'a mut Vec<Vec<f32>>,
    ) -> Result<Self, TailError> {
        let found = Self::found(plan, tensors)?;
        turned.resize_with(plan.operations.len(), Vec::new);
        plan.operations.par_iter().zip(turned.par_iter_mut()).zip(&found.matrices).for_each(
            |((operation, turned), matrix)| {
                turned.resize(matrix.len(), 0.0);
                let rows = plan.values[operation.output].channels;
                transpose(matrix, matrix.len() / rows, turned);
            },
        );
        let turned: &'a [Vec<f32>] = turned;
        Ok(Self { turned: turned.iter().map(Vec::as_slice).collect(), ..found })
    }

    /// Finds them again when they were turned round before.
    pub(super) fn find_turned(
        plan: &Plan,
        tensors: &'a BTreeMap<String, Vec<f32>>,
        turned: &'a [Vec<f32>],
    ) -> Result<Self, TailError> {
        let found = Self::found(plan, tensors)?;
        Ok(Self { turned: turned.iter().map(Vec::as_slice).collect(), ..found })
    }

    fn found(plan: &Plan, tensors: &'a BTreeMap<String, Vec<f32>>) -> Result<Self, TailError> {
        let find = |name: &str, wanted: usize| {
            let tensor = tensors.get(name).ok_or_else(|| TailError::Missing(name.to_owned()))?;
            match tensor.len() {
                found if found == wanted => Ok(tensor.as_slice()),
                found => Err(TailError::Length { found, wanted, name: name.to_owned() }),
            }
        };
        let found = plan.tensors().map(|(name, length)| find(name, length)).collect::<Result<Vec<_>, _>>()?;
        let pairs = &found.as_chunks::<2>().0[..plan.operations.len()];
        Ok(Self {
            matrices: pairs.iter().map(|pair| pair[0]).collect(),
            turned: Vec::new(),
            biases: pairs.iter().map(|pair| pair[1]).collect(),
            exponent: match &plan.pool {
                Pool::Gem { exponent } => find(exponent, 1)?[0],
                Pool::Average | Pool::Max => 1.0,
            },
        })
    }
}
