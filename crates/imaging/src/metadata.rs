//! When and where a photo was taken, and with what, as its EXIF block says.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ::exif::{Exif, Field, In, Tag, Value};
use jiff::civil::DateTime;
use jiff::tz::Offset;
use resight_core::CaptureTime;
use serde::{Deserialize, Serialize};

use crate::exif;
use crate::format::Format;

/// What a photo says about itself. Every part may be missing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PhotoMetadata {
    /// When it was taken, by the camera's clock (`DateTimeOriginal`, else `DateTimeDigitized`; with
    /// sub-seconds and offset from UTC where stated).
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
    let opened = catch_unwind(AssertUnwindSafe(|| exif::open(bytes, format).map(|exif| exif.map(read))));
    let reason = match opened {
        Ok(Ok(metadata)) => return metadata.unwrap_or_default(),
        Ok(Err(reason)) => reason,
        Err(_) => "the EXIF reader failed on it".to_owned(),
    };
    let mut metadata = PhotoMetadata::default();
    metadata.warn("EXIF block", reason);
    metadata
}

fn read(exif: Exif) -> PhotoMetadata {
    let mut metadata = PhotoMetadata {
        camera_make: text(&exif, Tag::Make),
        camera_model: text(&exif, Tag::Model),
        camera_serial: text(&exif, Tag::BodySerialNumber),
        ..PhotoMetadata::default()
    };
    read_capture_time(&exif, &mut metadata);
    read_position(&exif, &mut metadata);
    metadata
}

fn field(exif: &Exif, tag: Tag) -> Option<&Field> {
    exif.get_field(tag, In::PRIMARY)
}

/// The text of a field, without the padding of blanks and zero bytes; `None` where nothing is left.
fn text(exif: &Exif, tag: Tag) -> Option<String> {
    let Value::Ascii(lines) = &field(exif, tag)?.value else { return None };
    let text = String::from_utf8_lossy(lines.first()?);
    let text = text.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    (!text.is_empty()).then(|| text.to_owned())
}

/// The tags of one way of saying when: time, sub-seconds, offset.
const TIMES: [(Tag, Tag, Tag); 2] = [
    (Tag::DateTimeOriginal, Tag::SubSecTimeOriginal, Tag::OffsetTimeOriginal),
    (Tag::DateTimeDigitized, Tag::SubSecTimeDigitized, Tag::OffsetTimeDigitized),
];

fn read_capture_time(exif: &Exif, metadata: &mut PhotoMetadata) {
    for (time, sub_seconds, offset) in TIMES {
        let Some(text) = text(exif, time).filter(|text| text.bytes().any(|byte| byte.is_ascii_digit()))
        else {
            continue;
        };
        match capture_time(&text, self::text(exif, sub_seconds), self::text(exif, offset)) {
            Ok(found) => {
                metadata.capture_time = Some(found);
                return;
            }
            Err(reason) => metadata.warn("capture time", reason),
        }
    }
}

fn capture_time(
    time: &str,
    sub_seconds: Option<String>,
    offset: Option<String>,
) -> Result<CaptureTime, String> {
    let base: CaptureTime = time.parse().map_err(|error| format!("{error}"))?;
    let nanoseconds = sub_seconds.map_or(0, |digits| nanoseconds(&digits));
    let civil = if base.civil.subsec_nanosecond() == 0 {
        with_nanoseconds(base.civil, nanoseconds)
    } else {
        base.civil
    };
    let offset = base.offset.or_else(|| offset.and_then(|text| parse_offset(&text)));
    Ok(CaptureTime { civil, offset })
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

fn read_position(exif: &Exif, metadata: &mut PhotoMetadata) {
    let (latitude, longitude) = (field(exif, Tag::GPSLatitude), field(exif, Tag::GPSLongitude));
    if latitude.is_none() && longitude.is_none() {
        return;
    }
    let north = degrees(latitude, text(exif, Tag::GPSLatitudeRef), ["N", "S"], 90.0);
    let east = degrees(longitude, text(exif, Tag::GPSLongitudeRef), ["E", "W"], 180.0);
    match (north, east) {
        (Ok(latitude), Ok(longitude)) => {
            metadata.latitude = Some(latitude);
            metadata.longitude = Some(longitude);
        }
        (Err(reason), _) => metadata.warn("GPS position", format!("latitude: {reason}")),
        (_, Err(reason)) => metadata.warn("GPS position", format!("longitude: {reason}")),
    }
}

/// Degrees, minutes and seconds with the letter of the hemisphere, as signed degrees.
fn degrees(
    field: Option<&Field>,
    hemisphere: Option<String>,
    [positive, negative]: [&str; 2],
    largest: f64,
) -> Result<f64, String> {
    let field = field.ok_or("it is missing")?;
    let Value::Rational(parts) = &field.value else { return Err("it is not a number".to_owned()) };
    let sign = match hemisphere.as_deref().map(str::to_ascii_uppercase).as_deref() {
        Some(letter) if letter == positive => 1.0,
        Some(letter) if letter == negative => -1.0,
        _ => return Err(format!("neither {positive} nor {negative} is stated")),
    };
    let mut total = 0.0;
    for (part, unit) in parts.iter().zip([1.0, 60.0, 3600.0]) {
        // Cameras write 0/0 for minutes or seconds they do not have; for degrees it means "no position".
        if part.denom == 0 && (part.num != 0 || unit == 1.0) {
            return Err("a division by zero".to_owned());
        }
        total += if part.denom == 0 { 0.0 } else { part.to_f64() / unit };
    }
    if parts.is_empty() || total > largest {
        return Err(format!("{total} degrees"));
    }
    Ok(sign * total)
}
