//! The page of a comparison.

use askama::Template;
use resight_eval::Interval;
use resight_page::COLORS;
use resight_page::plot::{Axes, Series, Shape, plot};

use super::{Comparison, ModelRow};
use crate::EngineError;

#[derive(Template)]
#[template(path = "compare_models.html")]
struct Page<'a> {
    comparison: &'a Comparison,
    words: String,
    models: Vec<Row<'a>>,
    pairs: Vec<Pair<'a>>,
    drawing: Option<Drawing>,
}

struct Row<'a> {
    model: &'a ModelRow,
    top1: String,
    map5: String,
    new: String,
    error: String,
    speed: String,
    memory: String,
    size: String,
}

struct Pair<'a> {
    one: &'a str,
    other: &'a str,
    questions: usize,
    individuals: usize,
    before: String,
    after: String,
    gained: String,
    better: &'a str,
}

pub(super) fn page(comparison: &Comparison) -> Result<String, EngineError> {
    let name = |place: usize| comparison.models[place].name.as_str();
    let pairs = comparison.pairs.iter().map(|pair| Pair {
        one: name(pair.models.0),
        other: name(pair.models.1),
        questions: pair.figures.questions,
        individuals: pair.figures.individuals,
        before: interval(Some(&pair.figures.top1_before)),
        after: interval(Some(&pair.figures.top1_after)),
        gained: interval(Some(&pair.figures.gained_top1)),
        better: pair.better.map_or("chance may explain it", name),
    });
    let page = Page {
        comparison,
        words: comparison.in_words(),
        models: comparison.models.iter().map(row).collect(),
        pairs: pairs.collect(),
        drawing: drawing(comparison)?,
    };
    page.render().map_err(|error| EngineError::internal(error.to_string()).because(error))
}

fn row(model: &ModelRow) -> Row<'_> {
    let metric = |name: &str| interval(model.metrics.get(name));
    Row {
        top1: metric("top1"),
        map5: metric("map@5"),
        new: metric("auroc_new_simulated"),
        error: metric("ece"),
        speed: format!("{:.1}", model.cost.photos_per_second),
        memory: model.cost.memory_bytes.map(mebibytes).unwrap_or_default(),
        size: mebibytes(model.cost.size_bytes),
        model,
    }
}

fn interval(found: Option<&Interval>) -> String {
    found.map_or_else(
        || "–".to_owned(),
        |Interval { value, low, high }| format!("{value:.3} ({low:.3} to {high:.3})"),
    )
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

/// A plot with its legend.
struct Drawing {
    svg: String,
    legend: Vec<(&'static str, String)>,
}

/// Right first guesses over photos a second; none where there is nothing to draw.
fn drawing(comparison: &Comparison) -> Result<Option<Drawing>, EngineError> {
    let (mut series, mut legend) = (Vec::new(), Vec::new());
    let mut fastest = 0.0_f64;
    for (model, color) in comparison.models.iter().zip(COLORS.iter().cycle()) {
        let Some(Interval { value, low, high }) = model.metrics.get("top1").copied() else { continue };
        let speed = model.cost.photos_per_second;
        fastest = fastest.max(speed);
        series.push(Series { color, shape: Shape::Line, points: vec![(speed, low), (speed, high)] });
        series.push(Series { color, shape: Shape::Dots(vec![5]), points: vec![(speed, value)] });
        legend.push((*color, model.name.clone()));
    }
    if legend.is_empty() {
        return Ok(None);
    }
    let axes = Axes {
        x_label: "photos a second on this machine",
        y_label: "right at first guess",
        x: 0.0..(1.1 * fastest).max(1.0),
        y: 0.0..1.0,
        digits: (0, 1),
    };
    Ok(Some(Drawing { svg: plot(&axes, &series)?, legend }))
}
