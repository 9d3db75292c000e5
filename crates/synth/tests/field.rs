//! Field photos as their users meet them: same seed, same bytes; every box around what can be seen of its animal.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use resight_synth::{
    AnimalKind, CountRange, Difficulty, FieldPhoto, FieldSettings, FieldWorld, Population, Split, SynthError,
    View,
};

fn small() -> FieldSettings {
    FieldSettings {
        populations: AnimalKind::ALL.map(|kind| Population { kind, known: 5, newcomers: 2 }).to_vec(),
        outings: 6,
        group: CountRange::between(2, 5),
        all_views: true,
        difficulty: Difficulty::Hard,
        width: 200,
        height: 150,
        ..FieldSettings::default()
    }
}

fn world() -> FieldWorld {
    FieldWorld::new(11, small()).unwrap()
}

/// FNV-1a over bytes.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}

fn first_of(world: &FieldWorld, kind: AnimalKind) -> &FieldPhoto {
    world.photos().iter().find(|photo| world.encounter_of(photo).kind == kind).unwrap()
}

#[test]
fn the_pixels_of_a_photo_of_every_kind_never_change() {
    let world = world();
    let hashes = AnimalKind::ALL.map(|kind| hash(world.render(first_of(&world, kind)).picture.as_raw()));
    assert_eq!(hashes, PINNED, "{hashes:#x?}");
}

/// In the order of [`AnimalKind::ALL`]. Change them only with a change of looks that the changelog names.
const PINNED: [u64; 5] = [
    0xbac3_24eb_9c1c_147f,
    0xdc88_5048_45c7_ec1c,
    0xa469_0f54_2f76_3e6c,
    0xa5a2_e2c1_ef3e_f40c,
    0x4136_124d_a3bc_6d25,
];

#[test]
fn a_box_is_exactly_around_the_pixels_that_show_its_animal() {
    let world = world();
    let (mut animals, mut hidden, mut overlapping) = (0, 0, 0);
    for photo in world.photos() {
        let seen = world.render(photo);
        hidden += photo.animals.len() - seen.animals.len();
        for one in &seen.animals {
            let number = u8::try_from(one.animal + 1).unwrap();
            let places: Vec<u32> =
                (0u32..).zip(&seen.mask).filter(|(_, shown)| **shown == number).map(|(at, _)| at).collect();
            let (columns, rows) = (places.iter().map(|at| at % 200), places.iter().map(|at| at / 200));
            let (left, right) = (columns.clone().min().unwrap(), columns.max().unwrap());
            let (top, bottom) = (rows.clone().min().unwrap(), rows.max().unwrap());
            assert_eq!(one.bounds, [left, top, right + 1 - left, bottom + 1 - top]);
            assert!((0.3..=1.0).contains(&one.visible), "{one:?}");
            animals += 1;
            overlapping += usize::from(one.visible < 0.9);
        }
    }
    assert!(animals > 100 && overlapping > 10 && hidden > 5, "{animals} {overlapping} {hidden}");
}

#[test]
fn individuals_are_met_again_with_other_companions_and_newcomers_on_the_last_outings_only() {
    let world = world();
    let mut met: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    let mut companions: BTreeSet<Vec<u64>> = BTreeSet::new();
    for photo in world.photos() {
        let is_query = world.encounter_of(photo).split == Split::Query;
        assert!(is_query || photo.animals.iter().all(|animal| !animal.is_new));
        let mut numbers: Vec<u64> = photo.animals.iter().map(|animal| animal.number).collect();
        numbers.sort_unstable();
        companions.insert(numbers);
        for animal in &photo.animals {
            met.entry(world.identity(photo, animal)).or_default().insert(photo.encounter);
        }
    }
    assert!(met.values().filter(|encounters| encounters.len() > 1).count() > 15, "{met:?}");
    assert!(companions.len() > 15);
    let views: BTreeSet<View> = world
        .photos()
        .iter()
        .filter(|photo| world.encounter_of(photo).kind == AnimalKind::DorsalFin)
        .flat_map(|photo| photo.animals.iter().map(|animal| animal.view))
        .collect();
    assert_eq!(views.len(), 4, "{views:?}");
}

#[test]
fn the_written_folder_has_a_row_for_every_animal_and_is_the_same_whatever_the_threads() {
    let written = |threads: usize| {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("field");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| world().write(&place, &|_, _| {})).unwrap();
        let again = world().write(&place, &|_, _| {});
        assert!(matches!(again, Err(SynthError::NotEmpty(_))), "{again:?}");
        let table = std::fs::read_to_string(place.join("metadata.csv")).unwrap();
        let photos: Vec<u64> = world()
            .photos()
            .iter()
            .map(|photo| hash(&std::fs::read(place.join(format!("photos/{}.jpg", photo.image_id))).unwrap()))
            .collect();
        (table, photos)
    };
    let (table, photos) = written(1);
    assert_eq!(written(4), (table.clone(), photos));
    let animals: usize = world().photos().iter().map(|photo| world().render(photo).animals.len()).sum();
    assert_eq!(table.lines().count(), animals + 1);
    assert!(table.lines().nth(1).unwrap().contains("\"["), "{table}");
}

#[test]
fn impossible_settings_are_refused_with_the_reason() {
    let refused = |settings: FieldSettings| FieldWorld::new(1, settings).unwrap_err().to_string();
    assert!(refused(FieldSettings { outings: 0, ..small() }).contains("outings"));
    assert!(refused(FieldSettings { group: CountRange::exactly(0), ..small() }).contains("group"));
    assert!(refused(FieldSettings { group: CountRange::exactly(201), ..small() }).contains("at most 200"));
    assert!(refused(FieldSettings { populations: Vec::new(), ..small() }).contains("no animals"));
    assert!(refused(FieldSettings { width: 3, ..small() }).contains("width"));
}
