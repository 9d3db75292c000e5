//! Catalogs whose files were damaged: the input says what is done to the bytes of the database and of the segment.

use super::seed_catalog::{Files, SEED};
use super::{Target, as_it_is, look};
use crate::mutation::write;

pub(super) const TARGET: Target =
    Target { name: "catalog_files", seeds, words: WORDS, mend: as_it_is, run, cost: 200 };

/// One change is written in so many bytes: file and kind, a place in three, a length, three of value.
const CHANGE_BYTES: usize = 8;
/// The most changes of an input.
const MOST_CHANGES: usize = 64;

const WORDS: &[&[u8]] = &[
    b"\0\0\0\0\x10\xFF\xFF\xFF",
    b"\0\x64\0\0\x08\x0D\0\0",
    b"\x01\0\0\0\x04\xFF\xFF\xFF",
    b"\x02\0\x10\0\0\0\0\0",
    b"\x08\x08\0\0\x08\xFF\xFF\xFF",
    b"\x0A\x20\0\0\0\0\0\0",
];

fn run(input: &[u8]) {
    let mut files = Files { database: SEED.database.clone(), segment: SEED.segment.clone() };
    let (changes, _) = input.as_chunks::<CHANGE_BYTES>();
    for change in changes.iter().take(MOST_CHANGES) {
        apply(&mut files, *change);
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    files.write(folder.path()).expect("room for a small catalog");
    look::through(folder.path());
}

fn apply(files: &mut Files, [what, low, middle, high, length, value @ ..]: [u8; CHANGE_BYTES]) {
    let bytes = if what & 8 == 0 { &mut files.database } else { &mut files.segment };
    let place = usize::from(low) | usize::from(middle) << 8 | usize::from(high) << 16;
    let at = place.checked_rem(bytes.len()).unwrap_or(0);
    let end = bytes.len().min(at + usize::from(length));
    match what & 7 {
        0 | 1 => write(bytes, at, &value[..1 + usize::from(what & 1) * 2]),
        2 => bytes.truncate(at),
        3 => bytes[at..end].fill(value[0]),
        4 => {
            let from = usize::from(value[0]) * 256 % bytes.len().max(1);
            let block = bytes[from..bytes.len().min(from + usize::from(length) * 16)].to_vec();
            write(bytes, at, &block);
        }
        5 => bytes.resize(bytes.len() + usize::from(length) * 16, value[0]),
        6 => drop(bytes.drain(at..end)),
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << (value[0] % 8);
            }
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let one = |what: u8, place: u32, length: u8, value: u8| {
        let [low, middle, high, _] = place.to_le_bytes();
        vec![what, low, middle, high, length, value, value, value]
    };
    vec![
        Vec::new(),
        one(0, 100, 0, 13),
        one(7, 5000, 0, 3),
        one(3, 4096, 200, 0),
        one(2, 40_000, 0, 0),
        one(8, 0, 0, 1),
        one(15, 200, 0, 3),
        one(10, 100, 0, 0),
        one(13, 0, 4, 0),
        [one(7, 9000, 0, 1), one(7, 20_000, 0, 5), one(15, 90, 0, 7)].concat(),
    ]
}
