//! The doctor beside real runs: faults that were put in are named, and healthy runs are left alone.

use resight_runs::doctor::{Ailment, Finding, Severity};
use resight_train::recipe::Recipe;
use resight_train::trainer::Outcome;

use crate::rows::{Rows, Slowly, Wish, recipe};

fn learnt(rows: &Rows, recipe: &Recipe) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    rows.learn(recipe, &folder.path().join("run"), false, &Slowly::not()).unwrap()
}

fn of(findings: &[Finding], ailment: Ailment) -> Option<&Finding> {
    findings.iter().filter(|one| one.ailment == ailment).max_by_key(|one| one.severity)
}

/// Enough of everything for a judgement.
fn world() -> Wish {
    Wish { individuals: 48, encounters: 5, photos: 2, ..Wish::default() }
}

#[test]
fn healthy_runs_are_left_alone() {
    let rows = Rows::of(world());
    let healthy = [
        ("arcface", "neck = { dimension = 64 }\nschedule = { epochs = 12 }"),
        (
            "triplets",
            "neck = { dimension = 64 }\nloss = { kind = \"triplet\" }\nminer = { kind = \"semi-hard\" }\n\
             sampler = { kind = \"p-by-k\" }\nschedule = { epochs = 12, batch = 32 }",
        ),
        (
            "supcon",
            "neck = { dimension = 64 }\nloss = { kind = \"supcon\" }\nsampler = { kind = \"p-by-k\" }\n\
             schedule = { epochs = 12, batch = 32 }",
        ),
    ];
    for (name, changes) in healthy {
        let outcome = learnt(&rows, &recipe(changes));
        let (before, after) = (outcome.start.untrained.map5, outcome.end.validation.map5);
        println!("{name}: {before:.3} to {after:.3}; {:?}", outcome.findings);
        assert!(after > before + 0.1, "{name}: {before:.3} to {after:.3}");
        let worse = outcome.findings.iter().find(|one| one.severity > Severity::Notice);
        assert!(worse.is_none(), "{name}: {worse:?}");
    }
}

#[test]
fn a_collapse_is_named() {
    // Where nothing tells individuals, the hardest triplets are best served by one point for all photos.
    let mut rows = Rows::of(world());
    hide(&mut rows, 0.05, 2.0);
    let recipe = recipe(
        "neck = { dimension = 64, norm = \"none\" }\nloss = { kind = \"triplet\", distance = \"cosine\" }\n\
         miner = { kind = \"batch-hard\" }\nsampler = { kind = \"p-by-k\" }\noptimizer = { rate = 0.3 }\n\
         schedule = { epochs = 12, batch = 32, warmup = 0.0 }",
    );
    let outcome = learnt(&rows, &recipe);
    for ailment in [Ailment::Collapsed, Ailment::StuckAtMargin] {
        let found = of(&outcome.findings, ailment);
        assert_eq!(
            found.map(|one| one.severity),
            Some(Severity::Alarm),
            "{ailment:?}: {:?}",
            outcome.findings
        );
    }
}

#[test]
fn batches_without_pairs_are_named_before_the_first_step() {
    let rows = Rows::of(Wish { individuals: 300, encounters: 2, photos: 1, ..Wish::default() });
    let mut rows = rows;
    // Every tenth individual has a second photo to learn from.
    let again: Vec<u32> = rows.data.validation.iter().copied().step_by(10).collect();
    rows.data.validation.retain(|place| !again.contains(place));
    rows.data.train.extend(again);
    rows.data.train.sort_unstable();
    let outcome =
        learnt(&rows, &recipe("loss = { kind = \"contrastive\" }\nschedule = { epochs = 2, batch = 32 }"));
    let found = of(&outcome.findings, Ailment::AlmostNoPositives).unwrap();
    assert_eq!((found.severity, found.epoch), (Severity::Alarm, 0), "{found:?}");
}

#[test]
fn an_embedding_that_is_too_small_is_named_before_the_first_step() {
    let rows = Rows::of(Wish { individuals: 200, photos: 1, ..Wish::default() });
    let small = learnt(&rows, &recipe("neck = { dimension = 8 }\nschedule = { epochs = 1 }"));
    let found = of(&small.findings, Ailment::EmbeddingTooSmall).unwrap();
    assert_eq!((found.severity, found.epoch), (Severity::Warning, 0), "{found:?}");
    let large = learnt(&rows, &recipe("neck = { dimension = 64 }\nschedule = { epochs = 1 }"));
    assert!(of(&large.findings, Ailment::EmbeddingTooSmall).is_none());
}

#[test]
fn a_rate_that_is_too_high_is_named() {
    let rows = Rows::of(world());
    let recipe = recipe(
        "neck = { dimension = 64, norm = \"none\" }\nloss = { kind = \"softmax\" }\n\
         optimizer = { rate = 10.0 }\nschedule = { epochs = 8, warmup = 0.0 }",
    );
    let outcome = learnt(&rows, &recipe);
    println!("{:?}", outcome.findings);
    assert!(of(&outcome.findings, Ailment::RateTooHigh).is_some(), "{:?}", outcome.findings);
}

#[test]
fn an_encounter_on_both_sides_is_named_before_the_first_step() {
    let mut rows = Rows::of(world());
    // One photo of each asking encounter is learnt from.
    let moved: Vec<u32> = rows.data.validation.iter().copied().step_by(2).collect();
    rows.data.validation.retain(|place| !moved.contains(place));
    rows.data.train.extend(moved);
    rows.data.train.sort_unstable();
    let outcome = learnt(&rows, &recipe("schedule = { epochs = 1 }"));
    let found = of(&outcome.findings, Ailment::Leak).unwrap();
    assert!(found.severity >= Severity::Warning && found.epoch == 0, "{found:?}");
}

#[test]
fn animals_that_were_met_together_are_no_leak() {
    let mut rows = Rows::of(world());
    for asks in rows.data.validation.clone() {
        let (individual, encounter) = {
            let asks = &rows.data.annotations[asks as usize];
            (asks.individual, asks.encounter)
        };
        let other = rows
            .data
            .train
            .iter()
            .find(|other| rows.data.annotations[**other as usize].individual != individual);
        let other = *other.unwrap() as usize;
        rows.data.annotations[other].encounter = encounter;
    }
    let outcome = learnt(&rows, &recipe("schedule = { epochs = 1 }"));
    assert!(of(&outcome.findings, Ailment::Leak).is_none(), "{:?}", outcome.findings);
}

#[test]
fn wrong_labels_are_named_with_their_photos() {
    let mut rows = Rows::of(Wish { encounters: 8, day: 0.5, ..world() });
    let n = rows.data.individuals.len() as u32;
    let wrong: Vec<u32> = rows.data.train.iter().copied().step_by(10).collect();
    for place in &wrong {
        let individual = &mut rows.data.annotations[*place as usize].individual;
        *individual = (*individual + 1 + place % (n - 1)) % n;
    }
    let outcome = learnt(&rows, &recipe("neck = { dimension = 64 }\nschedule = { epochs = 6, batch = 32 }"));
    let found = of(&outcome.findings, Ailment::LabelNoise).unwrap();
    let is_wrong = |name: &&String| wrong.iter().any(|place| **name == format!("photo-{place}"));
    let right = found.photos.iter().filter(is_wrong).count();
    println!("{found:?}: {right} of {} are wrong indeed", found.photos.len());
    assert_eq!(found.severity, Severity::Warning, "{found:?}");
    assert!(right * 10 >= found.photos.len() * 9, "{right} of {:?}", found.photos);
}

/// Makes what tells individuals so small that nobody finds it, beside something that all photos have.
fn hide(rows: &mut Rows, own: f32, in_common: f32) {
    let dimension = rows.inputs.dimension;
    for row in rows.inputs.values.chunks_exact_mut(dimension) {
        row[..dimension / 2].iter_mut().for_each(|value| *value *= own);
        row.iter_mut().for_each(|value| *value += in_common);
    }
}
