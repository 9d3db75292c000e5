//! The GPU route against the CPU, on a real GPU or on a driver that computes on the processor.

use super::gradients::gradients;
use super::*;
use crate::device::{DeviceChoice, OpenDevice, PrecisionChoice};

/// Relative difference that is allowed: sums are taken in another order.
const TOLERANCE: f64 = 1e-4;

fn gpu() -> Option<OpenDevice> {
    let open = |choice: DeviceChoice| choice.open(PrecisionChoice::Single);
    let found = open(DeviceChoice::Gpu).or_else(|_| open(DeviceChoice::SoftwareGpu));
    found.inspect_err(|error| println!("skipped: {error}")).ok()
}

#[test]
fn a_gpu_answers_and_learns_as_the_cpu() {
    let Some(gpu) = gpu() else { return };
    println!("on {}", gpu.description);
    for architecture in networks::all() {
        let weights = architecture.seeded_weights();
        let answers = [Device::flex(), gpu.device.clone()].map(|device| {
            let parameters = parameters_on(&architecture, &weights, &device);
            let images = images(&architecture, 3, &device);
            let leaves = parameters.leaves(|_, _| true);
            let output =
                forward(&architecture.layers, &leaves, images.clone(), Mode::learning(0.1)).embeddings();
            (values_of(output), gradients(&architecture, &parameters, images, Mode::learning(0.1)))
        });
        let [(expected, expected_gradients), (found, found_gradients)] = answers;
        let difference = relative_difference(&found, &expected);
        assert!(difference < TOLERANCE, "{}: {difference}", architecture.name);
        for (name, gradient) in &expected_gradients {
            let difference = relative_difference(&found_gradients[name], gradient);
            assert!(difference < TOLERANCE, "{} {name}: {difference}", architecture.name);
        }
    }
}
