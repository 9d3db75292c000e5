//! Times in the forms of other programs.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use resight_core::{CaptureTime, TimePrecision};

/// A time as a moment with an offset, and what that left out.
pub(super) struct Moment {
    /// The first second that it can have been, such as `2024-05-31T14:02:07+02:00`.
    pub(super) start: String,
    /// The last one.
    pub(super) end: String,
    /// Both in seconds of UTC, for what comes before what.
    pub(super) seconds: (f64, f64),
    /// The day of the first.
    pub(super) first_day: Date,
    /// The day of the last.
    pub(super) last_day: Date,
    /// Whether the photo says its offset.
    pub(super) offset_is_known: bool,
    /// Whether the time of day is known.
    pub(super) is_exact: bool,
}

/// A time as a moment; where it states no offset, in the given one.
pub(super) fn moment(time: &CaptureTime, where_unknown: Option<Offset>) -> Moment {
    let offset = time.offset.or(where_unknown).unwrap_or(Offset::UTC);
    let last = last_second(time);
    Moment {
        start: with_offset(time.civil, offset),
        end: with_offset(last, offset),
        seconds: (in_seconds(time.civil, offset), in_seconds(last, offset)),
        first_day: time.civil.date(),
        last_day: last.date(),
        offset_is_known: time.offset.is_some(),
        is_exact: time.has_time_of_day(),
    }
}

/// The last second of the day, the month or the year that a time states; itself, where it states the time of day.
fn last_second(time: &CaptureTime) -> DateTime {
    let day = time.civil.date();
    let last_day = match time.precision {
        TimePrecision::TimeOfDay => return time.civil,
        TimePrecision::Day => day,
        TimePrecision::Month => day.last_of_month(),
        TimePrecision::Year => day.last_of_year(),
    };
    last_day.at(23, 59, 59, 0)
}

fn in_seconds(civil: DateTime, offset: Offset) -> f64 {
    CaptureTime::at(civil, Some(offset)).seconds()
}

fn with_offset(civil: DateTime, offset: Offset) -> String {
    let minutes = offset.seconds() / 60;
    let zone = match minutes {
        0 => "Z".to_owned(),
        _ => {
            let sign = if minutes < 0 { '-' } else { '+' };
            format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
        }
    };
    format!("{}{zone}", civil.strftime("%Y-%m-%dT%H:%M:%S"))
}

/// A time with a blank in it and to the second, as far as it is known: `2024-05-31 14:02:07`, `2024-05-31`, `2024`.
pub(super) fn plain(time: &CaptureTime) -> String {
    if time.has_time_of_day() {
        time.civil.strftime("%Y-%m-%d %H:%M:%S").to_string()
    } else {
        time.to_string()
    }
}

/// Whether a time is later than a day that has begun anywhere on Earth at this moment.
pub(super) fn is_after(time: &CaptureTime, now: jiff::Timestamp) -> bool {
    let latest = Offset::constant(14).to_datetime(now).checked_add(1.day());
    latest.is_ok_and(|latest| time.civil > latest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (String, String, bool, bool) {
        let moment = moment(&text.parse().unwrap(), Some(Offset::constant(-3)));
        (moment.start, moment.end, moment.offset_is_known, moment.is_exact)
    }

    #[test]
    fn what_is_known_to_the_year_lasts_a_year() {
        assert_eq!(
            of("2019"),
            ("2019-01-01T00:00:00-03:00".into(), "2019-12-31T23:59:59-03:00".into(), false, false)
        );
        assert_eq!(of("2020-02").1, "2020-02-29T23:59:59-03:00");
        assert_eq!(of("2020-02-03").1, "2020-02-03T23:59:59-03:00");
        let exact = of("2020-02-03T04:05:06.7+05:30");
        assert_eq!(
            exact,
            ("2020-02-03T04:05:06+05:30".into(), "2020-02-03T04:05:06+05:30".into(), true, true)
        );
        assert_eq!(of("2020-02-03T04:05:06Z").0, "2020-02-03T04:05:06Z");
        assert_eq!(plain(&"2020-02-03T04:05:06.7+05:30".parse().unwrap()), "2020-02-03 04:05:06");
        assert_eq!(plain(&"2020-02".parse().unwrap()), "2020-02");
    }
}
