//! What an evaluation says in short: the object of `--json`, and what each metric means.

use std::collections::BTreeMap;

use resight_core::{Effort, Fusion};
use resight_dataset::{EncounterCounts, SplitRule};
use resight_eval::{AsPhotosAreAdded, Asking, Chance, EvidenceAlone, Hide, Interval, Report, Same, SlotKey};
use serde::Serialize;

use super::Evaluation;
use crate::Warning;

/// Every metric with its meaning, in the order to show them.
pub const METRICS: [(&str, &str); 24] = [
    (
        "map@5",
        "mean of 1/rank of the right individual within five guesses, else 0; queries with a right answer left",
    ),
    ("top1", "share of those queries whose first guess is right"),
    ("top5", "share of them with the right individual among the first five"),
    ("top10", "… among the first ten"),
    ("balanced_accuracy", "top1, every individual counting alike however many photos it has"),
    ("map_annotation", "mean average precision over all photos of the right individual"),
    (
        "map@5_new",
        "map@5 over all queries, \"new individual\" being a legal guess (as Kaggle Happywhale scores)",
    ),
    (
        "baks",
        "share of known individuals rightly named, \"new\" being a possible answer; every individual alike",
    ),
    ("baus", "share of new individuals rightly called new; every individual alike"),
    ("baks_baus", "geometric mean of the two"),
    (
        "auroc_new",
        "known told from new by the best similarity, where the newcomers are the queries that have no right answer left; \
         0.5 is chance",
    ),
    (
        "auroc_new_simulated",
        "the same, where the newcomers are the queries that have one, with their own individual taken out; on the whole the \
         firmer figure, for it rests on the same photos on both sides",
    ),
    ("ece", "how far the stated probability of the first answer is from what comes true; 0 is best"),
    ("ece_new", "the same for the probability of \"new\""),
    ("known_right", "of known animals, so many are named, rightly, at your prices"),
    ("known_false_match", "… are given a wrong name"),
    ("known_new", "… are called new"),
    ("known_asked", "… are left to a person"),
    ("new_right", "of newcomers (individuals hidden in turn), so many are called new"),
    ("new_false_match", "… are given the name of a known animal"),
    ("new_asked", "… are left to a person"),
    ("false_matches", "of 100 questions, so many get a wrong name, newcomers making up the expected share"),
    ("stated_false_matches", "… so many would by what the answers themselves say"),
    (
        "price",
        "what the answers to 100 questions cost in the end; always asking costs 100 times the price of asking",
    ),
];

/// What a metric means; empty for one that is not known.
pub fn metric_meaning(name: &str) -> &'static str {
    METRICS.iter().find(|(known, _)| *known == name).map_or("", |(_, meaning)| meaning)
}

/// The object that `resight evaluate --json` writes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Who asked and who answered.
    pub protocol: &'static str,
    /// The bundle that made the embeddings.
    pub bundle: String,
    /// What a query did not see of its own individual: `encounter,duplicates`, one of them, or `none`.
    pub hide: String,
    /// Labels that an answering photo shared with the query; left out where there were none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub same: String,
    /// How the photos of an individual became one similarity.
    pub pooling: resight_core::Pooling,
    /// What was asked at once: `photo`, or `encounter`.
    pub asking: Asking,
    /// How much work went into an answer.
    pub effort: Effort,
    /// What each evidence is worth, where there is more than one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fusion: Option<Fusion>,
    /// What each evidence is worth by itself, strict; left out where there is one only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<EvidenceRow>,
    /// Prices, and the expected share of newcomers.
    pub policy: resight_core::Policy,
    /// What blind guessing would get; none without a query that has a right answer left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chance: Option<Chance>,
    /// Individuals that the queries with a right answer left show.
    pub n_answerable_individuals: usize,
    /// Why there are no metrics; left out where there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withheld: Option<String>,
    /// Seed of splits, folds and intervals.
    pub seed: u64,
    /// What executed the network.
    pub runtime: String,
    /// Labelled photos that took part.
    pub n_photos: usize,
    /// Individuals among them.
    pub n_individuals: usize,
    /// Photos that asked.
    pub n_queries: usize,
    /// Those of them that had a right answer left.
    pub n_answerable: usize,
    /// Rows whose individual nobody knows.
    pub n_unidentified: usize,
    /// Where the encounters of the photos come from: the table's labels, the day, folder and time, the folder, or
    /// nothing tells.
    pub encounters: EncounterCounts,
    /// Photos that the bundle had learnt: they do not ask, and no figure counts them.
    pub n_learnt_photos: usize,
    /// Individuals that the bundle had learnt.
    pub n_learnt_individuals: usize,
    /// The metrics that have a value.
    pub metrics: BTreeMap<String, Interval>,
    /// With nothing hidden.
    pub optimistic: Optimistic,
    /// What becomes of the same encounters as more of their photos are looked at; left out where photos asked one by one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub as_photos_are_added: Vec<AsPhotosAreAdded>,
    /// Queries for which no probability could be calibrated; they never guess "new".
    pub n_uncalibrated: usize,
    /// Why, for the first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncalibrated_reason: Option<String>,
    /// Rows and photos that could not be used, and why.
    pub failures: Vec<Warning>,
    /// What else was noticed.
    pub warnings: Vec<Warning>,
}

/// One evidence, asked by itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvidenceRow {
    /// `embedding`, or the name of the bundle whose matches it is.
    pub name: String,
    /// Share of the queries whose first guess is right.
    pub top1: Interval,
    /// Mean of 1/rank of the right individual within five guesses, else 0.
    #[serde(rename = "map@5")]
    pub map5: Interval,
    /// How much greater `top1` is of all evidence together, query by query.
    pub gained_together: Interval,
}

impl EvidenceRow {
    fn of(alone: &EvidenceAlone) -> Self {
        let name = alone.matches_of.as_ref().map_or("embedding", |bundle| bundle.name());
        let EvidenceAlone { top1, map5, gained_together, .. } = *alone;
        Self { name: name.to_owned(), top1, map5, gained_together }
    }
}

/// The numbers with nothing hidden.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Optimistic {
    /// Queries that have a right answer.
    pub n_answerable: usize,
    /// The metrics that have a value.
    pub metrics: BTreeMap<String, Interval>,
}

impl Evaluation {
    /// The short form.
    pub fn summary(&self) -> Summary {
        let Report { n_photos, n_individuals, n_queries, n_answerable, .. } = self.strict;
        Summary {
            protocol: protocol_word(&self.request.rule),
            bundle: self.bundle.clone(),
            hide: hide_word(self.request.hide),
            same: same_word(self.request.same),
            pooling: self.request.pooling,
            asking: self.request.asking,
            effort: self.request.effort,
            fusion: (self.request.effort > Effort::Fast)
                .then(|| self.fusions.serving(&SlotKey::default()).clone()),
            evidence: self.alone.iter().map(EvidenceRow::of).collect(),
            policy: self.request.policy,
            chance: self.strict.chance,
            n_answerable_individuals: self.strict.n_answerable_individuals,
            withheld: self.strict.withheld.clone(),
            seed: self.request.seed,
            runtime: self.runtime.clone(),
            n_photos,
            n_individuals,
            n_queries,
            n_answerable,
            n_unidentified: self.unidentified,
            encounters: self.encounters,
            n_learnt_photos: self.learnt.photos,
            n_learnt_individuals: self.learnt.individuals,
            metrics: self.strict.metrics.clone(),
            optimistic: Optimistic {
                n_answerable: self.optimistic.n_answerable,
                metrics: self.optimistic.metrics.clone(),
            },
            as_photos_are_added: self.strict.as_photos_are_added.clone(),
            n_uncalibrated: self.strict.uncalibrated_queries,
            uncalibrated_reason: self.strict.uncalibrated_reason.clone(),
            failures: self.failures.clone(),
            warnings: self.warnings.clone(),
        }
    }

    /// Whether there is something hidden, so that strict and optimistic differ.
    pub fn hides_something(&self) -> bool {
        self.request.hide != Hide::NOTHING
    }
}

fn protocol_word(rule: &SplitRule) -> &'static str {
    match rule {
        SplitRule::ClosedSet { .. } => "closed-set",
        SplitRule::OpenSet { .. } => "open-set",
        SplitRule::DisjointSet { .. } => "disjoint-set",
        SplitRule::TimeCutoff { .. } => "time-cutoff",
        SplitRule::LeaveOneOut => "leave-one-out",
        SplitRule::Column { .. } => "split-column",
    }
}

fn hide_word(hide: Hide) -> String {
    let word = listed(&[("encounter", hide.encounter), ("duplicates", hide.duplicates)]);
    if word.is_empty() { "none".to_owned() } else { word }
}

fn same_word(same: Same) -> String {
    listed(&[("viewpoint", same.viewpoint), ("species", same.species)])
}

fn listed(words: &[(&str, bool)]) -> String {
    words.iter().filter(|(_, is)| *is).map(|(word, _)| *word).collect::<Vec<_>>().join(",")
}
