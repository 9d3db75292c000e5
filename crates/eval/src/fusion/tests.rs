//! Worlds in which one evidence, the other, or both tell animals apart.

use resight_core::{Distance, Similarity};
use resight_vector::{Rows, f16};

use super::*;
use crate::seeded::Dice;
use crate::{LabelledRow, View, rank, rank_fused};

const PER: usize = 4;

fn bundle(name: &str) -> BundleId {
    BundleId::new(name, &[1; 32]).unwrap()
}

/// Individuals with four photos each; what tells them apart is as clear as asked.
struct World {
    rows: Vec<LabelledRow>,
    values: Vec<f16>,
    evidence: PairEvidence,
}

impl World {
    fn new(individuals: u32, embedding: f32, matches: f64) -> Self {
        let mut dice = Dice::new(9);
        let mut chance = move || dice.below(10_000) as f64 / 10_000.0;
        let who: Vec<u32> = (0..individuals).flat_map(|who| [who; PER]).collect();
        let rows: Vec<LabelledRow> = (0..)
            .zip(&who)
            .map(|(at, who)| LabelledRow {
                individual: Some(*who),
                encounter: Some(at),
                ..LabelledRow::default()
            })
            .collect();
        let mut values = Vec::new();
        for who in &who {
            let angle = f64::from(*who) * 2.4;
            let mut row: Vec<f32> = [angle.cos(), angle.sin(), 0.0, 0.0]
                .iter()
                .map(|part| embedding * *part as f32 + chance() as f32 - 0.5)
                .collect();
            Distance::Cosine.normalize(&mut row);
            values.extend(row.into_iter().map(f16::from_f32));
        }
        let mut evidence = PairEvidence::of(vec![bundle("marks"), bundle("noise")]);
        for (query, own) in (0..).zip(&who) {
            let marks = who.iter().map(|other| {
                let seen = if other == own { matches * chance() } else { 0.0 };
                (3.0 * chance() + seen) as u16
            });
            let mut counted: Vec<u16> = marks.collect();
            counted.extend(who.iter().map(|_| (6.0 * chance()) as u16));
            evidence.keep(query, counted);
        }
        Self { rows, values, evidence }
    }

    fn parts(&self) -> [Rows<'_>; 1] {
        [Rows::new(4, &self.values).unwrap()]
    }

    fn fit(&self) -> Fusion {
        let parts = self.parts();
        let gallery = Gallery { rows: &self.rows, embeddings: &parts, distance: Distance::Cosine };
        let options = RankOptions::default();
        let material =
            FusionMaterial::gather(&gallery, &self.evidence, &Protocol::LeaveOneOut, &options, 1).unwrap();
        material.fit(|_| true).serving(&SlotKey::default()).clone()
    }
}

#[test]
fn what_tells_animals_apart_gets_the_weight_and_noise_none() {
    let by_marks = World::new(30, 0.0, 30.0).fit();
    assert!(by_marks.local[&bundle("marks")] > 1.0, "{by_marks:?}");
    let worth = |fusion: &Fusion| fusion.embedding.abs() + fusion.local[&bundle("noise")];
    assert!(worth(&by_marks) < 0.1 * by_marks.local[&bundle("marks")], "{by_marks:?}");
    let by_look = World::new(5, 5.0, 0.0).fit();
    assert!(
        by_look.embedding > 1.0 && !by_look.weighs(&bundle("marks")) && !by_look.weighs(&bundle("noise")),
        "{by_look:?}"
    );
}

#[test]
fn both_are_used_where_both_say_something() {
    let world = World::new(40, 2.0, 3.5);
    let fusion = world.fit();
    assert!(fusion.embedding > 0.3 && fusion.local[&bundle("marks")] > 0.3, "{fusion:?}");
    let parts = world.parts();
    let gallery = Gallery { rows: &world.rows, embeddings: &parts, distance: Distance::Cosine };
    let (options, protocol) = (RankOptions::default(), Protocol::LeaveOneOut);
    let right = |fusion: &Fusion| {
        let fusions = SlotFusions {
            by_slot: BTreeMap::from([(SlotKey::default(), fusion.clone())]),
            ..SlotFusions::embedding_alone()
        };
        let ranked = rank_fused(&gallery, &world.evidence, &fusions, &protocol, &options).unwrap();
        ranked.iter().filter(|query| query.own(View::Strict).is_some_and(|own| own.rank == 1)).count()
    };
    let marks = Fusion { embedding: 0.0, ..fusion.clone() };
    let look = Fusion::embedding_alone();
    let rights = [right(&fusion), right(&marks), right(&look)];
    assert!(rights[0] > rights[1] && rights[0] > rights[2], "{rights:?}");
}

#[test]
fn a_fused_similarity_is_the_sum_of_its_parts() {
    let world = World::new(6, 1.0, 8.0);
    let parts = world.parts();
    let gallery = Gallery { rows: &world.rows, embeddings: &parts, distance: Distance::Cosine };
    let (options, protocol) = (RankOptions::default(), Protocol::LeaveOneOut);
    let alone = rank(&gallery, &protocol, &options).unwrap();
    let unchanged =
        rank_fused(&gallery, &world.evidence, &SlotFusions::embedding_alone(), &protocol, &options).unwrap();
    assert_eq!(alone, unchanged);
    let fusion = Fusion { embedding: 2.0, local: BTreeMap::from([(bundle("marks"), 3.0)]) };
    let fusions = SlotFusions {
        by_slot: BTreeMap::from([(SlotKey::default(), fusion)]),
        ..SlotFusions::embedding_alone()
    };
    let fused = rank_fused(&gallery, &world.evidence, &fusions, &protocol, &options).unwrap();
    let row = |at: u32| &world.values[4 * at as usize..4 * at as usize + 4];
    for query in &fused {
        for other in &query.others {
            let matches = world.evidence.of_pair(query.row, other.best_row, world.rows.len()).next().unwrap();
            let cosine: f32 =
                row(query.row).iter().zip(row(other.best_row)).map(|(a, b)| a.to_f32() * b.to_f32()).sum();
            let Similarity(found) = other.similarity;
            assert!((found - (2.0 * cosine + 3.0 * f32::from(matches).ln_1p())).abs() < 1e-4);
        }
    }
}

#[test]
fn too_few_photos_leave_it_as_usual() {
    let world = World::new(3, 1.0, 8.0);
    assert_eq!(world.fit(), Fusion::usual([bundle("marks"), bundle("noise")]));
}
