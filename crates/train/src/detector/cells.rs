//! The maps of all photos, cell by cell, and what of each is to be learnt.

use std::sync::atomic::AtomicBool;

use half::f16;
use half::slice::HalfFloatSliceExt as _;
use resight_core::Progress;
use resight_imaging::Preprocess;
use resight_model::{Output, Shape};

use super::finish::preprocess;
use super::head::{self, At, Head, Lesson, OUTPUTS};
use super::scenes::{Scene, Scenes};
use crate::cache::{CacheError, FeatureCache};

use crate::data::DataWarning;
use crate::on_maps::OnMapsRequest;
use crate::trainer::TrainError;
use crate::trunk::Trunk;

/// Cells that a layer sees a side: the cell itself and those around it.
pub(super) const KERNEL: usize = 3;
/// Half of it.
const AROUND: usize = KERNEL / 2;
/// The middle of an animal is near where it is nearer than this share of the box's sides, or than this many cells.
const NEAR: (f32, f32) = (0.25, 0.75);
/// It is not far from it up to this share of them: neither here nor there.
const ABOUT: f32 = 0.4;
/// Cells of one animal that are learnt from, at most, those nearest to its middle: large animals have hundreds.
const MOST_OF_AN_ANIMAL: usize = 16;
/// The least distance from a cell's middle to an edge, in cells.
const LEAST_AWAY: f32 = 0.05;

/// What the cell is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cell {
    /// The middle of an animal is near; the logarithms of the distances to the edges of its box, in cells.
    Animal([f32; 4]),
    /// Not far from the middle of one, or of one that is cut off: neither here nor there.
    Either,
    /// No animal.
    Nothing,
}

/// The maps of all photos.
pub(super) struct Cells {
    /// Photos, and behind them parts of photos.
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

    /// The photos, without the parts that are looked at beside them.
    pub(super) fn photos(&self) -> &[Scene] {
        let parts = self.scenes.iter().position(|scene| scene.part.is_some());
        &self.scenes[..parts.unwrap_or(self.scenes.len())]
    }

    /// Cells of a photo.
    fn count(&self) -> usize {
        self.rows * self.columns
    }

    /// What every cell of a photo is, as it is or mirrored.
    fn cells_of(&self, scene: &Scene, is_mirrored: bool) -> Vec<Cell> {
        let side = super::SIDE as f32 / self.columns as f32;
        let whole = super::SIDE as f32;
        let placed = |[left, top, right, bottom]: [f32; 4]| match is_mirrored {
            true => [whole - right, top, whole - left, bottom],
            false => [left, top, right, bottom],
        };
        let animals: Vec<[f32; 4]> =
            scene.animals.iter().map(|animal| placed(scene.frame.in_input(animal))).collect();
        let cut_off: Vec<[f32; 4]> =
            scene.cut_off.iter().map(|animal| placed(scene.frame.in_input(animal))).collect();
        let middle =
            |at: usize| [at % self.columns, at / self.columns].map(|place| (place as f32 + 0.5) * side);
        let mut cells: Vec<Cell> = (0..self.count())
            .map(|at| {
                let is_about = |[left, top, right, bottom]: [f32; 4]| {
                    let wide = [right - left, bottom - top].map(|extent| extent * ABOUT);
                    let centre = [f32::midpoint(left, right), f32::midpoint(top, bottom)];
                    (0..2).all(|axis| (centre[axis] - middle(at)[axis]).abs() < wide[axis].max(side))
                };
                let is_in = |[left, top, right, bottom]: [f32; 4]| {
                    let [across, down] = middle(at);
                    (left..right).contains(&across) && (top..bottom).contains(&down)
                };
                let is_either = animals.iter().any(|animal| is_about(*animal))
                    || cut_off.iter().any(|animal| is_in(*animal));
                if is_either { Cell::Either } else { Cell::Nothing }
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

    /// Learns the layers from some photos.
    ///
    /// # Errors
    /// It was stopped.
    pub(super) fn learn(
        &self,
        photos: &[usize],
        seed: u64,
        stopped: &(dyn Fn() -> Option<CacheError> + Sync),
    ) -> Result<Head, TrainError> {
        let views: Vec<(usize, usize)> = photos.iter().flat_map(|photo| [(*photo, 0), (*photo, 1)]).collect();
        let mut lesson = Lesson { animals: Vec::new(), nothing: vec![Vec::new(); views.len()] };
        for (view, (photo, mirrored)) in views.iter().enumerate() {
            for (cell, kind) in self.cells_of(&self.scenes[*photo], *mirrored == 1).into_iter().enumerate() {
                match kind {
                    Cell::Animal(edges) => lesson.animals.push(((view, cell), edges)),
                    Cell::Nothing => lesson.nothing[view].push(cell),
                    Cell::Either => {}
                }
            }
        }
        head::learn(&Patches { cells: self, views }, &lesson, seed, stopped)
    }

    /// What the network with these layers behind it gives of a photo as it is.
    pub(super) fn answer(&self, learnt: &Head, photo: usize) -> Output {
        let patches = Patches { cells: self, views: vec![(photo, 0)] };
        let all: Vec<At> = (0..self.count()).map(|cell| (0, cell)).collect();
        let said = learnt.says(&patches.rows(&all), all.len());
        let values =
            (0..OUTPUTS).flat_map(|output| said.iter().skip(output).step_by(OUTPUTS).copied()).collect();
        Output { name: "boxes".to_owned(), shape: vec![1, OUTPUTS, self.rows, self.columns], values }
    }
}

/// The maps of some photos, as they are or mirrored, as rows of cells.
pub(super) struct Patches<'a> {
    cells: &'a Cells,
    /// Photo, and whether as it is (0) or mirrored (1).
    views: Vec<(usize, usize)>,
}

impl Patches<'_> {
    pub(super) fn views(&self) -> usize {
        self.views.len()
    }

    /// Cells of a view.
    pub(super) fn cells(&self) -> usize {
        self.cells.count()
    }

    pub(super) fn channels(&self) -> usize {
        self.cells.channels
    }

    fn map(&self, view: usize) -> &[f16] {
        let (photo, view) = self.views[view];
        self.cells.cache.features(self.cells.items[photo], view)
    }

    /// The channels of one cell.
    pub(super) fn cell(&self, (view, cell): At) -> impl Iterator<Item = f32> {
        let channels = self.channels();
        self.map(view)[cell * channels..(cell + 1) * channels].iter().map(|value| value.to_f32())
    }

    /// Of each cell the channels of those around it, row by row; zeros beyond the map.
    pub(super) fn rows(&self, cells: &[At]) -> Vec<f32> {
        let (rows, columns, channels) = (self.cells.rows, self.cells.columns, self.channels());
        let mut values = vec![0.0; cells.len() * KERNEL * KERNEL * channels];
        for ((view, cell), patch) in cells.iter().zip(values.chunks_exact_mut(KERNEL * KERNEL * channels)) {
            let (map, row, column) = (self.map(*view), cell / columns, cell % columns);
            for (place, around) in patch.chunks_exact_mut(channels).enumerate() {
                let down = (row + place / KERNEL).checked_sub(AROUND).filter(|row| *row < rows);
                let across = (column + place % KERNEL).checked_sub(AROUND).filter(|column| *column < columns);
                if let (Some(row), Some(column)) = (down, across) {
                    let at = (row * columns + column) * channels;
                    map[at..at + channels].convert_to_f32_slice(around);
                }
            }
        }
        values
    }
}
