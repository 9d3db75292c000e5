//! Running a network on made-up images, to see what it gives.

use super::error::ModelError;
use super::network::{Network, NetworkSpec, Output};

/// Runs the network on one empty image, then on two with noise; returns the shapes of its first output. `name` is for
/// messages.
///
/// # Errors
/// When it fails.
pub(crate) fn probe(
    network: &dyn Network,
    spec: &NetworkSpec<'_>,
    name: &str,
) -> Result<Vec<Vec<usize>>, ModelError> {
    let length = |n| spec.batch_shape(n).iter().product::<usize>();
    let batches = [(1, vec![0.0; length(1)]), (2, noise(length(2)))];
    let shapes = batches.into_iter().map(|(n, batch)| {
        let output = network.run(&batch, n).and_then(Output::only).map_err(|reason| ModelError::Run {
            runtime: network.runtime().to_owned(),
            bundle: name.to_owned(),
            reason,
        })?;
        Ok(output.shape)
    });
    shapes.collect()
}

/// Numbers between -2 and 2, as prepared pictures have, always the same.
fn noise(length: usize) -> Vec<f32> {
    let mut dice = 7_u32;
    let next = || {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f32::from((dice >> 16) as u16) / 16384.0 - 2.0
    };
    std::iter::repeat_with(next).take(length).collect()
}
