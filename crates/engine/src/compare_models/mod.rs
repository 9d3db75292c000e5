//! Which of several networks serves photos best, and what each of them costs here.
//!
//! Every network is asked the same questions under one protocol ([`crate::evaluate`]); two are compared on the questions that
//! both were asked, photo by photo, with the individuals resampled for both alike ([`resight_eval::Paired`]). The better one is
//! better *by more than chance* where the interval of what it gains does not hold 0; which *pays* is the fastest of those that
//! are not worse than the best one by more than chance.

mod cost;
mod html;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use resight_core::visible_lines;
use resight_eval::{Interval, Paired, PairedQuestion, paired};
use serde::Serialize;

use self::cost::{Cost, cost_of};
use crate::evaluate::{EvaluateRequest, Evaluation, evaluate};
use crate::{CancelToken, EngineError, Models, Progress, Warning};

/// Networks that are compared at once, at most.
const MOST_BUNDLES: usize = 20;

/// What to compare, and on which photos.
#[derive(Debug, Clone)]
pub struct CompareRequest {
    /// The questions; its bundle is not looked at.
    pub questions: EvaluateRequest,
    /// Names, paths or ids of the bundles, two at least.
    pub bundles: Vec<String>,
}

/// One network: how well it told the individuals apart, and what it costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelRow {
    /// As it was asked for.
    pub name: String,
    /// The bundle's id.
    pub bundle: String,
    /// Licence of its weights.
    pub licence: String,
    /// Numbers in an embedding.
    pub dimension: usize,
    /// Width and height of what it looks at, in pixels.
    pub input: (u32, u32),
    /// Photos that asked, without those that it had learnt.
    pub questions: usize,
    /// Individuals among the photos that it had learnt: no figure counts them.
    pub learnt_individuals: usize,
    /// `top1`, `map@5`, `auroc_new_simulated` and `ece`, as far as they have a value.
    pub metrics: BTreeMap<String, Interval>,
    /// What it costs on this machine.
    #[serde(flatten)]
    pub cost: Cost,
}

/// Two networks on the questions that both were asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairRow {
    /// Places of the two in [`Comparison::models`].
    pub models: (usize, usize),
    /// How each did on them, and what the second gained.
    pub figures: Paired,
    /// Which is better by more than chance, if one is.
    pub better: Option<usize>,
}

/// What the table decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The one whose first guesses are right most often.
    pub best: usize,
    /// Whether it is better than every other one by more than chance.
    pub by_more_than_chance: bool,
    /// The fastest of those that are not worse than the best by more than chance.
    pub pays: usize,
}

/// Several networks side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Of what.
    pub source: String,
    /// Who asked, and what was hidden from them.
    pub protocol: String,
    /// What a query did not see of its own individual.
    pub hide: String,
    /// How much work went into an answer.
    pub effort: resight_core::Effort,
    /// What executed the networks.
    pub runtime: String,
    /// Threads that they had.
    pub threads: usize,
    /// The networks, in the order they were named.
    pub models: Vec<ModelRow>,
    /// Every two of them.
    pub pairs: Vec<PairRow>,
    /// What follows; none where no question had a right answer left.
    pub verdict: Option<Verdict>,
    /// Rows and photos that could not be used, and why.
    pub failures: Vec<Warning>,
    /// What else was noticed.
    pub warnings: Vec<Warning>,
}

/// Compares networks on a table.
///
/// # Errors
/// Fewer than two bundles or one twice; as [`evaluate`].
pub fn compare_models(
    request: &CompareRequest,
    models: &Models,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Comparison, EngineError> {
    check(&request.bundles)?;
    let mut rows: Vec<ModelRow> = Vec::new();
    let mut answers: Vec<Answers> = Vec::new();
    let mut said = Said::default();
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for name in &request.bundles {
        let bundle = models.bundle(name)?;
        if let Some(other) = ids.insert(bundle.id().to_string(), name.clone()) {
            let message = format!("`{name}` and `{other}` are one model: {}", bundle.id());
            return Err(EngineError::user(message));
        }
        let cost = cost_of(&bundle, models, progress)?;
        let questions = EvaluateRequest { bundle: name.clone(), ..request.questions.clone() };
        let evaluation = evaluate(&questions, models, progress, cancel)?;
        rows.push(row(name, &bundle, cost, &evaluation));
        answers.push(answers_of(&evaluation));
        said.hear(&evaluation);
    }
    let (seed, replicates) = (request.questions.seed, request.questions.replicates);
    let pairs = pairs(&answers, replicates, seed);
    let verdict = verdict(&rows, &pairs);
    Ok(Comparison {
        source: visible_lines(&request.questions.called.display().to_string()).into_owned(),
        protocol: said.protocol,
        hide: said.hide,
        effort: request.questions.effort,
        runtime: said.runtime,
        threads: models.threads(),
        models: rows,
        pairs,
        verdict,
        failures: said.failures,
        warnings: said.warnings,
    })
}

/// What the evaluations say alike, once.
#[derive(Default)]
struct Said {
    protocol: String,
    hide: String,
    runtime: String,
    failures: Vec<Warning>,
    warnings: Vec<Warning>,
}

impl Said {
    fn hear(&mut self, evaluation: &Evaluation) {
        let summary = evaluation.summary();
        (self.protocol, self.hide) = (summary.protocol.to_owned(), summary.hide);
        self.runtime.clone_from(&evaluation.runtime);
        let new = |known: &[Warning], found: &[Warning]| -> Vec<Warning> {
            found.iter().filter(|one| !known.contains(one)).cloned().collect()
        };
        let failures = new(&self.failures, &evaluation.failures);
        let warnings = new(&self.warnings, &evaluation.warnings);
        self.failures.extend(failures);
        self.warnings.extend(warnings);
    }
}

fn check(bundles: &[String]) -> Result<(), EngineError> {
    match bundles.len() {
        0 | 1 => Err(EngineError::user("one model alone has nothing to be compared with")),
        several if several > MOST_BUNDLES => {
            Err(EngineError::user(format!("{several} models are too many: {MOST_BUNDLES} at most")))
        }
        _ => Ok(()),
    }
}

const SHOWN: [&str; 4] = ["top1", "map@5", "auroc_new_simulated", "ece"];

fn row(name: &str, bundle: &resight_model::Bundle, cost: Cost, evaluation: &Evaluation) -> ModelRow {
    let manifest = bundle.manifest();
    let summary = evaluation.summary();
    let shown = |(metric, _): &(String, Interval)| SHOWN.contains(&metric.as_str());
    ModelRow {
        name: name.to_owned(),
        bundle: bundle.id().to_string(),
        licence: manifest.licence.clone(),
        dimension: manifest.dimension,
        input: (manifest.preprocess.width, manifest.preprocess.height),
        questions: summary.n_queries,
        learnt_individuals: summary.n_learnt_individuals,
        metrics: summary.metrics.into_iter().filter(shown).collect(),
        cost,
    }
}

/// By photo: whom it shows, and the rank of the right individual.
type Answers = BTreeMap<String, (String, Option<u32>)>;

fn answers_of(evaluation: &Evaluation) -> Answers {
    let of_photo = |asked: crate::evaluate::AskedPhoto<'_>| {
        let row = asked.row;
        (row.image_id.clone(), (row.stands_for(), asked.rank))
    };
    evaluation.asked().map(of_photo).collect()
}

fn pairs(answers: &[Answers], replicates: usize, seed: u64) -> Vec<PairRow> {
    let places = (0..answers.len()).flat_map(|one| (one + 1..answers.len()).map(move |two| (one, two)));
    let of_two = |(one, two): (usize, usize)| {
        let figures = paired(questions(&answers[one], &answers[two]), replicates, seed)?;
        let gained = figures.gained_top1;
        let better = match () {
            () if gained.low > 0.0 => Some(two),
            () if gained.high < 0.0 => Some(one),
            () => None,
        };
        Some(PairRow { models: (one, two), figures, better })
    };
    places.filter_map(of_two).collect()
}

fn questions(one: &Answers, two: &Answers) -> Vec<PairedQuestion> {
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let both = one.iter().filter_map(|(photo, asked)| Some((asked, two.get(photo)?)));
    both.map(|((individual, rank), (_, other))| {
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        let individual = *numbers.entry(individual).or_insert(next);
        PairedQuestion { individual, ranks: rank.zip(*other) }
    })
    .collect()
}

fn verdict(models: &[ModelRow], pairs: &[PairRow]) -> Option<Verdict> {
    // On the questions that both were asked, not on each one's own: what one has learnt it is not asked.
    let beats = |one: usize, other: usize| -> Option<f64> {
        let found = pairs.iter().find(|pair| pair.models == (one.min(other), one.max(other)))?;
        let gained = found.figures.gained_top1.value;
        Some(if one < other { -gained } else { gained })
    };
    let all = 0..models.len();
    let won = |one: usize| all.clone().filter(|other| beats(one, *other).is_some_and(|by| by > 0.0)).count();
    let best = all.clone().max_by_key(|one| (won(*one), std::cmp::Reverse(*one)))?;
    let surely = |pair: &PairRow| pair.better == Some(best);
    let of_best: Vec<&PairRow> =
        pairs.iter().filter(|pair| pair.models.0 == best || pair.models.1 == best).collect();
    if of_best.is_empty() {
        return None;
    }
    let surely_worse = |one: usize| {
        let is_of_it = |pair: &PairRow| pair.models.0 == one || pair.models.1 == one;
        one != best && of_best.iter().any(|pair| surely(pair) && is_of_it(pair))
    };
    let speed = |one: &usize| models[*one].cost.photos_per_second;
    let pays = all.filter(|one| !surely_worse(*one)).max_by(|a, b| speed(a).total_cmp(&speed(b)))?;
    Some(Verdict { best, by_more_than_chance: of_best.iter().all(|pair| surely(pair)), pays })
}

impl Comparison {
    /// The page: the table, every two of them, and how each does beside what it costs, drawn. One file.
    ///
    /// # Errors
    /// Never in practice: drawing and templates go to memory.
    pub fn html(&self) -> Result<String, EngineError> {
        html::page(self)
    }

    /// What the table decides, in words.
    pub fn in_words(&self) -> String {
        let Some(verdict) = &self.verdict else {
            return "no question had a right answer left: nothing can be said".to_owned();
        };
        let name = |place: usize| &self.models[place].name;
        let best = match verdict.by_more_than_chance {
            true => format!("{} is right most often, by more than chance", name(verdict.best)),
            false => {
                let as_good = self.as_good_as(verdict.best);
                format!(
                    "{} is right most often, but not by more than chance: {as_good} may be as good",
                    name(verdict.best)
                )
            }
        };
        match verdict.pays == verdict.best {
            true => format!("{best}; it pays on this machine too"),
            false => format!("{best}; on this machine {} pays", name(verdict.pays)),
        }
    }

    /// Those that the best one does not beat by more than chance.
    fn as_good_as(&self, best: usize) -> String {
        let other = |pair: &PairRow| match pair.models {
            (one, two) if one == best => Some(two),
            (one, two) if two == best => Some(one),
            _ => None,
        };
        let open = self.pairs.iter().filter(|pair| pair.better != Some(best)).filter_map(other);
        let names: Vec<&str> = open.map(|place| self.models[place].name.as_str()).collect();
        names.join(", ")
    }
}
