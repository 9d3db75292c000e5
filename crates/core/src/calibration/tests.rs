//! What it says is what happens: on simulated queries whose true probabilities are known.

use super::*;
use crate::Similarity;

/// A small deterministic generator of normal deviates (Box and Muller's).
struct Dice(u64);

impl Dice {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.uniform()).ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// Queries against `individuals` others: impostors around 0.3, the true one around 0.6, and a
/// level of the whole photo that moves all of them together.
fn cases(seed: u64, count: usize, individuals: usize) -> Vec<CalibrationCase> {
    let mut dice = Dice(seed);
    (0..count)
        .map(|index| {
            let level = 0.1 * dice.normal();
            let mut all: Vec<f64> = (0..individuals).map(|_| 0.3 + level + 0.1 * dice.normal()).collect();
            let genuine = (index % 2 == 0).then(|| 0.6 + level + 0.1 * dice.normal());
            if let Some(genuine) = genuine {
                all[0] = genuine;
            }
            all.sort_by(|a, b| b.total_cmp(a));
            let truth = genuine.map(|g| all.iter().position(|s| *s == g).unwrap_or(usize::MAX));
            let sorted: Vec<Similarity> = all.iter().map(|s| Similarity(*s as f32)).collect();
            CalibrationCase { ranked: RankedSimilarities::from_sorted(&sorted), truth, weight: 1.0 }
        })
        .collect()
}

/// Mean stated probability of the first answer, and how often it was right.
fn stated_and_found(calibration: &Calibration, cases: &[CalibrationCase]) -> (f64, f64) {
    let mut stated = 0.0;
    let mut right = 0.0;
    for case in cases {
        let posterior = calibration.posterior(&case.ranked, 0.5);
        let (probability, correct) = if posterior.new > posterior.candidates[0] {
            (posterior.new, case.truth.is_none())
        } else {
            (posterior.candidates[0], case.truth == Some(0))
        };
        stated += probability;
        right += f64::from(u8::from(correct));
    }
    (stated / cases.len() as f64, right / cases.len() as f64)
}

/// How often the best possible answer is right: Bayes' rule that knows the level of each photo.
fn best_possible(seed: u64, count: usize, individuals: usize) -> f64 {
    let mut dice = Dice(seed);
    let right = (0..count).filter(|index| {
        let level = 0.1 * dice.normal();
        let mut all: Vec<f64> = (0..individuals).map(|_| 0.3 + level + 0.1 * dice.normal()).collect();
        let known = index % 2 == 0;
        if known {
            all[0] = 0.6 + level + 0.1 * dice.normal();
        }
        let evidence = |similarity: f64| {
            let (unlike, alike) = (similarity - level - 0.3, similarity - level - 0.6);
            (unlike * unlike - alike * alike) / (2.0 * 0.1 * 0.1)
        };
        let best = (0..individuals).max_by(|a, b| all[*a].total_cmp(&all[*b])).expect("somebody is there");
        let says_match = evidence(all[best]) > (individuals as f64).ln();
        if known { says_match && best == 0 } else { !says_match }
    });
    right.count() as f64 / count as f64
}

#[test]
fn probabilities_sum_to_one_and_fall_with_rank() {
    let fit = Calibration::fit(&cases(1, 400, 50), FitOptions::default()).expect("enough cases");
    for case in cases(2, 50, 50) {
        let posterior = fit.calibration.posterior(&case.ranked, 0.1);
        let sum: f64 = posterior.candidates.iter().sum::<f64>() + posterior.others + posterior.new;
        assert!((sum - 1.0).abs() < 1e-9);
        assert!(posterior.candidates.is_sorted_by(|a, b| a >= b));
    }
}

#[test]
fn what_it_says_is_what_happens_on_fresh_queries() {
    let fit = Calibration::fit(&cases(3, 1000, 50), FitOptions::default()).expect("enough cases");
    let (stated, found) = stated_and_found(&fit.calibration, &cases(4, 2000, 50));
    assert!((stated - found).abs() < 0.03, "stated {stated}, found {found}");
    let possible = best_possible(4, 2000, 50);
    assert!(
        found > possible - 0.03,
        "found {found}, where Bayes' rule with the true numbers finds {possible}"
    );
}

#[test]
fn a_catalog_that_grows_sixteenfold_stays_calibrated() {
    let mut mixed = cases(5, 600, 25);
    mixed.extend(cases(6, 600, 50));
    mixed.extend(cases(7, 600, 100));
    let fit = Calibration::fit(&mixed, FitOptions::default()).expect("enough cases");
    for individuals in [200, 800] {
        let fresh = cases(8, 1500, individuals);
        let (stated, found) = stated_and_found(&fit.calibration, &fresh);
        assert!((stated - found).abs() < 0.04, "of {individuals}: stated {stated}, found {found}");
        let new: f64 = fresh.iter().map(|case| fit.calibration.posterior(&case.ranked, 0.5).new).sum();
        assert!((new / 1500.0 - 0.5).abs() < 0.04, "of {individuals}: {new} of 1500 called new, 750 were");
    }
}

#[test]
fn more_expected_newcomers_make_new_likelier() {
    let fit = Calibration::fit(&cases(9, 400, 50), FitOptions::default()).expect("enough cases");
    let ranked = &cases(10, 1, 50)[0].ranked;
    let rare = fit.calibration.posterior(ranked, 0.01).new;
    let common = fit.calibration.posterior(ranked, 0.5).new;
    assert!(rare < common);
}

#[test]
fn one_individual_and_none_are_answered_too() {
    let fit = Calibration::fit(&cases(11, 400, 50), FitOptions::default()).expect("enough cases");
    let nobody = fit.calibration.posterior(&RankedSimilarities::from_sorted(&[]), 0.1);
    assert_eq!((nobody.candidates.len(), nobody.others, nobody.new), (0, 0.0, 1.0));
    let one = fit.calibration.posterior(&RankedSimilarities::from_sorted(&[Similarity(0.9)]), 0.1);
    assert!(one.candidates[0] > 0.5 && (one.candidates[0] + one.new - 1.0).abs() < 1e-12);
}

#[test]
fn a_similarity_that_says_nothing_gives_no_slope() {
    let mut dice = Dice(12);
    let noise: Vec<CalibrationCase> = (0..600)
        .map(|index| {
            let mut all: Vec<f64> = (0..30).map(|_| dice.normal()).collect();
            all.sort_by(|a, b| b.total_cmp(a));
            let sorted: Vec<Similarity> = all.iter().map(|s| Similarity(*s as f32)).collect();
            let truth = (index % 2 == 0).then(|| (dice.uniform() * 30.0) as usize);
            CalibrationCase { ranked: RankedSimilarities::from_sorted(&sorted), truth, weight: 1.0 }
        })
        .collect();
    let fit = Calibration::fit(&noise, FitOptions::default()).expect("enough cases");
    assert!(fit.calibration.slope < 0.15, "slope {}", fit.calibration.slope);
}

#[test]
fn too_little_or_broken_data_is_refused() {
    let few = cases(13, 10, 5);
    assert!(matches!(
        Calibration::fit(&few, FitOptions::default()),
        Err(CalibrationError::TooFewCases { known: 5, new: 5, needed: 20 })
    ));
    let mut broken = cases(14, 100, 5);
    broken[3].ranked.top[0] = Similarity(f32::NAN);
    assert_eq!(Calibration::fit(&broken, FitOptions::default()).err(), Some(CalibrationError::NotFinite));
    let mut flat = cases(15, 100, 5);
    flat.iter_mut().for_each(|case| case.ranked.top.fill(Similarity(0.5)));
    assert_eq!(Calibration::fit(&flat, FitOptions::default()).err(), Some(CalibrationError::NoSpread));
}

#[test]
fn simulated_cases_give_back_the_coefficients_of_bayes_rule() {
    let mut mixed = cases(16, 2000, 25);
    mixed.extend(cases(17, 2000, 200));
    let fit = Calibration::fit(&mixed, FitOptions::default()).expect("enough cases").calibration;
    let theory = (0.6 - 0.3) / (0.1 * 0.1) * fit.scale;
    assert!((fit.slope / theory - 1.0).abs() < 0.1, "slope {}, theory {theory}", fit.slope);
    let background = fit.level + fit.look_alikes;
    assert!((background / theory - 1.0).abs() < 0.15, "background {background}, theory {theory}");
    assert!(fit.size.abs() < 0.15, "size {}", fit.size);
}

#[test]
fn the_individuals_beyond_the_listed_ones_get_their_share() {
    let fit = Calibration::fit(&cases(18, 3000, 400), FitOptions::default()).expect("enough cases");
    let fresh = cases(19, 6000, 400);
    let stated: f64 = fresh.iter().map(|case| fit.calibration.posterior(&case.ranked, 0.5).others).sum();
    let found = fresh.iter().filter(|case| case.truth.is_some_and(|rank| rank >= 20)).count();
    assert!(found > 200 && (stated / found as f64 - 1.0).abs() < 0.2, "stated {stated}, found {found}");
}

/// Encounters of three photos: the level, and half of what sets each similarity off, are of the encounter.
fn encounters(seed: u64, count: usize, individuals: usize) -> Vec<EncounterCase<u32>> {
    let mut dice = Dice(seed);
    (0..count)
        .map(|index| {
            let known = index % 2 == 0;
            let center = |who: usize| if known && who == 0 { 0.55 } else { 0.3 };
            let shared: Vec<f64> = (0..individuals).map(|who| center(who) + 0.07 * dice.normal()).collect();
            let photos = (0..3)
                .map(|_| {
                    let level = 0.05 * dice.normal();
                    let mut photo: Vec<(u32, Similarity)> = (0_u32..)
                        .zip(&shared)
                        .map(|(who, shared)| {
                            (who, Similarity((shared + level + 0.07 * dice.normal()) as f32))
                        })
                        .collect();
                    photo.sort_by(|a, b| a.1.closest_first(&b.1));
                    photo
                })
                .collect();
            EncounterCase { photos, truth: known.then_some(0), weight: 1.0 }
        })
        .collect()
}

fn single_photos(encounters: &[EncounterCase<u32>]) -> Vec<CalibrationCase> {
    let of = |case: &EncounterCase<u32>, photo: &[(u32, Similarity)]| {
        let similarities: Vec<Similarity> = photo.iter().map(|(_, similarity)| *similarity).collect();
        let truth = case.truth.and_then(|who| photo.iter().position(|(other, _)| *other == who));
        CalibrationCase { ranked: RankedSimilarities::from_sorted(&similarities), truth, weight: 1.0 }
    };
    encounters.iter().flat_map(|case| case.photos.iter().map(|photo| of(case, photo))).collect()
}

#[test]
fn one_photo_is_answered_alike_alone_and_as_an_encounter() {
    let fit = Calibration::fit(&cases(20, 600, 15), FitOptions::default()).expect("enough cases").calibration;
    for case in cases(21, 30, 15) {
        let photo: Vec<(u32, Similarity)> = (0..).zip(case.ranked.top.iter().copied()).collect();
        let together = fit.together(&[photo], 0.2);
        let alone = fit.posterior(&case.ranked, 0.2);
        assert_eq!(together.order, (0..15).collect::<Vec<u32>>());
        assert!((together.posterior.new - alone.new).abs() < 1e-9);
        let pairs = together.posterior.candidates.iter().zip(&alone.candidates);
        assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-9));
    }
}

#[test]
fn several_photos_say_more_than_one_and_what_they_say_is_what_happens() {
    let learn = encounters(22, 600, 30);
    let mut fit =
        Calibration::fit(&single_photos(&learn), FitOptions::default()).expect("enough cases").calibration;
    fit.learn_together(&learn);
    assert!(fit.several.gain > 0.0 && fit.several.gain < 1.0, "{:?}", fit.several);
    let fresh = encounters(23, 1500, 30);
    let (mut alone, mut together, mut stated, mut found) = (0.0, 0.0, 0.0, 0.0);
    let (mut new_alone, mut new_together) = (0.0, 0.0);
    let (mut first_stated, mut first_right) = (0.0, 0.0);
    for case in &fresh {
        let all = fit.together(&case.photos, 0.5);
        let one = fit.together(&case.photos[..1], 0.5);
        let right = |ranked: &TogetherRanked<u32>| {
            let chosen = if ranked.posterior.new > ranked.posterior.candidates[0] {
                None
            } else {
                ranked.order.first().copied()
            };
            f64::from(u8::from(chosen == case.truth))
        };
        alone += right(&one);
        together += right(&all);
        found += right(&all);
        stated += all.posterior.new.max(all.posterior.candidates[0]);
        first_stated += all.posterior.candidates[0];
        first_right += f64::from(u8::from(case.truth.is_some() && all.order.first().copied() == case.truth));
        if case.truth.is_none() {
            new_alone += one.posterior.new;
            new_together += all.posterior.new;
        }
    }
    assert!(together > alone + 30.0, "{alone} right by one photo, {together} by three");
    assert!((stated - found).abs() / 1500.0 < 0.03, "stated {stated}, found {found}");
    assert!((first_stated - first_right).abs() / 1500.0 < 0.02, "{first_stated} stated, {first_right} right");
    assert!(new_together > new_alone + 20.0, "newcomers: {new_alone} by one photo, {new_together} by three");
}

#[test]
fn a_prior_serves_where_cases_are_few_and_fades_where_they_are_many() {
    let prior =
        Calibration::fit(&cases(24, 2000, 30), FitOptions::default()).expect("enough cases").calibration;
    let few = cases(25, 30, 30);
    assert!(Calibration::fit(&few, FitOptions::default()).is_err());
    let with = FitOptions { least_cases: 1, prior: Some(&prior) };
    let fit = Calibration::fit(&few, with).expect("a prior is there").calibration;
    let (stated, found) = stated_and_found(&fit, &cases(26, 2000, 30));
    assert!((stated - found).abs() < 0.08, "stated {stated}, found {found}");
    let wrong = Calibration { slope: 0.0, bends: [0.0; 2], lead: [0.0; 3], constant: 9.0, ..prior };
    let with = FitOptions { least_cases: 1, prior: Some(&wrong) };
    let fit = Calibration::fit(&cases(27, 4000, 30), with).expect("many cases").calibration;
    let (stated, found) = stated_and_found(&fit, &cases(28, 2000, 30));
    assert!((stated - found).abs() < 0.04, "stated {stated}, found {found}");
}

#[test]
fn a_prior_of_several_sets_says_what_happens_in_a_set_that_none_of_them_is() {
    // The same animals seen by scales that differ: what counts is the place within a set's own spread.
    let seen_as = |cases: Vec<CalibrationCase>, gain: f32, shift: f32| -> Vec<CalibrationCase> {
        let change = |similarity: Similarity| Similarity(gain * similarity.0 + shift);
        let changed = |mut case: CalibrationCase| {
            case.ranked.top.iter_mut().for_each(|one| *one = change(*one));
            case.ranked.tiers.iter_mut().for_each(|tier| tier.mean = change(tier.mean));
            case
        };
        cases.into_iter().map(changed).collect()
    };
    let sets = [seen_as(cases(1, 800, 30), 1.0, 0.0), seen_as(cases(2, 900, 30), 0.5, 0.4)];
    let prior = Calibration::fit_prior(&sets).expect("there is enough").calibration;
    assert_eq!((prior.known_cases, prior.new_cases), (850, 850));
    let few = seen_as(cases(3, 24, 30), 0.2, -0.3);
    let with = FitOptions { least_cases: 1, prior: Some(&prior) };
    let fit = Calibration::fit(&few, with).expect("a prior is there").calibration;
    let (stated, right) = stated_and_found(&fit, &seen_as(cases(4, 3000, 30), 0.2, -0.3));
    assert!((stated - right).abs() < 0.04, "stated {stated}, right {right}");
    assert!(right > best_possible(4, 3000, 30) - 0.04, "{right}");
    assert!(Calibration::fit_prior(&[]).is_err());
    assert!(Calibration::fit_prior(&[sets[0].clone(), few[..10].to_vec()]).is_err());
}

#[test]
fn first_answers_of_many_photos_are_right_as_often_as_they_say() {
    // The first by several photos is far likelier right than the mean of its utilities says: what speaks against it differs
    // from photo to photo, and what speaks for it does not.
    let few_photos = |seed: u64, count: usize| -> Vec<EncounterCase<u32>> {
        let mut dice = Dice(seed);
        (0..count)
            .map(|index| {
                let known = index % 2 == 0;
                let photos = (0..1 + index % 12).map(|_| {
                    let of = |who: u32| if known && who == 0 { 0.36 } else { 0.3 };
                    let mut photo: Vec<(u32, Similarity)> = (0..40)
                        .map(|who| (who, Similarity((of(who) + 0.08 * dice.normal()) as f32)))
                        .collect();
                    photo.sort_by(|a, b| a.1.closest_first(&b.1));
                    photo
                });
                EncounterCase { photos: photos.collect(), truth: known.then_some(0), weight: 1.0 }
            })
            .collect()
    };
    let learn = few_photos(31, 1200);
    let mut fit =
        Calibration::fit(&single_photos(&learn), FitOptions::default()).expect("enough cases").calibration;
    fit.learn_together(&learn);
    assert!(fit.several.lead > 0.1, "{:?}", fit.several);
    let fresh = few_photos(32, 2400);
    let of_many = || fresh.iter().filter(|case| case.photos.len() > 6);
    let stated: f64 = of_many().map(|case| fit.together(&case.photos, 0.5).posterior.candidates[0]).sum();
    let right = of_many()
        .filter(|case| case.truth.is_some() && fit.together(&case.photos, 0.5).order[0] == 0)
        .count();
    let all = of_many().count() as f64;
    assert!(
        (stated - right as f64).abs() / all < 0.05,
        "stated {}, right {}",
        stated / all,
        right as f64 / all
    );
}

#[test]
fn a_first_answer_that_is_mostly_wrong_gets_no_lead_and_new_is_called_as_often_as_it_comes_true() {
    // One look-alike comes first in every photo of an encounter, whoever is in it.
    let misled = |seed: u64, count: usize| -> Vec<EncounterCase<u32>> {
        let mut dice = Dice(seed);
        (0..count)
            .map(|index| {
                let known = index % 2 == 0;
                let impostor = 1 + (index % 7) as u32;
                let photos = (0..2 + index % 5).map(|_| {
                    let of = |who: u32| match who {
                        0 if known => 0.34,
                        who if who == impostor => 0.6,
                        _ => 0.3,
                    };
                    let mut photo: Vec<(u32, Similarity)> = (0..20)
                        .map(|who| (who, Similarity((of(who) + 0.05 * dice.normal()) as f32)))
                        .collect();
                    photo.sort_by(|a, b| a.1.closest_first(&b.1));
                    photo
                });
                EncounterCase { photos: photos.collect(), truth: known.then_some(0), weight: 1.0 }
            })
            .collect()
    };
    // Single photos told it otherwise: there the first was right.
    let mut fit =
        Calibration::fit(&cases(41, 600, 20), FitOptions::default()).expect("enough cases").calibration;
    let learn = misled(42, 600);
    fit.learn_together(&learn);
    assert!(fit.several.lead < 0.05, "{:?}", fit.several);
    let stated: f64 = learn.iter().map(|case| fit.together(&case.photos, 0.5).posterior.new).sum();
    assert!((stated / 600.0 - 0.5).abs() < 0.1, "half are new, stated {}", stated / 600.0);
}
