//! Histories of a few animals.

use jiff::civil::date;
use resight_core::Quality;

use super::*;
use crate::Division;

fn seen(individual: &str, month: i8, day: i8, side: Side) -> Sighting {
    let when = CaptureTime::at(date(2024, month, day).at(10, 0, 0, 0), None);
    Sighting { side, ..Sighting::of(individual, when) }
}

fn in_encounter(sighting: Sighting, encounter: &str) -> Sighting {
    Sighting { encounter: Some(encounter.to_owned()), ..sighting }
}

fn made(sightings: &[Sighting], selection: Selection) -> CaptureHistories {
    let occasions = Occasions::dividing(sightings, Division::Month).unwrap();
    CaptureHistories::of(sightings, occasions, selection).unwrap()
}

fn rows(found: &CaptureHistories) -> Vec<(String, Vec<u8>)> {
    let numbers = |one: &History| one.seen.iter().map(|seen| seen.number()).collect();
    found.histories.iter().map(|one| (one.individual.clone(), numbers(one))).collect()
}

fn study() -> Vec<Sighting> {
    vec![
        seen("Ana", 1, 3, Side::Left),
        seen("Ana", 2, 9, Side::Right),
        seen("Ana", 3, 1, Side::Left),
        seen("Ben", 1, 3, Side::Left),
        seen("Ben", 3, 5, Side::Left),
        seen("Cem", 2, 9, Side::Right),
        seen("Cem", 2, 20, Side::Other),
    ]
}

#[test]
fn each_policy_of_sides_sees_its_own() {
    let with = |sides| made(&study(), Selection { sides, ..Selection::default() });
    let row = |name: &str, seen: [u8; 3]| (name.to_owned(), seen.to_vec());
    assert_eq!(
        rows(&with(SidePolicy::Any)),
        [row("Ana", [1, 1, 1]), row("Ben", [1, 0, 1]), row("Cem", [0, 1, 0])]
    );
    let left = with(SidePolicy::Left);
    assert_eq!(rows(&left), [row("Ana", [1, 0, 1]), row("Ben", [1, 0, 1])]);
    assert_eq!(left.left_out.side, 3);
    assert_eq!(rows(&with(SidePolicy::Right)), [row("Ana", [0, 1, 0]), row("Cem", [0, 1, 0])]);
    let linked = with(SidePolicy::Linked);
    assert_eq!(rows(&linked), [row("Ana", [1, 1, 1])]);
    assert_eq!(linked.left_out.not_linked, 4);
    let both = with(SidePolicy::Both);
    assert_eq!(rows(&both), [row("Ana", [1, 2, 1]), row("Ben", [1, 0, 1]), row("Cem", [0, 2, 0])]);
    assert_eq!(both.histories.iter().map(|one| one.linked).collect::<Vec<_>>(), [true, false, false]);
}

#[test]
fn both_sides_are_seen_at_once_in_one_encounter_and_apart_in_two() {
    let at_once = [
        in_encounter(seen("Ana", 1, 3, Side::Left), "e1"),
        in_encounter(seen("Ana", 1, 3, Side::Right), "e1"),
        in_encounter(seen("Ana", 2, 3, Side::Left), "e2"),
        in_encounter(seen("Ana", 2, 4, Side::Right), "e3"),
        seen("Ana", 3, 4, Side::Right),
        seen("Ana", 3, 5, Side::Left),
    ];
    let found = made(&at_once, Selection { sides: SidePolicy::Both, ..Selection::default() });
    assert_eq!(rows(&found)[0].1, [4, 3, 3]);
}

#[test]
fn what_does_not_count_is_counted_by_its_reason() {
    let poor = Sighting { quality: Some(Quality::Poor), ..seen("Ana", 1, 3, Side::Left) };
    let good = Sighting { quality: Some(Quality::Good), ..seen("Ana", 2, 3, Side::Left) };
    let guessed = Sighting { confirmed: false, ..good.clone() };
    let year = Sighting { when: Some("2024".parse().unwrap()), ..good.clone() };
    let all = [poor, good, seen("Ana", 3, 3, Side::Left), guessed, year];
    let found = made(&all, Selection { least_quality: Some(Quality::Fair), ..Selection::default() });
    assert_eq!(rows(&found), [("Ana".to_owned(), vec![0, 1, 0])]);
    let expected = LeftOut { quality: 1, ungraded: 1, unconfirmed: 1, undated: 1, ..LeftOut::default() };
    assert_eq!(found.left_out, expected);
    assert_eq!(found.left_out.in_words().len(), 4);
    let with_guesses = made(&all, Selection { unconfirmed: true, ..Selection::default() });
    assert_eq!(with_guesses.unconfirmed(), 1);
}

#[test]
fn captures_that_follow_too_soon_are_one() {
    let all = [
        seen("Ana", 1, 30, Side::Left),
        seen("Ana", 2, 1, Side::Left),
        seen("Ana", 2, 2, Side::Left),
        seen("Ana", 3, 1, Side::Left),
    ];
    let found = made(&all, Selection { least_days_between: 5.0, ..Selection::default() });
    assert_eq!(rows(&found)[0].1, [1, 0, 1]);
    assert_eq!(found.left_out.too_soon, 2);
}

#[test]
fn two_sexes_of_one_animal_are_told() {
    let with_sex = |sighting: Sighting, sex: &str| Sighting {
        covariates: [("sex".to_owned(), sex.to_owned())].into(),
        ..sighting
    };
    let all = [
        with_sex(seen("Ana", 1, 3, Side::Left), "female"),
        with_sex(seen("Ana", 2, 3, Side::Left), "male"),
        with_sex(seen("Ben", 2, 3, Side::Left), "male"),
    ];
    let found = made(&all, Selection { group_by: Some("sex".to_owned()), ..Selection::default() });
    assert_eq!(found.conflicts, ["Ana: sex is female and male"]);
    assert_eq!(found.groups(), ["female", "male"]);
}
