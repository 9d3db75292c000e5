//! The corpus of hostile and odd photos: each file is right, or refused as stated, and quickly.

use std::fs;
use std::time::{Duration, Instant};

use resight_core::ImageSize;
use resight_imaging::{DecodeSize, Limits, decode, full_size, photo_id, read_metadata};
use resight_testkit::photos::{Expected, make_corpus, oriented_jpeg, scene};

use crate::difference;

#[test]
fn every_file_of_the_corpus_is_right_or_refused_as_stated() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = make_corpus(folder.path(), 7).unwrap();
    assert!(corpus.len() > 70, "only {} files", corpus.len());
    for photo in &corpus {
        let bytes = fs::read(&photo.path).unwrap();
        let wishes = [
            DecodeSize::Full,
            DecodeSize::AtLeast(ImageSize { width: 16, height: 16 }),
            DecodeSize::AtLeast(ImageSize { width: 1, height: 1 }),
        ];
        for wish in wishes {
            let begun = Instant::now();
            let decoded = decode(&bytes, &Limits::default(), wish);
            let found = match &decoded {
                Ok(decoded) => Expected::Right(decoded.full_size),
                Err(error) => Expected::Failure(error.kind()),
            };
            assert_eq!(
                found,
                photo.expected,
                "{:?} ({}), {wish:?}: {:?}",
                photo.path,
                photo.what,
                decoded.err()
            );
            assert!(begun.elapsed() < Duration::from_secs(2), "{:?} took {:?}", photo.path, begun.elapsed());
        }
        if let Expected::Right(size) = photo.expected {
            assert_eq!(full_size(&bytes, &Limits::default()).unwrap(), size, "{:?}", photo.path);
        }
        assert!(read_metadata(&bytes).warnings.is_empty(), "{:?}", photo.path);
    }
}

#[test]
fn the_corpus_is_the_same_for_the_same_seed() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let ids = |folder: &tempfile::TempDir| -> Vec<_> {
        let corpus = make_corpus(folder.path(), 3).unwrap();
        corpus.iter().map(|photo| photo_id(&fs::read(&photo.path).unwrap())).collect()
    };
    assert_eq!(ids(&one), ids(&two));
}

#[test]
fn all_eight_orientations_decode_to_one_picture_at_every_scale() {
    let upright = scene(160, 96, 5);
    for wanted in [(160, 96), (80, 48), (40, 24), (20, 12)] {
        let wish = DecodeSize::AtLeast(ImageSize { width: wanted.0, height: wanted.1 });
        let first = decode(&oriented_jpeg(&upright, 1).unwrap(), &Limits::default(), wish).unwrap();
        assert_eq!(first.image.dimensions(), wanted);
        for number in 2..=8 {
            let jpeg = oriented_jpeg(&upright, number).unwrap();
            let turned = decode(&jpeg, &Limits::default(), wish).unwrap();
            assert_eq!(turned.full_size, ImageSize { width: 160, height: 96 });
            let (_, mean) = difference(&first.image, &turned.image);
            assert!(mean < 1.5, "orientation {number} at {wanted:?}: off by {mean:.2} in the mean");
        }
    }
}
