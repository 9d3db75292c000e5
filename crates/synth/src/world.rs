//! A seeded world: who lives in it, when and where each animal is met, and the photos that come of it.

pub(crate) mod plan;
mod settings;

use image::RgbImage;
use rayon::prelude::*;

pub use plan::{Encounter, Photo, Split};
pub use settings::{CountRange, Population, WorldSettings};
pub(crate) use settings::{check_populations, check_range, check_size};

use crate::animal::{Genome, Side, View};
use crate::camera::photograph;
use crate::canvas::Canvas;
use crate::error::SynthError;
use crate::exif::jpeg_with_exif;
use crate::scene::{Habitat, Scene};

/// A planned world; photos are rendered when asked for.
///
/// # Example
///
/// ```
/// use resight_synth::{Population, AnimalKind, World, WorldSettings};
/// let mut settings = WorldSettings::easy();
/// settings.populations = vec![Population { kind: AnimalKind::Fluke, known: 2, newcomers: 1 }];
/// (settings.width, settings.height) = (80, 60);
/// let world = World::new(7, settings)?;
/// let picture = world.render(&world.photos()[0]);
/// assert_eq!(picture.dimensions(), (80, 60));
/// # Ok::<(), resight_synth::SynthError>(())
/// ```
#[derive(Debug, Clone)]
pub struct World {
    seed: u64,
    settings: WorldSettings,
    encounters: Vec<Encounter>,
    photos: Vec<Photo>,
}

impl World {
    /// Plans the world of `seed`. Nothing is rendered yet.
    ///
    /// # Errors
    ///
    /// Settings that describe no photo at all, or a picture of no or of absurd size.
    pub fn new(seed: u64, settings: WorldSettings) -> Result<Self, SynthError> {
        settings.check()?;
        let (encounters, photos) = plan::plan(seed, &settings);
        Ok(Self { seed, settings, encounters, photos })
    }

    /// The seed that everything follows from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// What was asked for.
    pub fn settings(&self) -> &WorldSettings {
        &self.settings
    }

    /// All encounters in order of time; [`Photo::encounter`] counts through them.
    pub fn encounters(&self) -> &[Encounter] {
        &self.encounters
    }

    /// All photos in order of time.
    pub fn photos(&self) -> &[Photo] {
        &self.photos
    }

    /// The encounter that a photo belongs to.
    pub fn encounter_of(&self, photo: &Photo) -> &Encounter {
        &self.encounters[photo.encounter]
    }

    /// What makes the animal of an encounter itself.
    pub fn genome(&self, encounter: &Encounter) -> Genome {
        Genome {
            world_seed: self.seed,
            kind: encounter.kind,
            number: encounter.number,
            distinctiveness: self.settings.difficulty.ranges().distinctiveness,
            whole_edges: self.settings.whole_edges,
        }
    }

    /// Renders a photo of this world.
    pub fn render(&self, photo: &Photo) -> RgbImage {
        self.render_body(photo, &self.paint(self.encounter_of(photo)))
    }

    /// Renders a photo and packs it as a JPEG file whose EXIF says when, where and with what it was taken.
    ///
    /// # Errors
    ///
    /// [`SynthError::Encode`] where the encoder refuses; it does not for sizes that [`World::new`] admits.
    pub fn render_jpeg(&self, photo: &Photo) -> Result<Vec<u8>, SynthError> {
        self.pack(photo, &self.render(photo))
    }

    /// Renders every photo, on all cores, and hands each JPEG file to `sink`, in no fixed order.
    ///
    /// # Errors
    ///
    /// The first error of the encoder or of `sink`.
    pub fn render_all<E>(&self, sink: impl Fn(&Photo, Vec<u8>) -> Result<(), E> + Sync) -> Result<(), E>
    where
        E: From<SynthError> + Send,
    {
        self.photos_by_body().into_par_iter().try_for_each(|photos| {
            let Some(first) = photos.first() else { return Ok(()) };
            let body = self.paint(self.encounter_of(first));
            photos.into_iter().try_for_each(|photo| {
                let picture = self.render_body(photo, &body);
                sink(photo, self.pack(photo, &picture)?)
            })
        })
    }

    /// Photos grouped by what has to be painted once: one individual from one side.
    fn photos_by_body(&self) -> Vec<Vec<&Photo>> {
        let mut groups: std::collections::BTreeMap<_, Vec<&Photo>> = std::collections::BTreeMap::new();
        for photo in &self.photos {
            let encounter = self.encounter_of(photo);
            groups.entry((encounter.kind, encounter.number, encounter.side)).or_default().push(photo);
        }
        groups.into_values().collect()
    }

    fn paint(&self, encounter: &Encounter) -> Canvas {
        let per_unit = (0.5 * self.settings.height as f32).clamp(24.0, 480.0);
        let aspect = self.settings.width as f32 / self.settings.height as f32;
        let reach = self.settings.difficulty.ranges().reach(aspect);
        self.genome(encounter).paint(View::Part, encounter.side, per_unit, reach)
    }

    fn render_body(&self, photo: &Photo, body: &Canvas) -> RgbImage {
        let encounter = self.encounter_of(photo);
        let variety = self.settings.difficulty.ranges().weather;
        let habitat = Habitat::of(encounter.kind);
        let scene = Scene::new(self.seed, habitat, encounter.place, encounter.outing, variety);
        let mut shot = photo.shot;
        shot.shift[0] += encounter.kind.portrait_shift();
        if encounter.side == Side::Right {
            (shot.yaw, shot.shift[0]) = (-shot.yaw, -shot.shift[0]);
        }
        photograph(body, &scene, &shot, self.settings.width, self.settings.height)
    }

    fn pack(&self, photo: &Photo, picture: &RgbImage) -> Result<Vec<u8>, SynthError> {
        jpeg_with_exif(
            picture,
            photo.shot.jpeg_quality,
            self.encounter_of(photo),
            (&photo.image_id, photo.time),
        )
    }
}
