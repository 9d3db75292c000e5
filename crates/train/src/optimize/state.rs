//! The optimizer's memory as named arrays, for checkpoints.

use std::collections::BTreeMap;

use burn::optim::momentum::MomentumState;
use burn::optim::{RecordState as _, SgdState, StateSink};
use burn::tensor::{Device, Tensor, TensorData};

use super::{Optimizer, adamw_state};
use crate::parameters::numbers;

impl Optimizer {
    /// All that the optimizer remembers, by name.
    pub fn arrays(&self) -> BTreeMap<String, Vec<f32>> {
        let mut arrays = BTreeMap::new();
        for (name, state) in &self.adamw_state {
            let momentum = &state.momentum;
            arrays.insert(format!("first.{name}"), numbers(momentum.moment_1.clone()));
            arrays.insert(format!("second.{name}"), numbers(momentum.moment_2.clone()));
            arrays.insert(format!("time.{name}"), halves(momentum.time));
        }
        for (name, state) in &self.sgd_state {
            let mut parts = StateSink::default();
            state.momentum.iter().for_each(|momentum| momentum.state_flatten("", &mut parts));
            for (_, velocity) in parts.tensors {
                let velocity: Tensor<1> = Tensor::from_data(velocity, &Device::flex());
                arrays.insert(format!("velocity.{name}"), numbers(velocity));
            }
        }
        for (name, average) in &self.average {
            arrays.insert(format!("average.{name}"), numbers(average.clone()));
        }
        arrays
    }

    /// Takes up what was remembered; arrays that belong to nothing are ignored.
    pub fn restore(&mut self, arrays: &BTreeMap<String, Vec<f32>>, device: &Device) {
        let tensor = |values: &Vec<f32>| -> Tensor<1> {
            Tensor::from_data(TensorData::new(values.clone(), [values.len()]), &device.clone().inner())
        };
        for (key, values) in arrays {
            let Some((kind, name)) = key.split_once('.') else { continue };
            match kind {
                "first" => {
                    let second = arrays.get(&format!("second.{name}"));
                    let time = arrays.get(&format!("time.{name}"));
                    if let (Some(second), Some(time)) = (second, time) {
                        let state = adamw_state(joined(time), tensor(values), tensor(second));
                        self.adamw_state.insert(name.to_owned(), state);
                    }
                }
                "velocity" => {
                    let momentum = Some(MomentumState::new(tensor(values)));
                    self.sgd_state.insert(name.to_owned(), SgdState { momentum });
                }
                "average" => {
                    self.average.insert(name.to_owned(), tensor(values));
                }
                _ => {}
            }
        }
    }
}

/// A count as two numbers that single precision holds exactly.
fn halves(count: usize) -> Vec<f32> {
    vec![(count >> 20) as f32, (count & 0xf_ffff) as f32]
}

fn joined(halves: &[f32]) -> usize {
    match halves {
        [high, low] => ((*high as usize) << 20) | (*low as usize),
        _ => 1,
    }
}
