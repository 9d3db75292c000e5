//! What miners choose from and how they are written down.

use std::collections::BTreeMap;

use rand::Rng;

use super::*;
use crate::batch::BatchLabels;
use crate::generator;

fn labels(classes: &[u32]) -> BatchLabels {
    BatchLabels {
        rows: (0..classes.len() as u32).collect(),
        classes: classes.to_vec(),
        species: vec![None; classes.len()],
        encounters: vec![None; classes.len()],
    }
}

/// Mines a batch compared with itself.
fn mine(recipe: &str, distances: &[f32], batch: &BatchLabels) -> Tuples {
    mine_with(recipe, distances, batch, batch)
}

fn mine_with(recipe: &str, distances: &[f32], batch: &BatchLabels, references: &BatchLabels) -> Tuples {
    let input = MiningInput { distances, distance: LossDistance::Cosine, dimension: 8, batch, references };
    read(recipe).mine(&input, &mut generator(1, "mine", &[]))
}

fn read(recipe: &str) -> MinerRecipe {
    #[derive(Deserialize)]
    struct File {
        miner: MinerRecipe,
    }
    toml::from_str::<File>(&format!("miner = {recipe}")).unwrap().miner
}

/// Anchor 0 with positives 1 (near) and 2 (far) and negatives 3 (nearest), 4 (between) and 5 (farthest).
const LINE: [f32; 6] = [0.0, 0.2, 0.6, 0.1, 0.4, 0.9];

fn around_a_line() -> (Vec<f32>, BatchLabels) {
    let mut distances = vec![0.5; 36];
    distances[..6].copy_from_slice(&LINE);
    (distances, labels(&[0, 0, 0, 1, 2, 3]))
}

fn of_anchor_0(tuples: Tuples) -> Vec<(u32, u32)> {
    let Tuples::Triplets(triplets) = tuples else { panic!("triplets were expected: {tuples:?}") };
    triplets
        .into_iter()
        .filter(|triplet| triplet[0] == 0)
        .map(|[_, positive, negative]| (positive, negative))
        .collect()
}

#[test]
fn one_line_says_the_positive_that_looks_least_alike_and_the_negative_that_looks_most_alike() {
    let (distances, batch) = around_a_line();
    let chosen =
        mine(r#"{ kind = "chosen", positive = "hardest", negative = "hardest" }"#, &distances, &batch);
    assert_eq!(of_anchor_0(chosen), [(2, 3)]);
}

#[test]
fn positives_and_negatives_can_be_chosen_freely() {
    let (distances, batch) = around_a_line();
    let chosen = |positive: &str, negative: &str| {
        let recipe = format!(r#"{{ kind = "chosen", positive = "{positive}", negative = "{negative}" }}"#);
        of_anchor_0(mine(&recipe, &distances, &batch))
    };
    assert_eq!(chosen("easiest", "hardest"), [(1, 3)]);
    assert_eq!(chosen("easiest", "semi-hard"), [(1, 4)]);
    assert_eq!(chosen("hardest", "semi-hard"), [(2, 5)]);
    assert_eq!(chosen("all", "hardest"), [(1, 3), (2, 3)]);
    assert_eq!(chosen("hardest", "all"), [(2, 3), (2, 4), (2, 5)]);
    assert_eq!(chosen("all", "all").len(), 6);
    assert_eq!(chosen("random", "random").len(), 1);
}

#[test]
fn without_a_semi_hard_negative_there_is_no_triplet() {
    let (mut distances, batch) = around_a_line();
    distances[5] = 0.55;
    let chosen =
        mine(r#"{ kind = "chosen", positive = "hardest", negative = "semi-hard" }"#, &distances, &batch);
    assert_eq!(of_anchor_0(chosen), []);
}

#[test]
fn random_choices_come_equally_often() {
    let (distances, batch) = around_a_line();
    let input = MiningInput {
        distances: &distances,
        distance: LossDistance::Cosine,
        dimension: 8,
        batch: &batch,
        references: &batch,
    };
    let recipe = read(r#"{ kind = "chosen", positive = "random", negative = "random" }"#);
    let mut counts: BTreeMap<(u32, u32), u32> = BTreeMap::new();
    for step in 0..6000 {
        for pair in of_anchor_0(recipe.mine(&input, &mut generator(1, "mine", &[step]))) {
            *counts.entry(pair).or_default() += 1;
        }
    }
    // Six pairs, 1000 each; five standard deviations are 144.
    assert_eq!(counts.len(), 6);
    assert!(counts.values().all(|count| count.abs_diff(1000) < 144), "{counts:?}");
}

#[test]
fn bursts_are_no_positives_where_the_recipe_says_so() {
    let (distances, mut batch) = around_a_line();
    batch.encounters[0] = Some(7);
    batch.encounters[2] = Some(7);
    let chosen = mine(r#"{ kind = "batch-hard", skip-same-encounter = true }"#, &distances, &batch);
    assert_eq!(of_anchor_0(chosen), [(1, 3)], "2 is of the anchor's encounter");
    let chosen = mine(r#"{ kind = "batch-hard" }"#, &distances, &batch);
    assert_eq!(of_anchor_0(chosen), [(2, 3)]);
}

#[test]
fn negatives_are_of_the_species_where_the_recipe_says_so() {
    let (distances, mut batch) = around_a_line();
    batch.species = vec![Some(1), Some(1), Some(1), Some(2), None, Some(1)];
    let chosen = mine(r#"{ kind = "batch-hard", within-species = true }"#, &distances, &batch);
    assert_eq!(of_anchor_0(chosen), [(2, 5)], "3 is of another species, 4 of none that is known");
}

#[test]
fn a_photo_seen_twice_is_its_own_positive_in_the_batch_but_not_from_memory() {
    let mut batch = labels(&[0, 0, 1]);
    batch.rows[1] = 0;
    let twice = mine(r#"{ kind = "batch-hard" }"#, &[0.1; 9], &batch);
    assert_eq!(of_anchor_0(twice), [(1, 2)]);
    let twice = mine(r#"{ kind = "batch-hard", skip-same-encounter = true }"#, &[0.1; 9], &batch);
    assert_eq!(of_anchor_0(twice), []);

    let batch = labels(&[0, 1]);
    let mut memory = Memory::new(4, 1);
    memory
        .push(&[1.0, 2.0], &BatchLabels { rows: vec![0, 9], classes: vec![0, 0], ..BatchLabels::default() });
    let references = memory.references(&batch);
    let found = mine_with(r#"{ kind = "batch-hard" }"#, &[0.1; 8], &batch, &references);
    assert_eq!(found, Tuples::Triplets(vec![[0, 3, 1]]), "place 2 is an earlier embedding of place 0");
}

#[test]
fn distance_weighted_chances_are_even_over_the_distances_of_random_embeddings() {
    let mut random = generator(3, "embeddings", &[]);
    // Random directions in four dimensions; the anchor is the first axis. Most are farther than 1.2 from it.
    let mut distance = || loop {
        let point: [f64; 4] = std::array::from_fn(|_| random.random_range(-1.0..1.0));
        let length = point.iter().map(|value| value * value).sum::<f64>().sqrt();
        if length < 1.0 {
            return (2.0 - 2.0 * point[0] / length).sqrt();
        }
    };
    let distances: Vec<f64> = (0..20_000).map(|_| distance()).collect();
    let chances = DistanceWeighted::default().chances(&distances, 4);
    let between = |near: f64, far: f64| {
        let inside = distances.iter().zip(&chances).filter(|(distance, _)| (near..far).contains(*distance));
        inside.map(|(_, chance)| chance).sum::<f64>()
    };
    // Nine steps of 0.1 from the cutoff to the farthest, and what is nearer than the cutoff counts as if at it.
    let steps: Vec<f64> =
        (5..14).map(|step| between(f64::from(step) / 10.0, f64::from(step + 1) / 10.0)).collect();
    let mean = steps.iter().sum::<f64>() / 9.0;
    assert!(steps.iter().all(|step| (step / mean - 1.0).abs() < 0.25), "{steps:?}");
    assert_eq!(between(1.4, 3.0), 0.0);
}

#[test]
fn distance_weighted_draws_follow_their_chances() {
    let batch = labels(&[0, 0, 1, 2, 3]);
    let mut distances = vec![1.0; 25];
    distances[..5].copy_from_slice(&[0.0, 0.3, 0.9, 1.0, 1.3]);
    let distance = LossDistance::Euclidean;
    let input =
        MiningInput { distances: &distances, distance, dimension: 5, batch: &batch, references: &batch };
    let miner = DistanceWeighted::default();
    let chances = miner.chances(&[0.9, 1.0, 1.3], 5);
    let recipe = MinerRecipe::DistanceWeighted(miner);
    let mut counts = [0_u32; 3];
    for step in 0..6000 {
        let drawn = of_anchor_0(recipe.mine(&input, &mut generator(1, "mine", &[step])));
        assert_eq!(drawn.len(), 1, "one negative for its one positive");
        counts[drawn[0].1 as usize - 2] += 1;
    }
    for (count, chance) in counts.iter().zip(&chances) {
        let expected = 6000.0 * chance;
        let five_deviations = 5.0 * (expected * (1.0 - chance)).sqrt();
        assert!((f64::from(*count) - expected).abs() < five_deviations, "{counts:?} for {chances:?}");
    }
}

#[test]
fn negatives_that_are_all_too_far_give_no_triplet() {
    let batch = labels(&[0, 0, 1]);
    let recipe = r#"{ kind = "distance-weighted" }"#;
    assert!(mine(recipe, &[1.5; 9], &batch).is_empty(), "a cosine distance of 1.5 is a chord of 1.73");
    assert!(!mine(recipe, &[0.5; 9], &batch).is_empty());
    assert!(mine(recipe, &[f32::NAN; 9], &batch).is_empty());
}

#[test]
fn an_unfit_distance_and_senseless_numbers_are_refused() {
    let refused = |recipe: &str, distance| read(recipe).check(distance).unwrap_err().to_string();
    let message = refused(r#"{ kind = "distance-weighted" }"#, LossDistance::RawEuclidean);
    assert!(message.contains("raw-euclidean") && message.ends_with("distance-weighted"), "{message}");
    assert!(refused(r#"{ kind = "semi-hard", margin = -0.1 }"#, LossDistance::Cosine).ends_with("-0.1"));
    assert!(refused(r#"{ kind = "distance-weighted", cutoff = 3.0 }"#, LossDistance::Cosine).ends_with("3"));
    assert_eq!(read(r#"{ kind = "distance-weighted" }"#).check(LossDistance::Cosine), Ok(()));
}

#[test]
fn recipes_are_written_as_they_are_read_and_unknown_keys_are_refused() {
    let kinds = [
        "all",
        "batch-hard",
        "semi-hard",
        "easy-positive",
        "distance-weighted",
        "multi-similarity",
        "pair-margin",
        "chosen",
    ];
    for kind in kinds {
        let recipe = read(&format!(r#"{{ kind = "{kind}", within-species = true }}"#));
        assert_eq!(recipe.kind(), kind);
        assert_eq!(recipe.scope(), Scope { within_species: true, skip_same_encounter: false });
        let again: MinerRecipe = toml::from_str(&toml::to_string(&recipe).unwrap()).unwrap();
        assert_eq!(again, recipe);
        let unknown = toml::from_str::<MinerRecipe>(&format!("kind = \"{kind}\"\nwithin-specie = true"));
        assert!(unknown.unwrap_err().to_string().contains("unknown field `within-specie`"), "{kind}");
    }
}

#[test]
fn the_census_counts_pairs_once_and_lonely_anchors() {
    let batch = labels(&[0, 0, 0, 1, 2]);
    let alone = Census::of(&batch, &batch, Scope::default());
    assert_eq!((alone.positives, alone.without_positive, alone.places), (3, 2, 5));
    assert!((alone.share_without_positive() - 0.4).abs() < 1e-12);
    let mut memory = Memory::new(3, 1);
    memory.push(
        &[0.0; 3],
        &BatchLabels { rows: vec![10, 11, 12], classes: vec![1, 1, 0], ..BatchLabels::default() },
    );
    let with_memory = Census::of(&batch, &memory.references(&batch), Scope::default());
    assert_eq!((with_memory.positives, with_memory.without_positive), (3 + 2 + 3, 1));
    let single = labels(&[4, 4]);
    assert_eq!(Census::of(&single, &single, Scope::default()).without_negative, 2);
}

#[test]
fn memory_forgets_the_oldest_and_is_the_same_after_a_checkpoint() {
    let mut memory = Memory::new(5, 2);
    let push = |memory: &mut Memory, first: u32| {
        let rows: Vec<u32> = (first..first + 3).collect();
        let batch = BatchLabels {
            classes: rows.iter().map(|row| row / 2).collect(),
            species: vec![Some(1), None, Some(2)],
            encounters: rows.iter().map(|row| Some(*row)).collect(),
            rows,
        };
        let embeddings: Vec<f32> = batch.rows.iter().flat_map(|row| [*row as f32, -1.0]).collect();
        memory.push(&embeddings, &batch);
    };
    push(&mut memory, 0);
    assert_eq!((memory.len(), memory.save().next), (3, 3));
    push(&mut memory, 3);
    push(&mut memory, 6);
    let mut kept = memory.labels().rows.clone();
    kept.sort_unstable();
    assert_eq!(kept, [4, 5, 6, 7, 8]);
    for (place, row) in memory.labels().rows.iter().enumerate() {
        assert_eq!(memory.embeddings()[place * 2], *row as f32, "embeddings and labels stay together");
        assert_eq!(memory.labels().encounters[place], Some(*row));
    }
    let mut again = Memory::restore(memory.save()).unwrap();
    assert_eq!(again, memory);
    push(&mut memory, 9);
    push(&mut again, 9);
    assert_eq!(again, memory);
}

#[test]
fn a_damaged_memory_is_refused() {
    let mut memory = Memory::new(4, 2);
    memory.push(&[1.0; 4], &labels(&[0, 1]));
    let damage: [fn(&mut MemoryState); 4] = [
        |state| state.next = 7,
        |state| state.embeddings.truncate(3),
        |state| state.species.clear(),
        |state| state.capacity = 1,
    ];
    for (number, damage) in damage.iter().enumerate() {
        let mut state = memory.save();
        damage(&mut state);
        assert!(Memory::restore(state).is_err(), "damage {number}");
    }
}

#[test]
fn memory_begins_after_the_steps_that_the_recipe_says() {
    let recipe = MemoryRecipe { size: 10, after_steps: 3 };
    assert_eq!([2, 3].map(|step| recipe.is_used(step)), [false, true]);
    assert!(recipe.build(4).is_some_and(|memory| memory.is_empty()));
    assert!(MemoryRecipe::default().build(4).is_none() && !MemoryRecipe::default().is_used(9));
}
