//! The best recipe as a file that says where it comes from.

use std::fmt::Write as _;

use super::{Space, Trial, TuneError, TuneReport};
use resight_runs::run::log::Score;
use resight_train::recipe::Recipe;
use resight_train::trainer::TrainError;

/// The text of the best recipe: the given one with the best values, and above it, what was searched and seen.
pub(super) fn recipe(
    given: &Recipe,
    best: &Trial,
    report: &TuneReport,
    space: &Space,
) -> Result<String, TuneError> {
    let found = space.recipe(&best.values)?;
    let mut recipe = given.clone();
    (recipe.loss, recipe.optimizer) = (found.loss, found.optimizer);
    recipe.name = format!("{}-tuned", given.name);
    let body = recipe.to_toml().map_err(TrainError::from)?;
    let mut text = String::new();
    let trained = report.trials.iter().filter(|trial| !trial.trainings.is_empty()).count();
    let _ = writeln!(
        text,
        "# Found by a search of resight {}, beginning with the recipe `{}`.",
        env!("CARGO_PKG_VERSION"),
        given.name
    );
    let _ = writeln!(
        text,
        "#\n# Searched, log-uniformly, with seed {} (trial {} of {trained} was the best):",
        given.seed, best.number
    );
    for range in &report.ranges {
        let value = best.values.get(&range.key).copied().unwrap_or(range.given);
        let _ = writeln!(
            text,
            "#   {} from {} to {}: {} -> {value}",
            range.key, range.low, range.high, range.given
        );
    }
    let _ = writeln!(
        text,
        "#\n# By the validation alone{}:",
        if report.stopped.is_some() { ", in a search that was not over" } else { "" }
    );
    let as_given = report.trials.iter().find(|trial| trial.number == 0);
    if best.number == 0 {
        let _ = writeln!(
            text,
            "#   nothing was better than the recipe as it was given, {}",
            shown(best.standing())
        );
    } else {
        let _ = writeln!(text, "#   this recipe: {}", shown(best.standing()));
        let _ = writeln!(text, "#   as it was given: {}", shown(as_given.and_then(Trial::standing)));
    }
    let _ = writeln!(
        text,
        "# The best of several flatters itself. The test photos were not asked: a training asks them, once.\n"
    );
    text.push_str(&body);
    Ok(text)
}

fn shown(standing: Option<(u32, Score)>) -> String {
    match standing {
        Some((epochs, score)) => {
            format!("MAP@5 {:.4}, top-1 {:.4} after {epochs} epochs", score.map5, score.top1)
        }
        None => "it diverged, or was not trained".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::tune::Training;
    use resight_runs::run::log::EndReason;

    fn trained(number: u32, space: &Space, map5: f64) -> Trial {
        let validation = Score { map5, top1: 0.25 };
        let training = Training { epochs: 40, validation, seconds: 2.0, reason: EndReason::Done };
        Trial { number, values: space.values(number), trainings: vec![training] }
    }

    #[test]
    fn the_file_is_a_recipe_with_the_best_values_and_says_what_it_rests_on() {
        let given = Recipe { name: "head".to_owned(), ..Recipe::default() };
        let space = Space::of(&given).unwrap();
        let trials = vec![trained(3, &space, 0.75), trained(0, &space, 0.5)];
        let best = trials[0].clone();
        let ranges = space.ranges().to_vec();
        let encounters = Default::default();
        let report = TuneReport { ranges, trials, best: Some(3), encounters, recipe: None, stopped: None };
        let text = recipe(&given, &best, &report, &space).unwrap();
        let read = Recipe::parse(&text, Path::new("best.toml")).unwrap();
        assert_eq!((read.name.as_str(), read.schedule.epochs), ("head-tuned", 40));
        assert_eq!(read.loss.scale(), best.values.get("loss.scale").copied());
        assert_eq!(read.validation, given.validation);
        for word in
            ["MAP@5 0.7500", "as it was given: MAP@5 0.5000", "loss.scale from", "test photos were not asked"]
        {
            assert!(text.contains(word), "{word}: {text}");
        }
    }
}
