//! Field photos: several animals in each, small and large, partly hidden, among boats and bushes; where each is, is known exactly.
//!
//! Groups of one kind are met on outings, photographed several times each, and met again with other companions: an
//! individual is carried by its marks alone, as in a [`World`](crate::World) of portraits.

mod clutter;
mod plan;
mod settings;
mod write;

use image::RgbImage;
use resight_core::CaptureTime;

pub use settings::FieldSettings;

use crate::animal::{AnimalKind, Genome, Side, View};
use crate::camera::{GroupPicture, Sprite, photograph_group};
use crate::error::SynthError;
use crate::exact_math::mix;
use crate::random::Stream;
use crate::scene::{Habitat, Scene};
use crate::shot::Shot;
use crate::world::Encounter;

/// How far whole animals reach from their middle, body units.
const REACH: [f32; 2] = [2.9, 1.9];
/// Animals of which less is seen than this share are in no table.
const LEAST_VISIBLE: f32 = 0.3;
/// Nor are those smaller than this, in pixels of the shorter side.
const LEAST_SIDE: u32 = 10;
/// A sprite is painted with so many texels for a pixel of the photo.
const TEXELS: f32 = 1.1;

/// An animal to be photographed.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldAnimal {
    /// Its number among its kind; with the kind it is the individual.
    pub number: u64,
    /// The animal is none of the catalog's.
    pub is_new: bool,
    /// Which side the camera sees.
    pub side: Side,
    /// How much of it, and from where.
    pub view: View,
    /// Where it is, how large and how turned.
    pub shot: Shot,
}

/// A photo to be taken.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldPhoto {
    /// Its id, such as `f00042`.
    pub image_id: String,
    /// Its encounter, counted through [`FieldWorld::encounters`].
    pub encounter: usize,
    /// When it is taken.
    pub time: CaptureTime,
    /// The lens, and where the camera points.
    pub shot: Shot,
    /// The animals, the farthest first.
    pub animals: Vec<FieldAnimal>,
    /// Seed of what is there besides animals.
    pub clutter_seed: u64,
}

/// An animal as the photo shows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeenAnimal {
    /// Which of the photo's animals.
    pub animal: usize,
    /// Left, top, width and height of what is seen of it, pixels.
    pub bounds: [u32; 4],
    /// The share of it in the picture that nothing hides, 0 to 1; stalks and particles right before the camera do not count.
    pub visible: f32,
}

/// A photo that was taken.
#[derive(Debug, Clone)]
pub struct FieldPicture {
    /// The picture.
    pub picture: RgbImage,
    /// The animals that can be seen.
    pub animals: Vec<SeenAnimal>,
    /// Row by row, which of the photo's animals a pixel shows, counted from 1; 0 where it shows none.
    pub mask: Vec<u8>,
}

/// Planned field photos; they are rendered when asked for.
///
/// # Example
///
/// ```
/// use resight_synth::{FieldSettings, FieldWorld};
/// let settings = FieldSettings { outings: 1, width: 96, height: 72, ..FieldSettings::default() };
/// let world = FieldWorld::new(7, settings)?;
/// let seen = world.render(&world.photos()[0]);
/// assert_eq!((seen.picture.width(), seen.mask.len()), (96, 96 * 72));
/// # Ok::<(), resight_synth::SynthError>(())
/// ```
#[derive(Debug, Clone)]
pub struct FieldWorld {
    seed: u64,
    settings: FieldSettings,
    encounters: Vec<Encounter>,
    photos: Vec<FieldPhoto>,
}

impl FieldWorld {
    /// Plans the photos of `seed`. Nothing is rendered yet.
    ///
    /// # Errors
    ///
    /// Settings that describe no photo at all, or a picture of no or of absurd size.
    pub fn new(seed: u64, settings: FieldSettings) -> Result<Self, SynthError> {
        settings.check()?;
        let (encounters, photos) = plan::plan(seed, &settings);
        Ok(Self { seed, settings, encounters, photos })
    }

    /// All encounters in order of time. Each is of a group: its number and side are those of no animal.
    pub fn encounters(&self) -> &[Encounter] {
        &self.encounters
    }

    /// All photos in order of time.
    pub fn photos(&self) -> &[FieldPhoto] {
        &self.photos
    }

    /// The encounter that a photo belongs to.
    pub fn encounter_of(&self, photo: &FieldPhoto) -> &Encounter {
        &self.encounters[photo.encounter]
    }

    /// The name of an animal in the table, such as `zebra-07`.
    pub fn identity(&self, photo: &FieldPhoto, animal: &FieldAnimal) -> String {
        Encounter::identity_of(self.encounter_of(photo).kind, animal.number)
    }

    /// Takes a photo.
    pub fn render(&self, photo: &FieldPhoto) -> FieldPicture {
        let encounter = self.encounter_of(photo);
        let habitat = Habitat::of(encounter.kind);
        let variety = self.settings.difficulty.ranges().weather;
        let scene = Scene::new(self.seed, habitat, encounter.place, encounter.outing, variety);
        let mut sprites: Vec<(Option<usize>, Sprite)> = Vec::new();
        for (number, animal) in photo.animals.iter().enumerate() {
            sprites.push((Some(number), self.animal(encounter.kind, animal, &scene)));
        }
        sprites.extend(self.clutter(photo, habitat, &scene).into_iter().map(|sprite| (None, sprite)));
        // What is farther away is smaller.
        sprites.sort_by(|one, other| one.1.shot.scale.total_cmp(&other.1.shot.scale));
        let (whose, sprites): (Vec<Option<usize>>, Vec<Sprite>) = sprites.into_iter().unzip();
        let size = (self.settings.width, self.settings.height);
        let taken = photograph_group(&sprites, &scene, &photo.shot, size);
        seen(taken, &whose, self.settings.width)
    }

    fn per_unit(&self, shot: &Shot) -> f32 {
        (TEXELS * shot.scale * 0.5 * self.settings.height as f32).clamp(12.0, 480.0)
    }

    fn animal(&self, kind: AnimalKind, animal: &FieldAnimal, scene: &Scene) -> Sprite {
        let genome = Genome {
            world_seed: self.seed,
            kind,
            number: animal.number,
            distinctiveness: self.settings.difficulty.ranges().distinctiveness,
            whole_edges: false,
        };
        let body = genome.paint(animal.view, animal.side, self.per_unit(&animal.shot), REACH);
        let is_fin = kind == AnimalKind::DorsalFin && animal.view == View::Part;
        let mut counts = if is_fin { FIN } else { [-REACH[0], -REACH[1], REACH[0], REACH[1]] };
        if animal.side == Side::Right {
            (counts[0], counts[2]) = (-counts[2], -counts[0]);
        }
        let grass =
            if Habitat::of(kind) == Habitat::Savanna { 0.04 + 0.3 * animal.shot.occlusion } else { 0.0 };
        Sprite { body, shot: animal.shot, counts: Some(counts), veil: veil(scene, &animal.shot), grass }
    }

    fn clutter(&self, photo: &FieldPhoto, habitat: Habitat, scene: &Scene) -> Vec<Sprite> {
        let mut stream = Stream::new(photo.clutter_seed, "clutter", &[]);
        let count = stream.count(0, if habitat == Habitat::Savanna { 5 } else { 3 });
        (0..count)
            .map(|_| {
                let mut shot =
                    Shot { yaw: 0.0, pitch: 0.0, roll: 0.0, occlusion: 0.0, submersion: 0.0, ..photo.shot };
                let aspect = self.settings.width as f32 / self.settings.height as f32;
                plan::place(&mut shot, &mut stream, scene.horizon(), aspect, habitat);
                clutter::draw(&mut stream, habitat, shot, self.per_unit(&shot), veil(scene, &shot))
            })
            .collect()
    }
}

/// The rectangle of the portrait's body points that belongs to a fin and not to the back under it, the animal looking to the left.
const FIN: [f32; 4] = [-1.0, -1.9, 0.95, 0.32];

/// How much of the water's own light lies over a body: the smaller, the farther.
fn veil(scene: &Scene, shot: &Shot) -> f32 {
    let far = (1.0 - shot.scale / 0.6).clamp(0.0, 1.0);
    mix(scene.veil(), 0.85, 0.7 * far * far)
}

/// What is seen of each animal.
fn seen(taken: GroupPicture, whose: &[Option<usize>], width: u32) -> FieldPicture {
    let mut mask = vec![0; taken.owners.len()];
    let mut animals = Vec::new();
    for (sprite, animal) in whose.iter().enumerate() {
        let Some(animal) = *animal else { continue };
        let mine = |owner: &u8| usize::from(*owner) == sprite + 1;
        let (mut count, mut edges) = (0usize, [u32::MAX, u32::MAX, 0, 0]);
        for (at, _) in taken.owners.iter().enumerate().filter(|(_, owner)| mine(owner)) {
            let (column, row) = (at as u32 % width, at as u32 / width);
            edges =
                [edges[0].min(column), edges[1].min(row), edges[2].max(column + 1), edges[3].max(row + 1)];
            count += 1;
        }
        let visible = count as f32 / taken.alone[sprite].max(1) as f32;
        let [left, top, right, bottom] = edges;
        if count == 0 || visible < LEAST_VISIBLE || (right - left).min(bottom - top) < LEAST_SIDE {
            continue;
        }
        let number = u8::try_from(animal + 1).unwrap_or(u8::MAX);
        mask.iter_mut().zip(&taken.owners).filter(|(_, owner)| mine(owner)).for_each(|(at, _)| *at = number);
        animals.push(SeenAnimal { animal, bounds: [left, top, right - left, bottom - top], visible });
    }
    animals.sort_by_key(|seen| seen.animal);
    FieldPicture { picture: taken.picture, animals, mask }
}
