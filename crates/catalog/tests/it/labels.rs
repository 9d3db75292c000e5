//! Labels, said by somebody, corrected, and brought back.

use resight_catalog::{
    Access, Catalog, CatalogError, LabelName, LabelSubject, LabelValue, NewEmbedding, NewLabel,
    StoredEmbedding,
};
use resight_core::{AnnotationId, LabelSource, PixelBox, Stated, Viewpoint};

use crate::support::{TempCatalog, animal, bundle, embedding, photo, signed};

fn person() -> LabelSource {
    LabelSource::Person("Ada".to_owned())
}

fn say(annotation: AnnotationId, label: LabelName, value: Option<&str>, source: LabelSource) -> NewLabel {
    let subject = LabelSubject::Annotation(annotation);
    NewLabel { subject, label, value: value.map(str::to_owned), source, confidence: None }
}

fn said(temp: &TempCatalog, annotation: AnnotationId, label: &LabelName) -> Option<LabelValue> {
    temp.catalog.label_of(LabelSubject::Annotation(annotation), label).unwrap()
}

#[test]
fn a_label_is_corrected_and_the_correction_undone() {
    let (mut temp, ids) = TempCatalog::with(&["Luna"]);
    let first = temp.catalog.label(&[say(ids[0], LabelName::Viewpoint, Some("LHS"), person())], &signed(5));
    assert_eq!(first.unwrap().action.word(), "label");
    let left = LabelValue { value: "left".to_owned(), source: Some(person()), confidence: None };
    assert_eq!(said(&temp, ids[0], &LabelName::Viewpoint), Some(left.clone()));
    let table = LabelSource::Table("2.csv".to_owned());
    temp.catalog.label(&[say(ids[0], LabelName::Viewpoint, Some("right"), table)], &signed(6)).unwrap();
    assert_eq!(temp.catalog.annotation(ids[0]).unwrap().viewpoint, Viewpoint::parse("right"));
    temp.assert_sound();
    temp.catalog.undo(None, &signed(7)).unwrap();
    assert_eq!(said(&temp, ids[0], &LabelName::Viewpoint), Some(left));
    temp.catalog.undo(None, &signed(8)).unwrap();
    assert_eq!(said(&temp, ids[0], &LabelName::Viewpoint), None);
    temp.assert_sound();
}

#[test]
fn every_label_of_an_annotation_goes_there_and_back() {
    let (mut temp, ids) = TempCatalog::with(&["Luna"]);
    let labels = [
        (LabelName::Species, "lion"),
        (LabelName::BodyPart, "flank"),
        (LabelName::Quality, "good"),
        (LabelName::Encounter, "person:trip 7"),
        (LabelName::Box, "10,20,30.5,40"),
        (LabelName::Attribute("weather".to_owned()), "rain"),
    ];
    let wanted: Vec<NewLabel> =
        labels.iter().map(|(label, value)| say(ids[0], label.clone(), Some(value), person())).collect();
    temp.catalog.label(&wanted, &signed(5)).unwrap();
    for (label, value) in &labels {
        assert_eq!(said(&temp, ids[0], label).map(|said| said.value).as_deref(), Some(*value), "{label:?}");
    }
    let record = temp.catalog.annotation(ids[0]).unwrap();
    assert_eq!((record.attributes["weather"].as_str(), record.detector.as_str()), ("rain", "person"));
    let values = || NewEmbedding::Values(embedding(0));
    temp.catalog.store_embeddings(&bundle(), &[(ids[0], values())]).unwrap();
    temp.assert_sound();
    let again = temp.catalog.label(&wanted, &signed(6)).unwrap_err();
    assert!(matches!(again, CatalogError::NothingToDo(_)));
    temp.catalog.undo(None, &signed(7)).unwrap();
    for (label, _) in &labels[..4] {
        assert_eq!(said(&temp, ids[0], label), None, "{label:?}");
    }
    let record = temp.catalog.annotation(ids[0]).unwrap();
    assert_eq!((record.region, record.detector.as_str()), (None, "whole-picture"));
    assert!(record.attributes.is_empty());
    temp.catalog.store_embeddings(&bundle(), &[(ids[0], values())]).unwrap();
    temp.assert_sound();
}

#[test]
fn a_box_that_changes_asks_for_another_embedding_and_the_others_stay() {
    let (mut temp, ids) = TempCatalog::with(&["Luna", "Moby", "Luna"]);
    temp.catalog.label(&[say(ids[1], LabelName::Box, Some("1,2,30,40"), person())], &signed(5)).unwrap();
    assert_eq!(temp.catalog.stored_embedding(&bundle(), ids[1]).unwrap(), StoredEmbedding::Missing);
    let gallery = temp.catalog.gallery(&bundle()).unwrap();
    assert_eq!((gallery.rows.len(), gallery.n_segment_rows), (2, 3));
    crate::support::assert_right_embeddings(&temp.catalog);
    let values = NewEmbedding::Values(embedding(1));
    temp.catalog.store_embeddings(&bundle(), &[(ids[1], values)]).unwrap();
    assert_eq!(temp.catalog.gallery(&bundle()).unwrap().rows.len(), 3);
    // The same box, said by somebody else, is the same crop.
    let model = LabelSource::Model("boxes@1".to_owned());
    temp.catalog.label(&[say(ids[0], LabelName::Box, Some("whole"), person())], &signed(6)).unwrap();
    assert_eq!(temp.catalog.count_missing_embeddings(&bundle()).unwrap(), 0);
    let outranked = temp.catalog.label(&[say(ids[1], LabelName::Box, Some("5,5,9,9"), model)], &signed(7));
    assert!(matches!(outranked, Err(CatalogError::NothingToDo(_))), "a model does not correct a person");
    temp.assert_sound();
    assert!(temp.catalog.repair_embeddings().unwrap().is_empty(), "nothing is damaged");
}

#[test]
fn rows_of_former_boxes_survive_a_repair() {
    let (mut temp, ids) = TempCatalog::with(&["Luna", "Moby", "Luna"]);
    temp.store(&[photo(3, Some("Willy"))]).unwrap();
    temp.catalog.label(&[say(ids[1], LabelName::Box, Some("1,2,30,40"), person())], &signed(5)).unwrap();
    let temp = temp.reopen();
    let segment = temp.path().join("vectors").join(bundle().as_str()).join("seg-000001.f16");
    let mut bytes = std::fs::read(&segment).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let mut temp = temp.reopen();
    let repaired = temp.catalog.repair_embeddings().unwrap();
    assert_eq!((repaired[0].kept, repaired[0].lost), (2, 1), "Willy's was damaged");
    let gallery = temp.catalog.gallery(&bundle()).unwrap();
    assert_eq!(gallery.rows.len(), 2);
    crate::support::assert_right_embeddings(&temp.catalog);
}

#[test]
fn what_was_removed_is_nowhere_until_it_is_brought_back() {
    let (mut temp, ids) = TempCatalog::with(&["Luna", "Luna", ""]);
    temp.catalog.remove(&[ids[1], ids[2]], &signed(5)).unwrap();
    let luna = temp.catalog.find_individual("Luna").unwrap();
    assert_eq!(temp.catalog.annotations().unwrap().len(), 1);
    assert_eq!(temp.catalog.individual(luna).unwrap().annotations, 1);
    assert_eq!(temp.catalog.gallery(&bundle()).unwrap().rows.len(), 1);
    assert!(temp.catalog.unidentified_annotations().unwrap().is_empty());
    let stats = temp.catalog.stats().unwrap();
    assert_eq!((stats.annotations, stats.removed, stats.unidentified), (1, 2, 0));
    // Taken in again, it stays removed.
    temp.store(&[photo(1, Some("Luna"))]).unwrap();
    assert_eq!(temp.catalog.annotations().unwrap().len(), 1);
    temp.assert_sound();
    temp.catalog.undo(None, &signed(6)).unwrap();
    assert_eq!(temp.names(), ["Luna", "Luna", "-"]);
    assert_eq!(temp.catalog.gallery(&bundle()).unwrap().rows.len(), 3);
    temp.assert_sound();
}

#[test]
fn photos_individuals_and_encounters_have_labels_too() {
    let (mut temp, ids) = TempCatalog::with(&["Luna"]);
    let of = |subject, label, value: &str| NewLabel {
        subject,
        label,
        value: Some(value.to_owned()),
        source: person(),
        confidence: None,
    };
    let record = temp.catalog.annotation(ids[0]).unwrap();
    let luna = LabelSubject::Individual(record.individual.unwrap());
    let shown = LabelSubject::Photo(record.photo);
    let sex = LabelName::Attribute("sex".to_owned());
    let labels = [
        of(shown, LabelName::Time, "2024:05:31 14:02:07"),
        of(shown, LabelName::Place, "38.7, -9.1"),
        of(luna, sex.clone(), "female"),
    ];
    temp.catalog.label(&labels, &signed(5)).unwrap();
    let record = temp.catalog.photo(&record.photo).unwrap();
    assert_eq!(record.capture_time.unwrap().to_string(), "2024-05-31T14:02:07");
    assert_eq!(record.position, Some((38.7, -9.1)));
    assert_eq!(temp.catalog.label_of(luna, &sex).unwrap().unwrap().value, "female");
    temp.assert_sound();
    temp.catalog.undo(None, &signed(6)).unwrap();
    assert_eq!(temp.catalog.label_of(luna, &sex).unwrap(), None);
    assert_eq!(temp.catalog.label_of(shown, &LabelName::Time).unwrap(), None);
    temp.assert_sound();
}

#[test]
fn values_that_a_label_cannot_have_are_refused() {
    let (mut temp, ids) = TempCatalog::with(&["Luna"]);
    for (label, value) in [
        (LabelName::Quality, "great"),
        (LabelName::Box, "1,2,3"),
        (LabelName::Box, "9000,9000,10,10"),
        (LabelName::Box, "1,2,-3,4"),
        (LabelName::Encounter, "trip 7"),
        (LabelName::Viewpoint, "?"),
    ] {
        let refused = temp.catalog.label(&[say(ids[0], label.clone(), Some(value), person())], &signed(5));
        assert!(matches!(refused, Err(CatalogError::BadLabel { .. })), "{label:?} {value}: {refused:?}");
    }
    let wrong = temp.catalog.label(&[say(ids[0], LabelName::Time, Some("2024"), person())], &signed(5));
    assert!(matches!(wrong, Err(CatalogError::NotItsLabel { .. })));
    let nobody =
        temp.catalog.label(&[say(AnnotationId(9), LabelName::Species, Some("a"), person())], &signed(5));
    assert!(matches!(nobody, Err(CatalogError::NoSuchAnnotation(_))));
}

#[test]
fn a_label_that_was_changed_since_is_not_undone() {
    let (mut temp, ids) = TempCatalog::with(&["Luna"]);
    let side = |value| say(ids[0], LabelName::Viewpoint, Some(value), person());
    let first = temp.catalog.label(&[side("left")], &signed(5)).unwrap();
    let second = temp.catalog.label(&[side("right")], &signed(6)).unwrap();
    let refused = temp.catalog.undo(Some(first.id), &signed(7)).unwrap_err();
    assert!(matches!(refused, CatalogError::CannotUndo { first, .. } if first == Some(second.id)));
    assert_eq!(refused.to_string(), "step-2 cannot be undone: the viewpoint of ann-1 has been changed since");
}

#[test]
fn what_an_import_says_has_its_source() {
    let mut temp = TempCatalog::new();
    let table = LabelSource::Table("season.csv".to_owned());
    let mut new = photo(0, Some("Luna"));
    new.capture_time = Some(Stated::by(LabelSource::Photo, "2024-05-31".parse().unwrap()));
    let left = Viewpoint::parse("left").unwrap();
    new.annotations[0].viewpoint =
        Some(Stated { value: left, source: LabelSource::Model("side@1".to_owned()), confidence: Some(0.75) });
    new.annotations.push(animal(1, None));
    new.annotations[1].species =
        resight_core::Species::parse("lion").map(|one| Stated::by(table.clone(), one));
    let ids = crate::support::annotations(&temp.store(&[new]).unwrap()[0]);
    let viewpoint = said(&temp, ids[0], &LabelName::Viewpoint).unwrap();
    assert_eq!(
        (viewpoint.source, viewpoint.confidence),
        (Some(LabelSource::Model("side@1".into())), Some(0.75))
    );
    assert_eq!(said(&temp, ids[1], &LabelName::Species).unwrap().source, Some(table));
    let place = said(&temp, ids[0], &LabelName::Box).unwrap();
    assert_eq!(
        (place.value.as_str(), place.source),
        ("whole", Some(LabelSource::Model("whole-picture".into())))
    );
    // A person outranks the model, and the model not the person.
    temp.catalog.label(&[say(ids[0], LabelName::Viewpoint, Some("left"), person())], &signed(5)).unwrap();
    let model = LabelSource::Model("side@2".to_owned());
    let refused = temp.catalog.label(&[say(ids[0], LabelName::Viewpoint, Some("right"), model)], &signed(6));
    assert!(matches!(refused, Err(CatalogError::NothingToDo(_))));
    temp.assert_sound();
}

#[test]
fn labels_that_the_journal_does_not_lead_to_are_found_and_restored() {
    let (mut temp, ids) = TempCatalog::with(&["Luna"]);
    temp.catalog.label(&[say(ids[0], LabelName::Quality, Some("good"), person())], &signed(5)).unwrap();
    let path = temp.path();
    let TempCatalog { folder, catalog, .. } = temp;
    drop(catalog);
    let outsider = rusqlite::Connection::open(path.join("catalog.sqlite")).unwrap();
    outsider.execute("UPDATE annotation SET quality = 'junk'", []).unwrap();
    drop(outsider);
    let mut catalog = crate::support::open_for_writing(&path);
    let found = catalog.verify().unwrap();
    assert!(
        found.problems.iter().any(|problem| problem.to_string().contains("quality of ann-1")),
        "{found:?}"
    );
    assert!(catalog.restore_from_journal().unwrap());
    crate::support::assert_sound(&catalog);
    drop(catalog);
    let reader = Catalog::open(&path, Access::Read).unwrap();
    assert_eq!(reader.annotation(ids[0]).unwrap().quality, resight_core::Quality::parse("good"));
    drop(folder);
}

#[test]
fn a_box_that_reaches_over_the_edge_comes_back_as_it_was() {
    let mut temp = TempCatalog::new();
    let mut one = photo(1, Some("Luna"));
    let over_the_edge = PixelBox::at(600.0, -10.0, 100.0, 50.0);
    one.annotations[0].region = Some(over_the_edge);
    let id = crate::support::annotations(&temp.store(&[one]).unwrap()[0])[0];
    temp.catalog.label(&[say(id, LabelName::Box, Some("1,1,20,20"), person())], &signed(5)).unwrap();
    temp.catalog.label(&[say(id, LabelName::Box, Some("600,0,90,30"), person())], &signed(6)).unwrap();
    let boxes = temp.catalog.former_boxes(id).unwrap();
    assert_eq!(boxes, [PixelBox::at(1.0, 1.0, 20.0, 20.0), over_the_edge]);
    for second in [7, 8] {
        temp.catalog.undo(None, &signed(second)).unwrap();
    }
    assert_eq!(temp.catalog.annotation(id).unwrap().region, Some(over_the_edge));
    temp.catalog.store_embeddings(&bundle(), &[(id, NewEmbedding::Values(embedding(1)))]).unwrap();
    temp.assert_sound();
}

#[test]
fn who_took_a_label_away_is_known_until_somebody_says_something() {
    let (mut temp, ids) = TempCatalog::with(&["Luna", ""]);
    let subject = LabelSubject::Annotation(ids[0]);
    let taken = |temp: &TempCatalog| temp.catalog.taken_away_by(subject, &LabelName::Viewpoint).unwrap();
    assert_eq!(taken(&temp), None, "nothing was ever said");
    let label = |temp: &mut TempCatalog, value: Option<&str>, second| {
        temp.catalog.label(&[say(ids[0], LabelName::Viewpoint, value, person())], &signed(second)).unwrap();
    };
    label(&mut temp, Some("left"), 5);
    temp.catalog.undo(None, &signed(6)).unwrap();
    assert_eq!(taken(&temp), None, "a step was undone");
    label(&mut temp, Some("left"), 7);
    label(&mut temp, None, 8);
    assert_eq!(taken(&temp).as_deref(), Some("Ada"));
    temp.catalog.undo(None, &signed(9)).unwrap();
    assert_eq!(taken(&temp), None);
    assert_eq!(temp.catalog.unassigned_by(ids[1]).unwrap(), None);
    temp.catalog.unassign(&ids[..1], &signed(10)).unwrap();
    assert_eq!(temp.catalog.unassigned_by(ids[0]).unwrap().as_deref(), Some("Ada"));
    temp.catalog.undo(None, &signed(11)).unwrap();
    assert_eq!(temp.catalog.unassigned_by(ids[0]).unwrap(), None);
}
