//! Photos with the boxes of their animals.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rand::Rng as _;
use rand::seq::IndexedRandom as _;
use rayon::prelude::*;
use resight_core::{GivenBox, ImageSize, LearntPart, LearntPhoto, LearntRecord, PhotoId, PixelBox};
use resight_dataset::{Row, Table};
use resight_imaging::{Limits, PhotoHeader, Preprocess, photo_id, read_photo};
use resight_model::InputFrame;

use crate::data::DataWarning;
use crate::folds::folds;
use crate::generator;
use crate::trainer::TrainError;
use crate::view::ViewJob;

/// Photos with animals that it takes to learn.
const LEAST_PHOTOS: usize = 10;

/// A photo with its animals.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub(super) path: PathBuf,
    pub(super) photo: PhotoId,
    /// Size of the upright photo.
    pub(super) size: ImageSize,
    /// The part of the photo that is looked at; none: all of it.
    pub(super) part: Option<PixelBox>,
    /// Boxes of the animals in it, in pixels of the upright photo.
    pub(super) animals: Vec<PixelBox>,
    /// Animals of which it shows too little: neither there nor not.
    pub(super) cut_off: Vec<PixelBox>,
    /// Where the photo lies in the network's input.
    pub(super) frame: InputFrame,
    /// The encounter, else the photo, by number.
    pub(super) group: u32,
    /// Which part it belongs to.
    pub(super) fold: usize,
}

/// A part of a photo that is looked at more closely has these shares of its sides.
const CLOSER: std::ops::Range<f64> = 0.4..0.75;
/// An animal of which less than this share lies in the part is neither learnt from there nor taken for none.
const LEAST_IN_PART: f64 = 0.25;

impl Scene {
    /// A part of the photo around one of its animals, drawn at random; none where it has no extent.
    fn closer(&self, preprocess: &Preprocess, seed: u64, row: u64) -> Option<Self> {
        let mut random = generator(seed, "parts of photos", &[row]);
        let animal = self.animals.choose(&mut random)?;
        let share = random.random_range(CLOSER);
        let mut along = |start: f64, extent: f64, whole: f64| {
            // As large as the animal at least, which lies in it, and it in the photo.
            let long = (share * whole).max(extent).min(whole);
            let first = random.random_range(0.0..=1.0) * (long - extent).max(0.0);
            ((start - first).clamp(0.0, whole - long), long)
        };
        let (x, width) = along(animal.x, animal.width, f64::from(self.size.width));
        let (y, height) = along(animal.y, animal.height, f64::from(self.size.height));
        let part = PixelBox::at(x, y, width, height);
        let within = |animal: &PixelBox| {
            let [right, bottom] =
                [(animal.x + animal.width).min(x + width), (animal.y + animal.height).min(y + height)];
            let [left, top] = [animal.x.max(x), animal.y.max(y)];
            let kept = PixelBox::at(left, top, (right - left).max(0.0), (bottom - top).max(0.0));
            let share = kept.width * kept.height / (animal.width * animal.height).max(f64::MIN_POSITIVE);
            (share, kept)
        };
        let seen = self.animals.iter().map(within).filter(|(share, _)| *share > 0.0);
        let (enough, little): (Vec<_>, Vec<_>) = seen.partition(|(share, _)| *share >= LEAST_IN_PART);
        let boxes = |of: Vec<(f64, PixelBox)>| of.into_iter().map(|(_, kept)| kept).collect();
        let (animals, cut_off) = (boxes(enough), boxes(little));
        let frame = InputFrame::of_part(preprocess, self.size, Some(&part))?;
        Some(Self { part: Some(part), animals, cut_off, frame, ..self.clone() })
    }
}

/// All photos.
pub(super) struct Scenes(pub(super) Vec<Scene>);

impl Scenes {
    /// The photos of a table that have boxes. Photos that cannot be read are left out with a warning.
    pub(super) fn of(
        table: &Table,
        preprocess: &Preprocess,
        seed: u64,
    ) -> Result<(Self, Vec<DataWarning>), TrainError> {
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
        let grouped: Vec<(u32, usize)> = scenes.iter().map(|scene: &Scene| (scene.group, 0)).collect();
        for (scene, fold) in scenes.iter_mut().zip(folds(&grouped, 1)) {
            scene.fold = fold;
        }
        // Learnt from beside the photos, behind them: the animals larger, and elsewhere in the input.
        let closer = (0..).zip(&scenes).filter_map(|(row, scene)| scene.closer(preprocess, seed, row));
        let closer: Vec<Scene> = closer.collect();
        scenes.extend(closer);
        Ok((Self(scenes), warnings))
    }

    /// The photos as jobs for the chain of views.
    pub(super) fn jobs(&self) -> Vec<ViewJob> {
        let job = |(row, scene): (u32, &Scene)| ViewJob {
            row,
            path: scene.path.clone(),
            photo: Some(scene.photo),
            region: scene.part.map(GivenBox::upright),
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
        boxes.iter().filter_map(|given| header.upright_box(given).bounds().clamped(size)).collect();
    let frame = InputFrame::of(preprocess, size).ok_or("it has no extent")?;
    if animals.is_empty() {
        return Err("no box lies in the photo".to_owned());
    }
    let (path, photo) = (row.path.clone(), photo_id(&bytes));
    Ok(Scene { path, photo, size, part: None, animals, cut_off: Vec::new(), frame, group: 0, fold: 0 })
}

#[cfg(test)]
mod tests {
    use resight_imaging::Fit;
    use resight_testkit::bundles::preprocess;

    use super::*;

    #[test]
    fn a_closer_part_lies_in_the_photo_and_tells_animals_from_what_it_cuts_off() {
        let preprocess = Preprocess { fit: Fit::Letterbox { fill: [127; 3] }, ..preprocess(64, 64) };
        let size = ImageSize { width: 1000, height: 800 };
        let square = |x: f64, y: f64, side: f64| PixelBox::at(x, y, side, side);
        let animals = vec![square(0.0, 0.0, 100.0), square(500.0, 300.0, 200.0), square(940.0, 740.0, 60.0)];
        let scene = Scene {
            path: PathBuf::new(),
            photo: photo_id(b"a photo"),
            size,
            part: None,
            animals: animals.clone(),
            cut_off: Vec::new(),
            frame: InputFrame::of(&preprocess, size).unwrap(),
            group: 0,
            fold: 0,
        };
        let (mut whole, mut cut) = (0, 0);
        for row in 0..100 {
            let closer = scene.closer(&preprocess, 1, row).unwrap();
            let part = closer.part.unwrap();
            assert_eq!(part.clamped(size), Some(part), "it lies in the photo");
            assert!(part.width < 1000.0 && part.height < 800.0);
            for one in closer.animals.iter().chain(&closer.cut_off) {
                assert!(one.x >= part.x && one.x + one.width <= part.x + part.width + 1e-9);
            }
            whole += closer.animals.iter().filter(|one| animals.contains(one)).count();
            cut += closer.cut_off.len();
            assert!(closer.animals.iter().any(|one| animals.contains(one)), "one of them is all there");
        }
        assert!(whole > 100 && cut > 0, "{whole} {cut}");
    }
}
