//! Made-up animals: crops of one share keypoints that moved together and were seen with some noise.

use super::*;
use crate::made_up::Dice;
use crate::{Descriptors, Features, Keypoint, Room, quantise};

const DIM: usize = 64;

fn room() -> Room {
    Room::new(96, DIM).expect("multiples")
}

fn unit(numbers: &[f32]) -> Vec<i8> {
    let length = numbers.iter().map(|n| n * n).sum::<f32>().sqrt().max(1e-6);
    let mut row = vec![0; numbers.len()];
    quantise(&numbers.iter().map(|n| n / length).collect::<Vec<f32>>(), &mut row);
    row
}

fn direction(dice: &mut Dice) -> Vec<f32> {
    (0..DIM).map(|_| dice.next() - 0.5).collect()
}

/// A crop of an animal: a third of its keypoints are the animal's, somewhat changed and shifted, the others are anything.
fn crop(animal: u64, photo: u64) -> Vec<u8> {
    let (mut own, mut dice) =
        (Dice(animal.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1), Dice(photo << 20 | animal | 1));
    let shift = [dice.next() * 120.0 - 60.0, dice.next() * 120.0 - 60.0];
    let (mut rows, mut keypoints) = (Vec::new(), Vec::new());
    for at in 0..90 {
        let (mark, x, y) = (direction(&mut own), own.next() * 448.0, own.next() * 448.0);
        let (noise, nx, ny) = (direction(&mut dice), dice.next() * 448.0, dice.next() * 448.0);
        if at % 3 == 0 {
            let seen: Vec<f32> = mark.iter().zip(noise).map(|(mark, noise)| mark + 0.6 * noise).collect();
            rows.extend(unit(&seen));
            keypoints.push(Keypoint { x: (x + shift[0]).max(0.0), y: (y + shift[1]).max(0.0) });
        } else {
            rows.extend(unit(&noise));
            keypoints.push(Keypoint { x: nx, y: ny });
        }
    }
    room().pack(&Features { keypoints, descriptors: Descriptors::from_rows(DIM, &rows) })
}

const ANIMALS: u64 = 400;

/// Crops of animals one after the other, three of each.
fn crops() -> Vec<Vec<u8>> {
    (0..ANIMALS).flat_map(|animal| (0..3).map(move |photo| crop(animal, photo))).collect()
}

fn read(crops: &[Vec<u8>]) -> Vec<PackedFeatures<'_>> {
    crops.iter().map(|crop| room().read(crop).expect("just packed")).collect()
}

fn index_of(crops: &[PackedFeatures<'_>], threads: usize) -> FeatureIndex {
    let mut index = FeatureIndex::learn(crops, DIM, 256, threads);
    let count = u32::try_from(crops.len()).expect("some crops");
    index.extend(count, threads, |at| Some(crops[at as usize]));
    index
}

fn bytes_of(index: &FeatureIndex) -> Vec<u8> {
    let mut bytes = Vec::new();
    index.write_to(&[7; 32], &mut bytes).expect("into memory");
    bytes
}

fn read_back(bytes: &[u8]) -> Result<(FeatureIndex, Stamp), IndexFileError> {
    FeatureIndex::read_from(bytes, bytes.len() as u64)
}

/// The crops that have most in common with a query, of those that are admitted and have something.
fn best(scores: &[u32], most: usize, admits: impl Fn(u32) -> bool) -> Vec<u32> {
    let mut found: Vec<u32> =
        (0..).take(scores.len()).filter(|at| scores[*at as usize] > 0 && admits(*at)).collect();
    found.sort_by_key(|at| std::cmp::Reverse(scores[*at as usize]));
    found.truncate(most);
    found
}

#[test]
fn crops_of_one_animal_are_proposed_for_each_other() {
    let crops = crops();
    let packed = read(&crops);
    let index = index_of(&packed, 2);
    assert_eq!((index.len(), index.words()), (1200, 256));
    let mut found = 0;
    for animal in (0..ANIMALS).step_by(10) {
        let asked = crop(animal, 9);
        let asked = room().read(&asked).expect("just packed");
        let listed = best(&index.scores(asked, 2), 24, |_| true);
        assert!(listed.len() <= 24);
        found += listed.iter().filter(|at| u64::from(**at) / 3 == animal).count();
        // Its own are best, and who is not admitted is not proposed.
        let scores = index.scores(asked, 1);
        assert!(listed.windows(2).all(|pair| scores[pair[0] as usize] >= scores[pair[1] as usize]));
        let others = best(&index.scores(asked, 1), 24, |at| u64::from(at) / 3 != animal);
        assert!(others.iter().all(|at| u64::from(*at) / 3 != animal) && others.len() == 24);
    }
    assert!(found >= 114, "{found} of 120 among the best fiftieth");
}

#[test]
fn marks_that_lie_together_count_for_more_than_those_that_lie_anywhere() {
    let crops = crops();
    let packed = read(&crops);
    let mut index = index_of(&packed, 1);
    // The same marks, each moved somewhere else.
    let mut features = packed[0].to_features();
    let mut dice = Dice(5);
    features
        .keypoints
        .iter_mut()
        .for_each(|point| (point.x, point.y) = (dice.next() * 448.0, dice.next() * 448.0));
    let scattered = room().pack(&features);
    let scattered = room().read(&scattered).expect("just packed");
    index.extend(1201, 1, |at| Some(packed.get(at as usize).copied().unwrap_or(scattered)));
    let scores = index.scores(packed[0], 1);
    assert!(scores[0] > 2 * scores[1200] && scores[1200] > 0, "{} {}", scores[0], scores[1200]);
}

#[test]
fn it_is_the_same_at_once_or_one_after_the_other_and_with_any_number_of_threads() {
    let crops = crops();
    let packed = read(&crops);
    let at_once = index_of(&packed, 1);
    let mut grown = FeatureIndex::learn(&packed, DIM, 256, 3);
    for count in [0, 1, 700, 1024, 1025, 1200, 300] {
        grown.extend(count, 2, |at| Some(packed[at as usize]));
    }
    assert!(grown == at_once);
    assert_eq!(grown.scores(packed[5], 1), at_once.scores(packed[5], 3));
}

#[test]
fn a_crop_without_features_is_never_proposed() {
    let crops = crops();
    let packed = read(&crops[..60]);
    let none =
        room().pack(&Features { keypoints: Vec::new(), descriptors: Descriptors::from_rows(DIM, &[]) });
    let none = room().read(&none).expect("just packed");
    let mut index = FeatureIndex::learn(&packed, DIM, 64, 1);
    index.extend(62, 1, |at| match at {
        60 => None,
        61 => Some(none),
        at => Some(packed[at as usize]),
    });
    assert_eq!(index.len(), 62);
    assert_eq!(&index.scores(packed[3], 1)[60..], [0, 0]);
    assert!(best(&index.scores(none, 1), 5, |_| true).is_empty());
    // Of no crops at all there are no words.
    let mut empty = FeatureIndex::learn(&[], DIM, 64, 1);
    empty.extend(3, 1, |at| Some(packed[at as usize]));
    assert_eq!((empty.words(), empty.scores(packed[0], 1)), (0, vec![0; 3]));
    assert!(read_back(&bytes_of(&empty)).is_ok_and(|(read, _)| read == empty));
    // Of another kind nothing can be said.
    let other = Room::new(16, 32).expect("multiples");
    let row = other.pack(&Features { keypoints: Vec::new(), descriptors: Descriptors::from_rows(32, &[]) });
    assert_eq!(index.scores(other.read(&row).expect("just packed"), 1), vec![0; 62]);
}

#[test]
fn what_was_written_is_read() {
    let crops = crops();
    let index = index_of(&read(&crops), 2);
    let bytes = bytes_of(&index);
    let (again, stamp) = read_back(&bytes).expect("just written");
    assert!(again == index);
    assert_eq!(stamp, [7; 32]);
    assert_eq!(bytes.len() as u64, index.file_bytes());
    // As the documentation says.
    let keypoints: u64 = 1200 * 90;
    assert!(index.file_bytes() < 13 * keypoints, "{}", index.file_bytes());
}

#[test]
fn hostile_bytes_are_an_error() {
    let crops = crops();
    let bytes = bytes_of(&index_of(&read(&crops[..40]), 1));
    let refused = |bytes: &[u8]| read_back(bytes).is_err();
    for length in (0..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
        assert!(refused(&bytes[..length]), "cut to {length}");
    }
    assert!(refused(&[&bytes[..], &[0]].concat()), "something behind it");
    assert!(FeatureIndex::read_from(&bytes[..100], bytes.len() as u64).is_err(), "shorter than it says");
    let mut dice = Dice(3);
    for _ in 0..300 {
        let mut changed = bytes.clone();
        let at = (dice.next() * bytes.len() as f32) as usize;
        changed[at] ^= 1 << (dice.next() * 8.0) as u32;
        assert!(refused(&changed), "one bit of byte {at}");
    }
    // With a sum that fits, by whoever means harm.
    let summed = |mut bytes: Vec<u8>| {
        let end = bytes.len() - 32;
        let sum = blake3::hash(&bytes[..end]);
        bytes[end..].copy_from_slice(sum.as_bytes());
        bytes
    };
    assert!(!refused(&summed(bytes.clone())));
    let begins = 48 + 256 * DIM;
    let crops_at = begins + 4 * 257;
    for (at, what) in [
        (6, 3_u8),
        (8, 255),
        (12, 1),
        (13, 255),
        (15, 255),
        (begins, 1),
        (begins + 4, 255),
        (crops_at + 1, 255),
    ] {
        let mut changed = bytes.clone();
        changed[at] = what;
        assert!(refused(&summed(changed)), "byte {at} as {what}");
    }
}
