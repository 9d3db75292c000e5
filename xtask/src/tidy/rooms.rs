//! Who may import whom. The table in `ARCHITECTURE.md` is the rule; the manifests must keep to it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;

use super::Fault;
use super::repository::Repository;

const PAGE: &str = "ARCHITECTURE.md";

/// Our packages carry it before the name of their folder.
const PREFIX: &str = "resight-";

/// Crates that tests of any room may use, besides the rooms below it.
const FOR_TESTS: [&str; 2] = ["testkit", "synth"];

/// What a manifest says of our own crates, by their short names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) uses: BTreeSet<String>,
    pub(super) uses_in_tests: BTreeSet<String>,
}

/// Reads the manifests of all crates, by short name.
pub(super) fn manifests(repository: &Repository) -> anyhow::Result<BTreeMap<String, Manifest>> {
    let mut found = BTreeMap::new();
    for (path, text) in repository.texts() {
        let folder = path.strip_suffix("/Cargo.toml");
        let name = match folder {
            Some("xtask") => "xtask",
            Some(folder) => match folder.strip_prefix("crates/") {
                Some(name) => name,
                None => continue,
            },
            None => continue,
        };
        let table: toml::Table = text.parse().with_context(|| format!("not a manifest: {path}"))?;
        let mut manifest = Manifest::default();
        collect(&table, &mut manifest);
        for target in
            table.get("target").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values)
        {
            collect(target.as_table().unwrap_or(&toml::Table::new()), &mut manifest);
        }
        found.insert(name.to_owned(), manifest);
    }
    Ok(found)
}

fn collect(table: &toml::Table, manifest: &mut Manifest) {
    let ours = |section: &str| -> BTreeSet<String> {
        let dependencies = table.get(section).and_then(toml::Value::as_table);
        let names = dependencies.into_iter().flat_map(toml::Table::keys);
        names.filter_map(|name| name.strip_prefix(PREFIX)).map(str::to_owned).collect()
    };
    manifest.uses.extend(ours("dependencies").into_iter().chain(ours("build-dependencies")));
    manifest.uses_in_tests.extend(ours("dev-dependencies"));
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
enum MayUse {
    Any,
    These(BTreeSet<String>),
}

/// Compares the page with the manifests.
pub(super) fn check(page: &str, manifests: &BTreeMap<String, Manifest>) -> Vec<Fault> {
    let table = room_table(page);
    let layers = layers(page);
    let mut faults = Vec::new();
    for name in manifests.keys().filter(|name| !table.contains_key(*name)) {
        faults.push(Fault::new(PAGE, format!("the room table does not name the crate `{name}`")));
    }
    for name in table.keys().filter(|name| !manifests.contains_key(*name)) {
        faults.push(Fault::new(PAGE, format!("the room table names `{name}`, which is no crate here")));
    }
    for name in layers.keys().filter(|name| !manifests.contains_key(*name)) {
        faults.push(Fault::new(PAGE, format!("the layers name `{name}`, which is no crate here")));
    }
    for (name, may_use) in &table {
        if let Some(manifest) = manifests.get(name) {
            faults.extend(check_table(name, manifest, may_use));
            faults.extend(check_layers(name, manifest, &layers));
        }
    }
    faults
}

fn check_table(name: &str, manifest: &Manifest, may_use: &MayUse) -> Vec<Fault> {
    let MayUse::These(allowed) = may_use else { return Vec::new() };
    let path = manifest_path(name);
    let forbidden = manifest.uses.difference(allowed);
    let mut faults: Vec<Fault> = forbidden
        .map(|used| Fault::new(&path, format!("`{name}` must not use `{used}` (room table in {PAGE})")))
        .collect();
    if manifest.uses.contains("testkit") {
        faults.push(Fault::new(&path, "`testkit` is for dev-dependencies only"));
    }
    faults
}

fn check_layers(name: &str, manifest: &Manifest, layers: &BTreeMap<String, Place>) -> Vec<Fault> {
    let Some(own) = layers.get(name) else { return Vec::new() };
    let lower = |used: &&String| layers.get(*used).is_some_and(|place| own.may_see(*place));
    let path = manifest_path(name);
    let not_lower = manifest.uses.iter().filter(|used| !lower(used));
    let mut faults: Vec<Fault> = not_lower
        .map(|used| Fault::new(&path, format!("`{used}` is not in a layer below `{name}`")))
        .collect();
    // Tests may make their input with any room below.
    let in_tests =
        manifest.uses_in_tests.iter().filter(|used| !lower(used) && !FOR_TESTS.contains(&used.as_str()));
    faults.extend(in_tests.map(|used| {
        Fault::new(&path, format!("`{used}` is not in a layer below `{name}`, which goes for tests too"))
    }));
    faults
}

fn manifest_path(name: &str) -> String {
    if name == "xtask" { "xtask/Cargo.toml".to_owned() } else { format!("crates/{name}/Cargo.toml") }
}

/// Reads the table whose head begins with `| crate |`: name in the first column, what it may use in the third.
fn room_table(page: &str) -> BTreeMap<String, MayUse> {
    let rows = page.lines().skip_while(|line| !line.starts_with("| crate |")).skip(2);
    rows.take_while(|line| line.starts_with('|')).filter_map(room_row).collect()
}

fn room_row(line: &str) -> Option<(String, MayUse)> {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let (name, may_use) = (cells.get(1)?.trim_matches('`'), cells.get(3)?);
    let may_use = match *may_use {
        "any" => MayUse::Any,
        "nothing" | "–" => MayUse::These(BTreeSet::new()),
        list => MayUse::These(list.split(',').map(|used| used.trim().trim_matches('`').to_owned()).collect()),
    };
    Some((name.to_owned(), may_use))
}

/// Where a crate stands in the drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    layer: u32,
    /// Crates of one layer that no bar separates may know each other.
    group: usize,
}

impl Place {
    fn may_see(self, other: Self) -> bool {
        other.layer < self.layer || other == self
    }
}

/// Reads the drawing: `layer 1   imaging  synth | eval    what they are`. Words that other words follow closely
/// are a remark, and no crate.
fn layers(page: &str) -> BTreeMap<String, Place> {
    let mut places = BTreeMap::new();
    for line in page.lines() {
        let Some(rest) = line.trim_start().strip_prefix("layer ") else { continue };
        let Some((number, names)) = rest.split_once("  ") else { continue };
        let Ok(layer) = number.trim().parse() else { continue };
        for (group, names) in names.split('|').enumerate() {
            let names =
                names.split("  ").map(str::trim).filter(|name| !name.is_empty() && !name.contains(' '));
            places.extend(names.map(|name| (name.to_owned(), Place { layer, group })));
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
 layer 3   engine                               the use cases
 layer 1   imaging     synth  |   eval
 layer 0   core    |   vector                   import nothing of ours

| crate | what | may use (ours) | never |
|---|---|---|---|
| `core` | words | nothing | files |
| `vector` | rows | nothing | animals |
| `imaging` | pixels | core | models |
| `synth` | animals | core, imaging | else |
| `eval` | metrics | core, vector | models |
| `engine` | uses | core, imaging, eval | terminal |
| `testkit` | fixtures | any | – |
| `xtask` | chores | nothing | – |

after the table | `x` |
";

    fn house() -> BTreeMap<String, Manifest> {
        let manifest = |uses: &[&str], uses_in_tests: &[&str]| Manifest {
            uses: uses.iter().map(|name| (*name).to_owned()).collect(),
            uses_in_tests: uses_in_tests.iter().map(|name| (*name).to_owned()).collect(),
        };
        [
            ("core", manifest(&[], &[])),
            ("vector", manifest(&[], &[])),
            ("imaging", manifest(&["core"], &["testkit", "synth"])),
            ("synth", manifest(&["core", "imaging"], &[])),
            ("eval", manifest(&["core", "vector"], &[])),
            ("engine", manifest(&["core", "imaging", "eval"], &["testkit"])),
            ("testkit", manifest(&["engine", "synth"], &[])),
            ("xtask", manifest(&[], &[])),
        ]
        .map(|(name, manifest)| (name.to_owned(), manifest))
        .into()
    }

    fn faults(page: &str, house: &BTreeMap<String, Manifest>) -> Vec<String> {
        check(page, house).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_house_that_keeps_to_its_table_has_no_faults() {
        assert_eq!(faults(GOOD, &house()), [""; 0]);
        assert_eq!(layers(GOOD).len(), 6);
    }

    #[test]
    fn imports_that_the_table_does_not_allow_are_found() {
        let mut house = house();
        house.get_mut("engine").unwrap().uses.insert("vector".into());
        house.get_mut("core").unwrap().uses_in_tests.insert("eval".into());
        house.get_mut("eval").unwrap().uses.insert("testkit".into());
        let found = faults(GOOD, &house);
        assert_eq!(
            found,
            [
                "crates/core/Cargo.toml: `eval` is not in a layer below `core`, which goes for tests too",
                "crates/engine/Cargo.toml: `engine` must not use `vector` (room table in ARCHITECTURE.md)",
                "crates/eval/Cargo.toml: `eval` must not use `testkit` (room table in ARCHITECTURE.md)",
                "crates/eval/Cargo.toml: `testkit` is for dev-dependencies only",
                "crates/eval/Cargo.toml: `testkit` is not in a layer below `eval`",
            ]
        );
    }

    #[test]
    fn an_import_upwards_is_found_even_where_the_table_allows_it() {
        let page = GOOD.replace("| `imaging` | pixels | core |", "| `imaging` | pixels | core, engine |");
        let mut house = house();
        house.get_mut("imaging").unwrap().uses.insert("engine".into());
        assert_eq!(
            faults(&page, &house),
            ["crates/imaging/Cargo.toml: `engine` is not in a layer below `imaging`"]
        );
    }

    #[test]
    fn neighbors_behind_a_bar_do_not_know_each_other() {
        let page = GOOD
            .replace("| `eval` | metrics | core, vector |", "| `eval` | metrics | core, vector, imaging |");
        let mut house = house();
        house.get_mut("eval").unwrap().uses.insert("imaging".into());
        assert_eq!(
            faults(&page, &house),
            ["crates/eval/Cargo.toml: `imaging` is not in a layer below `eval`"]
        );
    }

    #[test]
    fn the_page_names_exactly_the_crates_that_exist() {
        let mut house = house();
        house.insert("train".into(), Manifest::default());
        house.remove("synth");
        let found = faults(GOOD, &house);
        assert!(
            found.contains(&"ARCHITECTURE.md: the room table does not name the crate `train`".to_owned())
        );
        assert!(
            found.contains(
                &"ARCHITECTURE.md: the room table names `synth`, which is no crate here".to_owned()
            )
        );
        assert!(
            found.contains(&"ARCHITECTURE.md: the layers name `synth`, which is no crate here".to_owned())
        );
        assert!(!faults("no table at all", &house).is_empty());
    }

    #[test]
    fn manifests_are_read_with_targets_and_tests_apart() {
        let text = "[dependencies]\nresight-core.workspace = true\nserde = \"1\"\n\
                    [target.'cfg(unix)'.dependencies]\nresight-vector = { path = \"../vector\" }\n\
                    [dev-dependencies]\nresight-testkit.workspace = true\n";
        let repository =
            Repository::of(&[("crates/eval/Cargo.toml", text), ("Cargo.toml", ""), ("docs/x.md", "")]);
        let read = manifests(&repository).expect("manifests");
        assert_eq!(read.len(), 1);
        assert_eq!(read["eval"].uses, BTreeSet::from(["core".to_owned(), "vector".to_owned()]));
        assert_eq!(read["eval"].uses_in_tests, BTreeSet::from(["testkit".to_owned()]));
        assert!(manifests(&Repository::of(&[("crates/x/Cargo.toml", "[broken")])).is_err());
    }
}
