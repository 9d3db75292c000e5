//! Capture histories of a catalog.

use std::path::PathBuf;

use resight_capture::{
    CaptureHistories, Division, EffectOfErrors, HistoryFormat, IdentificationErrors, LeftOut, Occasions,
    Rate, Selection, Summary,
};
use resight_catalog::{Catalog, PairWord};
use resight_files::Output;
use serde::Serialize;

use super::{gather, history_page};
use crate::{EngineError, Session};

/// How time is divided.
#[derive(Debug, Clone, PartialEq)]
pub enum OccasionsBy {
    /// Evenly.
    Time(Division),
    /// As a table says: `occasion`, `start`, `end`, `effort`.
    Table {
        /// Where it lies, for messages.
        path: PathBuf,
        /// All of it.
        text: String,
    },
}

/// What to write, and where.
#[derive(Debug, Clone)]
pub struct HistoryRequest {
    /// The form.
    pub format: HistoryFormat,
    /// What the names of the files begin with.
    pub place: PathBuf,
    /// When was looked.
    pub occasions: OccasionsBy,
    /// Which sightings count.
    pub selection: Selection,
    /// How often names are wrong; else as far as pairs that people reviewed tell.
    pub errors: Option<IdentificationErrors>,
    /// Whether files that are there are written over.
    pub force: bool,
    /// Seed of the populations that are drawn to say what errors do.
    pub seed: u64,
}

/// Pairs of a photo and an individual that people looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct PairsReviewed {
    /// Named photos that somebody compared with their own individual.
    pub own: usize,
    /// Those of them of which somebody said that it is another one.
    pub not_own: usize,
    /// Named photos that somebody compared with another individual.
    pub others: usize,
    /// Those of them of which somebody said that it is the same.
    pub same_as_other: usize,
}

/// How often names are wrong, and who says so.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ErrorRates {
    /// The rates.
    #[serde(flatten)]
    pub rates: IdentificationErrors,
    /// Where they come from, in words.
    pub from: String,
}

/// What was written, or would be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HistoryReport {
    /// The files, the page last; empty where nothing was written.
    pub files: Vec<PathBuf>,
    /// Names of the occasions.
    pub occasions: Vec<String>,
    /// In numbers.
    pub summary: Summary,
    /// Sightings that do not count.
    pub left_out: LeftOut,
    /// What whoever reads the files must know.
    pub notes: Vec<String>,
    /// Pairs that people reviewed.
    pub reviewed: PairsReviewed,
    /// How often names are wrong; none where nothing tells.
    pub errors: Option<ErrorRates>,
    /// What that does to estimates; none where nothing tells, or no estimate can be made.
    pub effect: Option<EffectOfErrors>,
}

impl Session {
    /// Makes the capture histories of the catalog, writes them (unless it is a dry run), and a page beside them.
    ///
    /// # Errors
    /// The catalog or the table of occasions cannot be read; nothing counts; the format cannot hold it; a file is there already.
    pub fn export_histories(
        &self,
        request: &HistoryRequest,
        dry_run: bool,
    ) -> Result<HistoryReport, EngineError> {
        let _span = tracing::info_span!("export_histories").entered();
        let (sightings, reviewed) =
            self.read(|catalog| Ok((gather::sightings(catalog)?, reviewed(catalog)?)))?;
        let occasions = match &request.occasions {
            OccasionsBy::Time(division) => Occasions::dividing(&sightings, *division)?,
            OccasionsBy::Table { path, text } => {
                Occasions::read(text).map_err(|error| EngineError::about(path, error))?
            }
        };
        let histories = CaptureHistories::of(&sightings, occasions, request.selection.clone())?;
        let written = request.format.write(&histories)?;
        let errors = match request.errors {
            Some(rates) => Some(ErrorRates { rates, from: "as you say".to_owned() }),
            None => reviewed.rates(),
        };
        let effect = errors.as_ref().and_then(|errors| errors.rates.effect(&histories, request.seed));
        let mut report = HistoryReport {
            files: Vec::new(),
            occasions: histories.occasions.all().iter().map(|one| one.name.clone()).collect(),
            summary: Summary::of(&histories),
            left_out: histories.left_out,
            notes: written.notes.clone(),
            reviewed,
            errors,
            effect,
        };
        let page = history_page::page(self.folder(), request, &histories, &report)?;
        let page = (".html".to_owned(), page.into_bytes());
        let files = written.files.into_iter().map(|file| (file.ending.to_owned(), file.text.into_bytes()));
        let files: Vec<(PathBuf, Vec<u8>)> =
            files.chain([page]).map(|(ending, bytes)| (beside(&request.place, &ending), bytes)).collect();
        if dry_run {
            return Ok(report);
        }
        // All places are looked at before anything is written.
        let outputs = files.iter().map(|(path, _)| {
            let looked = Output::at(path, request.force, []);
            looked.map_err(|error| EngineError::file("write", path, error))
        });
        let outputs: Vec<Output> = outputs.collect::<Result<_, _>>()?;
        for (output, (path, bytes)) in outputs.iter().zip(files) {
            output.write(&bytes).map_err(|error| EngineError::file("write", &path, error))?;
            report.files.push(path);
        }
        Ok(report)
    }
}

fn beside(place: &std::path::Path, ending: &str) -> PathBuf {
    let mut name = place.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// What people said of named photos, against what they are named.
fn reviewed(catalog: &Catalog) -> Result<PairsReviewed, EngineError> {
    let mut found = PairsReviewed::default();
    for annotation in catalog.annotations()? {
        let Some(named) = annotation.individual else { continue };
        let (mut own, mut others) = (Vec::new(), Vec::new());
        for record in catalog.verdicts_on(annotation.id)? {
            if record.individual == named {
                own.push(record.said.verdict)
            } else {
                others.push(record.said.verdict)
            }
        }
        let speaks = |word: &PairWord| matches!(word, PairWord::Same | PairWord::Different);
        found.own += usize::from(own.iter().any(speaks));
        found.not_own += usize::from(own.contains(&PairWord::Different));
        found.others += usize::from(others.iter().any(speaks));
        found.same_as_other += usize::from(others.contains(&PairWord::Same));
    }
    Ok(found)
}

impl PairsReviewed {
    /// The rates that these say; none where nobody compared anything.
    fn rates(&self) -> Option<ErrorRates> {
        if self.own == 0 || self.others == 0 {
            return None;
        }
        let rates = IdentificationErrors {
            false_matches: share(self.not_own, self.own),
            missed_matches: share(self.same_as_other, self.others),
        };
        let from = format!(
            "of {} named photos compared with their own individual people said of {} that it is another one; of {} compared with \
             others they said of {} that it is the same",
            self.own, self.not_own, self.others, self.same_as_other
        );
        Some(ErrorRates { rates, from })
    }
}

/// A share with its interval of 95 % (E. Wilson, "Probable inference, the law of succession, and statistical inference", 1927).
fn share(of: usize, all: usize) -> Rate {
    const Z: f64 = 1.959_963_984_540_054;
    let (n, p) = (all as f64, of as f64 / all as f64);
    let middle = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    Rate { value: p, low: (middle - half).clamp(0.0, p), high: (middle + half).clamp(p, 1.0) }
}

/// The rates in what `resight evaluate --json` wrote: how often the calibrated answers name known animals wrongly, and call them new.
///
/// # Errors
/// Says what is missing.
pub fn rates_of_evaluation(text: &str) -> Result<IdentificationErrors, String> {
    let summary: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let rate = |name: &str| -> Result<Rate, String> {
        let metric = &summary["metrics"][name];
        serde_json::from_value(metric.clone()).map_err(|_| format!("it has no metric `{name}`"))
    };
    let (false_matches, missed_matches) = (rate("known_false_match")?, rate("known_new")?);
    Ok(IdentificationErrors { false_matches, missed_matches })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_few_are_wide_and_hold_the_value() {
        let few = share(0, 10);
        assert_eq!(few.value, 0.0);
        assert!(few.low == 0.0 && (0.25..0.32).contains(&few.high), "{few:?}");
        let many = share(20, 1000);
        assert!(many.low > 0.012 && many.high < 0.031, "{many:?}");
        assert_eq!(PairsReviewed::default().rates(), None);
    }

    #[test]
    fn an_evaluation_says_how_often_it_is_wrong() {
        let text = r#"{"metrics": {"known_false_match": {"value": 0.02, "low": 0.01, "high": 0.03},
                       "known_new": {"value": 0.1, "low": 0.05, "high": 0.2}}}"#;
        assert_eq!(rates_of_evaluation(text).unwrap().missed_matches.high, 0.2);
        assert_eq!(rates_of_evaluation("{}").unwrap_err(), "it has no metric `known_false_match`");
    }
}
