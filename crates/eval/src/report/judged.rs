//! One query with its answers, in one view.

use resight_core::{Posterior, RankedSimilarities};

use crate::openset::Stated;
use crate::{Judgement, RankedQuery, Scored, SlotReason, View};

/// A query, the view, and how it was judged.
pub(crate) struct Judged<'a> {
    pub(crate) query: &'a RankedQuery,
    pub(crate) view: View,
    pub(crate) judgement: Option<&'a Judgement>,
    /// Place of its individual among all of the evaluation, for the bootstrap.
    pub(crate) place: usize,
}

/// A likely answer: an individual, or nobody in the catalog.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Guess {
    Individual(Scored),
    New,
}

impl<'a> Judged<'a> {
    pub(crate) fn new(
        query: &'a RankedQuery,
        view: View,
        judgement: &'a Result<Judgement, SlotReason>,
        place: usize,
    ) -> Self {
        Self { query, view, judgement: judgement.as_ref().ok(), place }
    }

    pub(crate) fn answerable(&self) -> bool {
        self.query.own(self.view).is_some()
    }

    /// Rank of the right individual; none where there is none.
    pub(crate) fn rank(&self) -> Option<u32> {
        self.query.own(self.view).map(|own| own.rank)
    }

    /// The answers, likeliest first, "new" among them where a calibration says where.
    pub(crate) fn guesses(&self) -> Vec<Guess> {
        let best = self.query.best(self.view, RankedSimilarities::LISTED);
        guesses(&best, self.judgement.map(|judgement| &judgement.as_asked))
    }

    pub(crate) fn is_right(&self, guess: &Guess) -> bool {
        match guess {
            Guess::Individual(scored) => scored.individual == self.query.individual,
            Guess::New => !self.answerable(),
        }
    }

    /// Rank of the right answer among the guesses, "new" being right where no individual is.
    pub(crate) fn rank_with_new(&self) -> Option<u32> {
        let place = self.guesses().iter().position(|guess| self.is_right(guess))?;
        u32::try_from(place + 1).ok()
    }

    /// The first answer: (its probability, is it right).
    pub(crate) fn first_answer(&self) -> Option<(f64, bool)> {
        let posterior = &self.judgement?.as_asked;
        Some((first_probability(posterior), self.is_right(self.guesses().first()?)))
    }

    /// The first answer if it were a newcomer.
    pub(crate) fn first_answer_as_newcomer(&self) -> Option<(f64, bool)> {
        let posterior = &self.judgement?.as_newcomer;
        let best = self.query.others.get(..1).unwrap_or_default();
        Some((first_probability(posterior), guesses(best, Some(posterior)).first() == Some(&Guess::New)))
    }

    /// Best similarity of the others, and of all.
    pub(crate) fn best_similarities(&self) -> (Option<f64>, Option<f64>) {
        let of = |scored: Option<&Scored>| scored.map(|scored| f64::from(scored.similarity.0));
        (of(self.query.others.first()), of(self.query.best(self.view, 1).first()))
    }
}

fn first_probability(posterior: &Posterior) -> f64 {
    posterior.candidates.first().copied().unwrap_or(0.0).max(posterior.new)
}

/// "New" stands where it is likelier than all that follow.
fn guesses(best: &[Scored], posterior: Option<&Posterior>) -> Vec<Guess> {
    let mut guesses: Vec<Guess> = best.iter().map(|scored| Guess::Individual(*scored)).collect();
    if let Some(posterior) = posterior {
        let likelier =
            posterior.candidates.iter().take_while(|candidate| **candidate >= posterior.new).count();
        guesses.insert(likelier.min(guesses.len()), Guess::New);
    }
    guesses
}

/// The statements of one query with the kind of query they come from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Statement {
    pub(crate) place: usize,
    pub(crate) of_newcomer: bool,
    pub(crate) probability: f64,
    pub(crate) true_then: bool,
}

/// What is said of the first answer (or, with `of_new`, of "new"): of each answerable query, and of each query as
/// a newcomer.
pub(crate) fn statements(judged: &[Judged<'_>], of_new: bool) -> Vec<Statement> {
    let mut statements = Vec::new();
    for one in judged {
        let Some(judgement) = one.judgement else { continue };
        let statement = |of_newcomer, probability, true_then| Statement {
            place: one.place,
            of_newcomer,
            probability,
            true_then,
        };
        if one.answerable() {
            let first = if of_new { Some((judgement.as_asked.new, false)) } else { one.first_answer() };
            statements.extend(first.map(|(probability, right)| statement(false, probability, right)));
        }
        let first =
            if of_new { Some((judgement.as_newcomer.new, true)) } else { one.first_answer_as_newcomer() };
        statements.extend(first.map(|(probability, right)| statement(true, probability, right)));
    }
    statements
}

/// Weighs the statements so that newcomers make up `new_rate` of them, `times` saying how often each individual
/// counts. Where one kind is missing, the other makes up all.
pub(crate) fn weighed<'a>(
    statements: &'a [Statement],
    new_rate: f64,
    times: &'a [f64],
) -> impl Iterator<Item = Stated> + 'a {
    let all = |of_newcomer: bool| -> f64 {
        statements.iter().filter(|s| s.of_newcomer == of_newcomer).map(|s| times[s.place]).sum()
    };
    let (known, new) = (all(false), all(true));
    statements.iter().map(move |statement| {
        let share = if statement.of_newcomer { new_rate / new } else { (1.0 - new_rate) / known };
        Stated {
            probability: statement.probability,
            true_then: statement.true_then,
            weight: times[statement.place] * share,
        }
    })
}
