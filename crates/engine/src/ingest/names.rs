//! Names of the source that are like names of the catalog, but are others: told before a second individual is made.

use std::collections::{BTreeMap, BTreeSet};

use resight_catalog::Catalog;
use resight_core::plain_form;

use super::plan::PlannedPhoto;
use crate::{EngineError, Warning};

/// One line for each name of the source that nobody in the catalog has, though somebody has one like it. What is alike
/// within the source is told by who read it.
pub(super) fn alike(catalog: &Catalog, planned: &[PlannedPhoto]) -> Result<Vec<Warning>, EngineError> {
    let labels = planned.iter().flat_map(|photo| &photo.labels);
    let names: BTreeSet<&str> = labels.filter_map(|labels| labels.identity.as_deref()).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let individuals = catalog.individuals()?;
    let there: BTreeSet<&str> = individuals
        .iter()
        .flat_map(|individual| std::iter::once(&individual.name).chain(&individual.aliases))
        .map(String::as_str)
        .collect();
    let by_form: BTreeMap<String, &str> = there.iter().rev().map(|name| (plain_form(name), *name)).collect();
    let new = names.into_iter().filter(|name| !there.contains(name));
    let pairs = new.filter_map(|name| Some((name, *by_form.get(&plain_form(name))?)));
    Ok(pairs
        .map(|(name, known)| Warning {
            about: format!("`{name}`"),
            message: format!("a new individual, though the catalog has `{known}`"),
        })
        .collect())
}
