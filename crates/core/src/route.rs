//! Which network serves which animals.

use serde::{Deserialize, Serialize};

use crate::{Species, Viewpoint};

/// Which bundle serves which animals: one for all, and for the animals of a slot its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The bundle of all animals for which nothing else is said: name, id or path.
    pub bundle: String,
    /// Those for which something is.
    #[serde(rename = "slot", default, skip_serializing_if = "Vec::is_empty")]
    pub slots: Vec<RoutedSlot>,
}

/// The animals of one kind, seen from one side, and what serves them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoutedSlot {
    /// Only this species.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub species: Option<Species>,
    /// Only this viewpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub viewpoint: Option<Viewpoint>,
    /// The bundle: name, id or path.
    pub bundle: String,
}

impl Route {
    /// The route with its labels in the form in which all labels are read, checked.
    ///
    /// # Errors
    /// In words: a slot names nothing, or the animals of another one; a bundle has no name.
    pub fn checked(self) -> Result<Self, String> {
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
            slots.push(slot);
        }
        if self.bundle.trim().is_empty() || slots.iter().any(|slot| slot.bundle.trim().is_empty()) {
            return Err("a bundle has no name".to_owned());
        }
        Ok(Self { bundle: self.bundle, slots })
    }
}

impl RoutedSlot {
    /// Whether animals with these labels are its own. A label that is not known is no label of a slot.
    pub fn has(&self, species: Option<&Species>, viewpoint: Option<&Viewpoint>) -> bool {
        let of = |wanted: Option<&str>, found: Option<&str>| wanted.is_none() || wanted == found;
        of(self.species.as_ref().map(Species::as_str), species.map(Species::as_str))
            && of(self.viewpoint.as_ref().map(Viewpoint::as_str), viewpoint.map(Viewpoint::as_str))
    }

    /// How narrow it is: of several slots that have an animal, the one of its species and viewpoint serves before the one of
    /// its species, and that before the one of its viewpoint.
    fn narrowness(&self) -> u8 {
        2 * u8::from(self.species.is_some()) + u8::from(self.viewpoint.is_some())
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
) -> Option<&'a RoutedSlot> {
    slots.into_iter().filter(|slot| slot.has(species, viewpoint)).max_by_key(|slot| slot.narrowness())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(species: &str, viewpoint: &str, bundle: &str) -> RoutedSlot {
        RoutedSlot {
            species: Species::parse(species),
            viewpoint: Viewpoint::parse(viewpoint),
            bundle: bundle.to_owned(),
        }
    }

    #[test]
    fn the_narrowest_slot_serves_and_what_is_not_known_falls_back() {
        let slots = [slot("nyala", "", "n"), slot("nyala", "left", "nl"), slot("", "left", "l")];
        let served = |species: &str, viewpoint: &str| {
            let (species, viewpoint) = (Species::parse(species), Viewpoint::parse(viewpoint));
            slot_for(&slots, species.as_ref(), viewpoint.as_ref()).map(|slot| slot.bundle.as_str())
        };
        assert_eq!(served("nyala", "left"), Some("nl"));
        assert_eq!(served("nyala", "right"), Some("n"));
        assert_eq!(served("nyala", ""), Some("n"));
        assert_eq!(served("seal", "left"), Some("l"));
        assert_eq!(served("", "left"), Some("l"));
        assert_eq!((served("seal", "right"), served("", "")), (None, None));
    }

    #[test]
    fn a_route_that_contradicts_itself_is_refused() {
        let route = |slots: Vec<RoutedSlot>| Route { bundle: "all".to_owned(), slots }.checked();
        assert!(route(vec![slot("nyala", "left", "a"), slot("nyala", "", "b")]).is_ok());
        for (slots, said) in [
            (vec![slot("", "", "a")], "names a species"),
            (vec![slot("nyala", "", "a"), slot("nyala", "", "b")], "the same animals: nyala"),
            (vec![slot("nyala", "", " ")], "no name"),
        ] {
            assert!(route(slots).unwrap_err().contains(said), "{said}");
        }
    }
}
