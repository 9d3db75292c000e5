//! The manifest of a bundle and the list of models: text that says what a network is.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use resight_model::registry::Registry;
use resight_model::{Bundle, MANIFEST_FILE, MODEL_FILE};
use resight_testkit::bundles::tiny_bundle;

use super::{Target, as_it_is};

pub(super) const TARGET: Target =
    Target { name: "manifests", seeds, words: WORDS, mend: as_it_is, run, cost: 2 };

const WORDS: &[&[u8]] = &[
    b"format_version = 1\n",
    b"format_version = 99999999999999999999\n",
    b"[calibration]\n",
    b"[preprocess]\n",
    b"[files]\n",
    b"[[entries]]\n",
    b"width = 4294967295\n",
    b"dimension = 65536\n",
    b"crop_margin = nan\n",
    b"deviation = [0.0, -0.0, inf]\n",
    b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    b"{a={a={a={a={a={a={a={a={a={a=",
    b"a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a",
    b"\"\"\"",
    b"'''",
    b"\\u0000",
    b"\\U0010FFFF",
    b"model.onnx",
    b"learnt.csv",
];

/// The files of the tiny bundle.
static FILES: LazyLock<BTreeMap<&str, Vec<u8>>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("tiny");
    tiny_bundle().write(&path).expect("room for a small bundle");
    let read = |name: &'static str| (name, std::fs::read(path.join(name)).unwrap_or_default());
    BTreeMap::from([read(MANIFEST_FILE), read(MODEL_FILE)])
});

/// One of the files of the tiny bundle.
pub(super) fn tiny_file(name: &str) -> &'static [u8] {
    FILES.get(name).map_or(&[], Vec::as_slice)
}

fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match Bundle::built_in(text, tiny_file(MODEL_FILE), None, "fuzz") {
        Ok(bundle) => {
            let _ = (bundle.id().to_string(), bundle.facts().operators);
            let written = toml_of(&bundle);
            let again = Bundle::built_in(&written, tiny_file(MODEL_FILE), None, "again");
            assert_eq!(again.expect("what is written is read").id(), bundle.id());
        }
        Err(error) => drop(error.to_string()),
    }
    if let Err(error) = Registry::parse(text) {
        let _ = error.to_string();
    }
}

/// The manifest as the bundle itself writes it.
fn toml_of(bundle: &Bundle) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("b");
    bundle.write(&path).expect("room for a small bundle");
    std::fs::read_to_string(path.join(MANIFEST_FILE)).expect("a manifest is text")
}

fn seeds() -> Vec<Vec<u8>> {
    let tiny = tiny_file(MANIFEST_FILE).to_vec();
    let registry = include_bytes!("../../../crates/model/src/registry/registry.toml").to_vec();
    let entry = registry[..registry.len().min(3000)].to_vec();
    vec![tiny, entry, b"format_version = 1\n[[entries]]\nname = \"x\"\n".to_vec()]
}
