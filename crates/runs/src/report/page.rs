//! The page of a run.

use askama::Template;

use super::curves::{learning, machine};
use super::embeddings::{health, histograms};
use super::figure::Figure;
use super::map::{SmallMap, maps};
use super::{PanelLine, RunView, duration};
use crate::doctor::history::History;
use crate::doctor::{Finding, Severity, all_findings};
use crate::run::log::{EndReason, Start};

#[derive(Template)]
#[template(path = "train_run.html")]
struct Page<'a> {
    name: &'a str,
    lead: String,
    facts: Vec<(&'static str, String)>,
    tiles: Vec<Tile>,
    findings: Vec<Shown>,
    learning: Vec<Figure>,
    histograms: Vec<Figure>,
    health: Vec<Figure>,
    machine: Vec<Figure>,
    maps: Vec<SmallMap>,
    header: &'static str,
    lines: Vec<String>,
    recipe: &'a str,
}

struct Tile {
    title: &'static str,
    value: String,
    below: String,
}

/// A finding on the page.
pub(super) struct Shown {
    pub(super) class: &'static str,
    pub(super) title: &'static str,
    pub(super) at: String,
    pub(super) evidence: String,
    /// In pieces: whether a piece is a word of the recipe, and its text.
    pub(super) remedy: Vec<(bool, String)>,
    pub(super) settings: Vec<String>,
    pub(super) photos: String,
}

impl Shown {
    pub(super) fn new(finding: Finding) -> Self {
        let at = if finding.epoch == 0 {
            "before the first step".to_owned()
        } else {
            format!("epoch {}", finding.epoch)
        };
        Self {
            class: finding.severity.name(),
            title: finding.ailment.title(),
            at,
            evidence: finding.evidence,
            remedy: finding
                .remedy
                .split('`')
                .enumerate()
                .map(|(at, text)| (at % 2 == 1, text.to_owned()))
                .collect(),
            settings: finding.settings.clone(),
            photos: finding.photos.join(", "),
        }
    }
}

/// A run as one self-contained page. Of records that make no run, the page says so.
pub fn html(run: &RunView) -> String {
    let Some(history) = History::of(&run.records) else {
        return of_nothing(run);
    };
    let page = Page {
        name: &run.name,
        lead: lead(&history),
        facts: facts(&history),
        tiles: tiles(&history),
        findings: all_findings(&run.records).into_iter().map(Shown::new).collect(),
        learning: learning(&history),
        histograms: histograms(&history),
        health: health(&history),
        machine: machine(&history),
        maps: maps(&history),
        header: PanelLine::HEADER,
        lines: PanelLine::of(&run.records).iter().map(ToString::to_string).collect(),
        recipe: &run.recipe_text,
    };
    rendered(&page)
}

fn of_nothing(run: &RunView) -> String {
    rendered(&Page {
        name: &run.name,
        lead: "Its log does not say how it began, so there is nothing to show.".to_owned(),
        facts: Vec::new(),
        tiles: Vec::new(),
        findings: Vec::new(),
        learning: Vec::new(),
        histograms: Vec::new(),
        health: Vec::new(),
        machine: Vec::new(),
        maps: Vec::new(),
        header: "",
        lines: Vec::new(),
        recipe: &run.recipe_text,
    })
}

/// Writing to memory does not fail; if it does, the page says why.
pub(super) fn rendered(page: &impl Template) -> String {
    let page =
        page.render().unwrap_or_else(|error| format!("<!doctype html><p>cannot make the page: {error}</p>"));
    // Names of strangers: what turns the direction of writing is shown, not obeyed.
    resight_core::visible_lines(&page).into_owned()
}

fn lead(history: &History<'_>) -> String {
    let done = history.epochs_done();
    let state = match history.end.map(|end| end.reason) {
        Some(EndReason::Done) => format!("All {done} epochs are done."),
        Some(EndReason::EarlyStop) => {
            format!("It stopped after {done} epochs, because the validation did not get better any more.")
        }
        Some(EndReason::Interrupted) => format!("It was interrupted after {done} epochs and can be resumed."),
        Some(EndReason::Diverged) => {
            format!("It ended after {done} epochs, because its loss was no number any more.")
        }
        Some(EndReason::Budget) => format!("Its time was over after {done} epochs."),
        None => format!("It goes on: {done} of {} epochs are done.", history.start.epochs),
    };
    let Some(best) = history.best() else { return format!("{state} There is no validation yet.") };
    format!(
        "{state} The best was epoch {}: MAP@5 {:.3}, where the untrained trunk has {:.3} and chance {:.4}.",
        best.epoch, best.validation.map5, history.start.untrained.map5, history.start.chance.map5
    )
}

fn tiles(history: &History<'_>) -> Vec<Tile> {
    let start = history.start;
    let Some(best) = history.best() else { return Vec::new() };
    let beside = |untrained: f64, before: Option<f64>| {
        let before = before.map_or_else(String::new, |before| format!(" · best run so far {before:.3}"));
        format!("untrained trunk {untrained:.3}{before}")
    };
    let gain = match start.untrained.map5 {
        untrained if untrained > 0.0 => format!("{:.1} ×", best.validation.map5 / untrained),
        _ => "–".to_owned(),
    };
    let seconds = history.end.map(|end| end.seconds).or(history.epochs.last().map(|epoch| epoch.seconds));
    let speed = history.last_steps(1).and_then(|window| window.mean(|step| Some(step.photos_per_second)));
    let left = history.steps.last().filter(|_| history.end.is_none()).map(|step| duration(step.seconds_left));
    vec![
        Tile {
            title: "MAP@5 (validation)",
            value: format!("{:.3}", best.validation.map5),
            below: beside(start.untrained.map5, start.best_so_far.map(|best| best.map5)),
        },
        Tile {
            title: "right at first guess",
            value: format!("{:.3}", best.validation.top1),
            below: beside(start.untrained.top1, start.best_so_far.map(|best| best.top1)),
        },
        Tile {
            title: "of the untrained trunk",
            value: gain,
            below: format!("at epoch {} of {}", best.epoch, start.epochs),
        },
        Tile {
            title: "time",
            value: duration(seconds.unwrap_or_default()),
            below: [
                speed.map(|speed| format!("{speed:.0} photos a second")),
                left.map(|left| format!("{left} left")),
            ]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · "),
        },
    ]
}

fn facts(history: &History<'_>) -> Vec<(&'static str, String)> {
    let start = history.start;
    vec![
        ("recipe", format!("{} (seed {})", start.recipe, start.seed)),
        ("learns", format!("{} depth of {}, {} numbers", start.depth, start.trunk, start.dimension)),
        ("loss", loss_in_words(start)),
        ("batches", format!("{} photos, sampler {}, miner {}", start.batch, start.sampler, start.miner)),
        ("from", format!("{} photos of {} classes", start.n_photos, start.n_classes)),
        (
            "validation",
            format!(
                "{} photos of {} individuals ask",
                start.validation_queries, start.validation_individuals
            ),
        ),
    ]
}

/// The loss with its numbers.
pub(super) fn loss_in_words(start: &Start) -> String {
    let mut words = start.loss.clone();
    if let Some(scale) = start.scale {
        words.push_str(&format!(", scale {scale}"));
    }
    match start.margin {
        Some((low, high)) if low == high => words.push_str(&format!(", margin {low:.2}")),
        Some((low, high)) => words.push_str(&format!(", margin {low:.2} to {high:.2}")),
        None => {}
    }
    if start.distance.is_empty() { words } else { format!("{words}, {}", start.distance) }
}

/// The worst of findings, in a few words; they come the worst first.
pub(super) fn worst(findings: &[Finding]) -> Option<(Severity, &'static str)> {
    findings
        .iter()
        .max_by_key(|finding| finding.severity)
        .map(|finding| (finding.severity, finding.ailment.title()))
}
