//! What is worth trying for which animals, by what there is of them.

use std::collections::{BTreeMap, BTreeSet};

use resight_core::{Species, Viewpoint};
use resight_dataset::Row;

use crate::plan::{Networks, ONE_FOR_ALL, Plan, PlannedSlot, Wanted};

/// Individuals met again from which on a network of its own is tried: of fewer it learns by heart, not to see.
const OWN: Least = Least { photos: 400, met_again: 60 };
/// … a last layer of its own.
const HEAD: Least = Least { photos: 150, met_again: 25 };
/// … anything can be said at all: two fifths of them ask, and a figure must rest on five individuals.
const SHARED: Least = Least { photos: 30, met_again: 13 };

/// What there must be. Rules of thumb, to propose by: the report says what was right.
struct Least {
    photos: usize,
    met_again: usize,
}

impl Least {
    fn is_reached(&self, slot: &PlannedSlot) -> bool {
        slot.photos >= self.photos && slot.met_again >= self.met_again
    }

    fn missing(&self, slot: &PlannedSlot) -> String {
        let mut missing = Vec::new();
        if slot.photos < self.photos {
            missing.push(format!("{} photos", self.photos));
        }
        if slot.met_again < self.met_again {
            missing.push(format!("{} individuals met again", self.met_again));
        }
        missing.join(" and ")
    }
}

type Labels<'a> = (Option<&'a Species>, Option<&'a Viewpoint>);

/// Proposes a plan for a table's rows, whose encounters are known. Rows that do not say who they show take no part. Where
/// `by_viewpoint`, each side of a species is a slot of its own.
pub fn propose(rows: &[Row], networks: Networks, by_viewpoint: bool) -> Plan {
    let mut of_rows: BTreeSet<Labels<'_>> = BTreeSet::new();
    for row in rows.iter().filter(|row| row.identity.is_some()) {
        let viewpoint = row.viewpoint.as_ref().filter(|_| by_viewpoint);
        of_rows.insert((row.species.as_ref(), viewpoint));
    }
    let named: Vec<&Row> = rows.iter().filter(|row| row.identity.is_some()).collect();
    let mut slots: Vec<PlannedSlot> = Vec::new();
    for (species, viewpoint) in of_rows {
        // Photos that do not say what they are belong to no slot but the one of all.
        if species.is_none() && viewpoint.is_none() {
            continue;
        }
        let name = unused(&name(species, viewpoint), &slots);
        slots.push(slot(name, (species, viewpoint), &named, networks.one_for_all));
    }
    Plan { networks, slots }
}

fn slot(
    name: String,
    (species, viewpoint): Labels<'_>,
    named: &[&Row],
    has_one_for_all: bool,
) -> PlannedSlot {
    let mut slot = PlannedSlot {
        name,
        species: species.cloned(),
        viewpoint: viewpoint.cloned(),
        network: Wanted::None,
        photos: 0,
        individuals: 0,
        met_again: 0,
        reason: String::new(),
    };
    // All that it would be trained and asked with: a slot of a species has those of each side too.
    let rows: Vec<&Row> = named.iter().copied().filter(|row| slot.has(row)).collect();
    let mut met: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in &rows {
        let Some(identity) = &row.identity else { continue };
        met.entry(identity).or_default().insert(row.encounter.as_deref().unwrap_or(&row.image_id));
    }
    slot.photos = rows.len();
    slot.individuals = met.len();
    slot.met_again = met.values().filter(|encounters| encounters.len() > 1).count();
    (slot.network, slot.reason) = if OWN.is_reached(&slot) {
        (
            Wanted::Own,
            "enough animals were met again for a network of its own to learn by what they differ".to_owned(),
        )
    } else if has_one_for_all && HEAD.is_reached(&slot) {
        (Wanted::Head, format!("a network of its own takes {}", OWN.missing(&slot)))
    } else if SHARED.is_reached(&slot) {
        let next = if has_one_for_all { &HEAD } else { &OWN };
        (Wanted::Shared, format!("to learn something of its own takes {}", next.missing(&slot)))
    } else {
        (Wanted::None, format!("to measure anything takes {}", SHARED.missing(&slot)))
    };
    slot
}

/// A name that serves as one of a folder.
fn name(species: Option<&Species>, viewpoint: Option<&Viewpoint>) -> String {
    let words = [species.map(Species::as_str), viewpoint.map(Viewpoint::as_str)];
    let joined = words.into_iter().flatten().collect::<Vec<_>>().join("-");
    let plain =
        |c: char| if c.is_ascii_alphanumeric() || "_-".contains(c) { c.to_ascii_lowercase() } else { '_' };
    joined.chars().map(plain).take(80).collect()
}

fn unused(name: &str, slots: &[PlannedSlot]) -> String {
    let is_free = |name: &String| name != ONE_FOR_ALL && slots.iter().all(|slot| slot.name != *name);
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(is_free).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::plan::tests::plan_of;

    /// `n` individuals of a kind, each met `encounters` times with `photos` photos.
    fn herd(species: &str, viewpoint: &str, n: usize, encounters: usize, photos: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        for (one, met, photo) in (0..n).flat_map(|one| {
            (0..encounters).flat_map(move |met| (0..photos).map(move |photo| (one, met, photo)))
        }) {
            let id = format!("{species} {viewpoint} {one} {met} {photo}");
            rows.push(Row {
                identity: Some(format!("{species} {one}")),
                species: Species::parse(species),
                viewpoint: Viewpoint::parse(viewpoint),
                encounter: Some(format!("{one} {met}")),
                ..Row::of_photo(1, id.clone(), PathBuf::from(id))
            });
        }
        rows
    }

    #[test]
    fn who_was_met_again_often_enough_gets_more() {
        let mut rows = herd("nyala", "left", 70, 2, 3);
        rows.extend(herd("nyala", "right", 30, 2, 3));
        rows.extend(herd("seal", "", 15, 2, 2));
        // Many photos of one encounter each teach nothing.
        rows.extend(herd("whale", "", 200, 1, 5));
        rows.push(Row::of_photo(1, "nobody".to_owned(), PathBuf::from("nobody")));
        let networks = plan_of(&[]).networks;
        let found = |by_viewpoint: bool| -> Vec<(String, Wanted, usize, usize)> {
            let plan = propose(&rows, networks.clone(), by_viewpoint);
            assert_eq!(Plan::parse(&plan.to_toml().unwrap()).unwrap(), plan);
            plan.slots
                .into_iter()
                .map(|slot| (slot.name, slot.network, slot.photos, slot.met_again))
                .collect()
        };
        assert_eq!(
            found(true),
            [
                ("nyala-left".to_owned(), Wanted::Own, 420, 70),
                ("nyala-right".to_owned(), Wanted::Head, 180, 30),
                ("seal".to_owned(), Wanted::Shared, 60, 15),
                ("whale".to_owned(), Wanted::None, 1000, 0),
            ]
        );
        assert_eq!(found(false)[0], ("nyala".to_owned(), Wanted::Own, 600, 70));
    }

    #[test]
    fn names_are_those_of_folders_and_never_twice() {
        let mut rows = herd("Grüner Wal", "", 1, 1, 1);
        rows.extend(herd("Gräner Wal", "", 1, 1, 1));
        rows.extend(herd("one for all", "", 1, 1, 1));
        rows.extend(herd("one-for-all", "", 1, 1, 1));
        let plan = propose(&rows, plan_of(&[]).networks, true);
        assert_eq!(Plan::parse(&plan.to_toml().unwrap()).unwrap(), plan);
    }
}
