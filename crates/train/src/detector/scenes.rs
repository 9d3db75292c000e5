//! Photos with the boxes of their animals.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use resight_core::{GivenBox, ImageSize, LearntPart, LearntPhoto, LearntRecord, PhotoId, PixelBox};
use resight_dataset::{Row, Table};
use resight_imaging::{Limits, PhotoHeader, Preprocess, photo_id, read_photo};
use resight_model::InputFrame;

use crate::data::DataWarning;
use crate::trainer::TrainError;
use crate::view::ViewJob;

/// Photos with animals that it takes to learn.
const LEAST_PHOTOS: usize = 10;
/// Parts of the photos, so that each is judged by what was learnt from others.
pub(super) const FOLDS: usize = 5;

/// A photo with its animals.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub(super) path: PathBuf,
    pub(super) photo: PhotoId,
    /// Size of the upright photo.
    pub(super) size: ImageSize,
    /// Boxes of the animals, in pixels of the upright photo.
    pub(super) animals: Vec<PixelBox>,
    /// Where the photo lies in the network's input.
    pub(super) frame: InputFrame,
    /// The encounter, else the photo, by number.
    pub(super) group: u32,
    /// Which part it belongs to.
    pub(super) fold: usize,
}

/// All photos.
pub(super) struct Scenes(pub(super) Vec<Scene>);

impl Scenes {
    /// The photos of a table that have boxes. Photos that cannot be read are left out with a warning.
    pub(super) fn of(table: &Table, preprocess: &Preprocess) -> Result<(Self, Vec<DataWarning>), TrainError> {
        let mut places: BTreeMap<&Path, usize> = BTreeMap::new();
        let mut photos: Vec<(&Row, Vec<GivenBox>)> = Vec::new();
        for row in table.rows.iter().filter(|row| !row.boxes.is_empty()) {
            let place = *places.entry(&row.path).or_insert_with(|| {
                photos.push((row, Vec::new()));
                photos.len() - 1
            });
            photos[place].1.extend(&row.boxes);
        }
        let read: Vec<_> = photos.par_iter().map(|(row, boxes)| open(row, boxes, preprocess)).collect();
        let (mut groups, mut warnings, mut scenes) = (BTreeMap::new(), Vec::new(), Vec::new());
        for ((row, _), opened) in photos.iter().zip(read) {
            match opened {
                Ok(mut scene) => {
                    let group = row.encounter.clone().unwrap_or_else(|| row.path.display().to_string());
                    let next = u32::try_from(groups.len()).unwrap_or(u32::MAX);
                    scene.group = *groups.entry(group).or_insert(next);
                    scenes.push(scene);
                }
                Err(message) => warnings.push(DataWarning { about: row.path.display().to_string(), message }),
            }
        }
        if scenes.len() < LEAST_PHOTOS || groups.len() < 2 {
            return Err(TrainError::TooLittle(format!(
                "a detector learns from photos with boxes of their animals, {LEAST_PHOTOS} at least and of two encounters; \
                 there are {} of {}",
                scenes.len(),
                groups.len()
            )));
        }
        deal(&mut scenes);
        Ok((Self(scenes), warnings))
    }

    /// The photos as jobs for the chain of views.
    pub(super) fn jobs(&self) -> Vec<ViewJob> {
        let job = |(row, scene): (u32, &Scene)| ViewJob {
            row,
            path: scene.path.clone(),
            photo: Some(scene.photo),
            region: None,
        };
        (0..).zip(&self.0).map(job).collect()
    }
}

/// What a bundle that learnt from these photos says of it; whom they show nobody knows here.
pub(super) fn learnt(scenes: &[Scene]) -> LearntRecord {
    LearntRecord::new((0..).zip(scenes).map(|(individual, scene)| LearntPhoto {
        photo: scene.photo,
        individual,
        part: LearntPart::Train,
        look: None,
    }))
}

/// What the animals of a table are called: their species where it is one, else what MegaDetector calls them.
pub(super) fn label(table: &Table) -> String {
    let species: BTreeSet<_> =
        table.rows.iter().filter(|row| !row.boxes.is_empty()).map(|row| row.species.as_ref()).collect();
    match species.into_iter().collect::<Vec<_>>()[..] {
        [Some(only)] => only.to_string(),
        _ => "animal".to_owned(),
    }
}

/// Opens a photo as far as its size; the error says why it cannot be.
fn open(row: &Row, boxes: &[GivenBox], preprocess: &Preprocess) -> Result<Scene, String> {
    let limits = Limits::default();
    let bytes = read_photo(&row.path, &limits).map_err(|error| format!("cannot be read: {error}"))?;
    let header = PhotoHeader::read(&bytes, &limits).map_err(|error| error.to_string())?;
    let size = header.full_size;
    let animals: Vec<PixelBox> =
        boxes.iter().filter_map(|given| header.upright_box(given).clamped(size)).collect();
    let frame = InputFrame::of(preprocess, size).ok_or("it has no extent")?;
    if animals.is_empty() {
        return Err("no box lies in the photo".to_owned());
    }
    Ok(Scene { path: row.path.clone(), photo: photo_id(&bytes), size, animals, frame, group: 0, fold: 0 })
}

/// Deals the photos out to the parts, encounters whole, the largest first into the smallest part.
fn deal(scenes: &mut [Scene]) {
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    for scene in scenes.iter() {
        *sizes.entry(scene.group).or_default() += 1;
    }
    let mut groups: Vec<(usize, u32)> = sizes.into_iter().map(|(group, size)| (size, group)).collect();
    groups.sort_by_key(|(size, group)| (std::cmp::Reverse(*size), *group));
    let (mut held, mut part_of) = ([0_usize; FOLDS], BTreeMap::new());
    for (size, group) in groups {
        let part = (0..FOLDS).min_by_key(|part| (held[*part], *part)).unwrap_or(0);
        held[part] += size;
        part_of.insert(group, part);
    }
    for scene in scenes {
        scene.fold = part_of[&scene.group];
    }
}
