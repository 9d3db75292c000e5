//! Negatives for all photos at once, one to one, as hard as can be.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::{Costs, SamplerLabels};
use crate::distance::LossDistance;
use crate::generator;
use crate::parameters::numbers;

/// More than all distances and their noise: a pair that may not be.
const FORBIDDEN: f32 = 1e4;

/// What negatives are given out by.
pub(super) struct HardNegatives<'a> {
    pub(super) labels: &'a SamplerLabels<'a>,
    pub(super) embeddings: Option<(&'a [f32], usize)>,
    pub(super) block: usize,
    pub(super) rounds: usize,
    pub(super) noise: f32,
    pub(super) within_species: bool,
}

/// For each row of a block (by its place there) the row that is its negative.
type Given = Vec<Option<u32>>;

impl HardNegatives<'_> {
    /// The negative of each row, in each round; no pair twice in any rounds, in either direction.
    ///
    /// A row has none where its block has too few rows of other classes. Without embeddings negatives are drawn at
    /// random.
    pub(super) fn rounds(&self, epoch: u64, seed: u64) -> Vec<Vec<Option<u32>>> {
        let blocks = self.blocks(&mut generator(seed, "hard-pairs", &[epoch]));
        let given: Vec<Vec<Given>> = (0_u64..)
            .zip(&blocks)
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|(number, rows)| self.give(rows, &mut generator(seed, "hard-pairs", &[epoch, number])))
            .collect();
        let mut rounds = vec![vec![None; self.labels.len()]; self.rounds];
        for (rows, given) in blocks.iter().zip(given) {
            for (round, given) in rounds.iter_mut().zip(given) {
                rows.iter().zip(given).for_each(|(row, negative)| round[*row as usize] = negative);
            }
        }
        rounds
    }

    /// All rows in random blocks of nearly the same size, of one species each where that matters.
    fn blocks(&self, random: &mut ChaCha8Rng) -> Vec<Vec<u32>> {
        let mut pools: BTreeMap<Option<u32>, Vec<u32>> = BTreeMap::new();
        for row in 0..self.labels.len() as u32 {
            let pool = if self.within_species { self.labels.species(row) } else { None };
            pools.entry(pool).or_default().push(row);
        }
        let mut blocks = Vec::new();
        for (_, mut rows) in pools {
            rows.shuffle(random);
            let n_blocks = rows.len().div_ceil(self.block);
            let bounds =
                (0..n_blocks).map(|block| block * rows.len() / n_blocks..(block + 1) * rows.len() / n_blocks);
            blocks.extend(bounds.map(|bounds| rows[bounds].to_vec()));
        }
        blocks
    }

    /// The negatives of a block in each round.
    fn give(&self, rows: &[u32], random: &mut ChaCha8Rng) -> Vec<Given> {
        let Some((embeddings, dimension)) = self.embeddings else {
            return (0..self.rounds).map(|_| self.any(rows, random)).collect();
        };
        let mut costs = self.costs(rows, embeddings, dimension, random);
        (0..self.rounds).map(|_| assign_and_block(&mut costs, rows)).collect()
    }

    /// Distances with noise; pairs of one class are forbidden.
    fn costs(&self, rows: &[u32], embeddings: &[f32], dimension: usize, random: &mut ChaCha8Rng) -> Costs {
        let mut costs = Costs::new(rows.len(), distances(rows, embeddings, dimension), FORBIDDEN);
        let same = |a: usize, b: usize| self.labels.class(rows[a]) == self.labels.class(rows[b]);
        let places = (0..rows.len()).flat_map(|a| (0..rows.len()).map(move |b| (a, b)));
        let noise = self.noise
            * deviation(places.clone().filter(|(a, b)| !same(*a, *b)).map(|(a, b)| costs.get(a, b)));
        for (a, b) in places {
            let cost = if same(a, b) { FORBIDDEN } else { costs.get(a, b) + noise * random.random::<f32>() };
            costs.set(a, b, cost);
        }
        costs
    }

    /// A random row of another class for each.
    fn any(&self, rows: &[u32], random: &mut ChaCha8Rng) -> Given {
        let draw = |row: &u32| {
            let other = |candidate: &u32| self.labels.class(*candidate) != self.labels.class(*row);
            let start = random.random_range(0..rows.len());
            rows[start..].iter().chain(&rows[..start]).copied().find(other)
        };
        rows.iter().map(draw).collect()
    }
}

/// The best assignment; its pairs may not come again.
fn assign_and_block(costs: &mut Costs, rows: &[u32]) -> Given {
    let assigned = costs.assign();
    let mut given = vec![None; rows.len()];
    for (row, column) in assigned.into_iter().enumerate() {
        if costs.get(row, column as usize) < FORBIDDEN {
            given[row] = Some((column as usize, rows[column as usize]));
        }
    }
    for (row, column) in given.iter().enumerate().filter_map(|(row, given)| Some((row, given.as_ref()?.0))) {
        costs.set(row, column, FORBIDDEN);
        costs.set(column, row, FORBIDDEN);
    }
    given.into_iter().map(|given| given.map(|(_, row)| row)).collect()
}

/// Cosine distances of some rows from each other, row-major.
fn distances(rows: &[u32], embeddings: &[f32], dimension: usize) -> Vec<f32> {
    let chosen: Vec<f32> =
        rows.iter().flat_map(|row| &embeddings[*row as usize * dimension..][..dimension]).copied().collect();
    let chosen = Tensor::<2>::from_data(TensorData::new(chosen, [rows.len(), dimension]), &Device::flex());
    numbers(LossDistance::Cosine.matrix(chosen.clone(), chosen))
}

fn deviation(values: impl Iterator<Item = f32>) -> f32 {
    let (mut count, mut sum, mut squares) = (0.0_f64, 0.0, 0.0);
    for value in values.map(f64::from) {
        count += 1.0;
        sum += value;
        squares += value * value;
    }
    if count == 0.0 {
        return 0.0;
    }
    (squares / count - (sum / count) * (sum / count)).max(0.0).sqrt() as f32
}
