//! Links and other strangers in a catalog that came by mail: never followed, told by name.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use resight_catalog::verify::{ProblemKind, verify};
use resight_catalog::{Access, Catalog, CatalogError, Settings};

use crate::support::{TempCatalog, at, bundle, photo_id, spec};

/// A closed catalog of two photos with a thumbnail, and beside it what a link may lead to.
fn mailed() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let (temp, _) = TempCatalog::with(&["Luna", "Moby"]);
    for number in 0..2 {
        temp.catalog.store_thumbnail(&photo_id(number), b"jpeg").unwrap();
    }
    let path = temp.path();
    let victim = temp.folder.path().join("victim");
    fs::create_dir(&victim).unwrap();
    for name in ["precious", "seg-000001.f16", "seg-000002.f16"] {
        fs::write(victim.join(name), [7; 300]).unwrap();
    }
    let TempCatalog { folder, catalog, .. } = temp;
    drop(catalog);
    (folder, path, victim)
}

fn assert_unharmed(victim: &Path) {
    let mut names: Vec<_> = fs::read_dir(victim).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["precious", "seg-000001.f16", "seg-000002.f16"]);
    for name in names {
        assert_eq!(fs::read(victim.join(name)).unwrap(), [7; 300]);
    }
}

fn is_unsound(path: &Path, link: &Path) -> bool {
    let shown = link.display().to_string();
    verify(path).unwrap().1.problems.iter().any(|problem| problem.what.contains(&shown))
}

/// Puts a link in the place of whatever has the name.
fn put_link(target: &Path, link: &Path) {
    if link.symlink_metadata().is_ok_and(|found| found.is_dir()) {
        fs::remove_dir_all(link).unwrap();
    } else {
        let _ = fs::remove_file(link);
    }
    fs::create_dir_all(link.parent().unwrap()).unwrap();
    symlink(target, link).unwrap();
}

#[test]
fn a_link_in_the_place_of_a_file_or_folder_of_the_catalog_refuses_the_catalog() {
    let files = [
        "catalog.sqlite",
        "catalog.sqlite-wal",
        "catalog.sqlite-shm",
        "catalog.sqlite-journal",
        "catalog.sqlite.new",
        "lock",
        "lock.json",
    ];
    let of_bundle = format!("vectors/{}", bundle());
    let folders = ["vectors", "thumbs", "vectors/x", "vectors/other@0123456789ab", &of_bundle];
    for name in files.iter().chain(&folders) {
        for dangling in [false, true] {
            let (_folder, path, victim) = mailed();
            let link = path.join(name);
            let target = match (dangling, files.contains(name)) {
                (true, _) => victim.join("nothing"),
                (false, true) => victim.join("precious"),
                (false, false) => victim.clone(),
            };
            put_link(&target, &link);
            for access in [Access::Read, Access::Write] {
                let refusal = Catalog::open(&path, access).unwrap_err();
                assert!(matches!(refusal, CatalogError::NotOurs { .. }), "{name}: {refusal}");
                let said = refusal.to_string();
                assert!(said.contains("a link") && said.contains(&link.display().to_string()), "{said}");
            }
            assert!(is_unsound(&path, &link), "{name}");
            assert_unharmed(&victim);
        }
    }
}

#[test]
fn a_pipe_or_a_folder_in_the_place_of_a_file_is_refused_without_waiting() {
    for name in ["catalog.sqlite", "catalog.sqlite-wal", "lock", "lock.json"] {
        let (_folder, path, _victim) = mailed();
        let place = path.join(name);
        let _ = fs::remove_file(&place);
        assert!(Command::new("mkfifo").arg(&place).status().unwrap().success());
        for access in [Access::Read, Access::Write] {
            let refusal = Catalog::open(&path, access).unwrap_err();
            assert!(matches!(refusal, CatalogError::NotOurs { .. }), "{name}: {refusal}");
        }
        fs::remove_file(&place).unwrap();
        fs::create_dir(&place).unwrap();
        assert!(Catalog::open(&path, Access::Write).is_err(), "{name}");
    }
}

#[test]
fn a_linked_segment_is_neither_read_nor_cut_nor_removed() {
    let (_folder, path, victim) = mailed();
    let segment = path.join("vectors").join(bundle().as_str()).join("seg-000001.f16");
    // What it leads to is a good segment, even.
    fs::copy(&segment, victim.join("seg-000001.f16")).unwrap();
    let before = fs::read(&segment).unwrap();
    put_link(&victim.join("seg-000001.f16"), &segment);
    let beyond = segment.with_file_name("seg-000002.f16");
    put_link(&victim.join("seg-000002.f16"), &beyond);
    let mut catalog = Catalog::open(&path, Access::Write).unwrap();
    let refusal = catalog.embeddings(&bundle()).unwrap_err().to_string();
    assert!(refusal.contains("a link") && refusal.contains("seg-000001.f16"), "{refusal}");
    assert!(is_unsound(&path, &segment) && is_unsound(&path, &beyond));
    let repairs = catalog.repair_embeddings().unwrap();
    assert_eq!((repairs[0].kept, repairs[0].lost), (0, 2));
    assert_eq!(fs::read(victim.join("seg-000001.f16")).unwrap(), before);
    assert_eq!(fs::read(victim.join("seg-000002.f16")).unwrap(), [7; 300]);
}

#[test]
fn only_names_that_we_make_are_tidied_away() {
    let (_folder, path, _victim) = mailed();
    let vectors = path.join("vectors");
    let kept = [
        "x/seg-000001.f16",
        "my vectors@2024/seg-000001.f16",
        "gone@0123456789ab/seg-1.f16",
        "gone@0123456789ab/seg-000001.f16.bak",
        "gone@0123456789ab/notes.txt",
    ];
    let removed = ["gone@0123456789ab/seg-000001.f16", "left@0123456789ab/seg-000003.f16"];
    for name in kept.iter().chain(&removed) {
        let file = vectors.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "x").unwrap();
    }
    drop(Catalog::open(&path, Access::Write).unwrap());
    assert!(kept.iter().all(|name| vectors.join(name).is_file()), "only what has a name of ours goes");
    assert!(removed.iter().all(|name| !vectors.join(name).exists()));
}

#[test]
fn thumbnails_go_through_no_link_and_have_the_rights_of_any_file() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path, victim) = mailed();
    let catalog = Catalog::open(&path, Access::Write).unwrap();
    let thumbnail = catalog.thumbnail_path(&photo_id(0));
    let any = path.join("any");
    fs::write(&any, "").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&thumbnail), mode(&any));

    put_link(&victim.join("precious"), &thumbnail);
    assert!(matches!(catalog.thumbnail(&photo_id(0)), Err(CatalogError::NotOurs { .. })));
    assert!(is_unsound(&path, &thumbnail));
    assert_eq!(catalog.missing_thumbnails().unwrap().len(), 1);
    catalog.store_thumbnail(&photo_id(0), b"new").unwrap();
    assert_eq!(catalog.thumbnail(&photo_id(0)).unwrap().unwrap(), b"new");
    assert_unharmed(&victim);

    let folder = thumbnail.parent().unwrap().to_owned();
    put_link(&victim, &folder);
    assert!(matches!(catalog.store_thumbnail(&photo_id(0), b"x"), Err(CatalogError::NotOurs { .. })));
    assert!(matches!(catalog.thumbnail(&photo_id(0)), Err(CatalogError::NotOurs { .. })));
    assert!(is_unsound(&path, &folder));
    assert_unharmed(&victim);
}

#[test]
fn a_thumbnail_that_is_not_there_or_cannot_be_read_is_none() {
    let (_folder, path, _victim) = mailed();
    let catalog = Catalog::open(&path, Access::Write).unwrap();
    let thumbnail = catalog.thumbnail_path(&photo_id(0));
    fs::remove_file(&thumbnail).unwrap();
    assert_eq!(catalog.thumbnail(&photo_id(0)).unwrap(), None);
    fs::create_dir(&thumbnail).unwrap();
    assert_eq!(catalog.thumbnail(&photo_id(0)).unwrap(), None);
}

#[test]
fn a_new_catalog_is_made_through_no_link() {
    for name in ["lock", "lock.json", "catalog.sqlite", "catalog.sqlite.new", "catalog.sqlite.new-wal"] {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        let path = folder.path().join("catalog");
        put_link(&victim, &path.join(name));
        Catalog::create(&path, &Settings::new(spec()), at(0)).unwrap_err();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious", "{name}");
    }
}

#[test]
fn the_folder_itself_may_be_reached_by_a_link_of_the_users_own() {
    let (folder, path, _victim) = mailed();
    let link = folder.path().join("whales");
    symlink(&path, &link).unwrap();
    for access in [Access::Read, Access::Write] {
        let catalog = Catalog::open(&link, access).unwrap();
        assert!(catalog.verify().unwrap().problems.iter().all(|p| p.kind != ProblemKind::Folder));
    }
}
