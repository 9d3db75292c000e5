//! What is measured after an epoch.

use std::collections::{BTreeMap, BTreeSet};

use super::{TrainError, Trainer};
use crate::learner::inputs::Item;
use crate::panel::{self, Embedded, Panel};
use crate::parameters::Parameters;
use crate::validation::{Questions, ranked, same, score};
use crate::view::{FlipPolicy, View};
use resight_runs::run::log::{Epoch, Record, Score, Suspect};

/// Photos that are embedded at a time.
const CHUNK: usize = 128;

/// Training photos whose neighbors and head are looked at.
const TRAINING_SAMPLE: usize = 500;

/// Embeddings of some annotations.
#[derive(Debug, Clone, Default)]
pub(super) struct AnnotationRows {
    /// Place of each annotation among the rows.
    places: BTreeMap<u32, usize>,
    /// Rows of numbers.
    pub(super) values: Vec<f32>,
    dimension: usize,
    /// Of each row the similarities to all classes, where they were asked for and there are any.
    similarities: Option<Vec<f32>>,
}

impl Trainer<'_> {
    /// Who asks and who answers in the validation.
    pub(super) fn questions(&self) -> Questions {
        let most = self.recipe.validation.most_queries as usize;
        let individuals: Vec<u32> =
            self.data.validation.iter().map(|place| self.individual(*place)).collect();
        let queries: Vec<u32> = match self.data.validation.len() > most {
            true => panel::sample(&individuals, most, self.recipe.seed)
                .into_iter()
                .map(|row| self.data.validation[row as usize])
                .collect(),
            false => self.data.validation.clone(),
        };
        Questions { queries, gallery: self.data.validation_gallery() }
    }

    fn individual(&self, place: u32) -> u32 {
        self.data.annotations[place as usize].individual
    }

    /// Everything that the log says of an epoch.
    pub(super) fn measure(&mut self, epoch: u32) -> Result<Epoch, TrainError> {
        let _span = tracing::info_span!("validate", epoch).entered();
        let parameters = self.optimizer.settled(&self.learner.parameters);
        let questions = self.questions();
        let sample = self.training_sample();
        let asked: BTreeSet<u32> = questions.queries.iter().chain(&questions.gallery).copied().collect();
        let rows =
            self.embedded(&parameters, &asked.iter().copied().collect::<Vec<u32>>(), View::PLAIN, false)?;
        let training = self.embedded(&parameters, &sample, View::PLAIN, true)?;
        let validation = self.scored(&rows, &questions)?;
        let panel = self.panel_of(&rows, &asked);
        let training_panel = self.panel_of(&training, &sample.iter().copied().collect());
        let (head_accuracy, own_cosines) = self.head(&training, &sample);
        let mut health = panel.health();
        if self.learner.loss.similarities_are_cosines() {
            health.center_angle = panel::center_angle(&own_cosines);
        }
        let asked: Vec<u32> = asked.into_iter().collect();
        let total = self.start.steps_per_epoch.max(1) as f64;
        let wants_last_look = epoch == 0 || epoch == self.recipe.schedule.epochs;
        Ok(Epoch {
            epoch,
            seconds: self.seconds(),
            loss: (epoch > 0).then(|| self.state.loss_sum / total).filter(|loss| loss.is_finite()),
            validation,
            training: training_panel.neighbor_score().unwrap_or_default(),
            head_accuracy,
            background: if wants_last_look { self.background(&parameters, &questions)? } else { None },
            mirrored_confusion: if wants_last_look {
                self.mirrored(&parameters, &questions, &rows)?
            } else {
                None
            },
            suspects: if epoch > 0 {
                self.suspects(&[(&panel, &asked), (&training_panel, &sample)])
            } else {
                Vec::new()
            },
            map: panel.map(&self.last_map()),
            health,
            best: false,
        })
    }

    /// Photos whose label is in doubt, of the validation and of the training sample; each once.
    fn suspects(&self, panels: &[(&Panel, &Vec<u32>)]) -> Vec<Suspect> {
        let mut found: Vec<Suspect> = Vec::new();
        for (panel, annotations) in panels {
            let name = |individual: u32| self.data.individuals[individual as usize].clone();
            let image_id =
                |row: u32| self.data.annotations[annotations[row as usize] as usize].image_id.clone();
            for suspect in panel.suspects(image_id, name) {
                if found.iter().all(|known| known.image_id != suspect.image_id) {
                    found.push(suspect);
                }
            }
        }
        found
    }

    fn last_map(&self) -> Vec<resight_runs::run::log::Spot> {
        let maps = self.records.iter().rev().find_map(|record| match record {
            Record::Epoch(epoch) => Some(epoch.map.clone()),
            _ => None,
        });
        maps.unwrap_or_default()
    }

    /// Embeds annotations in one view.
    pub(super) fn embedded(
        &self,
        parameters: &Parameters,
        annotations: &[u32],
        view: View,
        classify: bool,
    ) -> Result<AnnotationRows, TrainError> {
        let items: Vec<Vec<Item>> = annotations
            .chunks(CHUNK)
            .map(|chunk| chunk.iter().map(|annotation| Item { annotation: *annotation, view }).collect())
            .collect();
        let mut rows =
            AnnotationRows { dimension: self.learner.neck.dimension(), ..AnnotationRows::default() };
        rows.places =
            annotations.iter().enumerate().map(|(place, annotation)| (*annotation, place)).collect();
        let mut similarities = Vec::new();
        for batch in self.inputs.batches(items) {
            if classify {
                let (values, classes) = self.learner.embed_and_classify(parameters, batch?);
                rows.values.extend(values);
                similarities.extend(classes.unwrap_or_default());
            } else {
                rows.values.extend(self.learner.embed(parameters, batch?));
            }
        }
        rows.similarities = (!similarities.is_empty()).then_some(similarities);
        Ok(rows)
    }

    /// Embeddings of all samples, before an epoch, for a sampler that looks at them.
    pub(super) fn embed_samples(&self) -> Result<Vec<f32>, TrainError> {
        let items: Vec<Item> = self
            .classes
            .samples
            .iter()
            .map(|sample| Item {
                annotation: sample.annotation,
                view: if sample.mirrored { View::Mirrored } else { View::PLAIN },
            })
            .collect();
        let mut values = Vec::new();
        for batch in self.inputs.batches(items.chunks(CHUNK).map(<[Item]>::to_vec).collect()) {
            values.extend(self.learner.embed(&self.learner.parameters, batch?));
        }
        Ok(values)
    }

    /// MAP@5 and top-1 of questions, from embeddings of all annotations that take part in them.
    pub(super) fn scored(&self, rows: &AnnotationRows, questions: &Questions) -> Result<Score, TrainError> {
        let labelled = self.data.labelled();
        let kept: Vec<_> = rows.places.keys().map(|annotation| labelled[*annotation as usize]).collect();
        let place: BTreeMap<u32, u32> =
            rows.places.keys().zip(0..).map(|(key, place)| (*key, place)).collect();
        let values: Vec<f32> = rows
            .places
            .values()
            .flat_map(|row| rows.values[row * rows.dimension..(row + 1) * rows.dimension].iter().copied())
            .map(|value| if value.is_finite() { value } else { 0.0 })
            .collect();
        let of = |list: &[u32]| list.iter().filter_map(|annotation| place.get(annotation).copied()).collect();
        let questions = Questions { queries: of(&questions.queries), gallery: of(&questions.gallery) };
        let ranked = ranked(&kept, &values, rows.dimension, &questions, same(&self.recipe.validation))?;
        Ok(score(&ranked))
    }

    fn panel_of(&self, rows: &AnnotationRows, annotations: &BTreeSet<u32>) -> Panel {
        let individuals: Vec<u32> = annotations.iter().map(|place| self.individual(*place)).collect();
        let encounters: Vec<Option<u32>> =
            annotations.iter().map(|place| self.data.annotations[*place as usize].encounter).collect();
        let embedded = Embedded {
            values: &rows.values,
            dimension: rows.dimension,
            individuals: &individuals,
            encounters: &encounters,
        };
        Panel::of(&embedded, self.recipe.seed)
    }

    fn training_sample(&self) -> Vec<u32> {
        let individuals: Vec<u32> = self.data.train.iter().map(|place| self.individual(*place)).collect();
        let rows = panel::sample(&individuals, TRAINING_SAMPLE, self.recipe.seed);
        rows.into_iter().map(|row| self.data.train[row as usize]).collect()
    }

    /// Share of training photos that the head names rightly, and their cosines to the centres of their classes.
    fn head(&self, rows: &AnnotationRows, sample: &[u32]) -> (Option<f64>, Vec<f32>) {
        let Some(similarities) = &rows.similarities else { return (None, Vec::new()) };
        let n_classes = self.classes.len();
        let class: BTreeMap<u32, u32> = self
            .classes
            .samples
            .iter()
            .filter(|sample| !sample.mirrored)
            .map(|sample| (sample.annotation, sample.class))
            .collect();
        let (mut right, mut own) = (0u32, Vec::new());
        for (annotation, row) in sample.iter().zip(similarities.chunks_exact(n_classes.max(1))) {
            let Some(class) = class.get(annotation) else { continue };
            let mine = row[*class as usize];
            own.push(mine);
            right += u32::from(row.iter().all(|other| *other <= mine));
        }
        ((!own.is_empty()).then(|| f64::from(right) / own.len() as f64), own)
    }

    /// How far the background alone answers the validation.
    fn background(
        &self,
        parameters: &Parameters,
        questions: &Questions,
    ) -> Result<Option<Score>, TrainError> {
        if !self.recipe.validation.background || !self.has_photos {
            return Ok(None);
        }
        let asked: BTreeSet<u32> = questions.queries.iter().chain(&questions.gallery).copied().collect();
        let asked: Vec<u32> = asked.into_iter().collect();
        let rows = self.embedded(parameters, &asked, View::Background, false)?;
        Ok(Some(self.scored(&rows, questions)?))
    }

    /// Share of queries that, mirrored, are nearer to photos of another individual's other side than of any side of
    /// their own.
    fn mirrored(
        &self,
        parameters: &Parameters,
        questions: &Questions,
        plain: &AnnotationRows,
    ) -> Result<Option<f64>, TrainError> {
        if !self.recipe.validation.background
            || !self.has_photos
            || self.data.viewpoints.len() < 2
            || self.recipe.views.flip != FlipPolicy::Forbidden
        {
            return Ok(None);
        }
        let mirrored = self.embedded(parameters, &questions.queries, View::Mirrored, false)?;
        let (mut confused, mut asked) = (0u32, 0u32);
        for (query, embedding) in
            questions.queries.iter().zip(mirrored.values.chunks_exact(mirrored.dimension))
        {
            let Some(nearest) = self.nearest(*query, embedding, questions, plain) else { continue };
            let (query, nearest) =
                (&self.data.annotations[*query as usize], &self.data.annotations[nearest as usize]);
            if query.viewpoint.is_none() || nearest.viewpoint.is_none() {
                continue;
            }
            asked += 1;
            confused +=
                u32::from(nearest.individual != query.individual && nearest.viewpoint != query.viewpoint);
        }
        Ok((asked > 0).then(|| f64::from(confused) / f64::from(asked)))
    }

    fn nearest(
        &self,
        query: u32,
        embedding: &[f32],
        questions: &Questions,
        plain: &AnnotationRows,
    ) -> Option<u32> {
        let similarity = |annotation: &u32| {
            let start = plain.places.get(annotation)? * plain.dimension;
            let row = &plain.values[start..start + plain.dimension];
            let (mut product, mut square) = (0.0f64, 0.0f64);
            for (a, b) in row.iter().zip(embedding) {
                product += f64::from(*a) * f64::from(*b);
                square += f64::from(*a).powi(2);
            }
            Some((product / square.sqrt().max(1e-12), *annotation))
        };
        let others = questions.gallery.iter().filter(|annotation| **annotation != query);
        others.filter_map(similarity).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, annotation)| annotation)
    }
}
