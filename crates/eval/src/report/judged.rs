//! One question with its answers, in one view.

use resight_core::{Decision, IndividualId, Policy, Posterior, decide};

use crate::openset::Stated;
use crate::{Judgement, RankedQuery, Ranking, Scored, SlotReason, View};

/// A question (one photo, or those of an encounter together), the view, and how it was judged.
pub(crate) struct Judged<'a> {
    /// Its photos; at least one.
    pub(crate) photos: &'a [&'a RankedQuery],
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
        photos: &'a [&'a RankedQuery],
        view: View,
        judgement: &'a Result<Judgement, SlotReason>,
        place: usize,
    ) -> Self {
        Self { photos, view, judgement: judgement.as_ref().ok(), place }
    }

    /// The first of its photos.
    pub(crate) fn first_photo(&self) -> &RankedQuery {
        self.photos[0]
    }

    pub(crate) fn individual(&self) -> u32 {
        self.first_photo().individual
    }

    pub(crate) fn answerable(&self) -> bool {
        self.photos.iter().any(|photo| photo.own(self.view).is_some())
    }

    /// How many individuals could be answered.
    pub(crate) fn n_candidates(&self) -> usize {
        self.first_photo().n_others() + usize::from(self.answerable())
    }

    /// Rank of the right individual; none where there is none. Beyond the listed ones, that of the photo that finds it best.
    pub(crate) fn rank(&self) -> Option<u32> {
        let best_photo =
            self.photos.iter().filter_map(|photo| photo.own(self.view)).map(|own| own.rank).min()?;
        let Some(judgement) = self.judgement.filter(|_| self.photos.len() > 1) else {
            return Some(best_photo);
        };
        let place = judgement.as_asked.best.iter().position(|one| one.individual == self.individual());
        place.map_or(Some(best_photo), |place| u32::try_from(place + 1).ok())
    }

    /// Mean over its photos of how near to the top the photos of the right individual stand.
    pub(crate) fn average_precision(&self) -> f64 {
        let found: Vec<f64> = self
            .photos
            .iter()
            .filter_map(|photo| photo.own(self.view))
            .map(|own| own.average_precision)
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "an encounter has few photos")]
        let n_photos = found.len().max(1) as f64;
        found.iter().sum::<f64>() / n_photos
    }

    /// The most similar photo of the right individual.
    pub(crate) fn own(&self) -> Option<Scored> {
        let all = self.photos.iter().filter_map(|photo| photo.own(self.view)).map(|own| own.scored);
        all.min_by(|a, b| a.similarity.closest_first(&b.similarity))
    }

    /// The answers, likeliest first, "new" among them where a calibration says where.
    pub(crate) fn guesses(&self) -> Vec<Guess> {
        match self.judgement {
            Some(judgement) => guesses(&judgement.as_asked),
            None => self.uncalibrated().into_iter().map(Guess::Individual).collect(),
        }
    }

    fn uncalibrated(&self) -> Vec<Scored> {
        self.first_photo().best(self.view, resight_core::RankedSimilarities::LISTED)
    }

    pub(crate) fn is_right(&self, guess: &Guess) -> bool {
        match guess {
            Guess::Individual(scored) => scored.individual == self.individual(),
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
        let ranking = &self.judgement?.as_asked;
        Some((first_probability(&ranking.posterior), self.is_right(self.guesses().first()?)))
    }

    /// The first answer if it were a newcomer.
    pub(crate) fn first_answer_as_newcomer(&self) -> Option<(f64, bool)> {
        let ranking = self.judgement?.as_newcomer.as_ref()?;
        Some((first_probability(&ranking.posterior), guesses(ranking).first() == Some(&Guess::New)))
    }

    /// Best similarity of the others, and of all.
    pub(crate) fn best_similarities(&self) -> (Option<f64>, Option<f64>) {
        let greatest = |of: &dyn Fn(&RankedQuery) -> Option<Scored>| {
            let found =
                self.photos.iter().filter_map(|photo| of(photo)).map(|one| f64::from(one.similarity.0));
            found.max_by(f64::total_cmp)
        };
        let others = greatest(&|photo| photo.others.first().copied());
        (others, greatest(&|photo| photo.best(self.view, 1).first().copied()))
    }

    /// What is decided at these prices, by the code that decides in the field: as asked where the animal is
    /// known, and as a newcomer.
    pub(crate) fn outcomes(&self, policy: &Policy) -> Vec<Outcome> {
        let Some(judgement) = self.judgement else { return Vec::new() };
        let of = |ranking: &Ranking, of_newcomer: bool| {
            let best = ranking.best.first().map(|one| IndividualId(i64::from(one.individual)));
            let decision = decide(best, &ranking.posterior, policy);
            let right = match &decision {
                Decision::Match(who) => !of_newcomer && *who == IndividualId(i64::from(self.individual())),
                Decision::New => of_newcomer,
                _ => false,
            };
            let stated_wrong = match &decision {
                Decision::Match(_) => 1.0 - ranking.posterior.candidates.first().copied().unwrap_or(0.0),
                Decision::New => 1.0 - ranking.posterior.new,
                _ => 0.0,
            };
            Outcome { place: self.place, of_newcomer, decision, right, stated_wrong }
        };
        let as_asked = self.answerable().then(|| of(&judgement.as_asked, false));
        let as_newcomer = judgement.as_newcomer.as_ref().map(|ranking| of(ranking, true));
        as_asked.into_iter().chain(as_newcomer).collect()
    }
}

/// What was decided of one question.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) place: usize,
    pub(crate) of_newcomer: bool,
    pub(crate) decision: Decision,
    pub(crate) right: bool,
    /// Probability, as stated, that the decision is wrong; 0 where a person is asked.
    pub(crate) stated_wrong: f64,
}

fn first_probability(posterior: &Posterior) -> f64 {
    posterior.candidates.first().copied().unwrap_or(0.0).max(posterior.new)
}

/// "New" stands where it is likelier than all that follow.
fn guesses(ranking: &Ranking) -> Vec<Guess> {
    let mut guesses: Vec<Guess> = ranking.best.iter().map(|scored| Guess::Individual(*scored)).collect();
    let new = ranking.posterior.new;
    let likelier = ranking.posterior.candidates.iter().take_while(|candidate| **candidate >= new).count();
    guesses.insert(likelier.min(guesses.len()), Guess::New);
    guesses
}

/// The statements of one question with the kind of question they come from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Statement {
    pub(crate) place: usize,
    pub(crate) of_newcomer: bool,
    pub(crate) probability: f64,
    pub(crate) true_then: bool,
}

/// What is said of the first answer (or, with `of_new`, of "new"): of each answerable question, and of each question as
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
            let first =
                if of_new { Some((judgement.as_asked.posterior.new, false)) } else { one.first_answer() };
            statements.extend(first.map(|(probability, right)| statement(false, probability, right)));
        }
        let first = match &judgement.as_newcomer {
            Some(ranking) if of_new => Some((ranking.posterior.new, true)),
            _ => one.first_answer_as_newcomer(),
        };
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
