//! What the bundle says about itself.

use crate::data::TrainingData;
use crate::recipe::Recipe;
use resight_runs::run::log::{End, Start};

/// The part of a bundle's manifest that training knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Card {
    /// Species that it was made for.
    pub labels: Vec<String>,
    /// What a user should know.
    pub text: String,
}

/// Writes the card of a run.
pub fn card(recipe: &Recipe, data: &TrainingData, start: &Start, end: &End) -> Card {
    let question = match data.question {
        crate::data::division::Question::Known => "new photos of individuals that were learnt",
        crate::data::division::Question::New => "individuals that were never learnt",
    };
    let kept_back: std::collections::BTreeSet<u32> =
        data.newcomers.iter().map(|one| one.individual).collect();
    let newcomers = match kept_back.len() {
        0 => String::new(),
        n => format!(" {n} individuals were kept back as newcomers and not learnt."),
    };
    let text = format!(
        "Learnt at {depth} depth with {loss} from {photos} photos of {classes} classes (recipe `{recipe}`, seed {seed}).{newcomers} \
         Validation on {question}, own encounter and duplicates hidden: MAP@5 {map5:.3}, top-1 {top1:.3} with {queries} \
         queries; the trunk as it came: {old_map5:.3} and {old_top1:.3}. Chosen as the best of the run on that \
         validation, so expect a little less. Measure it on your own photos before you rely on it.",
        depth = start.depth,
        loss = start.loss,
        photos = start.n_photos,
        classes = start.n_classes,
        recipe = recipe.name,
        seed = recipe.seed,
        map5 = end.validation.map5,
        top1 = end.validation.top1,
        queries = start.validation_queries,
        old_map5 = start.untrained.map5,
        old_top1 = start.untrained.top1,
    );
    Card { labels: data.species.clone(), text }
}
