//! When a photo was taken, as far as it says.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

/// How exactly a moment is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TimePrecision {
    /// The year alone. Month, day and time of day stand at their first and mean nothing.
    Year,
    /// Year and month.
    Month,
    /// The day alone: a date in a table. The time of day stands at midnight and means nothing.
    Day,
    /// Day and time of day.
    TimeOfDay,
}

/// Wall-clock time of the camera, with its offset from UTC where that is known.
///
/// Two times without an offset are compared as they stand: one camera, one clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CaptureTime {
    /// Date and time as the camera showed them, with sub-seconds.
    pub civil: DateTime,
    /// Offset from UTC, where the photo or the table states it.
    pub offset: Option<Offset>,
    /// Whether the time of day is known.
    pub precision: TimePrecision,
}

/// The text is not a capture time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a date and time such as `2024-05-31 14:02:07.5` or `2024-05-31T14:02:07+02:00`: `{0}`")]
pub struct CaptureTimeError(String);

impl CaptureTime {
    /// A moment of which the time of day is known.
    pub fn at(civil: DateTime, offset: Option<Offset>) -> Self {
        Self { civil, offset, precision: TimePrecision::TimeOfDay }
    }

    /// A day of which the time is not known.
    pub fn on(day: Date) -> Self {
        Self { civil: day.at(0, 0, 0, 0), offset: None, precision: TimePrecision::Day }
    }

    /// The day, as the camera's clock shows it, where it is known.
    pub fn day(&self) -> Option<Date> {
        (self.precision >= TimePrecision::Day).then(|| self.civil.date())
    }

    /// Whether this moment lies in the day, the month or the year that the other one states.
    pub fn lies_in(&self, stated: &Self) -> bool {
        let (ours, theirs) = (self.civil, stated.civil);
        self.precision >= stated.precision
            && ours.year() == theirs.year()
            && (stated.precision < TimePrecision::Month || ours.month() == theirs.month())
            && (stated.precision < TimePrecision::Day || ours.day() == theirs.day())
            && (stated.precision < TimePrecision::TimeOfDay || self == stated)
    }

    /// Whether the time of day is known.
    pub fn has_time_of_day(&self) -> bool {
        self.precision == TimePrecision::TimeOfDay
    }

    /// The same day without its time of day.
    #[must_use]
    pub fn without_time_of_day(&self) -> Self {
        if self.has_time_of_day() { Self::on(self.civil.date()) } else { *self }
    }

    /// Seconds on one line for all photos: UTC where the offset is known, else the camera's own clock.
    /// Only differences between photos of one camera or of known offsets mean something.
    pub fn seconds(&self) -> f64 {
        self.civil_seconds() - f64::from(self.offset.map_or(0, Offset::seconds))
    }

    /// The same of a time whose day is known; a month or a year is no moment that others come before or after.
    pub fn seconds_of_a_day(&self) -> Option<f64> {
        self.day().map(|_| self.seconds())
    }

    /// Seconds as the camera's clock counts them, whatever its offset from UTC.
    pub fn civil_seconds(&self) -> f64 {
        self.civil.duration_since(jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0)).as_secs_f64()
    }
}

/// Seconds of times that are compared with each other: on the line of UTC where all state an offset; else all as the
/// cameras' clocks show them, for of clocks at one place those that state no zone agree with those that do.
pub fn one_clock(times: &[Option<CaptureTime>]) -> Vec<Option<f64>> {
    let all_state_an_offset = times.iter().flatten().all(|time| time.offset.is_some());
    let seconds = |time: &CaptureTime| {
        if all_state_an_offset { time.seconds() } else { time.civil_seconds() }
    };
    times.iter().map(|time| time.as_ref().map(seconds)).collect()
}

impl fmt::Display for CaptureTime {
    /// `2024-05-31T14:02:07.5+02:00`; without the offset where it is not known, and as far as it is known: `2024-05-31`, `2024-05`,
    /// `2024`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.civil.date();
        match self.precision {
            TimePrecision::Year => return write!(f, "{:04}", date.year()),
            TimePrecision::Month => return write!(f, "{:04}-{:02}", date.year(), date.month()),
            TimePrecision::Day => return write!(f, "{date}"),
            TimePrecision::TimeOfDay => {}
        }
        write!(f, "{}", self.civil)?;
        if let Some(offset) = self.offset {
            let minutes = offset.seconds() / 60;
            let sign = if minutes < 0 { '-' } else { '+' };
            write!(f, "{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)?;
        }
        Ok(())
    }
}

impl FromStr for CaptureTime {
    type Err = CaptureTimeError;

    /// Reads ISO 8601 date and time, with `T` or a blank between them, with or without sub-seconds and
    /// offset (`Z`, `+02:00`); also a date alone, whose time of day is not known, a month or a year (`2019-07`, `2019`), and EXIF's `2024:05:31 14:02:07`
    /// or `2024/05/31 14:02:07`.
    fn from_str(text: &str) -> Result<Self, CaptureTimeError> {
        let refuse = || CaptureTimeError(text.to_owned());
        let text = text.trim();
        if let Some(coarse) = month_or_year(text) {
            return Ok(coarse);
        }
        let (civil, offset) = split_offset(text).ok_or_else(refuse)?;
        let civil = date_with_hyphens(civil).replacen(' ', "T", 1);
        match civil.parse::<Date>() {
            Ok(day) if !civil.contains('T') => Ok(Self::on(day)),
            _ => Ok(Self::at(civil.parse::<DateTime>().map_err(|_| refuse())?, offset)),
        }
    }
}

/// `2019`, `2019-07`, `2019/07`: as far as that goes. Years are those of photography and of what comes.
fn month_or_year(text: &str) -> Option<CaptureTime> {
    let number = |digits: &str, length: usize| {
        let are_digits = digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit());
        are_digits.then(|| digits.parse::<i16>().ok()).flatten()
    };
    let (year, month) = match text.split_once(['-', '/', ':']) {
        Some((year, month)) => (year, Some(number(month, 2)?)),
        None => (text, None),
    };
    let year = number(year, 4).filter(|year| (1800..2200).contains(year))?;
    let precision = if month.is_some() { TimePrecision::Month } else { TimePrecision::Year };
    let first = Date::new(year, i8::try_from(month.unwrap_or(1)).ok()?, 1).ok()?;
    Some(CaptureTime { precision, ..CaptureTime::on(first) })
}

/// `2024:05:31 …` and `2024/05/31 …` as `2024-05-31 …`.
fn date_with_hyphens(text: &str) -> String {
    let bytes = text.as_bytes();
    let separated = |by: u8| bytes.len() >= 10 && bytes[4] == by && bytes[7] == by;
    if (separated(b':') || separated(b'/')) && text.is_char_boundary(10) {
        format!("{}{}", text[..10].replace([':', '/'], "-"), &text[10..])
    } else {
        text.to_owned()
    }
}

/// Splits a trailing `Z`, `+02:00`, `+0200` or `-05:30` from what stands before it; `None` where the offset is out of range.
fn split_offset(text: &str) -> Option<(&str, Option<Offset>)> {
    if let Some(civil) = text.strip_suffix(['Z', 'z']) {
        return Some((civil, Some(Offset::UTC)));
    }
    // An offset can only follow a time of day, which has a colon; the hyphens of the date come before it.
    let Some(colon) = text.find([' ', 'T']) else { return Some((text, None)) };
    let Some(sign_at) = text[colon..].find(['+', '-']).map(|at| at + colon) else {
        return Some((text, None));
    };
    let digits: String = text[sign_at + 1..].chars().filter(|c| *c != ':').collect();
    if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let minutes = digits[..2].parse::<i32>().ok()? * 60 + digits[2..].parse::<i32>().ok()?;
    let signed = if text.as_bytes()[sign_at] == b'-' { -minutes } else { minutes };
    Some((text[..sign_at].trim_end(), Some(Offset::from_seconds(signed * 60).ok()?)))
}

impl Serialize for CaptureTime {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CaptureTime {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        text.parse::<CaptureTime>().map_or_else(|e| e.to_string(), |t| t.to_string())
    }

    #[test]
    fn reads_the_forms_that_tables_and_cameras_write() {
        assert_eq!(read("2024-05-31 14:02:07"), "2024-05-31T14:02:07");
        assert_eq!(read("2024:05:31 14:02:07.25"), "2024-05-31T14:02:07.25");
        assert_eq!(read("2024-05-31T14:02:07+02:00"), "2024-05-31T14:02:07+02:00");
        assert_eq!(read("2024-05-31T14:02:07-0530"), "2024-05-31T14:02:07-05:30");
        assert_eq!(read("2024-05-31T14:02:07Z"), "2024-05-31T14:02:07+00:00");
        assert_eq!(read("2024/05/31 14:02"), "2024-05-31T14:02:00");
    }

    #[test]
    fn a_date_alone_is_a_day_and_comes_back_as_one() {
        for text in ["2024-05-31", "2024:05:31", "2024/05/31"] {
            let day: CaptureTime = text.parse().expect("a day");
            assert!(!day.has_time_of_day());
            assert_eq!(day.to_string(), "2024-05-31");
        }
        let midnight: CaptureTime = "2024-05-31 00:00:00".parse().expect("a time");
        assert!(midnight.has_time_of_day());
        assert_eq!(midnight.without_time_of_day(), "2024-05-31".parse().expect("a day"));
    }

    #[test]
    fn a_year_or_a_month_is_no_first_of_january() {
        for (text, shown) in [("2019", "2019"), (" 2019-07 ", "2019-07"), ("2019/07", "2019-07")] {
            let coarse: CaptureTime = text.parse().expect("a year or a month");
            assert_eq!((coarse.to_string().as_str(), coarse.day()), (shown, None));
            assert_eq!(coarse.to_string().parse(), Ok(coarse));
            assert!(!coarse.has_time_of_day());
            assert_eq!(coarse.without_time_of_day(), coarse);
        }
        let lies_in = |moment: &str, stated: &str| {
            let read = |text: &str| text.parse::<CaptureTime>().expect("a time");
            read(moment).lies_in(&read(stated))
        };
        assert!(lies_in("2019-07-04 12:00:00", "2019") && lies_in("2019-07-04 12:00:00", "2019-07"));
        assert!(lies_in("2019-07-04 12:00:00", "2019-07-04") && lies_in("2019-07-04", "2019-07"));
        assert!(!lies_in("2019-07-04 12:00:00", "2020") && !lies_in("2019-07-04 12:00:00", "2019-08"));
        assert!(!lies_in("2019", "2019-07"));
    }

    #[test]
    fn clocks_with_and_without_a_zone_are_compared_as_they_show() {
        let times = |texts: [&str; 2]| texts.map(|text| Some(text.parse::<CaptureTime>().expect("a time")));
        let gap = |times: &[Option<CaptureTime>]| {
            let seconds: Vec<f64> = one_clock(times).into_iter().flatten().collect();
            seconds[1] - seconds[0]
        };
        assert_eq!(gap(&times(["2024-05-31T14:00:00+10:00", "2024-05-31T14:05:00"])), 300.0);
        assert_eq!(gap(&times(["2024-05-31T14:00:00+02:00", "2024-05-31T12:05:00Z"])), 300.0);
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in [
            "",
            "yesterday",
            "2024-13",
            "0019",
            "20190",
            "2024-13-01",
            "0000:00:00 00:00:00",
            "2024-05-31T14:02:07+99:99",
            "ééééééééé",
        ] {
            assert!(text.parse::<CaptureTime>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_offset_moves_the_time_line() {
        let zulu: CaptureTime = "2024-05-31T12:00:00Z".parse().expect("a time");
        let paris: CaptureTime = "2024-05-31T14:00:00+02:00".parse().expect("a time");
        assert_eq!(zulu.seconds(), paris.seconds());
    }
}
