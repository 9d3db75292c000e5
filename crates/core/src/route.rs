//! Which network serves which animals.

use serde::{Deserialize, Serialize};

use crate::{PolicyChange, Species, SpeciesTypes, Viewpoint};

/// Which bundle serves which animals: one for all, and for the animals of a slot its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The bundle of all animals for which nothing else is said: name, id or path.
    pub bundle: String,
    /// Which species belong together: a slot of their type has them all.
    #[serde(default, skip_serializing_if = "SpeciesTypes::is_empty")]
    pub types: SpeciesTypes,
    /// Those for which something is.
    #[serde(rename = "slot", default, skip_serializing_if = "Vec::is_empty")]
    pub slots: Vec<RoutedSlot>,
}

/// The animals of one kind, seen from one side, and what serves them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoutedSlot {
    /// Only this species, or the species of this type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub species: Option<Species>,
    /// Only this viewpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub viewpoint: Option<Viewpoint>,
    /// The bundle: name, id or path.
    pub bundle: String,
    /// What of the catalog's prices and share of newcomers is otherwise for its animals.
    #[serde(default, skip_serializing_if = "PolicyChange::is_none")]
    pub policy: PolicyChange,
}

impl Route {
    /// The route with its labels in the form in which all labels are read, checked.
    ///
    /// # Errors
    /// In words: a slot names nothing, or the animals of another one; a bundle has no name; types contradict one another; a price
    /// is out of range.
    pub fn checked(self) -> Result<Self, String> {
        let types = self.types.checked()?;
        let mut slots: Vec<RoutedSlot> = Vec::new();
        for slot in self.slots {
            let slot = RoutedSlot {
                species: slot.species.and_then(|species| Species::parse(species.as_str())),
                viewpoint: slot.viewpoint.and_then(|viewpoint| Viewpoint::parse(viewpoint.as_str())),
                ..slot
            };
            if slot.species.is_none() && slot.viewpoint.is_none() {
                return Err("a slot names a species, a viewpoint, or both".to_owned());
            }
            if slots.iter().any(|other| other.species == slot.species && other.viewpoint == slot.viewpoint) {
                return Err(format!("two slots are of the same animals: {slot}"));
            }
            slot.policy.check().map_err(|error| format!("the slot {slot}: {error}"))?;
            slots.push(slot);
        }
        if self.bundle.trim().is_empty() || slots.iter().any(|slot| slot.bundle.trim().is_empty()) {
            return Err("a bundle has no name".to_owned());
        }
        Ok(Self { bundle: self.bundle, types, slots })
    }
}

impl RoutedSlot {
    /// How well it fits animals with these labels; none where they are not its own. A label that is not known is no label of a
    /// slot. Of several slots that have an animal, the one of its species serves before the one of its type, that before the one of
    /// its viewpoint alone, and of two of its species or type the one of its viewpoint too.
    fn fit(
        &self,
        species: Option<&Species>,
        viewpoint: Option<&Viewpoint>,
        types: &SpeciesTypes,
    ) -> Option<u8> {
        let by_species = match (&self.species, species) {
            (None, _) => 0,
            (Some(wanted), Some(found)) if wanted == found => 4,
            (Some(wanted), Some(found)) => types.is_of(found, wanted)?.then_some(2)?,
            (Some(_), None) => return None,
        };
        let by_viewpoint = match (&self.viewpoint, viewpoint) {
            (None, _) => 0,
            (wanted, found) => (wanted.as_ref() == found).then_some(1)?,
        };
        Some(by_species + by_viewpoint)
    }
}

impl std::fmt::Display for RoutedSlot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words =
            [self.species.as_ref().map(Species::as_str), self.viewpoint.as_ref().map(Viewpoint::as_str)];
        f.write_str(&words.into_iter().flatten().collect::<Vec<_>>().join("/"))
    }
}

/// The slot that serves animals with these labels; none where no slot has them, and the bundle of all serves.
pub fn slot_for<'a>(
    slots: impl IntoIterator<Item = &'a RoutedSlot>,
    species: Option<&Species>,
    viewpoint: Option<&Viewpoint>,
    types: &SpeciesTypes,
) -> Option<&'a RoutedSlot> {
    let fitting = slots.into_iter().filter_map(|slot| Some((slot.fit(species, viewpoint, types)?, slot)));
    fitting.max_by_key(|(fit, _)| *fit).map(|(_, slot)| slot)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::species_types::tests::stated;

    fn slot(species: &str, viewpoint: &str, bundle: &str) -> RoutedSlot {
        RoutedSlot {
            species: Species::parse(species),
            viewpoint: Viewpoint::parse(viewpoint),
            bundle: bundle.to_owned(),
            policy: PolicyChange::default(),
        }
    }

    #[test]
    fn the_narrowest_slot_serves_and_what_is_not_known_falls_back() {
        let slots = [slot("nyala", "", "n"), slot("nyala", "left", "nl"), slot("", "left", "l")];
        let served = |species: &str, viewpoint: &str| {
            let (species, viewpoint) = (Species::parse(species), Viewpoint::parse(viewpoint));
            let none = SpeciesTypes::default();
            slot_for(&slots, species.as_ref(), viewpoint.as_ref(), &none).map(|slot| slot.bundle.as_str())
        };
        assert_eq!(served("nyala", "left"), Some("nl"));
        assert_eq!(served("nyala", "right"), Some("n"));
        assert_eq!(served("nyala", ""), Some("n"));
        assert_eq!(served("seal", "left"), Some("l"));
        assert_eq!(served("", "left"), Some("l"));
        assert_eq!((served("seal", "right"), served("", "")), (None, None));
    }

    #[test]
    fn a_slot_of_a_type_serves_all_its_species_that_have_none_of_their_own() {
        let types = stated(&[("blackfish", &["pilot_whale", "melon_headed_whale"])]);
        let slots = [
            slot("", "left", "l"),
            slot("blackfish", "", "b"),
            slot("blackfish", "left", "bl"),
            slot("pilot whale", "", "p"),
        ];
        let served = |species: &str, viewpoint: &str| {
            let (species, viewpoint) = (Species::parse(species), Viewpoint::parse(viewpoint));
            slot_for(&slots, species.as_ref(), viewpoint.as_ref(), &types).map(|slot| slot.bundle.as_str())
        };
        assert_eq!(served("pilot whale", "left"), Some("p"));
        assert_eq!(served("melon headed whale", "left"), Some("bl"));
        assert_eq!(served("melon headed whale", "right"), Some("b"));
        // Of an animal that is called by the type alone nobody knows the species.
        assert_eq!(served("blackfish", "right"), Some("b"));
        assert_eq!((served("orca", "left"), served("orca", "right")), (Some("l"), None));
    }

    #[test]
    fn a_route_that_contradicts_itself_is_refused() {
        let route = |slots: Vec<RoutedSlot>| {
            Route { bundle: "all".to_owned(), types: SpeciesTypes::default(), slots }.checked()
        };
        assert!(route(vec![slot("nyala", "left", "a"), slot("nyala", "", "b")]).is_ok());
        for (slots, said) in [
            (vec![slot("", "", "a")], "names a species"),
            (vec![slot("nyala", "", "a"), slot("nyala", "", "b")], "the same animals: nyala"),
            (vec![slot("nyala", "", " ")], "no name"),
        ] {
            assert!(route(slots).unwrap_err().contains(said), "{said}");
        }
        let policy = PolicyChange { new_rate: Some(1.5), ..PolicyChange::default() };
        let wrong = RoutedSlot { policy, ..slot("nyala", "", "a") };
        assert!(route(vec![wrong]).unwrap_err().contains("new_rate"));
    }
}
