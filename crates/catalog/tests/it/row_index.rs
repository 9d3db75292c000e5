//! The index over the rows of a bundle: a file beside them.

use std::io::{self, Read as _, Write as _};

use resight_catalog::{BundleSpec, Catalog, CatalogError};
use resight_core::{BundleId, Distance};

use crate::support::{TempCatalog, at};

fn marks() -> BundleSpec {
    BundleSpec { id: BundleId::new("marks", &[9; 32]).unwrap(), dimension: 3, distance: Distance::Cosine }
}

fn read(catalog: &Catalog) -> Option<Vec<u8>> {
    let (mut file, length) = catalog.index(&marks().id).unwrap()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, length);
    Some(bytes)
}

#[test]
fn an_index_is_kept_whole_and_goes_with_its_bundle() {
    let (mut temp, _) = TempCatalog::with(&["Luna"]);
    temp.catalog.use_local_features(&[marks()], at(5)).unwrap();
    assert_eq!(read(&temp.catalog), None);
    temp.catalog.store_index(&marks().id, |file| file.write_all(b"first")).unwrap();
    let failed = temp.catalog.store_index(&marks().id, |file| {
        file.write_all(b"half")?;
        Err(io::Error::other("the disk is full"))
    });
    assert!(failed.unwrap_err().to_string().contains("rows.index"));
    assert_eq!(read(&temp.catalog).unwrap(), b"first");
    temp.catalog.store_index(&marks().id, |file| file.write_all(b"second")).unwrap();
    let mut temp = temp.reopen();
    assert_eq!(read(&temp.catalog).unwrap(), b"second");
    temp.assert_sound();

    // What has another name is not ours.
    let folder = temp.path().join("vectors").join(marks().id.as_str());
    std::fs::write(folder.join("notes.txt"), "mine").unwrap();
    temp.catalog.use_local_features(&[], at(6)).unwrap();
    temp.catalog.drop_bundle(&marks().id).unwrap();
    assert!(!folder.join("rows.index").exists() && folder.join("notes.txt").exists());
}

#[cfg(unix)]
#[test]
fn an_index_is_read_and_written_through_no_link() {
    let (mut temp, _) = TempCatalog::with(&["Luna"]);
    temp.catalog.use_local_features(&[marks()], at(5)).unwrap();
    temp.catalog.store_index(&marks().id, |file| file.write_all(b"ours")).unwrap();
    let victim = temp.path().join("victim");
    std::fs::write(&victim, "precious").unwrap();
    let path = temp.path().join("vectors").join(marks().id.as_str()).join("rows.index");
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(&victim, &path).unwrap();
    assert!(matches!(temp.catalog.index(&marks().id), Err(CatalogError::NotOurs { .. })));
    temp.catalog.store_index(&marks().id, |file| file.write_all(b"ours")).unwrap();
    assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
    assert_eq!(read(&temp.catalog).unwrap(), b"ours");
}
