//! JPEGs of which a part is missing, though they end as a whole one does.

use std::fs;

use resight_core::ImageSize;
use resight_imaging::{DecodeError, DecodeErrorKind, DecodeSize, Decoded, Limits, decode, encode_jpeg};
use resight_testkit::photos::scene;

use crate::reference_folder;

const END: &[u8] = b"\xFF\xD9";

/// Of each kind of scan one: interleaved, with restarts, grey, four colours, progressive.
fn photos() -> Vec<(&'static str, Vec<u8>)> {
    let names = [
        "jpeg_420",
        "jpeg_restart_420",
        "jpeg_grey",
        "jpeg_cmyk",
        "jpeg_progressive",
        "jpeg_progressive_420",
    ];
    let file = |name: &str| fs::read(reference_folder().join(format!("{name}.jpg"))).unwrap();
    let mut photos: Vec<_> = names.iter().map(|name| (*name, file(name))).collect();
    photos.push(("scene", encode_jpeg(&scene(320, 240, 4), 90).unwrap()));
    photos
}

fn decoded(bytes: &[u8], wanted: u32) -> Result<Decoded, DecodeError> {
    let wanted = match wanted {
        0 => DecodeSize::Full,
        side => DecodeSize::AtLeast(ImageSize { width: side, height: side }),
    };
    decode(bytes, &Limits::default(), wanted)
}

#[test]
fn a_jpeg_cut_anywhere_is_damaged_with_and_without_an_end_marker() {
    for (name, photo) in photos() {
        // Where the pixels begin, so that small files with large tables are cut in their pixels too.
        let scan = photo.windows(2).position(|pair| pair == b"\xFF\xDA").unwrap();
        for percent in [10, 20, 30, 40, 50, 60, 70, 80, 90] {
            for from in [0, scan] {
                let cut = &photo[..from + (photo.len() - from) * percent / 100];
                for bytes in [cut.to_vec(), [cut, END].concat()] {
                    for wanted in [0, 1, 20, 60] {
                        let error = decoded(&bytes, wanted).map(|_| ()).unwrap_err();
                        assert_eq!(error.kind(), DecodeErrorKind::Damaged, "{name} at {percent} %, {wanted}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_message_says_that_a_part_is_missing() {
    let photo = encode_jpeg(&scene(320, 240, 4), 90).unwrap();
    for wanted in [0, 1] {
        let error = decoded(&[&photo[..photo.len() / 2], END].concat(), wanted).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("a part of the picture is missing"), "{error}");
    }
}

#[test]
fn what_is_whole_decodes_without_its_end_and_with_a_tail() {
    for (name, photo) in photos() {
        let without_end = photo.strip_suffix(END).unwrap();
        let with_tail = [&photo, b"\0\0tail of a phone\xFF\xD8\xFF\xDA\xFF".as_slice()].concat();
        for wanted in [0, 1, 60] {
            let whole = decoded(&photo, wanted).unwrap().image;
            assert_eq!(decoded(without_end, wanted).unwrap().image, whole, "{name} without its end");
            assert_eq!(decoded(&with_tail, wanted).unwrap().image, whole, "{name} with a tail");
        }
    }
}
