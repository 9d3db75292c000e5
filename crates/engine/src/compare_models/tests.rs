//! The verdict and the pairs, on figures made for the test.

use super::*;

fn model(name: &str, photos_per_second: f64) -> ModelRow {
    let cost = Cost { photos_per_second, memory_bytes: None, size_bytes: 1 };
    ModelRow {
        name: name.to_owned(),
        bundle: name.to_owned(),
        licence: "MIT".to_owned(),
        dimension: 8,
        input: (64, 64),
        questions: 40,
        learnt_individuals: 0,
        metrics: BTreeMap::from([("top1".to_owned(), Interval { value: 0.5, low: 0.4, high: 0.6 })]),
        cost,
    }
}

/// Answers to forty photos of twenty animals: the first so many are right at once, the others at the third place.
fn answers(right: usize) -> Answers {
    let of_photo = |photo: usize| {
        let rank = if photo < right { 1 } else { 3 };
        (format!("photo {photo:02}"), (format!("animal {}", photo / 2), Some(rank)))
    };
    (0..40).map(of_photo).collect()
}

fn compared(rights: &[(usize, f64)]) -> Comparison {
    let models: Vec<ModelRow> =
        rights.iter().enumerate().map(|(place, (_, speed))| model(&format!("m{place}"), *speed)).collect();
    let answers: Vec<Answers> = rights.iter().map(|(right, _)| answers(*right)).collect();
    let pairs = pairs(&answers, 300, 1);
    Comparison {
        source: "photos".to_owned(),
        protocol: "leave-one-out".to_owned(),
        hide: "none".to_owned(),
        effort: resight_core::Effort::Fast,
        runtime: "none".to_owned(),
        threads: 1,
        verdict: verdict(&models, &pairs),
        models,
        pairs,
        failures: Vec::new(),
        warnings: Vec::new(),
    }
}

#[test]
fn a_clear_winner_is_better_by_more_than_chance_and_pays_even_where_it_is_slow() {
    let found = compared(&[(10, 100.0), (36, 5.0)]);
    assert_eq!(found.verdict, Some(Verdict { best: 1, by_more_than_chance: true, pays: 1 }));
    assert_eq!(found.pairs[0].better, Some(1));
    assert_eq!(found.in_words(), "m1 is right most often, by more than chance; it pays on this machine too");
}

#[test]
fn of_those_that_may_be_as_good_the_fastest_pays() {
    let found = compared(&[(30, 20.0), (31, 5.0), (4, 500.0)]);
    assert_eq!(found.verdict, Some(Verdict { best: 1, by_more_than_chance: false, pays: 0 }));
    assert!(
        found.in_words().contains("but not by more than chance: m0 may be as good"),
        "{}",
        found.in_words()
    );
    assert!(found.in_words().ends_with("on this machine m0 pays"), "{}", found.in_words());
}

#[test]
fn two_are_compared_on_what_both_were_asked_alone() {
    let (one, mut two) = (answers(40), answers(40));
    two.retain(|photo, _| photo.as_str() < "photo 10");
    let found = pairs(&[one.clone(), two], 100, 1);
    assert_eq!(found[0].figures.questions, 10);
    assert_eq!(found[0].better, None);
    assert!(pairs(&[one, Answers::new()], 100, 1).is_empty());
}

#[test]
fn the_page_names_every_model_and_says_what_follows() {
    let page = compared(&[(30, 20.0), (31, 5.0), (4, 500.0)]).html().unwrap();
    for text in ["m0", "m1", "m2", "chance may explain it", "<svg", "on this machine m0 pays"] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn one_model_or_one_twice_is_refused() {
    assert!(check(&["a".to_owned()]).is_err());
    assert!(check(&vec!["a".to_owned(); MOST_BUNDLES + 1]).is_err());
    assert!(check(&["a".to_owned(), "b".to_owned()]).is_ok());
}
