//! What the figures of a panel must say of embeddings that are known.

use rand::Rng;

use super::spectrum::eigenvalues;
use super::*;
use resight_runs::run::log::Spot;

/// Normally distributed numbers, nearly: the sum of twelve even ones.
fn noise(count: usize, seed: u64) -> Vec<f32> {
    let mut random = generator(seed, "noise", &[]);
    (0..count).map(|_| (0..12).map(|_| random.random::<f32>()).sum::<f32>() - 6.0).collect()
}

/// `individuals` × `photos` rows around a direction of each individual; the greater `tightness`, the tighter.
fn clusters(individuals: usize, photos: usize, dimension: usize, tightness: f32) -> (Vec<f32>, Vec<u32>) {
    let centers = noise(individuals * dimension, 1);
    let mut values = noise(individuals * photos * dimension, 2);
    for (row, value) in values.chunks_exact_mut(dimension).enumerate() {
        let center = &centers[row / photos * dimension..][..dimension];
        value.iter_mut().zip(center).for_each(|(x, c)| *x += tightness * c);
    }
    (values, (0..individuals * photos).map(|row| (row / photos) as u32).collect())
}

fn panel(values: &[f32], dimension: usize, individuals: &[u32], encounters: &[Option<u32>]) -> Panel {
    Panel::of(&Embedded { values, dimension, individuals, encounters }, 7)
}

#[test]
fn the_eigenvalues_are_those_of_the_matrix() {
    // Eigenvalues of [[2, 1], [1, 2]] are 1 and 3; the third direction stands alone.
    let mut found = eigenvalues(vec![2.0, 1.0, 0.0, 1.0, 2.0, 0.0, 0.0, 0.0, 5.0], 3);
    found.sort_by(f64::total_cmp);
    assert!(found.iter().zip([1.0, 3.0, 5.0]).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
    // The path of n nodes: 2 − 2 cos(k π / (n + 1)) (its Laplacian with fixed ends).
    let n = 40;
    let cell = |i: usize, j: usize| {
        if i == j {
            2.0
        } else if i.abs_diff(j) == 1 {
            -1.0
        } else {
            0.0
        }
    };
    let mut found = eigenvalues((0..n * n).map(|at| cell(at / n, at % n)).collect(), n);
    found.sort_by(f64::total_cmp);
    for (k, value) in found.iter().enumerate() {
        let expected = 2.0 - 2.0 * (std::f64::consts::PI * (k + 1) as f64 / (n + 1) as f64).cos();
        assert!((value - expected).abs() < 1e-10, "{k}: {value} for {expected}");
    }
    // Any symmetric matrix keeps its trace and the sum of its squares.
    let random: Vec<f64> = noise(30 * 30, 3).into_iter().map(f64::from).collect();
    let matrix: Vec<f64> = (0..900).map(|at| random[at] + random[at % 30 * 30 + at / 30]).collect();
    let found = eigenvalues(matrix.clone(), 30);
    let trace: f64 = (0..30).map(|i| matrix[i * 31]).sum();
    assert!((found.iter().sum::<f64>() - trace).abs() < 1e-9);
    let squares = |values: &[f64]| values.iter().map(|x| x * x).sum::<f64>();
    assert!((squares(&found) - squares(&matrix)).abs() < 1e-8);
}

#[test]
fn even_spread_has_full_rank_and_a_point_has_rank_one() {
    let (values, individuals) = clusters(200, 5, 16, 0.0);
    let health = panel(&values, 16, &individuals, &[]).health();
    assert!(health.effective_rank > 15.5 && health.effective_rank <= 16.0, "{}", health.effective_rank);
    assert!(health.mean_cosine.abs() < 0.01);
    assert!((health.pair_auroc.unwrap() - 0.5).abs() < 0.03);
    // On the sphere of 16 dimensions: the mean of exp(−4 (1 − cosine)) is near exp(−4 + 8/16).
    assert!((health.uniformity + 3.5).abs() < 0.1, "{}", health.uniformity);
    assert!((health.norm_mean - 4.0).abs() < 0.1 && health.norm_deviation > 0.5);
    assert!(health.variances.iter().all(|variance| (variance - 1.0 / 16.0).abs() < 0.01));

    let point: Vec<f32> = (0..100).flat_map(|_| [0.3, 0.4, 0.0]).collect();
    let health = panel(&point, 3, &(0..100).map(|row| row / 4).collect::<Vec<_>>(), &[]).health();
    assert_eq!(health.effective_rank, 1.0);
    assert!((health.mean_cosine - 1.0).abs() < 1e-6 && health.alignment.unwrap() < 1e-6);
    assert!((health.pair_auroc.unwrap() - 0.5).abs() < 1e-9);
    assert_eq!(health.same_histogram[49] + health.other_histogram[49], 100 * 99 / 2);
}

#[test]
fn more_dimensions_than_rows_give_the_rank_of_the_rows() {
    // Three directions in a space of 700.
    let directions: Vec<Vec<f32>> = (0..3).map(|i| noise(700, 10 + i)).collect();
    let weights = noise(90 * 3, 4);
    let row = |w: &[f32]| -> Vec<f32> {
        (0..700).map(|d| directions.iter().zip(w).map(|(direction, w)| w * direction[d]).sum()).collect()
    };
    let values: Vec<f32> = weights.chunks_exact(3).flat_map(row).collect();
    let rank = panel(&values, 700, &vec![0; 90], &[]).health().effective_rank;
    assert!((2.8..3.001).contains(&rank), "{rank}");
}

#[test]
fn tighter_individuals_are_told_apart_better() {
    let of = |tightness| {
        let (values, individuals) = clusters(30, 8, 24, tightness);
        let panel = panel(&values, 24, &individuals, &[]);
        (panel.health(), panel.neighbor_score().unwrap())
    };
    let (loose, loose_score) = of(0.5);
    let (tight, tight_score) = of(3.0);
    assert!(tight.alignment.unwrap() < loose.alignment.unwrap());
    assert!(tight.pair_auroc.unwrap() > 0.99 && loose.pair_auroc.unwrap() < 0.85);
    assert!(tight_score.top1 > 0.99 && loose_score.top1 < 0.6 && loose_score.map5 > loose_score.top1);
    let pairs: u64 = tight.same_histogram.iter().chain(&tight.other_histogram).sum();
    assert_eq!(pairs, 240 * 239 / 2);
    assert_eq!(tight.same_histogram.iter().sum::<u64>(), 30 * 8 * 7 / 2);
}

#[test]
fn a_photo_that_answers_everything_is_seen_as_a_hub() {
    let (mut values, individuals) = clusters(100, 3, 20, 0.0);
    let even = panel(&values, 20, &individuals, &[]).health().hubness;
    // Ten photos stand near all others: in their middle.
    values.iter_mut().for_each(|x| *x += 0.5);
    values[..200].iter_mut().enumerate().for_each(|(at, x)| *x = 1.0 + 0.01 * (at % 7) as f32);
    let hubs = panel(&values, 20, &individuals, &[]).health().hubness;
    assert!(hubs > 2.5 && hubs > even + 2.0, "{hubs} against {even}");
}

#[test]
fn photos_of_one_burst_are_no_evidence() {
    let (mut values, individuals) = clusters(20, 4, 12, 0.0);
    let encounters: Vec<Option<u32>> = (0..80).map(|row| Some(row / 2)).collect();
    for pair in 0..40 {
        let first = values[pair * 24..pair * 24 + 12].to_vec();
        values[pair * 24 + 12..pair * 24 + 24].copy_from_slice(&first);
    }
    let naive = panel(&values, 12, &individuals, &[]);
    let strict = panel(&values, 12, &individuals, &encounters);
    assert_eq!(naive.neighbor_score().unwrap().top1, 1.0);
    assert!(strict.neighbor_score().unwrap().top1 < 0.3);
    assert!(strict.health().pair_auroc.unwrap() < naive.health().pair_auroc.unwrap() - 0.1);
}

#[test]
fn wrong_labels_are_found_and_right_ones_are_left_alone() {
    let (values, mut individuals) = clusters(12, 8, 24, 3.0);
    let encounters: Vec<Option<u32>> = (0..96).map(Some).collect();
    let named = |panel: &Panel| panel.suspects(|row| format!("photo-{row}"), |one| format!("animal-{one}"));
    assert_eq!(named(&panel(&values, 24, &individuals, &encounters)), []);
    individuals[17] = 9;
    individuals[40] = 1;
    let found = named(&panel(&values, 24, &individuals, &encounters));
    let mut ids: Vec<&str> = found.iter().map(|suspect| suspect.image_id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["photo-17", "photo-40"]);
    let first = found.iter().find(|suspect| suspect.image_id == "photo-17").unwrap();
    assert_eq!((first.labelled.as_str(), first.neighbors_say.as_str()), ("animal-9", "animal-2"));
    assert_eq!(first.votes, (5, 5));
    // The other photos of animal 2 are one burst: they have one vote, which is not enough.
    let burst: Vec<Option<u32>> =
        (0..96).map(|row| Some(if row / 8 == 2 && row != 17 { 1000 } else { row })).collect();
    let found = named(&panel(&values, 24, &individuals, &burst));
    assert!(found.iter().all(|suspect| suspect.image_id != "photo-17"), "{found:?}");
}

#[test]
fn the_map_keeps_its_place_while_individuals_tighten() {
    let map = |tightness, previous: &[Spot]| {
        let (values, individuals) = clusters(10, 12, 24, tightness);
        panel(&values, 24, &individuals, &[]).map(previous)
    };
    let early = map(0.8, &[]);
    // A map that lies turned and mirrored.
    let turned: Vec<Spot> = early.iter().map(|spot| Spot { x: -spot.y, y: -spot.x, ..*spot }).collect();
    let again = map(0.8, &turned);
    let apart = |a: &[Spot], b: &[Spot]| {
        a.iter().zip(b).map(|(a, b)| f64::from((a.x - b.x).hypot(a.y - b.y))).sum::<f64>() / a.len() as f64
    };
    assert!(apart(&again, &turned) < 1e-3, "{}", apart(&again, &turned));
    let within = |spots: &[Spot]| {
        let of = |individual| spots.iter().filter(move |spot| spot.individual == individual);
        let middle = |individual| {
            let n = of(individual).count() as f32;
            (of(individual).map(|s| s.x).sum::<f32>() / n, of(individual).map(|s| s.y).sum::<f32>() / n)
        };
        let gap = |spot: &Spot| {
            f64::from((spot.x - middle(spot.individual).0).hypot(spot.y - middle(spot.individual).1))
        };
        spots.iter().map(gap).sum::<f64>() / spots.len() as f64
    };
    let late = map(4.0, &early);
    assert!(within(&late) < 0.5 * within(&early), "{} {}", within(&late), within(&early));
    assert_eq!(late.len(), 120);
    assert!(late.iter().all(|spot| spot.x.abs() <= 1.0 && spot.y.abs() <= 1.0));
}

#[test]
fn numbers_that_are_none_do_not_spread() {
    let (mut values, individuals) = clusters(5, 4, 6, 1.0);
    values[3] = f32::NAN;
    values[9] = f32::INFINITY;
    let panel = panel(&values, 6, &individuals, &[]);
    let text = serde_json::to_string(&panel.health()).unwrap();
    assert!(serde_json::from_str::<resight_runs::run::log::Health>(&text).is_ok(), "{text}");
    assert!(panel.map(&[]).iter().all(|spot| spot.x.is_finite()));
    let empty = Panel::of(&Embedded { values: &[], dimension: 6, individuals: &[], encounters: &[] }, 1);
    assert!(empty.is_empty() && empty.neighbor_score().is_none() && empty.map(&[]).is_empty());
    assert!(
        serde_json::to_string(&empty.health())
            .is_ok_and(|text| serde_json::from_str::<resight_runs::run::log::Health>(&text).is_ok())
    );
}

#[test]
fn of_many_photos_whole_individuals_are_taken() {
    let individuals: Vec<u32> = (0..10_000).map(|row| row / 5).collect();
    let rows = sample(&individuals, 1000, 3);
    assert!(rows.len() == 1000 && rows.is_sorted());
    let of_one = |individual| rows.iter().filter(|row| *row / 5 == individual).count();
    assert!(rows.iter().all(|row| of_one(row / 5) == 5));
    assert_eq!(rows, sample(&individuals, 1000, 3));
    assert_ne!(rows, sample(&individuals, 1000, 4));
    // One individual with thousands of photos does not fill it.
    let favourite: Vec<u32> = (0..4000).map(|row| if row < 3000 { 0 } else { row }).collect();
    let rows = sample(&favourite, 1000, 3);
    assert!(rows.iter().filter(|row| **row < 3000).count() <= 40);
}

#[test]
fn the_angle_to_centres_is_in_degrees() {
    assert!((center_angle(&[0.0, 1.0]).unwrap() - 45.0).abs() < 1e-9);
    assert_eq!(center_angle(&[f32::NAN]), None);
}
