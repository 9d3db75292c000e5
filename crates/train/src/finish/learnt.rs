//! What the bundle says that it has learnt.

use std::collections::BTreeMap;

use rayon::prelude::*;
use resight_core::{LearntPart, LearntPhoto, LearntRecord, PhotoId};

use crate::data::division::look;
use crate::data::{Annotation, TrainingData};

/// The photos of a run with their parts, beside what the bundle it started from had learnt.
///
/// `looks` are perceptual hashes that are known already; photos without one are opened. The record depends on the photos,
/// their individuals and parts alone: a run that was taken up again gives the same one.
pub fn learnt(data: &TrainingData, before: &LearntRecord, looks: &BTreeMap<PhotoId, u64>) -> LearntRecord {
    let of = |places: &[u32], part: LearntPart| {
        places.iter().map(move |place| (&data.annotations[*place as usize], part)).collect::<Vec<_>>()
    };
    let mut all: Vec<(&Annotation, LearntPart)> = of(&data.train, LearntPart::Train);
    all.extend(of(&data.validation, LearntPart::Validation));
    all.extend(of(&data.test, LearntPart::Test));
    all.extend(data.newcomers.iter().map(|one| (one, LearntPart::Newcomer)));
    let unknown: BTreeMap<PhotoId, &Annotation> = all
        .iter()
        .filter(|(one, _)| !looks.contains_key(&one.photo))
        .map(|(one, _)| (one.photo, *one))
        .collect();
    let seen: BTreeMap<PhotoId, u64> =
        unknown.into_par_iter().filter_map(|(photo, one)| Some((photo, look(&one.path)?))).collect();
    let photo = |(one, part): (&Annotation, LearntPart)| LearntPhoto {
        photo: one.photo,
        individual: one.individual,
        part,
        look: looks.get(&one.photo).or_else(|| seen.get(&one.photo)).copied(),
    };
    before.merged(&LearntRecord::new(all.into_iter().map(photo)))
}
