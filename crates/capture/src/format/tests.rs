//! What is written comes back, and looks as its program wants it.

use std::collections::BTreeMap;

use jiff::civil::date;
use proptest::prelude::*;
use resight_core::CaptureTime;

use super::*;
use crate::{Division, Occasions, Seen, Selection, Side, Sighting};

fn study() -> Vec<Sighting> {
    let seen = |name: &str, month: i8, side: Side, station: &str, sex: &str| Sighting {
        side,
        station: Some(station.to_owned()),
        position: Some(if station == "bay_1" { (57.60, -3.90) } else { (57.62, -3.91) }),
        encounter: Some(format!("{name}{month}")),
        covariates: [("sex", sex), ("length", "2.5")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..Sighting::of(name, CaptureTime::at(date(2024, month, 5).at(9, 30, 0, 0), None))
    };
    vec![
        seen("Ana", 1, Side::Left, "bay_1", "female"),
        seen("Ana", 1, Side::Right, "bay_1", "female"),
        seen("Ana", 3, Side::Left, "cape", "female"),
        seen("Ben O'Neill", 2, Side::Right, "cape", "male"),
        seen("=Cem", 3, Side::Left, "bay_1", "male"),
    ]
}

fn histories(selection: Selection) -> CaptureHistories {
    let all = study();
    let occasions = Occasions::dividing(&all, Division::Month).unwrap();
    CaptureHistories::of(&all, occasions, selection).unwrap()
}

fn written(format: HistoryFormat, selection: Selection) -> (BTreeMap<&'static str, String>, Vec<String>) {
    let Written { files, notes } = format.write(&histories(selection)).unwrap();
    (files.into_iter().map(|file| (file.ending, file.text)).collect(), notes)
}

fn grouped() -> Selection {
    Selection {
        group_by: Some("sex".to_owned()),
        covariates: vec!["length".to_owned()],
        ..Selection::default()
    }
}

#[test]
fn mark_has_a_frequency_for_each_group_and_numbers_alone() {
    let (files, notes) = written(HistoryFormat::Mark, grouped());
    assert_eq!(
        files[".inp"],
        "/* -Cem */ 001 0 1 2.5;\n/* Ana */ 101 1 0 2.5;\n/* Ben O-Neill */ 010 0 1 2.5;\n"
    );
    assert!(
        notes.iter().any(|note| note == "groups, in the order of their columns: female, male"),
        "{notes:?}"
    );
    let read = read_mark(&files[".inp"], 2).unwrap();
    assert_eq!(read[1], (Some("Ana".to_owned()), "101".to_owned(), vec![1, 0], vec![2.5]));
    let sexes = Selection { covariates: vec!["sex".to_owned()], ..Selection::default() };
    let error = HistoryFormat::Mark.write(&histories(sexes)).unwrap_err().to_string();
    assert!(error.contains("is no number"), "{error}");
}

#[test]
fn mark_reads_what_its_manual_shows() {
    let text =
        "/* European Dipper Data, 2 groups */\n1111110  1 0 ;\n/* 01 */ 1100000 1   1 1.16 27.7 4.19;\n";
    let read = read_mark(text, 2).unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!(read[1].3, [1.16, 27.7, 4.19]);
    for (bad, says) in [
        ("110 1", "does not end in"),
        ("1102 1;", "no history of 0 and 1"),
        ("/* a 110 1;", "not closed"),
        ("/* a */ 110 1;\n/* a */ 110 1;", "was there before"),
        ("110 1;\n11 1;", "different lengths"),
        ("110;", "0 frequencies for 1 groups"),
    ] {
        let error = read_mark(bad, 1).unwrap_err().to_string();
        assert!(error.contains(says), "{bad}: {error}");
    }
}

#[test]
fn rmark_keeps_leading_zeros_and_names() {
    let (files, notes) = written(HistoryFormat::Rmark, grouped());
    let text = &files["-rmark.txt"];
    assert!(text.starts_with("ch\tfreq\tid\tsex\tlength\n001\t1\t=Cem\tmale\t2.5\n"), "{text}");
    assert_eq!(read_rmark(text).unwrap()[1], ("Ana".to_owned(), "101".to_owned()));
    assert!(notes[0].contains("colClasses"));
}

#[test]
fn rcapture_counts_those_of_one_history() {
    let (files, _) = written(HistoryFormat::Rcapture, Selection::default());
    assert_eq!(files["-rcapture.txt"], "0 0 1 1\n0 1 0 1\n1 0 1 1\n");
}

#[test]
fn multimark_tells_sides_apart_and_no_other_format_does() {
    let both = Selection { sides: SidePolicy::Both, ..Selection::default() };
    let (files, notes) = written(HistoryFormat::Multimark, both.clone());
    let text = &files["-multimark.csv"];
    assert_eq!(text, "id,o1,o2,o3,known\n'=Cem,0,0,1,0\nAna,4,0,1,1\nBen O'Neill,0,2,0,0\n");
    assert!(notes[0].contains("data.type is \"always\""), "{notes:?}");
    let read = read_multimark(text).unwrap();
    assert_eq!(read[0], ("=Cem".to_owned(), vec![Seen::No, Seen::No, Seen::Left], false));
    assert_eq!(read[1].1, [Seen::BothAtOnce, Seen::No, Seen::Left]);
    assert!(HistoryFormat::Mark.write(&histories(both)).is_err());
    assert!(HistoryFormat::Multimark.write(&histories(Selection::default())).is_err());
}

#[test]
fn secr_has_places_in_metres_and_names_without_underscores() {
    let (files, notes) = written(HistoryFormat::Secr, Selection::default());
    let captures = read_secr_captures(&files["-captures.txt"]).unwrap();
    assert_eq!(captures[0], ("1".to_owned(), "-Cem".to_owned(), 3, "bay-1".to_owned()));
    assert_eq!(captures.len(), 5, "a count of two is two lines: {captures:?}");
    let traps = &files["-traps.txt"];
    assert!(traps.starts_with("# Detector X Y usage\nbay-1 446210.7 6384535.0 111\ncape 4456"), "{traps}");
    assert!(notes.iter().any(|note| note == "places in metres, EPSG:32630"), "{notes:?}");
}

#[test]
fn camtrapr_oscr_and_capture_have_their_tables() {
    let (files, _) = written(HistoryFormat::Camtrapr, Selection::default());
    assert!(files["-records.csv"].contains("bay-1,species,Ana,2024-01-05 09:30:00,2024-01-05,09:30:00\n"));
    assert!(files["-cameras.csv"].contains("bay-1,446210.7,6384535.0,2024-01-01,2024-03-31\n"));
    let (files, notes) = written(HistoryFormat::Oscr, Selection::default());
    assert!(files["-edf.csv"].starts_with("session,individual,occasion,trap,sex\n1,'=Cem,3,bay-1,male\n"));
    assert!(files["-tdf.csv"].starts_with("trap,X,Y,op1,op2,op3,sep\nbay-1,446210.7,6384535.0,1,1,1,/\n"));
    assert!(notes.iter().any(|note| note.contains("K = 3, ntraps = 2")), "{notes:?}");
    let (files, _) = written(HistoryFormat::Capture, Selection::default());
    let text = &files["-capture.inp"];
    assert!(text.contains("task read captures occasions=3 x matrix\nformat='(a6,1x,3f1.0)'\n"), "{text}");
    assert!(text.contains("I00002 101\n"), "{text}");
    assert!(files["-capture-ids.csv"].contains("I00003,Ben O'Neill\n"));
}

#[test]
fn an_animal_of_two_sexes_ends_oscr_before_it_starts() {
    let mut all = study();
    all[2].covariates.insert("sex".to_owned(), "male".to_owned());
    let occasions = Occasions::dividing(&all, Division::Month).unwrap();
    let histories = CaptureHistories::of(&all, occasions, Selection::default()).unwrap();
    let error = HistoryFormat::Oscr.write(&histories).unwrap_err().to_string();
    assert!(error.contains("two sexes"), "{error}");
    let notes = HistoryFormat::Rmark.write(&histories).unwrap().notes;
    assert!(notes.iter().any(|note| note.contains("Ana: sex is female and male")), "{notes:?}");
}

#[test]
fn every_format_is_found_by_its_name() {
    for format in HistoryFormat::all() {
        assert_eq!(format.name().parse(), Ok(format));
        assert!(!format.read_by().is_empty());
    }
    assert!("inp".parse::<HistoryFormat>().unwrap_err().contains("mark, rmark"));
}

proptest! {
    #[test]
    fn histories_come_back_from_every_file_that_is_read(
        captures in proptest::collection::vec((0_usize..12, 1_i8..7, any::<bool>()), 1..60),
        names in proptest::collection::vec("[A-Za-z0-9=_ '*/-]{1,12}", 12),
    ) {
        let seen = |(who, month, is_left): (usize, i8, bool)| Sighting {
            side: if is_left { Side::Left } else { Side::Right },
            // Different names, whatever was drawn.
            ..Sighting::of(format!("{}{who}", names[who].trim()), CaptureTime::on(date(2024, month, 9)))
        };
        let all: Vec<Sighting> = captures.into_iter().map(seen).collect();
        let occasions = Occasions::dividing(&all, Division::Month).unwrap();
        let made = |sides| {
            CaptureHistories::of(&all, occasions.clone(), Selection { sides, ..Selection::default() }).unwrap()
        };
        let any = made(SidePolicy::Any);
        let expected: Vec<String> = any.histories.iter().map(crate::History::zeros_and_ones).collect();
        let mark = HistoryFormat::Mark.write(&any).unwrap().files.remove(0).text;
        let read: Vec<String> = read_mark(&mark, 1).unwrap().into_iter().map(|line| line.1).collect();
        prop_assert_eq!(&read, &expected);
        let rmark = HistoryFormat::Rmark.write(&any).unwrap().files.remove(0).text;
        let read: Vec<String> = read_rmark(&rmark).unwrap().into_iter().map(|line| line.1).collect();
        prop_assert_eq!(&read, &expected);
        let both = made(SidePolicy::Both);
        let text = HistoryFormat::Multimark.write(&both).unwrap().files.remove(0).text;
        let read = read_multimark(&text).unwrap();
        let expected: Vec<_> = both.histories.iter().map(|one| (one.individual.clone(), one.seen.clone(), one.linked)).collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[01 ;/*a-z\\n\\t,'.-]{0,200}") {
        let _ = read_mark(&text, 1);
        let _ = read_rmark(&text);
        let _ = read_multimark(&text);
        let _ = read_secr_captures(&text);
        let _ = Occasions::read(&text);
    }
}
