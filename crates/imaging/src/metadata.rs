//! When and where a photo was taken, and with what, as its EXIF block says.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::civil::{DateTime, Time};
use jiff::tz::Offset;
use resight_core::CaptureTime;
use serde::{Deserialize, Serialize};

use crate::exif;
use crate::format::Format;
use crate::tiff_fields::{Directory, Fields, Tag, Value};

/// Longer texts are no name of a camera and no time: they are left out.
const LONGEST_TEXT: usize = 256;

/// What a photo says about itself. Every part may be missing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PhotoMetadata {
    /// When it was taken, by the camera's clock (`DateTimeOriginal`, else `DateTimeDigitized`; with
    /// sub-seconds and offset from UTC where stated), else by that of the satellites. When the file was changed last says
    /// nothing of that and is never asked.
    pub capture_time: Option<CaptureTime>,
    /// Degrees north, -90 to 90.
    pub latitude: Option<f64>,
    /// Degrees east, -180 to 180.
    pub longitude: Option<f64>,
    /// Who made the camera.
    pub camera_make: Option<String>,
    /// Which camera it was.
    pub camera_model: Option<String>,
    /// Serial number of the camera's body.
    pub camera_serial: Option<String>,
    /// What was there but could not be understood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<MetadataWarning>,
}

/// A part of the metadata that is there but makes no sense; the part is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataWarning {
    /// Which part, such as "GPS position".
    pub part: String,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for MetadataWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} cannot be used: {}", self.part, self.reason)
    }
}

impl PhotoMetadata {
    fn warn(&mut self, part: &str, reason: impl Into<String>) {
        self.warnings.push(MetadataWarning { part: part.to_owned(), reason: reason.into() });
    }
}

/// Reads the EXIF block of a photo. Never fails: what is missing is `None`, what makes no sense is `None`
/// with a warning, and a file without EXIF (or that is no photo) has nothing to say.
pub fn read_metadata(bytes: &[u8]) -> PhotoMetadata {
    let Some(format) = Format::of(bytes) else { return PhotoMetadata::default() };
    let opened =
        catch_unwind(AssertUnwindSafe(|| exif::open(bytes, format).map(|fields| fields.map(Reading::read))));
    let reason = match opened {
        Ok(Ok(metadata)) => return metadata.unwrap_or_default(),
        Ok(Err(reason)) => reason,
        Err(_) => "the EXIF reader failed on it".to_owned(),
    };
    let mut metadata = PhotoMetadata::default();
    metadata.warn("EXIF block", reason);
    metadata
}

const MAKE: Tag = Tag(Directory::Main, 0x010F);
const MODEL: Tag = Tag(Directory::Main, 0x0110);
const BODY_SERIAL: Tag = Tag(Directory::Details, 0xA431);

/// The tags of one way of saying when: time, sub-seconds, offset. First the moment of taking, then of digitizing.
const TIMES: [[Tag; 3]; 2] = [
    [Tag(Directory::Details, 0x9003), Tag(Directory::Details, 0x9291), Tag(Directory::Details, 0x9011)],
    [Tag(Directory::Details, 0x9004), Tag(Directory::Details, 0x9292), Tag(Directory::Details, 0x9012)],
];

const GPS_TIME: Tag = Tag(Directory::Position, 7);
const GPS_DATE: Tag = Tag(Directory::Position, 29);
const LATITUDE_LETTER: Tag = Tag(Directory::Position, 1);
const LATITUDE: Tag = Tag(Directory::Position, 2);
const LONGITUDE_LETTER: Tag = Tag(Directory::Position, 3);
const LONGITUDE: Tag = Tag(Directory::Position, 4);

/// A block on its way to what it says.
struct Reading<'a> {
    fields: Fields<'a>,
    metadata: PhotoMetadata,
}

impl<'a> Reading<'a> {
    fn read(fields: Fields<'a>) -> PhotoMetadata {
        let mut reading = Self { fields, metadata: PhotoMetadata::default() };
        reading.metadata.camera_make = reading.text(MAKE, "camera's maker");
        reading.metadata.camera_model = reading.text(MODEL, "camera's name");
        reading.metadata.camera_serial = reading.text(BODY_SERIAL, "camera's serial number");
        reading.read_capture_time();
        reading.read_position();
        reading.metadata
    }

    /// The text of a field, on one line; `None` where nothing is left of it, or where it is too long to be meant.
    fn text(&mut self, tag: Tag, part: &str) -> Option<String> {
        let bytes = self.fields.get(tag)?.text()?;
        if bytes.len() > LONGEST_TEXT {
            self.metadata.warn(part, format!("{} letters are more than can be meant", bytes.len()));
            return None;
        }
        let text: String = String::from_utf8_lossy(bytes).chars().filter(|c| is_shown(*c)).collect();
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn read_capture_time(&mut self) {
        const PART: &str = "capture time";
        for [time, sub_seconds, offset] in TIMES {
            let has_digits = |text: &String| text.bytes().any(|byte| byte.is_ascii_digit());
            let Some(text) = self.text(time, PART).filter(has_digits) else { continue };
            let (sub_seconds, offset) = (self.text(sub_seconds, PART), self.text(offset, PART));
            match capture_time(&text, sub_seconds, offset) {
                Ok(found) => {
                    self.metadata.capture_time = Some(found);
                    return;
                }
                Err(reason) => self.metadata.warn(PART, reason),
            }
        }
        self.metadata.capture_time = self.satellite_time();
    }

    /// The time that a receiver of satellites states, in UTC; its day alone where it states no time.
    fn satellite_time(&mut self) -> Option<CaptureTime> {
        let date: CaptureTime = self.text(GPS_DATE, "GPS date")?.parse().ok()?;
        let day = date.day()?;
        let parts = self.fields.get(GPS_TIME).and_then(Value::fractions).into_iter().flatten();
        let parts: Vec<i8> = parts.map_while(whole_part).collect();
        let time = match parts[..] {
            [hour, minute, second] => Time::new(hour, minute, second, 0).ok(),
            _ => None,
        };
        Some(match time {
            Some(time) => CaptureTime::at(day.to_datetime(time), Some(Offset::UTC)),
            None => CaptureTime::on(day),
        })
    }

    fn read_position(&mut self) {
        const PART: &str = "GPS position";
        let (latitude, longitude) = (self.fields.get(LATITUDE), self.fields.get(LONGITUDE));
        if latitude.is_none() && longitude.is_none() {
            return;
        }
        let north = degrees(latitude, self.text(LATITUDE_LETTER, PART), ["N", "S"], 90.0);
        let east = degrees(longitude, self.text(LONGITUDE_LETTER, PART), ["E", "W"], 180.0);
        match (north, east) {
            // What receivers write that do not know where they are: a place in the sea, where no animal was.
            (Ok(0.0), Ok(0.0)) => self.metadata.warn(PART, "0, 0 is no place"),
            (Ok(latitude), Ok(longitude)) => {
                self.metadata.latitude = Some(latitude);
                self.metadata.longitude = Some(longitude);
            }
            (Err(reason), _) => self.metadata.warn(PART, format!("latitude: {reason}")),
            (_, Err(reason)) => self.metadata.warn(PART, format!("longitude: {reason}")),
        }
    }
}

/// Whether a letter is one that is seen: no control letters, which steer a terminal, and no marks of direction,
/// which make a text look like another one.
fn is_shown(c: char) -> bool {
    let steers =
        matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}');
    !c.is_control() && !steers
}

fn capture_time(
    time: &str,
    sub_seconds: Option<String>,
    offset: Option<String>,
) -> Result<CaptureTime, String> {
    let base: CaptureTime = time.parse().map_err(|error| format!("{error}"))?;
    if base.day().is_none() {
        return Err(format!("it states no day: `{time}`"));
    }
    if !base.has_time_of_day() {
        return Ok(base);
    }
    let nanoseconds = sub_seconds.map_or(0, |digits| nanoseconds(&digits));
    let civil = if base.civil.subsec_nanosecond() == 0 {
        with_nanoseconds(base.civil, nanoseconds)
    } else {
        base.civil
    };
    let offset = base.offset.or_else(|| offset.and_then(|text| parse_offset(&text)));
    Ok(CaptureTime::at(civil, offset))
}

fn with_nanoseconds(civil: DateTime, nanoseconds: i32) -> DateTime {
    civil.with().subsec_nanosecond(nanoseconds).build().unwrap_or(civil)
}

/// `"25"` is a quarter of a second: the digits after the decimal point.
fn nanoseconds(digits: &str) -> i32 {
    let digits = digits.bytes().take_while(u8::is_ascii_digit).take(9);
    let padded = digits.chain(std::iter::repeat(b'0')).take(9);
    padded.fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0'))
}

fn parse_offset(text: &str) -> Option<Offset> {
    let with_date: CaptureTime = format!("2000-01-01T00:00:00{text}").parse().ok()?;
    with_date.offset
}

/// The whole part of a small fraction, such as hours; `None` for others.
fn whole_part((numerator, denominator): (u32, u32)) -> Option<i8> {
    i8::try_from(numerator.checked_div(denominator)?).ok()
}

/// Degrees, minutes and seconds with the letter of the hemisphere, as signed degrees.
fn degrees(
    field: Option<Value<'_>>,
    hemisphere: Option<String>,
    [positive, negative]: [&str; 2],
    largest: f64,
) -> Result<f64, String> {
    let parts = field.ok_or("it is missing")?.fractions().ok_or("it is not a number")?;
    let sign = match hemisphere.as_deref().map(str::to_ascii_uppercase).as_deref() {
        Some(letter) if letter == positive => 1.0,
        Some(letter) if letter == negative => -1.0,
        _ => return Err(format!("neither {positive} nor {negative} is stated")),
    };
    let (mut total, mut found) = (0.0, 0);
    for ((numerator, denominator), unit) in parts.zip([1.0, 60.0, 3600.0]) {
        // Cameras write 0/0 for minutes or seconds they do not have; for degrees it means "no position".
        if denominator == 0 && (numerator != 0 || unit == 1.0) {
            return Err("a division by zero".to_owned());
        }
        total += if denominator == 0 { 0.0 } else { f64::from(numerator) / f64::from(denominator) / unit };
        found += 1;
    }
    if found == 0 || total > largest {
        return Err(format!("{total} degrees"));
    }
    Ok(sign * total)
}
