//! Occasions: the periods in which was looked.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{CaptureError, Sighting};

/// More occasions than this no program reads.
const MOST: usize = 5000;

/// The longest table of occasions, in lines.
const MOST_LINES: usize = 100_000;

/// How time is divided where no table says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Division {
    /// Every day on which somebody was seen: whether was looked on other days nobody knows.
    Day,
    /// Every month from the first sighting to the last.
    Month,
    /// Every year from the first sighting to the last.
    Year,
}

/// A period in which was looked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Occasion {
    /// What it is called.
    pub name: String,
    /// Its first day.
    pub first: Date,
    /// Its last day.
    pub last: Date,
    /// How much was looked, in any unit; none where nobody says.
    pub effort: Option<f64>,
}

/// Periods that follow each other and share no day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Occasions(Vec<Occasion>);

impl Occasions {
    /// Checks and sorts.
    ///
    /// # Errors
    /// None; one that ends before it begins; two that share a day; too many.
    pub fn new(mut occasions: Vec<Occasion>) -> Result<Self, CaptureError> {
        if occasions.is_empty() {
            return Err(CaptureError::Nothing("no occasion"));
        }
        if occasions.len() > MOST {
            return Err(CaptureError::TooManyOccasions { found: occasions.len(), most: MOST });
        }
        occasions.sort_by_key(|occasion| (occasion.first, occasion.last));
        for pair in occasions.windows(2) {
            if pair[1].first <= pair[0].last {
                let [one, other] = [&pair[0].name, &pair[1].name].map(Clone::clone);
                return Err(CaptureError::Overlap { one, other });
            }
        }
        Ok(Self(occasions))
    }

    /// Divides the time of these sightings.
    ///
    /// # Errors
    /// No sighting states its day; too many occasions.
    pub fn dividing(sightings: &[Sighting], by: Division) -> Result<Self, CaptureError> {
        let days: Vec<Date> = sightings.iter().filter_map(|one| one.when?.day()).collect();
        let (Some(first), Some(last)) = (days.iter().min().copied(), days.iter().max().copied()) else {
            return Err(CaptureError::Nothing("no photo of a named individual states its day"));
        };
        let mut all: BTreeMap<Date, Occasion> = BTreeMap::new();
        match by {
            Division::Day => all.extend(days.iter().map(|day| (*day, whole(day.to_string(), *day, *day)))),
            Division::Month | Division::Year => {
                let mut begin = beginning(first, by);
                while begin <= last {
                    let next = following(begin, by);
                    let Some(next) = next else { break };
                    let end = next.yesterday().unwrap_or(begin);
                    let name = match by {
                        Division::Year => format!("{:04}", begin.year()),
                        _ => format!("{:04}-{:02}", begin.year(), begin.month()),
                    };
                    all.insert(begin, whole(name, begin, end));
                    begin = next;
                }
            }
        }
        Self::new(all.into_values().collect())
    }

    /// Reads a table: a line each with `occasion`, `start`, `end` and, if known, `effort`; dates as 2024-05-31.
    ///
    /// # Errors
    /// Names the line that makes no sense; as [`Self::new`].
    pub fn read(table: &str) -> Result<Self, CaptureError> {
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(table.as_bytes());
        let heads = reader.headers().map_err(|error| unreadable(1, &error))?.clone();
        let column = |names: &[&str]| {
            heads.iter().position(|head| names.iter().any(|name| head.eq_ignore_ascii_case(name)))
        };
        let wanted = |names: &[&str]| {
            let reason = || {
                format!(
                    "no column `{}` (columns found: {})",
                    names[0],
                    heads.iter().collect::<Vec<_>>().join(", ")
                )
            };
            column(names).ok_or_else(|| CaptureError::Line { line: 1, reason: reason() })
        };
        let (start, end) = (wanted(&["start", "first", "from"])?, wanted(&["end", "last", "to"])?);
        let (name, effort) = (column(&["occasion", "name", "season", "survey"]), column(&["effort"]));
        let mut occasions = Vec::new();
        for record in reader.records().take(MOST_LINES) {
            let record = record
                .map_err(|error| unreadable(error.position().map_or(0, csv::Position::line), &error))?;
            let line = record.position().map_or(0, csv::Position::line);
            let wrong = |reason: String| CaptureError::Line { line, reason };
            let cell = |at: usize| record.get(at).unwrap_or_default();
            let day = |at: usize| {
                cell(at)
                    .parse::<Date>()
                    .map_err(|_| wrong(format!("not a date such as 2024-05-31: `{}`", cell(at))))
            };
            let (first, last) = (day(start)?, day(end)?);
            if last < first {
                return Err(wrong(format!("it ends on {last}, before it begins on {first}")));
            }
            let effort = match effort.map(cell).filter(|text| !text.is_empty()) {
                None => None,
                Some(text) => Some(
                    text.parse::<f64>()
                        .ok()
                        .filter(|effort| effort.is_finite() && *effort >= 0.0)
                        .ok_or_else(|| wrong(format!("not an effort of 0 or more: `{text}`")))?,
                ),
            };
            let name = name.map(cell).filter(|name| !name.is_empty());
            let name = name.map_or_else(|| (occasions.len() + 1).to_string(), str::to_owned);
            occasions.push(Occasion { name, first, last, effort });
        }
        Self::new(occasions)
    }

    /// The occasions, the earliest first; never none.
    pub fn all(&self) -> &[Occasion] {
        &self.0
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The place of the occasion that a day belongs to.
    pub fn of(&self, day: Date) -> Option<usize> {
        let place = self.0.partition_point(|occasion| occasion.first <= day).checked_sub(1)?;
        (day <= self.0[place].last).then_some(place)
    }
}

fn whole(name: String, first: Date, last: Date) -> Occasion {
    Occasion { name, first, last, effort: None }
}

fn beginning(day: Date, by: Division) -> Date {
    match by {
        Division::Day => day,
        Division::Month => day.first_of_month(),
        Division::Year => day.first_of_year(),
    }
}

/// The first day of the next one; none at the end of time.
fn following(begin: Date, by: Division) -> Option<Date> {
    let span = match by {
        Division::Day => 1.day(),
        Division::Month => 1.month(),
        Division::Year => 1.year(),
    };
    begin.checked_add(span).ok()
}

fn unreadable(line: u64, error: &csv::Error) -> CaptureError {
    CaptureError::Line { line, reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use resight_core::CaptureTime;

    use super::*;

    fn on(days: &[(i16, i8, i8)]) -> Vec<Sighting> {
        days.iter().map(|(y, m, d)| Sighting::of("a", CaptureTime::on(date(*y, *m, *d)))).collect()
    }

    #[test]
    fn months_without_a_sighting_are_occasions_and_days_without_one_are_none() {
        let seen = on(&[(2023, 11, 30), (2024, 2, 3), (2023, 11, 2)]);
        let months = Occasions::dividing(&seen, Division::Month).unwrap();
        let names: Vec<&str> = months.all().iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["2023-11", "2023-12", "2024-01", "2024-02"]);
        assert_eq!(months.all()[3].last, date(2024, 2, 29));
        assert_eq!(months.of(date(2023, 12, 31)), Some(1));
        assert_eq!(Occasions::dividing(&seen, Division::Day).unwrap().count(), 3);
        let years = Occasions::dividing(&seen, Division::Year).unwrap();
        assert_eq!(
            (years.count(), years.of(date(2024, 12, 31)), years.of(date(2025, 1, 1))),
            (2, Some(1), None)
        );
        assert!(Occasions::dividing(&[], Division::Day).is_err());
    }

    #[test]
    fn a_table_says_when_was_looked_and_how_much() {
        let table =
            "Occasion,start,end,effort\nspring,2024-03-01,2024-03-20,12.5\nautumn, 2024-09-01 ,2024-09-30,\n";
        let read = Occasions::read(table).unwrap();
        assert_eq!(read.all()[0].effort, Some(12.5));
        assert_eq!((read.all()[1].name.as_str(), read.all()[1].effort), ("autumn", None));
        assert_eq!((read.of(date(2024, 3, 21)), read.of(date(2024, 9, 30))), (None, Some(1)));
    }

    #[test]
    fn what_makes_no_sense_is_told_by_line() {
        for (table, says) in [
            ("start,stop\n", "no column `end`"),
            ("start,end\n2024-03-01,2024-02-01\n", "line 2: it ends on 2024-02-01"),
            ("start,end\n2024-03-01,2024-03-02\n1.4.2024,2024-04-02\n", "line 3: not a date"),
            ("start,end,effort\n2024-03-01,2024-03-02,-1\n", "line 2: not an effort"),
            ("occasion,start,end\na,2024-03-01,2024-03-02\nb,2024-03-02,2024-03-03\n", "`a` and `b` overlap"),
            ("start,end\n", "no occasion"),
        ] {
            let error = Occasions::read(table).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
