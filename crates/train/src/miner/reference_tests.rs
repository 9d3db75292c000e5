//! The same tuples as pytorch-metric-learning (fixtures/reference/train/miners.py).

use serde::Deserialize;

use super::*;
use crate::batch::BatchLabels;
use crate::generator;

#[derive(Deserialize)]
struct Reference {
    cases: Vec<Case>,
    distance_weighted: Vec<Law>,
}

#[derive(Deserialize)]
struct Case {
    classes: Vec<u32>,
    embeddings: Vec<Vec<f64>>,
    chosen: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    distance: LossDistance,
    recipe: MinerRecipe,
    triplets: Option<Vec<[u32; 3]>>,
    positives: Option<Vec<(u32, u32)>>,
    negatives: Option<Vec<(u32, u32)>>,
}

#[derive(Deserialize)]
struct Law {
    case: usize,
    cutoff: f32,
    farthest: f32,
    chances: Vec<Vec<f64>>,
}

fn reference() -> Reference {
    let text = include_str!("../../../../fixtures/reference/train/miners.json");
    serde_json::from_str(text).unwrap()
}

fn distances(case: &Case, kind: LossDistance) -> Vec<f64> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let cosine = |a: &[f64], b: &[f64]| dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
    let distance = |a: &[f64], b: &[f64]| match kind {
        LossDistance::Cosine => 1.0 - cosine(a, b),
        _ => (2.0 - 2.0 * cosine(a, b)).max(0.0).sqrt(),
    };
    case.embeddings.iter().flat_map(|a| case.embeddings.iter().map(move |b| distance(a, b))).collect()
}

fn labels(case: &Case) -> BatchLabels {
    let rows = (0..case.classes.len() as u32).collect();
    BatchLabels { rows, classes: case.classes.clone(), ..BatchLabels::default() }
}

fn sorted<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort_unstable();
    values
}

#[test]
fn every_miner_chooses_what_pytorch_metric_learning_chooses() {
    for (number, case) in reference().cases.iter().enumerate() {
        for choice in &case.chosen {
            let batch = labels(case);
            let distances: Vec<f32> =
                distances(case, choice.distance).into_iter().map(|far| far as f32).collect();
            let input = MiningInput {
                distances: &distances,
                distance: choice.distance,
                dimension: case.embeddings[0].len(),
                batch: &batch,
                references: &batch,
            };
            let context = format!("case {number}, {:?}, {:?}", choice.distance, choice.recipe);
            match choice.recipe.mine(&input, &mut generator(1, "mine", &[])) {
                Tuples::Triplets(triplets) => {
                    assert_eq!(Some(sorted(triplets)), choice.triplets, "{context}");
                }
                Tuples::Pairs { positives, negatives } => {
                    assert_eq!(Some(sorted(positives)), choice.positives, "{context}");
                    assert_eq!(Some(sorted(negatives)), choice.negatives, "{context}");
                }
            }
        }
    }
}

#[test]
fn negatives_are_drawn_by_the_law_of_the_distance_weighted_miner() {
    let reference = reference();
    for law in &reference.distance_weighted {
        let case = &reference.cases[law.case];
        let all = distances(case, LossDistance::Euclidean);
        let miner =
            DistanceWeighted { cutoff: law.cutoff, farthest: law.farthest, ..DistanceWeighted::default() };
        for (anchor, expected) in law.chances.iter().enumerate() {
            let is_negative = |other: &usize| case.classes[*other] != case.classes[anchor];
            let others: Vec<usize> = (0..case.classes.len()).filter(is_negative).collect();
            let far: Vec<f64> = others.iter().map(|other| all[anchor * case.classes.len() + other]).collect();
            let chances = miner.chances(&far, case.embeddings[0].len());
            for (other, chance) in others.iter().zip(chances) {
                // Bounds of single precision; the chances are of double.
                assert!(
                    (chance - expected[*other]).abs() < 1e-5,
                    "{anchor} {other}: {chance} {}",
                    expected[*other]
                );
            }
        }
    }
}
