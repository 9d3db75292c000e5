//! Tests of all losses against values and gradients of pytorch-metric-learning and the papers' formulas.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use serde::Deserialize;

use crate::batch::{BatchLabels, Tuples};
use crate::loss::{Loss, LossContext, LossInput, LossRecipe, LossValue};
use crate::parameters::{Leaves, ParameterSpec, Parameters, Part, Start, numbers};

/// `fixtures/reference/train/losses.json`, written by `losses.py` beside it.
#[derive(Debug, Deserialize)]
pub(in crate::loss) struct Document {
    pub dimension: usize,
    pub classes: Vec<u32>,
    pub class_sizes: Vec<u32>,
    pub embeddings: Vec<f32>,
    pub memory_classes: Vec<u32>,
    pub memory: Vec<f32>,
    pub log_mean_exp: Vec<[f64; 3]>,
    pub cases: Vec<Case>,
}

/// One loss with its settings.
#[derive(Debug, Deserialize)]
pub(in crate::loss) struct Case {
    pub name: String,
    pub recipe: LossRecipe,
    pub parameters: BTreeMap<String, Numbers>,
    pub buffers: BTreeMap<String, f32>,
    #[serde(default)]
    pub buffers_after: BTreeMap<String, f32>,
    pub memory: bool,
    pub tuples: Option<Chosen>,
    pub margin_share: f32,
    pub drawn_margins: Option<Vec<f64>>,
    pub value: f64,
    pub embedding_gradient: Vec<f32>,
    pub parameter_gradients: BTreeMap<String, Vec<f32>>,
}

/// A tensor.
#[derive(Debug, Deserialize)]
pub(in crate::loss) struct Numbers {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// What a miner would choose.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::loss) enum Chosen {
    Triplets(Vec<[u32; 3]>),
    Pairs { positives: Vec<(u32, u32)>, negatives: Vec<(u32, u32)> },
}

impl Chosen {
    fn tuples(&self) -> Tuples {
        match self {
            Self::Triplets(triplets) => Tuples::Triplets(triplets.clone()),
            Self::Pairs { positives, negatives } => {
                Tuples::Pairs { positives: positives.clone(), negatives: negatives.clone() }
            }
        }
    }
}

/// What came out.
#[derive(Debug)]
pub(in crate::loss) struct Outcome {
    pub value: f32,
    pub embedding_gradient: Vec<f32>,
    pub parameter_gradients: BTreeMap<String, Vec<f32>>,
    pub buffers: BTreeMap<String, f32>,
    pub active_share: Option<f32>,
}

/// The document.
pub(in crate::loss) fn document() -> Document {
    let text = include_str!("../../../../../fixtures/reference/train/losses.json");
    serde_json::from_str(text).expect("the reference is JSON of this form")
}

impl Document {
    /// What losses are built for.
    pub(in crate::loss) fn context(&self) -> LossContext<'_> {
        LossContext {
            classes: self.class_sizes.len(),
            dimension: self.dimension,
            class_sizes: &self.class_sizes,
            ..LossContext::default()
        }
    }
}

/// A matrix of rows of this length.
pub(in crate::loss) fn matrix(values: &[f32], columns: usize, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len() / columns, columns]), device)
}

/// The parameters and buffers of a case.
fn parameters(case: &Case, device: &Device) -> Parameters {
    let mut parameters = Parameters::default();
    let mut add = |name: &str, shape: &[usize], values: Vec<f32>, part| {
        let (name, shape) = (name.to_owned(), shape.to_vec());
        let spec = ParameterSpec { name, shape, part, start: Start::Values(values), decays: false };
        parameters.add(spec, 0, device);
    };
    for (name, given) in &case.parameters {
        add(name, &given.shape, given.values.clone(), Part::Head);
    }
    for (name, value) in &case.buffers {
        add(name, &[1], vec![*value], Part::Buffer);
    }
    parameters
}

/// Runs a case through `forward`.
pub(in crate::loss) fn run(
    document: &Document,
    case: &Case,
    loss: &dyn Loss,
    forward: impl Fn(&LossInput<'_>, &Leaves) -> LossValue,
) -> Outcome {
    let device = Device::flex().autodiff();
    let parameters = parameters(case, &device);
    for spec in loss.parameters() {
        let given = parameters.get(&spec.name).unwrap_or_else(|| panic!("{} lacks {}", case.name, spec.name));
        assert_eq!(given.shape, spec.shape, "{}", spec.name);
    }
    let leaves = parameters.leaves(|_, _| true);
    let embeddings = matrix(&document.embeddings, document.dimension, &device).require_grad();
    let mut references = embeddings.clone();
    let mut reference_classes = document.classes.clone();
    if case.memory {
        references = Tensor::cat(vec![references, matrix(&document.memory, document.dimension, &device)], 0);
        reference_classes.extend(&document.memory_classes);
    }
    let tuples = case.tuples.as_ref().map(Chosen::tuples);
    let labels = BatchLabels { classes: document.classes.clone(), ..BatchLabels::default() };
    let input = LossInput {
        embeddings: embeddings.clone(),
        references,
        labels: &labels,
        reference_classes: &reference_classes,
        tuples: tuples.as_ref(),
        margin_share: case.margin_share,
        step_seed: 1,
    };
    let value = forward(&input, &leaves);
    let gradients = value.loss.backward();
    let of_leaf = |(name, leaf): (&str, &Tensor<1>)| Some((name.to_owned(), numbers(leaf.grad(&gradients)?)));
    Outcome {
        value: numbers(value.loss.clone())[0],
        embedding_gradient: numbers(
            embeddings.grad(&gradients).expect("every loss depends on the embeddings"),
        ),
        parameter_gradients: leaves.iter().filter_map(of_leaf).collect(),
        buffers: value
            .buffers
            .iter()
            .map(|(name, buffer)| (name.clone(), numbers(buffer.clone())[0]))
            .collect(),
        active_share: value.active_share,
    }
}

/// Within 10⁻⁵ of the value and 10⁻⁴ of the gradients, relative to the largest where that is above 1.
pub(in crate::loss) fn compare(case: &Case, outcome: &Outcome) {
    let name = &case.name;
    let off = (f64::from(outcome.value) - case.value).abs() / case.value.abs().max(1.0);
    assert!(off < 1e-5, "{name}: {} is not {}", outcome.value, case.value);
    near(&format!("{name}, embeddings"), &outcome.embedding_gradient, &case.embedding_gradient);
    assert_eq!(outcome.parameter_gradients.len(), case.parameter_gradients.len(), "{name}");
    for (parameter, wanted) in &case.parameter_gradients {
        near(&format!("{name}, {parameter}"), &outcome.parameter_gradients[parameter], wanted);
    }
    for (buffer, wanted) in &case.buffers_after {
        assert!((outcome.buffers[buffer] - wanted).abs() < 1e-6, "{name}: {:?}", outcome.buffers);
    }
    let active = outcome.active_share.unwrap();
    assert!((0.0..=1.0).contains(&active) && (active > 0.0) == (case.value > 0.0), "{name}: {active}");
}

fn near(what: &str, got: &[f32], wanted: &[f32]) {
    assert_eq!(got.len(), wanted.len(), "{what}");
    let largest = wanted.iter().fold(1.0_f32, |largest, number| largest.max(number.abs()));
    for (place, (got, wanted)) in got.iter().zip(wanted).enumerate() {
        assert!((got - wanted).abs() < 1e-4 * largest, "{what}, number {place}: {got} is not {wanted}");
    }
}

#[test]
fn every_loss_gives_the_reference_value_and_gradients() {
    let document = document();
    let mut kinds = std::collections::BTreeSet::new();
    // Margins that are drawn are compared where they can be given: in elasticface.rs.
    for case in document.cases.iter().filter(|case| case.drawn_margins.is_none()) {
        let loss = case.recipe.build(&document.context()).unwrap();
        let outcome = run(&document, case, loss.as_ref(), |input, leaves| loss.forward(input, leaves));
        compare(case, &outcome);
        kinds.insert(case.recipe.kind());
    }
    assert_eq!(kinds.len(), 12, "{kinds:?}");
}
