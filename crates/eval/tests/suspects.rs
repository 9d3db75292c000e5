//! Names that the evidence contradicts, planted among simulated embeddings: individuals are points, photos lie around them.
#![allow(clippy::unwrap_used, missing_docs)]

mod simulated;

use std::collections::BTreeSet;

use resight_core::Distance;
use resight_eval::{
    EvaluateOptions, Gallery, LabelledRow, PairEvidence, Protocol, SuspectOptions, Suspects, suspects,
};
use resight_vector::{Rows, f16};

use self::simulated::Dice;

const DIM: usize = 16;
const INDIVIDUALS: u32 = 50;
const PHOTOS: u32 = 6;

/// Fifty individuals with six photos each, every photo an encounter of its own, of which one in five shows little.
fn world() -> (Vec<LabelledRow>, Vec<f16>) {
    let mut dice = Dice(11);
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    for individual in 0..INDIVIDUALS {
        let point = dice.near(&[0.0; DIM], 1.0);
        for photo in 0..PHOTOS {
            let noise = if photo % 5 == 4 { 1.0 } else { 0.18 };
            let mut seen = dice.near(&point, noise);
            assert!(Distance::Cosine.normalize(&mut seen));
            values.extend(seen.into_iter().map(f16::from_f32));
            rows.push(LabelledRow {
                individual: Some(individual),
                encounter: Some(individual * PHOTOS + photo),
                ..LabelledRow::default()
            });
        }
    }
    (rows, values)
}

fn found(rows: &[LabelledRow], values: &[f16], suspect: SuspectOptions) -> Suspects {
    let parts = [Rows::new(DIM, values).unwrap()];
    let gallery = Gallery { rows, embeddings: &parts, distance: Distance::Cosine };
    let options = EvaluateOptions::default();
    suspects(&gallery, &PairEvidence::default(), &Protocol::LeaveOneOut, &options, suspect).unwrap()
}

#[test]
fn where_all_names_are_right_nothing_is_found() {
    let (rows, values) = world();
    let suspects = found(&rows, &values, SuspectOptions::default());
    assert_eq!((&suspects.wrong_names[..], &suspects.one_animal[..]), (&[][..], &[][..]));
    assert_eq!((suspects.looked_at, suspects.uncalibrated), (300, 0));
}

#[test]
fn wrong_names_are_found_and_told_from_second_names() {
    let (mut rows, values) = world();
    // One photo each of the individuals 3, 13, 23, 33, 43 is named after the next individual.
    let wrong: Vec<u32> = (0..5).map(|number| (10 * number + 3) * PHOTOS + 1).collect();
    for row in &wrong {
        *rows[*row as usize].individual.as_mut().unwrap() += 1;
    }
    // Half of the photos of the individuals 8, 18, 28 get a name of their own.
    for individual in [8, 18, 28] {
        for photo in 0..3 {
            rows[(individual * PHOTOS + photo) as usize].individual = Some(100 + individual);
        }
    }
    let suspects = found(&rows, &values, SuspectOptions::default());
    let names: BTreeSet<u32> = suspects.wrong_names.iter().map(|one| one.row).collect();
    assert_eq!(names, wrong.iter().copied().collect(), "{suspects:#?}");
    for one in &suspects.wrong_names {
        assert_eq!(one.shows.individual, one.row / PHOTOS, "{one:?}");
        assert_eq!(rows[one.row as usize].individual, Some(one.named));
    }
    let animals: BTreeSet<[u32; 2]> = suspects.one_animal.iter().map(|one| one.individuals).collect();
    assert_eq!(animals, [[8, 108], [18, 118], [28, 128]].into(), "{suspects:#?}");
    for one in &suspects.one_animal {
        let [first, second] = one.pairs[0];
        let named = |row: u32| rows[row as usize].individual;
        assert_eq!([named(first), named(second)].map(Option::unwrap), one.individuals);
    }
    assert!(suspects.expected_right() < 1.0);
}

#[test]
fn what_is_expected_and_asked_for_decides_what_is_told() {
    let (mut rows, values) = world();
    rows[19].individual = Some(40);
    let count = |share_wrong: f64, least: f64| {
        found(&rows, &values, SuspectOptions { share_wrong, least }).wrong_names.len()
    };
    assert_eq!(count(0.01, 0.5), 1);
    assert_eq!(count(1e-12, 0.5), 0, "nobody makes a mistake");
    assert!(count(0.01, 0.0) > 200, "everything is told");
}
