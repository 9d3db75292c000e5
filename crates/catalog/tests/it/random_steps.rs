//! Many random steps, each tried against the rules that must always hold.

use resight_catalog::journal::EntryId;
use resight_catalog::{CatalogError, LabelName, LabelSubject, NewEmbedding, NewLabel, PairVerdict, PairWord};
use resight_core::{AnnotationId, IndividualId, LabelSource};

use crate::support::{TempCatalog, bundle, embedding, photo_id, signed};

/// A small generator, the same on every machine (Knuth's MMIX constants).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// One step of any kind, often one that is rightly refused.
fn step(temp: &mut TempCatalog, ids: &[AnnotationId], dice: &mut Dice) -> Result<(), CatalogError> {
    let some: Vec<AnnotationId> = ids.iter().copied().filter(|_| dice.roll(4) == 0).collect();
    let who = |dice: &mut Dice| IndividualId(1 + dice.roll(12) as i64);
    let name = format!("name-{}", dice.roll(12));
    let signature = signed(10);
    let catalog = &mut temp.catalog;
    match dice.roll(13) {
        0 => catalog.assign(&some, who(dice), &signature),
        1 => catalog.unassign(&some, &signature),
        2 => catalog.new_individual(&some, (dice.roll(2) == 0).then_some(name.as_str()), &signature),
        3 => catalog.merge(who(dice), who(dice), &signature),
        4 => catalog.separate(&some[..some.len().min(1)], None, &signature),
        5 => catalog.rename(who(dice), &name, &signature),
        6 => catalog.undo(None, &signature),
        7 => catalog.remove(&some, &signature),
        8 => catalog.label(&labels(&some, dice), &signature),
        9 => return embed(temp, ids),
        10 => catalog.judge(&some, who(dice), &verdict(dice), &signature),
        11 => catalog.judge_new(&some, None, &verdict(dice), &signature),
        _ => catalog.undo(Some(EntryId(1 + dice.roll(60) as i64)), &signature),
    }
    .map(drop)
}

fn verdict(dice: &mut Dice) -> PairVerdict {
    let words = [PairWord::Same, PairWord::Different, PairWord::CannotTell, PairWord::NotComparable];
    PairVerdict::plain(words[dice.roll(4) as usize])
}

/// Labels of every kind, of these annotations and their photos, by several sources.
fn labels(annotations: &[AnnotationId], dice: &mut Dice) -> Vec<NewLabel> {
    let source = |dice: &mut Dice| match dice.roll(4) {
        0 => LabelSource::Person("Ada".to_owned()),
        1 => LabelSource::Table("season.csv".to_owned()),
        2 => LabelSource::Model("boxes@0123456789ab".to_owned()),
        _ => LabelSource::FileName,
    };
    let one = |annotation: &AnnotationId, dice: &mut Dice| {
        let photo = LabelSubject::Photo(photo_id(annotation.0.unsigned_abs() - 1));
        let animal = LabelSubject::Annotation(*annotation);
        let (subject, label, value) = match dice.roll(8) {
            0 => (animal, LabelName::Species, "lion"),
            1 => (animal, LabelName::Viewpoint, "LHS"),
            2 => (animal, LabelName::Box, "600.5,10,70,80.25"),
            3 => (animal, LabelName::Box, "whole"),
            4 => (animal, LabelName::Encounter, "person:trip 7"),
            5 => (photo, LabelName::Time, "2024-05-01"),
            6 => (photo, LabelName::Place, "10.25,-3.5"),
            _ => (animal, LabelName::Attribute("weather".to_owned()), "rain"),
        };
        let value = (dice.roll(3) > 0 || label == LabelName::Box).then(|| value.to_owned());
        NewLabel { subject, label, value, source: source(dice), confidence: Some(0.3) }
    };
    annotations.iter().map(|annotation| one(annotation, dice)).collect()
}

/// Makes the embeddings that are missing.
fn embed(temp: &mut TempCatalog, ids: &[AnnotationId]) -> Result<(), CatalogError> {
    let made: Vec<_> =
        ids.iter().map(|id| (*id, NewEmbedding::Values(embedding(id.0.unsigned_abs())))).collect();
    temp.catalog.store_embeddings(&bundle(), &made)
}

/// As sound as a catalog can be of which embeddings are to be made.
fn assert_sound(temp: &TempCatalog) {
    let problems = temp.catalog.verify().unwrap().problems;
    let others = problems.iter().map(ToString::to_string);
    let others: Vec<String> = others.filter(|told| !told.starts_with("missing-")).collect();
    assert_eq!(others, Vec::<String>::new());
}

#[test]
fn the_journal_leads_to_the_present_state_after_any_steps() {
    for seed in 0..6 {
        let mut dice = Dice(seed);
        let (mut temp, ids) = TempCatalog::with(&["Luna", "Moby", "Luna", "", "", "", "Willy", "Moby"]);
        let (mut done, mut refused) = (0, 0);
        for _ in 0..120 {
            match step(&mut temp, &ids, &mut dice) {
                Ok(()) => done += 1,
                // A refusal comes from our own checks, never from a rule of the database that they overlooked.
                Err(CatalogError::Database(error)) => panic!("seed {seed}: {error}"),
                Err(_) => refused += 1,
            }
            assert_sound(&temp);
        }
        assert!(done > 20 && refused > 10, "seed {seed}: {done} done, {refused} refused");
    }
}

#[test]
fn undoing_everything_leads_back_to_the_beginning() {
    for seed in 10..14 {
        let mut dice = Dice(seed);
        let (mut temp, ids) = TempCatalog::with(&["Luna", "Moby", "Luna", "", "", ""]);
        for _ in 0..40 {
            let _ = step(&mut temp, &ids, &mut dice);
        }
        let mut undone = 0;
        loop {
            match temp.catalog.undo(None, &signed(20)) {
                Ok(_) => undone += 1,
                Err(CatalogError::NothingToUndo) => break,
                Err(CatalogError::CannotUndo { first: Some(first), .. }) => {
                    temp.catalog.undo(Some(first), &signed(20)).unwrap();
                }
                Err(other) => panic!("seed {seed}, after {undone}: {other}"),
            }
            assert!(undone < 1000);
        }
        assert_eq!(temp.names(), ["-"; 6], "seed {seed}");
        assert!(temp.catalog.individuals().unwrap().is_empty());
        embed(&mut temp, &ids).unwrap();
        temp.assert_sound();
    }
}
