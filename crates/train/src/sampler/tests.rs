//! What samplers promise.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rand::Rng;

use super::*;
use crate::batch::Tuples;

/// Labels of photos that own themselves.
#[derive(Debug, Clone, Default)]
struct Photos {
    classes: Vec<u32>,
    species: Vec<Option<u32>>,
    encounters: Vec<Option<u32>>,
}

impl Photos {
    /// Photos of individuals, each given as its species and the number of photos of each of its encounters.
    fn of(individuals: &[(u32, Vec<usize>)]) -> Self {
        let mut photos = Self::default();
        let mut encounter = 0;
        for (class, (species, bursts)) in (0..).zip(individuals) {
            for burst in bursts {
                for _ in 0..*burst {
                    photos.classes.push(class);
                    photos.species.push(Some(*species));
                    photos.encounters.push(Some(encounter));
                }
                encounter += 1;
            }
        }
        photos
    }

    /// Photos without species and encounters, by how many each individual has.
    fn sized(sizes: &[usize]) -> Self {
        let classes = (0..).zip(sizes).flat_map(|(class, size)| std::iter::repeat_n(class, *size)).collect();
        Self { classes, ..Self::default() }
    }

    fn labels(&self) -> SamplerLabels<'_> {
        SamplerLabels { classes: &self.classes, species: &self.species, encounters: &self.encounters }
    }
}

fn read(recipe: &str) -> SamplerRecipe {
    #[derive(Deserialize)]
    struct File {
        sampler: SamplerRecipe,
    }
    toml::from_str::<File>(&format!("sampler = {recipe}")).unwrap().sampler
}

fn rows(plan: &[PlannedBatch]) -> Vec<u32> {
    let mut rows: Vec<u32> = plan.iter().flat_map(|batch| batch.rows.clone()).collect();
    rows.sort_unstable();
    rows
}

/// Rows of each class of a batch.
fn by_class(batch: &PlannedBatch, photos: &Photos) -> BTreeMap<u32, Vec<u32>> {
    let mut classes: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for row in &batch.rows {
        classes.entry(photos.classes[*row as usize]).or_default().push(*row);
    }
    classes
}

/// One to eight individuals of a few encounters each, of up to three species.
fn some_individuals() -> impl Strategy<Value = Vec<(u32, Vec<usize>)>> {
    let bursts = prop::collection::vec(1_usize..5, 1..5);
    prop::collection::vec((0_u32..3, bursts), 1..20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn shuffled_brings_every_photo_once(individuals in some_individuals(), batch in 1_usize..20, epoch in 0_u64..5) {
        let photos = Photos::of(&individuals);
        let plan = read(r#"{ kind = "shuffled" }"#).epoch(&photos.labels(), None, batch, epoch, 3);
        prop_assert_eq!(rows(&plan), (0..photos.classes.len() as u32).collect::<Vec<_>>());
        let (last, full) = plan.split_last().unwrap();
        prop_assert!(full.iter().all(|planned| planned.rows.len() == batch) && last.rows.len() <= batch);
        let dropping = read(r#"{ kind = "shuffled", drop-last = true }"#).epoch(&photos.labels(), None, batch, epoch, 3);
        prop_assert!(dropping.iter().all(|planned| planned.rows.len() == batch));
        prop_assert_eq!(dropping.len(), photos.classes.len() / batch);
    }

    #[test]
    fn every_batch_has_p_individuals_with_k_different_photos(
        individuals in some_individuals(), p in 2_usize..6, k in 2_usize..5, seed in 0_u64..50,
    ) {
        let photos = Photos::of(&individuals);
        let recipe = read(&format!(
            r#"{{ kind = "p-by-k", photos-per-individual = {k}, short-classes = "skip", drop-last = true }}"#
        ));
        for batch in recipe.epoch(&photos.labels(), None, p * k, 0, seed) {
            let classes = by_class(&batch, &photos);
            prop_assert_eq!((batch.rows.len(), classes.len()), (p * k, p));
            for rows in classes.values() {
                prop_assert_eq!((rows.len(), rows.iter().collect::<BTreeSet<_>>().len()), (k, k));
            }
        }
    }

    #[test]
    fn repeated_photos_fill_every_individual_up_to_k(individuals in some_individuals(), k in 2_usize..6) {
        let photos = Photos::of(&individuals);
        let recipe = read(&format!(
            r#"{{ kind = "p-by-k", photos-per-individual = {k}, short-classes = "repeat" }}"#
        ));
        for batch in recipe.epoch(&photos.labels(), None, 3 * k, 0, 1) {
            for (class, rows) in by_class(&batch, &photos) {
                let different = rows.iter().collect::<BTreeSet<_>>().len();
                let has = photos.classes.iter().filter(|other| **other == class).count();
                prop_assert_eq!((rows.len(), different), (k, has.min(k)));
            }
        }
    }

    #[test]
    fn all_photos_that_have_a_positive_come_unless_no_batch_can_be_made_of_them(
        individuals in some_individuals(), p in 2_usize..6, k in 2_usize..5, other_encounter: bool,
    ) {
        let photos = Photos::of(&individuals);
        let recipe = PByK { photos_per_individual: k, other_encounter, ..PByK::default() };
        let plan = SamplerRecipe::PByK(recipe).epoch(&photos.labels(), None, p * k, 0, 1);
        let used: BTreeSet<u32> = plan.iter().flat_map(|batch| batch.rows.clone()).collect();
        let mut missing = BTreeSet::new();
        for (class, (_, bursts)) in (0..).zip(&individuals) {
            let groups = if other_encounter { bursts.len() } else { bursts.iter().sum() };
            for row in (0..).zip(&photos.classes).filter(|(_, of)| **of == class).map(|(row, _)| row) {
                prop_assert!(groups > 1 || !used.contains(&row), "a photo without a positive came");
                if groups > 1 && !used.contains(&row) {
                    missing.insert(class);
                }
            }
        }
        prop_assert!(missing.len() < 2, "photos of {missing:?} are left, which would have made a batch");
    }

    #[test]
    fn no_two_photos_of_a_burst_meet_where_positives_are_of_another_encounter(
        individuals in some_individuals(), k in 2_usize..5, seed in 0_u64..50, share in 0.0_f64..0.5,
    ) {
        let photos = Photos::of(&individuals);
        let recipe = PByK {
            photos_per_individual: k, other_encounter: true, singleton_share: share, ..PByK::default()
        };
        for batch in SamplerRecipe::PByK(recipe).epoch(&photos.labels(), None, 8 * k, 0, seed) {
            let encounters: BTreeSet<_> = batch.rows.iter().map(|row| photos.encounters[*row as usize]).collect();
            prop_assert_eq!(encounters.len(), batch.rows.len());
        }
    }

    #[test]
    fn every_individual_of_a_batch_meets_another_of_its_species(
        individuals in some_individuals(), p in 2_usize..6, share in 0.0_f64..0.5,
    ) {
        let photos = Photos::of(&individuals);
        let recipe = PByK {
            photos_per_individual: 2, within_species: true, singleton_share: share, ..PByK::default()
        };
        let plan = SamplerRecipe::PByK(recipe).epoch(&photos.labels(), None, 3 * p, 0, 1);
        for batch in &plan {
            let mut species: BTreeMap<_, BTreeSet<u32>> = BTreeMap::new();
            for row in &batch.rows {
                species.entry(photos.species[*row as usize]).or_default().insert(photos.classes[*row as usize]);
            }
            prop_assert!(species.values().all(|classes| classes.len() > 1), "{species:?}");
        }
        prop_assert_eq!(SamplerFigures::of(&plan, &photos.labels()).without_like_negative, 0.0);
    }

    #[test]
    fn hard_pairs_are_of_one_class_or_of_two_and_of_the_batch(
        individuals in some_individuals(), batch in 3_usize..12, other_encounter: bool, within_species: bool,
        rounds in 1_usize..3,
    ) {
        let photos = Photos::of(&individuals);
        let mut random = generator(1, "embeddings", &[]);
        let embeddings: Vec<f32> = (0..photos.classes.len() * 3).map(|_| random.random_range(-1.0..1.0)).collect();
        let recipe = HardPairs { block: 25, rounds, other_encounter, within_species, ..HardPairs::default() };
        let plan = SamplerRecipe::HardPairs(recipe).epoch(&photos.labels(), Some((&embeddings, 3)), batch, 0, 1);
        let mut seen = BTreeSet::new();
        for batch_of_plan in &plan {
            prop_assert!(batch_of_plan.rows.len() <= batch);
            prop_assert_eq!(batch_of_plan.rows.iter().collect::<BTreeSet<_>>().len(), batch_of_plan.rows.len());
            let row = |place: u32| batch_of_plan.rows[place as usize] as usize;
            let Some(Tuples::Pairs { positives, negatives }) = &batch_of_plan.tuples else { panic!("no pairs") };
            for (a, b) in positives {
                prop_assert!(row(*a) != row(*b) && photos.classes[row(*a)] == photos.classes[row(*b)]);
                prop_assert!(!other_encounter || photos.encounters[row(*a)] != photos.encounters[row(*b)]);
            }
            for (a, b) in negatives {
                prop_assert!(photos.classes[row(*a)] != photos.classes[row(*b)]);
                prop_assert!(!within_species || photos.species[row(*a)] == photos.species[row(*b)]);
                prop_assert!(seen.insert((row(*a), row(*b))), "a pair twice");
            }
        }
        // Every photo with a positive is the anchor of one pair a round.
        let able: usize = individuals
            .iter()
            .map(|(_, bursts)| if other_encounter { (bursts.len(), bursts) } else { (bursts.iter().sum(), bursts) })
            .map(|(groups, bursts)| if groups > 1 { bursts.iter().sum() } else { 0 })
            .sum();
        let figures = SamplerFigures::of(&plan, &photos.labels());
        prop_assert!((figures.positives * figures.batches as f64 - (able * rounds) as f64).abs() < 1e-6);
    }

    #[test]
    fn balanced_draws_individuals_by_their_share(
        sizes in prop::collection::vec(1_usize..40, 1..12), power in 0.0_f64..1.0, seed in 0_u64..20,
    ) {
        let photos = Photos::sized(&sizes);
        let recipe = SamplerRecipe::Balanced(Balanced { power, ..Balanced::default() });
        let plan = recipe.epoch(&photos.labels(), None, 7, 0, seed);
        let n_photos: usize = sizes.iter().sum();
        let total: f64 = sizes.iter().map(|size| (*size as f64).powf(power)).sum();
        let drawn = rows(&plan);
        prop_assert_eq!(drawn.len(), n_photos);
        for (class, size) in sizes.iter().enumerate() {
            let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
            for row in drawn.iter().filter(|row| photos.classes[**row as usize] == class as u32) {
                *counts.entry(*row).or_default() += 1;
            }
            let share = n_photos as f64 * (*size as f64).powf(power) / total;
            let count: usize = counts.values().sum();
            prop_assert!((count as f64 - share).abs() < 1.0 + 1e-6, "{count} draws instead of {share}");
            let most = counts.values().max().copied().unwrap_or(0);
            let least = if counts.len() < *size { 0 } else { counts.values().min().copied().unwrap_or(0) };
            prop_assert!(most <= least + 1, "photos take turns: {counts:?}");
        }
    }
}

#[test]
fn the_same_seed_and_epoch_plan_the_same_and_others_something_else() {
    let photos =
        Photos::of(&[(0, vec![3, 2]), (0, vec![4]), (1, vec![1, 1, 5]), (1, vec![2, 2]), (0, vec![1])]);
    let embeddings: Vec<f32> = (0..photos.classes.len() * 2).map(|n| (n as f32).sin()).collect();
    for kind in ["shuffled", "p-by-k", "balanced", "hard-pairs"] {
        let recipe = read(&format!(r#"{{ kind = "{kind}" }}"#));
        let plan = |epoch, seed| recipe.epoch(&photos.labels(), Some((&embeddings, 2)), 8, epoch, seed);
        assert_eq!(recipe.kind(), kind);
        assert_eq!(plan(2, 1), plan(2, 1), "{kind}");
        assert!(plan(2, 1) != plan(3, 1) && plan(2, 1) != plan(2, 4), "{kind}");
    }
}

#[test]
fn plans_are_the_same_on_every_machine() {
    let photos = Photos::of(&[(0, vec![2, 2]), (0, vec![3]), (1, vec![1, 1, 2])]);
    let first = |recipe: &str| {
        let plan = read(recipe).epoch(&photos.labels(), None, 4, 0, 1);
        plan.into_iter().map(|batch| batch.rows).collect::<Vec<_>>()
    };
    assert_eq!(first(r#"{ kind = "shuffled" }"#), SHUFFLED);
    assert_eq!(first(r#"{ kind = "p-by-k", photos-per-individual = 2 }"#), P_BY_K);
    assert_eq!(first(r#"{ kind = "balanced" }"#), BALANCED);
}

/// As drawn where this was written.
const SHUFFLED: &[&[u32]] = &[&[1, 2, 7, 10], &[6, 0, 5, 9], &[4, 8, 3]];
const P_BY_K: &[&[u32]] = &[&[10, 9, 2, 3], &[5, 4, 1, 0], &[6, 5, 7, 8]];
const BALANCED: &[&[u32]] = &[&[5, 7, 9, 6], &[2, 10, 0, 3], &[1, 4, 4]];

#[test]
fn singletons_fill_their_share_of_a_batch_and_are_kept_or_left_out_as_asked() {
    let mut sizes = vec![1; 60];
    sizes.extend([4; 21]);
    let photos = Photos::sized(&sizes);
    let of_singles = |rows: &[u32]| rows.iter().filter(|row| **row < 60).count();
    let plan = read(r#"{ kind = "p-by-k", singleton-share = 0.25 }"#).epoch(&photos.labels(), None, 16, 0, 1);
    assert!(plan.iter().all(|batch| batch.rows.len() == 16 && of_singles(&batch.rows) == 4));
    assert_eq!(plan.len(), 7);
    let plan = read(r#"{ kind = "p-by-k" }"#).epoch(&photos.labels(), None, 16, 0, 1);
    assert!(plan.iter().all(|batch| of_singles(&batch.rows) == 0));
    let figures = SamplerFigures::of(&plan, &photos.labels());
    assert!((figures.skipped_singletons - 60.0 / 144.0).abs() < 1e-12, "{figures:?}");
    for kind in ["shuffled", "balanced"] {
        let kept = read(&format!(r#"{{ kind = "{kind}" }}"#)).epoch(&photos.labels(), None, 16, 0, 1);
        assert!(of_singles(&rows(&kept)) > 0, "{kind}");
        let without = read(&format!(r#"{{ kind = "{kind}", singletons = false }}"#));
        assert_eq!(of_singles(&rows(&without.epoch(&photos.labels(), None, 16, 0, 1))), 0, "{kind}");
    }
}

#[test]
fn hard_pairs_are_closer_than_random_ones_and_grow_harder() {
    let photos = Photos::sized(&[3; 60]);
    let mut random = generator(2, "embeddings", &[]);
    let embeddings: Vec<f32> = (0..180 * 4).map(|_| random.random_range(-1.0..1.0)).collect();
    let distance = |a: u32, b: u32| {
        let row = |row: u32| &embeddings[row as usize * 4..][..4];
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        f64::from(1.0 - dot(row(a), row(b)) / (dot(row(a), row(a)) * dot(row(b), row(b))).sqrt())
    };
    let recipe = read(r#"{ kind = "hard-pairs" }"#);
    let mean = |embedded: bool, epoch: u64| {
        let plan = recipe.epoch(&photos.labels(), embedded.then_some((&embeddings[..], 4)), 30, epoch, 1);
        let mut negatives = Vec::new();
        for batch in &plan {
            let Some(Tuples::Pairs { negatives: pairs, .. }) = &batch.tuples else { panic!("no pairs") };
            negatives.extend(pairs.iter().map(|(a, b)| (batch.rows[*a as usize], batch.rows[*b as usize])));
        }
        assert_eq!(negatives.len(), 180);
        if embedded {
            let given: BTreeSet<u32> = negatives.iter().map(|(_, negative)| *negative).collect();
            assert_eq!(given.len(), 180, "every photo is a negative once");
        }
        negatives.iter().map(|(a, b)| distance(*a, *b)).sum::<f64>() / 180.0
    };
    let (random, begun, grown) = (mean(false, 0), mean(true, 0), mean(true, 10));
    assert!(random > 0.9 && begun < 0.8 * random && grown < 0.5 * begun, "{random} {begun} {grown}");
}

#[test]
fn senseless_recipes_are_refused_with_what_they_lack() {
    let photos = Photos::of(&[(0, vec![3]), (0, vec![2]), (0, vec![1])]);
    let refused =
        |recipe: &str, labels: &SamplerLabels<'_>| read(recipe).check(labels, 16).unwrap_err().to_string();
    let labels = photos.labels();
    assert_eq!(read(r#"{ kind = "p-by-k" }"#).check(&labels, 16), Ok(()));
    assert!(refused(r#"{ kind = "p-by-k", photos-per-individual = 1 }"#, &labels).ends_with("2 or more: 1"));
    assert!(refused(r#"{ kind = "p-by-k", photos-per-individual = 9 }"#, &labels).contains("batches of 18"));
    let message = refused(r#"{ kind = "p-by-k", other-encounter = true }"#, &labels);
    assert!(message.contains("of different encounters") && message.ends_with("0 of 3"), "{message}");
    let unlabelled = SamplerLabels { classes: &photos.classes, ..SamplerLabels::default() };
    let message = refused(r#"{ kind = "hard-pairs", within-species = true }"#, &unlabelled);
    assert!(message.contains("`within-species`") && message.contains("species"), "{message}");
    assert!(refused(r#"{ kind = "balanced", power = 1.5 }"#, &labels).ends_with("1.5"));
    assert!(refused(r#"{ kind = "hard-pairs", rounds = 0 }"#, &labels).ends_with(": 0"));
}

#[test]
fn recipes_are_written_as_they_are_read_and_unknown_keys_are_refused() {
    for kind in ["shuffled", "p-by-k", "balanced", "hard-pairs"] {
        let recipe = read(&format!(r#"{{ kind = "{kind}", drop-last = true }}"#));
        let again: SamplerRecipe = toml::from_str(&toml::to_string(&recipe).unwrap()).unwrap();
        assert_eq!(again, recipe);
        let unknown = toml::from_str::<SamplerRecipe>(&format!("kind = \"{kind}\"\ndrop-lost = true"));
        assert!(unknown.unwrap_err().to_string().contains("unknown field `drop-lost`"), "{kind}");
    }
}

#[test]
fn expected_positives_are_those_of_simulated_batches() {
    let sizes = [40, 12, 5, 3, 2, 2, 1, 1, 1, 1, 1, 1];
    let photos = Photos::sized(&sizes);
    let class_sizes: Vec<u32> = sizes.iter().map(|size| *size as u32).collect();
    for (recipe, tolerance) in [
        (r#"{ kind = "shuffled", drop-last = true }"#, 0.03),
        (r#"{ kind = "shuffled", drop-last = true, singletons = false }"#, 0.03),
        (r#"{ kind = "balanced" }"#, 0.3),
        (r#"{ kind = "p-by-k", photos-per-individual = 2 }"#, 0.1),
        (r#"{ kind = "hard-pairs" }"#, 0.1),
    ] {
        let recipe = read(recipe);
        let expected = expected_positives(&recipe, &class_sizes, 8);
        let labels = photos.labels();
        let epochs = 400;
        let simulated: f64 = (0..epochs)
            .map(|epoch| SamplerFigures::of(&recipe.epoch(&labels, None, 8, epoch, 9), &labels).positives)
            .sum::<f64>()
            / epochs as f64;
        assert!(
            (expected - simulated).abs() < tolerance * simulated,
            "{recipe:?}: {expected}, but {simulated}"
        );
    }
}

/// Share of pairs of different individuals that are of one species.
fn same_species_share(text: &str) -> f64 {
    let mut species: BTreeMap<&str, f64> = BTreeMap::new();
    let (mut all, mut same_individual) = (0.0, 0.0);
    for (name, count) in text.lines().skip(1).filter_map(|line| line.rsplit_once(',')) {
        let count: f64 = count.parse().unwrap();
        *species.entry(name).or_default() += count;
        all += count;
        same_individual += count * (count - 1.0);
    }
    assert_eq!(species.len(), 26);
    let same_species: f64 = species.values().map(|count| count * (count - 1.0)).sum();
    (same_species - same_individual) / (all * (all - 1.0) - same_individual)
}

/// The arithmetic of docs/concepts/samplers-and-miners.md, on the class sizes of the Happywhale competition.
#[test]
fn a_random_batch_of_64_holds_one_positive_pair_of_happywhale() {
    let Some(folder) = std::env::var_os("RESIGHT_PHOTOS") else {
        resight_testkit::skip::skipped("photos", "no real photos");
        return;
    };
    let path = std::path::Path::new(&folder).join("happywhale_counts.csv");
    let text = std::fs::read_to_string(path).unwrap();
    let sizes: Vec<u32> =
        text.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().parse().unwrap()).collect();
    assert_eq!((sizes.len(), sizes.iter().sum::<u32>()), (15_587, 51_033));
    assert_eq!(sizes.iter().filter(|size| **size == 1).count(), 9_258);
    let shuffled = SamplerRecipe::default();
    let rounded = |batch| (expected_positives(&shuffled, &sizes, batch) * 100.0).round() / 100.0;
    assert_eq!([32, 64, 128, 256, 512].map(rounded), [0.28, 1.12, 4.52, 18.14, 72.71]);

    let photos = Photos::sized(&sizes.iter().map(|size| *size as usize).collect::<Vec<_>>());
    let lonely =
        |batch| SamplerFigures::of(&shuffled.epoch(&photos.labels(), None, batch, 0, 1), &photos.labels());
    assert_eq!(
        [32, 64, 128, 256, 512].map(|batch| (lonely(batch).without_positive * 100.0).round()),
        [98.0, 97.0, 94.0, 89.0, 81.0]
    );
    assert_eq!((same_species_share(&text) * 100.0).round(), 11.0);
    let plan = read(r#"{ kind = "p-by-k" }"#).epoch(&photos.labels(), None, 64, 0, 1);
    let figures = SamplerFigures::of(&plan, &photos.labels());
    println!("{figures:?}");
    assert!(figures.positives > 65.0 && figures.without_positive == 0.0, "{figures:?}");
    assert!((figures.skipped_singletons - 9_258.0 / 51_033.0).abs() < 1e-9, "{figures:?}");
}
