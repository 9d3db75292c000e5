//! From gradients to changed parameters: rates by part, clipping, AdamW or SGD, the moving average.

mod pace;
mod state;

use std::collections::BTreeMap;

use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamW, AdamWConfig, AdaptiveMomentumState, Optimizer as _, Sgd, SgdConfig};
use burn::optim::{AdamWState, SgdState};
use burn::tensor::Tensor;

pub use pace::{Pace, margin_share, pace};

use crate::parameters::{Parameters, Part};
use crate::recipe::{OptimizerKind, OptimizerRecipe};
use resight_runs::run::log::Rates;

/// Gradients by the name of their parameter, flat.
pub type Gradients = BTreeMap<String, Tensor<1>>;

/// Changes parameters along their gradients.
pub struct Optimizer {
    recipe: OptimizerRecipe,
    adamw: [AdamW; 2],
    sgd: Sgd,
    adamw_state: BTreeMap<String, AdamWState<1>>,
    sgd_state: BTreeMap<String, SgdState<1>>,
    average: BTreeMap<String, Tensor<1>>,
}

/// What a step did.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct StepReport {
    /// Norm of the gradient by part, before clipping.
    pub gradient: Rates,
    /// Norm of the change by part, relative to the norm of the parameters.
    pub change: Rates,
}

impl Optimizer {
    /// An optimizer that has seen nothing yet.
    pub fn new(recipe: &OptimizerRecipe) -> Self {
        let adamw =
            |decay: f64| AdamWConfig::new().with_epsilon(1e-8).with_weight_decay(decay as f32).build();
        let momentum = MomentumConfig::new().with_momentum(recipe.momentum).with_dampening(0.0);
        let momentum = (recipe.momentum > 0.0).then_some(momentum);
        Self {
            recipe: *recipe,
            adamw: [adamw(0.0), adamw(recipe.weight_decay)],
            sgd: SgdConfig::new().with_momentum(momentum).build(),
            adamw_state: BTreeMap::new(),
            sgd_state: BTreeMap::new(),
            average: BTreeMap::new(),
        }
    }

    /// Highest rate of each part.
    pub fn rates(&self) -> Rates {
        rates_of(&self.recipe)
    }

    /// Changes the parameters that have a gradient; `pace` multiplies all rates.
    pub fn step(&mut self, parameters: &mut Parameters, gradients: Gradients, pace: f64) -> StepReport {
        let gradient = norms(parameters, &gradients);
        let total = (gradient.trunk.powi(2) + gradient.neck.powi(2) + gradient.head.powi(2)).sqrt();
        let limit = self.recipe.clip_norm;
        let shrink = if limit > 0.0 && total > limit { (limit / total) as f32 } else { 1.0 };
        let (mut changed, mut size) = (PartSums::default(), PartSums::default());
        for (name, gradient) in gradients {
            let Some(parameter) = parameters.get(&name) else { continue };
            let (part, decays, before) = (parameter.part, parameter.decays, parameter.values.clone());
            let gradient = if shrink < 1.0 { gradient.mul_scalar(shrink) } else { gradient };
            let rate = of_part(self.rates(), part) * pace;
            let after = self.moved(&name, before.clone(), gradient, rate, decays);
            changed.add(part, (after.clone() - before.clone()).square().sum());
            size.add(part, before.square().sum());
            parameters.set(&name, after);
        }
        self.follow(parameters);
        StepReport { gradient, change: changed.over(size) }
    }

    fn moved(
        &mut self,
        name: &str,
        values: Tensor<1>,
        gradient: Tensor<1>,
        rate: f64,
        decays: bool,
    ) -> Tensor<1> {
        match self.recipe.kind {
            OptimizerKind::Adamw => {
                let state = self.adamw_state.remove(name);
                let (values, state) = self.adamw[usize::from(decays)].step(rate, values, gradient, state);
                self.adamw_state.extend(state.map(|state| (name.to_owned(), state)));
                values
            }
            OptimizerKind::Sgd => {
                let state = self.sgd_state.remove(name);
                let kept = if decays { 1.0 - rate * self.recipe.weight_decay } else { 1.0 };
                let (values, state) = self.sgd.step(rate, values.mul_scalar(kept as f32), gradient, state);
                self.sgd_state.extend(state.map(|state| (name.to_owned(), state)));
                values
            }
        }
    }

    /// Lets the moving average follow.
    fn follow(&mut self, parameters: &Parameters) {
        let decay = self.recipe.ema as f32;
        if decay <= 0.0 {
            return;
        }
        for (name, parameter) in parameters.iter().filter(|(_, parameter)| parameter.part != Part::Buffer) {
            let now = parameter.values.clone();
            let average = match self.average.remove(name) {
                Some(average) => average.mul_scalar(decay) + now.mul_scalar(1.0 - decay),
                None => now,
            };
            self.average.insert(name.to_owned(), average);
        }
    }

    /// The parameters to validate and to keep: the moving average where there is one.
    pub fn settled(&self, parameters: &Parameters) -> Parameters {
        let mut settled = parameters.clone();
        for (name, average) in &self.average {
            settled.set(name, average.clone());
        }
        settled
    }
}

/// Highest rate of each part.
pub fn rates_of(recipe: &OptimizerRecipe) -> Rates {
    Rates {
        trunk: recipe.rate * recipe.trunk_factor,
        neck: recipe.rate,
        head: recipe.rate * recipe.head_factor,
    }
}

fn of_part(rates: Rates, part: Part) -> f64 {
    match part {
        Part::Trunk => rates.trunk,
        Part::Neck => rates.neck,
        Part::Head => rates.head,
        Part::Buffer => 0.0,
    }
}

fn norms(parameters: &Parameters, gradients: &Gradients) -> Rates {
    let mut sums = PartSums::default();
    for (name, gradient) in gradients {
        if let Some(parameter) = parameters.get(name) {
            sums.add(parameter.part, gradient.clone().square().sum());
        }
    }
    sums.roots()
}

/// Sums of squares by part.
#[derive(Debug, Clone, Copy, Default)]
struct PartSums(Rates);

impl PartSums {
    fn add(&mut self, part: Part, squares: Tensor<1>) {
        let value = f64::from(squares.into_scalar::<f32>());
        match part {
            Part::Trunk => self.0.trunk += value,
            Part::Neck => self.0.neck += value,
            Part::Head => self.0.head += value,
            Part::Buffer => {}
        }
    }

    fn roots(self) -> Rates {
        Rates { trunk: self.0.trunk.sqrt(), neck: self.0.neck.sqrt(), head: self.0.head.sqrt() }
    }

    fn over(self, other: Self) -> Rates {
        let share = |a: f64, b: f64| if b > 0.0 { (a / b).sqrt() } else { 0.0 };
        Rates {
            trunk: share(self.0.trunk, other.0.trunk),
            neck: share(self.0.neck, other.0.neck),
            head: share(self.0.head, other.0.head),
        }
    }
}

/// The state of AdamW for one parameter.
fn adamw_state(time: usize, moment_1: Tensor<1>, moment_2: Tensor<1>) -> AdamWState<1> {
    AdamWState { momentum: AdaptiveMomentumState { time, moment_1, moment_2, max_moment_2: None } }
}

#[cfg(test)]
mod tests;
