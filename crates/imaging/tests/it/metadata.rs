//! EXIF, right and wrong.

use resight_imaging::{PhotoMetadata, RgbImage, encode_jpeg, encode_png, read_metadata};
use resight_testkit::exif::{self, Directory, Field, Value};

fn text(directory: Directory, tag: u16, text: &str) -> Field {
    (directory, tag, Value::Text(text.to_owned()))
}

fn position(latitude: [(u32, u32); 3], north: &str, longitude: [(u32, u32); 3], east: &str) -> Vec<Field> {
    vec![
        text(Directory::Gps, 1, north),
        (Directory::Gps, 2, Value::Rationals(latitude.to_vec())),
        text(Directory::Gps, 3, east),
        (Directory::Gps, 4, Value::Rationals(longitude.to_vec())),
    ]
}

fn times(original: &str) -> Vec<Field> {
    vec![text(Directory::Exif, 0x9003, original)]
}

fn read(fields: &[Field]) -> PhotoMetadata {
    let jpeg = encode_jpeg(&RgbImage::new(8, 8), 80).unwrap();
    read_metadata(&exif::into_jpeg(&jpeg, &exif::block(fields)))
}

#[test]
fn a_complete_block_is_read_completely() {
    let mut fields = vec![
        text(Directory::Main, 0x010F, "Maker  "),
        text(Directory::Main, 0x0110, "Model 7"),
        exif::orientation(6),
        text(Directory::Exif, 0x9003, "2024:05:31 14:02:07"),
        text(Directory::Exif, 0x9011, "+02:00"),
        text(Directory::Exif, 0x9291, "25"),
        text(Directory::Exif, 0xA431, "SN-0042"),
    ];
    fields.extend(position([(33, 1), (54, 1), (3000, 100)], "S", [(18, 1), (25, 1), (12, 1)], "E"));
    let metadata = read(&fields);
    assert_eq!(metadata.warnings, []);
    assert_eq!(metadata.capture_time.unwrap().to_string(), "2024-05-31T14:02:07.25+02:00");
    assert!((metadata.latitude.unwrap() + (33.0 + 54.0 / 60.0 + 30.0 / 3600.0)).abs() < 1e-9);
    assert!((metadata.longitude.unwrap() - (18.0 + 25.0 / 60.0 + 12.0 / 3600.0)).abs() < 1e-9);
    assert_eq!(metadata.camera_make.as_deref(), Some("Maker"));
    assert_eq!(metadata.camera_model.as_deref(), Some("Model 7"));
    assert_eq!(metadata.camera_serial.as_deref(), Some("SN-0042"));
}

#[test]
fn a_time_without_offset_stays_without() {
    let metadata = read(&times("2024:05:31 14:02:07"));
    assert_eq!(metadata.capture_time.unwrap().to_string(), "2024-05-31T14:02:07");
    assert_eq!(metadata.warnings, []);
}

#[test]
fn a_blank_time_is_no_time_and_a_senseless_one_is_a_warning() {
    assert_eq!(read(&times("    :  :     :  :  ")), PhotoMetadata::default());
    for senseless in ["0000:00:00 00:00:00", "2024:13:45 99:00:00", "2024:05"] {
        let metadata = read(&times(senseless));
        assert_eq!(metadata.capture_time, None, "{senseless}");
        assert_eq!(metadata.warnings.len(), 1, "{senseless}");
        assert!(metadata.warnings[0].to_string().contains("capture time"));
    }
}

#[test]
fn the_digitized_time_serves_where_the_original_is_missing() {
    let metadata = read(&[text(Directory::Exif, 0x9004, "2023:01:02 03:04:05")]);
    assert_eq!(metadata.capture_time.unwrap().to_string(), "2023-01-02T03:04:05");
}

#[test]
fn a_position_that_cannot_be_is_a_warning_and_no_position() {
    let (fine, zero) = ([(10, 1), (0, 1), (0, 1)], [(0, 0), (0, 0), (0, 0)]);
    let wrong = [
        position(zero, "N", zero, "E"),
        position([(91, 1), (0, 1), (0, 1)], "N", fine, "E"),
        position(fine, "N", [(181, 1), (0, 1), (0, 1)], "W"),
        position(fine, "X", fine, "E"),
        position([(u32::MAX, 1), (5, 0), (0, 1)], "N", fine, "E"),
        position(fine, "N", fine, "E")[..2].to_vec(),
    ];
    for fields in wrong {
        let metadata = read(&fields);
        assert_eq!((metadata.latitude, metadata.longitude), (None, None), "{fields:?}");
        assert_eq!(metadata.warnings.len(), 1, "{fields:?}");
    }
}

#[test]
fn degrees_alone_are_enough() {
    let metadata = read(&position([(10, 1), (0, 0), (0, 0)], "N", [(205, 10), (0, 0), (0, 0)], "W"));
    assert_eq!((metadata.latitude, metadata.longitude), (Some(10.0), Some(-20.5)));
}

#[test]
fn png_has_metadata_too() {
    let png = encode_png(&RgbImage::new(8, 8)).unwrap();
    let block = exif::block(&times("2024:05:31 14:02:07"));
    let metadata = read_metadata(&exif::into_png(&png, &block));
    assert_eq!(metadata.capture_time.unwrap().to_string(), "2024-05-31T14:02:07");
}

#[test]
fn no_photo_and_no_block_have_nothing_to_say() {
    for bytes in [&b""[..], b"text", b"\xFF\xD8\xFF"] {
        assert_eq!(read_metadata(bytes), PhotoMetadata::default());
    }
    let plain = encode_jpeg(&RgbImage::new(8, 8), 80).unwrap();
    assert_eq!(read_metadata(&plain), PhotoMetadata::default());
}

#[test]
fn a_block_of_nonsense_is_one_warning() {
    let jpeg = encode_jpeg(&RgbImage::new(8, 8), 80).unwrap();
    let metadata = read_metadata(&exif::into_jpeg(&jpeg, b"nonsense, no TIFF header"));
    assert_eq!(metadata.warnings.len(), 1);
}

#[test]
fn the_satellites_tell_the_time_where_the_camera_does_not() {
    let date = text(Directory::Gps, 29, "2024:05:31");
    let time = (Directory::Gps, 7, Value::Rationals(vec![(14, 1), (2, 1), (753, 100)]));
    let read_time = |fields: &[Field]| read(fields).capture_time.map(|time| time.to_string());
    assert_eq!(read_time(&[date.clone(), time.clone()]).as_deref(), Some("2024-05-31T14:02:07+00:00"));
    assert_eq!(read_time(std::slice::from_ref(&date)).as_deref(), Some("2024-05-31"));
    let mut both = times("2024:05:31 16:02:09");
    both.extend([date, time]);
    assert_eq!(read_time(&both).as_deref(), Some("2024-05-31T16:02:09"));
    assert_eq!(read_time(&[text(Directory::Main, 0x0132, "2025:01:01 10:00:00")]), None);
}

#[test]
fn zero_degrees_both_ways_are_no_place() {
    let nowhere = read(&position([(0, 1); 3], "N", [(0, 1); 3], "E"));
    assert_eq!((nowhere.latitude, nowhere.longitude, nowhere.warnings.len()), (None, None, 1));
    let on_the_equator = read(&position([(0, 1); 3], "N", [(9, 1), (0, 1), (0, 1)], "E"));
    assert_eq!(on_the_equator.latitude, Some(0.0));
}
