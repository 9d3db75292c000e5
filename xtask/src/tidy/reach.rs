//! What crates reach through others: runtimes and frameworks that a room must not know.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use super::Fault;
use super::rooms::Manifest;

/// No crate of ours waits asynchronously but the server: threads and channels do.
const ASYNC_RUNTIMES: [&str; 7] =
    ["tokio", "async-std", "smol", "futures-executor", "glommio", "monoio", "async-global-executor"];

/// What executes networks.
const LEARNING_FRAMEWORKS: [&str; 11] = [
    "ort",
    "ort-sys",
    "rten",
    "tch",
    "torch-sys",
    "candle-core",
    "burn",
    "burn-core",
    "tract-core",
    "tract-onnx",
    "dfdx",
];

/// The rooms that may reach a framework; all others must not.
const ROOMS_WITH_NETWORKS: [&str; 7] = ["model", "engine", "train", "tune", "web", "cli", "testkit"];

/// The rooms that may reach an asynchronous runtime: the server, and the program that opens it.
const ROOMS_WITH_RUNTIMES: [&str; 2] = ["web", "cli"];

/// Asks cargo what each crate reaches by normal dependencies.
pub(super) fn check(root: &Path, manifests: &BTreeMap<String, Manifest>) -> anyhow::Result<Vec<Fault>> {
    let mut faults = Vec::new();
    for name in manifests.keys().filter(|name| *name != "xtask") {
        faults.extend(check_reached(name, &reached(root, name)?));
    }
    Ok(faults)
}

fn reached(root: &Path, name: &str) -> anyhow::Result<BTreeSet<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let package = format!("resight-{name}");
    let package = if name == "cli" { package_of_cli(root)? } else { package };
    let output = Command::new(cargo)
        .args([
            "tree",
            "--locked",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--package",
            &package,
        ])
        .current_dir(root)
        .output()
        .context("cargo is not there")?;
    if !output.status.success() {
        bail!("cargo tree failed for {package}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect())
}

/// The program's package carries its own name.
fn package_of_cli(root: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(root.join("crates/cli/Cargo.toml"))?;
    let table: toml::Table = text.parse()?;
    let name = table.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
    Ok(name.context("crates/cli/Cargo.toml has no name")?.to_owned())
}

fn check_reached(name: &str, reached: &BTreeSet<String>) -> Vec<Fault> {
    let path = format!("crates/{name}/Cargo.toml");
    let mut faults = Vec::new();
    let runtimes = ASYNC_RUNTIMES.iter().filter(|runtime| reached.contains(**runtime));
    for runtime in runtimes.filter(|_| !ROOMS_WITH_RUNTIMES.contains(&name)) {
        faults.push(Fault::new(&path, format!("`{name}` reaches the async runtime `{runtime}`")));
    }
    if !ROOMS_WITH_NETWORKS.contains(&name) {
        for framework in LEARNING_FRAMEWORKS.iter().filter(|framework| reached.contains(**framework)) {
            faults
                .push(Fault::new(&path, format!("`{name}` reaches `{framework}`, which executes networks")));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(name: &str, reached: &[&str]) -> usize {
        check_reached(name, &reached.iter().map(|name| (*name).to_owned()).collect()).len()
    }

    #[test]
    fn networks_are_for_some_rooms_and_async_runtimes_for_the_server() {
        assert_eq!(faults("core", &["serde", "jiff"]), 0);
        assert_eq!(faults("core", &["ort", "tokio"]), 2);
        assert_eq!(faults("model", &["ort", "rten"]), 0);
        assert_eq!((faults("model", &["tokio"]), faults("web", &["tokio"])), (1, 0));
        assert_eq!((faults("runs", &["burn"]), faults("tune", &["burn"])), (1, 0), "any door may show a run");
    }

    #[test]
    fn cargo_tells_what_a_crate_reaches() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
        let reached = reached(root, "core").expect("cargo tree");
        assert!(reached.contains("resight-core") && reached.contains("jiff"), "{reached:?}");
    }
}
