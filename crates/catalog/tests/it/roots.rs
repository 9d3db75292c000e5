//! Folders of photos, and where they are after a move.

use std::path::{Path, PathBuf};

use resight_catalog::{Access, Catalog, Settings};

use crate::support::{TempCatalog, at, bundle, photo, signed, spec};

fn put(path: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, "a photo").unwrap();
}

#[test]
fn photos_are_found_after_a_move_however_the_paths_were_written() {
    for (catalog, photos) in [
        ("catalog", "photos"),
        ("photos/../catalog", "photos"),
        ("catalog", "catalog/../photos"),
        ("other/../catalog", "other/../photos"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let at_first = folder.path().join("disk/season");
        std::fs::create_dir_all(at_first.join("other")).unwrap();
        put(&at_first.join("photos/1.jpg"));
        std::fs::create_dir_all(at_first.join("catalog")).unwrap();
        let mut made = Catalog::create(&at_first.join(catalog), &Settings::new(spec()), at(0)).unwrap();
        let import = made.begin_import("a test", &signed(0)).unwrap();
        made.remember_root(&at_first.join(photos)).unwrap();
        let mut one = photo(1, None);
        one.path = at_first.join(photos).join("1.jpg");
        made.store_batch(import, &bundle(), &[one], at(1)).unwrap();
        drop(made);
        std::fs::rename(folder.path().join("disk"), folder.path().join("other disk")).unwrap();
        let moved = folder.path().join("other disk/season").join(catalog);
        let roots = Catalog::open(&moved, Access::Read).unwrap().photo_roots().unwrap();
        assert_eq!((roots.len(), roots[0].found), (1, 1), "{catalog}, {photos}: {:?}", roots[0].location);
    }
}

#[test]
fn a_folder_goes_with_the_one_that_it_lies_in() {
    let folder = tempfile::tempdir().unwrap();
    let card = folder.path().join("card");
    let mut temp = TempCatalog::new();
    // The narrower one was taken in first.
    for source in [card.join("day 1"), card.clone()] {
        temp.catalog.remember_root(&source).unwrap();
    }
    let paths: Vec<PathBuf> = ["day 1/1.jpg", "2.jpg"].iter().map(|name| card.join(name)).collect();
    let mut photos = [photo(1, None), photo(2, None)];
    for (photo, path) in photos.iter_mut().zip(paths) {
        put(&path);
        photo.path = path;
    }
    temp.store(&photos).unwrap();
    let disk = folder.path().join("elsewhere/disk");
    std::fs::create_dir_all(disk.parent().unwrap()).unwrap();
    std::fs::rename(&card, &disk).unwrap();
    temp.catalog.move_root("card", &disk).unwrap();
    let found: Vec<u64> = temp.catalog.photo_roots().unwrap().iter().map(|root| root.found).collect();
    assert_eq!(found, [1, 1]);
}
