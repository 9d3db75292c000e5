//! Captures and detectors as secr (and DENSITY) read them: two files of words with blanks between, `#` before comments, places in
//! metres.

use super::{HistoryFile, Written};
use crate::text::{distinct, number};
use crate::{CaptureError, CaptureHistories, Detections};

/// The only session: all occasions together.
const SESSION: &str = "1";

pub(super) fn write(histories: &CaptureHistories) -> Result<Written, CaptureError> {
    let found = Detections::of(histories)?;
    let names = distinct(histories.histories.iter().map(|one| one.individual.as_str()), &['-', '.'], 40);
    let mut captures = "# Session ID Occasion Detector\n".to_owned();
    for one in &found.detections {
        let id = &names[&histories.histories[one.history].individual];
        let line = format!("{SESSION} {id} {} {}\n", one.occasion + 1, found.detectors[one.detector].name);
        captures.push_str(&line.repeat(one.times));
    }
    let efforts: Vec<Option<f64>> =
        histories.occasions.all().iter().map(|occasion| occasion.effort).collect();
    let has_effort = efforts.iter().all(Option::is_some);
    let mut traps = "# Detector X Y usage\n".to_owned();
    for detector in &found.detectors {
        let usage: Vec<String> = match has_effort {
            true => {
                let of =
                    |(used, effort): (&bool, &Option<f64>)| if *used { effort.unwrap_or(1.0) } else { 0.0 };
                detector.used.iter().zip(&efforts).map(of).map(number).collect()
            }
            false => vec![detector.used.iter().map(|used| if *used { '1' } else { '0' }).collect()],
        };
        traps.push_str(&format!(
            "{} {:.1} {:.1} {}\n",
            detector.name,
            detector.x,
            detector.y,
            usage.join(" ")
        ));
    }
    let binary = if has_effort { "FALSE" } else { "TRUE" };
    let mut notes = vec![
        format!("places in metres, EPSG:{}", found.epsg),
        format!(
            "read.capthist(\"…-captures.txt\", \"…-traps.txt\", detector = \"count\", binary.usage = {binary}, noccasions = {})",
            histories.occasions.count()
        ),
        "a detector counts as used from the first to the last occasion on which it saw anybody: correct the usage where it was there \
         for longer"
            .to_owned(),
    ];
    if found.detectors.first().is_some_and(|first| !first.used[0]) {
        notes.push("the first detector was not used on the first occasion: mixture models of secr have failed on that".to_owned());
    }
    if found.nowhere > 0 {
        notes.push(format!("{} captures at no station with a place are not in it", found.nowhere));
    }
    Ok(Written {
        files: vec![
            HistoryFile { ending: "-captures.txt", text: captures },
            HistoryFile { ending: "-traps.txt", text: traps },
        ],
        notes,
    })
}

/// Session, individual, occasion, detector.
pub type SecrCapture = (String, String, i64, String);

/// Reads such a file of captures, with detectors by name.
///
/// # Errors
/// Names the line that makes no sense.
pub fn read_secr_captures(text: &str) -> Result<Vec<SecrCapture>, CaptureError> {
    let mut captures = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default();
        let words: Vec<&str> = line.split([' ', '\t', ',']).filter(|word| !word.is_empty()).collect();
        let wrong = |reason: String| CaptureError::Line { line: number, reason };
        match words[..] {
            [] => {}
            [session, individual, occasion, detector, ..] => {
                let occasion =
                    occasion.parse().map_err(|_| wrong(format!("not an occasion: `{occasion}`")))?;
                captures.push((session.to_owned(), individual.to_owned(), occasion, detector.to_owned()));
            }
            _ => {
                return Err(wrong(format!(
                    "{} words where session, individual, occasion, detector are wanted",
                    words.len()
                )));
            }
        }
    }
    Ok(captures)
}
