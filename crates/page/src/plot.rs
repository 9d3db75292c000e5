//! Plots as SVG: curves, points and histograms over two axes.

use std::ops::Range;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use resight_core::{ErrorKind, RoomError};

/// Width and height of a plot, in units of its own; a page stretches it to the room there is.
const SIZE: (u32, u32) = (520, 340);
const GRID: RGBColor = RGBColor(228, 231, 235);
const INK: RGBColor = RGBColor(75, 85, 99);
const FONT: &str = "sans-serif";

/// A plot that could not be drawn.
#[derive(Debug, thiserror::Error)]
#[error("cannot draw a plot: {0}")]
pub struct DrawError(String);

impl RoomError for DrawError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Internal
    }
}

/// What the axes mean and how far they reach.
#[derive(Debug, Clone)]
pub struct Axes<'a> {
    /// Below.
    pub x_label: &'a str,
    /// At the left.
    pub y_label: &'a str,
    /// From left to right.
    pub x: Range<f64>,
    /// From bottom to top.
    pub y: Range<f64>,
    /// Digits behind the point, of x and y.
    pub digits: (usize, usize),
}

/// One series.
#[derive(Debug, Clone)]
pub struct Series {
    /// Its color, as `#rrggbb`.
    pub color: &'static str,
    /// How it is drawn.
    pub shape: Shape,
    /// (x, y), or for bars (left edge, height).
    pub points: Vec<(f64, f64)>,
}

/// How a series is drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A line.
    Line,
    /// A thin line that is only there to compare with.
    Guide,
    /// A dashed line across the plot at the height of its first point, with what it means written above it.
    Level(String),
    /// A line with a dot at each point, its radius in pixels.
    Dots(Vec<i32>),
    /// Bars of this width.
    Bars(f64),
}

/// Draws series over axes; the answer is an `<svg>` element.
///
/// # Errors
/// Never in practice: the drawing goes to memory.
pub fn plot(axes: &Axes<'_>, series: &[Series]) -> Result<String, DrawError> {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
    let drawn = draw(&area, axes, series);
    drop(area);
    drawn.map_err(|error| DrawError(error.to_string()))?;
    Ok(svg)
}

type Drawn<'a> = Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

fn draw<'a>(area: &DrawingArea<SVGBackend<'a>, Shift>, axes: &Axes<'_>, series: &[Series]) -> Drawn<'a> {
    let mut chart = ChartBuilder::on(area)
        .margin(10)
        .margin_right(18)
        .x_label_area_size(42)
        .y_label_area_size(54)
        .build_cartesian_2d(axes.x.clone(), axes.y.clone())?;
    let (x_digits, y_digits) = axes.digits;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(INK)
        .x_labels(6)
        .y_labels(6)
        .x_desc(axes.x_label)
        .y_desc(axes.y_label)
        .x_label_formatter(&|x| format!("{x:.x_digits$}"))
        .y_label_formatter(&|y| format!("{y:.y_digits$}"))
        .label_style((FONT, 13, &INK))
        .axis_desc_style((FONT, 14, &INK))
        .draw()?;
    for one in series {
        let color = rgb(one.color);
        let points = one.points.iter().copied();
        match &one.shape {
            Shape::Line => chart.draw_series(LineSeries::new(points, color.stroke_width(2))).map(drop)?,
            Shape::Guide => chart.draw_series(LineSeries::new(points, color.stroke_width(1))).map(drop)?,
            Shape::Level(meaning) => {
                let Some((_, height)) = one.points.first().copied() else { continue };
                let across = [(axes.x.start, height), (axes.x.end, height)];
                chart.draw_series(DashedLineSeries::new(across, 6, 4, color.stroke_width(1)))?;
                let above = (FONT, 13).into_font().color(&color).pos(Pos::new(HPos::Right, VPos::Bottom));
                chart.draw_series([Text::new(meaning.clone(), (axes.x.end, height), above)])?;
            }
            Shape::Dots(radii) => {
                chart.draw_series(LineSeries::new(points.clone(), color.stroke_width(1)))?;
                let dots = points.zip(radii);
                chart.draw_series(
                    dots.map(|(at, radius)| Circle::new(at, *radius, color.mix(0.6).filled())),
                )?;
            }
            Shape::Bars(width) => {
                let bar = |(left, height): (f64, f64)| {
                    Rectangle::new([(left, 0.0), (left + width, height)], color.mix(0.45).filled())
                };
                chart.draw_series(points.filter(|(_, height)| *height > 0.0).map(bar))?;
            }
        }
    }
    area.present()
}

/// Reads `#rrggbb`.
fn rgb(color: &str) -> RGBColor {
    let part = |from: usize| {
        color.get(from..from + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).unwrap_or_default()
    };
    RGBColor(part(1), part(3), part(5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_is_drawn_and_axes_are_named() {
        let axes = Axes { x_label: "left to right", y_label: "up", x: 0.0..1.0, y: 0.0..1.0, digits: (1, 2) };
        let points = vec![(0.0, 0.1), (0.5, 0.9), (0.9, 0.4)];
        let series = |shape| Series { color: "#d55e00", shape, points: points.clone() };
        let bare = plot(&axes, &[]).expect("drawn");
        assert!(bare.contains("left to right") && bare.contains("0.20"));
        let level = Shape::Level("chance".to_owned());
        for shape in [Shape::Line, Shape::Guide, level, Shape::Dots(vec![2, 3, 4]), Shape::Bars(0.1)] {
            let svg = plot(&axes, &[series(shape)]).expect("drawn");
            assert!(svg.len() > bare.len() && svg.contains("#D55E00"), "{svg}");
        }
    }
}
