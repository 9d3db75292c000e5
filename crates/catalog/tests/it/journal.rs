//! Who is who, step by step and back.

use resight_catalog::journal::{Action, EntryId};
use resight_catalog::{CatalogError, IndividualState, Signature};
use resight_core::{Hint, IndividualId, RoomError as _};

use crate::support::{TempCatalog, signed};

#[test]
fn assign_moves_photos_and_undo_moves_them_back() {
    let (mut temp, ids) = TempCatalog::with(&["Luna", "Moby", ""]);
    let moby = temp.catalog.find_individual("Moby").unwrap();
    let entry = temp.catalog.assign(&[ids[0], ids[2], ids[2], ids[1]], moby, &signed(5)).unwrap();
    assert_eq!(
        (entry.action, entry.change.assignments.len()),
        (Action::Assign, 2),
        "ids[1] was there already"
    );
    assert_eq!(temp.names(), ["Moby", "Moby", "Moby"]);
    assert_eq!(temp.catalog.journal_entry(entry.id).unwrap(), entry);
    temp.catalog.undo(None, &signed(6)).unwrap();
    assert_eq!(temp.names(), ["Luna", "Moby", "-"]);
    temp.assert_sound();
}

#[test]
fn a_step_that_changes_nothing_is_no_step() {
    let (mut temp, ids) = TempCatalog::with(&["Luna", ""]);
    let luna = temp.catalog.find_individual("Luna").unwrap();
    assert!(matches!(temp.catalog.assign(&ids[..1], luna, &signed(5)), Err(CatalogError::NothingToDo(_))));
    assert!(matches!(temp.catalog.unassign(&ids[1..], &signed(5)), Err(CatalogError::NothingToDo(_))));
    assert!(matches!(temp.catalog.new_individual(&[], None, &signed(5)), Err(CatalogError::NothingToDo(_))));
    assert!(matches!(temp.catalog.merge(luna, luna, &signed(5)), Err(CatalogError::NothingToDo(_))));
    assert!(matches!(temp.catalog.rename(luna, " Luna ", &signed(5)), Err(CatalogError::NothingToDo(_))));
    assert_eq!(temp.catalog.journal(10).unwrap().len(), 1);
}

#[test]
fn what_is_not_there_is_named() {
    let (mut temp, ids) = TempCatalog::with(&["Luna"]);
    let nobody = temp.catalog.assign(&ids, IndividualId(9), &signed(5)).unwrap_err();
    assert_eq!(nobody.to_string(), "no such individual: ind-9");
    let luna = temp.catalog.find_individual("Luna").unwrap();
    let nothing = temp.catalog.assign(&[resight_core::AnnotationId(9)], luna, &signed(5)).unwrap_err();
    assert_eq!(nothing.to_string(), "no such annotation: ann-9");
    let no_entry = temp.catalog.undo(Some(EntryId(9)), &signed(5)).unwrap_err();
    assert_eq!(no_entry.to_string(), "no such journal entry: step-9");
}

#[test]
fn new_individuals_get_the_next_free_number() {
    let (mut temp, ids) = TempCatalog::with(&["", "", "new-0007", "new-x", ""]);
    let first = temp.catalog.new_individual(&ids[..1], None, &signed(5)).unwrap();
    temp.catalog.new_individual(&ids[1..2], None, &signed(6)).unwrap();
    assert_eq!(temp.names(), ["new-0008", "new-0009", "new-0007", "new-x", "-"]);
    temp.catalog.undo(None, &signed(7)).unwrap();
    temp.catalog.new_individual(&ids[4..], None, &signed(8)).unwrap();
    assert_eq!(temp.names()[4], "new-0010", "a number that was given out once is not given out again");
    let again = temp.catalog.new_individual(&ids[1..2], Some("new-0008"), &signed(9)).unwrap_err();
    let owner = first.change.individuals[0].individual;
    assert!(matches!(again, CatalogError::NameTaken { individual, .. } if individual == owner));
    temp.assert_sound();
}

#[test]
fn merge_retires_one_and_keeps_its_names_and_undo_brings_it_back() {
    let (mut temp, _) = TempCatalog::with(&["Luna", "Moby", "Luna"]);
    let (luna, moby) =
        (temp.catalog.find_individual("Luna").unwrap(), temp.catalog.find_individual("Moby").unwrap());
    temp.catalog.rename(luna, "Luna II", &signed(4)).unwrap();
    temp.catalog.merge(luna, moby, &signed(5)).unwrap();
    assert_eq!(temp.names(), ["Moby", "Moby", "Moby"]);
    for text in ["Luna", "Luna II", "Moby", "ind-1", "ind-2"] {
        assert_eq!(temp.called(text), "Moby", "{text}");
    }
    let record = temp.catalog.individual(moby).unwrap();
    assert_eq!(
        (record.aliases, record.annotations, record.photos),
        (vec!["Luna".into(), "Luna II".into()], 3, 3)
    );
    let retired = temp.catalog.individual(luna).unwrap_err();
    assert_eq!(retired.to_string(), "ind-1 was merged into ind-2");
    assert!(matches!(temp.catalog.merge(luna, moby, &signed(6)), Err(CatalogError::Retired { .. })));
    temp.assert_sound();
    temp.catalog.undo(None, &signed(7)).unwrap();
    assert_eq!(temp.names(), ["Luna II", "Moby", "Luna II"]);
    assert_eq!(temp.called("Luna"), "Luna II");
    temp.assert_sound();
}

#[test]
fn separate_takes_part_of_one_individual() {
    let (mut temp, ids) = TempCatalog::with(&["Luna", "Luna", "Moby", ""]);
    for wrong in [&ids[..2], &ids[1..3], &ids[3..], &[]] {
        let refusal = temp.catalog.separate(wrong, None, &signed(5)).unwrap_err();
        assert!(matches!(refusal, CatalogError::NotOneIndividual(_)), "{refusal}");
    }
    temp.catalog.separate(&ids[..1], Some("Stella"), &signed(5)).unwrap();
    assert_eq!(temp.names(), ["Stella", "Luna", "Moby", "-"]);
    temp.catalog.undo(None, &signed(6)).unwrap();
    assert_eq!(temp.names(), ["Luna", "Luna", "Moby", "-"]);
    let withdrawn = temp.catalog.find_individual("ind-3").unwrap_err();
    assert_eq!(withdrawn.to_string(), "ind-3 was withdrawn");
    temp.assert_sound();
}

#[test]
fn rename_keeps_the_old_name_as_an_alias() {
    let (mut temp, _) = TempCatalog::with(&["Luna", "Moby"]);
    let luna = temp.catalog.find_individual("Luna").unwrap();
    temp.catalog.rename(luna, "  Stella ", &signed(5)).unwrap();
    assert_eq!(temp.called("Luna"), "Stella");
    temp.catalog.rename(luna, "Luna", &signed(6)).unwrap();
    assert_eq!((temp.called("Stella"), temp.called("Luna")), ("Luna".into(), "Luna".into()));
    let taken = temp.catalog.rename(luna, "Moby", &signed(7)).unwrap_err();
    assert_eq!(taken.to_string(), "the name `Moby` belongs to ind-2");
    assert!(matches!(temp.catalog.rename(luna, " \t ", &signed(7)), Err(CatalogError::BadName(_))));
    temp.catalog.undo(None, &signed(8)).unwrap();
    temp.catalog.undo(None, &signed(9)).unwrap();
    assert_eq!(temp.called("Luna"), "Luna");
    assert!(temp.catalog.find_individual("Stella").is_err(), "the name is free again");
    temp.assert_sound();
}

#[test]
fn an_undo_can_be_undone() {
    let (mut temp, ids) = TempCatalog::with(&["", ""]);
    let new = temp.catalog.new_individual(&ids, Some("Luna"), &signed(5)).unwrap();
    let undo = temp.catalog.undo(None, &signed(6)).unwrap();
    assert_eq!(undo.action, Action::Undo(new.id));
    assert!(matches!(temp.catalog.undo(None, &signed(7)), Err(CatalogError::NothingToUndo)));
    let twice = temp.catalog.undo(Some(new.id), &signed(7)).unwrap_err();
    assert!(matches!(twice, CatalogError::AlreadyUndone { by, .. } if by == undo.id), "{twice}");
    temp.catalog.undo(Some(undo.id), &signed(8)).unwrap();
    assert_eq!(temp.names(), ["Luna", "Luna"]);
    let individual = temp.catalog.find_individual("Luna").unwrap();
    assert_eq!(new.change.individuals[0].individual, individual, "the same one is back");
    temp.catalog.undo(None, &signed(9)).unwrap();
    assert_eq!(temp.names(), ["-", "-"]);
    let lines = temp.catalog.journal(10).unwrap();
    let undone: Vec<Option<i64>> = lines.iter().map(|line| line.undone_by.map(|id| id.0)).collect();
    assert_eq!(undone, [None, None, Some(3), Some(4)]);
    temp.assert_sound();
}

#[test]
fn a_step_that_later_steps_build_on_is_not_undone() {
    let (mut temp, ids) = TempCatalog::with(&["Luna", "Moby", "", ""]);
    let (luna, moby) =
        (temp.catalog.find_individual("Luna").unwrap(), temp.catalog.find_individual("Moby").unwrap());
    let blocked_by = |temp: &mut TempCatalog, entry| match temp.catalog.undo(Some(entry), &signed(9)) {
        Err(CatalogError::CannotUndo { first, .. }) => first,
        other => panic!("{other:?}"),
    };
    let new = temp.catalog.new_individual(&ids[2..3], Some("Stella"), &signed(2)).unwrap();
    let stella = new.change.individuals[0].individual;
    let more = temp.catalog.assign(&ids[3..], stella, &signed(3)).unwrap();
    assert_eq!(blocked_by(&mut temp, new.id), Some(more.id), "Stella has got another photo");
    let named = temp.catalog.rename(stella, "Star", &signed(3)).unwrap();
    let moved = temp.catalog.assign(&ids[..1], moby, &signed(4)).unwrap();
    let merged = temp.catalog.merge(luna, stella, &signed(5)).unwrap();
    assert_eq!(blocked_by(&mut temp, moved.id), Some(merged.id), "Luna is gone");
    assert_eq!(blocked_by(&mut temp, new.id), Some(named.id), "her name has become an alias");
    temp.assert_sound();
    for entry in [merged.id, moved.id, named.id, more.id, new.id] {
        temp.catalog.undo(Some(entry), &signed(10)).unwrap();
        temp.assert_sound();
    }
    assert_eq!(temp.names(), ["Luna", "Moby", "-", "-"]);
}

#[test]
fn an_import_can_be_undone_and_comes_back_whole() {
    let (mut temp, _) = TempCatalog::with(&["Luna", "Moby", "Luna"]);
    let undo = temp.catalog.undo(None, &signed(5)).unwrap();
    assert_eq!(temp.names(), ["-", "-", "-"]);
    assert!(temp.catalog.individuals().unwrap().is_empty());
    assert!(undo.change.individuals.iter().all(|c| c.after == IndividualState::Withdrawn));
    temp.assert_sound();
    // The import goes on after the undo: its further labels are an entry of their own.
    temp.store(&[crate::support::photo(5, Some("Willy"))]).unwrap();
    assert_eq!(temp.catalog.journal(10).unwrap().len(), 3);
    temp.catalog.undo(Some(undo.id), &signed(6)).unwrap();
    assert_eq!(temp.names(), ["Luna", "Moby", "Luna", "Willy"]);
    temp.assert_sound();
}

#[test]
fn every_entry_is_signed_and_none_can_be_changed() {
    let (mut temp, ids) = TempCatalog::with(&[""]);
    let actor = resight_catalog::Actor::Model("tiny@070707070707".to_owned());
    let signature = Signature { actor: actor.clone(), at: crate::support::at(5) };
    temp.catalog.new_individual(&ids, None, &signature).unwrap();
    let line = &temp.catalog.journal(1).unwrap()[0];
    assert_eq!((&line.actor, line.at), (&actor, crate::support::at(5)));
    let path = temp.path().join("catalog.sqlite");
    let outsider = rusqlite::Connection::open(path).unwrap();
    for sql in [
        "UPDATE journal_entry SET actor = 'nobody'",
        "DELETE FROM journal_assignment",
        "DELETE FROM individual",
    ] {
        assert!(outsider.execute_batch(sql).is_err(), "{sql}");
    }
}

#[test]
fn names_near_what_was_typed_are_offered() {
    let (temp, _) = TempCatalog::with(&["Luna", "Lena", "Moby"]);
    let refusal = temp.catalog.find_individual("Lunna").unwrap_err();
    assert_eq!(refusal.to_string(), "no individual is called `Lunna`");
    assert_eq!(refusal.hint(), Some(Hint::DidYouMean { near: vec!["Luna".to_owned()] }));
    assert!(matches!(temp.catalog.find_individual("ind-77"), Err(CatalogError::NoSuchName { .. })));
}
