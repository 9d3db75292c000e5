//! The page of an evaluation: numbers, curves, a map, and the mistakes to look at.

mod figures;
mod mistakes;

use askama::Template;
use resight_core::visible_lines;
use resight_eval::{Asking, GroupRow, Interval};

use self::figures::{Figure, figures};
use self::mistakes::{Mistake, mistakes};
use super::{Evaluation, METRICS, Summary};
use crate::{EngineError, Warning};
use resight_page::map::{Map, map};

/// How many failures the page lists.
const LISTED: usize = 50;

/// The metrics of the tiles, with their titles.
const TILES: [(&str, &str); 4] = [
    ("top1", "right at first guess"),
    ("map@5", "MAP@5"),
    ("map@5_new", "MAP@5, \"new\" allowed"),
    ("auroc_new_simulated", "known told from new (AUROC, each with its own individual taken out)"),
];

#[derive(Template)]
#[template(path = "evaluate.html")]
struct Page<'a> {
    table: String,
    lead: String,
    facts: Vec<(&'static str, String)>,
    tiles: Vec<Tile>,
    notes: Vec<String>,
    hides: bool,
    strict_head: String,
    metrics: Vec<MetricRow>,
    figures: Vec<Figure>,
    species: Vec<SpeciesRow>,
    map: Map,
    map_caption: String,
    mistakes: Vec<Mistake>,
    failures: &'a [Warning],
    failures_beyond: usize,
}

struct Tile {
    title: &'static str,
    value: String,
    below: String,
    beside: String,
}

struct MetricRow {
    name: &'static str,
    meaning: &'static str,
    strict: String,
    strict_interval: String,
    optimistic: String,
    optimistic_interval: String,
}

struct SpeciesRow {
    name: String,
    individuals: usize,
    queries: usize,
    answerable: usize,
    map5: String,
    top1: String,
    map5_new: String,
}

/// The page as one self-contained HTML file, pictures of the worst mistakes included.
///
/// # Errors
/// Never in practice: drawing and templates go to memory.
pub fn html(evaluation: &Evaluation) -> Result<String, EngineError> {
    let summary = evaluation.summary();
    let map = map_of(evaluation);
    let failures = &evaluation.failures;
    let page = Page {
        table: evaluation.request.called.display().to_string(),
        lead: lead(&summary),
        facts: facts(&summary, evaluation),
        tiles: TILES.iter().filter_map(|(name, title)| tile(&summary, name, title, evaluation)).collect(),
        notes: notes(&summary),
        hides: evaluation.hides_something(),
        strict_head: if evaluation.hides_something() { "strict" } else { "nothing hidden" }.to_owned(),
        metrics: METRICS.iter().filter_map(|(name, meaning)| metric(&summary, name, meaning)).collect(),
        figures: figures(evaluation)?,
        species: species(evaluation),
        map_caption: map_caption(&map, summary.n_photos),
        map,
        mistakes: mistakes(evaluation),
        failures: &failures[..failures.len().min(LISTED)],
        failures_beyond: failures.len().saturating_sub(LISTED),
    };
    let page =
        page.render().map_err(|error| EngineError::internal(format!("cannot make the page: {error}")))?;
    // Names and paths of strangers: what turns the direction of writing is shown, not obeyed.
    Ok(visible_lines(&page).into_owned())
}

fn lead(summary: &Summary) -> String {
    format!(
        "{} photos of {} individuals took part. {} {} asked, {} of them had a right answer left.",
        summary.n_photos,
        summary.n_individuals,
        summary.n_queries,
        match summary.asking {
            Asking::Photo => "photos",
            Asking::Encounter => "encounters",
        },
        summary.n_answerable
    )
}

fn facts(summary: &Summary, evaluation: &Evaluation) -> Vec<(&'static str, String)> {
    let hidden = match summary.hide.as_str() {
        "none" => "nothing: every other photo answers, the same burst included".to_owned(),
        hide => format!(
            "{} of the query's own individual",
            hide.replace("encounter", "same encounter").replace(',', ", ")
        ),
    };
    let mut facts = vec![
        ("protocol", summary.protocol.to_owned()),
        ("hidden", hidden),
        ("bundle", summary.bundle.clone()),
        ("runtime", summary.runtime.clone()),
        ("expected newcomers", format!("{} of all queries", summary.policy.new_rate)),
        ("seed", summary.seed.to_string()),
    ];
    if !summary.same.is_empty() {
        facts.insert(2, ("only the same", summary.same.replace(',', ", ")));
    }
    let unused = summary.n_unidentified + evaluation.left_out;
    if unused > 0 {
        let text = format!(
            "{} rows without an identity, {} left out by the protocol",
            summary.n_unidentified, evaluation.left_out
        );
        facts.push(("not used", text));
    }
    if summary.n_learnt_photos > 0 {
        let text = format!(
            "{} photos and {} individuals: they do not ask, and are left out of the figures",
            summary.n_learnt_photos, summary.n_learnt_individuals
        );
        facts.push(("learnt by the bundle", text));
    }
    facts
}

fn tile(summary: &Summary, name: &str, title: &'static str, evaluation: &Evaluation) -> Option<Tile> {
    let strict = summary.metrics.get(name)?;
    let optimistic = summary.optimistic.metrics.get(name).filter(|_| evaluation.hides_something());
    let beside = optimistic.map_or_else(String::new, |found| format!("nothing hidden: {:.3}", found.value));
    Some(Tile { title, value: format!("{:.3}", strict.value), below: range(strict), beside })
}

fn notes(summary: &Summary) -> Vec<String> {
    let mut notes: Vec<String> = summary.warnings.iter().map(|warning| warning.message.clone()).collect();
    if let Some(reason) = &summary.uncalibrated_reason {
        notes.push(format!(
            "No probability could be calibrated for {} of {} queries ({reason}): for them \"new\" is never guessed.",
            summary.n_uncalibrated, summary.n_queries
        ));
    }
    notes.truncate(12);
    notes
}

fn metric(summary: &Summary, name: &'static str, meaning: &'static str) -> Option<MetricRow> {
    let (strict, optimistic) = (summary.metrics.get(name), summary.optimistic.metrics.get(name));
    strict.or(optimistic)?;
    let value =
        |found: Option<&Interval>| found.map_or_else(|| "–".to_owned(), |i| format!("{:.3}", i.value));
    let interval = |found: Option<&Interval>| found.map_or_else(String::new, range);
    Some(MetricRow {
        name,
        meaning,
        strict: value(strict),
        strict_interval: interval(strict),
        optimistic: value(optimistic),
        optimistic_interval: interval(optimistic),
    })
}

fn range(interval: &Interval) -> String {
    format!("{:.3} to {:.3}", interval.low, interval.high)
}

/// The species in the order of their names, which is that of their numbers.
fn species(evaluation: &Evaluation) -> Vec<SpeciesRow> {
    let mut names: Vec<&str> =
        evaluation.used_rows().filter_map(|row| Some(row.species.as_ref()?.as_str())).collect();
    names.sort_unstable();
    names.dedup();
    let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"));
    let row = |group: &GroupRow| SpeciesRow {
        name: group
            .species
            .and_then(|number| names.get(number as usize))
            .map_or_else(|| "not stated".to_owned(), |name| (*name).to_owned()),
        individuals: group.n_individuals,
        queries: group.n_queries,
        answerable: group.n_answerable,
        map5: shown(group.map5),
        top1: shown(group.top1),
        map5_new: shown(group.map5_new),
    };
    evaluation.strict.species.iter().map(row).collect()
}

fn map_of(evaluation: &Evaluation) -> Map {
    let rows = || evaluation.used_rows();
    let names: Vec<&str> = rows().map(|row| row.identity.as_deref().unwrap_or_default()).collect();
    let hover: Vec<String> = rows()
        .map(|row| format!("{} · {}", row.identity.as_deref().unwrap_or_default(), row.image_id))
        .collect();
    map(&evaluation.embedded.values, evaluation.embedded.dimension, &names, &hover)
}

fn map_caption(map: &Map, photos: usize) -> String {
    let [first, second] = map.shares.map(|share| 100.0 * share);
    let drawn = match map.drawn {
        drawn if drawn < photos => format!("{drawn} of {photos} photos"),
        drawn => format!("{drawn} photos"),
    };
    format!(
        "{drawn}, laid out by the two directions in which the embeddings spread most ({first:.0} % and {second:.0} % of \
         the spread). Near each other lies what the network finds alike. In color: the individuals with the most \
         photos; a point names its photo under the mouse."
    )
}
