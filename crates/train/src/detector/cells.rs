//! The maps of all photos, cell by cell, and the layers that are learnt on them.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use half::f16;
use rand::seq::SliceRandom as _;
use rayon::prelude::*;
use resight_core::Progress;
use resight_imaging::Preprocess;
use resight_model::{Output, Shape};

use super::finish::preprocess;
use super::scenes::{Scene, Scenes};
use crate::cache::{CacheError, FeatureCache};

use crate::data::DataWarning;
use crate::generator;
use crate::linear::{Label, Layer, Numbers, Penalty, Rows, ScaledRows, Shown, fit};
use crate::on_maps::OnMapsRequest;
use crate::trainer::TrainError;
use crate::trunk::Trunk;

/// Cells that a layer sees a side: the cell itself and those around it.
pub(super) const KERNEL: usize = 3;
/// Half of it.
const AROUND: usize = KERNEL / 2;
/// Cells without an animal that are learnt from at first, a photo.
const AT_RANDOM: usize = 60;
/// Cells without one that were most taken for one, a photo and round, and how many rounds.
const HARD: (usize, usize) = (15, 2);
/// The middle of an animal is near where it is nearer than this share of the box's sides, or than this many cells.
const NEAR: (f32, f32) = (0.25, 0.75);
/// Cells of one animal that are learnt from, at most, those nearest to its middle: large animals have hundreds.
const MOST_OF_AN_ANIMAL: usize = 16;
/// How strongly the layers are held back: chosen of three orders of magnitude on dolphin fins, zebras and jaguars, where it made
/// little difference.
const PENALTIES: (Penalty, Penalty) = (Penalty(2e-4), Penalty(3e-4));
/// The least distance from a cell's middle to an edge, in cells.
const LEAST_AWAY: f32 = 0.05;

/// What the cell is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cell {
    /// The middle of an animal is near; the logarithms of the distances to the edges of its box, in cells.
    Animal([f32; 4]),
    /// In a box, or beyond the photo: neither here nor there.
    Either,
    /// No animal.
    Nothing,
}

/// The maps of all photos.
pub(super) struct Cells {
    pub(super) scenes: Vec<Scene>,
    /// How a photo becomes the network's input.
    pub(super) preprocess: Preprocess,
    cache: FeatureCache,
    /// Items of the cache.
    items: Vec<usize>,
    channels: usize,
    rows: usize,
    columns: usize,
}

/// Both layers, over cells as the network gives them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Learnt {
    /// Outputs × (cells around × channels).
    pub(super) weights: Vec<Vec<f32>>,
    pub(super) bias: Vec<f32>,
}

impl Cells {
    /// Looks at all photos, as they are and mirrored, or reads what was seen before.
    pub(super) fn of(
        request: &OnMapsRequest,
        trunk: &Trunk,
        scenes: Scenes,
        progress: &dyn Progress,
        cancel: &AtomicBool,
        warnings: &mut Vec<DataWarning>,
    ) -> Result<Self, TrainError> {
        let frozen = trunk.frozen(request.runtime, request.threads)?;
        let Shape::Maps { channels, height, width } = frozen.output else {
            return Err(TrainError::TooLittle("a detector needs a network of maps to look with".to_owned()));
        };
        let (cache, left_out) = request.look(&scenes.jobs(), preprocess(trunk), &frozen, progress, cancel)?;
        warnings.extend(left_out);
        let items: Vec<usize> = cache.present().collect();
        let scenes = items.iter().map(|item| scenes.0[*item].clone()).collect();
        Ok(Self {
            scenes,
            preprocess: preprocess(trunk),
            cache,
            items,
            channels,
            rows: height,
            columns: width,
        })
    }

    /// Cells of a photo.
    fn count(&self) -> usize {
        self.rows * self.columns
    }

    /// The cells around a cell, one after the other, row by row; zeros beyond the map.
    fn around(&self, map: &[f16], cell: usize) -> impl Iterator<Item = f32> {
        let (row, column) = (cell / self.columns, cell % self.columns);
        let places = (0..KERNEL).flat_map(move |down| (0..KERNEL).map(move |across| (down, across)));
        places.flat_map(move |(down, across)| {
            let place = (row + down).checked_sub(AROUND).zip((column + across).checked_sub(AROUND));
            let inside = place.filter(|(row, column)| *row < self.rows && *column < self.columns);
            let channels = inside.map(|(row, column)| {
                let at = (row * self.columns + column) * self.channels;
                &map[at..at + self.channels]
            });
            (0..self.channels).map(move |channel| channels.map_or(0.0, |channels| channels[channel].to_f32()))
        })
    }

    /// What every cell of a photo is, as it is or mirrored.
    fn cells_of(&self, scene: &Scene, is_mirrored: bool) -> Vec<Cell> {
        let side = super::SIDE as f32 / self.columns as f32;
        let whole = super::SIDE as f32;
        let placed = |[left, top, right, bottom]: [f32; 4]| match is_mirrored {
            true => [whole - right, top, whole - left, bottom],
            false => [left, top, right, bottom],
        };
        let bounds = placed(scene.frame.bounds());
        let animals: Vec<[f32; 4]> =
            scene.animals.iter().map(|animal| placed(scene.frame.in_input(animal))).collect();
        let middle =
            |at: usize| [at % self.columns, at / self.columns].map(|place| (place as f32 + 0.5) * side);
        let is_in = |[left, top, right, bottom]: [f32; 4], [across, down]: [f32; 2]| {
            (left..right).contains(&across) && (top..bottom).contains(&down)
        };
        let mut cells: Vec<Cell> = (0..self.count())
            .map(|at| {
                let in_animal = animals.iter().any(|animal| is_in(*animal, middle(at)));
                if is_in(bounds, middle(at)) && !in_animal { Cell::Nothing } else { Cell::Either }
            })
            .collect();
        // The largest first: of those that lie over each other the smallest counts.
        let extent = |[left, top, right, bottom]: [f32; 4]| (right - left) * (bottom - top);
        let mut largest_first = animals;
        largest_first.sort_by(|one, other| extent(*other).total_cmp(&extent(*one)));
        for [left, top, right, bottom] in largest_first {
            let centre = [f32::midpoint(left, right), f32::midpoint(top, bottom)];
            let reach = [right - left, bottom - top].map(|extent| (extent * NEAR.0).max(side * NEAR.1));
            let away = |at: usize| [0, 1].map(|axis| (centre[axis] - middle(at)[axis]).abs());
            let distance = |at: usize| away(at).map(|away| away * away).iter().sum::<f32>();
            let mut by_distance: Vec<usize> = (0..self.count()).collect();
            by_distance
                .sort_by(|one, other| distance(*one).total_cmp(&distance(*other)).then(one.cmp(other)));
            // The nearest belongs to an animal that is smaller than a cell, too.
            let near = by_distance
                .iter()
                .enumerate()
                .filter(|(place, at)| *place == 0 || (0..2).all(|axis| away(**at)[axis] < reach[axis]));
            let near: Vec<usize> = near.map(|(_, at)| *at).take(MOST_OF_AN_ANIMAL).collect();
            for at in near {
                let [across, down] = middle(at);
                let edges = [across - left, down - top, right - across, bottom - down];
                cells[at] = Cell::Animal(edges.map(|edge| (edge / side).max(LEAST_AWAY).ln()));
            }
        }
        cells
    }

    /// Learns both layers from some photos.
    ///
    /// # Errors
    /// It was stopped.
    pub(super) fn learn(
        &self,
        photos: &[usize],
        seed: u64,
        stopped: &(dyn Fn() -> Option<CacheError> + Sync),
    ) -> Result<Learnt, TrainError> {
        let views: Vec<(usize, usize)> = photos.iter().flat_map(|photo| [(*photo, 0), (*photo, 1)]).collect();
        let kinds: Vec<Vec<Cell>> =
            views.iter().map(|(photo, view)| self.cells_of(&self.scenes[*photo], *view == 1)).collect();
        let map = |view: usize| self.cache.features(self.items[views[view].0], views[view].1);
        let width = KERNEL * KERNEL * self.channels;
        // Rows: cells with an animal, then those without.
        let mut chosen: Vec<(usize, usize)> = Vec::new();
        let mut goals: Vec<[f32; 4]> = Vec::new();
        for (view, cells) in kinds.iter().enumerate() {
            for (cell, kind) in cells.iter().enumerate() {
                if let Cell::Animal(edges) = kind {
                    chosen.push((view, cell));
                    goals.push(*edges);
                }
            }
        }
        let animals = chosen.len();
        if animals == 0 {
            return Err(TrainError::TooLittle("no animal lies in these photos".to_owned()));
        }
        let nothing: Vec<Vec<usize>> = kinds
            .iter()
            .map(|cells| (0..cells.len()).filter(|cell| cells[*cell] == Cell::Nothing).collect())
            .collect();
        for (view, cells) in nothing.iter().enumerate() {
            let mut some = cells.clone();
            some.shuffle(&mut generator(
                seed,
                "cells without an animal",
                &[views[view].0 as u64, views[view].1 as u64],
            ));
            chosen.extend(some.into_iter().take(AT_RANDOM).map(|cell| (view, cell)));
        }
        let gather = |chosen: &[(usize, usize)]| -> Vec<f32> {
            let mut values = Vec::with_capacity(chosen.len() * width);
            chosen.iter().for_each(|(view, cell)| values.extend(self.around(map(*view), *cell)));
            values
        };
        let (each, rounds) = HARD;
        for round in 0..=rounds {
            let rows = ScaledRows::scaled(width, gather(&chosen), chosen.len());
            let weight = 1.0 / chosen.len().max(1) as f64;
            let shown = |row: usize| Shown { row, goal: Label(usize::from(row < animals)), weight };
            let shown: Vec<Shown<Label>> = (0..chosen.len()).map(shown).collect();
            let is_animal = fit(&rows, &shown, 2, PENALTIES.0, stopped)?;
            if round == rounds {
                let weight = 1.0 / animals.max(1) as f64;
                let shown: Vec<Shown<Numbers<4>>> =
                    (0..animals).map(|row| Shown { row, goal: Numbers(goals[row]), weight }).collect();
                let edges = fit(&rows, &shown, 4, PENALTIES.1, stopped)?;
                return Ok(Learnt::of(&rows, &is_animal, &edges));
            }
            let learnt =
                Learnt::of(&rows, &is_animal, &Layer { weights: vec![0.0; 4 * width], bias: vec![0.0; 4] });
            if let Some(error) = stopped() {
                return Err(error.into());
            }
            let hardest = |(view, cells): (usize, &Vec<usize>)| {
                let mut scored: Vec<(f32, usize)> =
                    cells.iter().map(|cell| (self.score(&learnt, 0, map(view), *cell), *cell)).collect();
                scored.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
                scored.into_iter().take(each).map(|(_, cell)| (view, cell)).collect::<Vec<_>>()
            };
            let hardest: Vec<Vec<(usize, usize)>> = nothing.par_iter().enumerate().map(hardest).collect();
            chosen.extend(hardest.into_iter().flatten());
            // One that was chosen before is learnt once.
            let (with, without) = chosen.split_at(animals);
            let without: BTreeSet<(usize, usize)> = without.iter().copied().collect();
            chosen = with.iter().copied().chain(without).collect();
        }
        Err(TrainError::TooLittle("there is nothing to learn from".to_owned()))
    }

    fn score(&self, learnt: &Learnt, output: usize, map: &[f16], cell: usize) -> f32 {
        let weights = &learnt.weights[output];
        self.around(map, cell).zip(weights).map(|(value, weight)| value * weight).sum::<f32>()
            + learnt.bias[output]
    }

    /// What the network with these layers behind it gives of a photo as it is.
    pub(super) fn answer(&self, learnt: &Learnt, photo: usize) -> Output {
        let map = self.cache.features(self.items[photo], 0);
        let outputs = learnt.bias.len();
        let values = (0..outputs)
            .flat_map(|output| (0..self.count()).map(move |cell| self.score(learnt, output, map, cell)))
            .collect();
        Output { name: "boxes".to_owned(), shape: vec![1, outputs, self.rows, self.columns], values }
    }
}

impl Learnt {
    fn of(rows: &ScaledRows, is_animal: &Layer, edges: &Layer) -> Self {
        debug_assert_eq!(is_animal.weights.len(), 2 * rows.columns());
        let ((nothing, without), (animal, with)) = (rows.unscaled(is_animal, 0), rows.unscaled(is_animal, 1));
        // The log-odds of one label against the other.
        let odds = animal.iter().zip(nothing).map(|(animal, nothing)| animal - nothing).collect();
        let (mut weights, mut bias) = (vec![odds], vec![with - without]);
        for edge in 0..4 {
            let (of_edge, added) = rows.unscaled(edges, edge);
            weights.push(of_edge);
            bias.push(added);
        }
        Self { weights, bias }
    }
}
