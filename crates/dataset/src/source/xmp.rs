//! Photos that carry their labels themselves, or have them in a sidecar: keywords in levels (Lightroom's `lr:hierarchicalSubject` with
//! `|`, digiKam's `TagsList` with `/`), flat ones (`dc:subject`, IPTC 2:25), and regions with names (`mwg-rs:RegionList`).
//!
//! `Individual|Ana`, `Species|…`, `Side|Left`, `Quality|good` are read as such; other keywords are kept. A region of an animal is a row of
//! its own, and its name the individual's.

mod packet;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use resight_files::read_plain;
use walkdir::WalkDir;

use crate::records::Records;
use crate::warning::{WarningKind, Warnings};
use crate::{DatasetError, ReadOptions, SourceKind, Table};

use super::Looked;
use super::photo_files::photo_files;
use packet::{Packet, Region};

/// The longest sidecar that is read, in bytes.
const LONGEST_SIDECAR: u64 = 8 << 20;

/// How far into a photo metadata are looked for, in bytes.
const HEAD: usize = 1 << 20;

/// Entries of a folder that are looked at to tell its kind.
const LOOKED_AT: usize = 2000;

/// Sidecars that are read to tell it.
const READ_TO_TELL: usize = 20;

/// What the first level of keywords means.
const LEVELS: [(&str, &[&str]); 4] = [
    ("identity", &["individual", "individuals", "animal", "name", "identity"]),
    ("species", &["species", "taxon"]),
    ("viewpoint", &["side", "viewpoint", "flank"]),
    ("quality", &["quality"]),
];

pub(super) fn told_by(looked: &Looked<'_>) -> Option<&'static str> {
    let entries = WalkDir::new(looked.path).max_depth(3).into_iter().take(LOOKED_AT).filter_map(Result::ok);
    let sidecars = entries.filter(|entry| is_sidecar(entry.path())).take(READ_TO_TELL);
    let says = |path: &Path| {
        let text = read_plain(path, LONGEST_SIDECAR).unwrap_or_default();
        Packet::of(&String::from_utf8_lossy(&text)).is_some_and(|packet| packet.says_who())
    };
    sidecars
        .into_iter()
        .any(|entry| says(entry.path()))
        .then_some("it holds sidecars with keywords in levels, or regions")
}

fn is_sidecar(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xmp"))
}

pub(super) fn read(root: &Path, options: &ReadOptions) -> Result<Table, DatasetError> {
    let mut warnings = Warnings::default();
    let heads = [
        "path",
        "identity",
        "species",
        "viewpoint",
        "bboxX",
        "bboxY",
        "bboxWidth",
        "bboxHeight",
        "quality",
        "keywords",
    ];
    let mut records = Records::new(&heads);
    for (file, line) in photo_files(root, &mut warnings)?.into_iter().zip(1..) {
        let packets = packets(&file.path, line, &mut warnings);
        let mut keywords: Vec<Vec<String>> = Vec::new();
        let mut regions: Vec<Region> = Vec::new();
        for packet in packets {
            keywords.extend(packet.keywords.into_iter().filter(|keyword| !keyword.is_empty()));
            // A sidecar is the newer word on regions.
            if regions.is_empty() {
                regions = packet.regions;
            }
        }
        let (labels, others) = labels(&keywords);
        let label = |name: &str| labels.get(name).cloned().unwrap_or_default();
        let rest = [label("quality"), others.join("; ")];
        let row = |identity: String, bounds: [String; 4]| -> Vec<String> {
            let first = [file.name.clone(), identity, label("species"), label("viewpoint")];
            first.into_iter().chain(bounds).chain(rest.clone()).collect()
        };
        let animals: Vec<&Region> = regions.iter().filter(|region| region.is_animal()).collect();
        if animals.is_empty() {
            records.push(line, row(label("identity"), Default::default()));
        }
        for region in &animals {
            let alone = animals.len() == 1 && region.name.is_empty();
            let name = if alone { label("identity") } else { region.name.clone() };
            records.push(line, row(name, region.bounds().map(|number| number.to_string())));
        }
    }
    records.warnings = warnings.finish();
    // Paths begin in the folder, not beside it.
    let options = ReadOptions { photo_folder: Some(root.to_owned()), ..options.clone() };
    let mut table = records.into_table(&root.join("keywords"), SourceKind::Xmp, &options)?;
    table.root = root.to_owned();
    Ok(table)
}

/// What sidecars and the photo itself say, sidecars first.
fn packets(photo: &Path, line: u64, warnings: &mut Warnings) -> Vec<Packet> {
    let mut found = Vec::new();
    for sidecar in sidecars(photo) {
        match read_plain(&sidecar, LONGEST_SIDECAR) {
            Ok(bytes) => match Packet::of(&String::from_utf8_lossy(&bytes)) {
                Some(packet) => found.push(packet),
                None => {
                    let reason = "it is no XMP that can be read".to_owned();
                    warnings.list(Some(line), WarningKind::CannotLook { reason, path: sidecar });
                }
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                warnings
                    .list(Some(line), WarningKind::CannotLook { reason: error.to_string(), path: sidecar });
            }
        }
    }
    let head = head_of(photo);
    found.extend(packet::embedded(&head).and_then(|text| Packet::of(&text)));
    let flat = packet::iptc_keywords(&head);
    if !flat.is_empty() {
        found.push(Packet {
            keywords: flat.into_iter().map(|word| vec![word]).collect(),
            regions: Vec::new(),
        });
    }
    found
}

/// `IMG_1.jpg.xmp` and `IMG_1.xmp`, as digiKam and Lightroom call them.
fn sidecars(photo: &Path) -> Vec<PathBuf> {
    let mut behind = OsString::from(photo.as_os_str());
    behind.push(".xmp");
    vec![PathBuf::from(behind), photo.with_extension("xmp")]
}

fn head_of(photo: &Path) -> Vec<u8> {
    use std::io::Read as _;
    let mut head = Vec::new();
    if let Ok((file, _)) = resight_files::open_plain(photo) {
        let _ = file.take(HEAD as u64).read_to_end(&mut head);
    }
    head
}

/// The labels that keywords say, and the keywords that say none.
fn labels(keywords: &[Vec<String>]) -> (BTreeMap<&'static str, String>, Vec<String>) {
    let (mut labels, mut others) = (BTreeMap::new(), Vec::new());
    for keyword in keywords {
        let meaning = |word: &String| {
            let word = word.to_lowercase();
            LEVELS.iter().find(|(_, words)| words.contains(&word.as_str())).map(|(meaning, _)| *meaning)
        };
        match keyword.as_slice() {
            [level, .., value] if meaning(level).is_some() => {
                // The same keyword stands in a photo in several forms: the first counts.
                labels.entry(meaning(level).unwrap_or_default()).or_insert_with(|| value.clone());
            }
            _ => {
                let text = keyword.join("|");
                if !others.contains(&text) {
                    others.push(text);
                }
            }
        }
    }
    // The levels themselves, and values, stand as flat keywords too.
    let known: Vec<String> = keywords.iter().filter(|keyword| keyword.len() > 1).flatten().cloned().collect();
    others.retain(|other| !known.contains(other));
    (labels, others)
}

#[cfg(test)]
mod tests;
