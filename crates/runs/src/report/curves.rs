//! How the learning went: curves over the epochs.

use resight_page::COLORS;

use super::figure::{Curve, Drawing, Figure};
use crate::doctor::history::History;
use crate::run::log::{Epoch, Rates, Score, Start, Step};

const BLUE: &str = COLORS[0];
const ORANGE: &str = COLORS[1];
const GREEN: &str = COLORS[2];

/// Figures of the learning itself.
pub(super) fn learning(history: &History<'_>) -> Vec<Figure> {
    let drawings =
        [validation(history), loss(history), against_training(history), head(history), batches(history)];
    drawings.into_iter().filter_map(Drawing::figure).collect()
}

/// Figures of what drives it.
pub(super) fn machine(history: &History<'_>) -> Vec<Figure> {
    let by_part = |of: fn(&Step) -> Rates| -> Vec<Curve> {
        let part = |color, name, pick: fn(&Rates) -> f64| {
            Curve::new(
                color,
                name,
                over_steps(history, |step| Some(pick(&of(step))).filter(|x| *x > 0.0).map(f64::log10)),
            )
        };
        vec![
            part(BLUE, "trunk", |rates| rates.trunk),
            part(GREEN, "neck", |rates| rates.neck),
            part(ORANGE, "head", |rates| rates.head),
        ]
    };
    let drawings = [
        Drawing::over_epochs(
            "Norm of the gradient, by part",
            "log10 of the norm",
            by_part(|step| step.gradient),
            "Before clipping. It should fall slowly; a climb by powers of ten comes before a loss that is no number.",
        ),
        Drawing::over_epochs(
            "Change in a step, by part",
            "log10 of the relative change",
            by_part(|step| step.change),
            "Relative to the norm of the part: −3 is a thousandth, which is usual; above −1.5 a step wipes out what the \
             part knew.",
        ),
        Drawing::over_epochs(
            "Learning rates",
            "log10 of the rate",
            by_part(|step| step.rates),
            "Warm-up, then falling. The head usually learns ten times as fast as the trunk.",
        ),
        Drawing::over_epochs(
            "Speed",
            "photos a second",
            vec![Curve::new(
                BLUE,
                "photos a second",
                over_steps(history, |step| Some(step.photos_per_second)),
            )],
            "Photos through a learning step.",
        )
        .showing(0.0, 0.0),
    ];
    drawings.into_iter().filter_map(Drawing::figure).collect()
}

pub(super) fn over_steps(history: &History<'_>, of: impl Fn(&Step) -> Option<f64>) -> Vec<(f64, f64)> {
    history.steps.iter().filter_map(|step| Some((step.epoch, of(step)?))).collect()
}

/// Over the epochs, the state before the first step included.
pub(super) fn over_epochs(history: &History<'_>, of: impl Fn(&Epoch) -> Option<f64>) -> Vec<(f64, f64)> {
    let all = history.before.iter().chain(&history.epochs);
    all.filter_map(|epoch| Some((f64::from(epoch.epoch), of(epoch)?))).collect()
}

/// Chance, the untrained trunk, and the best run before.
pub(super) fn reference_lines(start: &Start, of: fn(&Score) -> f64) -> Vec<(f64, String)> {
    let line = |meaning: &str, score: &Score| {
        let digits = if of(score) < 0.01 { 5 } else { 3 };
        (of(score), format!("{meaning} {:.digits$}", of(score)))
    };
    let mut lines = vec![line("chance", &start.chance), line("untrained trunk", &start.untrained)];
    lines.extend(start.best_so_far.map(|best| line("best run so far", &best)));
    lines
}

fn validation(history: &History<'_>) -> Drawing {
    let curves = vec![
        Curve::new(BLUE, "MAP@5", over_epochs(history, |epoch| Some(epoch.validation.map5))),
        Curve::new(ORANGE, "right at first guess", over_epochs(history, |epoch| Some(epoch.validation.top1))),
    ];
    let caption = "Photos of the same encounter and near-duplicates are hidden. Dashed: MAP@5 by chance, of the trunk \
                   before it learnt anything, and of the best run that was asked the same.";
    Drawing::over_epochs("Does it find the right individual? (validation)", "share", curves, caption)
        .with_levels(reference_lines(history.start, |score| score.map5))
        .showing(0.0, 0.0)
}

fn loss(history: &History<'_>) -> Drawing {
    let mut curves = vec![
        Curve::new(BLUE, "loss of the steps", over_steps(history, |step| step.loss)),
        Curve::new(ORANGE, "mean of the epoch", over_epochs(history, |epoch| epoch.loss)),
    ];
    curves.push(Curve::new(GREEN, "species head", over_steps(history, |step| step.species_loss)));
    let levels = history.start.levels;
    let level =
        |height: Option<f64>, meaning: &str| height.map(|height| (height, format!("{meaning} {height:.3}")));
    let at_start = level(levels.at_start, "random embeddings");
    let collapsed = level(levels.collapsed, "everything on one point");
    // Where both are one value (a hard margin), one line says both.
    let levels = match (at_start, collapsed) {
        (Some(a), Some(b)) if a.0 == b.0 => {
            vec![(a.0, format!("random, or everything on one point {:.3}", a.0))]
        }
        (a, b) => a.into_iter().chain(b).collect(),
    };
    let caption = "It should leave the upper line soon and go on falling. A loss that stays at the line of one point has \
                   collapsed, however small it is.";
    Drawing::over_epochs("Loss", "loss", curves, caption).with_levels(levels).showing(0.0, 0.0)
}

fn against_training(history: &History<'_>) -> Drawing {
    let curves = vec![
        Curve::new(BLUE, "validation", over_epochs(history, |epoch| Some(epoch.validation.map5))),
        Curve::new(GREEN, "training individuals", over_epochs(history, |epoch| Some(epoch.training.map5))),
    ];
    let caption = "The same questions, asked of individuals that were learnt. Green far above blue is knowledge by heart; \
                   blue falling while green rises is the time to stop.";
    Drawing::over_epochs("Learnt, or learnt by heart?", "MAP@5", curves, caption).showing(0.0, 0.0)
}

fn head(history: &History<'_>) -> Drawing {
    let heads = over_epochs(history, |epoch| epoch.head_accuracy);
    let neighbors =
        if heads.is_empty() { Vec::new() } else { over_epochs(history, |epoch| Some(epoch.training.top1)) };
    let curves = vec![
        Curve::new(ORANGE, "the head names it", heads),
        Curve::new(GREEN, "the nearest neighbor is it", neighbors),
    ];
    let caption =
        "On training photos. The head should catch up with the neighbors; far below, its rate is too low.";
    Drawing::over_epochs("Head against neighbors", "share right", curves, caption).showing(0.0, 0.0)
}

fn batches(history: &History<'_>) -> Drawing {
    let mut curves = vec![Curve::new(
        BLUE,
        "photos with a positive",
        over_steps(history, |step| Some(1.0 - step.without_positive)),
    )];
    curves.push(Curve::new(ORANGE, "tuples that still teach", over_steps(history, |step| step.active_share)));
    let mean = history.last_steps(1).map(|_| history.steps.iter().map(|step| step.positives).sum::<f64>());
    let positives = mean.map_or(0.0, |sum| sum / history.steps.len() as f64);
    let needs = match history.compares_photos() {
        true => {
            "A loss that compares photos needs the blue line high; the orange one may fall, but not to nothing while the \
                 validation is poor."
        }
        false => "A loss with class centres learns without them.",
    };
    let caption =
        format!("A batch of {} held {positives:.1} positive pairs on average. {needs}", history.start.batch);
    Drawing::over_epochs("Does a batch hold anything to learn from?", "share", curves, &caption)
        .showing(0.0, 1.0)
}
