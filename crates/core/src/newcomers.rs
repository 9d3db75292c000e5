//! Which of several newcomers are likely the same animal, and how many animals they are.
//!
//! # Clusters
//!
//! Each question (a photo, or the photos of one encounter together) is asked against the individuals of the catalog and
//! all other questions, each of these taken for an individual of its own, by the calibration that answered it. What that
//! says of two questions, from both sides, is the mean of both; its log-odds are the evidence of the pair. Average linkage
//! (R. Sokal, C. Michener, "A statistical method for evaluating systematic relationships", 1958) joins groups while the
//! mean evidence between them is at least [`LEAST_EVIDENCE`]. The groups are then individuals of several photos: all are
//! asked anew, until nothing joins any more.
//!
//! Why again and again: the calibration takes one of the individuals for the right one. Where five questions show one
//! animal, four others share what it says, and a quarter of it each looks like doubt. Once two are joined they have more of
//! it. Without the rounds a trained network's clusters of cattle agreed with the truth at an adjusted Rand index of .09,
//! with them at .36, with as many right pairs (a prototype of the same formulas in NumPy).
//!
//! Nothing is drawn: equal evidence goes to the smaller place, so the same questions give the same clusters. Questions
//! that may not be compared (two animals in one photo, two sides where only the same side answers) are never joined.
//!
//! # How sure
//!
//! A cluster says of each of its questions how likely it shows the animal of one of the others: the sum of what it says of
//! each of them, asked against all questions alone. It is as true as the calibration is for single photos, and looks at the
//! nearest of many: on right whales, with the embedder that the program carries and with one that was trained, more came true
//! than was stated; on Holstein cattle and nyalas, which that embedder hardly tells apart, far less (`docs/numbers.md`).
//!
//! # How many
//!
//! Take the questions one after the other: there are as many new animals as there are questions whose animal neither the
//! catalog nor an earlier question shows. Each of these is an event of a stated probability, so their number has a
//! Poisson binomial distribution. What share of them to expect beforehand nobody knows: sixteen shares, evenly between 0
//! and 1, each with another order, count alike. Where photos tell animals apart, the share matters little and the range is
//! narrow; where they do not, the range says so: it is nearly everything.

mod asked;
mod linkage;
mod number;
#[cfg(test)]
mod tests;

use crate::{Calibration, IndividualId, Pooling, Similarity};

use self::asked::{Groups, ask};
pub use self::number::NumberOfNewcomers;

/// Least mean evidence, in log-odds, that joins two groups: a probability of .12. Tuned on individuals of right whales,
/// Holstein cattle and nyalas for which nothing is reported: at -2.5 the adjusted Rand index is a tenth higher and many more
/// pairs are wrong, below that groups run together, in the end into one. What is stated there comes true more often, for
/// the reason given above.
pub const LEAST_EVIDENCE: f64 = -2.0;

/// Share of newcomers that pairs are judged with: nobody knows it.
const EVEN: f64 = 0.5;

/// Rounds of joining, at most.
const MOST_ROUNDS: usize = 12;

/// One question whose animal nobody knows yet: all photos that are answered together.
#[derive(Debug, Clone, PartialEq)]
pub struct NewcomerQuestion<'a> {
    /// The calibration that answers it.
    pub calibration: &'a Calibration,
    /// Its photos.
    pub photos: Vec<NewcomerPhoto>,
}

/// What one photo of a question was compared with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewcomerPhoto {
    /// The individuals of the catalog, with their pooled similarities.
    pub known: Vec<(IndividualId, Similarity)>,
    /// The other questions that it may be compared with, by place, each with its pooled similarity. Who is not here is
    /// never joined with it.
    pub others: Vec<(usize, Similarity)>,
}

/// Questions that likely show one new animal.
#[derive(Debug, Clone, PartialEq)]
pub struct NewcomerCluster {
    /// Their places, ascending.
    pub members: Vec<usize>,
    /// Of each, how likely it shows the animal of the others; empty for one alone.
    pub probabilities: Vec<f64>,
}

impl NewcomerCluster {
    /// How likely the cluster holds together: the mean over its members; none for one alone.
    pub fn holds(&self) -> Option<f64> {
        if self.probabilities.is_empty() {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "numbers of photos are small")]
        let members = self.probabilities.len() as f64;
        Some(self.probabilities.iter().sum::<f64>() / members)
    }

    /// How likely its least likely member belongs to it; none for one alone.
    pub fn weakest(&self) -> Option<f64> {
        self.probabilities.iter().copied().min_by(f64::total_cmp)
    }
}

/// The newcomers among some questions.
#[derive(Debug, Clone, PartialEq)]
pub struct Newcomers {
    /// Each question is in one of them; in the order of their first members.
    pub clusters: Vec<NewcomerCluster>,
    /// How many new animals the questions show.
    pub number: NumberOfNewcomers,
}

impl Newcomers {
    /// Puts together what is likely the same. Photos of a cluster speak for it by `pooling`.
    pub fn among(questions: &[NewcomerQuestion<'_>], pooling: Pooling) -> Self {
        let groups = joined(questions, pooling, LEAST_EVIDENCE);
        Self {
            clusters: clusters(questions, pooling, &groups),
            number: NumberOfNewcomers::of(questions, pooling),
        }
    }

    /// The groups alone, of each question its number, with another threshold than [`LEAST_EVIDENCE`]: to tune it.
    pub fn groups_at(
        questions: &[NewcomerQuestion<'_>],
        pooling: Pooling,
        least_evidence: f64,
    ) -> Vec<usize> {
        joined(questions, pooling, least_evidence).of
    }
}

fn joined(questions: &[NewcomerQuestion<'_>], pooling: Pooling, least: f64) -> Groups {
    let comparable = comparable(questions);
    let mut groups = Groups::each_alone(questions.len());
    for _ in 0..MOST_ROUNDS {
        let evidence = evidence(questions, pooling, &groups, &comparable);
        let joined = linkage::average(groups.count, evidence, least);
        if joined.iter().max().is_none_or(|last| last + 1 == groups.count) {
            break;
        }
        groups = groups.joined(&joined);
    }
    groups
}

/// Of all pairs of questions, whether each compares with the other: row by row.
fn comparable(questions: &[NewcomerQuestion<'_>]) -> Vec<bool> {
    let count = questions.len();
    let mut compares = vec![false; count * count];
    for (place, question) in questions.iter().enumerate() {
        for (other, _) in question.photos.iter().flat_map(|photo| &photo.others) {
            compares[place * count + other] = true;
        }
    }
    (0..count * count).map(|at| compares[at] && compares[at % count * count + at / count]).collect()
}

/// The log-odds of all pairs of groups, row by row; minus infinity for those that may not be joined.
fn evidence(
    questions: &[NewcomerQuestion<'_>],
    pooling: Pooling,
    groups: &Groups,
    comparable: &[bool],
) -> Vec<f64> {
    let count = groups.count;
    let mut sums = vec![(0.0, 0.0); count * count];
    for (place, question) in questions.iter().enumerate() {
        let own = groups.of[place];
        let says = ask(question, groups, pooling, EVEN, |other| groups.of[other] != own);
        for (to, said) in says.to.iter().enumerate() {
            if let Some(probability) = said {
                let sum = &mut sums[own * count + to];
                *sum = (sum.0 + log_odds(*probability), sum.1 + 1.0);
            }
        }
    }
    let mut apart = vec![false; count * count];
    for at in (0..comparable.len()).filter(|at| !comparable[*at]) {
        let (one, other) = (at / questions.len(), at % questions.len());
        apart[groups.of[one] * count + groups.of[other]] = one != other;
    }
    let says = |one: usize, other: usize| {
        let (sum, asked) = sums[one * count + other];
        (asked > 0.0 && !apart[one * count + other]).then(|| probability(sum / asked))
    };
    let of_pair = |at: usize| {
        let (one, other) = (at / count, at % count);
        match (says(one, other), says(other, one)) {
            (Some(there), Some(back)) => log_odds(f64::midpoint(there, back)),
            _ => f64::NEG_INFINITY,
        }
    };
    (0..count * count).map(of_pair).collect()
}

fn clusters(questions: &[NewcomerQuestion<'_>], pooling: Pooling, groups: &Groups) -> Vec<NewcomerCluster> {
    let mut clusters = vec![NewcomerCluster { members: Vec::new(), probabilities: Vec::new() }; groups.count];
    for (place, group) in groups.of.iter().enumerate() {
        clusters[*group].members.push(place);
    }
    let alone = Groups::each_alone(questions.len());
    for cluster in clusters.iter_mut().filter(|one| one.members.len() > 1) {
        let belongs = |place: &usize| {
            let says = ask(&questions[*place], &alone, pooling, EVEN, |_| true);
            let others = cluster.members.iter().filter(|other| *other != place);
            others.filter_map(|other| says.to[*other]).sum::<f64>().min(1.0)
        };
        cluster.probabilities = cluster.members.iter().map(belongs).collect();
    }
    clusters
}

/// The odds of certainty are cut: one pair must not outweigh all others.
fn log_odds(probability: f64) -> f64 {
    let probability = probability.clamp(1e-5, 1.0 - 1e-5);
    (probability / (1.0 - probability)).ln()
}

fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}
