//! What would have been decided, at the user's prices, and what that would have cost.

use resight_core::{Decision, Policy};

use super::judged::{Judged, Outcome};

/// The outcomes of all questions, as functions of how often each individual counts.
pub(crate) struct Decisions {
    outcomes: Vec<Outcome>,
    policy: Policy,
}

/// What may have become of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Became {
    /// The right individual was named.
    RightMatch,
    /// A wrong individual was named.
    FalseMatch,
    /// It was called new.
    New,
    /// A person was asked.
    Asked,
}

impl Outcome {
    fn became(&self) -> Became {
        match self.decision {
            Decision::Match(_) if self.right => Became::RightMatch,
            Decision::Match(_) => Became::FalseMatch,
            Decision::New => Became::New,
            _ => Became::Asked,
        }
    }

    /// What it costs in the end.
    fn price(&self, policy: &Policy) -> f64 {
        match (self.became(), self.right) {
            (Became::FalseMatch, _) => policy.price_false_match,
            (Became::New, false) => policy.price_false_new,
            (Became::Asked, _) => policy.price_ask,
            _ => 0.0,
        }
    }
}

impl Decisions {
    pub(crate) fn of(judged: &[Judged<'_>], policy: &Policy) -> Self {
        Self { outcomes: judged.iter().flat_map(|one| one.outcomes(policy)).collect(), policy: *policy }
    }

    /// Share of the known (or the new) animals of which this became.
    pub(crate) fn share(&self, of_newcomer: bool, became: Became, times: &[f64]) -> Option<f64> {
        self.mean(of_newcomer, times, |outcome| f64::from(u8::from(outcome.became() == became)))
    }

    /// Of 100 photos, so many are given to a wrong individual, newcomers making up the expected share.
    pub(crate) fn false_matches(&self, times: &[f64]) -> Option<f64> {
        self.of_hundred(times, |outcome| f64::from(u8::from(outcome.became() == Became::FalseMatch)))
    }

    /// Of 100 photos, so many would be by what the matches themselves state.
    pub(crate) fn stated_false_matches(&self, times: &[f64]) -> Option<f64> {
        self.of_hundred(times, |outcome| match outcome.decision {
            Decision::Match(_) => outcome.stated_wrong,
            _ => 0.0,
        })
    }

    /// What 100 photos cost.
    pub(crate) fn price(&self, times: &[f64]) -> Option<f64> {
        self.of_hundred(times, |outcome| outcome.price(&self.policy))
    }

    fn of_hundred(&self, times: &[f64], value: impl Fn(&Outcome) -> f64) -> Option<f64> {
        let known = self.mean(false, times, &value)?;
        let new = self.mean(true, times, &value)?;
        Some(100.0 * ((1.0 - self.policy.new_rate) * known + self.policy.new_rate * new))
    }

    fn mean(&self, of_newcomer: bool, times: &[f64], value: impl Fn(&Outcome) -> f64) -> Option<f64> {
        let of_kind = || self.outcomes.iter().filter(|outcome| outcome.of_newcomer == of_newcomer);
        let all: f64 = of_kind().map(|outcome| times[outcome.place]).sum();
        let sum: f64 = of_kind().map(|outcome| times[outcome.place] * value(outcome)).sum();
        (all > 0.0).then(|| sum / all)
    }
}

#[cfg(test)]
mod tests {
    use resight_core::IndividualId;

    use super::*;

    fn outcome(of_newcomer: bool, decision: Decision, right: bool) -> Outcome {
        Outcome { place: 0, of_newcomer, decision, right, stated_wrong: 0.25 }
    }

    #[test]
    fn prices_and_rates_follow_the_expected_share_of_newcomers() {
        let named = || Decision::Match(IndividualId(1));
        let asked = || Decision::Ask(resight_core::AskReason::Uncertain);
        let outcomes = vec![
            outcome(false, named(), true),
            outcome(false, named(), false),
            outcome(false, asked(), false),
            outcome(false, Decision::New, false),
            outcome(true, Decision::New, true),
            outcome(true, named(), false),
        ];
        let policy = Policy { new_rate: 0.2, price_false_match: 3.0, price_false_new: 2.0, price_ask: 0.5 };
        let decisions = Decisions { outcomes, policy };
        let once = [1.0];
        assert_eq!(decisions.share(false, Became::RightMatch, &once), Some(0.25));
        assert_eq!(decisions.share(true, Became::FalseMatch, &once), Some(0.5));
        assert!((decisions.false_matches(&once).unwrap() - 30.0).abs() < 1e-9);
        assert!(
            (decisions.stated_false_matches(&once).unwrap() - 100.0 * (0.8 * 0.125 + 0.2 * 0.125)).abs()
                < 1e-9
        );
        let known = (0.0 + 3.0 + 0.5 + 2.0) / 4.0;
        assert!((decisions.price(&once).unwrap() - 100.0 * (0.8 * known + 0.2 * 1.5)).abs() < 1e-9);
        assert_eq!(Decisions { outcomes: Vec::new(), policy }.price(&once), None);
    }
}
