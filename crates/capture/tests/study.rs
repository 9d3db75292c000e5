//! A population of which everything is known, from its captures through a file to an estimate: what wrong names do to it is what the
//! room says they do.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use jiff::civil::date;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use resight_capture::estimate::{abundance, simulate, survival};
use resight_capture::{
    CaptureHistories, Division, HistoryFormat, IdentificationErrors, Occasions, Rate, Selection, Side,
    SidePolicy, Sighting, read_mark, with_errors,
};
use resight_core::CaptureTime;

const SURVIVAL: f64 = 0.88;
const CAPTURE: f64 = 0.45;

/// Photos of a matrix: one side or the other as it comes, and both in one encounter of three.
fn photos(matrix: &[Vec<bool>]) -> Vec<Sighting> {
    let mut all = Vec::new();
    let mut dice = ChaCha8Rng::seed_from_u64(1);
    for (animal, row) in matrix.iter().enumerate() {
        for (occasion, _) in row.iter().enumerate().filter(|(_, seen)| **seen) {
            let when = date(2010 + i16::try_from(occasion).unwrap(), 6, 1).at(12, 0, 0, 0);
            let side = |is_left: bool| if is_left { Side::Left } else { Side::Right };
            let photo = |side| Sighting {
                side,
                encounter: Some(format!("{animal}-{occasion}")),
                ..Sighting::of(format!("animal {animal:04}"), CaptureTime::at(when, None))
            };
            let is_left = dice.random::<bool>();
            all.push(photo(side(is_left)));
            if dice.random::<f64>() < 1.0 / 3.0 {
                all.push(photo(side(!is_left)));
            }
        }
    }
    all
}

fn histories(matrix: &[Vec<bool>], sides: SidePolicy) -> CaptureHistories {
    let all = photos(matrix);
    let occasions = Occasions::dividing(&all, Division::Year).unwrap();
    CaptureHistories::of(&all, occasions, Selection { sides, ..Selection::default() }).unwrap()
}

/// Through the file and back.
fn exported(histories: &CaptureHistories) -> Vec<Vec<bool>> {
    let file = HistoryFormat::Mark.write(histories).unwrap().files.remove(0).text;
    let lines = read_mark(&file, 1).unwrap();
    lines.into_iter().map(|(_, history, ..)| history.chars().map(|c| c == '1').collect()).collect()
}

#[test]
fn survival_is_as_it_was_and_with_wrong_names_off_by_what_is_stated() {
    let mut dice = ChaCha8Rng::seed_from_u64(11);
    let truth = simulate::open(&[250; 9], SURVIVAL, CAPTURE, &mut dice);
    let right = survival(&exported(&histories(&truth, SidePolicy::Any))).unwrap();
    assert!(right.low < SURVIVAL && SURVIVAL < right.high, "{right:?}");

    let (missed, mistaken) = (0.20, 0.01);
    let named = with_errors(&truth, missed, mistaken, &mut dice);
    let wrong_histories = histories(&named, SidePolicy::Any);
    let wrong = survival(&exported(&wrong_histories)).unwrap();
    assert!(wrong.high < SURVIVAL, "ghosts die young: {wrong:?}");
    let errors = IdentificationErrors {
        false_matches: Rate::exactly(mistaken),
        missed_matches: Rate::exactly(missed),
    };
    let stated = errors.effect(&wrong_histories, 1).unwrap().survival_off_by.unwrap();
    // The study that the effect is told by is the one with the errors in it: what is told is of their order.
    let off_by = wrong.value - right.value;
    println!(
        "survival {SURVIVAL}: {:.3} by right names, {:.3} by wrong ones, stated {:+.3}",
        right.value, wrong.value, stated.value
    );
    assert!((stated.value - off_by).abs() < 0.5 * off_by.abs(), "{off_by} {stated:?}");
    let mended = wrong.value - stated.value;
    assert!((mended - SURVIVAL).abs() < (wrong.value - SURVIVAL).abs() / 2.0, "{mended}");
}

#[test]
fn abundance_is_as_it_was_and_with_wrong_names_as_many_times_too_large_as_is_stated() {
    let mut dice = ChaCha8Rng::seed_from_u64(12);
    let animals = 260;
    let truth = simulate::closed(animals, &[0.2, 0.3, 0.25, 0.2, 0.3], &mut dice);
    let right = abundance(&exported(&histories(&truth, SidePolicy::Any))).unwrap();
    assert!(right.low < animals as f64 && (animals as f64) < right.high, "{right:?}");
    let (missed, mistaken) = (0.12, 0.01);
    let named = with_errors(&truth, missed, mistaken, &mut dice);
    let wrong_histories = histories(&named, SidePolicy::Any);
    let wrong = abundance(&exported(&wrong_histories)).unwrap();
    assert!(wrong.low > animals as f64, "ghosts make more of them: {wrong:?}");
    let errors = IdentificationErrors {
        false_matches: Rate::exactly(mistaken),
        missed_matches: Rate::exactly(missed),
    };
    let stated = errors.effect(&wrong_histories, 1).unwrap();
    let times = wrong.value / right.value;
    println!(
        "{animals} animals: {:.0} by right names, {:.0} by wrong ones, stated {:.3} times too many",
        right.value, wrong.value, stated.abundance_times.value
    );
    assert!((stated.abundance_times.value - times).abs() < 0.08, "{times} {stated:?}");
    assert!(stated.abundance_times.low <= stated.abundance_times.value);
}

#[test]
fn one_side_alone_finds_the_survival_that_all_photos_find() {
    let mut dice = ChaCha8Rng::seed_from_u64(13);
    let truth = simulate::open(&[90; 9], SURVIVAL, CAPTURE, &mut dice);
    for sides in [SidePolicy::Left, SidePolicy::Right, SidePolicy::Any] {
        let found = survival(&exported(&histories(&truth, sides))).unwrap();
        assert!(found.low < SURVIVAL && SURVIVAL < found.high, "{sides:?}: {found:?}");
    }
    let both = histories(&truth, SidePolicy::Both);
    let written = HistoryFormat::Multimark.write(&both).unwrap();
    assert!(written.notes[0].contains("data.type is \"always\""), "{:?}", written.notes);
}

#[test]
fn the_same_seed_says_the_same() {
    let truth = simulate::closed(120, &[0.3; 5], &mut ChaCha8Rng::seed_from_u64(3));
    let study = histories(&truth, SidePolicy::Any);
    let errors = IdentificationErrors {
        false_matches: Rate { value: 0.02, low: 0.01, high: 0.04 },
        missed_matches: Rate { value: 0.05, low: 0.02, high: 0.1 },
    };
    let effect = errors.effect(&study, 5).unwrap();
    assert_eq!(errors.effect(&study, 5), Some(effect));
    let Rate { value, low, high } = effect.abundance_times;
    assert!(low < value && value < high && low < 1.02 && high > 1.05, "{effect:?}");
}
