//! Weight files: safetensors, and torch files of both containers.

use resight_model::Weights;

use super::networks::all_there;
use super::{Target, as_it_is};

pub(super) const TARGET: Target =
    Target { name: "weights", seeds, words: WORDS, mend: as_it_is, run, cost: 1 };

const WORDS: &[&[u8]] = &[
    b"\x80\x02",
    b"ctorch._utils\n_rebuild_tensor_v2\n",
    b"ctorch\nFloatStorage\n",
    b"ctorch\nLongStorage\n",
    b"ccollections\nOrderedDict\n",
    b"cposix\nsystem\n",
    b"X\x04\0\0\0name",
    b"(",
    b"t",
    b"u",
    b"R",
    b"Q",
    b"}",
    b".",
    b"\x85",
    b"\x86",
    b"\x87",
    b"\x8A\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F",
    b"J\xFF\xFF\xFF\xFF",
    b"h\0",
    b"q\0",
    b"r\xFF\xFF\xFF\xFF",
    b"PK\x01\x02",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"PK\x06\x06",
    b"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
    b"\"F16\"",
    b"\"BF16\"",
    b"\"I64\"",
    b"[18446744073709551615,2]",
];

fn run(input: &[u8]) {
    match Weights::from_bytes(input) {
        Ok(weights) => all_there(&weights),
        Err(refusal) => drop(refusal.to_string()),
    }
}

fn seeds() -> Vec<Vec<u8>> {
    vec![
        include_bytes!("../../../fixtures/reference/model/tensors-legacy.pth").to_vec(),
        include_bytes!("../../../fixtures/reference/model/tensors-zip.pth").to_vec(),
        safetensors(),
    ]
}

/// Two tensors: length of the header, header, numbers.
fn safetensors() -> Vec<u8> {
    let header = br#"{"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"F16","shape":[4],"data_offsets":[8,16]}}"#;
    [&(header.len() as u64).to_le_bytes()[..], header, &[0x3C; 16]].concat()
}
