//! Tests of divisions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::*;

/// A table of a row for each (individual, encounter); an empty word is no label.
fn table(labels: &[(&str, &str)]) -> Vec<Row> {
    let label = |word: &str| (!word.is_empty()).then(|| word.to_owned());
    let row = |(place, (identity, encounter)): (usize, &(&str, &str))| {
        let mut row = Row::of_photo(place as u64 + 2, format!("photo {place:04}"), PathBuf::from("none.jpg"));
        (row.identity, row.encounter) = (label(identity), label(encounter));
        row
    };
    labels.iter().enumerate().map(row).collect()
}

/// `individuals` with 1, 2, 3, … encounters of two photos each, at most `most`.
fn herd(individuals: usize, most: usize) -> Vec<Row> {
    let names: Vec<(String, String)> = (0..individuals)
        .flat_map(|one| (0..=one % most).map(move |e| (format!("animal {one}"), format!("day {e}"))))
        .flat_map(|pair| [pair.clone(), pair])
        .collect();
    table(&names.iter().map(|(one, e)| (one.as_str(), e.as_str())).collect::<Vec<_>>())
}

fn alone(rows: &[Row]) -> Vec<Option<u32>> {
    vec![None; rows.len()]
}

fn usual(rows: &[Row], question: Question, seed: u64) -> Division {
    Division::make(rows, &alone(rows), question, Shares::usual(question), seed).unwrap()
}

/// The photo's name to its part: what must not depend on the order of the rows.
fn by_name(rows: &[Row], division: &Division) -> BTreeMap<String, Option<Part>> {
    rows.iter().map(|row| row.image_id.clone()).zip(division.parts(rows.len())).collect()
}

fn individuals_of(rows: &[Row], part: &[u32]) -> BTreeSet<String> {
    part.iter().filter_map(|row| rows[*row as usize].identity.clone()).collect()
}

#[test]
fn each_known_individual_is_learnt_and_its_encounters_are_whole() {
    let rows = herd(60, 10);
    let division = usual(&rows, Question::Known, 1);
    assert_eq!(individuals_of(&rows, &division.train).len(), 60);
    assert!(division.straddling(&rows, &alone(&rows)).is_empty());
    let encounters_in = |name: &str, part: Part| {
        let of_name = |row: &&u32| rows[**row as usize].identity.as_deref() == Some(name);
        division.rows(part).iter().filter(of_name).count() / 2
    };
    let counts = |one: usize| {
        [Part::Train, Part::Validation, Part::Test].map(|part| encounters_in(&format!("animal {one}"), part))
    };
    assert_eq!(counts(0), [1, 0, 0], "one encounter");
    assert_eq!(counts(1), [1, 0, 1], "two encounters");
    assert_eq!(counts(3), [2, 1, 1], "four encounters");
    assert_eq!(counts(9), [5, 2, 3], "ten encounters");
}

#[test]
fn new_individuals_are_divided_whole_and_evenly() {
    let rows = herd(100, 20);
    let division = usual(&rows, Question::New, 1);
    let names =
        [Part::Train, Part::Validation, Part::Test].map(|part| individuals_of(&rows, division.rows(part)));
    assert_eq!(names.each_ref().map(BTreeSet::len), [45, 15, 40]);
    assert_eq!(names.iter().flatten().collect::<BTreeSet<_>>().len(), 100);
    let share = |part: Part| division.rows(part).len() as f64 / rows.len() as f64;
    assert!((share(Part::Test) - 0.40).abs() < 0.02, "{}", share(Part::Test));
    assert!((share(Part::Validation) - 0.15).abs() < 0.02, "{}", share(Part::Validation));
}

#[test]
fn a_division_is_the_same_on_every_machine() {
    let rows = herd(8, 4);
    let word = |question| {
        let letter = |part: &Option<Part>| match part {
            Some(Part::Train) => '.',
            Some(Part::Validation) => 'v',
            Some(Part::Test) => 't',
            Some(Part::Newcomer) => 'n',
            None => '-',
        };
        usual(&rows, question, 7).parts(rows.len()).iter().step_by(2).map(letter).collect::<String>()
    };
    assert_eq!(word(Question::Known), "..tt..v.t..t..t.t.v.");
    assert_eq!(word(Question::New), "v.........ttt...tttt");
}

#[test]
fn neither_the_order_of_rows_nor_another_individual_changes_an_individuals_division() {
    let rows = herd(30, 8);
    let mut reversed = rows.clone();
    reversed.reverse();
    for question in [Question::Known, Question::New] {
        let there = usual(&rows, question, 3);
        assert_eq!(
            by_name(&rows, &there),
            by_name(&reversed, &usual(&reversed, question, 3)),
            "{question:?}"
        );
        assert_ne!(there, usual(&rows, question, 4), "another seed divides otherwise");
    }
    let fewer: Vec<Row> =
        rows.iter().filter(|row| row.identity.as_deref() != Some("animal 5")).cloned().collect();
    let (all, part) = (usual(&rows, Question::Known, 3), usual(&fewer, Question::Known, 3));
    let all = by_name(&rows, &all);
    assert!(by_name(&fewer, &part).iter().all(|(name, part)| all[name] == *part));
}

#[test]
fn look_alikes_never_straddle() {
    let rows = herd(40, 6);
    // Every fourth photo resembles the photo that stands seven rows on: of another encounter or individual.
    let mut groups = alone(&rows);
    for (group, first) in (0..rows.len() - 7).step_by(12).enumerate() {
        groups[first] = Some(group as u32);
        groups[first + 7] = Some(group as u32);
    }
    for question in [Question::Known, Question::New] {
        let blind = usual(&rows, question, 1);
        assert!(!blind.straddling(&rows, &groups).is_empty(), "the fixture is too easy");
        let division = Division::make(&rows, &groups, question, Shares::usual(question), 1).unwrap();
        assert_eq!(division.straddling(&rows, &groups), Vec::<Vec<u32>>::new(), "{question:?}");
        assert!(!division.test.is_empty() && !division.validation.is_empty());
    }
}

#[test]
fn photos_without_an_encounter_are_only_learnt_from_where_others_have_one() {
    let mixed = table(&[("a", "1"), ("a", "2"), ("a", ""), ("a", ""), ("a", ""), ("b", "1"), ("b", "2")]);
    let division = usual(&mixed, Question::Known, 1);
    assert!(division.test.iter().all(|row| mixed[*row as usize].encounter.is_some()));
    assert_eq!(division.test.len(), 2, "unlabelled photos give no room to ask");
    let none = table(&[("a", ""), ("a", ""), ("a", ""), ("b", ""), ("b", ""), ("b", "")]);
    assert_eq!(usual(&none, Question::Known, 1).test.len(), 2);
}

#[test]
fn unidentified_rows_are_in_no_part() {
    let rows = table(&[("a", "1"), ("", "1"), ("a", "2"), ("b", "3"), ("", "")]);
    let parts = usual(&rows, Question::Known, 1).parts(rows.len());
    assert_eq!(parts.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true, true, false]);
}

#[test]
fn who_asks_and_who_answers() {
    let known = Division {
        question: Question::Known,
        train: vec![0, 3],
        validation: vec![1],
        test: vec![2, 4],
        newcomers: vec![5],
    };
    let asked = |division: &Division, part| {
        let Asked { queries, gallery } = division.asked(part);
        (queries, gallery)
    };
    assert_eq!(asked(&known, Part::Validation), (vec![1], vec![0, 3]));
    assert_eq!(asked(&known, Part::Test), (vec![2, 4], vec![0, 1, 3]));
    let new = Division { question: Question::New, ..known };
    assert_eq!(asked(&new, Part::Validation), (vec![1], vec![1]));
    assert_eq!(asked(&new, Part::Test), (vec![2, 4], vec![2, 4]));
}

#[test]
fn impossible_wishes_are_refused() {
    let rows = table(&[("a", "1"), ("b", "2")]);
    let make =
        |shares| Division::make(&rows, &alone(&rows), Question::Known, shares, 1).unwrap_err().to_string();
    let said = make(Shares { validation: 0.5, test: 0.5, newcomers: 0.0 });
    assert!(said.starts_with("the shares of validation (0.5) and test (0.5)"), "{said}");
    assert!(make(Shares { validation: f64::NAN, test: 0.1, newcomers: 0.0 }).contains("NaN"));
    let usual = Shares::usual(Question::Known);
    let refused = Division::make(&rows, &alone(&rows), Question::Known, usual, 1).unwrap_err();
    assert_eq!(refused.to_string(), "nothing would be left for the test part");
    assert_eq!(refused.hint(), Some(Hint::OtherShares { asks_known: true }));
    let said = Division::make(&rows, &[None], Question::Known, usual, 1).unwrap_err();
    assert_eq!(said.to_string(), "1 groups of look-alikes were given for 2 rows");
}

fn written(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

#[test]
fn a_file_brings_a_division_back() {
    let mut rows = herd(12, 5);
    rows[3].image_id = "a, \"quoted\" name".to_owned();
    rows[4].identity = None;
    rows[5].image_id = "=HYPERLINK(\"a\")".to_owned();
    for question in [Question::Known, Question::New] {
        let division = usual(&rows, question, 1);
        let file = written("");
        division.write_csv(file.path(), &rows).unwrap();
        let text = std::fs::read_to_string(file.path()).unwrap();
        assert!(text.contains("\"'=HYPERLINK("), "no cell is a formula: {text}");
        assert_eq!(Division::read_csv(file.path(), &rows).unwrap(), division);
    }
}

#[test]
fn a_file_of_another_table_is_refused_with_the_line() {
    let rows = table(&[("a", "1"), ("a", "2"), ("b", "1"), ("", "")]);
    let [a, b, c, d] = ["photo 0000", "photo 0001", "photo 0002", "photo 0003"];
    let cases = [
        ("id,part\n".to_owned(), "the first line must be `image_id,part`, but is `id,part`"),
        (
            format!("image_id,part\n{a},training\n"),
            "line 2: the part must be train, validation, test or newcomer",
        ),
        (format!("image_id,part\n{a},train\nx,test\n"), "line 3: the table has no row of this name"),
        (format!("image_id,part\n{a},train\n{a},test\n"), "line 3: this row is named twice: `photo 0000`"),
        (format!("image_id,part\n{d},train\n"), "line 2: the table does not say who this is: `photo 0003`"),
        (
            format!("image_id,part\n{a},train\n"),
            "2 identified rows of the table are in no part, the first is `photo 0001`",
        ),
        (
            format!("image_id,part\n{a},train\n{b},test\n{c},test\n"),
            "`a` is learnt and asked but `b` is asked and never learnt",
        ),
        (format!("image_id,part\n{a},train,1\n"), "cannot read the division"),
    ];
    for (text, expected) in cases {
        let file = written(&text);
        let said = Division::read_csv(file.path(), &rows).unwrap_err().to_string();
        assert!(said.starts_with(expected), "{said}");
        assert!(said.ends_with(&file.path().display().to_string()), "{said}");
    }
}

#[test]
fn the_same_picture_twice_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = table(&[("a", "1"), ("a", "2"), ("a", "3"), ("a", "4")]);
    let scene = resight_testkit::photos::scene(120, 90, 3);
    let mirrored = resight_imaging::RgbImage::from_fn(120, 90, |x, y| *scene.get_pixel(119 - x, y));
    for (place, picture) in [&scene, &mirrored, &scene].into_iter().enumerate() {
        rows[place].path = folder.path().join(format!("{place}.png"));
        std::fs::write(&rows[place].path, resight_imaging::encode_png(picture).unwrap()).unwrap();
    }
    std::fs::write(folder.path().join("3"), b"no photo").unwrap();
    rows[3].path = folder.path().join("3");
    assert_eq!(look_alikes(&rows, 4).groups, [Some(0), None, Some(0), None]);
}

/// The committed divisions are those that the program makes, where the photos are at hand.
#[test]
fn the_committed_divisions_can_be_made_again() {
    let Some(photos) = std::env::var_os("RESIGHT_PHOTOS").map(PathBuf::from) else {
        resight_testkit::skip::skipped("photos", "no real photos");
        return;
    };
    let splits = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../splits");
    let both: &[Question] = &[Question::Known, Question::New];
    for (name, questions) in
        [("nyala", both), ("holstein_cattle", both), ("lion", &both[1..]), ("right_whale", &both[1..])]
    {
        let table = resight_dataset::read_source(&photos.join(name), &Default::default()).unwrap();
        let distance = resight_dataset::AuditOptions::default().near_duplicate_distance;
        let groups = look_alikes(&table.rows, distance).groups;
        for question in questions {
            let word = if *question == Question::Known { "known" } else { "new" };
            let committed =
                Division::read_csv(&splits.join(format!("{name}-{word}.csv")), &table.rows).unwrap();
            let shares = Shares::usual(*question);
            let made = Division::make(&table.rows, &groups, *question, shares, 1).unwrap();
            assert!(committed == made, "{name}-{word}.csv is another division");
            assert!(committed.straddling(&table.rows, &groups).is_empty());
        }
    }
}

#[test]
fn the_likely_question_is_one_that_the_shares_leave_room_for() {
    // Of 40 animals with one to four encounters each, ten have four.
    let rows = herd(40, 4);
    let quarters =
        |validation: f64, test: f64| Question::likely(&rows, Shares { validation, test, newcomers: 0.0 });
    assert_eq!(quarters(0.15, 0.15), Question::Known);
    assert_eq!(quarters(0.1, 0.15), Question::New, "a tenth of four encounters is none");
    assert_eq!(quarters(0.3, 0.0), Question::Known);
    assert_eq!(
        Question::likely(&herd(39, 4), Shares { validation: 0.15, test: 0.15, newcomers: 0.0 }),
        Question::New
    );
    for (rows, shares) in [
        (&rows, Shares { validation: 0.15, test: 0.15, newcomers: 0.0 }),
        (&herd(30, 3), Shares::usual(Question::Known)),
    ] {
        let question = Question::likely(rows, shares);
        Division::make(rows, &alone(rows), question, shares, 1).unwrap();
    }
}

fn with_newcomers(rows: &[Row], newcomers: f64) -> Division {
    let shares = Shares { newcomers, ..Shares::usual(Question::Known) };
    Division::make(rows, &alone(rows), Question::Known, shares, 1).unwrap()
}

#[test]
fn some_individuals_are_kept_back_as_a_whole_and_the_others_are_divided_as_before() {
    let rows = herd(100, 10);
    let (with, without) = (with_newcomers(&rows, 0.15), with_newcomers(&rows, 0.0));
    let newcomers = individuals_of(&rows, &with.newcomers);
    assert_eq!(newcomers.len(), 15);
    for part in [Part::Train, Part::Validation, Part::Test] {
        assert!(individuals_of(&rows, with.rows(part)).is_disjoint(&newcomers));
        let kept = |row: &&u32| !newcomers.contains(rows[**row as usize].identity.as_deref().unwrap());
        assert_eq!(with.rows(part), without.rows(part).iter().filter(kept).copied().collect::<Vec<_>>());
    }
    let photos = with.newcomers.len() as f64 / rows.len() as f64;
    assert!((0.1..0.2).contains(&photos), "of many and of few photos: {photos}");
    assert!(without.newcomers.is_empty());

    let mut turned = rows.clone();
    turned.reverse();
    assert_eq!(by_name(&turned, &with_newcomers(&turned, 0.15)), by_name(&rows, &with));
}

#[test]
fn of_forty_individuals_at_least_eight_are_kept_back_and_never_look_alikes_of_others() {
    assert_eq!(individuals_of(&herd(40, 5), &with_newcomers(&herd(40, 5), 0.15).newcomers).len(), 8);
    assert_eq!(individuals_of(&herd(39, 5), &with_newcomers(&herd(39, 5), 0.15).newcomers).len(), 6);
    assert_eq!(individuals_of(&herd(40, 5), &with_newcomers(&herd(40, 5), 0.5).newcomers).len(), 20);

    // Photo 0 and the last one show different animals and look alike: both are kept back, or neither.
    let rows = herd(60, 5);
    let mut groups = alone(&rows);
    (groups[0], groups[rows.len() - 1]) = (Some(0), Some(0));
    for seed in 0..20 {
        let shares = Shares { newcomers: 0.4, ..Shares::usual(Question::Known) };
        let division = Division::make(&rows, &groups, Question::Known, shares, seed).unwrap();
        let is_newcomer = |row: usize| division.newcomers.contains(&(row as u32));
        assert_eq!(is_newcomer(0), is_newcomer(rows.len() - 1), "seed {seed}");
        assert!(division.straddling(&rows, &groups).is_empty());
    }
}

#[test]
fn newcomers_survive_the_file_and_do_not_change_the_question() {
    let rows = herd(50, 6);
    let division = with_newcomers(&rows, 0.15);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("division.csv");
    division.write_csv(&path, &rows).unwrap();
    assert_eq!(Division::read_csv(&path, &rows).unwrap(), division);
}

#[test]
fn where_all_that_can_be_asked_would_be_kept_back_nobody_is() {
    let rows = table(&[("a", "1"), ("a", "2"), ("b", "3"), ("c", "4"), ("d", "5")]);
    for newcomers in [0.2, 0.4, 0.9] {
        assert!(!with_newcomers(&rows, newcomers).test.is_empty());
    }
    let refused = Division::make(
        &rows,
        &alone(&rows),
        Question::Known,
        Shares { newcomers: 1.0, ..Shares::usual(Question::Known) },
        1,
    );
    assert!(refused.unwrap_err().to_string().contains("newcomers (1)"));
}
