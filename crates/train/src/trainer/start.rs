//! What is known before the first step.

use std::collections::BTreeSet;

use super::plan::SampleLabels;
use super::{Stage, TrainError, Trainer};
use crate::data::division::Question;
use crate::learner::inputs::Item;
use crate::parameters::Parameters;
use crate::sampler::expected_positives;
use crate::validation::{Questions, chance, ranked, same, score};
use crate::view::View;
use resight_runs::run::log::{Record, Score, Start};

/// Photos that are looked at together.
const CHUNK: usize = 128;

impl Trainer<'_> {
    /// What can be told without computing anything.
    pub(super) fn facts(&self) -> Result<Start, TrainError> {
        let recipe = self.recipe;
        let labels = SampleLabels::of(self.data, self.classes);
        let batch = recipe.schedule.batch as usize;
        let steps = recipe.sampler.epoch(&labels.as_sampler_labels(), None, batch, 0, recipe.seed).len();
        let questions = self.questions();
        let individuals: BTreeSet<u32> =
            questions.queries.iter().map(|place| self.data.annotations[*place as usize].individual).collect();
        Ok(Start {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            recipe: recipe.name.clone(),
            seed: recipe.seed,
            depth: recipe.depth.name().to_owned(),
            trunk: self.trunk.clone(),
            loss: recipe.loss.kind().to_owned(),
            loss_has_centers: recipe.loss.has_centers(),
            sampler: recipe.sampler.kind().to_owned(),
            miner: format!(
                "{}{}",
                recipe.miner.as_ref().map_or("none", |miner| miner.kind()),
                if recipe.memory.size > 0 { " with memory" } else { "" }
            ),
            distance: format!("{:?}", self.learner.distance).to_lowercase(),
            scale: recipe.loss.scale(),
            margin: recipe.loss.margins(&self.classes.sizes),
            levels: self.learner.loss.levels(),
            n_photos: self.classes.samples.len(),
            n_classes: self.classes.len(),
            class_sizes: self.classes.size_counts(),
            batch,
            expected_positives: expected_positives(&recipe.sampler, &self.classes.sizes, batch),
            steps_per_epoch: steps.max(1),
            epochs: recipe.schedule.epochs as usize,
            dimension: self.learner.neck.dimension(),
            rates: self.rates(1.0),
            flip: recipe.views.flip.as_str().to_owned(),
            validation_queries: questions.queries.len(),
            validation_individuals: individuals.len(),
            // Several animals may have been met in one place: an encounter is of one animal.
            shared_encounters: self.shared(|one| Some((one.individual, one.encounter?))),
            shared_duplicates: self.shared(|one| one.duplicate_group),
            shared_individuals: self.shared(|one| Some(one.individual)),
            promised_new: self.data.question == Question::New,
            best_so_far: self.best_so_far,
            ..Start::default()
        })
    }

    /// How many labels of a kind stand on both sides of training and validation.
    fn shared<K: Ord>(&self, label: impl Fn(&crate::data::Annotation) -> Option<K>) -> usize {
        let of = |places: &[u32]| -> BTreeSet<K> {
            places.iter().filter_map(|place| label(&self.data.annotations[*place as usize])).collect()
        };
        of(&self.data.train).intersection(&of(&self.data.validation)).count()
    }

    /// The reference lines, the first line of the log, and the figures before the first step.
    pub(super) fn begin(&mut self) -> Result<(), TrainError> {
        self.watch.begin(Stage::uncounted("looking at the untrained trunk"));
        let questions = self.questions();
        let parameters = self.learner.parameters.clone();
        let (untrained, by_chance) = self.untrained(&parameters, &questions, View::PLAIN)?;
        (self.start.untrained, self.start.chance) = (untrained, by_chance);
        if self.recipe.validation.background && self.has_photos {
            self.start.untrained_background =
                Some(self.untrained(&parameters, &questions, View::Background)?.0);
        }
        self.watch.start(&self.start);
        self.record(Record::Start(Box::new(self.start.clone())))?;
        let before = self.measure(0)?;
        self.record_epoch(before)?;
        self.state.epoch = 1;
        self.checkpoint()
    }

    /// How the trunk answers without a neck, and how blind guessing would.
    fn untrained(
        &self,
        parameters: &Parameters,
        questions: &Questions,
        view: View,
    ) -> Result<(Score, Score), TrainError> {
        let asked: BTreeSet<u32> = questions.queries.iter().chain(&questions.gallery).copied().collect();
        let asked: Vec<u32> = asked.into_iter().collect();
        let item = |annotation: &u32| Item { annotation: *annotation, view };
        let plan = asked.chunks(CHUNK).map(|chunk| chunk.iter().map(item).collect()).collect();
        let mut values = Vec::new();
        for batch in self.inputs.batches(plan) {
            values.extend(self.learner.pooled(parameters, batch?));
        }
        let labelled = self.data.labelled();
        let rows: Vec<_> = asked.iter().map(|place| labelled[*place as usize]).collect();
        let place = |annotation: &u32| asked.binary_search(annotation).ok().map(|place| place as u32);
        let questions = Questions {
            queries: questions.queries.iter().filter_map(place).collect(),
            gallery: questions.gallery.iter().filter_map(place).collect(),
        };
        let dimension = values.len() / asked.len().max(1);
        let ranked = ranked(&rows, &values, dimension, &questions, same(&self.recipe.validation))?;
        if ranked.iter().all(|query| query.own(resight_eval::View::Strict).is_none()) {
            return Err(TrainError::TooLittle(
                "no validation photo has a right answer left: those of its individual are of the same encounter or of \
                 another viewpoint; try validation.same-viewpoint = false, or another split"
                    .to_owned(),
            ));
        }
        Ok((score(&ranked), chance(&ranked)))
    }
}
