//! One writer, many readers.

use resight_catalog::{Access, Catalog, CatalogError};

use crate::support::{TempCatalog, bundle, photo};

#[test]
fn a_second_writer_is_told_who_writes() {
    let temp = TempCatalog::new();
    let refusal = Catalog::open(&temp.path(), Access::Write).unwrap_err();
    let CatalogError::Locked { holder: Some(holder), .. } = &refusal else { panic!("{refusal}") };
    assert_eq!(holder.process, std::process::id());
    let text = refusal.to_string();
    assert!(text.contains(&holder.host) && text.contains("since 2"), "{text}");
    let temp = temp.reopen();
    assert_eq!(temp.catalog.access(), Access::Write);
}

#[test]
fn readers_go_on_beside_a_writer_and_see_whole_batches() {
    let mut temp = TempCatalog::new();
    let reader = Catalog::open(&temp.path(), Access::Read).unwrap();
    for batch in 0..20_u64 {
        let before = reader.embeddings(&bundle()).unwrap();
        let photos: Vec<_> = (0..5).map(|i| photo(batch * 5 + i, Some("Luna"))).collect();
        temp.store(&photos).unwrap();
        assert_eq!(before.n_rows(), batch * 5, "what was opened stays as it was");
        assert_eq!(reader.gallery(&bundle()).unwrap().rows.len() as u64, (batch + 1) * 5);
        crate::support::assert_right_embeddings(&reader);
    }
    crate::support::assert_sound(&reader);
}

#[test]
fn a_mark_moves_when_somebody_else_stores_something_and_only_then() {
    let mut temp = TempCatalog::new();
    let reader = Catalog::open(&temp.path(), Access::Read).unwrap();
    let mark = reader.change_mark().unwrap();
    reader.gallery(&bundle()).unwrap();
    assert_eq!(reader.change_mark().unwrap(), mark, "looking changes nothing");
    temp.store(&[photo(0, Some("Luna"))]).unwrap();
    let moved = reader.change_mark().unwrap();
    assert_ne!(moved, mark);
    assert_eq!(reader.change_mark().unwrap(), moved);
}

#[cfg(unix)]
#[test]
fn a_catalog_that_was_removed_or_exchanged_is_noticed() {
    let (temp, _) = TempCatalog::with(&["Luna"]);
    let (path, reader) = (temp.path(), Catalog::open(&temp.path(), Access::Read).unwrap());
    assert!(!reader.is_replaced() && !temp.catalog.is_replaced());
    let TempCatalog { folder, catalog, .. } = temp;
    drop(catalog);
    std::fs::remove_dir_all(&path).unwrap();
    assert!(reader.is_replaced());
    let another = TempCatalog::with(&["Moby", "Moby"]).0;
    std::fs::rename(another.path(), &path).unwrap();
    assert!(reader.is_replaced());
    assert!(!Catalog::open(&path, Access::Read).unwrap().is_replaced());
    drop(folder);
}

#[test]
fn looks_at_one_moment_see_it_whatever_is_stored_meanwhile() {
    let (mut temp, _) = TempCatalog::with(&["Luna"]);
    let reader = Catalog::open(&temp.path(), Access::Read).unwrap();
    let seen = reader.at_one_moment(|reader| {
        let before = reader.gallery(&bundle())?.rows.len();
        temp.store(&[photo(7, Some("Moby"))])?;
        Ok::<_, CatalogError>((before, reader.embeddings(&bundle())?.n_rows()))
    });
    assert_eq!(seen.unwrap(), (1, 1));
    assert_eq!(reader.embeddings(&bundle()).unwrap().n_rows(), 2);
}
