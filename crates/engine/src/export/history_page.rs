//! The page beside capture histories.

use std::path::Path;

use askama::Template;
use resight_capture::{CaptureHistories, Estimate, Rate, Seen};
use resight_core::visible_lines;
use resight_page::COLORS;
use resight_page::plot::{Axes, Series, Shape, plot};

use super::histories::{HistoryReport, HistoryRequest};
use crate::EngineError;

/// Individuals whose rows are drawn, at most.
const MOST_ROWS: usize = 600;

/// Side of a cell of the matrix, in units of the drawing.
const CELL: usize = 12;

#[derive(Template)]
#[template(path = "histories.html")]
struct Page<'a> {
    catalog: String,
    format: &'static str,
    read_by: &'static str,
    report: &'a HistoryReport,
    sides: &'static str,
    left_out: Vec<(usize, &'static str)>,
    matrix: String,
    rows_beyond: usize,
    plots: Vec<(&'static str, String, &'static str)>,
    times_seen: Vec<(usize, usize)>,
    errors: Option<Errors>,
}

/// What wrong names do, in words.
struct Errors {
    false_matches: String,
    missed_matches: String,
    from: String,
    abundance: Option<String>,
    survival: Option<String>,
}

pub(super) fn page(
    catalog: &Path,
    request: &HistoryRequest,
    histories: &CaptureHistories,
    report: &HistoryReport,
) -> Result<String, EngineError> {
    let summary = &report.summary;
    let times_seen = summary.times_seen.iter().enumerate().filter(|(_, count)| **count > 0);
    let page = Page {
        catalog: visible_lines(&catalog.display().to_string()).into_owned(),
        format: request.format.name(),
        read_by: request.format.read_by(),
        report,
        sides: sides(histories),
        left_out: report.left_out.in_words(),
        matrix: matrix(histories),
        rows_beyond: histories.histories.len().saturating_sub(MOST_ROWS),
        plots: plots(report)?,
        times_seen: times_seen.map(|(times, count)| (times + 1, *count)).collect(),
        errors: errors(report),
    };
    page.render().map_err(|error| EngineError::internal(error.to_string()).because(error))
}

fn sides(histories: &CaptureHistories) -> &'static str {
    use resight_capture::SidePolicy;
    match histories.selection.sides {
        SidePolicy::Left => "the left side alone",
        SidePolicy::Right => "the right side alone",
        SidePolicy::Linked => "individuals of which both sides are known",
        SidePolicy::Both => "both sides, told apart",
        SidePolicy::Any => "whatever side is seen",
    }
}

fn errors(report: &HistoryReport) -> Option<Errors> {
    let errors = report.errors.as_ref()?;
    let percent = |rate: &Rate| {
        format!("{:.1} % ({:.1} to {:.1})", 100.0 * rate.value, 100.0 * rate.low, 100.0 * rate.high)
    };
    let estimate = |found: &Estimate, digits: usize| {
        format!("{:.*} ({:.*} to {:.*})", digits, found.value, digits, found.low, digits, found.high)
    };
    let abundance = report.effect.map(|effect| {
        let Rate { value, low, high } = effect.abundance_times;
        format!(
            "{} animals by these histories (model M_t, nobody comes or goes); with such errors that is {value:.2} times ({low:.2} to \
             {high:.2}) as many as there are, so that about {:.0} would be right",
            estimate(&effect.abundance, 0),
            effect.abundance.value / value
        )
    });
    let survival = report.effect.and_then(|effect| {
        let (lived, off) = (effect.survival?, effect.survival_off_by?);
        Some(format!(
            "{} survive from one occasion to the next (Cormack-Jolly-Seber, one survival and one probability of capture); with such \
             errors that is off by {:+.3} ({:+.3} to {:+.3})",
            estimate(&lived, 3),
            off.value,
            off.low,
            off.high
        ))
    });
    Some(Errors {
        false_matches: percent(&errors.rates.false_matches),
        missed_matches: percent(&errors.rates.missed_matches),
        from: errors.from.clone(),
        abundance,
        survival,
    })
}

/// A row an individual, a column an occasion.
fn matrix(histories: &CaptureHistories) -> String {
    let shown = &histories.histories[..histories.histories.len().min(MOST_ROWS)];
    let (width, height) = (histories.occasions.count() * CELL, shown.len() * CELL);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
         aria-label=\"{} individuals on {} occasions\">",
        shown.len(),
        histories.occasions.count()
    );
    for (row, history) in shown.iter().enumerate() {
        for (column, seen) in history.seen.iter().enumerate().filter(|(_, seen)| seen.is_seen()) {
            let color = match seen {
                Seen::No | Seen::Left => COLORS[0],
                Seen::Right => COLORS[1],
                Seen::BothApart => COLORS[3],
                Seen::BothAtOnce => COLORS[2],
            };
            let opacity = if history.confirmed { "1" } else { "0.45" };
            svg.push_str(&format!(
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{color}\" fill-opacity=\"{opacity}\"/>",
                column * CELL + 1,
                row * CELL + 1,
                CELL - 2,
                CELL - 2
            ));
        }
    }
    svg.push_str("</svg>");
    svg
}

fn plots(report: &HistoryReport) -> Result<Vec<(&'static str, String, &'static str)>, EngineError> {
    let occasions = report.summary.seen.len();
    if occasions < 2 {
        return Ok(Vec::new());
    }
    let most = |counts: &[usize]| counts.iter().max().map_or(1.0, |most| (*most as f64).max(1.0));
    let points = |counts: &[usize]| -> Vec<(f64, f64)> {
        counts.iter().enumerate().map(|(at, count)| (at as f64 + 1.0, *count as f64)).collect()
    };
    let axes = |label, top| Axes {
        x_label: "occasion",
        y_label: label,
        x: 0.5..occasions as f64 + 0.5,
        y: 0.0..1.05 * top,
        digits: (0, 0),
    };
    let bars = |counts: &[usize], color| Series {
        color,
        shape: Shape::Bars(0.8),
        points: points(counts).into_iter().map(|(at, count)| (at - 0.4, count)).collect(),
    };
    let seen = plot(
        &axes("individuals", most(&report.summary.seen)),
        &[bars(&report.summary.seen, COLORS[5]), bars(&report.summary.new, COLORS[0])],
    )?;
    let known = Series { color: COLORS[0], shape: Shape::Line, points: points(&report.summary.known) };
    let known = plot(&axes("individuals", most(&report.summary.known)), &[known])?;
    Ok(vec![
        ("Captures by occasion", seen, "light: seen; dark: seen for the first time"),
        (
            "Discovery curve",
            known,
            "how many individuals are known by each occasion: where it goes on rising, more are to be found",
        ),
    ])
}
