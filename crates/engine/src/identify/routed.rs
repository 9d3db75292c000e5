//! What the networks of their slots make of the animals asked about.

use resight_core::{BundleId, LabelFilter};

use super::IdentifyRequest;
use super::local::LookingAgain;
use super::looked::{Animal, Looked, Seen};
use super::questions::Query;
use crate::session::Loaded;
use crate::{CancelToken, EngineError};

/// A model that is as sure of a label as this is taken at its word, 0 to 1: of a hundred animals that others would serve too, it
/// would bring over a handful.
const SURE: f32 = 0.95;

/// A label that is less probable than this is nothing to ask about.
const LEAST_LIKELY: f32 = 0.05;

/// Where a model says that it does not know, this share of its probabilities counts: the rest is for animals that it never learnt.
const SHARE_OF_UNKNOWN: f32 = 0.5;

/// So many networks are asked about one animal at most: the last of more would change nothing that is seen.
const MOST_ASKED: usize = 3;

/// The networks that may serve an animal.
#[derive(Debug, Clone)]
pub(super) struct Routes {
    /// How probable it is that none but the network of all animals serves it, 0 to 1.
    pub(super) of_all: f64,
    /// Those of slots, the likeliest first.
    pub(super) of_slots: Vec<Routed>,
}

/// What the network of a slot made of an animal.
#[derive(Debug, Clone)]
pub(super) struct Routed {
    /// Which network: its place among those of the session.
    pub(super) network: usize,
    /// How probable it is that the animal is one of the slot's, 0 to 1.
    pub(super) weight: f64,
    pub(super) bundle: BundleId,
    pub(super) embedding: Vec<f32>,
}

impl Default for Routes {
    /// The network of all animals alone.
    fn default() -> Self {
        Self { of_all: 1.0, of_slots: Vec::new() }
    }
}

impl Routes {
    /// The one network that serves, by its place; none for that of all animals. Where several may, that of all does, for one
    /// network must serve all photos that are asked together.
    pub(super) fn only(&self) -> Option<usize> {
        match &self.of_slots[..] {
            [only] if self.of_all == 0.0 => Some(only.network),
            _ => None,
        }
    }

    /// All networks that may serve, the likeliest first, with their probabilities; none for that of all animals.
    pub(super) fn all(&self) -> Vec<(Option<usize>, f64)> {
        let mut all: Vec<_> = self.of_slots.iter().map(|one| (Some(one.network), one.weight)).collect();
        if self.of_all > 0.0 {
            all.push((None, self.of_all));
        }
        all.sort_by(|one, other| other.1.total_cmp(&one.1));
        all
    }

    /// What the network of a slot made of the animal.
    pub(super) fn made_by(&self, network: Option<usize>) -> Option<&[f32]> {
        let made = self.of_slots.iter().find(|one| Some(one.network) == network)?;
        Some(&made.embedding)
    }
}

/// Asks the networks of slots.
pub(super) struct RoutedAnimals<'a> {
    loaded: &'a Loaded,
    request: &'a IdentifyRequest,
    again: LookingAgain<'a>,
}

impl<'a> RoutedAnimals<'a> {
    pub(super) fn of(loaded: &'a Loaded, request: &'a IdentifyRequest, cancel: &'a CancelToken) -> Self {
        Self { loaded, request, again: LookingAgain::of(loaded, cancel) }
    }

    /// Gives every animal that may be of a slot what the slot's network makes of it: what the catalog has, or else made of the
    /// photo.
    pub(super) fn embed(&self, query: &Query, looked: &mut Looked) -> Result<(), EngineError> {
        if self.loaded.routed.is_empty() {
            return Ok(());
        }
        let photo = looked.photo_id;
        let Seen::Animals(animals) = &mut looked.seen else { return Ok(()) };
        for animal in animals.iter_mut().filter(|animal| animal.embedding.is_ok()) {
            let mut routes = Routes { of_all: 0.0, of_slots: Vec::new() };
            for (place, weight) in self.may_serve(animal) {
                let Some(place) = place else {
                    routes.of_all += weight;
                    continue;
                };
                let network = &self.loaded.routed[place];
                let stored = animal.annotation.as_ref().and_then(|one| network.embedding_of(one.id));
                let embedding = match stored {
                    Some(stored) => Some(stored),
                    None => self.again.row(&**network.network()?, query, animal, photo)?,
                };
                let bundle = network.embeddings.bundle().id.clone();
                match embedding {
                    Some(embedding) => {
                        routes.of_slots.push(Routed { network: place, weight, bundle, embedding });
                    }
                    None => routes.of_all += weight,
                }
            }
            animal.routes = routes;
        }
        Ok(())
    }

    /// The networks that may serve an animal, the likeliest first, with their probabilities.
    fn may_serve(&self, animal: &Animal) -> Vec<(Option<usize>, f64)> {
        // What narrows the question says which slot it is of: see the labels of a question.
        let (own, asked, same) = (&animal.labels, &self.request.labels, self.request.same);
        let known = LabelFilter {
            species: first(same.species, &own.species, &asked.species),
            viewpoint: first(same.viewpoint, &own.viewpoint, &asked.viewpoint),
        };
        let said = &animal.said;
        let all_species = likely(known.species, &said.likely_species);
        let viewpoints = likely(known.viewpoint, &said.likely_viewpoints);
        let mut networks: Vec<(Option<usize>, f64)> = Vec::new();
        for (species, of_species) in &all_species {
            for (viewpoint, of_viewpoint) in &viewpoints {
                let labels = LabelFilter { species: species.clone(), viewpoint: viewpoint.clone() };
                let (network, weight) = (self.loaded.routed_for(&labels), of_species * of_viewpoint);
                match networks.iter_mut().find(|one| one.0 == network) {
                    Some(one) => one.1 += weight,
                    None => networks.push((network, weight)),
                }
            }
        }
        likeliest(networks)
    }
}

/// The likeliest of them; what is left is for the network of all. One that is as good as sure is alone.
fn likeliest(mut networks: Vec<(Option<usize>, f64)>) -> Vec<(Option<usize>, f64)> {
    networks.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    if let Some((network, _)) = networks.first().filter(|(_, weight)| *weight >= f64::from(SURE)) {
        return vec![(*network, 1.0)];
    }
    networks.truncate(MOST_ASKED);
    networks.retain(|(_, weight)| *weight >= f64::from(LEAST_LIKELY));
    let sum: f64 = networks.iter().map(|(_, weight)| weight).sum();
    let rest = 1.0 - sum;
    match networks.iter_mut().find(|(network, _)| network.is_none()) {
        Some((_, weight)) => *weight += rest,
        None if rest > 1e-6 => networks.push((None, rest)),
        None => {}
    }
    networks
}

/// The labels that an animal may have, with their probabilities: the one that is known, or all that a model finds likely where it is
/// not sure of one, and for what is left that nobody knows. What a model says because it cannot tell several apart, as their type, is
/// none of these.
fn likely<T: Clone>(known: Option<T>, by_model: &[(T, f32)]) -> Vec<(Option<T>, f64)> {
    if by_model.is_empty() {
        return vec![(known, 1.0)];
    }
    // What it does not know may be nothing that it has learnt.
    let share = if known.is_some() { 1.0 } else { SHARE_OF_UNKNOWN };
    if let Some((label, _)) = by_model.iter().find(|(_, probability)| share * *probability >= SURE) {
        return vec![(Some(label.clone()), 1.0)];
    }
    let found = by_model.iter().filter(|(_, probability)| share * *probability >= LEAST_LIKELY);
    let mut likely: Vec<(Option<T>, f64)> =
        found.map(|(label, probability)| (Some(label.clone()), f64::from(share * *probability))).collect();
    let rest = 1.0 - likely.iter().map(|(_, probability)| probability).sum::<f64>();
    likely.push((None, rest.max(0.0)));
    likely
}

/// A label that is stated by the animal and by whoever asks: the animal's own counts first where it is to be shared.
fn first<T: Clone>(is_shared: bool, own: &Option<T>, asked: &Option<T>) -> Option<T> {
    let (first, second) = if is_shared { (own, asked) } else { (asked, own) };
    first.clone().or_else(|| second.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_model_is_not_sure_all_that_it_finds_likely_may_be() {
        let by_model = [("left", 0.6), ("right", 0.37), ("front", 0.03)];
        let found = likely(Some("left"), &by_model);
        let labels: Vec<_> = found.iter().map(|(label, _)| *label).collect();
        assert_eq!(labels, [Some("left"), Some("right"), None]);
        assert!((found.iter().map(|(_, weight)| weight).sum::<f64>() - 1.0).abs() < 1e-6);
        assert_eq!(likely(Some("left"), &[("left", 0.97), ("right", 0.03)]), [(Some("left"), 1.0)]);
        assert_eq!(likely(Some("side"), &by_model).len(), 3, "their type says less");
        let unknown = likely(None, &[("left", 0.97), ("right", 0.03)]);
        assert!(unknown.len() == 2 && (unknown[1].1 - 0.515).abs() < 1e-6, "{unknown:?}");
        // A person's word is all there is to know.
        assert_eq!(likely(Some("left"), &[]), [(Some("left"), 1.0)]);
    }

    #[test]
    fn the_likeliest_networks_are_asked_and_one_that_is_sure_is_alone() {
        assert_eq!(likeliest(vec![(None, 0.02), (Some(1), 0.98)]), [(Some(1), 1.0)]);
        let found = likeliest(vec![(Some(3), 0.02), (None, 0.3), (Some(1), 0.5), (Some(0), 0.18)]);
        let networks: Vec<_> = found.iter().map(|(network, _)| *network).collect();
        assert_eq!(networks, [Some(1), None, Some(0)]);
        assert!((found[1].1 - 0.32).abs() < 1e-9, "what is left is for the network of all: {found:?}");
        let found = likeliest((0..4).map(|network| (Some(network), 0.25)).collect());
        assert_eq!(found, [(Some(0), 0.25), (Some(1), 0.25), (Some(2), 0.25), (None, 0.25)]);
        assert_eq!(likeliest((0..50).map(|network| (Some(network), 0.02)).collect()), [(None, 1.0)]);
    }
}
