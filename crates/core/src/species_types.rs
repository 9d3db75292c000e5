//! Kinds of animals that go by one name: the type `blackfish` for pilot whales and false killer whales.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::Species;

/// The types of species: for the name of each, the species that are of it.
///
/// A type is a label like a species, only wider: people and models say it of an animal where they cannot tell the species, and
/// what is asked for by it is any species of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SpeciesTypes(BTreeMap<Species, BTreeSet<Species>>);

impl SpeciesTypes {
    /// The types with their labels in the form in which all labels are read, checked.
    ///
    /// # Errors
    /// In words: a type has no name or no species, a species is of two types or a type itself.
    pub fn checked(self) -> Result<Self, String> {
        let mut types: BTreeMap<Species, BTreeSet<Species>> = BTreeMap::new();
        for (name, species) in self.0 {
            let name = Species::parse(name.as_str()).ok_or("a type of species has no name")?;
            let species: BTreeSet<Species> =
                species.iter().filter_map(|one| Species::parse(one.as_str())).collect();
            if species.is_empty() {
                return Err(format!("no species is of the type {name}"));
            }
            let twice =
                |(_, others): (&Species, &BTreeSet<Species>)| others.intersection(&species).next().cloned();
            if let Some(one) = types.iter().find_map(twice) {
                return Err(format!("{one} is of two types"));
            }
            if types.insert(name.clone(), species).is_some() {
                return Err(format!("two types are called {name}"));
            }
        }
        if let Some(one) = types.values().flatten().find(|one| types.contains_key(one)) {
            return Err(format!("{one} is a type, and cannot be of one"));
        }
        Ok(Self(types))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &Species> {
        self.0.keys()
    }

    /// The species of a type; nothing where it is none.
    pub fn species_of(&self, name: &Species) -> impl Iterator<Item = &Species> {
        self.0.get(name).into_iter().flatten()
    }

    /// The type that a species is of.
    pub fn type_of(&self, species: &Species) -> Option<&Species> {
        self.0.iter().find(|(_, species_of)| species_of.contains(species)).map(|(name, _)| name)
    }

    /// Whether an animal of which `found` is said is of the species or type `asked`; none where it is of the type of that
    /// species, and nobody said more.
    pub fn is_of(&self, found: &Species, asked: &Species) -> Option<bool> {
        match found == asked || self.type_of(found) == Some(asked) {
            true => Some(true),
            false if self.type_of(asked) == Some(found) => None,
            false => Some(false),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde::de::value::{Error, MapDeserializer};

    use super::*;

    /// Types as a route states them.
    pub(crate) fn stated(types: &[(&str, &[&str])]) -> SpeciesTypes {
        let pairs = types.iter().map(|(name, species)| (*name, species.to_vec()));
        SpeciesTypes::deserialize(MapDeserializer::<_, Error>::new(pairs)).unwrap()
    }

    fn species(text: &str) -> Species {
        Species::parse(text).unwrap()
    }

    #[test]
    fn a_type_is_any_of_its_species_and_of_them_it_says_no_more() {
        let types = stated(&[("Blackfish", &["Pilot whale", "false killer whale"])]).checked().unwrap();
        let is_of = |found: &str, asked: &str| types.is_of(&species(found), &species(asked));
        assert_eq!(is_of("pilot whale", "blackfish"), Some(true));
        assert_eq!(is_of("blackfish", "blackfish"), Some(true));
        assert_eq!(is_of("blackfish", "pilot_whale"), None);
        assert_eq!(is_of("false_killer_whale", "pilot_whale"), Some(false));
        assert_eq!(is_of("orca", "blackfish"), Some(false));
        assert_eq!(types.type_of(&species("pilot_whale")), Some(&species("blackfish")));
        assert_eq!(types.species_of(&species("blackfish")).count(), 2);
    }

    #[test]
    fn types_that_contradict_one_another_are_refused() {
        for (types, said) in [
            (&[("a", &[][..])][..], "no species"),
            (&[("a", &["x"]), ("b", &["X"])], "x is of two types"),
            (&[("a", &["x"]), ("b", &["a"])], "a is a type"),
            (&[("a b", &["x"]), ("a-b", &["y"])], "two types are called a_b"),
            (&[("?", &["x"])], "no name"),
        ] {
            assert!(stated(types).checked().unwrap_err().contains(said), "{said}");
        }
    }
}
