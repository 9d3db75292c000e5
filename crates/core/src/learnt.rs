//! What a network has learnt: which photos and individuals, so that what it knows is never taken for evidence of how
//! well it works on what it does not know.
//!
//! A record goes by photos (their bytes, and what they look like), never by names: individuals are renamed and merged,
//! and the same photo has other names elsewhere.

mod index;
mod text;

pub use index::{LearntIndex, LearntOf};
pub use text::{LearntError, MAX_LEARNT_BYTES};

use std::collections::{BTreeMap, BTreeSet};

use crate::PhotoId;

/// What a photo was for while a network was trained. Earlier ones say more: where a photo had two, the first counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LearntPart {
    /// Learnt from.
    Train,
    /// Chose the settings and the moment to stop. The weights were never fitted to it, so it counts as not learnt: what
    /// a choice among a few dozen epochs can take from it is little, and small catalogs have little else to calibrate
    /// by.
    Validation,
    /// Asked once, at the end.
    Test,
    /// Of an individual that was kept back as a whole, so that there are newcomers to calibrate by.
    Newcomer,
}

impl LearntPart {
    /// Every part.
    pub const ALL: [Self; 4] = [Self::Train, Self::Validation, Self::Test, Self::Newcomer];

    /// The word in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
            Self::Newcomer => "newcomer",
        }
    }
}

/// One individual in one photo that training knew of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LearntPhoto {
    /// The photo.
    pub photo: PhotoId,
    /// The individual in it: equal numbers of one record are one individual.
    pub individual: u32,
    /// What it was for.
    pub part: LearntPart,
    /// Its perceptual hash; `None` where it could not be had.
    pub look: Option<u64>,
}

/// The photos that a network learnt from, was validated on and was tested on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LearntRecord {
    /// Sorted; each individual of each photo once.
    photos: Vec<LearntPhoto>,
}

impl LearntRecord {
    /// A record of these photos, in any order. Individuals are numbered anew, from 0 in the order of their first photo;
    /// of two mentions of an individual in a photo, the part that says more counts.
    pub fn new(photos: impl IntoIterator<Item = LearntPhoto>) -> Self {
        let mut each: BTreeMap<(PhotoId, u32), LearntPhoto> = BTreeMap::new();
        for one in photos {
            let kept = each.entry((one.photo, one.individual)).or_insert(one);
            kept.part = kept.part.min(one.part);
            kept.look = kept.look.or(one.look);
        }
        let mut numbers: BTreeMap<u32, u32> = BTreeMap::new();
        let renumbered = each.into_values().map(|one| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            LearntPhoto { individual: *numbers.entry(one.individual).or_insert(next), ..one }
        });
        let mut photos: Vec<LearntPhoto> = renumbered.collect();
        // Within a photo the new numbers need not rise.
        photos.sort_unstable();
        Self { photos }
    }

    /// The photos, sorted.
    pub fn photos(&self) -> &[LearntPhoto] {
        &self.photos
    }

    /// Whether nothing is known of any photo: a network that no resight trained.
    pub fn is_empty(&self) -> bool {
        self.photos.is_empty()
    }

    /// The record of a network that was trained from another trained one: it has learnt what either has.
    ///
    /// Individuals of the two are one where a photo that shows a single individual is in both.
    #[must_use]
    pub fn merged(&self, later: &Self) -> Self {
        let offset = self.photos.iter().map(|one| one.individual + 1).max().unwrap_or(0);
        let (alone, alone_later) = (self.alone(), later.alone());
        let mut same: BTreeMap<u32, u32> = BTreeMap::new();
        for (photo, individual) in &alone_later {
            if let Some(earlier) = alone.get(photo) {
                same.entry(*individual).or_insert(*earlier);
            }
        }
        let theirs = later.photos.iter().map(|one| {
            let individual =
                same.get(&one.individual).copied().unwrap_or(one.individual.saturating_add(offset));
            LearntPhoto { individual, ..*one }
        });
        Self::new(self.photos.iter().copied().chain(theirs))
    }

    /// Photos that show one individual, with that.
    fn alone(&self) -> BTreeMap<PhotoId, u32> {
        let groups = self.photos.chunk_by(|a, b| a.photo == b.photo);
        groups.filter(|group| group.len() == 1).map(|group| (group[0].photo, group[0].individual)).collect()
    }

    /// How many photos were learnt from.
    pub fn n_learnt_photos(&self) -> usize {
        self.learnt().map(|one| one.photo).collect::<BTreeSet<_>>().len()
    }

    /// How many individuals were learnt.
    pub fn n_learnt_individuals(&self) -> usize {
        self.learnt_individuals().len()
    }

    fn learnt(&self) -> impl Iterator<Item = &LearntPhoto> {
        self.photos.iter().filter(|one| one.part == LearntPart::Train)
    }

    fn learnt_individuals(&self) -> BTreeSet<u32> {
        self.learnt().map(|one| one.individual).collect()
    }
}

#[cfg(test)]
mod tests;
