//! What somebody says of a pair, and what becomes of it.

use resight_catalog::{CatalogError, Confidence, PairVerdict, PairWord, Signature, VerdictRecord};
use resight_core::AnnotationId;

use crate::support::{TempCatalog, at, signed};

fn words(temp: &TempCatalog, annotation: AnnotationId) -> Vec<(String, PairWord)> {
    let name = |record: &VerdictRecord| temp.catalog.individual_name(record.individual).unwrap().unwrap();
    let standing = temp.catalog.verdicts_on(annotation).unwrap();
    standing.iter().map(|record| (name(record), record.said.verdict)).collect()
}

#[test]
fn same_assigns_and_what_it_rests_on_is_kept() {
    let (mut temp, ids) = TempCatalog::with(&["Luna", ""]);
    let luna = temp.catalog.find_individual("Luna").unwrap();
    let said = PairVerdict {
        confidence: Some(Confidence::PrettySure),
        note: Some("the nick".to_owned()),
        ..PairVerdict::plain(PairWord::Same)
    };
    let entry = temp.catalog.judge(&ids[1..], luna, &said, &signed(5)).unwrap();
    assert_eq!(entry.action.word(), "assign");
    assert_eq!(temp.names(), ["Luna", "Luna"]);
    let said = PairVerdict { by: Some("Ada".to_owned()), ..said };
    let standing = &temp.catalog.verdicts_on(ids[1]).unwrap()[0];
    assert_eq!(
        (&standing.said, standing.entry, standing.by.to_string()),
        (&said, entry.id, "Ada".to_owned())
    );
    temp.assert_sound();
    temp.catalog.undo(None, &signed(6)).unwrap();
    assert_eq!((temp.names(), words(&temp, ids[1])), (vec!["Luna".to_owned(), "-".to_owned()], vec![]));
    temp.assert_sound();
}

#[test]
fn another_verdict_leaves_whom_they_show_and_follows_a_merge() {
    let (mut temp, ids) = TempCatalog::with(&["Luna", "Moby", ""]);
    let (luna, moby) =
        (temp.catalog.find_individual("Luna").unwrap(), temp.catalog.find_individual("Moby").unwrap());
    let different = PairVerdict::plain(PairWord::Different);
    let entry = temp.catalog.judge(&ids[2..], luna, &different, &signed(5)).unwrap();
    assert_eq!(entry.action.word(), "label");
    let again = temp.catalog.judge(&ids[2..], luna, &different, &signed(6));
    assert!(matches!(again, Err(CatalogError::NothingToDo(_))), "{again:?}");
    let by_another = Signature::person("Bo", at(6));
    temp.catalog.judge(&ids[2..], luna, &different, &by_another).unwrap();
    assert_eq!(temp.names(), ["Luna", "Moby", "-"]);
    temp.catalog.merge(luna, moby, &signed(7)).unwrap();
    assert_eq!(words(&temp, ids[2]), [("Moby".to_owned(), PairWord::Different)]);
    let gone = temp.catalog.judge(&ids[2..], luna, &different, &signed(8));
    assert!(matches!(gone, Err(CatalogError::Retired { .. })), "{gone:?}");
    temp.assert_sound();
}

#[test]
fn a_new_individual_comes_with_its_verdict_and_goes_with_it() {
    let (mut temp, ids) = TempCatalog::with(&["Luna", "", ""]);
    let same = PairVerdict::plain(PairWord::Same);
    temp.catalog.judge_new(&ids[1..2], Some("Ada"), &same, &signed(5)).unwrap();
    assert_eq!(words(&temp, ids[1]), [("Ada".to_owned(), PairWord::Same)]);
    let ada = temp.catalog.find_individual("Ada").unwrap();
    temp.catalog.judge(&ids[2..], ada, &PairVerdict::plain(PairWord::CannotTell), &signed(6)).unwrap();
    let making = temp.catalog.journal(2).unwrap()[1].id;
    temp.catalog.undo(Some(making), &signed(7)).unwrap();
    assert_eq!(
        (words(&temp, ids[1]), words(&temp, ids[2])),
        (vec![], vec![]),
        "nobody is called so any more"
    );
    temp.assert_sound();
}

#[test]
fn a_note_is_no_document() {
    let (mut temp, ids) = TempCatalog::with(&["Luna", ""]);
    let luna = temp.catalog.find_individual("Luna").unwrap();
    let said = PairVerdict { note: Some("x".repeat(5000)), ..PairVerdict::plain(PairWord::Same) };
    let refused = temp.catalog.judge(&ids[1..], luna, &said, &signed(5));
    assert!(matches!(refused, Err(CatalogError::BadLabel { .. })), "{refused:?}");
    assert_eq!(temp.names(), ["Luna", "-"]);
}
