//! Runs side by side: one table, and curves over the same axes.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use resight_page::COLORS;
use serde::Serialize;

use super::curves::{over_epochs, reference_lines};
use super::figure::{Curve, Drawing, Figure, GUIDE};
use super::page::{loss_in_words, rendered, worst};
use super::{RunView, duration};
use crate::doctor::all_findings;
use crate::doctor::history::History;
use crate::run::log::{EndReason, Epoch, Score};

/// What counts as no better than before.
const NO_GAIN: f64 = 0.005;

/// Runs beside each other.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// One row a run, the best validation first.
    pub rows: Vec<ComparisonRow>,
    /// Whether all runs were asked the same: as many queries, and the same answers by the untrained trunk of the same
    /// name. Where not, their numbers cannot be compared.
    pub same_questions: bool,
    /// The page.
    pub html: String,
}

/// A run in a row.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ComparisonRow {
    /// Its name.
    pub name: String,
    /// `head`, `tail` or `full`.
    pub depth: String,
    /// Its loss with scale, margin and distance.
    pub loss: String,
    /// Its sampler.
    pub sampler: String,
    /// Its miner.
    pub miner: String,
    /// Numbers of an embedding.
    pub dimension: usize,
    /// The best validation.
    pub best: Score,
    /// At which epoch.
    pub best_epoch: u32,
    /// Epochs that were learnt.
    pub epochs: u32,
    /// The validation of the untrained trunk.
    pub untrained: Score,
    /// Training individuals at the best epoch.
    pub training: Score,
    /// AUROC of pairs at the best epoch.
    pub pair_auroc: Option<f64>,
    /// Effective rank at the best epoch.
    pub effective_rank: f64,
    /// Seconds, all parts of the run together.
    pub seconds: f64,
    /// Why it ended; None while it goes on.
    pub reason: Option<EndReason>,
    /// The worst that the doctor says: severity and ailment.
    pub worst: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "train_compare.html")]
struct Page<'a> {
    lead: String,
    same_questions: bool,
    rows: Vec<(&'static str, &'a ComparisonRow)>,
    figures: Vec<Figure>,
    differences: Vec<(String, Vec<String>)>,
    names: Vec<&'a str>,
}

impl ComparisonRow {
    fn of(run: &RunView, history: &History<'_>) -> Self {
        let start = history.start;
        let nothing = Epoch::default();
        let best = history.best().unwrap_or(&nothing);
        let seconds = history.end.map(|end| end.seconds).or(history.epochs.last().map(|epoch| epoch.seconds));
        let worst = worst(&all_findings(&run.records));
        Self {
            name: run.name.clone(),
            depth: start.depth.clone(),
            loss: loss_in_words(start),
            sampler: start.sampler.clone(),
            miner: start.miner.clone(),
            dimension: start.dimension,
            best: best.validation,
            best_epoch: best.epoch,
            epochs: history.epochs_done(),
            untrained: start.untrained,
            training: best.training,
            pair_auroc: best.health.pair_auroc,
            effective_rank: best.health.effective_rank,
            seconds: seconds.unwrap_or_default(),
            reason: history.end.map(|end| end.reason),
            worst: worst.map(|(severity, ailment)| (severity.name().to_owned(), ailment.to_owned())),
        }
    }

    fn time(&self) -> String {
        duration(self.seconds)
    }
}

/// Puts runs side by side. Runs whose log does not say how they began are left out.
pub fn compare(runs: &[RunView]) -> Comparison {
    let mut found: Vec<(ComparisonRow, &RunView, History<'_>)> = runs
        .iter()
        .filter_map(|run| {
            History::of(&run.records).map(|history| (ComparisonRow::of(run, &history), run, history))
        })
        .collect();
    found.sort_by(|a, b| b.0.best.map5.total_cmp(&a.0.best.map5).then_with(|| a.0.name.cmp(&b.0.name)));
    let same_questions = are_same_questions(&found.iter().map(|(.., history)| history).collect::<Vec<_>>());
    let rows: Vec<ComparisonRow> = found.iter().map(|(row, ..)| row.clone()).collect();
    let texts: Vec<&str> = found.iter().map(|(_, run, _)| run.recipe_text.as_str()).collect();
    let histories: Vec<(&str, &History<'_>)> =
        found.iter().map(|(row, _, history)| (row.name.as_str(), history)).collect();
    let page = Page {
        lead: lead(&rows),
        same_questions,
        rows: rows.iter().enumerate().map(|(place, row)| (color(place), row)).collect(),
        figures: figures(&histories, same_questions),
        differences: differences(&texts),
        names: rows.iter().map(|row| row.name.as_str()).collect(),
    };
    let html = rendered(&page);
    Comparison { rows, same_questions, html }
}

fn are_same_questions(histories: &[&History<'_>]) -> bool {
    let asked: BTreeSet<(usize, usize)> = histories
        .iter()
        .map(|history| (history.start.validation_queries, history.start.validation_individuals))
        .collect();
    let mut answers: BTreeMap<&str, f64> = BTreeMap::new();
    let mut are_alike = true;
    for history in histories {
        let untrained = history.start.untrained.map5;
        let before = *answers.entry(history.start.trunk.as_str()).or_insert(untrained);
        are_alike &= (before - untrained).abs() < 1e-6;
    }
    are_alike && asked.len() <= 1
}

fn lead(rows: &[ComparisonRow]) -> String {
    let (Some(best), n) = (rows.first(), rows.len()) else { return "There is no run to compare.".to_owned() };
    let better = rows.iter().filter(|row| row.best.map5 > row.untrained.map5 + NO_GAIN).count();
    format!(
        "{n} run{}, {better} of them better than their untrained trunk. The best is {}: MAP@5 {:.3} ({:.3} untrained).",
        if n == 1 { "" } else { "s" },
        best.name,
        best.best.map5,
        best.untrained.map5
    )
}

/// The best runs have colours, the others are grey.
fn color(place: usize) -> &'static str {
    COLORS.get(place).copied().unwrap_or("#c5ccd3")
}

fn figures(runs: &[(&str, &History<'_>)], same_questions: bool) -> Vec<Figure> {
    let curves = |of: fn(&Epoch) -> Option<f64>| -> Vec<Curve> {
        let curve = |(place, (name, history)): (usize, &(&str, &History<'_>))| {
            Curve::new(color(place), *name, over_epochs(history, of))
        };
        // The best are drawn last, on top.
        runs.iter().enumerate().rev().map(curve).collect()
    };
    let by_time = |(place, (name, history)): (usize, &(&str, &History<'_>))| {
        let all = history.before.iter().chain(&history.epochs);
        let points = all.map(|epoch| (epoch.seconds / 60.0, epoch.validation.map5)).collect();
        Curve::new(color(place), *name, points)
    };
    let references = match runs.first() {
        Some((_, history)) if same_questions => {
            reference_lines(history.start, |score| score.map5).into_iter().take(2).collect()
        }
        _ => Vec::new(),
    };
    let drawings = [
        Drawing::over_epochs(
            "Validation, by epoch",
            "MAP@5",
            curves(|epoch| Some(epoch.validation.map5)),
            "",
        )
        .with_levels(references.clone())
        .showing(0.0, 0.0),
        Drawing {
            x_label: "minutes",
            ..Drawing::over_epochs(
                "Validation, by time",
                "MAP@5",
                runs.iter().enumerate().rev().map(by_time).collect(),
                "",
            )
        }
        .with_levels(references)
        .showing(0.0, 0.0),
        Drawing::over_epochs("Training individuals", "MAP@5", curves(|epoch| Some(epoch.training.map5)), "")
            .showing(0.0, 0.0),
        Drawing::over_epochs(
            "Same against other",
            "AUROC of pairs",
            curves(|epoch| epoch.health.pair_auroc),
            "",
        )
        .showing(0.5, 1.0),
        Drawing::over_epochs(
            "Effective rank",
            "directions",
            curves(|epoch| Some(epoch.health.effective_rank)),
            "",
        )
        .showing(0.0, 2.0),
        Drawing::over_epochs("Hubs", "skewness", curves(|epoch| Some(epoch.health.hubness)), "")
            .showing(0.0, 2.0),
    ];
    let of_colored = |mut figure: Figure| {
        figure.legend.retain(|(color, _)| COLORS.contains(color) && *color != GUIDE);
        figure.legend.reverse();
        figure
    };
    drawings.into_iter().filter_map(Drawing::figure).map(of_colored).collect()
}

/// What the recipes say differently: each key with the value of each run.
fn differences(texts: &[&str]) -> Vec<(String, Vec<String>)> {
    let tables: Vec<BTreeMap<String, String>> = texts.iter().map(|text| flat(text)).collect();
    let keys: BTreeSet<&String> = tables.iter().flat_map(BTreeMap::keys).collect();
    let values = |key: &str| -> Vec<String> {
        tables.iter().map(|table| table.get(key).cloned().unwrap_or_default()).collect()
    };
    let all = keys.into_iter().map(|key| (key.clone(), values(key)));
    all.filter(|(_, values)| values.iter().any(|value| *value != values[0])).collect()
}

/// A recipe as `loss.scale` → `24`.
fn flat(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    if let Ok(table) = text.parse::<toml::Table>() {
        flatten("", &table, &mut found);
    }
    found
}

fn flatten(before: &str, table: &toml::Table, found: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let key = if before.is_empty() { key.clone() } else { format!("{before}.{key}") };
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, found),
            toml::Value::String(text) => drop(found.insert(key, text.clone())),
            other => drop(found.insert(key, other.to_string())),
        }
    }
}
