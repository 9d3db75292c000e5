//! Finds what would make an evaluation lie, or a catalog wrong.

mod duplicates;
mod labels;
mod sightings;

use std::collections::BTreeMap;

use resight_core::{ImageSize, PhotoId};
use resight_imaging::PerceptualHash;
use serde::Serialize;

use crate::{Row, Split};

pub(crate) use duplicates::UnionFind;
pub use duplicates::duplicate_groups;
pub use sightings::{ImpossibleJourney, TwiceInOnePhoto};

/// What is known about the photo of a row, once it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PhotoFacts {
    /// Hash of the file's bytes.
    pub photo_id: Option<PhotoId>,
    /// What it looks like.
    pub perceptual_hash: Option<PerceptualHash>,
    /// Width and height, upright.
    pub size: Option<ImageSize>,
}

/// How strictly to look.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AuditOptions {
    /// Photos whose perceptual hashes differ in at most this many of 64 bits are near-duplicates.
    ///
    /// The default of 4 was measured on photos of nyalas, lions, right whales, sharks and cattle: it finds 91 %
    /// to 100 % of photos saved again at JPEG quality 40 or at half the size, and groups at most 1 % of the photos
    /// of different individuals by mistake, but 7 % of fins before an empty sky; at 8 a sixth of the cattle (614 of 3,621) are one group.
    pub near_duplicate_distance: u32,
    /// Kilometres an hour that no animal keeps up from one sighting to the next.
    ///
    /// The default of 50 is more than any whale, seal, shark or hoofed animal does for hours; birds do more.
    pub fastest: f64,
}

impl Default for AuditOptions {
    fn default() -> Self {
        Self { near_duplicate_distance: 4, fastest: 50.0 }
    }
}

/// What an audit found. Rows are given by position, individuals and encounters by label; lists are in the
/// order of the table.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Audit {
    /// Annotations looked at.
    pub annotations: usize,
    /// Annotations of unidentified animals.
    pub unidentified: usize,
    /// Annotations without an encounter: no mask can hide their bursts.
    pub without_encounter: usize,
    /// Individuals by how many annotations they have.
    pub class_sizes: ClassSizes,
    /// Individuals that are given more than one species.
    pub species_conflicts: Vec<SpeciesConflict>,
    /// Pairs of sightings of one individual that are too far from each other for the time between them.
    pub impossible_journeys: Vec<ImpossibleJourney>,
    /// Pairs of boxes in one photo that lie apart and are given one name.
    pub twice_in_one_photo: Vec<TwiceInOnePhoto>,
    /// Pairs of boxes in one photo that are one box and are given two names.
    pub one_box_two_names: Vec<[u32; 2]>,
    /// Photos with the same bytes, as groups of rows; rows of one photo that state boxes are no duplicates.
    pub identical_photos: Vec<Vec<u32>>,
    /// Photos that look alike, as groups of rows; the identical ones are among them.
    pub near_duplicates: Vec<Vec<u32>>,
    /// Groups of look-alikes in which more than one individual is named: a wrong label, or a wrong group.
    pub duplicates_across_individuals: Vec<Vec<u32>>,
    /// Boxes that lie wholly outside of their photo.
    pub boxes_outside: Vec<BoxOutside>,
    /// Encounters on both sides of the split.
    pub encounter_leaks: Vec<EncounterLeak>,
    /// Groups of look-alikes on both sides of the split.
    pub duplicate_leaks: Vec<Vec<u32>>,
}

/// How many annotations the individuals have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ClassSizes {
    /// Individuals.
    pub individuals: usize,
    /// Individuals with one annotation.
    pub singletons: usize,
    /// Annotations of the largest.
    pub largest: usize,
    /// From a number of annotations to how many individuals have it.
    pub histogram: BTreeMap<usize, usize>,
}

/// An individual that cannot be two kinds of animal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpeciesConflict {
    /// Its label.
    pub identity: String,
    /// The species, with the number of annotations each.
    pub species: BTreeMap<String, usize>,
}

/// A box that shows nothing of its photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BoxOutside {
    /// The row.
    pub row: u32,
    /// Which of its boxes.
    pub box_index: usize,
}

/// An encounter of one individual on both sides: the queries resemble the gallery more than life allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EncounterLeak {
    /// Label of the encounter.
    pub encounter: String,
    /// Its rows in the gallery.
    pub train: Vec<u32>,
    /// Its rows among the queries.
    pub test: Vec<u32>,
}

/// Looks at a table, at its photos where `facts` are given (one a row), and at a split of it.
/// A leave-one-out division has no sides and so no leaks.
pub fn audit(
    rows: &[Row],
    facts: Option<&[PhotoFacts]>,
    split: Option<&Split>,
    options: AuditOptions,
) -> Audit {
    let mut found = Audit {
        annotations: rows.len(),
        unidentified: rows.iter().filter(|row| row.identity.is_none()).count(),
        without_encounter: rows.iter().filter(|row| row.encounter.is_none()).count(),
        class_sizes: labels::class_sizes(rows),
        species_conflicts: labels::species_conflicts(rows),
        impossible_journeys: sightings::impossible_journeys(rows, options.fastest),
        ..Audit::default()
    };
    let sides =
        split.filter(|split| !split.is_leave_one_out()).map(|split| labels::Sides::of(split, rows.len()));
    if let Some(sides) = &sides {
        found.encounter_leaks = labels::encounter_leaks(rows, sides);
    }
    if let Some(facts) = facts {
        look_at_photos(&mut found, rows, facts, sides.as_ref(), options);
    }
    found
}

fn look_at_photos(
    found: &mut Audit,
    rows: &[Row],
    facts: &[PhotoFacts],
    sides: Option<&labels::Sides>,
    options: AuditOptions,
) {
    found.boxes_outside = labels::boxes_outside(rows, facts);
    found.twice_in_one_photo = sightings::twice_in_one_photo(rows, facts);
    found.one_box_two_names = sightings::one_box_two_names(rows, facts);
    let several_files = |group: &Vec<u32>| labels::shows_several_paths_or_no_boxes(rows, group);
    found.identical_photos = duplicates::identical(facts).into_iter().filter(several_files).collect();
    let groups = duplicates::members(&duplicate_groups(facts, options.near_duplicate_distance));
    found.near_duplicates = groups.into_iter().filter(several_files).collect();
    let several_names = |group: &&Vec<u32>| labels::names_several_individuals(rows, group);
    found.duplicates_across_individuals =
        found.near_duplicates.iter().filter(several_names).cloned().collect();
    if let Some(sides) = sides {
        let straddles = |group: &&Vec<u32>| sides.straddled_by(group);
        found.duplicate_leaks = found.near_duplicates.iter().filter(straddles).cloned().collect();
    }
}

#[cfg(test)]
mod tests;
