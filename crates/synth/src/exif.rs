//! The EXIF block of a synthetic photo: camera, time with tenths and offset, position.

use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use resight_core::CaptureTime;

use crate::error::SynthError;
use crate::exif_block::{Directory, Field, Value, block, into_jpeg};
use crate::world::Encounter;

/// Packs a picture as JPEG with the EXIF block of its photo.
pub(crate) fn jpeg_with_exif(
    picture: &RgbImage,
    quality: u8,
    encounter: &Encounter,
    (image_id, time): (&str, CaptureTime),
) -> Result<Vec<u8>, SynthError> {
    let mut plain = Vec::new();
    JpegEncoder::new_with_quality(&mut plain, quality)
        .encode_image(picture)
        .map_err(|source| SynthError::Encode { image_id: image_id.to_owned(), source })?;
    Ok(into_jpeg(&plain, &block(&fields(encounter, time))))
}

fn fields(encounter: &Encounter, time: CaptureTime) -> Vec<Field> {
    let (civil, offset) = (time.civil, encounter.offset.seconds() / 60);
    let stamp = civil.strftime("%Y:%m:%d %H:%M:%S").to_string();
    let tenths = format!("{:03}", civil.subsec_nanosecond() / 1_000_000);
    let sign = if offset < 0 { '-' } else { '+' };
    let zone = format!("{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60);
    let text = |directory, tag, text: &str| (directory, tag, Value::Text(text.to_owned()));
    vec![
        text(Directory::Main, 0x010f, "resight"),
        text(Directory::Main, 0x0110, "Synthetic camera"),
        (Directory::Main, 0x0112, Value::Short(1)),
        text(Directory::Main, 0x0132, &stamp),
        text(Directory::Exif, 0x9003, &stamp),
        text(Directory::Exif, 0x9011, &zone),
        text(Directory::Exif, 0x9291, &tenths),
        text(Directory::Exif, 0xa431, &format!("SYN{:04}", encounter.place + 1)),
        text(Directory::Gps, 0x0001, if encounter.latitude < 0.0 { "S" } else { "N" }),
        (Directory::Gps, 0x0002, angle(encounter.latitude)),
        text(Directory::Gps, 0x0003, if encounter.longitude < 0.0 { "W" } else { "E" }),
        (Directory::Gps, 0x0004, angle(encounter.longitude)),
    ]
}

/// Degrees, minutes and seconds.
fn angle(degrees: f64) -> Value {
    let hundredths = (degrees.abs() * 360_000.0).round() as u32;
    Value::Rationals(vec![(hundredths / 360_000, 1), (hundredths / 6_000 % 60, 1), (hundredths % 6_000, 100)])
}
