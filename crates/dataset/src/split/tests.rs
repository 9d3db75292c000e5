//! Tests of all rules together.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// Individuals of the given sizes, `per_encounter` consecutive annotations an encounter.
fn labels(sizes: &[usize], per_encounter: usize) -> SplitLabels {
    let mut labels = SplitLabels::default();
    let mut encounter = 0;
    for (individual, size) in (0..).zip(sizes) {
        for position in 0..*size {
            if position % per_encounter == 0 {
                encounter += 1;
            }
            labels.individuals.push(Some(individual));
            labels.encounters.push(Some(encounter));
            labels.seconds.push(Some(f64::from(encounter) * 100.0 + position as f64));
            labels.words.push(None);
        }
    }
    labels
}

fn made(labels: &SplitLabels, rule: SplitRule, whole_encounters: bool) -> Split {
    split(labels, &SplitOptions { rule, seed: 7, whole_encounters }).expect("a split")
}

fn names(labels: &SplitLabels, rows: &[u32]) -> BTreeSet<u32> {
    rows.iter().filter_map(|row| labels.individual(*row)).collect()
}

const CLOSED: SplitRule = SplitRule::ClosedSet { train_share: 0.8 };
const OPEN: SplitRule = SplitRule::OpenSet { train_share: 0.8, new_share: 0.1 };
const DISJOINT: SplitRule = SplitRule::DisjointSet { test_share: 0.2 };

#[test]
fn splits_are_pinned_to_the_row() {
    // The same numbers come from `fixtures/reference/dataset/pinned.py`.
    let labels = labels(&[5, 1, 4, 2, 6, 2], 1);
    assert_eq!(made(&labels, CLOSED, false).test, [2, 8, 10, 17, 18]);
    assert_eq!(made(&labels, OPEN, false).test, [0, 9, 10, 13, 18, 19]);
    assert_eq!(made(&labels, DISJOINT, false).test, [5, 18, 19]);
}

#[test]
fn another_seed_gives_another_split() {
    let labels = labels(&[10; 10], 1);
    let with =
        |seed| split(&labels, &SplitOptions { rule: CLOSED, seed, whole_encounters: false }).unwrap().test;
    assert_ne!(with(1), with(2));
    assert_eq!(with(1), with(1));
}

/// `fixtures/reference/dataset/splits.json`, made by the script beside it.
#[derive(serde::Deserialize)]
struct Reference {
    sizes: Vec<usize>,
    closed_set_train: std::collections::BTreeMap<String, Vec<usize>>,
    open_set: Vec<ReferenceOpenSet>,
    disjoint_set: Vec<ReferenceDisjointSet>,
}

#[derive(serde::Deserialize)]
struct ReferenceOpenSet {
    train: usize,
    newcomer_annotations: usize,
}

#[derive(serde::Deserialize)]
struct ReferenceDisjointSet {
    train: usize,
    individuals_whole: bool,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("../../../../fixtures/reference/dataset/splits.json"))
        .expect("the fixture")
}

#[test]
fn a_closed_set_has_the_sizes_of_wildlife_datasets_individual_by_individual() {
    let reference = reference();
    let labels = labels(&reference.sizes, 1);
    for (share, expected) in &reference.closed_set_train {
        let rule = SplitRule::ClosedSet { train_share: share.parse().unwrap() };
        let split = made(&labels, rule, false);
        let mut counts = vec![0; reference.sizes.len()];
        split.train.iter().for_each(|row| counts[labels.individual(*row).unwrap() as usize] += 1);
        assert_eq!(&counts, expected, "share {share}");
    }
}

#[test]
fn open_and_disjoint_sets_have_the_sizes_of_wildlife_datasets_within_chance() {
    let reference = reference();
    let labels = labels(&reference.sizes, 1);
    let n = labels.len() as f64;
    let share = |count: usize| count as f64 / n;
    for theirs in &reference.open_set {
        assert!(
            (share(theirs.train) - 0.8).abs() < 0.01
                && (share(theirs.newcomer_annotations) - 0.1).abs() < 0.025
        );
    }
    for theirs in &reference.disjoint_set {
        assert!((share(theirs.train) - 0.8).abs() < 0.025 && theirs.individuals_whole);
    }
    for seed in 0..20 {
        let with = |rule| split(&labels, &SplitOptions { rule, seed, whole_encounters: false }).unwrap();
        let open = with(OPEN);
        let known = names(&labels, &open.train);
        let newcomers =
            open.test.iter().filter(|row| !known.contains(&labels.individual(**row).unwrap())).count();
        assert!((share(open.train.len()) - 0.8).abs() < 0.01, "seed {seed}: {}", open.train.len());
        assert!((share(newcomers) - 0.1).abs() < 0.025, "seed {seed}: {newcomers}");
        let disjoint = with(DISJOINT);
        assert!((share(disjoint.train.len()) - 0.8).abs() < 0.025, "seed {seed}: {}", disjoint.train.len());
        assert!(names(&labels, &disjoint.train).is_disjoint(&names(&labels, &disjoint.test)));
    }
}

#[test]
fn an_encounter_shared_by_two_individuals_stays_whole() {
    let mut labels = labels(&[4, 4], 2);
    // Individual 0 has encounters 1 and 2, individual 1 encounters 1 and 3.
    labels.encounters = [1, 1, 2, 2, 1, 1, 3, 3].map(Some).to_vec();
    for seed in 0..50 {
        let options =
            SplitOptions { rule: SplitRule::ClosedSet { train_share: 0.5 }, seed, whole_encounters: true };
        let split = split(&labels, &options).expect("a split");
        assert_eq!(names(&labels, &split.train).len(), 2, "both stay in the gallery");
        let sides: BTreeSet<bool> = [0, 1, 4, 5].iter().map(|row| split.train.contains(row)).collect();
        assert_eq!(sides.len(), 1, "seed {seed}: encounter 1 straddles");
    }
    // Linked by the encounter, they cannot be parted as individuals.
    let refused = split(&labels, &SplitOptions::of(DISJOINT)).expect_err("one group");
    assert_eq!(refused.hint(), Some(Hint::SplitOtherwise(EmptySplit::Parted)));
}

#[test]
fn time_cuts_where_it_is_told_and_never_through_equal_times() {
    let mut labels = labels(&[3, 3], 1);
    labels.seconds = [Some(10.0), Some(20.0), Some(20.0), Some(20.0), Some(30.0), None].to_vec();
    let cut = |cut| made(&labels, SplitRule::TimeCutoff { cut }, false);
    let at = cut(TimeCut::At("1970-01-01T00:00:20Z".parse().unwrap()));
    assert_eq!((at.train, at.test), (vec![0], vec![1, 2, 3, 4]));
    assert_eq!(at.unused, [(5, UnusedReason::NoDate)]);
    assert_eq!(cut(TimeCut::Share(0.6)).train, [0, 1, 2, 3]);
    let late = TimeCut::At("1980-01-01".parse().unwrap());
    let options = SplitOptions::of(SplitRule::TimeCutoff { cut: late });
    assert!(matches!(split(&labels, &options), Err(SplitError::EmptySide { side: "to ask", .. })));
}

#[test]
fn an_encounter_across_the_cut_counts_from_its_beginning() {
    let mut labels = labels(&[4], 2);
    labels.seconds = [Some(10.0), Some(25.0), Some(30.0), None].to_vec();
    let cut = TimeCut::At("1970-01-01T00:00:20Z".parse().unwrap());
    let split = made(&labels, SplitRule::TimeCutoff { cut }, true);
    assert_eq!((split.train, split.test), (vec![0, 1], vec![2, 3]));
}

#[test]
fn the_column_is_followed_to_the_letter() {
    let mut labels = labels(&[5], 1);
    labels.individuals[4] = None;
    labels.words = ["Train", "query", "val", "catalog", "test"].map(|word| Some(word.to_owned())).to_vec();
    let by_words = made(&labels, SplitRule::Column { train: vec![], test: vec![] }, false);
    assert_eq!((by_words.train, by_words.test), (vec![0, 3], vec![1, 4]));
    assert_eq!(by_words.unused, [(2, UnusedReason::NotInColumn)]);
    let own = SplitRule::Column { train: vec!["val".into()], test: vec!["train".into()] };
    let by_own = made(&labels, own, false);
    assert_eq!((by_own.train, by_own.test), (vec![2], vec![0]));
    labels.words[0] = Some("fold3".into());
    let options = SplitOptions::of(SplitRule::Column { train: vec![], test: vec![] });
    let message = split(&labels, &options).expect_err("unknown").to_string();
    assert!(message.contains("`fold3`"), "{message}");
}

#[test]
fn leave_one_out_asks_all_identified() {
    let mut labels = labels(&[2, 1], 1);
    labels.individuals[0] = None;
    let split = made(&labels, SplitRule::LeaveOneOut, false);
    assert!(split.is_leave_one_out());
    assert_eq!(split.test, [1, 2]);
    assert_eq!(split.unused, [(0, UnusedReason::Unidentified)]);
}

#[test]
fn shares_out_of_range_are_refused() {
    let labels = labels(&[2, 2], 1);
    for share in [0.0, 1.0, -0.5, f64::NAN, f64::INFINITY] {
        let options = SplitOptions::of(SplitRule::ClosedSet { train_share: share });
        assert!(matches!(split(&labels, &options), Err(SplitError::Share { .. })), "{share}");
    }
    let too_much = SplitOptions::of(SplitRule::OpenSet { train_share: 0.8, new_share: 0.2 });
    assert!(matches!(split(&labels, &too_much), Err(SplitError::SharesTooLarge { .. })));
    assert!(split(&SplitLabels::default(), &SplitOptions::of(CLOSED)).is_err());
}

fn any_labels() -> impl Strategy<Value = SplitLabels> {
    let row = (
        proptest::option::weighted(0.9, 0_u32..8),
        proptest::option::weighted(0.7, 0_u32..12),
        proptest::option::weighted(0.8, 0.0_f64..1000.0),
    );
    proptest::collection::vec(row, 0..60).prop_map(|rows| SplitLabels {
        individuals: rows.iter().map(|row| row.0).collect(),
        encounters: rows.iter().map(|row| row.1).collect(),
        seconds: rows.iter().map(|row| row.2).collect(),
        words: vec![None; rows.len()],
    })
}

fn any_rule() -> impl Strategy<Value = SplitRule> {
    prop_oneof![
        (0.05..0.95).prop_map(|train_share| SplitRule::ClosedSet { train_share }),
        (0.1..0.8, 0.05..0.15)
            .prop_map(|(train_share, new_share)| SplitRule::OpenSet { train_share, new_share }),
        (0.05..0.95).prop_map(|test_share| SplitRule::DisjointSet { test_share }),
        (0.05..0.95).prop_map(|share| SplitRule::TimeCutoff { cut: TimeCut::Share(share) }),
    ]
}

proptest! {
    #[test]
    fn every_annotation_is_placed_once_and_whole_encounters_stay_whole(
        labels in any_labels(), rule in any_rule(), seed: u64, whole: bool,
    ) {
        let Ok(made) = split(&labels, &SplitOptions { rule: rule.clone(), seed, whole_encounters: whole }) else {
            return Ok(());
        };
        let mut placed: Vec<u32> = made.train.iter().chain(&made.test).copied().collect();
        placed.extend(made.unused.iter().map(|(row, _)| *row));
        placed.sort_unstable();
        prop_assert_eq!(placed, (0..labels.len() as u32).collect::<Vec<_>>());
        prop_assert!(!made.train.is_empty() && !made.test.is_empty());
        let on = |rows: &[u32]| -> BTreeSet<u32> { rows.iter().filter_map(|row| labels.encounter(*row)).collect() };
        prop_assert!(!whole || on(&made.train).is_disjoint(&on(&made.test)));
        let (train, test) = (names(&labels, &made.train), names(&labels, &made.test));
        match rule {
            SplitRule::ClosedSet { .. } => prop_assert!(test.is_subset(&train)),
            SplitRule::DisjointSet { .. } => prop_assert!(test.is_disjoint(&train)),
            _ => {}
        }
    }
}
