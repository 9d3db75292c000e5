//! Tests of the audit as a whole.

use resight_core::{GivenBox, PixelBox, Species};

use super::*;

fn row(path: &str, identity: &str, encounter: &str) -> Row {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Row {
        identity: some(identity),
        encounter: some(encounter),
        ..Row::of_photo(0, path.to_owned(), path.into())
    }
}

fn photo(byte: u8, hash: u64) -> PhotoFacts {
    PhotoFacts {
        photo_id: Some(PhotoId([byte; 32])),
        perceptual_hash: Some(PerceptualHash(hash)),
        size: Some(ImageSize { width: 100, height: 100 }),
    }
}

#[test]
fn labels_are_counted_and_conflicts_named() {
    let mut rows = vec![row("a", "w1", "e1"), row("b", "w1", ""), row("c", "w2", "e1"), row("d", "", "")];
    rows[0].species = Species::parse("lion");
    rows[1].species = Species::parse("zebra");
    let found = audit(&rows, None, None, AuditOptions::default());
    assert_eq!((found.annotations, found.unidentified, found.without_encounter), (4, 1, 2));
    assert_eq!(
        (found.class_sizes.individuals, found.class_sizes.singletons, found.class_sizes.largest),
        (2, 1, 2)
    );
    assert_eq!(found.class_sizes.histogram, BTreeMap::from([(1, 1), (2, 1)]));
    let conflict = &found.species_conflicts[0];
    assert_eq!((conflict.identity.as_str(), conflict.species.len()), ("w1", 2));
}

#[test]
fn leaks_across_a_split_are_found() {
    let rows = [row("a", "w1", "e1"), row("b", "w1", "e1"), row("c", "w2", "e1"), row("d", "w2", "e2")];
    let facts = [photo(1, 0xF0F0), photo(2, 0xAAAA_AAAA), photo(3, 0xF0F1), photo(4, 0x1234_5678_9ABC)];
    let split = Split { train: vec![0, 3], test: vec![1, 2], unused: Vec::new() };
    let found = audit(&rows, Some(&facts), Some(&split), AuditOptions::default());
    let leak = EncounterLeak { encounter: "e1".into(), train: vec![0], test: vec![1] };
    assert_eq!(found.encounter_leaks, [leak]);
    assert_eq!(found.near_duplicates, [[0, 2]]);
    assert_eq!(found.duplicate_leaks, [[0, 2]]);
    assert_eq!(found.duplicates_across_individuals, [[0, 2]]);
    assert!(found.identical_photos.is_empty());
    let everything = Split { train: vec![0, 1], test: vec![0, 1], unused: Vec::new() };
    assert!(
        audit(&rows, Some(&facts), Some(&everything), AuditOptions::default()).duplicate_leaks.is_empty()
    );
}

#[test]
fn two_animals_in_one_photo_are_no_duplicate() {
    let region = PixelBox::at(0.0, 0.0, 10.0, 10.0);
    let mut rows = [row("a", "w1", ""), row("a", "w2", "")];
    rows.iter_mut().for_each(|row| row.boxes = vec![GivenBox::stored(region)]);
    let facts = [photo(1, 5), photo(1, 5)];
    assert!(audit(&rows, Some(&facts), None, AuditOptions::default()).identical_photos.is_empty());
    rows[1].path = "copy".into();
    assert_eq!(audit(&rows, Some(&facts), None, AuditOptions::default()).identical_photos, [[0, 1]]);
}

#[test]
fn boxes_outside_of_their_photo_are_found() {
    let mut rows = [row("a", "w1", "")];
    rows[0].boxes = [(0.0, 0.0), (100.0, 0.0), (95.0, -8.0)]
        .map(|(x, y)| GivenBox::stored(PixelBox::at(x, y, 10.0, 10.0)))
        .to_vec();
    let found = audit(&rows, Some(&[photo(1, 5)]), None, AuditOptions::default());
    assert_eq!(found.boxes_outside, [BoxOutside { row: 0, box_index: 1 }]);
}
