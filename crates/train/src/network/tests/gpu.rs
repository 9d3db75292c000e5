//! The GPU route against the CPU, on a real GPU or on a driver that computes on the processor.

use super::gradients::gradients;
use super::*;
use crate::device::{DeviceChoice, OpenDevice, PrecisionChoice};

/// Relative difference that is allowed: sums are taken in another order.
const TOLERANCE: f64 = 1e-4;

/// The network with GELU, and what its gradients may differ by: on a GPU burn 0.22 takes the slope of GELU from its
/// approximation by the hyperbolic tangent.
const WITH_GELU: (&str, f64) = ("next", 2e-3);

/// Share of the greatest gradient below which one is rounding and no more: a shift before a normalisation by the
/// batch's own mean has no gradient at all.
const NOUGHT: f32 = 1e-2;

fn greatest(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |most, value| most.max(value.abs()))
}

fn gpu() -> Option<OpenDevice> {
    let open = |choice: DeviceChoice| choice.open(PrecisionChoice::Single);
    let found = open(DeviceChoice::Gpu).or_else(|_| open(DeviceChoice::SoftwareGpu));
    found.inspect_err(|error| resight_testkit::skip::skipped("gpu", &error.to_string())).ok()
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
        let allowed = if architecture.name == WITH_GELU.0 { WITH_GELU.1 } else { TOLERANCE };
        let overall = expected_gradients.values().map(|gradient| greatest(gradient)).fold(0.0, f32::max);
        for (name, gradient) in &expected_gradients {
            let found = &found_gradients[name];
            assert!(found.iter().all(|value| value.is_finite()), "{} {name}", architecture.name);
            let apart: Vec<f32> = found.iter().zip(gradient).map(|(a, b)| a - b).collect();
            let difference = f64::from(greatest(&apart) / greatest(gradient).max(NOUGHT * overall));
            assert!(difference < allowed, "{} {name}: {difference}", architecture.name);
        }
    }
}
