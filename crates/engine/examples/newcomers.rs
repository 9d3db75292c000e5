//! Puts photos together of which nobody says whom they show, and measures how well: adjusted Rand index, how many pairs are
//! right, the error of the number of individuals, what is stated of clusters beside what comes true, and how often the
//! range of the number holds the truth.
//!
//! Each table comes with a division by individuals (`image_id,part`): nothing is reported of those that thresholds and
//! calibrations were made with. Two calibrations are tried, for nobody is named who could give one: `own`, fitted on the
//! individuals of `train` and `validation`, as a study brings it along from elsewhere; and `bundle`, a prior as bundles
//! carry it, fitted on the other tables alone and brought to the photos at hand by their usual similarities, which takes no
//! names. What clusters are, and of what: one photo of each encounter (nothing is linked for free), or all photos of an
//! encounter together, as `identify --encounter` asks.
//!
//! ```text
//! cargo run --release -p resight-engine --example newcomers -- BUNDLE TABLE=DIVISION... [TABLE...]
//! ```
//!
//! Tables without a division only lend their photos to the prior.

#![allow(clippy::print_stdout, reason = "an example is a program of its own")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;

use resight_core::{
    Calibration, CalibrationCase, LEAST_EVIDENCE, NewcomerPhoto, NewcomerQuestion, Newcomers, Pooling,
    Similarity,
};
use resight_engine::evaluate::{EvaluateRequest, Evaluation, evaluate};
use resight_engine::{CancelToken, Models, RuntimeChoice, Silent};
use resight_eval::{
    CalibrateOptions, Clustering, Gallery, Interval, LabelledRow, Protocol, RankOptions, RankedQuery, Same,
    SlotKey, bootstrap, calibration_cases, fit_slots, rank,
};
use resight_vector::oracle;

type Failure = Box<dyn Error>;

/// Thresholds that are tried on the individuals for which nothing is reported.
const THRESHOLDS: [f64; 5] = [-3.5, -3.0, -2.5, -2.0, -1.0];
/// Questions that thresholds are tried on, at most: of so many whole individuals.
const MOST_TUNED: usize = 500;
const REPLICATES: usize = 1000;
/// Sets of individuals that are drawn to see whether the range of the number holds, of these sizes.
const DRAWS: u64 = 12;
const SIZES: [usize; 3] = [5, 10, 20];

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [bundle, tables @ ..] = arguments.as_slice() else {
        return Err("usage: newcomers BUNDLE TABLE=DIVISION... [TABLE...]".into());
    };
    let models = Models::open(None, RuntimeChoice::Auto, 2)?;
    let sets = tables.iter().map(|one| Set::of(one, bundle, &models)).collect::<Result<Vec<_>, _>>()?;
    for set in sets.iter().filter(|set| !set.parts.is_empty()) {
        let others = sets.iter().filter(|other| other.name != set.name).map(|other| other.cases.clone());
        let others: Vec<_> = others.collect();
        set.report(if others.is_empty() {
            None
        } else {
            Some(Calibration::fit_prior(&others)?.calibration)
        })?;
    }
    Ok(())
}

/// Photos of one table.
struct Set {
    name: String,
    evaluation: Evaluation,
    /// The part of each row; empty where there is no division.
    parts: Vec<String>,
    /// Whether only photos of one side are compared.
    same: Same,
    cases: Vec<CalibrationCase>,
}

/// What is put together.
#[derive(Clone, Copy, PartialEq)]
enum View {
    /// One photo of each encounter: nothing is linked for free.
    OnePhoto,
    /// All photos of an encounter together.
    Encounter,
}

/// Rows that are asked at once.
type Question = Vec<u32>;

impl Set {
    fn of(argument: &str, bundle: &str, models: &Models) -> Result<Self, Failure> {
        let (table, division) = argument.split_once('=').unwrap_or((argument, ""));
        let request =
            EvaluateRequest { bundle: bundle.to_owned(), replicates: 1, ..EvaluateRequest::of(table) };
        let evaluation = evaluate(&request, models, &Silent, &CancelToken::default())?;
        let name = Path::new(table).parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let parts = match division {
            "" => Vec::new(),
            file => parts_of(&evaluation, &std::fs::read_to_string(file)?),
        };
        let viewpoints: BTreeSet<u32> =
            evaluation.labelled_rows().iter().filter_map(|row| row.viewpoint).collect();
        let mut set = Self {
            name: name.into_owned(),
            parts,
            same: Same { species: false, viewpoint: viewpoints.len() == 2 },
            evaluation,
            cases: Vec::new(),
        };
        let ranked = set.ranked(None)?;
        let cases = calibration_cases(&ranked.iter().collect::<Vec<_>>(), &CalibrateOptions::default());
        set.cases = cases.into_iter().map(|one| one.case).collect();
        Ok(set)
    }

    fn rows(&self) -> &[LabelledRow] {
        self.evaluation.labelled_rows()
    }

    /// Rows of some parts (all without), of known encounters where most are known.
    fn of_parts(&self, parts: Option<&[&str]>) -> Vec<u32> {
        let encounters = self.rows().iter().filter(|row| row.encounter.is_some()).count();
        let needs_encounter = 2 * encounters > self.rows().len();
        (0_u32..)
            .zip(self.rows())
            .filter(|(_, row)| row.individual.is_some() && (!needs_encounter || row.encounter.is_some()))
            .filter(|(at, _)| parts.is_none_or(|parts| parts.contains(&self.parts[*at as usize].as_str())))
            .map(|(at, _)| at)
            .collect()
    }

    fn ranked(&self, parts: Option<&[&str]>) -> Result<Vec<RankedQuery>, Failure> {
        let gallery = Gallery {
            rows: self.rows(),
            embeddings: &[self.evaluation.embeddings()?],
            distance: self.evaluation.distance,
        };
        let rows = self.of_parts(parts);
        let split = Protocol::Split { queries: rows.clone(), gallery: rows };
        Ok(rank(&gallery, &split, &RankOptions { same: self.same, ..RankOptions::default() })?)
    }

    fn own_calibration(&self) -> Result<Calibration, Failure> {
        let ranked = self.ranked(Some(&["train", "validation"]))?;
        let fitted = fit_slots(&ranked.iter().collect::<Vec<_>>(), &CalibrateOptions::default());
        let slot = SlotKey::of(self.same, None, None);
        Ok(fitted.serving(&slot)?.1.clone())
    }

    fn report(&self, prior: Option<Calibration>) -> Result<(), Failure> {
        let own = self.own_calibration()?;
        for view in [View::OnePhoto, View::Encounter] {
            let tuned = self.some_individuals(self.questions(view, &["train", "validation"]));
            let tested = self.questions(view, &["test"]);
            if view == View::Encounter && tested.iter().all(|question| question.len() == 1) {
                continue;
            }
            let shown = match view {
                View::OnePhoto => "one photo of each encounter",
                View::Encounter => "encounters",
            };
            let similar = (self.similarities(&tuned)?, self.similarities(&tested)?);
            let brought = |to: &[Vec<NewcomerPhoto>]| prior.as_ref().map(|prior| in_units_of(prior, to));
            for (way, on_tuned, on_tested) in [
                ("own", Some(own.clone()), Some(own.clone())),
                ("bundle", brought(&similar.0), brought(&similar.1)),
            ] {
                let (Some(on_tuned), Some(on_tested)) = (on_tuned, on_tested) else { continue };
                println!("\n## {}, {shown}, calibration: {way}", self.name);
                self.tell_thresholds(view, "train and validation", &tuned, &asked(&on_tuned, &similar.0));
                self.tell_thresholds(view, "test", &tested, &asked(&on_tested, &similar.1));
                self.tell(view, &tested, &asked(&on_tested, &similar.1));
                self.tell_range(view, &tested, &on_tested, &similar.1);
            }
        }
        Ok(())
    }

    /// The questions of some parts. Of photos that look alike one stays.
    fn questions(&self, view: View, parts: &[&str]) -> Vec<Question> {
        let mut groups: BTreeMap<(u32, u64, u32), Question> = BTreeMap::new();
        let mut alike = BTreeSet::new();
        for at in self.of_parts(Some(parts)) {
            let row = &self.rows()[at as usize];
            if row.duplicate_group.is_some_and(|group| !alike.insert((row.individual, group))) {
                continue;
            }
            let encounter = row.encounter.map_or((1 << 32) + u64::from(at), u64::from);
            let side = if view == View::OnePhoto { self.side(row) } else { 0 };
            groups.entry((row.individual.unwrap_or_default(), encounter, side)).or_default().push(at);
        }
        let mut questions: Vec<Question> = groups.into_values().collect();
        if view == View::OnePhoto {
            for photos in &mut questions {
                photos.sort_by_key(|at| lot(1, u64::from(*at)));
                photos.truncate(1);
            }
        }
        // The order must not tell who is who.
        questions.sort_by_key(|photos| lot(2, u64::from(photos[0])));
        questions
    }

    /// Whole individuals, drawn, while there are questions enough.
    fn some_individuals(&self, mut questions: Vec<Question>) -> Vec<Question> {
        let who = |question: &Question| self.rows()[question[0] as usize].individual.unwrap_or_default();
        let mut drawn: Vec<u32> = questions.iter().map(who).collect::<BTreeSet<_>>().into_iter().collect();
        drawn.sort_by_key(|who| lot(99, u64::from(*who)));
        let (mut stay, mut sum) = (BTreeSet::new(), 0);
        for individual in drawn {
            sum += questions.iter().filter(|question| who(question) == individual).count();
            if sum > MOST_TUNED {
                break;
            }
            stay.insert(individual);
        }
        questions.retain(|question| stay.contains(&who(question)));
        questions
    }

    fn side(&self, row: &LabelledRow) -> u32 {
        row.viewpoint.filter(|_| self.same.viewpoint).map_or(0, |side| side + 1)
    }

    /// What each photo of each question finds among the other questions.
    fn similarities(&self, questions: &[Question]) -> Result<Vec<Vec<NewcomerPhoto>>, Failure> {
        let embeddings = self.evaluation.embeddings()?;
        let metric = match self.evaluation.distance {
            resight_core::Distance::Cosine => resight_vector::Metric::Dot,
            resight_core::Distance::Euclidean => resight_vector::Metric::SquaredEuclidean,
        };
        let compares = |one: u32, other: u32| {
            self.side(&self.rows()[one as usize]) == self.side(&self.rows()[other as usize])
        };
        let photo = |place: usize, at: u32| {
            let query: Vec<f32> = embeddings.row(at as usize).iter().map(|value| value.to_f32()).collect();
            let to = |other: u32| match self.evaluation.distance {
                resight_core::Distance::Cosine => Similarity::from_cosine(oracle::rounded_score(
                    &query,
                    embeddings.row(other as usize),
                    metric,
                )),
                resight_core::Distance::Euclidean => Similarity::from_squared_distance(
                    -oracle::rounded_score(&query, embeddings.row(other as usize), metric),
                ),
            };
            let others = questions.iter().enumerate().filter(|(other, _)| *other != place);
            let others = others.filter_map(|(other, photos)| {
                let seen = photos.iter().filter(|other| compares(at, **other));
                let mut seen: Vec<(Similarity, u32)> = seen.map(|other| (to(*other), *other)).collect();
                Some((other, Pooling::Best.of(&mut seen)?.0))
            });
            NewcomerPhoto { known: Vec::new(), others: others.collect() }
        };
        let all = questions.iter().enumerate();
        Ok(all.map(|(place, photos)| photos.iter().map(|at| photo(place, *at)).collect()).collect())
    }

    /// Whom each question shows, numbered; a side of an animal is one of its own where sides are not compared.
    fn truth(&self, view: View, questions: &[Question]) -> Vec<u32> {
        let mut numbers = BTreeMap::new();
        let who = |question: &Question| {
            let row = &self.rows()[question[0] as usize];
            (row.individual, if view == View::OnePhoto { self.side(row) } else { 0 })
        };
        let all: Vec<_> = questions.iter().map(who).collect();
        for who in &all {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            numbers.entry(*who).or_insert(next);
        }
        all.iter().map(|who| numbers[who]).collect()
    }

    fn tell_thresholds(&self, view: View, of: &str, rows: &[Question], questions: &[NewcomerQuestion<'_>]) {
        let truth = self.truth(view, rows);
        let of_threshold = |least: f64| {
            let groups = Newcomers::groups_at(questions, Pooling::Best, least);
            let counted = Clustering::of(truth.iter().copied().zip(groups));
            let once = vec![1.0; counted.individuals()];
            let shown = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.3}"));
            format!(
                "{least}: {} ({}, {})",
                shown(counted.adjusted_rand_index(&once)),
                shown(counted.pair_precision(&once)),
                shown(counted.clusters_an_individual(&once))
            )
        };
        let all: Vec<String> = THRESHOLDS.into_iter().map(of_threshold).collect();
        println!(
            "{of}: by threshold the adjusted Rand index (pairs right, clusters an individual): {}",
            all.join("; ")
        );
    }

    fn tell(&self, view: View, rows: &[Question], questions: &[NewcomerQuestion<'_>]) {
        let truth = self.truth(view, rows);
        let found = Newcomers::among(questions, Pooling::Best);
        let mut groups = vec![0; rows.len()];
        for (number, cluster) in found.clusters.iter().enumerate() {
            cluster.members.iter().for_each(|member| groups[*member] = number);
        }
        let counted = Clustering::of(truth.iter().copied().zip(groups));
        let measures = bootstrap(
            counted.individuals(),
            REPLICATES,
            1,
            &[
                &|times| counted.adjusted_rand_index(times),
                &|times| counted.pair_precision(times),
                &|times| counted.pair_recall(times),
                &|times| Some(counted.clusters_an_individual(times)? - 1.0),
            ],
        );
        let shown = |interval: &Option<Interval>| match interval {
            Some(Interval { value, low, high }) => format!("{value:.3} ({low:.3} to {high:.3})"),
            None => "–".to_owned(),
        };
        println!(
            "at {LEAST_EVIDENCE}: {} questions of {} individuals; adjusted Rand index {}; pairs right {}; pairs found {}; \
             {} clusters, error of the number {}; number stated {} ({} to {})",
            rows.len(),
            counted.individuals(),
            shown(&measures[0]),
            shown(&measures[1]),
            shown(&measures[2]),
            found.clusters.len(),
            shown(&measures[3]),
            found.number.likely,
            found.number.low,
            found.number.high
        );
        tell_statements(&found, &truth);
    }

    /// Of sets of a few individuals, how often the range of their number holds it.
    fn tell_range(
        &self,
        view: View,
        rows: &[Question],
        calibration: &Calibration,
        similar: &[Vec<NewcomerPhoto>],
    ) {
        let truth = self.truth(view, rows);
        let individuals: BTreeSet<u32> = truth.iter().copied().collect();
        for size in SIZES.into_iter().filter(|size| size * 2 <= individuals.len()) {
            let (mut held, mut width, mut off) = (0, 0.0, 0.0);
            for draw in 0..DRAWS {
                let mut drawn: Vec<u32> = individuals.iter().copied().collect();
                drawn.sort_by_key(|who| lot(draw + 3, u64::from(*who)));
                let drawn: BTreeSet<u32> = drawn.into_iter().take(size).collect();
                let chosen: Vec<usize> = (0..rows.len()).filter(|at| drawn.contains(&truth[*at])).collect();
                let part = restricted(similar, &chosen);
                let number = Newcomers::among(&asked(calibration, &part), Pooling::Best).number;
                held += u32::from((number.low..=number.high).contains(&size));
                let photos = chosen.len() as f64;
                width += (number.high - number.low) as f64 / photos / DRAWS as f64;
                off += (number.likely as f64 / size as f64).ln() / DRAWS as f64;
            }
            println!(
                "{size} individuals, {DRAWS} draws: the range holds the number in {held}; it spans {width:.2} of the \
                 questions on average; the likely number is {:.2} times the true one",
                off.exp()
            );
        }
    }
}

/// What is stated of the members of clusters beside the share of the others that show the same.
fn tell_statements(found: &Newcomers, truth: &[u32]) {
    let mut stated: Vec<(f64, f64)> = Vec::new();
    for cluster in found.clusters.iter().filter(|cluster| cluster.members.len() > 1) {
        let others = (cluster.members.len() - 1) as f64;
        for (member, probability) in cluster.members.iter().zip(&cluster.probabilities) {
            let same = cluster.members.iter().filter(|other| truth[**other] == truth[*member]).count() - 1;
            stated.push((*probability, same as f64 / others));
        }
    }
    let bounds = [0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0];
    let parts: Vec<String> = bounds
        .windows(2)
        .filter_map(|bound| {
            let part: Vec<_> = stated.iter().filter(|(p, _)| *p > bound[0] && *p <= bound[1]).collect();
            let n = part.len() as f64;
            let mean = |of: fn(&(f64, f64)) -> f64| part.iter().map(|one| of(one)).sum::<f64>() / n;
            (n > 0.0).then(|| format!("{:.2}/{:.2} ({n})", mean(|one| one.0), mean(|one| one.1)))
        })
        .collect();
    println!("stated of members/true (how many): {}", parts.join(", "));
}

fn asked<'a>(calibration: &'a Calibration, similar: &[Vec<NewcomerPhoto>]) -> Vec<NewcomerQuestion<'a>> {
    similar.iter().map(|photos| NewcomerQuestion { calibration, photos: photos.clone() }).collect()
}

/// Some of the questions, numbered anew.
fn restricted(similar: &[Vec<NewcomerPhoto>], chosen: &[usize]) -> Vec<Vec<NewcomerPhoto>> {
    let place: BTreeMap<usize, usize> = chosen.iter().enumerate().map(|(new, old)| (*old, new)).collect();
    let of_photo = |photo: &NewcomerPhoto| NewcomerPhoto {
        known: Vec::new(),
        others: photo.others.iter().filter_map(|(other, s)| Some((*place.get(other)?, *s))).collect(),
    };
    chosen.iter().map(|at| similar[*at].iter().map(of_photo).collect()).collect()
}

/// A prior in the standard units of the photos at hand: what their best, their usual and their tenth best similarities to
/// each other are. That takes no names.
fn in_units_of(prior: &Calibration, photos: &[Vec<NewcomerPhoto>]) -> Calibration {
    let (mut best, mut level, mut look_alikes, mut sizes) = (vec![], vec![], vec![], vec![]);
    for photo in photos.iter().flatten() {
        let mut similar: Vec<f64> =
            photo.others.iter().map(|(_, similarity)| f64::from(similarity.0)).collect();
        similar.sort_by(|a, b| b.total_cmp(a));
        let Some((first, others)) = similar.split_first().filter(|(_, others)| !others.is_empty()) else {
            continue;
        };
        best.push(*first);
        level.push(mean(others));
        look_alikes.push(mean(&others[..others.len().div_ceil(10)]));
        sizes.push((similar.len() as f64).ln());
    }
    let center = mean(&best);
    let spread: Vec<f64> = best.iter().map(|value| (value - center).powi(2)).collect();
    Calibration {
        center,
        scale: mean(&spread).sqrt(),
        typical_level: mean(&level),
        typical_look_alikes: mean(&look_alikes),
        typical_individuals: mean(&sizes).exp(),
        ..prior.clone()
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The part of each embedded row.
fn parts_of(evaluation: &Evaluation, division: &str) -> Vec<String> {
    let parts: BTreeMap<&str, &str> = division.lines().filter_map(|line| line.rsplit_once(',')).collect();
    let of = |id: &str| parts.get(id).copied().unwrap_or_default().to_owned();
    evaluation.used_rows().map(|row| of(&row.image_id)).collect()
}

/// A number that depends on these two alone (S. Vigna's SplitMix64).
fn lot(seed: u64, number: u64) -> u64 {
    let mut z =
        number.wrapping_add(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
