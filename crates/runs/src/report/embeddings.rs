//! What the embeddings look like.

use resight_page::COLORS;
use resight_page::plot::{Axes, Series, Shape};

use super::curves::{over_epochs, over_steps};
use super::figure::{Curve, Drawing, Figure, drawn};
use crate::doctor::history::History;
use crate::run::log::{Epoch, Health};

const BLUE: &str = COLORS[0];
const ORANGE: &str = COLORS[1];
const GREEN: &str = COLORS[2];

/// Bins of a histogram below which nothing is drawn.
const ALMOST_NOTHING: f64 = 0.002;

/// Figures over the epochs.
pub(super) fn health(history: &History<'_>) -> Vec<Figure> {
    let of = |pick: fn(&Health) -> Option<f64>| over_epochs(history, move |epoch| pick(&epoch.health));
    let drawings = [
        Drawing::over_epochs(
            "Same against other",
            "AUROC",
            vec![Curve::new(BLUE, "AUROC of pairs", of(|health| health.pair_auroc))],
            "Chance that two photos of one individual are more alike than two of different ones: 0.5 is guessing.",
        )
        .showing(0.5, 1.0),
        Drawing::over_epochs(
            "Effective rank",
            "directions",
            vec![Curve::new(BLUE, "effective rank", of(|health| Some(health.effective_rank)))],
            &format!(
                "In how many directions embeddings spread (Roy and Vetterli 2007), of {}. A fall to one or two is a \
                 collapse.",
                history.start.dimension
            ),
        )
        .showing(0.0, 2.0),
        Drawing::over_epochs(
            "Alignment and uniformity",
            "value",
            vec![
                Curve::new(GREEN, "alignment", of(|health| health.alignment)),
                Curve::new(BLUE, "uniformity", of(|health| Some(health.uniformity))),
            ],
            "Squared distance of photos of one individual, and how evenly all spread over the sphere (Wang and Isola 2020): \
             both should fall.",
        ),
        Drawing::over_epochs(
            "In the batches",
            "cosine",
            vec![
                Curve::new(BLUE, "one individual", over_steps(history, |step| step.same_cosine)),
                Curve::new(ORANGE, "different individuals", over_steps(history, |step| step.other_cosine)),
            ],
            "Mean cosine of pairs in a batch, step by step: the gap should open. Both near 1 is a collapse.",
        ),
        Drawing::over_epochs(
            "Angle to the class centre",
            "degrees",
            vec![Curve::new(BLUE, "mean angle", of(|health| health.center_angle))],
            "On training photos. At 90° the centres know nothing of the photos.",
        )
        .showing(30.0, 90.0),
        Drawing::over_epochs(
            "Length of embeddings",
            "length",
            vec![
                Curve::new(BLUE, "mean", of(|health| Some(health.norm_mean))),
                Curve::new(ORANGE, "standard deviation", of(|health| Some(health.norm_deviation))),
            ],
            "Before they are brought to unit length. A length that grows without end makes every step smaller.",
        )
        .showing(0.0, 0.0),
        Drawing::over_epochs(
            "Hubs",
            "skewness",
            vec![Curve::new(BLUE, "hubness", of(|health| Some(health.hubness)))],
            "How unevenly photos are among the ten nearest of others (Radovanović et al. 2010). High: a few photos answer \
             everything.",
        )
        .showing(0.0, 2.0),
        variances(history),
    ];
    drawings.into_iter().filter_map(Drawing::figure).collect()
}

/// Epochs worth showing beside each other: first, best, last; each once.
fn first_best_last<'a>(history: &History<'a>) -> Vec<(&'static str, &'a Epoch)> {
    let first = history.before.or(history.epochs.first().copied());
    let named = [("first", first), ("best", history.best()), ("last", history.epochs.last().copied())];
    let mut chosen: Vec<(&'static str, &Epoch)> = Vec::new();
    for (name, epoch) in named {
        if let Some(epoch) = epoch
            && chosen.iter().all(|(_, other)| other.epoch != epoch.epoch)
        {
            chosen.push((name, epoch));
        }
    }
    chosen
}

fn variances(history: &History<'_>) -> Drawing {
    let curve = |(color, (name, epoch)): (&'static str, (&str, &Epoch))| {
        let values = epoch.health.variances.iter().filter(|variance| **variance > 0.0);
        let points = values.enumerate().map(|(place, variance)| (place as f64, variance.log10())).collect();
        Curve::new(color, format!("{name} (epoch {})", epoch.epoch), points)
    };
    Drawing {
        x_label: "dimensions, most varied first (at most 64 shown)",
        ..Drawing::over_epochs(
            "Variance of the dimensions",
            "log10 of the variance",
            [BLUE, GREEN, ORANGE].into_iter().zip(first_best_last(history)).map(curve).collect(),
            "A line that dives has dimensions that carry nothing.",
        )
    }
}

/// Cosines of pairs: one histogram each of the first, the best and the last epoch, over one range.
pub(super) fn histograms(history: &History<'_>) -> Vec<Figure> {
    let chosen = first_best_last(history);
    let shares: Vec<[Vec<f64>; 2]> = chosen
        .iter()
        .map(|(_, epoch)| {
            [&epoch.health.same_histogram, &epoch.health.other_histogram].map(|counts| share(counts))
        })
        .collect();
    let bins = shares.iter().flatten().map(Vec::len).max().unwrap_or(0);
    let is_used =
        |bin: &usize| shares.iter().flatten().any(|one| one.get(*bin).is_some_and(|x| *x > ALMOST_NOTHING));
    let (Some(low), Some(high)) = ((0..bins).find(is_used), (0..bins).rev().find(is_used)) else {
        return Vec::new();
    };
    let highest = shares.iter().flatten().flatten().copied().fold(0.0, f64::max);
    let width = 2.0 / bins as f64;
    let axes = Axes {
        x_label: "cosine",
        y_label: "share of pairs",
        x: -1.0 + low as f64 * width..-1.0 + (high + 1) as f64 * width,
        y: 0.0..1.08 * highest,
        digits: (1, 2),
    };
    let figure = |((name, epoch), [same, other]): (&(&'static str, &Epoch), &[Vec<f64>; 2])| {
        let bars = |color, values: &[f64]| {
            let points = (low..=high).filter_map(|bin| Some((-1.0 + bin as f64 * width, *values.get(bin)?)));
            Series { color, shape: Shape::Bars(width), points: points.collect() }
        };
        let auroc = epoch.health.pair_auroc.map_or_else(String::new, |auroc| format!(", AUROC {auroc:.3}"));
        Figure {
            title: format!("{name} epoch ({}){auroc}", epoch.epoch),
            svg: drawn(&axes, &[bars(ORANGE, other), bars(BLUE, same)]),
            legend: vec![(BLUE, "one individual".to_owned()), (ORANGE, "different individuals".to_owned())],
            caption: String::new(),
        }
    };
    chosen.iter().zip(&shares).map(figure).collect()
}

fn share(counts: &[u64]) -> Vec<f64> {
    let all = counts.iter().sum::<u64>().max(1) as f64;
    counts.iter().map(|count| *count as f64 / all).collect()
}
