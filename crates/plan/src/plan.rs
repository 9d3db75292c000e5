//! What a person agrees to before anything is trained: a file to read and to edit.

use std::collections::BTreeSet;
use std::fmt;

use resight_core::{DEFAULT_ENCOUNTER_GAP_SECS, Effort, Species, Viewpoint};
use resight_dataset::Row;
use serde::{Deserialize, Serialize};

/// What is written above the plan.
const HEAD: &str = "\
# What is trained for which animals. Read it, change it, then carry it out.
#
# network = \"own\"     a network of its own, learnt from this slot's animals alone
#           \"head\"    the network that learnt all animals, with a last layer of its own
#           \"shared\"  the network that serves all; its answers are calibrated by this slot alone
#           \"none\"    too little to say anything: the next wider slot answers
#
# Every network is measured on the same photos, of animals that none of them has learnt; table.csv says which.

";

/// A plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// How the networks are trained.
    pub networks: Networks,
    /// What is tried for which animals, in the order of their names.
    #[serde(rename = "slot", default)]
    pub slots: Vec<PlannedSlot>,
}

/// How the networks of a plan are trained, and measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Networks {
    /// The bundle that every training begins with, and that is measured as it is.
    pub bundle: String,
    /// Whether one network is trained for all animals together.
    pub one_for_all: bool,
    /// Recipe of the network for all, and of those that a slot has for itself.
    pub recipe: String,
    /// Recipe of a last layer.
    pub head_recipe: String,
    /// Up to which effort answers are measured.
    pub effort: Effort,
    /// Seconds without a photo after which a new encounter begins.
    #[serde(default = "usual_gap")]
    pub encounter_gap_secs: f64,
    /// What brings animals into their own frame before they are compared; none for the crop as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<String>,
    /// Seed of trainings and intervals.
    pub seed: u64,
}

fn usual_gap() -> f64 {
    DEFAULT_ENCOUNTER_GAP_SECS
}

/// What is tried for the animals of one kind, seen from one side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedSlot {
    /// Name of the slot, and of its jobs' folders.
    pub name: String,
    /// Only this species.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub species: Option<Species>,
    /// Only this viewpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub viewpoint: Option<Viewpoint>,
    /// What is tried.
    pub network: Wanted,
    /// Photos of known individuals.
    pub photos: usize,
    /// Individuals that they show.
    pub individuals: usize,
    /// Individuals that were met in two encounters and more: who can be recognised again.
    pub met_again: usize,
    /// Why it was proposed.
    pub reason: String,
}

/// What a slot is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wanted {
    /// A network of its own.
    Own,
    /// The network for all with a last layer of its own.
    Head,
    /// The network that serves all.
    Shared,
    /// Nothing: there is too little to measure.
    None,
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Own => "own",
            Self::Head => "head",
            Self::Shared => "shared",
            Self::None => "none",
        })
    }
}

impl PlannedSlot {
    /// Whether a row is one of its animals.
    pub fn has(&self, row: &Row) -> bool {
        let species = self.species.is_none() || self.species == row.species;
        species && (self.viewpoint.is_none() || self.viewpoint == row.viewpoint)
    }
}

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// In words: it is no TOML, a key is missing or unknown, or it contradicts itself.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut plan: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        for slot in &mut plan.slots {
            slot.species = slot.species.take().and_then(|species| Species::parse(species.as_str()));
            slot.viewpoint = slot.viewpoint.take().and_then(|viewpoint| Viewpoint::parse(viewpoint.as_str()));
        }
        plan.check()?;
        Ok(plan)
    }

    /// The plan as a file.
    ///
    /// # Errors
    /// In words: it cannot be written as TOML.
    pub fn to_toml(&self) -> Result<String, String> {
        Ok(format!("{HEAD}{}", toml::to_string(self).map_err(|error| error.to_string())?))
    }

    fn check(&self) -> Result<(), String> {
        let mut names = BTreeSet::new();
        let mut labels = BTreeSet::new();
        for slot in &self.slots {
            let name = &slot.name;
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c);
            if name.is_empty() || name.len() > 100 || !name.chars().all(plain) {
                return Err(format!(
                    "the name of a slot is also one of a folder, of the letters a to z, digits, - and _: `{name}`"
                ));
            }
            if name == ONE_FOR_ALL || !names.insert(name) {
                return Err(format!("two slots have the same name: `{name}`"));
            }
            if slot.species.is_none() && slot.viewpoint.is_none() {
                return Err(format!("a slot names a species, a viewpoint, or both: `{name}` does not"));
            }
            if !labels.insert((&slot.species, &slot.viewpoint)) {
                return Err(format!("two slots are of the same animals: `{name}` and one before"));
            }
            if slot.network == Wanted::Head && !self.networks.one_for_all {
                return Err(format!(
                    "`{name}` wants a last layer on the network for all, but none is trained (one_for_all = false)"
                ));
            }
        }
        Ok(())
    }
}

/// Name of the network for all, which no slot may have.
pub(crate) const ONE_FOR_ALL: &str = "one-for-all";

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn plan_of(slots: &[(&str, Wanted)]) -> Plan {
        let slot = |(name, network): &(&str, Wanted)| PlannedSlot {
            name: (*name).to_owned(),
            species: Species::parse(name),
            viewpoint: None,
            network: *network,
            photos: 10,
            individuals: 5,
            met_again: 3,
            reason: "because \"so\"".to_owned(),
        };
        let networks = Networks {
            bundle: "base".to_owned(),
            one_for_all: true,
            recipe: "tail".to_owned(),
            head_recipe: "head".to_owned(),
            effort: Effort::Normal,
            encounter_gap_secs: 1800.0,
            frame: None,
            seed: 1,
        };
        Plan { networks, slots: slots.iter().map(slot).collect() }
    }

    #[test]
    fn a_plan_comes_back_as_it_was_written() {
        let plan = plan_of(&[("seal", Wanted::Own), ("whale", Wanted::None), ("cow", Wanted::Head)]);
        assert_eq!(Plan::parse(&plan.to_toml().unwrap()).unwrap(), plan);
    }

    #[test]
    fn what_a_person_mistypes_is_told() {
        let text = plan_of(&[("seal", Wanted::Own), ("cow", Wanted::Head)]).to_toml().unwrap();
        for (from, to, said) in [
            ("network = \"own\"", "network = \"mine\"", "unknown variant"),
            ("name = \"cow\"", "name = \"seal\"", "the same name"),
            ("name = \"cow\"", "name = \"../cow\"", "one of a folder"),
            ("name = \"cow\"", "name = \"one-for-all\"", "the same name"),
            ("one_for_all = true", "one_for_all = false", "a last layer"),
            ("recipe = \"tail\"", "recipes = \"tail\"", "unknown field"),
        ] {
            let fault = Plan::parse(&text.replace(from, to)).expect_err(to);
            assert!(fault.contains(said), "{to}: {fault}");
        }
    }
}
