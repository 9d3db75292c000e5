//! A record reads what it wrote and nothing else; look-ups find what was learnt, however it is called.

use super::LearntOf::{Individual, Nothing, Photo};
use super::*;

fn photo(number: u8) -> PhotoId {
    PhotoId([number; 32])
}

fn one(number: u8, individual: u32, part: LearntPart, look: Option<u64>) -> LearntPhoto {
    LearntPhoto { photo: photo(number), individual, part, look }
}

fn record() -> LearntRecord {
    LearntRecord::new([
        one(3, 70, LearntPart::Test, None),
        one(1, 70, LearntPart::Train, Some(0xFF00_FF00_FF00_FF00)),
        one(2, 9, LearntPart::Newcomer, Some(0x0123_4567_89AB_CDEF)),
        one(4, 8, LearntPart::Validation, Some(0)),
    ])
}

#[test]
fn a_record_reads_what_it_wrote() {
    for record in [LearntRecord::default(), record()] {
        assert_eq!(LearntRecord::decode(record.encode().unwrap().as_bytes()), Ok(record));
    }
    let text = record().encode().unwrap();
    assert!(text.starts_with("resight learnt 1\nphoto,look,individual,part\n0101"), "{text}");
    assert!(text.contains(",ff00ff00ff00ff00,0,train\n") && text.contains(",,0,test\n"), "{text}");
}

#[test]
fn anything_else_is_refused() {
    let good = record().encode().unwrap();
    let without_end = good.trim_end().to_owned();
    let lines: Vec<&str> = good.lines().collect();
    let swapped = [lines[0], lines[1], lines[3], lines[2], lines[4], lines[5], ""].join("\n");
    let twice = [lines[0], lines[1], lines[2], lines[2], ""].join("\n");
    let hostile = [
        String::new(),
        "\n".to_owned(),
        without_end,
        swapped,
        twice,
        good.replace(",train", ",learnt"),
        good.replace(",0,", ",7,"),
        good.replace(",0,", ",+0,"),
        good.replace(",0,", ",99999999999,"),
        good.replace("ff00ff00ff00ff00", "FF00FF00FF00FF00"),
        good.replace("ff00ff00ff00ff00", "ff00"),
        good.replace("ff00ff00ff00ff00", "é"),
        good.replace("0101", "zz01"),
        good.replace("learnt 1", "learnt 0"),
        good.replace('\n', "\r\n"),
        format!("{good}\n"),
        good.replace(",test\n", ",test,\n"),
    ];
    for text in hostile {
        assert!(matches!(LearntRecord::decode(text.as_bytes()), Err(LearntError::Line { .. })), "{text}");
    }
    assert!(LearntRecord::decode(&[0xFF; 40]).is_err());
    let newer = LearntRecord::decode(b"resight learnt 2\nwhatever\n").unwrap_err();
    assert!(newer.to_string().contains("update resight"), "{newer}");
    assert_eq!(LearntRecord::decode(&vec![b'a'; MAX_LEARNT_BYTES + 1]), Err(LearntError::TooLong));
}

#[test]
fn no_change_of_a_byte_is_taken_for_another_record() {
    let good = record().encode().unwrap().into_bytes();
    for place in 0..good.len() {
        for bit in 0..8 {
            let mut bytes = good.clone();
            bytes[place] ^= 1 << bit;
            if let Ok(read) = LearntRecord::decode(&bytes) {
                assert_eq!(read.encode().unwrap().into_bytes(), bytes, "byte {place}, bit {bit}");
            }
        }
        assert!(LearntRecord::decode(&good[..place]).is_err() || good[place - 1] == b'\n', "cut at {place}");
    }
}

#[test]
fn photos_are_found_by_their_bytes_and_by_their_look() {
    let index = LearntIndex::new(&record(), 4);
    assert_eq!(index.of(Some(photo(1)), None), LearntOf::Photo);
    assert_eq!(
        index.of(Some(photo(3)), None),
        LearntOf::Individual,
        "asked in the test, but its animal was learnt"
    );
    assert_eq!(index.of(Some(photo(2)), Some(0x0123_4567_89AB_CDEF)), LearntOf::Nothing, "kept back");
    assert_eq!(index.of(Some(photo(4)), Some(0)), LearntOf::Nothing, "validated on");
    let look = 0xFF00_FF00_FF00_FF00_u64;
    assert_eq!(index.of(Some(photo(50)), Some(look ^ 0x8000_0000_0001_0011)), LearntOf::Photo, "4 bits");
    assert_eq!(index.of(Some(photo(50)), Some(look ^ 0x8000_0000_0001_0111)), LearntOf::Nothing, "5 bits");
    assert_eq!(index.of(None, None), LearntOf::Nothing);
}

#[test]
fn by_pieces_the_same_look_alikes_are_found_as_by_comparing_all() {
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state ^ (state >> 29)
    };
    let looks: Vec<u64> = (0..40).map(|_| next()).collect();
    let photos =
        looks.iter().zip(0_u8..).map(|(look, number)| one(number, 0, LearntPart::Train, Some(*look)));
    let record = LearntRecord::new(photos);
    for max_distance in [0, 1, 4, 11, 64, 200] {
        let index = LearntIndex::new(&record, max_distance);
        for (place, look) in looks.iter().enumerate() {
            let asked = (0..place % 14).fold(*look, |asked, _| asked ^ (1 << (next() % 64)));
            let found = index.of(None, Some(asked)) == LearntOf::Photo;
            assert_eq!(found, looks.iter().any(|one| (one ^ asked).count_ones() <= max_distance));
        }
    }
}

#[test]
fn whose_photo_was_learnt_is_learnt_whatever_it_is_called() {
    let index = LearntIndex::new(&record(), 4);
    let rows = [
        (Some(photo(1)), None, Some("Nyx")),
        (Some(photo(60)), Some(5), Some("Nyx")),
        (Some(photo(3)), None, Some("Renamed")),
        (Some(photo(61)), None, Some("Renamed")),
        (Some(photo(2)), None, Some("Kept back")),
        (Some(photo(62)), None, None),
    ];
    assert_eq!(index.of_annotations(&rows), [Photo, Individual, Individual, Individual, Nothing, Nothing]);
}

#[test]
fn a_network_trained_from_a_trained_one_has_learnt_both() {
    let later = LearntRecord::new([
        one(2, 0, LearntPart::Train, None),
        one(9, 0, LearntPart::Test, None),
        one(1, 1, LearntPart::Validation, None),
        one(8, 2, LearntPart::Train, None),
    ]);
    let both = record().merged(&later);
    let of = |number| *both.photos().iter().find(|one| one.photo == photo(number)).unwrap();
    assert_eq!(of(1).part, LearntPart::Train, "learnt once is learnt");
    assert_eq!(of(2).part, LearntPart::Train);
    assert_eq!(of(2).look, Some(0x0123_4567_89AB_CDEF), "what one knew, both know");
    assert_eq!(of(2).individual, of(9).individual, "known by a photo of both");
    assert_eq!(of(1).individual, of(3).individual);
    assert_ne!(of(8).individual, of(1).individual);
    assert_eq!((both.n_learnt_photos(), both.n_learnt_individuals()), (3, 3));
    assert_eq!(record().merged(&LearntRecord::default()), record());
    assert_eq!(LearntRecord::default().merged(&record()), record());
}
