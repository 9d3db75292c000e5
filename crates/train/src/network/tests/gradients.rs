//! Gradients against finite differences, and that they are the same every time.

use std::collections::BTreeMap;

use burn::tensor::DType;

use super::*;

const IMAGES: usize = 3;

/// A sum of the embedding's numbers, each times its own weight, in double precision.
fn objective(architecture: &Architecture, leaves: &Leaves, images: Tensor<4>, mode: Mode) -> Tensor<1> {
    let embeddings = forward(&architecture.layers, leaves, images, mode).embeddings();
    let [n, dimension] = embeddings.dims();
    let factors = TensorData::new(random("objective", n * dimension), [n, dimension]);
    let factors = Tensor::<2>::from_data(factors, &embeddings.device()).cast(embeddings.dtype());
    (embeddings * factors).sum()
}

/// Gradients of the objective by parameter.
pub(super) fn gradients(
    architecture: &Architecture,
    parameters: &Parameters,
    images: Tensor<4>,
    mode: Mode,
) -> BTreeMap<String, Vec<f32>> {
    let leaves = parameters.leaves(|_, _| true);
    let gradients = objective(architecture, &leaves, images.autodiff(), mode).backward();
    let found = leaves.iter().filter_map(|(name, leaf)| Some((name, leaf.grad(&gradients)?)));
    found.map(|(name, gradient)| (name.to_owned(), values_of(gradient))).collect()
}

fn value(architecture: &Architecture, parameters: &Parameters, images: Tensor<4>, mode: Mode) -> f64 {
    let leaves = parameters.leaves(|_, _| true);
    let data = objective(architecture, &leaves, images.autodiff(), mode).into_data();
    data.convert::<f64>().try_into_vec::<f64>().unwrap()[0]
}

/// The slope along one number of one parameter, by a step to either side.
fn slope(
    architecture: &Architecture,
    parameters: &Parameters,
    images: &Tensor<4>,
    mode: Mode,
    (name, place): (&str, usize),
) -> f64 {
    let ends = [1.0, -1.0].map(|sign| {
        let mut values = parameters.numbers(name).unwrap();
        values[place] += sign * 1e-4;
        let at = f64::from(values[place]);
        let mut moved = parameters.clone();
        let count = values.len();
        moved.set(name, Tensor::from_data(TensorData::new(values, [count]), &Device::flex()));
        (at, self::value(architecture, &moved, images.clone(), mode))
    });
    (ends[0].1 - ends[1].1) / (ends[0].0 - ends[1].0)
}

#[test]
fn gradients_are_the_slopes() {
    for architecture in networks::all() {
        let parameters = parameters_on(&architecture, &architecture.seeded_weights(), &Device::flex());
        let images = images(&architecture, IMAGES, &Device::flex()).cast(DType::F64);
        for mode in [Mode::FROZEN, Mode::learning(0.1)] {
            let found = gradients(&architecture, &parameters, images.clone(), mode);
            let learnt = parameters.iter().filter(|(_, one)| one.part != crate::parameters::Part::Buffer);
            assert_eq!(found.len(), learnt.count(), "every parameter has a gradient");
            for (name, gradient) in &found {
                let greatest = gradient.iter().fold(0.0_f64, |most, value| most.max(f64::from(value.abs())));
                for place in (0..gradient.len()).step_by(gradient.len().div_ceil(5)) {
                    let slope = slope(&architecture, &parameters, &images, mode, (name, place));
                    let difference = (f64::from(gradient[place]) - slope).abs();
                    let allowed = 1e-4 * greatest + 1e-7;
                    assert!(
                        difference < allowed,
                        "{} {mode:?} {name}[{place}]: {} is not {slope}",
                        architecture.name,
                        gradient[place]
                    );
                }
            }
        }
    }
}

#[test]
fn computing_steps_again_changes_nothing() {
    for architecture in networks::all() {
        let parameters = parameters_on(&architecture, &architecture.seeded_weights(), &Device::flex());
        let images = images(&architecture, IMAGES, &Device::flex());
        let usual = gradients(&architecture, &parameters, images.clone(), Mode::learning(0.1));
        let mode = Mode { recompute: true, ..Mode::learning(0.1) };
        let again = gradients(&architecture, &parameters, images, mode);
        for (name, gradient) in &usual {
            let difference = relative_difference(&again[name], gradient);
            assert!(difference < 1e-6, "{} {name}: {difference}", architecture.name);
        }
    }
}

#[test]
fn the_same_step_twice_gives_the_same_bits() {
    let architecture = Architecture::named("efficientnet-lite0").unwrap();
    let (_, last) = architecture.parts("stage6").unwrap();
    let parameters = parameters_on(&last, &last.seeded_weights(), &Device::flex());
    let maps = images(&last, 8, &Device::flex());
    let once = gradients(&last, &parameters, maps.clone(), Mode::learning(0.01));
    assert!(once.len() > 20);
    assert_eq!(once, gradients(&last, &parameters, maps, Mode::learning(0.01)));
}
