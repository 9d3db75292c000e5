//! Every library that the workspace names is explained in `docs/decisions`.

use std::collections::BTreeSet;

use anyhow::Context;

use super::Fault;
use super::repository::Repository;

const MANIFEST: &str = "Cargo.toml";
const PAGES: &str = "docs/decisions/";
const TABLE: &str = "docs/decisions/dependencies.md";
const OURS: &str = "resight-";

/// Compares the workspace's manifest with the pages.
pub(super) fn check(repository: &Repository) -> anyhow::Result<Vec<Fault>> {
    let manifest = repository.text(MANIFEST).context("Cargo.toml is not there")?;
    let theirs = theirs(manifest)?;
    let pages: Vec<&str> = repository
        .texts()
        .filter(|(path, _)| path.starts_with(PAGES) && path.ends_with(".md"))
        .map(|(_, text)| text)
        .collect();
    let missing = theirs.iter().filter(|name| !pages.iter().any(|page| names(page, name)));
    let mut faults: Vec<Fault> = missing
        .map(|name| {
            Fault::new(MANIFEST, format!("no page in {PAGES} says why `{name}` was chosen; see {TABLE}"))
        })
        .collect();
    let listed = repository.text(TABLE).into_iter().flat_map(listed);
    faults.extend(listed.filter(|name| !theirs.contains(*name)).map(|name| {
        Fault::new(TABLE, format!("the table names `{name}`, which the workspace does not use"))
    }));
    Ok(faults)
}

fn theirs(manifest: &str) -> anyhow::Result<BTreeSet<String>> {
    let table: toml::Table = manifest.parse().context("not a manifest: Cargo.toml")?;
    let dependencies = table
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies"))
        .and_then(toml::Value::as_table);
    let names = dependencies.into_iter().flat_map(toml::Table::keys);
    Ok(names.filter(|name| !name.starts_with(OURS)).cloned().collect())
}

/// Whether a page has the name as a word of its own: `csv` is not named by `csv-core`.
fn names(page: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    page.match_indices(name).any(|(at, _)| {
        !page[..at].chars().next_back().is_some_and(is_part)
            && !page[at + name.len()..].chars().next().is_some_and(is_part)
    })
}

/// The names in the first column of the table.
fn listed(page: &str) -> impl Iterator<Item = &str> {
    page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_without_a_reason_and_a_reason_without_a_library_are_found() {
        let manifest =
            "[workspace.dependencies]\nresight-core = { path = \"x\" }\ncsv = \"1\"\nserde = \"1\"\n";
        let found = |table: &str, other: &str| -> Vec<String> {
            let repository =
                Repository::of(&[(MANIFEST, manifest), (TABLE, table), ("docs/decisions/tables.md", other)]);
            check(&repository).unwrap().iter().map(ToString::to_string).collect()
        };
        assert_eq!(found("| `serde` | 1 |\n", "**csv 1** (MIT): reads tables."), [""; 0]);
        let faults = found("| `serde` | 1 |\n| `gone` | 2 |\n", "csv-core, my_csv");
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].contains("`csv`") && faults[1].contains("`gone`"), "{faults:?}");
    }
}
