//! Bundles as single files: zip archives from elsewhere.

use resight_model::Bundle;
use resight_testkit::bundles::tiny_bundle;

use super::{Target, as_it_is};

pub(super) const TARGET: Target =
    Target { name: "archives", seeds, words: WORDS, mend: as_it_is, run, cost: 6 };

const WORDS: &[&[u8]] = &[
    b"PK\x01\x02",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"PK\x06\x06",
    b"PK\x06\x07",
    b"PK\x07\x08",
    b"bundle.toml",
    b"model.onnx",
    b"learnt.csv",
    b"../../x",
    b"\x08\0",
    b"\x01\0\x1C\0",
    b"\xFF\xFF\xFF\xFF",
    b"\xFF\xFF",
];

fn run(input: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("b.resight");
    std::fs::write(&path, input).expect("room for a small file");
    match Bundle::open(&path) {
        Ok(bundle) => bundle.verify().expect("it was read a moment ago"),
        Err(error) => drop(error.to_string()),
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("tiny.resight");
    tiny_bundle().write_single_file(&path).expect("room for a small bundle");
    vec![std::fs::read(path).expect("what was written a moment ago")]
}
