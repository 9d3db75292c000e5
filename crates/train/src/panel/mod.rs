//! The instrument panel: what a set of embeddings looks like, in figures.
//!
//! [`Panel::of`] takes a bounded sample of embeddings and compares all of them with each other once; everything else
//! is read off that: [`Panel::health`], [`Panel::neighbor_score`], [`Panel::suspects`], [`Panel::map`]. Nothing here
//! knows the network, the loss or the disk, and the same embeddings give the same figures.

mod health;
mod map;
mod neighbors;
mod spectrum;
mod suspects;

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use rand::seq::SliceRandom;

use crate::generator;
use crate::parameters::numbers;

/// Photos that are looked at, at most: comparing all pairs of so many takes a moment.
pub const MOST_PHOTOS: usize = 2000;

/// Photos of one individual among them, at most, so that a few favourites do not fill the sample.
const MOST_OF_ONE: usize = 40;

/// Embeddings with what is known of their photos.
#[derive(Debug, Clone, Copy)]
pub struct Embedded<'a> {
    /// The embeddings as the network gives them, not normalised: n rows of `dimension`.
    pub values: &'a [f32],
    /// Numbers of an embedding.
    pub dimension: usize,
    /// The individual of each row.
    pub individuals: &'a [u32],
    /// The encounter of each row, where known; None equals no other. Empty where none is known.
    pub encounters: &'a [Option<u32>],
}

/// A sample of embeddings, each compared with each.
#[derive(Debug)]
pub struct Panel {
    /// Which rows were taken, in rising order.
    rows: Vec<u32>,
    dimension: usize,
    /// Length of each embedding before normalisation.
    lengths: Vec<f32>,
    /// Embeddings of unit length, row-major; one that is not finite is all zeros.
    unit: Vec<f32>,
    /// Cosines of all with all: n × n.
    cosines: Vec<f32>,
    individuals: Vec<u32>,
    encounters: Vec<Option<u32>>,
}

impl Panel {
    /// Takes a sample (all, where there are at most [`MOST_PHOTOS`]; whole individuals otherwise) and compares it.
    pub fn of(embedded: &Embedded<'_>, seed: u64) -> Self {
        let rows = sample(embedded.individuals, MOST_PHOTOS, seed);
        let place = |row: &u32| *row as usize;
        let taken = |row: &u32| {
            let from = place(row) * embedded.dimension;
            &embedded.values[from..from + embedded.dimension]
        };
        let lengths: Vec<f32> = rows.iter().map(|row| length(taken(row))).collect();
        let unit: Vec<f32> =
            rows.iter().zip(&lengths).flat_map(|(row, length)| scaled(taken(row), *length)).collect();
        let cosines = products(&unit, &unit, embedded.dimension);
        let encounter = |row: &u32| embedded.encounters.get(place(row)).copied().flatten();
        Self {
            individuals: rows.iter().map(|row| embedded.individuals[place(row)]).collect(),
            encounters: rows.iter().map(encounter).collect(),
            dimension: embedded.dimension,
            rows,
            lengths,
            unit,
            cosines,
        }
    }

    /// How many photos were taken.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The embedding at a place of the sample, of unit length.
    fn embedding(&self, place: usize) -> &[f32] {
        &self.unit[place * self.dimension..(place + 1) * self.dimension]
    }

    /// Cosines of one photo with all.
    fn cosines_of(&self, place: usize) -> &[f32] {
        &self.cosines[place * self.len()..(place + 1) * self.len()]
    }

    /// Whether two photos are of one individual.
    fn is_same(&self, a: usize, b: usize) -> bool {
        self.individuals[a] == self.individuals[b]
    }

    /// Whether two photos are known to be of one encounter.
    fn is_one_encounter(&self, a: usize, b: usize) -> bool {
        self.encounters[a].is_some() && self.encounters[a] == self.encounters[b]
    }
}

/// Mean angle between embeddings and the centres of their own classes, in degrees, from the cosines of the two.
pub fn center_angle(own_cosines: &[f32]) -> Option<f64> {
    let angles = own_cosines.iter().filter(|cosine| cosine.is_finite());
    let angles: Vec<f64> =
        angles.map(|cosine| f64::from(cosine.clamp(-1.0, 1.0)).acos().to_degrees()).collect();
    mean(&angles)
}

/// Rows to look at: all where they are few; else individuals drawn by lot, each with its photos, in rising order.
pub fn sample(individuals: &[u32], most: usize, seed: u64) -> Vec<u32> {
    if individuals.len() <= most {
        return (0..individuals.len() as u32).collect();
    }
    let mut of_one: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (row, individual) in individuals.iter().enumerate() {
        of_one.entry(*individual).or_default().push(row as u32);
    }
    let mut drawn: Vec<Vec<u32>> = of_one.into_values().collect();
    drawn.shuffle(&mut generator(seed, "panel", &[]));
    let mut rows: Vec<u32> = drawn.iter().flat_map(|rows| thinned(rows, MOST_OF_ONE)).take(most).collect();
    rows.sort_unstable();
    rows
}

/// At most `most` of them, evenly chosen.
fn thinned<T: Copy>(values: &[T], most: usize) -> Vec<T> {
    let step = values.len().div_ceil(most.max(1)).max(1);
    values.iter().copied().step_by(step).collect()
}

/// Euclidean length; 0 where a number is not finite.
fn length(row: &[f32]) -> f32 {
    let length = row.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt();
    if length.is_finite() { length as f32 } else { 0.0 }
}

fn scaled(row: &[f32], length: f32) -> impl Iterator<Item = f32> + '_ {
    let factor = if length > 0.0 { 1.0 / length } else { 0.0 };
    row.iter().map(move |x| if factor > 0.0 { x * factor } else { 0.0 })
}

/// Products of the rows of `a` with those of `b`: n × m.
fn products(a: &[f32], b: &[f32], dimension: usize) -> Vec<f32> {
    if dimension == 0 || a.is_empty() || b.is_empty() {
        return Vec::new();
    }
    let tensor = |values: &[f32]| -> Tensor<2> {
        let shape = [values.len() / dimension, dimension];
        Tensor::from_data(TensorData::new(values.to_vec(), shape), &Device::flex())
    };
    numbers(tensor(a).matmul(tensor(b).transpose()))
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests;
