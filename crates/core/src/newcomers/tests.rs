//! Small questions whose answers are plain to see.

use super::*;
use crate::SeveralPhotos;

/// Who stands a unit of similarity out of the crowd is hardly anybody else.
fn calibration(slope: f64) -> Calibration {
    Calibration {
        center: 0.5,
        scale: 0.1,
        slope,
        bends: [0.0; 2],
        lead: [0.0; 3],
        // Where similarities say nothing, each of ten is as likely as a tenth of the rest.
        constant: 10.0_f64.ln(),
        level: 0.0,
        look_alikes: 0.0,
        size: 0.0,
        typical_level: 0.2,
        typical_look_alikes: 0.3,
        typical_individuals: 10.0,
        several: SeveralPhotos::default(),
        known_cases: 0,
        new_cases: 0,
    }
}

/// One photo a question; two of one animal are alike at `near`, others at .2.
fn questions<'a>(animals: &[u32], near: f32, calibration: &'a Calibration) -> Vec<NewcomerQuestion<'a>> {
    let photo = |place: usize| NewcomerPhoto {
        known: (0..9).map(|who| (IndividualId(who), Similarity(0.2))).collect(),
        others: (0..animals.len())
            .filter(|other| *other != place)
            .map(|other| (other, Similarity(if animals[other] == animals[place] { near } else { 0.2 })))
            .collect(),
    };
    (0..animals.len()).map(|place| NewcomerQuestion { calibration, photos: vec![photo(place)] }).collect()
}

fn members(found: &Newcomers) -> Vec<Vec<usize>> {
    found.clusters.iter().map(|cluster| cluster.members.clone()).collect()
}

#[test]
fn photos_of_one_animal_come_together_and_their_number_is_known() {
    let calibration = calibration(3.0);
    let animals = [1, 2, 1, 3, 2, 1, 1, 4];
    let found = Newcomers::among(&questions(&animals, 0.95, &calibration), Pooling::Best);
    assert_eq!(members(&found), [vec![0, 2, 5, 6], vec![1, 4], vec![3], vec![7]]);
    let NumberOfNewcomers { low, likely, high } = found.number;
    assert!(low >= 3 && likely == 4 && high <= 5, "{:?}", found.number);
    assert!(found.clusters[0].weakest().unwrap() > 0.9, "{:?}", found.clusters);
    assert!(found.clusters[0].holds() >= found.clusters[0].weakest());
    assert_eq!((found.clusters[3].holds(), found.clusters[3].weakest()), (None, None));
}

#[test]
fn where_photos_say_nothing_nobody_is_joined_and_the_number_is_anything() {
    let calibration = calibration(0.01);
    let animals: Vec<u32> = (0..40).map(|place| place % 10).collect();
    let found = Newcomers::among(&questions(&animals, 0.95, &calibration), Pooling::Best);
    assert_eq!(found.clusters.len(), 40);
    assert!(found.number.low < 6 && found.number.high > 34, "{:?}", found.number);
}

#[test]
fn two_animals_in_one_photo_are_never_the_same() {
    let calibration = calibration(3.0);
    let mut all = questions(&[1, 1, 1], 0.95, &calibration);
    all[0].photos[0].others.retain(|(other, _)| *other != 1);
    all[1].photos[0].others.retain(|(other, _)| *other != 0);
    let found = Newcomers::among(&all, Pooling::Best);
    assert_eq!(members(&found), [vec![0, 2], vec![1]]);
}

#[test]
fn whoever_the_catalog_knows_is_no_new_animal() {
    let calibration = calibration(3.0);
    let mut all = questions(&[1, 2], 0.95, &calibration);
    for question in &mut all {
        question.photos[0].known[0].1 = Similarity(0.95);
    }
    let found = Newcomers::among(&all, Pooling::Best);
    assert_eq!(found.number.low, 0);
    assert!(found.number.likely == 0, "{:?}", found.number);
}

#[test]
fn photos_of_one_encounter_ask_together() {
    let calibration = calibration(3.0);
    let mut all = questions(&[1, 1, 2], 0.95, &calibration);
    // A second photo of the first encounter says nothing.
    let blurred = NewcomerPhoto {
        others: vec![(1, Similarity(0.2)), (2, Similarity(0.2))],
        ..all[0].photos[0].clone()
    };
    all[0].photos.push(blurred);
    let found = Newcomers::among(&all, Pooling::Best);
    assert_eq!(members(&found), [vec![0, 1], vec![2]]);
}

#[test]
fn the_order_of_the_questions_does_not_matter() {
    let calibration = calibration(3.0);
    let animals = [1, 2, 1, 3, 2, 1, 1, 4];
    let mut backwards = animals;
    backwards.reverse();
    let partition = |animals: &[u32]| {
        let found = Newcomers::among(&questions(animals, 0.8, &calibration), Pooling::Best);
        let mut named: Vec<Vec<u32>> =
            members(&found).iter().map(|one| one.iter().map(|place| animals[*place]).collect()).collect();
        named.sort();
        named
    };
    assert_eq!(partition(&animals), partition(&backwards));
}

#[test]
fn nobody_is_nobody() {
    let found = Newcomers::among(&[], Pooling::Best);
    assert_eq!(found.clusters, []);
    assert_eq!(found.number, NumberOfNewcomers { low: 0, likely: 0, high: 0 });
}
