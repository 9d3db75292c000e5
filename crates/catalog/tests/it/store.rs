//! Storing photos.

use std::path::PathBuf;

use resight_catalog::journal::Action;
use resight_catalog::{
    CatalogError, EncounterRef, NewEmbedding, NewPhoto, PhotoFailure, StoredEmbedding, StoredPhoto,
};
use resight_core::{EncounterSource, PictureId, PixelBox, Species, UnusableReason, Viewpoint};

use crate::support::{
    TempCatalog, animal, annotations, assert_right_embeddings, at, bundle, embedding, from_table, photo,
    photo_id,
};

#[test]
fn everything_given_is_read_back() {
    let mut temp = TempCatalog::new();
    let mut given = photo(3, Some("Luna"));
    given.capture_time = Some(from_table("2024-05-31T14:02:07.25+02:00".parse().unwrap()));
    given.position = Some(from_table((38.7, -9.1)));
    given.camera = Some("Canon EOS R5 012345".to_owned());
    given.perceptual_hash = Some(u64::MAX - 5);
    given.encounter = Some(EncounterRef { key: "trip 4".to_owned(), source: EncounterSource::FolderAndTime });
    let region = PixelBox::at(10.5, 20.0, 100.0, 50.25).turned(-0.75);
    given.annotations[0].region = Some(region);
    given.annotations[0].species = Species::parse("Bottlenose Dolphin").map(from_table);
    given.annotations[0].viewpoint = Viewpoint::parse("left").map(from_table);
    given.annotations[0].confidence = Some(0.5);
    given.annotations.push(animal(3, None));
    let stored = temp.store(&[given.clone()]).unwrap();
    let ids = annotations(&stored[0]);
    assert_eq!(ids.len(), 2);

    let record = temp.catalog.photo(&given.id).unwrap();
    assert_eq!(record.paths, [given.path]);
    assert_eq!((record.size, record.byte_len, record.format.as_str()), (given.size, given.byte_len, "jpeg"));
    assert_eq!(
        (record.capture_time, record.position),
        (given.capture_time.map(|said| said.value), given.position.map(|said| said.value))
    );
    assert_eq!((record.camera, record.perceptual_hash), (given.camera, given.perceptual_hash));

    let first = temp.catalog.annotation(ids[0]).unwrap();
    assert_eq!((first.photo, first.region, first.confidence), (given.id, Some(region), Some(0.5)));
    assert_eq!(first.species.unwrap().as_str(), "bottlenose_dolphin");
    assert_eq!(first.viewpoint.unwrap().as_str(), "left");
    let (_, source, key) = first.encounter.unwrap();
    assert_eq!((source, key.as_str()), (EncounterSource::FolderAndTime, "trip 4"));
    assert_eq!(temp.names(), ["Luna", "-"]);
    temp.assert_sound();
    assert_right_embeddings(&temp.catalog);
}

#[test]
fn the_same_photo_again_is_skipped_and_its_other_path_remembered() {
    let (mut temp, first) = TempCatalog::with(&["Luna"]);
    let again = photo(0, Some("Moby"));
    let mut elsewhere = photo(0, None);
    elsewhere.path = PathBuf::from("/backup/0.jpg");
    let stored = temp.store(&[again, elsewhere.clone(), elsewhere.clone()]).unwrap();
    let known = |new_path| StoredPhoto::Known { photo: photo_id(0), annotations: first.clone(), new_path };
    assert_eq!(stored, [known(false), known(true), known(false)]);
    let mut paths = temp.catalog.photo_paths(&photo_id(0)).unwrap();
    paths.sort();
    assert_eq!(paths, [PathBuf::from("/backup/0.jpg"), PathBuf::from("/photos/0.jpg")]);
    assert_eq!(temp.catalog.stats().unwrap().annotations, 1);
    assert_eq!(temp.catalog.known_photos(&[photo_id(0), photo_id(1)]).unwrap(), [true, false]);
    temp.assert_sound();
}

#[test]
fn a_path_leads_to_the_photo_seen_there_last() {
    let (mut temp, _) = TempCatalog::with(&["Luna"]);
    let mut replaced = photo(1, None);
    replaced.path = PathBuf::from("/photos/0.jpg");
    temp.store(&[replaced]).unwrap();
    assert_eq!(temp.catalog.photo_at("/photos/0.jpg".as_ref()).unwrap(), Some(photo_id(1)));
    assert!(temp.catalog.photo_paths(&photo_id(0)).unwrap().is_empty());
}

#[cfg(unix)]
#[test]
fn a_path_that_is_no_text_comes_back_as_it_was() {
    use std::os::unix::ffi::OsStringExt;
    let mut temp = TempCatalog::new();
    let odd = PathBuf::from(std::ffi::OsString::from_vec(b"/photos/\xff\xfe 'fin'.jpg".to_vec()));
    let mut given = photo(0, None);
    given.path = odd.clone();
    temp.store(&[given]).unwrap();
    assert_eq!(temp.catalog.photo_paths(&photo_id(0)).unwrap(), std::slice::from_ref(&odd));
    assert_eq!(temp.catalog.photo_at(&odd).unwrap(), Some(photo_id(0)));
}

#[test]
fn a_bad_photo_in_a_batch_stores_none_of_it() {
    let mut temp = TempCatalog::new();
    let mut short = photo(1, Some("Moby"));
    short.annotations[0].embedding = NewEmbedding::Values(vec![1.0; 3]);
    let refusal = temp.store(&[photo(0, Some("Luna")), short]).unwrap_err();
    assert!(matches!(refusal, CatalogError::WrongDimension { expected: 8, found: 3, .. }), "{refusal}");
    let mut boxed = photo(1, None);
    boxed.annotations[0].region = Some(PixelBox::at(f64::NAN, 0.0, 1.0, 1.0));
    assert!(matches!(temp.store(&[photo(0, None), boxed]), Err(CatalogError::BadBox(_))));
    assert!(matches!(temp.store(&[photo(0, Some("a\nb"))]), Err(CatalogError::BadName(_))));
    assert_eq!(temp.catalog.stats().unwrap().photos, 0);
    assert!(temp.catalog.individuals().unwrap().is_empty());
    temp.store(&[photo(0, Some("Luna"))]).unwrap();
    temp.assert_sound();
    assert_right_embeddings(&temp.catalog);
}

#[test]
fn facts_that_make_no_sense_are_left_out() {
    let mut temp = TempCatalog::new();
    let mut given = photo(0, None);
    given.position = Some(from_table((f64::NAN, 400.0)));
    given.annotations[0].confidence = Some(f32::NAN);
    temp.store(&[given]).unwrap();
    assert_eq!(temp.catalog.photo(&photo_id(0)).unwrap().position, None);
    assert_eq!(temp.catalog.annotations().unwrap()[0].confidence, None);
}

#[test]
fn an_animal_without_an_embedding_is_kept_with_the_reason() {
    let mut temp = TempCatalog::new();
    let mut photos = vec![photo(0, Some("Luna")), photo(1, Some("Luna")), photo(2, None), photo(3, None)];
    photos[0].annotations[0].embedding =
        NewEmbedding::Unusable(UnusableReason::TooSmall { pixels: 9, needed: 32 });
    photos[1].annotations[0].embedding = NewEmbedding::Values(vec![1e9; 8]);
    photos[2].annotations[0].embedding = NewEmbedding::Later;
    temp.store(&photos).unwrap();
    let stats = temp.catalog.stats().unwrap();
    let of = &stats.bundles[0];
    assert_eq!((of.embeddings, of.unusable, of.missing), (1, 2, 1));
    let missing = temp.catalog.missing_embeddings(&bundle(), None, 10).unwrap();
    assert_eq!(missing.iter().map(|m| m.photo).collect::<Vec<_>>(), [photo_id(2)]);
    assert_eq!(missing[0].paths, [PathBuf::from("/photos/2.jpg")]);
    let found: Vec<StoredEmbedding> = temp
        .catalog
        .annotations()
        .unwrap()
        .iter()
        .map(|annotation| temp.catalog.stored_embedding(&bundle(), annotation.id).unwrap())
        .collect();
    assert!(matches!(&found[0], StoredEmbedding::Unusable(why) if why.starts_with("too small: 9 pixels")));
    assert_eq!(found[2..], [StoredEmbedding::Missing, StoredEmbedding::Row(0)]);
    let unnamed: Vec<_> = temp.catalog.unidentified_annotations().unwrap().iter().map(|a| a.photo).collect();
    assert_eq!(unnamed, [photo_id(2), photo_id(3)]);
    temp.catalog
        .store_embeddings(&bundle(), &[(missing[0].annotation, NewEmbedding::Values(embedding(2)))])
        .unwrap();
    temp.assert_sound();
    assert_right_embeddings(&temp.catalog);
}

#[test]
fn the_labels_of_an_import_are_one_journal_entry() {
    let (mut temp, _) = TempCatalog::with(&["Luna", "Moby", "Luna"]);
    temp.store(&[photo(10, Some("Luna")), photo(11, Some("Willy"))]).unwrap();
    let journal = temp.catalog.journal(10).unwrap();
    assert_eq!(journal.len(), 1);
    assert_eq!((journal[0].action, journal[0].annotations), (Action::Import(temp.import), 5));
    assert_eq!(temp.names(), ["Luna", "Moby", "Luna", "Luna", "Willy"]);
    temp.assert_sound();
}

#[test]
fn failures_are_kept_until_the_file_can_be_used() {
    let mut temp = TempCatalog::new();
    let failure = |reason: &str| PhotoFailure { path: "/photos/0.jpg".into(), reason: reason.to_owned() };
    temp.catalog.record_failures(temp.import, &[failure("cut off")], at(1)).unwrap();
    temp.catalog.record_failures(temp.import, &[failure("still cut off")], at(2)).unwrap();
    let recorded = temp.catalog.failures().unwrap();
    assert_eq!(recorded.len(), 1);
    assert_eq!((recorded[0].failure.reason.as_str(), recorded[0].failed_at), ("still cut off", at(2)));
    temp.store(&[photo(0, None)]).unwrap();
    assert!(temp.catalog.failures().unwrap().is_empty());
}

#[test]
fn an_import_says_whether_it_came_to_its_end() {
    let mut temp = TempCatalog::new();
    assert_eq!(temp.catalog.stats().unwrap().interrupted_imports, 1);
    temp.catalog.finish_import(temp.import, at(9)).unwrap();
    assert_eq!(temp.catalog.stats().unwrap().interrupted_imports, 0);
    let nobody = resight_catalog::ImportId(77);
    assert!(matches!(temp.catalog.finish_import(nobody, at(9)), Err(CatalogError::NoSuchImport(77))));
}

#[test]
fn a_thumbnail_is_whole_or_not_there() {
    let (temp, _) = TempCatalog::with(&[""]);
    assert_eq!(temp.catalog.thumbnail(&photo_id(0)).unwrap(), None);
    assert_eq!(temp.catalog.missing_thumbnails().unwrap().len(), 1);
    temp.catalog.store_thumbnail(&photo_id(0), b"a small picture").unwrap();
    temp.catalog.store_thumbnail(&photo_id(0), b"another small picture").unwrap();
    assert_eq!(temp.catalog.thumbnail(&photo_id(0)).unwrap().unwrap(), b"another small picture");
    assert!(temp.catalog.verify().unwrap().is_sound());
    let folder = temp.catalog.thumbnail_path(&photo_id(0));
    assert_eq!(std::fs::read_dir(folder.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn the_same_picture_in_other_bytes_is_the_same_photo() {
    let mut temp = TempCatalog::new();
    let picture = Some(PictureId([9; 32]));
    let first = NewPhoto { picture, ..photo(0, Some("Luna")) };
    let edited = NewPhoto { path: first.path.clone(), picture, ..photo(1, Some("Luna")) };
    let stored = temp.store(&[first, edited]).unwrap();
    let StoredPhoto::New { annotations } = &stored[0] else { panic!("{stored:?}") };
    let known = StoredPhoto::Known { photo: photo_id(0), annotations: annotations.clone(), new_path: false };
    assert_eq!(stored[1], known);
    assert_eq!(temp.catalog.stats().unwrap().photos, 1);
    assert_eq!(temp.catalog.photo_of(&photo_id(1), picture.as_ref()).unwrap(), Some(photo_id(0)));
    assert_eq!(temp.catalog.photo_of(&photo_id(1), None).unwrap(), None);
    temp.assert_sound();
}

#[test]
fn what_a_photo_shows_is_noted_when_it_is_seen_again() {
    let (mut temp, _) = TempCatalog::with(&["Luna"]);
    let picture = PictureId([9; 32]);
    assert_eq!(temp.catalog.photo(&photo_id(0)).unwrap().picture, None);
    temp.store(&[NewPhoto { picture: Some(picture), ..photo(0, None) }]).unwrap();
    assert_eq!(temp.catalog.photo(&photo_id(0)).unwrap().picture, Some(picture));
    temp.assert_sound();
}

#[test]
fn a_name_is_found_however_its_accents_and_blanks_are_written() {
    let mut temp = TempCatalog::new();
    temp.store(&[photo(0, Some("Jose\u{301}")), photo(1, Some(" José "))]).unwrap();
    assert_eq!(temp.catalog.individuals().unwrap().len(), 1);
    assert_eq!(temp.called("Jose\u{301}"), "José");
    temp.assert_sound();
}
