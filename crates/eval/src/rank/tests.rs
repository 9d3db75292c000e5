//! The ranking against a plain one, on random embeddings with every kind of mask.

use resight_core::{AnnotationId, IndividualId, Neighbor, RankedSimilarities, pool_neighbors};
use resight_vector::f16;

use super::*;
use crate::View;
use crate::seeded::Dice;

const DIM: usize = 8;

/// 120 rows of 17 individuals, a few without a label, with encounters, copies and sides.
fn world(seed: u64) -> (Vec<LabelledRow>, Vec<f16>) {
    world_with(seed, 6)
}

/// The same, so many ninths of the rows with a known encounter.
fn world_with(seed: u64, known_encounters: u32) -> (Vec<LabelledRow>, Vec<f16>) {
    let mut dice = Dice::new(seed);
    let mut some = |limit: usize| Some(dice.below(limit) as u32);
    let rows: Vec<LabelledRow> = (0..120)
        .map(|_| LabelledRow {
            individual: some(18).filter(|who| *who > 0),
            encounter: some(9).filter(|encounter| *encounter < known_encounters),
            duplicate_group: some(30).filter(|group| *group < 5),
            species: some(2),
            viewpoint: some(3).filter(|side| *side > 0),
            ..LabelledRow::default()
        })
        .collect();
    let values =
        (0..rows.len() * DIM).map(|_| f16::from_f32(dice.below(2001) as f32 / 1000.0 - 1.0)).collect();
    (rows, values)
}

fn similarity(values: &[f16], a: u32, b: u32, distance: Distance) -> Similarity {
    let row = |row: u32| values[row as usize * DIM..][..DIM].iter().map(|value| f64::from(value.to_f32()));
    match distance {
        Distance::Cosine => {
            Similarity::from_cosine(row(a).zip(row(b)).map(|(x, y)| x * y).sum::<f64>() as f32)
        }
        Distance::Euclidean => Similarity::from_squared_distance(
            row(a).zip(row(b)).map(|(x, y)| (x - y) * (x - y)).sum::<f64>() as f32,
        ),
    }
}

/// What the dictionary's pooling says of one query, its own individual's hidden photos left out.
fn plainly(
    rows: &[LabelledRow],
    values: &[f16],
    query: u32,
    options: &RankOptions,
    hide: Hide,
    distance: Distance,
) -> Vec<resight_core::Candidate> {
    let asking = &rows[query as usize];
    let named = || rows.iter().filter(|row| row.individual.is_some());
    let most_are_known = 2 * named().filter(|row| row.encounter.is_some()).count() > named().count();
    let neighbors: Vec<Neighbor> = (0..rows.len() as u32)
        .filter(|row| *row != query)
        .filter_map(|row| {
            let other = &rows[row as usize];
            let same_viewpoint = asking.viewpoint.is_none()
                || other.viewpoint.is_none()
                || asking.viewpoint == other.viewpoint;
            let own = other.individual == asking.individual;
            let together = |a: Option<u32>, b: Option<u32>| a.is_some() && a == b;
            let unknown = asking.encounter.is_none() || other.encounter.is_none();
            let together_perhaps = most_are_known && unknown || together(asking.encounter, other.encounter);
            let hidden = own
                && (hide.encounter && together_perhaps
                    || hide.duplicates && together(asking.duplicate_group, other.duplicate_group));
            let seen = (!options.same.viewpoint || same_viewpoint) && !hidden;
            Some(Neighbor {
                annotation: AnnotationId(i64::from(row)),
                individual: IndividualId(i64::from(other.individual.filter(|_| seen)?)),
                similarity: similarity(values, query, row, distance),
            })
        })
        .collect();
    pool_neighbors(&neighbors, options.pooling)
}

fn agrees(options: RankOptions, distance: Distance, seed: u64) {
    for known_encounters in [2, 6, 9] {
        agrees_in(&world_with(seed, known_encounters), options, distance);
    }
}

fn agrees_in((rows, values): &(Vec<LabelledRow>, Vec<f16>), options: RankOptions, distance: Distance) {
    let (first, second) = values.split_at(50 * DIM);
    let parts = [Rows::new(DIM, first).unwrap(), Rows::new(DIM, second).unwrap()];
    let gallery = Gallery { rows, embeddings: &parts, distance };
    let ranked = rank(&gallery, &Protocol::LeaveOneOut, &options).unwrap();
    assert_eq!(ranked.len(), rows.iter().filter(|row| row.individual.is_some()).count());
    for query in &ranked {
        for (view, hide) in [(View::Strict, options.hide), (View::Optimistic, Hide::NOTHING)] {
            let expected = plainly(rows, values, query.row, &options, hide, distance);
            let found = query.best(view, options.kept);
            assert_eq!(found.len(), expected.len().min(options.kept));
            for (found, expected) in found.iter().zip(&expected) {
                assert_eq!(i64::from(found.individual), expected.individual.0);
                assert_eq!(i64::from(found.best_row), expected.best.0);
                assert!((found.similarity.0 - expected.similarity.0).abs() < 1e-6);
            }
            let own = expected.iter().position(|one| one.individual.0 == i64::from(query.individual));
            assert_eq!(query.own(view).map(|own| own.rank as usize), own.map(|place| place + 1));
            let photos = own.map(|place| expected[place].photos);
            assert_eq!(query.own(view).map(|own| own.photos as usize), photos);
            let ranked = query.similarities(view);
            assert_eq!(ranked.individuals(), expected.len());
            if options.kept >= expected.len() {
                let all: Vec<Similarity> = found.iter().map(|one| one.similarity).collect();
                assert_eq!(ranked, RankedSimilarities::from_sorted(&all));
            }
        }
    }
}

#[test]
fn ranking_is_the_dictionarys_pooling_under_every_mask() {
    let all = RankOptions { kept: 100, threads: 3, ..RankOptions::default() };
    agrees(all, Distance::Cosine, 1);
    agrees(RankOptions { kept: 4, ..all }, Distance::Cosine, 2);
    agrees(RankOptions { pooling: Pooling::Mean, ..all }, Distance::Euclidean, 3);
    agrees(RankOptions { pooling: Pooling::MeanOfBestThree, ..all }, Distance::Cosine, 4);
    let same = Same { viewpoint: true, species: false };
    agrees(
        RankOptions { same, hide: Hide { encounter: true, duplicates: false }, ..all },
        Distance::Cosine,
        5,
    );
}

#[test]
fn a_split_asks_some_and_answers_with_others() {
    let (rows, values) = world(6);
    let parts = [Rows::new(DIM, &values).unwrap()];
    let gallery = Gallery { rows: &rows, embeddings: &parts, distance: Distance::Cosine };
    let queries: Vec<u32> = (0..40).collect();
    let answering: Vec<u32> = (30..120).collect();
    let split = Protocol::Split { queries, gallery: answering };
    let ranked = rank(&gallery, &split, &RankOptions::default()).unwrap();
    assert!(ranked.iter().all(|query| query.row < 40));
    assert!(ranked.iter().all(|query| query.others.iter().all(|other| other.best_row >= 30)));
    assert!(ranked.iter().all(|query| query.own.is_none_or(|own| own.scored.best_row != query.row)));
    let beyond = Protocol::Split { queries: vec![120], gallery: vec![0] };
    let refused = rank(&gallery, &beyond, &RankOptions::default());
    assert_eq!(refused, Err(EvalError::NoSuchRow { row: 120, rows: 120 }));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (rows, values) = world(7);
    let parts = [Rows::new(DIM, &values).unwrap()];
    let gallery = Gallery { rows: &rows, embeddings: &parts, distance: Distance::Cosine };
    let with = |threads| {
        rank(&gallery, &Protocol::LeaveOneOut, &RankOptions { threads, ..RankOptions::default() }).unwrap()
    };
    assert_eq!(with(1), with(7));
}

#[test]
fn labels_without_embeddings_are_refused() {
    let (rows, values) = world(8);
    let parts = [Rows::new(DIM, &values[DIM..]).unwrap()];
    let gallery = Gallery { rows: &rows, embeddings: &parts, distance: Distance::Cosine };
    let refused = rank(&gallery, &Protocol::LeaveOneOut, &RankOptions::default());
    assert_eq!(refused, Err(EvalError::RowCount { labels: 120, embeddings: 119 }));
}
