//! The curves of the page.

use resight_eval::openset::Bin;
use resight_eval::{AsPhotosAreAdded, Histograms, Report};

use super::Evaluation;
use crate::EngineError;
use resight_page::COLORS;
use resight_page::plot::{Axes, Series, Shape, plot};

const STRICT: &str = COLORS[0];
const OPTIMISTIC: &str = COLORS[4];
const OTHER: &str = COLORS[1];
const GUIDE: &str = "#9aa5b1";

/// A plot with its words.
pub(super) struct Figure {
    pub(super) title: &'static str,
    pub(super) svg: String,
    pub(super) legend: Vec<(&'static str, String)>,
    pub(super) caption: &'static str,
}

/// All curves there is something to draw for.
pub(super) fn figures(evaluation: &Evaluation) -> Result<Vec<Figure>, EngineError> {
    let views: Vec<(&'static str, &'static str, &Report)> = match evaluation.hides_something() {
        true => vec![
            (OPTIMISTIC, "nothing hidden", &evaluation.optimistic),
            (STRICT, "strict", &evaluation.strict),
        ],
        false => vec![(STRICT, "nothing hidden", &evaluation.strict)],
    };
    let figures = [
        cmc(&views)?,
        roc(&views)?,
        reliability(&evaluation.strict)?,
        as_photos_are_added(&evaluation.strict.as_photos_are_added)?,
        histograms(&evaluation.strict.similarities)?,
    ];
    Ok(figures.into_iter().flatten().collect())
}

type Views<'a> = [(&'static str, &'static str, &'a Report)];

fn legend(views: &Views<'_>) -> Vec<(&'static str, String)> {
    views.iter().rev().map(|(color, name, _)| (*color, (*name).to_owned())).collect()
}

#[expect(clippy::cast_precision_loss, reason = "ranks are small")]
fn cmc(views: &Views<'_>) -> Result<Option<Figure>, EngineError> {
    let longest =
        views.iter().map(|(_, _, report)| report.cmc.len().min(report.n_individuals)).max().unwrap_or(0);
    if longest < 2 {
        return Ok(None);
    }
    let axes = Axes {
        x_label: "individuals looked at",
        y_label: "share of queries",
        x: 1.0..longest as f64,
        y: 0.0..1.0,
        digits: (0, 1),
    };
    let curve = |report: &Report| {
        report.cmc.iter().take(longest).enumerate().map(|(k, share)| ((k + 1) as f64, *share)).collect()
    };
    let series: Vec<Series> = views
        .iter()
        .map(|(color, _, report)| Series { color, shape: Shape::Line, points: curve(report) })
        .collect();
    Ok(Some(Figure {
        title: "How far down the list is the right one? (CMC)",
        svg: plot(&axes, &series)?,
        legend: legend(views),
        caption: "Share of the queries with a right answer left that find it within the first 1, 2, … individuals.",
    }))
}

fn roc(views: &Views<'_>) -> Result<Option<Figure>, EngineError> {
    if views.iter().all(|(_, _, report)| report.roc.is_empty()) {
        return Ok(None);
    }
    let axes = Axes {
        x_label: "known animals called new",
        y_label: "new animals called new",
        x: 0.0..1.0,
        y: 0.0..1.0,
        digits: (1, 1),
    };
    let mut series = vec![Series { color: GUIDE, shape: Shape::Guide, points: vec![(0.0, 0.0), (1.0, 1.0)] }];
    series.extend(views.iter().map(|(color, _, report)| Series {
        color,
        shape: Shape::Line,
        points: report.roc.iter().map(|point| (point.false_new, point.true_new)).collect(),
    }));
    Ok(Some(Figure {
        title: "Known against new (ROC)",
        svg: plot(&axes, &series)?,
        legend: legend(views),
        caption: "Every threshold of the best similarity. Newcomers are the queries without a right answer and all others \
                  with their own individual taken out. The grey line is chance.",
    }))
}

fn reliability(report: &Report) -> Result<Option<Figure>, EngineError> {
    let drawn = [(STRICT, &report.reliability), (OTHER, &report.reliability_new)];
    if drawn.iter().all(|(_, bins)| bins.iter().all(|bin| bin.count == 0)) {
        return Ok(None);
    }
    let axes = Axes {
        x_label: "probability stated",
        y_label: "share that came true",
        x: 0.0..1.0,
        y: 0.0..1.0,
        digits: (1, 1),
    };
    let mut series = vec![Series { color: GUIDE, shape: Shape::Guide, points: vec![(0.0, 0.0), (1.0, 1.0)] }];
    series.extend(drawn.iter().map(|(color, bins)| dots(color, bins)));
    Ok(Some(Figure {
        title: "Do the probabilities mean what they say?",
        svg: plot(&axes, &series)?,
        legend: vec![(STRICT, "first answer".to_owned()), (OTHER, "\"new\"".to_owned())],
        caption: "On the grey line they do: of the answers given with 70 %, 70 in 100 are right. Large dots are many \
                  answers. Each is judged by a calibration that never saw its individual.",
    }))
}

/// A curve's color, its name, and what it shows.
type Curve = (&'static str, &'static str, fn(&AsPhotosAreAdded) -> f64);

#[expect(clippy::cast_precision_loss, reason = "a few photos")]
fn as_photos_are_added(found: &[AsPhotosAreAdded]) -> Result<Option<Figure>, EngineError> {
    let (Some(first), Some(last)) = (found.first(), found.last()) else { return Ok(None) };
    let axes = Axes {
        x_label: "photos of the encounter",
        y_label: "share, probability",
        x: first.photos as f64..last.photos as f64,
        y: 0.0..1.0,
        digits: (0, 1),
    };
    let figures: [Curve; 3] = [
        (STRICT, "known: the first answer is right", |one| one.known_right.value),
        (OTHER, "newcomers: probability of \"new\"", |one| one.new_of_newcomers.value),
        (OPTIMISTIC, "known: probability of \"new\"", |one| one.new_of_known.value),
    ];
    let series = figures.map(|(color, _, of)| Series {
        color,
        shape: Shape::Line,
        points: found.iter().map(|one| (one.photos as f64, of(one))).collect(),
    });
    Ok(Some(Figure {
        title: "What do more photos of an encounter bring?",
        svg: plot(&axes, &series)?,
        legend: figures.map(|(color, name, _)| (color, name.to_owned())).to_vec(),
        caption: "The same encounters by their first one, two, … photos. The two curves of \"new\" should part.",
    }))
}

#[expect(clippy::cast_possible_truncation, reason = "a radius in pixels")]
fn dots(color: &'static str, bins: &[Bin]) -> Series {
    let filled = || bins.iter().filter(|bin| bin.count > 0);
    let radius = |bin: &Bin| (2.0 + 14.0 * bin.share.sqrt()).round() as i32;
    Series {
        color,
        shape: Shape::Dots(filled().map(radius).collect()),
        points: filled().map(|bin| (bin.stated, bin.found)).collect(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few bins")]
fn histograms(found: &Histograms) -> Result<Option<Figure>, EngineError> {
    let width = (found.high - found.low) / found.different.len().max(1) as f64;
    if width <= 0.0 {
        return Ok(None);
    }
    let bars = |counts: &[u32]| -> Vec<(f64, f64)> {
        let all = counts.iter().map(|count| f64::from(*count)).sum::<f64>().max(1.0);
        let left = |bin: usize| found.low + bin as f64 * width;
        counts.iter().enumerate().map(|(bin, count)| (left(bin), f64::from(*count) / all)).collect()
    };
    let (different, same) = (bars(&found.different), bars(&found.same));
    let highest = different.iter().chain(&same).map(|(_, height)| *height).fold(0.0, f64::max);
    let axes = Axes {
        x_label: "similarity",
        y_label: "share of queries",
        x: found.low..found.high,
        y: 0.0..1.08 * highest,
        digits: (2, 2),
    };
    let series = [(OTHER, different), (STRICT, same)].map(|(color, points)| Series {
        color,
        shape: Shape::Bars(width),
        points,
    });
    Ok(Some(Figure {
        title: "How similar are right and wrong?",
        svg: plot(&axes, &series)?,
        legend: vec![(STRICT, "the right individual".to_owned()), (OTHER, "the best wrong one".to_owned())],
        caption: "The further the two hills stand apart, the easier it is to tell known from new.",
    }))
}
