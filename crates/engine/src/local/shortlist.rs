//! Of a large gallery: which photos a query is compared with, pair by pair.
//!
//! The best by the index of each kind of local features, the best by the embedding, and some photos spread over the gallery.
//! The last say how many matches are usual for this query: so many has, as far as anybody knows, a photo that was not compared.

use resight_core::{AnnotationId, Similarity};
use resight_vector::f16;

use super::LocalGallery;

/// Of how many photos, that all would be compared of, each index proposes one at least: 1,000 of more than 5,000.
const PROPOSED_OF_ALL: usize = 5;

/// Of how many photos one is proposed, where that is more.
const PROPOSED_OF: usize = 50;

/// Of how many photos one says what is usual, up to [`SPREAD`].
const SPREAD_OF: usize = 8;

/// Photos that say what is usual, at most: their median is that of thousands, give or take a match.
const SPREAD: usize = 256;

/// The photos of a gallery that are compared with a query, by their places in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Compared {
    /// Every one.
    All,
    /// Some.
    Listed {
        /// By place: whether it is compared.
        is_listed: Vec<bool>,
        /// Places of those that say what is usual.
        spread: Vec<usize>,
    },
}

/// A photo that may answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MayAnswer {
    pub(crate) annotation: AnnotationId,
    /// How alike the embeddings are.
    pub(crate) embedding: Similarity,
}

impl Compared {
    /// Whether the photo at this place is compared.
    pub(crate) fn has(&self, place: usize) -> bool {
        match self {
            Self::All => true,
            Self::Listed { is_listed, .. } => is_listed.get(place).copied().unwrap_or(false),
        }
    }

    /// How many are compared; none where all are.
    pub(crate) fn count(&self) -> Option<usize> {
        match self {
            Self::All => None,
            Self::Listed { is_listed, .. } => Some(is_listed.iter().filter(|listed| **listed).count()),
        }
    }

    /// Lists one more.
    pub(crate) fn list(&mut self, place: usize) {
        if let Self::Listed { is_listed, .. } = self
            && let Some(listed) = is_listed.get_mut(place)
        {
            *listed = true;
        }
    }

    /// The same photos, by other places: `places` says where each lies among so many.
    pub(crate) fn moved_to(self, places: &[usize], of: usize) -> Self {
        let Self::Listed { is_listed, spread } = self else { return Self::All };
        let mut moved = vec![false; of];
        for (place, _) in places.iter().zip(is_listed).filter(|(_, listed)| *listed) {
            moved[*place] = true;
        }
        Self::Listed { is_listed: moved, spread: spread.into_iter().map(|at| places[at]).collect() }
    }
}

/// How many photos each index proposes of so many, where all of no more than `all_up_to` are compared.
fn n_proposed(photos: usize, all_up_to: usize) -> usize {
    (all_up_to / PROPOSED_OF_ALL).max(photos / PROPOSED_OF)
}

fn n_spread(photos: usize) -> usize {
    SPREAD.min(photos / SPREAD_OF)
}

/// With how many of so many photos a query is compared, about.
pub(crate) fn n_compared(galleries: &[LocalGallery], photos: usize) -> usize {
    if galleries.iter().any(|gallery| photos <= gallery.all_up_to || gallery.index().is_none()) {
        return photos;
    }
    let proposed = galleries.iter().map(|gallery| n_proposed(photos, gallery.all_up_to));
    let closest = proposed.clone().max().unwrap_or(photos) / 2;
    photos.min(proposed.sum::<usize>() + closest + n_spread(photos))
}

/// Which of the photos that may answer are compared with a query, given by its row of each kind of local features that is worth
/// anything. All, where there are few or an index is missing. `threads` search.
pub(crate) fn compared(query: &[(&LocalGallery, &[f16])], photos: &[MayAnswer], threads: usize) -> Compared {
    let mut is_listed = vec![false; photos.len()];
    let mut most = 0;
    for (gallery, row) in query {
        let index = gallery.index().filter(|_| photos.len() > gallery.all_up_to);
        let Some((index, packed)) = index.zip(gallery.form().packed(row)) else { return Compared::All };
        let scores = index.scores(packed, threads);
        // What was stored after the index was made is always compared.
        let score = |photo: &MayAnswer| match gallery.row_number(photo.annotation) {
            Some(row) => {
                usize::try_from(row).ok().and_then(|row| scores.get(row)).copied().unwrap_or(u32::MAX)
            }
            None => 0,
        };
        let scores: Vec<u32> = photos.iter().map(score).collect();
        let proposed = n_proposed(photos.len(), gallery.all_up_to);
        most = most.max(proposed);
        let is_new = |place: &usize| scores[*place] == u32::MAX;
        let n_new = (0..photos.len()).filter(is_new).count();
        list(&mut is_listed, proposed + n_new, |one, other| scores[*other].cmp(&scores[*one]));
    }
    let closest =
        |one: &usize, other: &usize| photos[*one].embedding.closest_first(&photos[*other].embedding);
    if query.is_empty() {
        return Compared::All;
    }
    list(&mut is_listed, most / 2, closest);
    let n_spread = n_spread(photos.len());
    let spread: Vec<usize> = (0..n_spread).map(|at| at * photos.len() / n_spread).collect();
    spread.iter().for_each(|place| is_listed[*place] = true);
    Compared::Listed { is_listed, spread }
}

/// Lists the first `most` places in this order; of equal ones the first.
fn list(is_listed: &mut [bool], most: usize, order: impl Fn(&usize, &usize) -> std::cmp::Ordering) {
    let mut places: Vec<usize> = (0..is_listed.len()).collect();
    if most < places.len() {
        places.select_nth_unstable_by(most, |one, other| order(one, other).then(one.cmp(other)));
        places.truncate(most);
    }
    places.iter().for_each(|place| is_listed[*place] = true);
}

/// Gives what was not counted the usual count: the median of those that were, where all are compared, else of those that are spread
/// over the gallery, for the others were chosen because they have many. `is_usual` says which may have one.
pub(super) fn fill_with_usual(
    counts: &mut [u16],
    counted: &[bool],
    compared: &Compared,
    is_usual: impl Fn(usize) -> bool,
) {
    let missing: Vec<usize> =
        (0..counts.len()).filter(|place| !counted[*place] && is_usual(*place)).collect();
    if missing.is_empty() {
        return;
    }
    let seen = |places: &mut dyn Iterator<Item = usize>| -> Vec<u16> {
        places.filter(|place| counted[*place]).map(|place| counts[place]).collect()
    };
    let mut seen = match compared {
        Compared::All => seen(&mut (0..counts.len())),
        Compared::Listed { spread, .. } => seen(&mut spread.iter().copied()),
    };
    seen.sort_unstable();
    let usual = seen.get(seen.len() / 2).copied().unwrap_or(0);
    missing.into_iter().for_each(|place| counts[place] = usual);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_is_told_by_photos_that_nobody_chose() {
        let spread =
            Compared::Listed { is_listed: vec![true, true, true, false, true, false], spread: vec![2, 4] };
        let counted = [true, true, true, false, true, false];
        let mut counts = [90, 80, 3, 0, 4, 0];
        fill_with_usual(&mut counts, &counted, &spread, |place| place != 5);
        assert_eq!(counts, [90, 80, 3, 4, 4, 0]);
        let mut counts = [90, 80, 3, 0, 4, 0];
        fill_with_usual(&mut counts, &counted, &Compared::All, |_| true);
        assert_eq!(counts, [90, 80, 3, 80, 4, 80]);
        let mut none = [0, 0];
        fill_with_usual(&mut none, &[false, false], &Compared::All, |_| true);
        assert_eq!(none, [0, 0]);
    }

    #[test]
    fn a_large_gallery_is_compared_in_part() {
        assert_eq!([6_000, 50_000, 100_000].map(|photos| n_proposed(photos, 5_000)), [1_000, 1_000, 2_000]);
        let mut is_listed = vec![false; 6];
        let of = [3, 9, 9, 1, 9, 0];
        list(&mut is_listed, 2, |one, other| of[*other].cmp(&of[*one]));
        assert_eq!(is_listed, [false, true, true, false, false, false]);
        let mut listed = Compared::Listed { is_listed, spread: vec![1] }.moved_to(&[9, 8, 7, 6, 5, 4], 10);
        assert_eq!(
            (listed.count(), listed.has(8), listed.has(7), listed.has(9)),
            (Some(2), true, true, false)
        );
        listed.list(9);
        assert!(listed.has(9) && !listed.has(10) && Compared::All.has(10));
        assert_eq!(Compared::All.count(), None);
    }
}
