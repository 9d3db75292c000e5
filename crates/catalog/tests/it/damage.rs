//! Damage on disk is found, named, and made good where it is derived.

use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;

use resight_catalog::NewEmbedding;
use resight_catalog::verify::ProblemKind;

use crate::support::{TempCatalog, assert_right_embeddings, bundle, embedding, photo};

/// Forty photos in four batches, so four blocks.
fn catalog() -> TempCatalog {
    let mut temp = TempCatalog::new();
    for batch in 0..4_u64 {
        let photos: Vec<_> = (0..10).map(|i| photo(batch * 10 + i, Some("Luna"))).collect();
        temp.store(&photos).unwrap();
    }
    temp
}

fn segment(temp: &TempCatalog) -> PathBuf {
    temp.path().join("vectors").join(bundle().as_str()).join("seg-000001.f16")
}

fn problems(temp: &TempCatalog) -> Vec<ProblemKind> {
    let kinds = temp.catalog.verify().unwrap().problems.into_iter().map(|problem| problem.kind);
    kinds.filter(|kind| *kind != ProblemKind::MissingThumbnail).collect()
}

fn flip_byte(temp: &TempCatalog, position: u64) {
    let mut file = OpenOptions::new().write(true).open(segment(temp)).unwrap();
    file.seek(SeekFrom::Start(position)).unwrap();
    file.write_all(&[0x77]).unwrap();
}

/// Repairs, embeds what was lost, and expects the catalog whole again.
fn repair(temp: TempCatalog, lost: u64) {
    let mut temp = temp;
    let repairs = temp.catalog.repair_embeddings().unwrap();
    assert_eq!(repairs.iter().map(|r| (r.kept, r.lost)).collect::<Vec<_>>(), [(40 - lost, lost)]);
    assert!(!segment(&temp).exists(), "the damaged file is gone");
    let missing = temp.catalog.missing_embeddings(&bundle(), None, 100).unwrap();
    assert_eq!(missing.len() as u64, lost);
    let again: Vec<_> = missing
        .iter()
        .map(|m| {
            let number = u64::from_be_bytes(m.photo.0[..8].try_into().unwrap());
            (m.annotation, NewEmbedding::Values(embedding(number)))
        })
        .collect();
    temp.catalog.store_embeddings(&bundle(), &again).unwrap();
    let temp = temp.reopen();
    temp.assert_sound();
    assert_right_embeddings(&temp.catalog);
    assert_eq!(temp.catalog.gallery(&bundle()).unwrap().rows.len(), 40);
}

#[test]
fn a_changed_byte_is_found_and_only_its_block_is_lost() {
    let temp = catalog();
    flip_byte(&temp, 64 + 15 * 16 + 3);
    assert_eq!(problems(&temp), [ProblemKind::Vectors, ProblemKind::Vectors]);
    repair(temp, 10);
}

#[test]
fn a_segment_that_was_cut_off_loses_its_end() {
    let temp = catalog();
    let cut = OpenOptions::new().write(true).open(segment(&temp)).unwrap();
    cut.set_len(64 + 25 * 16 + 5).unwrap();
    let temp = temp.reopen();
    assert!(!problems(&temp).is_empty());
    repair(temp, 20);
}

#[test]
fn a_segment_that_is_missing_loses_all() {
    let temp = catalog();
    std::fs::remove_file(segment(&temp)).unwrap();
    let temp = temp.reopen();
    assert!(!problems(&temp).is_empty());
    repair(temp, 40);
}

#[test]
fn a_segment_that_is_something_else_loses_all() {
    let temp = catalog();
    flip_byte(&temp, 0);
    let temp = temp.reopen();
    assert!(!problems(&temp).is_empty());
    repair(temp, 40);
}

#[test]
fn a_sound_catalog_is_left_alone() {
    let mut temp = catalog();
    assert!(temp.catalog.repair_embeddings().unwrap().is_empty());
    assert!(!temp.catalog.restore_from_journal().unwrap());
    assert!(segment(&temp).exists());
    temp.assert_sound();
}

#[test]
fn leftovers_of_an_interrupted_writer_are_tidied_up() {
    let temp = catalog();
    let mut file = OpenOptions::new().append(true).open(segment(&temp)).unwrap();
    file.write_all(&[1; 37]).unwrap();
    let orphan = segment(&temp).with_file_name("seg-000002.f16");
    std::fs::write(&orphan, "half a head").unwrap();
    let stranger = temp.path().join("vectors").join("gone@0123456789ab").join("seg-000001.f16");
    std::fs::create_dir_all(stranger.parent().unwrap()).unwrap();
    std::fs::write(&stranger, "of a bundle that was dropped").unwrap();
    let notes = temp.path().join("vectors").join("notes.txt");
    std::fs::write(&notes, "not ours").unwrap();
    temp.assert_sound();
    assert_eq!(temp.catalog.verify().unwrap().leftovers.len(), 3);
    let temp = temp.reopen();
    assert_eq!(temp.catalog.verify().unwrap().leftovers, Vec::<PathBuf>::new());
    assert!(!orphan.exists() && !stranger.exists() && notes.exists());
    assert_right_embeddings(&temp.catalog);
}

#[test]
fn a_state_that_left_the_journal_is_found_and_brought_back() {
    let (temp, _) = TempCatalog::with(&["Luna", "Moby", ""]);
    let outsider = rusqlite::Connection::open(temp.path().join("catalog.sqlite")).unwrap();
    outsider
        .execute_batch(
            "UPDATE annotation SET individual_id = 2 WHERE id IN (1, 3); \
             UPDATE individual_name SET name = 'Ghost' WHERE name = 'Luna'",
        )
        .unwrap();
    drop(outsider);
    assert_eq!(temp.names(), ["Moby", "-", "Moby"].map(|n| if n == "-" { "Moby" } else { n }));
    let found = temp.catalog.verify().unwrap();
    let journal: Vec<_> = found.problems.iter().filter(|p| p.kind == ProblemKind::Journal).collect();
    assert_eq!(journal.len(), 2, "{journal:?}");
    let mut temp = temp.reopen();
    assert!(temp.catalog.restore_from_journal().unwrap());
    assert_eq!(temp.names(), ["Luna", "Moby", "-"]);
    temp.assert_sound();
}

#[test]
fn a_damaged_database_is_an_error_or_a_finding_never_a_crash() {
    let pristine = catalog();
    let path = pristine.path().join("catalog.sqlite");
    let folder = pristine.folder;
    drop(pristine.catalog);
    let bytes = std::fs::read(&path).unwrap();
    let mut noticed = 0;
    for step in 0..60 {
        let mut damaged = bytes.clone();
        let start = (step * 7919) % (bytes.len() - 200);
        damaged[start..start + 200].iter_mut().for_each(|byte| *byte ^= 0x5a);
        std::fs::write(&path, &damaged).unwrap();
        let verified =
            resight_catalog::Catalog::open(&folder.path().join("catalog"), resight_catalog::Access::Read)
                .and_then(|catalog| catalog.verify());
        let thumbnails_only = |report: &resight_catalog::verify::Report| {
            report.problems.iter().all(|p| p.kind == ProblemKind::MissingThumbnail)
        };
        noticed += usize::from(!verified.is_ok_and(|report| thumbnails_only(&report)));
    }
    // Much of a small database is free space, where damage does no harm.
    assert!(noticed > 5, "{noticed} of 60 noticed");
}
