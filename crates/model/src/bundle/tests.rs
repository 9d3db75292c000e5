//! Bundles survive writing and reading; hostile ones are refused with a reason.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use resight_core::{Distance, Hint, LearntPart, LearntPhoto, LearntRecord, PhotoId, RoomError as _};
use zip::write::SimpleFileOptions;

use super::*;
use crate::test_support::{manifest_input, tiny_bundle, tiny_onnx};

fn refusal(path: &Path) -> String {
    Bundle::open(path).unwrap_err().to_string()
}

/// A written tiny bundle, its manifest changed by a function.
fn with_manifest(change: impl FnOnce(String) -> String) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("tiny");
    tiny_bundle().write(&folder).unwrap();
    let manifest = folder.join(MANIFEST_FILE);
    fs::write(&manifest, change(fs::read_to_string(&manifest).unwrap())).unwrap();
    (home, folder)
}

fn zip_file(entries: &[(&str, &[u8])]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut archive = zip::ZipWriter::new(file.reopen().unwrap());
    for (name, bytes) in entries {
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        archive.start_file(*name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap();
    file
}

#[test]
fn folder_and_single_file_hold_the_same_bundle() {
    let home = tempfile::tempdir().unwrap();
    let mut input = manifest_input("tiny", 16);
    input.card = "Two lines,\n\"quoted\".".to_owned();
    input.labels = vec!["tursiops_truncatus".to_owned()];
    let bundle = Bundle::from_onnx_bytes(tiny_onnx().into(), input, Path::new("memory")).unwrap();
    bundle.write(&home.path().join("folder")).unwrap();
    bundle.write_single_file(&home.path().join("file.resight")).unwrap();
    for name in ["folder", "file.resight"] {
        let opened = Bundle::open(&home.path().join(name)).unwrap();
        assert_eq!(opened.id(), bundle.id());
        assert_eq!(opened.manifest(), bundle.manifest());
        assert_eq!(opened.model_bytes(), bundle.model_bytes());
        opened.verify().unwrap();
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2, "nothing is left behind");
}

#[test]
fn the_id_changes_with_the_embeddings_and_with_nothing_else() {
    let id = |change: fn(&mut ManifestInput)| {
        let mut input = manifest_input("tiny", 16);
        change(&mut input);
        Bundle::from_onnx_bytes(tiny_onnx().into(), input, Path::new("memory")).unwrap().id().to_string()
    };
    let first = id(|_| {});
    // Held fixed: catalogs keep this text beside every embedding.
    assert_eq!(first, "tiny@355f82b870d3");
    assert_eq!(id(|input| input.card = "corrected".to_owned()), first);
    assert_eq!(id(|input| input.licence = "MIT".to_owned()), first);
    assert_ne!(id(|input| input.distance = Distance::Euclidean), first);
    assert_ne!(id(|input| input.preprocess.mean[0] = 126.0), first);
}

#[test]
fn an_existing_folder_is_not_overwritten() {
    let (_home, folder) = with_manifest(|text| text);
    assert!(matches!(tiny_bundle().write(&folder), Err(BundleError::Exists { .. })));
    Bundle::open(&folder).unwrap();
}

#[test]
fn a_newer_format_is_refused_in_plain_words() {
    let (_home, folder) =
        with_manifest(|text| text.replace("format_version = 1", "format_version = 2\nshiny = [[1]]"));
    let refused = Bundle::open(&folder).unwrap_err();
    assert!(refused.to_string().contains("format 2"), "{refused}");
    assert_eq!(refused.hint(), Some(Hint::UpdateProgram));
}

#[test]
fn manifests_that_are_not_in_order_are_refused() {
    type Change = fn(String) -> String;
    let cases: [(Change, &str); 9] = [
        (|text| format!("unknown_key = 1\n{text}"), "unknown_key"),
        (|text| text.replace("format_version = 1\n", ""), "format_version"),
        (|text| text.replace("dimension = 8", "dimension = 0"), "dimension 0"),
        (|text| text.replace("dimension = 8", "dimension = 99999999"), "dimension"),
        (|text| text.replace("deviation = [128.0", "deviation = [0.0"), "deviation"),
        (|text| text.replace("name = \"tiny\"", "name = \"../tiny\""), "bundle id"),
        (|text| text.replace("\"model.onnx\"", "\"../model.onnx\""), "and nothing else"),
        (|text| text.replace("distance = \"cosine\"", "distance = \"manhattan\""), "manhattan"),
        (|_| "\u{0}".to_owned(), ""),
    ];
    for (change, expected) in cases {
        let (_home, folder) = with_manifest(change);
        let message = refusal(&folder);
        assert!(message.contains(expected), "{expected}: {message}");
    }
}

#[test]
fn a_damaged_network_is_found_out() {
    let (_home, folder) = with_manifest(|text| text);
    let model = folder.join(MODEL_FILE);
    let opened = Bundle::open(&folder).unwrap();
    let mut bytes = fs::read(&model).unwrap();
    bytes[200] ^= 1;
    fs::write(&model, &bytes).unwrap();
    assert!(matches!(Bundle::open(&folder), Err(BundleError::Checksum { .. })));
    assert!(matches!(opened.verify(), Err(BundleError::Checksum { .. })));
    fs::remove_file(&model).unwrap();
    assert!(matches!(Bundle::open(&folder), Err(BundleError::Io { .. })));
}

#[test]
fn archives_with_anything_else_in_them_are_refused() {
    let (_home, folder) = with_manifest(|text| text);
    let manifest = fs::read(folder.join(MANIFEST_FILE)).unwrap();
    let model = fs::read(folder.join(MODEL_FILE)).unwrap();
    let good = zip_file(&[(MODEL_FILE, &model), (MANIFEST_FILE, &manifest)]);
    assert_eq!(Bundle::open(good.path()).unwrap().id(), tiny_bundle().id(), "a packed one is fine");
    for extra in ["../evil.sh", "/etc/evil", "notes.txt"] {
        let file = zip_file(&[(MODEL_FILE, &model), (MANIFEST_FILE, &manifest), (extra, b"x")]);
        assert!(refusal(file.path()).contains("nothing else"), "{extra}");
    }
    let bomb = zip_file(&[(MODEL_FILE, &vec![0; 30_000_000]), (MANIFEST_FILE, &manifest)]);
    assert!(refusal(bomb.path()).contains("times its packed size"));
    let garbage = zip_file(&[]);
    fs::write(garbage.path(), b"PK\x03\x04 no archive").unwrap();
    assert!(refusal(garbage.path()).contains("not a bundle"));
    assert!(refusal(Path::new("no/such/file")).contains("no/such/file"));
}

#[test]
fn cut_archives_never_crash() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("tiny.resight");
    tiny_bundle().write_single_file(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    for length in (0..bytes.len()).step_by(61) {
        fs::write(&path, &bytes[..length]).unwrap();
        Bundle::open(&path).unwrap_err();
    }
}

#[test]
fn a_bundle_is_used_for_what_it_is_for() {
    let mut input = manifest_input("tiny", 16);
    input.purpose = Purpose::Mask;
    let bundle = Bundle::from_onnx_bytes(tiny_onnx().into(), input, Path::new("memory")).unwrap();
    let error = crate::load_embedder(&bundle, crate::RuntimeChoice::Rten, 1).err().unwrap();
    assert!(error.to_string().ends_with("is a mask network, not an embedder"), "{error}");
}

fn record() -> LearntRecord {
    LearntRecord::new((0..5).map(|number| LearntPhoto {
        photo: PhotoId([number; 32]),
        individual: u32::from(number) / 2,
        part: LearntPart::Train,
        look: Some(77),
    }))
}

#[test]
fn both_forms_carry_what_was_learnt_and_the_id_stays() {
    let home = tempfile::tempdir().unwrap();
    let bundle = tiny_bundle().with_learnt(record()).unwrap();
    assert_eq!(bundle.id(), tiny_bundle().id());
    bundle.write(&home.path().join("folder")).unwrap();
    bundle.write_single_file(&home.path().join("file.resight")).unwrap();
    for name in ["folder", "file.resight"] {
        let opened = Bundle::open(&home.path().join(name)).unwrap();
        assert_eq!((opened.id(), opened.learnt()), (bundle.id(), &record()), "{name}");
        assert_eq!(opened.manifest(), bundle.manifest());
    }
    let without = bundle.with_learnt(LearntRecord::default()).unwrap();
    assert_eq!(without.manifest(), tiny_bundle().manifest());
    without.write(&home.path().join("without")).unwrap();
    assert!(!home.path().join("without").join(LEARNT_FILE).exists());
    assert!(Bundle::open(&home.path().join("without")).unwrap().learnt().is_empty());
}

#[test]
fn a_record_that_is_not_the_bundles_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("tiny");
    tiny_bundle().with_learnt(record()).unwrap().write(&folder).unwrap();
    let (learnt, manifest) = (folder.join(LEARNT_FILE), folder.join(MANIFEST_FILE));
    let (good, said) = (fs::read(&learnt).unwrap(), fs::read_to_string(&manifest).unwrap());

    fs::write(&learnt, &good[..good.len() - 1]).unwrap();
    assert!(matches!(Bundle::open(&folder), Err(BundleError::Checksum { .. })));
    fs::remove_file(&learnt).unwrap();
    assert!(refusal(&folder).contains("`learnt.csv`, which is not there"), "{}", refusal(&folder));
    fs::write(&learnt, &good).unwrap();
    Bundle::open(&folder).unwrap();

    let garbage = b"resight learnt 1\nphoto,look,individual,part\n../etc,,0,train\n";
    fs::write(&learnt, garbage).unwrap();
    let promised = |bytes: &[u8]| blake3::hash(bytes).to_hex().to_string();
    fs::write(&manifest, said.replace(&promised(&good), &promised(garbage))).unwrap();
    assert!(matches!(Bundle::open(&folder), Err(BundleError::Learnt { .. })), "{}", refusal(&folder));

    let unnamed = home.path().join("unnamed");
    tiny_bundle().write(&unnamed).unwrap();
    fs::write(unnamed.join(LEARNT_FILE), &good).unwrap();
    assert!(refusal(&unnamed).contains("says nothing"), "{}", refusal(&unnamed));
}
