//! Figures: a plot with its words.

use resight_page::plot::{Axes, Series, Shape, plot};

/// Points of a curve that are drawn, at most.
const MOST_POINTS: usize = 240;

/// Points up to which each gets a dot.
const DOTTED: usize = 60;

/// The colour of lines to compare with.
pub(super) const GUIDE: &str = "#7b8794";

/// A plot with its words.
pub(super) struct Figure {
    pub(super) title: String,
    pub(super) svg: String,
    pub(super) legend: Vec<(&'static str, String)>,
    pub(super) caption: String,
}

/// One curve.
pub(super) struct Curve {
    pub(super) color: &'static str,
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

impl Curve {
    pub(super) fn new(color: &'static str, name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self {
            color,
            name: name.into(),
            points: points.into_iter().filter(|(x, y)| (x + y).is_finite()).collect(),
        }
    }
}

/// What is to be drawn.
pub(super) struct Drawing {
    pub(super) title: String,
    pub(super) caption: String,
    pub(super) x_label: &'static str,
    pub(super) y_label: &'static str,
    pub(super) curves: Vec<Curve>,
    /// Heights that mean something, and what.
    pub(super) levels: Vec<(f64, String)>,
    /// Lowest and highest that shall be seen in any case.
    pub(super) shown: Option<(f64, f64)>,
}

impl Drawing {
    /// Over the epochs.
    pub(super) fn over_epochs(title: &str, y_label: &'static str, curves: Vec<Curve>, caption: &str) -> Self {
        Self {
            title: title.to_owned(),
            caption: caption.to_owned(),
            x_label: "epoch",
            y_label,
            curves,
            levels: Vec::new(),
            shown: None,
        }
    }

    pub(super) fn with_levels(self, levels: Vec<(f64, String)>) -> Self {
        Self { levels, ..self }
    }

    pub(super) fn showing(self, low: f64, high: f64) -> Self {
        Self { shown: Some((low, high)), ..self }
    }

    /// The figure; None where there is nothing to draw.
    pub(super) fn figure(self) -> Option<Figure> {
        let curves: Vec<&Curve> = self.curves.iter().filter(|curve| !curve.points.is_empty()).collect();
        let (left, right) = range(curves.iter().flat_map(|curve| curve.points.iter().map(|(x, _)| *x)))?;
        let heights = curves.iter().flat_map(|curve| curve.points.iter().map(|(_, y)| *y));
        let levels = self.levels.iter().map(|(height, _)| *height);
        let shown = self.shown.iter().flat_map(|(low, high)| [*low, *high]);
        let (low, high) = range(heights.chain(levels).chain(shown))?;
        let room = 0.05 * (high - low).max(1e-9 + 0.02 * high.abs());
        let bottom = if self.shown.is_some_and(|(from, _)| low >= from) { low } else { low - room };
        let axes = Axes {
            x_label: self.x_label,
            y_label: self.y_label,
            x: left..if right > left { right } else { left + 1.0 },
            y: bottom..high + 1.6 * room,
            digits: (digits(right - left), digits(high + 2.6 * room - bottom)),
        };
        let level = |(height, meaning): &(f64, String)| Series {
            color: GUIDE,
            shape: Shape::Level(meaning.clone()),
            points: vec![(left, *height)],
        };
        let series: Vec<Series> =
            self.levels.iter().map(level).chain(curves.iter().map(|curve| series_of(curve))).collect();
        let legend = curves.iter().map(|curve| (curve.color, curve.name.clone())).collect();
        Some(Figure { title: self.title, svg: drawn(&axes, &series), legend, caption: self.caption })
    }
}

/// The plot, or what it says instead.
pub(super) fn drawn(axes: &Axes<'_>, series: &[Series]) -> String {
    plot(axes, series).unwrap_or_else(|error| format!("<p>{error}</p>"))
}

fn series_of(curve: &Curve) -> Series {
    let points = binned(&curve.points, MOST_POINTS);
    let shape = if points.len() <= DOTTED { Shape::Dots(vec![3; points.len()]) } else { Shape::Line };
    Series { color: curve.color, shape, points }
}

/// Neighboring points taken together, where there are many.
fn binned(points: &[(f64, f64)], most: usize) -> Vec<(f64, f64)> {
    let size = points.len().div_ceil(most).max(1);
    let mean = |values: &[(f64, f64)]| {
        let n = values.len() as f64;
        (values.iter().map(|(x, _)| x).sum::<f64>() / n, values.iter().map(|(_, y)| y).sum::<f64>() / n)
    };
    points.chunks(size).map(mean).collect()
}

/// Smallest and largest; None of nothing.
fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let mut found: Option<(f64, f64)> = None;
    for value in values.filter(|value| value.is_finite()) {
        found = Some(found.map_or((value, value), |(low, high)| (low.min(value), high.max(value))));
    }
    found
}

/// Digits behind the point that tell six labels over this span apart.
fn digits(span: f64) -> usize {
    match span {
        s if s >= 10.0 => 0,
        s if s >= 1.5 => 1,
        s if s >= 0.15 => 2,
        s if s >= 0.015 => 3,
        _ => 4,
    }
}
