//! When a photo was taken, as far as it says.

use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

/// Wall-clock time of the camera, with its offset from UTC where that is known.
///
/// Two times without an offset are compared as they stand: one camera, one clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CaptureTime {
    /// Date and time as the camera showed them, with sub-seconds.
    pub civil: DateTime,
    /// Offset from UTC, where the photo or the table states it.
    pub offset: Option<Offset>,
}

/// The text is not a capture time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a date and time such as `2024-05-31 14:02:07.5` or `2024-05-31T14:02:07+02:00`: `{0}`")]
pub struct CaptureTimeError(String);

impl CaptureTime {
    /// Seconds on one line for all photos: UTC where the offset is known, else the camera's own clock.
    /// Only differences between photos of one camera or of known offsets mean something.
    pub fn seconds(&self) -> f64 {
        let since_epoch = self.civil.duration_since(jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0));
        let offset = self.offset.map_or(0, Offset::seconds);
        since_epoch.as_secs_f64() - f64::from(offset)
    }
}

impl fmt::Display for CaptureTime {
    /// `2024-05-31T14:02:07.5+02:00`; without the offset where it is not known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
    /// offset (`Z`, `+02:00`); also a date alone (midnight) and EXIF's `2024:05:31 14:02:07`.
    fn from_str(text: &str) -> Result<Self, CaptureTimeError> {
        let refuse = || CaptureTimeError(text.to_owned());
        let text = text.trim();
        let (civil, offset) = split_offset(text).ok_or_else(refuse)?;
        let civil = exif_date_with_hyphens(civil).replacen(' ', "T", 1);
        let civil = match civil.parse::<DateTime>() {
            Ok(civil) => civil,
            Err(_) => civil.parse::<jiff::civil::Date>().map_err(|_| refuse())?.at(0, 0, 0, 0),
        };
        Ok(Self { civil, offset })
    }
}

/// `2024:05:31 …` as `2024-05-31 …`.
fn exif_date_with_hyphens(text: &str) -> String {
    let bytes = text.as_bytes();
    if bytes.len() >= 10 && bytes[4] == b':' && bytes[7] == b':' && text.is_char_boundary(10) {
        format!("{}{}", text[..10].replace(':', "-"), &text[10..])
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
        assert_eq!(read("2024-05-31"), "2024-05-31T00:00:00");
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in
            ["", "yesterday", "2024-13-01", "0000:00:00 00:00:00", "2024-05-31T14:02:07+99:99", "ééééééééé"]
        {
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
