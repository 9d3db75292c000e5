//! What the image network makes of every animal, as it is and mirrored, in a few cells.

use std::sync::atomic::AtomicBool;

use half::f16;
use resight_core::Progress;
use resight_model::Shape;

use super::rows::ClassifierRows;
use crate::data::DataWarning;
use crate::linear::ScaledRows;
use crate::on_maps::OnMapsRequest;
use crate::recipe::{Depth, Recipe, TrunkRecipe};
use crate::trainer::TrainError;
use crate::trunk::Trunk;

/// Cells a side: enough to know where the head is, few enough to be learnt from some hundred photos.
const CELLS: usize = 4;

/// Features of all items: first of each as it is, then of each mirrored.
#[derive(Debug, Clone)]
pub(super) struct Features {
    pub(super) rows: ScaledRows,
    items: usize,
    /// The form of what the network gives.
    pub(super) shape: Shape,
}

impl Features {
    /// Looks at all items, or reads what was seen before; items of which nothing can be made are taken out of the rows.
    pub(super) fn of(
        request: &OnMapsRequest,
        rows: &mut ClassifierRows,
        progress: &dyn Progress,
        cancel: &AtomicBool,
        warnings: &mut Vec<DataWarning>,
    ) -> Result<(Self, Trunk), TrainError> {
        let trunk = trunk(request)?;
        let frozen = trunk.frozen(request.runtime, request.threads)?;
        let preprocess = trunk.preprocess().clone();
        let (cache, left_out) = request.look(&rows.jobs(), preprocess, &frozen, progress, cancel)?;
        warnings.extend(left_out);
        rows.without(&(0..cache.items()).filter(|item| !cache.is_present(*item)).collect());
        let cells = Cells::of(frozen.output);
        let present: Vec<usize> = cache.present().collect();
        let view = |view: usize| {
            let pooled = present.iter().flat_map(|item| cells.pool(cache.features(*item, view)));
            pooled.collect::<Vec<f32>>()
        };
        let mut values = view(0);
        values.extend(view(1));
        let rows = ScaledRows::scaled(cells.columns(), values, present.len());
        Ok((Self { rows, items: present.len(), shape: frozen.output }, trunk))
    }

    /// The row of an item.
    pub(super) fn row_of(&self, item: usize, is_mirrored: bool) -> usize {
        if is_mirrored { self.items + item } else { item }
    }
}

/// The image network, cut where its maps still know where something lies. Of one that resight knows nothing of, its answer.
fn trunk(request: &OnMapsRequest) -> Result<Trunk, TrainError> {
    let recipe = |depth: Depth, cut: &str| Recipe {
        depth,
        trunk: TrunkRecipe { cut: cut.to_owned(), ..TrunkRecipe::default() },
        ..Recipe::default()
    };
    let at = |cut: &str| Trunk::of(request.bundle.clone(), &recipe(Depth::Tail, cut));
    let trunk = at("head").or_else(|_| at("pool"));
    Ok(trunk.or_else(|_| Trunk::of(request.bundle.clone(), &recipe(Depth::Head, "")))?)
}

/// Which places of a map belong to which cell: windows as in adaptive average pooling (PyTorch, `AdaptiveAvgPool2d`), which
/// overlap where the sides do not divide.
pub(super) struct Cells {
    channels: usize,
    /// Places of each cell.
    places: Vec<Vec<usize>>,
    /// Places of the whole.
    all: usize,
}

impl Cells {
    pub(super) fn of(shape: Shape) -> Self {
        let (channels, leading, height, width) = match shape {
            Shape::Maps { channels, height, width } => (channels, 0, height, width),
            Shape::Tokens { channels, leading, patches } => {
                (channels, leading, patches.isqrt(), patches.isqrt())
            }
            Shape::Features { channels } => (channels, 0, 1, 1),
        };
        // The leading tokens stand for themselves.
        let mut places: Vec<Vec<usize>> = (0..leading).map(|token| vec![token]).collect();
        for (top, bottom) in windows(height) {
            for (left, right) in windows(width) {
                let of_row = |y: usize| (left..right).map(move |x| leading + y * width + x);
                places.push((top..bottom).flat_map(of_row).collect());
            }
        }
        Self { channels, places, all: leading + height * width }
    }

    /// Numbers of all cells together.
    pub(super) fn columns(&self) -> usize {
        self.places.len() * self.channels
    }

    /// The means of all cells, channel by channel: cells × channels. `values`: places × channels.
    fn pool(&self, values: &[f16]) -> Vec<f32> {
        let mut pooled = Vec::with_capacity(self.columns());
        for places in &self.places {
            let share = 1.0 / places.len().max(1) as f32;
            pooled.extend((0..self.channels).map(|channel| {
                let values = places.iter().map(|place| values[place * self.channels + channel].to_f32());
                values.sum::<f32>() * share
            }));
        }
        pooled
    }

    /// The weight of every number of the whole, in the order that the network gives them (maps: channels × places, tokens: places ×
    /// channels), from those of the cells' means.
    pub(super) fn spread(&self, of_cells: impl Fn(usize) -> f32, shape: Shape) -> Vec<f32> {
        let mut spread = vec![0.0_f32; self.all * self.channels];
        for (cell, places) in self.places.iter().enumerate() {
            let share = 1.0 / places.len().max(1) as f32;
            for place in places {
                for channel in 0..self.channels {
                    let at = match shape {
                        Shape::Maps { .. } => channel * self.all + place,
                        _ => place * self.channels + channel,
                    };
                    spread[at] += of_cells(cell * self.channels + channel) * share;
                }
            }
        }
        spread
    }
}

/// Where the windows of a side begin and end.
fn windows(side: usize) -> impl Iterator<Item = (usize, usize)> {
    let cells = CELLS.min(side);
    (0..cells).map(move |cell| (cell * side / cells, ((cell + 1) * side).div_ceil(cells)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_those_of_adaptive_pooling() {
        assert_eq!(windows(7).collect::<Vec<_>>(), [(0, 2), (1, 4), (3, 6), (5, 7)]);
        assert_eq!(windows(2).collect::<Vec<_>>(), [(0, 1), (1, 2)]);
    }

    #[test]
    fn weights_of_cells_spread_over_a_map_give_the_same_scores() {
        let numbers = |n: usize, step: f32| (0..n).map(move |at| (at as f32 * step).sin());
        for shape in [
            Shape::Maps { channels: 3, height: 7, width: 5 },
            Shape::Tokens { channels: 3, leading: 1, patches: 36 },
            Shape::Features { channels: 6 },
        ] {
            let cells = Cells::of(shape);
            let (channels, all) = (cells.channels, cells.all);
            // Places × channels, as a cache has them.
            let values: Vec<f16> = numbers(all * channels, 0.7).map(f16::from_f32).collect();
            let weights: Vec<f32> = numbers(cells.columns(), 0.3).collect();
            let pooled: f32 =
                cells.pool(&values).iter().zip(&weights).map(|(one, weight)| one * weight).sum();
            let spread = cells.spread(|at| weights[at], shape);
            let of_network = |at: usize| match shape {
                Shape::Maps { .. } => values[at % all * channels + at / all].to_f32(),
                _ => values[at].to_f32(),
            };
            let whole: f32 = spread.iter().enumerate().map(|(at, weight)| weight * of_network(at)).sum();
            assert!((pooled - whole).abs() < 1e-4, "{shape:?}: {pooled} {whole}");
        }
    }
}
