//! What a crop looks like, word by word: the signs of what its descriptors have beyond the word.

use super::codebook::{Codebook, Sorter};
use super::shard::Signed;
use crate::products::QueryRows;
use crate::{Keypoint, PackedFeatures};

/// The words of a crop, in their order, each once: descriptors that share a word are added up, and the strongest says where.
/// Every descriptor counts at the `each` words that are nearest to it.
pub(super) fn signed_words(
    features: PackedFeatures<'_>,
    book: &Codebook,
    each: usize,
    sorter: &mut Sorter,
) -> Vec<Signed> {
    let mut keypoints = Vec::new();
    features.keypoints_into(&mut keypoints);
    let mut places: Vec<(u16, u16)> = Vec::with_capacity(features.len() * each);
    let query = QueryRows::of(features.blocks());
    sorter.sort(&query, book, each, |at, word| places.push((word, u16::try_from(at).unwrap_or(u16::MAX))));
    places.sort_unstable();
    let mut beyond = vec![0_i32; book.dim()];
    let mut of_word = |shared: &[(u16, u16)]| {
        let (word, strongest) = shared[0];
        beyond.fill(0);
        for (_, at) in shared {
            for (sum, number) in beyond.iter_mut().zip(features.blocks().row(usize::from(*at))) {
                *sum += i32::from(number);
            }
        }
        let count = i32::try_from(shared.len()).unwrap_or(i32::MAX);
        for (sum, number) in beyond.iter_mut().zip(book.words().blocks().row(usize::from(word))) {
            *sum -= count * i32::from(number);
        }
        Signed { word, signature: signs(&beyond), place: place_of(keypoints[usize::from(strongest)]) }
    };
    places.chunk_by(|one, other| one.0 == other.0).map(&mut of_word).collect()
}

/// A bit for each number: whether it is above zero. Numbers beyond the 64th fold onto the first.
fn signs(numbers: &[i32]) -> u64 {
    (0..64).fold(0, |bits, bit| {
        let sum: i32 = numbers.iter().skip(bit).step_by(64).sum();
        bits | u64::from(sum > 0) << bit
    })
}

fn place_of(keypoint: Keypoint) -> [u8; 2] {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut to a byte")]
    [keypoint.x, keypoint.y].map(|pixels| (pixels / Signed::PIXELS).clamp(0.0, 255.0) as u8)
}
