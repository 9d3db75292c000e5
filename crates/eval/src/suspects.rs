//! Names that the evidence contradicts: photos that show somebody else, individuals that are one animal.
//!
//! Every photo asks who it shows, by calibrations that never saw its individual, as in an evaluation. Its name is one more
//! piece of evidence: names are right but for a small share ε of them. With p the probabilities that the calibration states
//! (each of N individuals expected alike, newcomers with share r), Bayes' rule gives
//!
//! - for "it shows O, not who it is named after": ε · p(O) against (1 − ε) · p(own) · N / (1 − r) for "the name is right"; where
//!   no other encounter of its own individual is there, (1 − ε) · p(new) / r;
//! - for "A and B are one animal": each photo of A, its own individual taken out, finds B or finds nobody; the likelihood
//!   ratio is p(B) · N / (1 − r) against p(new) / r. The mean of the ratios of all photos of both is a ratio that chance
//!   makes large as rarely as one of them (e-values: V. Vovk, R. Wang, "E-values: calibration, combination and applications",
//!   2021), and photos that find nobody weaken it. What is left without one photo of the strongest pair (the one
//!   on which more hangs) is a second witness: its mean is multiplied with the first where it speaks for it too; and so a
//!   third. Before looking, a pair is expected to be one animal with 2 ε / N: of N
//!   individuals, a share ε has a second name.
//!
//! One wrong name makes a link between two individuals too. So a pair counts as one animal only by photos that are not
//! better explained so; and where photos of both show the other one, and not only one another, the names are one too many.

use std::collections::{BTreeMap, BTreeSet};

use crate::evaluate::HonestlyRanked;
use crate::{
    Asking, EvalError, EvaluateOptions, Gallery, Judgement, PairEvidence, Protocol, RankedQuery, Ranking,
    Scored, View,
};

/// Greatest likelihood ratio that one photo is trusted with: calibrations know little of their own far ends.
const MOST_RATIO: f64 = 1e6;

/// So many witnesses speak for two names being one: more are not heard, for look-alikes are alike in all their photos.
const WITNESSES: usize = 3;

/// What is likelier than not explains away what it would explain.
const LIKELY: f64 = 0.5;

/// How much is expected, and what is worth telling.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SuspectOptions {
    /// Expected share of names that are wrong, and of individuals that have a second name; above 0, below 1.
    pub share_wrong: f64,
    /// Least probability of what is told, 0 to 1.
    pub least: f64,
}

impl Default for SuspectOptions {
    /// One in a hundred; what is likelier than not.
    fn default() -> Self {
        Self { share_wrong: 0.01, least: 0.5 }
    }
}

/// A photo that shows somebody else.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WrongName {
    /// The row.
    pub row: u32,
    /// Whom it is named after.
    pub named: u32,
    /// Whom it shows, with the row that speaks for it.
    pub shows: Scored,
    /// The most similar other row of whom it is named after; none where there is none to compare with.
    pub own: Option<Scored>,
    /// Probability that it shows that one.
    pub probability: f64,
    /// Whether it may be the other way round: the photo that speaks for it shows whom this one is named after.
    pub or_the_other: bool,
}

/// Two individuals that are one animal.
#[derive(Debug, Clone, PartialEq)]
pub struct OneAnimal {
    /// The two, rising.
    pub individuals: [u32; 2],
    /// Pairs of their rows that speak for it, the most similar first: one of each, in the order of `individuals`.
    pub pairs: Vec<[u32; 2]>,
    /// Probability that they are one.
    pub probability: f64,
}

/// What the evidence contradicts, the likeliest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Suspects {
    /// Photos that show somebody else.
    pub wrong_names: Vec<WrongName>,
    /// Individuals that are one animal.
    pub one_animal: Vec<OneAnimal>,
    /// Photos that were looked at.
    pub looked_at: usize,
    /// Photos for which there is no calibration: nothing can be said of them.
    pub uncalibrated: usize,
    /// Why, for the first of them.
    pub uncalibrated_reason: Option<String>,
}

impl Suspects {
    /// How many of them are expected to be right as they are.
    pub fn expected_right(&self) -> f64 {
        let names = self.wrong_names.iter().map(|one| one.probability);
        names
            .chain(self.one_animal.iter().map(|one| one.probability))
            .map(|probability| 1.0 - probability)
            .sum()
    }
}

/// Looks for names that the evidence contradicts.
///
/// # Errors
/// As [`crate::evaluate()`].
pub fn suspects(
    gallery: &Gallery<'_>,
    evidence: &PairEvidence,
    protocol: &Protocol,
    options: &EvaluateOptions,
    suspect: SuspectOptions,
) -> Result<Suspects, EvalError> {
    let found = HonestlyRanked::of(gallery, evidence, protocol, options)?;
    let questions = Asking::Photo.group(&found.ranked);
    let new_rate = options.policy.new_rate;
    let judgements = found.cross_fit(View::Strict, options).judge(&questions, View::Strict, new_rate);
    let judged: Vec<(&RankedQuery, &Judgement)> = questions
        .iter()
        .zip(&judgements)
        .filter_map(|(question, judgement)| Some((question[0], judgement.as_ref().ok()?)))
        .collect();
    let looked = Looked::of(&judged, new_rate, suspect.share_wrong);
    let names: Vec<WrongName> =
        judged.iter().filter_map(|(query, judgement)| looked.wrong_name(query, judgement)).collect();
    let mut one_animal = looked.one_animal(&judged, &names);
    // What a second name explains is no wrong name.
    let likely = one_animal.iter().filter(|one| one.probability >= LIKELY);
    let explained: BTreeSet<[u32; 2]> = likely.map(|one| one.individuals).collect();
    let told = |one: &&WrongName| {
        one.probability >= suspect.least && !explained.contains(&pair(one.named, one.shows.individual))
    };
    let wrong_names = once_each(names.iter().filter(told).copied().collect());
    one_animal.retain(|one| one.probability >= suspect.least);
    Ok(Suspects {
        wrong_names,
        one_animal,
        looked_at: judged.len(),
        uncalibrated: judgements.len() - judged.len(),
        uncalibrated_reason: judgements.iter().find_map(|one| one.as_ref().err()).map(ToString::to_string),
    })
}

/// Of two photos that show each other's individual by one another, the likelier one; the likeliest first.
fn once_each(mut names: Vec<WrongName>) -> Vec<WrongName> {
    names.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.row.cmp(&b.row)));
    let mut told: BTreeMap<[u32; 2], usize> = BTreeMap::new();
    let mut kept: Vec<WrongName> = Vec::new();
    for one in names {
        match told.get(&pair(one.row, one.shows.best_row)) {
            Some(place) => kept[*place].or_the_other = true,
            None => {
                told.insert(pair(one.row, one.shows.best_row), kept.len());
                kept.push(one);
            }
        }
    }
    kept
}

struct Looked {
    new_rate: f64,
    share_wrong: f64,
    /// Photos that ask, by whom they are named after.
    photos_of: BTreeMap<u32, usize>,
}

/// What the photos of two individuals say of their being one.
#[derive(Default)]
struct Links {
    pairs: Vec<Link>,
}

/// The rows, one of each individual, the likelihood ratio and the similarity.
type Link = ([u32; 2], f64, f32);

impl Links {
    /// The ratio of the likelihoods that so many photos make together.
    fn ratio(&self, mut photos: usize) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "numbers of photos")]
        let mean = |links: &[Link], photos: usize| {
            links.iter().map(|(_, ratio, _)| ratio).sum::<f64>() / photos.max(1) as f64
        };
        let mut left = self.pairs.clone();
        let mut all = mean(&left, photos);
        for _ in 1..WITNESSES {
            let Some((rows, ..)) = left.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1)) else { break };
            photos = photos.saturating_sub(1);
            // Where everything hangs on one photo, nothing is left without it.
            let without = |side: usize| -> Vec<Link> {
                left.iter().copied().filter(|(others, ..)| others[side] != rows[side]).collect()
            };
            let (one, other) = (without(0), without(1));
            left = if mean(&one, photos) <= mean(&other, photos) { one } else { other };
            all *= mean(&left, photos).max(1.0);
        }
        all
    }
}

impl Looked {
    fn of(judged: &[(&RankedQuery, &Judgement)], new_rate: f64, share_wrong: f64) -> Self {
        let mut photos_of: BTreeMap<u32, usize> = BTreeMap::new();
        for (query, _) in judged {
            *photos_of.entry(query.individual).or_default() += 1;
        }
        Self { new_rate, share_wrong, photos_of }
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers of individuals")]
    fn wrong_name(&self, query: &RankedQuery, judgement: &Judgement) -> Option<WrongName> {
        let Ranking { best, posterior } = &judgement.as_asked;
        let all: Vec<(&Scored, f64)> = best.iter().zip(posterior.candidates.iter().copied()).collect();
        let (shows, of_other) = all.iter().find(|(one, _)| one.individual != query.individual)?;
        let own = query.own(View::Strict);
        let individuals = query.n_others() + usize::from(own.is_some());
        let of_own = own.map(|_| {
            let listed = all.iter().find(|(one, _)| one.individual == query.individual);
            // Beyond the listed ones all are alike.
            let beyond = individuals.saturating_sub(best.len()).max(1) as f64;
            listed.map_or(posterior.others / beyond, |(_, probability)| *probability)
        });
        let wrong = self.share_wrong;
        let right = (1.0 - wrong)
            * match of_own {
                Some(of_own) => of_own * individuals as f64 / (1.0 - self.new_rate),
                None => posterior.new / self.new_rate,
            };
        let somebody_else = wrong * (1.0 - of_own.unwrap_or(0.0));
        let all_odds = (right + somebody_else).max(f64::MIN_POSITIVE);
        Some(WrongName {
            row: query.row,
            named: query.individual,
            shows: **shows,
            own: own.map(|own| own.scored),
            probability: wrong * of_other / all_odds,
            or_the_other: false,
        })
    }

    fn one_animal(&self, judged: &[(&RankedQuery, &Judgement)], names: &[WrongName]) -> Vec<OneAnimal> {
        let strayed = Strayed::of(names, &self.photos_of);
        let mut links: BTreeMap<[u32; 2], Links> = BTreeMap::new();
        for (query, judgement) in judged {
            self.add_links(query, judgement, &strayed, &mut links);
        }
        #[expect(clippy::cast_precision_loss, reason = "a number of individuals")]
        let prior = 2.0 * self.share_wrong / self.photos_of.len().max(1) as f64;
        let photos = |individual: &u32| self.photos_of.get(individual).copied().unwrap_or(0);
        let told = |(individuals, mut links): ([u32; 2], Links)| {
            let odds = prior * links.ratio(individuals.iter().map(photos).sum());
            let by_names = strayed.both_ways(individuals).unwrap_or(0.0);
            links.pairs.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
            let mut seen = BTreeSet::new();
            links.pairs.retain(|(rows, ratio, _)| *ratio > 1.0 && seen.insert(*rows));
            OneAnimal {
                individuals,
                pairs: links.pairs.into_iter().map(|(rows, ..)| rows).collect(),
                probability: (odds / (1.0 + odds)).max(by_names),
            }
        };
        let mut found: Vec<OneAnimal> = links.into_iter().map(told).collect();
        found.retain(|one| !one.pairs.is_empty());
        found.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.individuals.cmp(&b.individuals)));
        found
    }

    /// What a photo says of whom else its individual could be.
    fn add_links(
        &self,
        query: &RankedQuery,
        judgement: &Judgement,
        strayed: &Strayed,
        links: &mut BTreeMap<[u32; 2], Links>,
    ) {
        let Some(Ranking { best, posterior }) = &judgement.as_newcomer else { return };
        let (from, new) = (query.individual, posterior.new.max(f64::MIN_POSITIVE) / self.new_rate);
        for (found, probability) in best.iter().zip(&posterior.candidates) {
            let to = found.individual;
            if strayed.explains(query.row, from, to) || strayed.explains(found.best_row, to, from) {
                continue;
            }
            #[expect(clippy::cast_precision_loss, reason = "a number of individuals")]
            let ratio = probability * query.n_others() as f64 / (1.0 - self.new_rate) / new;
            let rows = if from < to { [query.row, found.best_row] } else { [found.best_row, query.row] };
            let links = links.entry(pair(from, to)).or_default();
            links.pairs.push((rows, ratio.min(MOST_RATIO), found.similarity.0));
        }
    }
}

/// Photos that are likely to show somebody else, by whom they are named after and whom they show.
struct Strayed {
    rows: BTreeMap<(u32, u32), BTreeMap<u32, WrongName>>,
    /// Those whose names explain a link: where all photos of a name show the other one, or photos of both names show the other
    /// one and not only one another, it is the name that is one too many, not the photos.
    explaining: BTreeSet<(u32, u32)>,
}

impl Strayed {
    fn of(names: &[WrongName], photos_of: &BTreeMap<u32, usize>) -> Self {
        let mut rows: BTreeMap<(u32, u32), BTreeMap<u32, WrongName>> = BTreeMap::new();
        for one in names.iter().filter(|one| one.probability >= LIKELY) {
            rows.entry((one.named, one.shows.individual)).or_default().insert(one.row, *one);
        }
        let mut strayed = Self { rows, explaining: BTreeSet::new() };
        let explains = |(way, rows): (&(u32, u32), &BTreeMap<u32, WrongName>)| {
            let all = photos_of.get(&way.0).copied().unwrap_or(0);
            let both = strayed.both_ways(pair(way.0, way.1)).is_some();
            (rows.len() < all && !both).then_some(*way)
        };
        strayed.explaining = strayed.rows.iter().filter_map(explains).collect();
        strayed
    }

    fn explains(&self, row: u32, from: u32, to: u32) -> bool {
        let way = (from, to);
        self.explaining.contains(&way) && self.rows.get(&way).is_some_and(|rows| rows.contains_key(&row))
    }

    /// Where photos of both show the other one, by pairs of photos that are not all the same pair: the probability of the likeliest.
    fn both_ways(&self, [one, other]: [u32; 2]) -> Option<f64> {
        let (there, back) = (self.rows.get(&(one, other))?, self.rows.get(&(other, one))?);
        let all = || there.values().chain(back.values());
        let pairs: BTreeSet<[u32; 2]> = all().map(|name| pair(name.row, name.shows.best_row)).collect();
        (pairs.len() > 1).then(|| all().map(|name| name.probability).fold(0.0, f64::max))
    }
}

fn pair(one: u32, other: u32) -> [u32; 2] {
    [one.min(other), one.max(other)]
}
