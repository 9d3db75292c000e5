//! Planted faults are named, and healthy runs are left alone.

use super::made_up::*;
use crate::doctor::history::History;
use crate::doctor::{Ailment, Finding, Severity, all_findings, examine, fresh};
use crate::run::log::{EndReason, Rates, Record, Score, Suspect};

fn found(records: &[Record]) -> Vec<(Ailment, Severity)> {
    examine(records).iter().map(|finding| (finding.ailment, finding.severity)).collect()
}

/// Looks at a run as it goes on: before the first step, at every record of steps, after every epoch.
fn noticed_live(records: &[Record]) -> Vec<Finding> {
    let mut log: Vec<Record> = Vec::new();
    for record in records {
        log.push(record.clone());
        let new = fresh(&log);
        log.extend(new.into_iter().map(Record::Finding));
    }
    log.into_iter()
        .filter_map(|record| if let Record::Finding(finding) = record { Some(finding) } else { None })
        .collect()
}

#[test]
fn healthy_runs_raise_no_warning_at_any_time() {
    for course in [small_set(), many_classes(), good_triplets()] {
        let records = ended(course.records(), EndReason::Done);
        let loud: Vec<Finding> = noticed_live(&records)
            .into_iter()
            .filter(|finding| finding.severity > Severity::Notice)
            .collect();
        assert_eq!(loud, [], "{}", course.start.recipe);
    }
}

#[test]
fn the_failing_recipe_is_named_before_the_first_step_and_again_within_the_first_epoch() {
    let records = the_story().records();
    let at_once = examine(&records[..1]);
    let named: Vec<Ailment> = at_once.iter().map(|finding| finding.ailment).collect();
    assert_eq!(named, [Ailment::AlmostNoPositives, Ailment::EmbeddingTooSmall]);
    assert_eq!(at_once[0].severity, Severity::Alarm);
    assert!(at_once[0].evidence.contains("1.1 pairs") && at_once[0].evidence.contains("9258 of 15587"));
    assert!(at_once[0].remedy.contains("p-by-k"));
    assert!(at_once[1].evidence.contains("30 numbers for 15587"));

    // Some hundred steps, before there is any validation.
    let early = found(&records[..10]);
    assert!(early.contains(&(Ailment::AlmostNoPositives, Severity::Alarm)), "{early:?}");
    assert!(early.contains(&(Ailment::SolvedTooEasily, Severity::Warning)), "{early:?}");

    let after_one = found(&records);
    assert!(after_one.contains(&(Ailment::NotLearning, Severity::Alarm)), "{after_one:?}");
    assert!(after_one.len() >= 4);
}

#[test]
fn a_finding_is_told_once_and_keeps_its_epoch() {
    let told = noticed_live(&the_story().records());
    for finding in &told {
        assert_eq!(told.iter().filter(|other| other.is_alike(finding)).count(), 1, "{finding:?}");
    }
    let mut records = the_story().records();
    records.insert(1, Record::Finding(examine(&records[..1])[0].clone()));
    let again = examine(&records);
    let positives = again.iter().find(|finding| finding.ailment == Ailment::AlmostNoPositives).unwrap();
    assert_eq!(positives.epoch, 0);
    assert!(fresh(&records).iter().all(|finding| finding.ailment != Ailment::AlmostNoPositives));
    assert_eq!(examine(&records), again);
}

#[test]
fn what_was_noticed_and_has_passed_is_still_told_afterwards() {
    let mut records = small_set().records();
    let passed = Finding {
        ailment: Ailment::Collapsed,
        severity: Severity::Alarm,
        epoch: 2,
        evidence: "e".into(),
        remedy: "r".into(),
        settings: Vec::new(),
        photos: Vec::new(),
    };
    records.push(Record::Finding(passed.clone()));
    assert!(!examine(&records).contains(&passed) && all_findings(&records).contains(&passed));
}

/// Asserts that a planted fault is named with this severity, with figures and something to do.
fn assert_named(records: &[Record], ailment: Ailment, severity: Severity) {
    let findings = examine(records);
    let Some(finding) = findings.iter().find(|finding| finding.ailment == ailment) else {
        panic!("{ailment:?} is not among {findings:#?}");
    };
    assert_eq!(finding.severity, severity, "{finding:?}");
    assert!(
        finding.evidence.chars().any(|c| c.is_ascii_digit()) || ailment == Ailment::RateTooHigh,
        "{finding:?}"
    );
    for sentence in [&finding.evidence, &finding.remedy] {
        assert!(
            sentence.ends_with('.') && !sentence.contains("  ") && !sentence.contains("NaN"),
            "{sentence}"
        );
    }
}

#[test]
fn planted_collapse() {
    let records = with_epochs(good_triplets().records(), |epoch| {
        epoch.health.mean_cosine = 0.997;
        epoch.health.effective_rank = 1.3;
    });
    assert_named(&records, Ailment::Collapsed, Severity::Alarm);
    let records = with_epochs(good_triplets().records(), |epoch| epoch.health.effective_rank = 1.4);
    assert_named(&records, Ailment::Collapsed, Severity::Warning);
    // Within the first epoch, from the batches alone.
    let records = with_steps(good_triplets().records(), |step| {
        (step.same_cosine, step.other_cosine, step.steps) = (Some(0.998), Some(0.996), 4);
    });
    assert_named(&records[..20], Ailment::Collapsed, Severity::Alarm);
    // A trunk that begins so, and is learning out of it, is no collapse.
    let mut course = good_triplets();
    course.mean_cosine = (0.99, 0.2);
    assert!(noticed_live(&course.records()).iter().all(|finding| finding.ailment != Ailment::Collapsed));
}

#[test]
fn planted_loss_at_the_margin() {
    let stuck = with_steps(good_triplets().records(), |step| {
        step.loss = Some(0.2003);
        (step.same_cosine, step.other_cosine) = (Some(0.993), Some(0.991));
    });
    assert_named(&stuck, Ailment::StuckAtMargin, Severity::Alarm);
    let soft = with_start(with_steps(stuck, |step| step.loss = Some(0.6935)), |start| {
        start.levels.collapsed = Some(std::f64::consts::LN_2);
    });
    assert_named(&soft, Ailment::StuckAtMargin, Severity::Alarm);
    // A loss that only passes the margin on its way down is not stuck.
    let passing =
        with_steps(good_triplets().records(), |step| step.loss = Some(0.23 - 0.003 * step.step as f64));
    assert!(noticed_live(&passing[..60]).iter().all(|finding| finding.ailment != Ailment::StuckAtMargin));
}

#[test]
fn planted_batches_without_positives() {
    let records =
        with_steps(good_triplets().records(), |step| (step.positives, step.without_positive) = (0.9, 0.97));
    assert_named(&records, Ailment::AlmostNoPositives, Severity::Alarm);
    let records =
        with_steps(good_triplets().records(), |step| (step.positives, step.without_positive) = (9.0, 0.7));
    assert_named(&records, Ailment::AlmostNoPositives, Severity::Warning);
    // Losses with class centres do not need them.
    let records =
        with_steps(small_set().records(), |step| (step.positives, step.without_positive) = (0.9, 0.97));
    assert!(found(&records).iter().all(|(ailment, _)| *ailment != Ailment::AlmostNoPositives));
}

#[test]
fn planted_scales_and_margins() {
    let with = |scale: f64, margin: f64| {
        with_start(many_classes().records(), |start| {
            (start.scale, start.margin) = (Some(scale), Some((margin, margin)))
        })
    };
    assert_named(&with(64.0, 0.5)[..1], Ailment::ScaleMargin, Severity::Warning);
    assert_named(&with(10.0, 0.2)[..1], Ailment::ScaleMargin, Severity::Warning);
    assert_named(&with(4.0, 0.2)[..1], Ailment::ScaleMargin, Severity::Alarm);
    // The bound of 15,587 classes and probability 0.9 is 11.9.
    assert!(examine(&with(4.0, 0.2)[..1])[0].remedy.contains("to 12 or more"));
    assert_eq!(found(&with(12.0, 0.3)[..1]), []);
    assert_eq!(found(&with(30.0, 0.5)[..1]), []);
}

#[test]
fn planted_rates_that_are_too_high() {
    let climbs =
        with_steps(small_set().records(), |step| step.loss = Some(11.0 * 1.01_f64.powi(step.step as i32)));
    assert_named(&climbs, Ailment::RateTooHigh, Severity::Alarm);
    let mut lost = small_set().records();
    for record in lost.iter_mut().skip(30) {
        if let Record::Step(step) = record {
            step.loss = None;
        }
    }
    assert_named(&lost, Ailment::RateTooHigh, Severity::Alarm);
    assert_named(&ended(small_set().records(), EndReason::Diverged), Ailment::RateTooHigh, Severity::Alarm);
    let jumps = with_steps(small_set().records(), |step| {
        if step.step % 10 == 0 {
            step.loss_max = Some(30.0);
        }
    });
    assert_named(&jumps, Ailment::RateTooHigh, Severity::Warning);
    // Semi-hard triplets that are nearly all solved: the few batches with one left are where it began.
    let solved = with_steps(small_set().records(), |step| {
        let loss = match step.step {
            ..40 => 0.049,
            late if late % 6 == 0 => 0.069,
            _ => 0.0,
        };
        (step.loss, step.loss_max) = (Some(loss), Some(loss));
    });
    assert!(found(&solved).iter().all(|(ailment, _)| *ailment != Ailment::RateTooHigh));
    let wiped = with_steps(small_set().records(), |step| step.change.trunk = 0.12);
    assert_named(&wiped, Ailment::RateTooHigh, Severity::Warning);
}

#[test]
fn planted_slow_heads() {
    let same = with_start(many_classes().records(), |start| {
        start.rates = Rates { trunk: 1e-3, neck: 1e-3, head: 1e-3 };
    });
    assert_named(&same[..1], Ailment::HeadTooSlow, Severity::Warning);
    let behind =
        with_epochs(small_set().records(), |epoch| epoch.head_accuracy = Some(0.1 * epoch.training.top1));
    assert_named(&behind, Ailment::HeadTooSlow, Severity::Warning);
}

#[test]
fn planted_small_embeddings() {
    let of = |dimension| with_start(many_classes().records(), |start| start.dimension = dimension);
    assert_named(&of(30)[..1], Ailment::EmbeddingTooSmall, Severity::Warning);
    for enough in [64, 128, 512] {
        assert_eq!(found(&of(enough)[..1]), []);
    }
    // Thirty numbers are enough for ten kinds of clothes.
    let clothes =
        with_start(good_triplets().records(), |start| (start.dimension, start.n_classes) = (30, 10));
    assert!(found(&clothes[..1]).iter().all(|(ailment, _)| *ailment != Ailment::EmbeddingTooSmall));
}

#[test]
fn planted_leaks() {
    let with = |change: fn(&mut crate::run::log::Start)| with_start(small_set().records(), change);
    let individuals = with(|start| (start.promised_new, start.shared_individuals) = (true, 12));
    assert_named(&individuals[..1], Ailment::Leak, Severity::Alarm);
    assert_named(&with(|start| start.shared_encounters = 9)[..1], Ailment::Leak, Severity::Warning);
    assert_named(&with(|start| start.shared_duplicates = 30)[..1], Ailment::Leak, Severity::Warning);
    assert_named(&with(|start| start.shared_duplicates = 1)[..1], Ailment::Leak, Severity::Notice);
    // Known individuals are on both sides by right.
    assert_eq!(found(&with(|start| start.shared_individuals = 120)[..1]), []);
}

#[test]
fn planted_backgrounds() {
    let score = |map5| Some(Score { map5, top1: map5 });
    let some = with_epochs(small_set().records(), |epoch| epoch.background = score(0.2));
    assert_named(&some, Ailment::Background, Severity::Warning);
    let mostly =
        with_epochs(small_set().records(), |epoch| epoch.background = score(0.9 * epoch.validation.map5));
    assert_named(&mostly, Ailment::Background, Severity::Alarm);
    let tempting = with_start(small_set().records(), |start| start.untrained_background = score(0.1));
    assert_named(&tempting[..1], Ailment::Background, Severity::Notice);
    let little = with_epochs(small_set().records(), |epoch| epoch.background = score(0.05));
    assert_eq!(found(&little), []);
}

#[test]
fn planted_mirrors() {
    let with =
        |share| with_epochs(small_set().records(), move |epoch| epoch.mirrored_confusion = Some(share));
    assert_named(&with(0.45), Ailment::MirroredViews, Severity::Warning);
    assert_named(&with(0.1), Ailment::MirroredViews, Severity::Notice);
    assert_eq!(found(&with(0.01)), []);
}

#[test]
fn planted_wrong_labels() {
    let suspects = |n: usize| -> Vec<Suspect> {
        let suspect = |i: usize| Suspect {
            image_id: format!("photo-{i}"),
            labelled: "Ada".into(),
            neighbors_say: "Ben".into(),
            votes: (5, 5),
        };
        (0..n).map(suspect).collect()
    };
    let many = with_epochs(small_set().records(), |epoch| {
        epoch.validation.top1 = 0.6;
        epoch.suspects = if epoch.epoch == 20 { suspects(30) } else { Vec::new() };
    });
    assert_named(&many, Ailment::LabelNoise, Severity::Warning);
    let finding = examine(&many).into_iter().find(|finding| finding.ailment == Ailment::LabelNoise).unwrap();
    assert_eq!((finding.photos.len(), finding.photos[0].as_str()), (20, "photo-0"));
    assert!(finding.evidence.contains("labelled Ada") && finding.evidence.contains("are Ben"));
    let few = with_epochs(small_set().records(), |epoch| {
        (epoch.validation.top1, epoch.suspects) = (0.6, suspects(1))
    });
    assert_named(&few, Ailment::LabelNoise, Severity::Notice);
    // Neighbors that are mostly wrong are no judges.
    let unbelieved = with_epochs(many, |epoch| epoch.validation.top1 = 0.2);
    assert!(found(&unbelieved).iter().all(|(ailment, _)| *ailment != Ailment::LabelNoise));
}

#[test]
fn planted_miracles() {
    let miracle = with_epochs(small_set().records(), |epoch| epoch.validation.map5 = 0.99);
    assert_named(&miracle, Ailment::TooGood, Severity::Warning);
    let odd = with_epochs(small_set().records(), |epoch| epoch.training.map5 = 0.3 * epoch.validation.map5);
    assert_named(&odd, Ailment::TooGood, Severity::Notice);
}

#[test]
fn planted_learning_by_heart() {
    let records = with_epochs(small_set().records(), |epoch| {
        epoch.validation.map5 = 0.4 - 0.006 * f64::from(epoch.epoch.abs_diff(12));
    });
    assert_named(&records, Ailment::Overfitting, Severity::Warning);
    assert!(examine(&records)[0].evidence.contains("epoch 12"));
}

#[test]
fn planted_standstill() {
    let records = with_epochs(small_set().records(), |epoch| epoch.validation.map5 = 0.1);
    assert_named(&records, Ailment::NotLearning, Severity::Alarm);
    let early: Vec<Record> =
        records.iter().take_while(|r| epoch_of(r).is_none_or(|e| e.epoch <= 7)).cloned().collect();
    assert_named(&early, Ailment::NotLearning, Severity::Warning);
    // A validation after every fourth epoch only: the same words, and no later.
    let is_seen = |r: &&Record| epoch_of(r).is_none_or(|e| e.epoch.is_multiple_of(4));
    let seldom: Vec<Record> = records.iter().filter(is_seen).cloned().collect();
    assert_named(&seldom, Ailment::NotLearning, Severity::Alarm);
    assert!(examine(&seldom)[0].evidence.starts_with("After 40 epochs"));
    let early: Vec<Record> =
        seldom.iter().take_while(|r| epoch_of(r).is_none_or(|e| e.epoch <= 8)).cloned().collect();
    assert_named(&early, Ailment::NotLearning, Severity::Warning);
    let guess = with_epochs(small_set().records(), |epoch| epoch.validation.map5 = 0.01);
    assert_named(&guess, Ailment::NotLearning, Severity::Alarm);
    // A big set that gains three times the untrained trunk in its first epoch is slow, below twice it is lost.
    let first = |map5: f64| {
        let records = with_epochs(many_classes().records(), |epoch| epoch.validation.map5 = map5);
        records.into_iter().take_while(|r| epoch_of(r).is_none_or(|e| e.epoch <= 1)).collect::<Vec<_>>()
    };
    assert_named(&first(0.02), Ailment::NotLearning, Severity::Warning);
    assert_named(&first(0.008), Ailment::NotLearning, Severity::Alarm);
    let flat = with_steps(small_set().records(), |step| step.loss = Some(11.3));
    let flat = with_epochs(flat, |epoch| epoch.validation.map5 = 0.118);
    assert_named(&flat, Ailment::NotLearning, Severity::Warning);
}

#[test]
fn planted_silent_parts() {
    let trunk = with_steps(small_set().records(), |step| step.gradient.trunk = 0.0);
    assert_named(&trunk, Ailment::NoGradient, Severity::Alarm);
    let head = with_steps(small_set().records(), |step| step.gradient.head = 0.0);
    assert_named(&head, Ailment::NoGradient, Severity::Alarm);
    // A trunk that is frozen while the head warms up is silent by right.
    let frozen =
        with_steps(small_set().records(), |step| (step.gradient.trunk, step.rates.trunk) = (0.0, 0.0));
    assert_eq!(found(&frozen), []);
}

#[test]
fn planted_hubs_and_small_validations_are_notices() {
    let hubs = with_epochs(small_set().records(), |epoch| epoch.health.hubness = 6.0);
    assert_named(&hubs, Ailment::Hubs, Severity::Notice);
    let small = with_start(small_set().records(), |start| start.validation_queries = 30);
    assert_named(&small[..1], Ailment::ValidationTooSmall, Severity::Notice);
}

#[test]
fn records_that_make_no_run_give_no_findings_and_no_panic() {
    assert_eq!(examine(&[]), []);
    let records = small_set().records();
    assert_eq!(examine(&records[1..]), []);
    assert_eq!(examine(&[Record::Start(Box::default())]), []);
    let empty =
        [Record::Start(Box::default()), Record::Step(Default::default()), Record::Epoch(Box::default())];
    let _ = examine(&empty);
    // What a log of a run that diverged reads as.
    let text = r#"{"kind":"step","step":3,"steps":1,"loss":null}"#;
    let step: Record = serde_json::from_str(text).unwrap();
    let found = examine(&[Record::Start(Box::default()), step]);
    assert_eq!(found[0].ailment, Ailment::RateTooHigh);
}

#[test]
fn a_resumed_run_counts_its_steps_once() {
    let records = small_set().records();
    let cut = records.len() / 2;
    let resumed: Vec<Record> =
        records[..cut + 5].iter().chain(&records[..1]).chain(&records[cut..]).cloned().collect();
    assert_eq!(examine(&resumed), examine(&records));
    let history = History::of(&resumed).unwrap();
    assert_eq!(history.n_steps(), History::of(&records).unwrap().n_steps());
}
