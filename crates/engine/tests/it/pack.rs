//! A catalog as one file, and back.

use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};

use resight_engine::identify::Answer;
use resight_engine::pack::{PackReport, PackRequest, UnpackReport, UnpackRequest, unpack};
use resight_engine::verify::VerifyRequest;
use resight_engine::{CancelToken, EngineError, Session, Silent};
use resight_files::Output;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::support::Study;

fn packed(study: &Study, photos: bool) -> (PathBuf, PackReport) {
    let archive = study.path("whales.zip");
    let output = Output::at(&archive, true, []).unwrap();
    let request = PackRequest { archive: output, photos, embeddings: true };
    let report = study.session().pack(&request, &Silent, &CancelToken::default()).unwrap();
    (archive, report)
}

fn unpacked(archive: &Path, folder: &Path) -> Result<UnpackReport, EngineError> {
    let request = UnpackRequest { archive: archive.to_owned(), folder: folder.to_owned() };
    unpack(&request, &Silent, &CancelToken::default())
}

/// The archive with one of its files changed, or with one more.
fn tampered(archive: &Path, name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut from = ZipArchive::new(Cursor::new(fs::read(archive).unwrap())).unwrap();
    let mut to = ZipWriter::new(Cursor::new(Vec::new()));
    let names: Vec<String> = from.file_names().map(|name| name.unwrap().to_string()).collect();
    for there in names.iter().filter(|there| *there != name) {
        let mut content = Vec::new();
        from.by_name(there).unwrap().read_to_end(&mut content).unwrap();
        to.start_file(there, SimpleFileOptions::default()).unwrap();
        to.write_all(&content).unwrap();
    }
    to.start_file(name, SimpleFileOptions::default()).unwrap();
    to.write_all(bytes).unwrap();
    to.finish().unwrap().into_inner()
}

#[test]
fn a_catalog_comes_back_whole_with_its_photos_and_answers_as_before() {
    let study = Study::new(3, 3);
    let (archive, report) = packed(&study, true);
    assert_eq!((report.photos, report.left_out.len()), (9, 0));
    assert_eq!(report.discloses.photos, 9);
    assert!(report.discloses.people.iter().any(|name| name.contains("Ada")), "{:?}", report.discloses);
    let asked = study.new_photo(1, 7);
    let before = study.answer(&asked);

    // Another machine: the photos are not where they were.
    let folder = study.path("elsewhere/whales");
    let found = unpacked(&archive, &folder).unwrap();
    assert_eq!((found.files, found.photos, found.known_photos), (report.files, 9, 9));
    fs::rename(study.path("study"), study.path("gone")).unwrap();
    let session = Session::new(&folder, study.models.clone());
    let roots = session.roots().unwrap();
    assert!(roots.iter().all(|root| root.found == root.photos), "{roots:?}");
    let request = VerifyRequest { originals: true };
    let verified = session.verify(&request, &Silent, &CancelToken::default()).unwrap();
    assert!(verified.sound && verified.originals_lost.is_empty(), "{verified:?}");
    let answer = session
        .identify(&study.question(&[asked]), &Silent, &CancelToken::default())
        .unwrap()
        .answers
        .remove(0);
    let said = |answer: &Answer| -> Vec<_> {
        answer
            .candidates
            .iter()
            .map(|one| (one.individual.clone(), one.probability, one.similarity))
            .collect()
    };
    assert_eq!((&answer.decision, said(&answer)), (&before.decision, said(&before)));
}

#[test]
fn what_would_be_told_is_said_before_anything_is_written() {
    let study = Study::new(2, 2);
    let output = Output::at(&study.path("whales.zip"), false, []).unwrap();
    let request = PackRequest { archive: output, photos: false, embeddings: false };
    let plan = study.session().plan_pack(&request).unwrap();
    assert_eq!((plan.discloses.photos, plan.photos), (4, 0));
    assert_eq!(plan.discloses.folders.len(), 1);
    assert!(plan.bytes > 0);
    assert!(!study.path("whales.zip").exists());
    let report = study.session().pack(&request, &Silent, &CancelToken::default()).unwrap();
    assert_eq!((report.files, &report.discloses), (plan.files, &plan.discloses));
}

#[test]
fn a_damaged_or_hostile_archive_leaves_nothing_behind() {
    let study = Study::new(2, 2);
    let (archive, _) = packed(&study, false);
    let whole = fs::read(&archive).unwrap();
    let place = study.path("there/whales");
    let mut flipped = whole.clone();
    let middle = flipped.len() / 3;
    flipped[middle] ^= 0x55;
    let listing = "resight-catalog.json";
    let cases: [(&str, Vec<u8>); 6] = [
        ("cut off", whole[..whole.len() / 2].to_vec()),
        ("flipped", flipped),
        ("another file", tampered(&archive, "catalog.sqlite", b"SQLite format 3\0")),
        ("a file more", tampered(&archive, "thumbs/aa/more.jpg", b"more")),
        ("no list", tampered(&archive, listing, b"{}")),
        ("empty", Vec::new()),
    ];
    for (what, bytes) in cases {
        fs::write(study.path("bad.zip"), bytes).unwrap();
        let error = unpacked(&study.path("bad.zip"), &place).unwrap_err().to_string();
        assert!(error.contains("bad.zip"), "{what}: {error}");
        assert!(!place.exists(), "{what}");
        let left: Vec<_> = place.parent().unwrap().read_dir().map(Iterator::collect).unwrap_or_default();
        assert!(left.is_empty(), "{what}: {left:?}");
    }
    // A name that leads elsewhere, rightly listed.
    let evil = "thumbs/../../../evil.jpg";
    let text = format!(
        "{{\"format_version\":1,\"made_by\":\"x\",\"roots\":[],\"files\":[{{\"name\":\"{evil}\",\"bytes\":1,\"blake3\":\"00\"}}]}}"
    );
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [(evil, b"x".as_slice()), (listing, text.as_bytes())] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    fs::write(study.path("evil.zip"), zip.finish().unwrap().into_inner()).unwrap();
    let error = unpacked(&study.path("evil.zip"), &place).unwrap_err().to_string();
    assert!(error.contains("it lists"), "{error}");
}

#[test]
fn nothing_is_unpacked_over_what_is_there() {
    let study = Study::new(2, 2);
    let (archive, _) = packed(&study, false);
    fs::create_dir(study.path("mine")).unwrap();
    fs::write(study.path("mine/notes.txt"), "mine").unwrap();
    let error = unpacked(&archive, &study.path("mine")).unwrap_err().to_string();
    assert!(error.contains("is not empty"), "{error}");
    assert_eq!(fs::read_to_string(study.path("mine/notes.txt")).unwrap(), "mine");
}
