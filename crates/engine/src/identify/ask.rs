//! From what was seen to answers: one an animal, or one for all photos of an encounter.

use std::collections::BTreeSet;

use resight_catalog::{Catalog, Filtered, Settings};
use resight_core::{Effort, LabelFilter, PhotoId, Pooling, Species, UnusableReason, Viewpoint};
use tracing::debug_span;

use super::gallery::{AskedBy, Proposed, SearchableGallery};
use super::joined::Opinion;
use super::judge::{AskedWith, Judge};
use super::looked::{Animal, Looked, Seen};
use super::newcomers::{AskedPhoto, Newcomer};
use super::questions::Question;
use super::{Answer, AskedSlot, IdentifyRequest, InCatalog, LeftOut, SaidByModel};
use crate::EngineError;

/// An answer, with what is asked once more where it may be of a new individual.
pub(super) type Given = (Answer, Option<Newcomer>);

/// Everything that is the same for all questions of a request.
pub(super) struct Asker<'a> {
    pub(super) request: &'a IdentifyRequest,
    pub(super) settings: &'a Settings,
    pub(super) gallery: &'a SearchableGallery<'a>,
    /// Those of the networks that slots have for themselves.
    pub(super) of_slots: &'a [SearchableGallery<'a>],
    /// The rows that may answer for the network and the labels asked with last: those of the next question are mostly the same.
    pub(super) filtered: Option<(Option<usize>, LabelFilter, Filtered)>,
}

impl Asker<'_> {
    /// The answers to one question. Photos that cannot be read get none.
    pub(super) fn answers(
        &mut self,
        catalog: &Catalog,
        question: &Question,
        looked: &[Looked],
    ) -> Result<Vec<Given>, EngineError> {
        if !question.together {
            let mut answers = Vec::new();
            for one in looked {
                answers.extend(self.each(catalog, one)?);
            }
            return Ok(answers);
        }
        if looked.iter().all(|one| matches!(one.seen, Seen::Unread(_))) {
            return Ok(Vec::new());
        }
        let (answer, newcomer) = self.encounter(catalog, looked)?;
        Ok(vec![(Answer { encounter: question.encounter.clone(), ..answer }, newcomer)])
    }

    /// One answer an animal.
    fn each(&mut self, catalog: &Catalog, looked: &Looked) -> Result<Vec<Given>, EngineError> {
        let animals = match &looked.seen {
            Seen::Unread(_) => return Ok(Vec::new()),
            Seen::Unusable(why) => return Ok(vec![(self.unusable(looked, why.clone()), None)]),
            Seen::Animals(animals) => animals,
        };
        animals.iter().map(|animal| self.of_animal(catalog, looked, animal)).collect()
    }

    fn of_animal(
        &mut self,
        catalog: &Catalog,
        looked: &Looked,
        animal: &Animal,
    ) -> Result<Given, EngineError> {
        let itself: BTreeSet<PhotoId> = looked.photo_id.into_iter().collect();
        let (answer, newcomer) = match animal.asked() {
            Ok(_) => self.of_likely_slots(catalog, looked, animal, &itself)?,
            Err(why) => (self.unusable(looked, why.clone()), None),
        };
        let answer = Answer {
            row: looked.row.clone(),
            annotation: animal.annotation.as_ref().map(|annotation| annotation.id),
            region: animal.region,
            species: animal.labels.species.clone(),
            viewpoint: animal.labels.viewpoint.clone(),
            said_by_models: SaidByModel::all(&animal.said),
            quality: animal.quality.map(|(quality, _)| quality),
            photo_id: looked.photo_id,
            in_catalog: in_catalog(catalog, looked, animal)?,
            ..answer
        };
        Ok((answer, newcomer))
    }

    /// The answer of the network that serves the animal; where several may, what they say is joined.
    fn of_likely_slots(
        &mut self,
        catalog: &Catalog,
        looked: &Looked,
        animal: &Animal,
        itself: &BTreeSet<PhotoId>,
    ) -> Result<Given, EngineError> {
        let routes = animal.routes.all();
        // Each network is asked as if the animal were one of its own, whatever a model says that it is.
        let unlabelled;
        let animal = match routes.len() {
            0 | 1 => animal,
            _ => {
                unlabelled = animal.without_what_models_say();
                &unlabelled
            }
        };
        let (mut opinions, mut asked_slots, mut leads) = (Vec::new(), Vec::new(), None);
        for (served, weight) in routes.iter().copied().filter(|_| routes.len() > 1) {
            let labels = self.labels(served, [animal].into_iter());
            let judge = self.judge(served, &labels, [animal].into_iter());
            let asked = AskedBy { embedding: compared_by(served, animal), local: &animal.local };
            let Some(opinion) = judge.opinion(&judge.candidates(&asked, itself)?, weight) else { continue };
            opinions.push(opinion);
            let slot = served.and_then(|network| self.of_slots[network].slot());
            asked_slots.push(AskedSlot { slot, probability: weight });
            leads.get_or_insert(served);
        }
        // Where nobody can say how likely anything is the likeliest network ranks.
        let served = leads.or_else(|| routes.first().map(|(served, _)| *served)).flatten();
        let labels = self.labels(served, [animal].into_iter());
        let judge = self.judge(served, &labels, [animal].into_iter());
        let query = compared_by(served, animal);
        let proposed = match opinions.first() {
            Some(Opinion { proposed, .. }) => proposed.clone(),
            None => judge.candidates(&AskedBy { embedding: query, local: &animal.local }, itself)?,
        };
        let deciding = debug_span!("decide", individuals = proposed.candidates.len()).entered();
        let shown = looked.shown.clone();
        let answer = match opinions.is_empty() {
            true => judge.answer(catalog, shown, &proposed)?,
            false => {
                let answer = judge.answer_joined(catalog, shown, &proposed, &opinions)?;
                Answer { asked_slots, ..answer }
            }
        };
        drop(deciding);
        let asked = AskedPhoto::of(looked, animal, query, &proposed.candidates);
        let newcomer = Newcomer::of(&answer, served, &judge.fusion, &labels, vec![asked]);
        Ok((answer, newcomer))
    }

    /// One answer for all photos together; those that cannot be used are left out and named.
    fn encounter(&mut self, catalog: &Catalog, looked: &[Looked]) -> Result<Given, EngineError> {
        let themselves: BTreeSet<PhotoId> = looked.iter().filter_map(|one| one.photo_id).collect();
        let mut unusable: Vec<(String, UnusableReason)> = Vec::new();
        let mut known = Vec::new();
        let mut animals = Vec::new();
        for one in looked {
            match &one.seen {
                Seen::Unread(why) => unusable.push((one.shown.clone(), UnusableReason::Noted(why.clone()))),
                Seen::Unusable(why) => unusable.push((one.shown.clone(), why.clone())),
                Seen::Animals(seen) => {
                    for animal in seen {
                        known.extend(in_catalog(catalog, one, animal)?);
                        animals.push((one, animal));
                    }
                }
            }
        }
        known.dedup();
        let served = served_by(animals.iter().map(|(_, animal)| *animal));
        let labels = self.labels(served, animals.iter().map(|(_, animal)| *animal));
        let judge = self.judge(served, &labels, animals.iter().map(|(_, animal)| *animal));
        let mut per_photo: Vec<Proposed> = Vec::new();
        let mut asked = Vec::new();
        for (one, animal) in animals {
            match animal.asked() {
                Ok(_) => {
                    let query = compared_by(served, animal);
                    let asked_by = AskedBy { embedding: query, local: &animal.local };
                    let proposed = judge.candidates(&asked_by, &themselves)?;
                    asked.push(AskedPhoto::of(one, animal, query, &proposed.candidates));
                    per_photo.push(proposed);
                }
                Err(why) => unusable.push((one.shown.clone(), why.clone())),
            }
        }
        let shown = looked.first().map(|one| one.shown.clone()).unwrap_or_default();
        let deciding = debug_span!("decide", photos = per_photo.len()).entered();
        let answer = match unusable.first() {
            Some((_, why)) if per_photo.is_empty() => judge.unusable(shown, why.clone()),
            _ => judge.answer_together(catalog, shown, &per_photo)?,
        };
        drop(deciding);
        let newcomer = Newcomer::of(&answer, served, &judge.fusion, &labels, asked);
        let left_out =
            unusable.into_iter().map(|(photo, why)| LeftOut { photo, reason: why.to_string() }).collect();
        let answer = Answer {
            photos: looked.iter().map(|one| one.shown.clone()).collect(),
            photo_id: looked.iter().find_map(|one| one.photo_id),
            in_catalog: known,
            left_out,
            ..answer
        };
        Ok((answer, newcomer))
    }

    fn unusable(&self, looked: &Looked, why: UnusableReason) -> Answer {
        let bundle = self.settings.bundle.id.to_string();
        let row = looked.row.clone();
        Answer { row, ..Answer::not_identifiable(looked.shown.clone(), bundle, why) }
    }

    /// The labels that narrow what may answer: those that the animals state for themselves where they are to be shared
    /// and all that state one agree, else those of the request.
    fn labels<'a>(
        &self,
        served: Option<usize>,
        animals: impl Iterator<Item = &'a Animal> + Clone,
    ) -> LabelFilter {
        let (same, asked) = (self.request.same, &self.request.labels);
        let species = || agreed(animals.clone().map(|animal| animal.labels.species.as_ref()));
        let viewpoint = || agreed(animals.clone().map(|animal| animal.labels.viewpoint.as_ref()));
        let own_species: Option<Species> = if same.species { species() } else { None };
        let own_viewpoint: Option<Viewpoint> = if same.viewpoint { viewpoint() } else { None };
        self.gallery_of(served).narrowed(LabelFilter {
            species: own_species.or_else(|| asked.species.clone()),
            viewpoint: own_viewpoint.or_else(|| asked.viewpoint.clone()),
        })
    }

    fn gallery_of(&self, served: Option<usize>) -> &SearchableGallery<'_> {
        served.map_or(self.gallery, |network| &self.of_slots[network])
    }

    /// The judge of a question about these animals, with these labels. Where one of them has no local features, nobody's
    /// are compared.
    fn judge<'b>(
        &'b mut self,
        served: Option<usize>,
        labels: &'b LabelFilter,
        mut animals: impl Iterator<Item = &'b Animal>,
    ) -> Judge<'b> {
        if self.filtered.as_ref().is_none_or(|(of, last, _)| *of != served || last != labels) {
            self.filtered = None;
        }
        let of_slots = self.of_slots;
        let gallery = served.map_or(self.gallery, |network| &of_slots[network]);
        let pooling = self.pooling();
        let is_complete = animals.all(|animal| animal.asked().is_err() || !animal.local.is_empty());
        let most = if is_complete { self.request.effort } else { Effort::Fast };
        let (.., filtered) =
            self.filtered.get_or_insert_with(|| (served, labels.clone(), gallery.filter(labels)));
        let asked = AskedWith {
            gallery: gallery.admitted(filtered),
            settings: self.settings,
            pooling,
            labels,
            top: self.request.top,
        };
        Judge::of(asked, most)
    }

    pub(super) fn pooling(&self) -> Pooling {
        self.request.pooling.unwrap_or(self.settings.pooling)
    }
}

/// The network that serves a question about these animals: that of their slot where all that can be compared are of one.
fn served_by<'a>(animals: impl Iterator<Item = &'a Animal>) -> Option<usize> {
    let usable = animals.filter(|animal| animal.asked().is_ok());
    let mut networks = usable.map(|animal| animal.routes.only());
    let first = networks.next()??;
    networks.all(|network| network == Some(first)).then_some(first)
}

/// What of an animal is compared by the network that serves; nothing of one that cannot be.
fn compared_by(served: Option<usize>, animal: &Animal) -> &[f32] {
    let by_all = || animal.embedding.as_deref().unwrap_or_default();
    animal.routes.made_by(served).unwrap_or_else(by_all)
}

/// The one label that all who state one agree on.
fn agreed<'a, T: PartialEq + Clone + 'a>(stated: impl Iterator<Item = Option<&'a T>>) -> Option<T> {
    let mut stated = stated.flatten();
    let first = stated.next()?;
    stated.all(|other| other == first).then(|| first.clone())
}

/// What the catalog knows of an animal that is asked about: the annotation itself, else all those of a photo with the
/// same bytes.
fn in_catalog(catalog: &Catalog, looked: &Looked, animal: &Animal) -> Result<Vec<InCatalog>, EngineError> {
    let annotations = match (&animal.annotation, looked.photo_id) {
        (Some(annotation), _) => vec![annotation.clone()],
        (None, Some(photo)) => catalog.annotations_of_photo(&photo)?,
        (None, None) => Vec::new(),
    };
    annotations
        .into_iter()
        .map(|annotation| {
            let individual = match annotation.individual {
                Some(individual) => catalog.individual_name(individual)?,
                None => None,
            };
            Ok(InCatalog { photo: looked.shown.clone(), annotation: annotation.id, individual })
        })
        .collect()
}
