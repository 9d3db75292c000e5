//! The diary of a world: outings, encounters on them, photos of each.

use jiff::ToSpan;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use resight_core::CaptureTime;

use super::settings::WorldSettings;
use crate::animal::{AnimalKind, Side};
use crate::difficulty::Ranges;
use crate::random::Stream;
use crate::scene::Habitat;
use crate::shot::{Shot, ShotStreams};

/// Which part of the table a photo belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Split {
    /// Photos that the catalog is built from.
    Catalog,
    /// Photos to identify: each known animal's last encounter, and all of the newcomers.
    Query,
}

impl Split {
    /// The word in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Catalog => "catalog",
            Self::Query => "query",
        }
    }
}

/// One animal, met at one place at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Encounter {
    /// Its id in the table, such as `e0042`; it tells nothing of the animal.
    pub id: String,
    /// What kind of animal is met.
    pub kind: AnimalKind,
    /// The animal's number among its kind; with the kind it is the individual.
    pub number: u64,
    /// The animal is none of the catalog's.
    pub is_new: bool,
    /// Which part of the table its photos belong to.
    pub split: Split,
    /// Which side the camera sees.
    pub side: Side,
    /// Number of the place among those of the habitat.
    pub place: u64,
    /// Number of the outing: animals of one habitat met on it share place, day and weather.
    pub outing: u64,
    /// When the encounter begins, on the camera's clock.
    pub start: DateTime,
    /// The clock's offset from UTC.
    pub offset: Offset,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

impl Encounter {
    /// The individual's name in the table, such as `zebra-07`.
    pub fn identity(&self) -> String {
        Self::identity_of(self.kind, self.number)
    }

    /// The name of the individual with this number among its kind.
    pub(crate) fn identity_of(kind: AnimalKind, number: u64) -> String {
        format!("{}-{:02}", kind.name(), number + 1)
    }
}

/// One photo to be taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Photo {
    /// Its id in the table, such as `p00042`.
    pub image_id: String,
    /// Its encounter, counted through [`super::World::encounters`].
    pub encounter: usize,
    /// Which burst of the encounter.
    pub burst: usize,
    /// When it is taken.
    pub time: CaptureTime,
    /// How it is taken.
    pub shot: Shot,
}

/// A day at a place.
pub(crate) struct Outing {
    pub(crate) number: u64,
    place: u64,
    morning: DateTime,
}

impl Outing {
    /// The days spent in a habitat, two to eleven days apart.
    pub(crate) fn of(seed: u64, count: usize, places: usize, habitat: Habitat) -> Vec<Self> {
        let mut stream = Stream::new(seed, "outings", &[habitat as u64]);
        let mut morning = jiff::civil::date(2023, 3, 1).at(7, 0, 0, 0);
        let outing = |number| {
            morning = morning.saturating_add((stream.count(2, 11) as i64).days());
            let place = stream.count(0, places - 1) as u64;
            Self { number: number as u64, place, morning }
        };
        (0..count).map(outing).collect()
    }
}

/// Plans all encounters and photos, in order of time.
pub(super) fn plan(seed: u64, settings: &WorldSettings) -> (Vec<Encounter>, Vec<Photo>) {
    let mut encounters = Vec::new();
    for habitat in Habitat::ALL {
        let count = 2 * settings.encounters.most + 2;
        let outings = Outing::of(seed, count, settings.places, habitat);
        for population in settings.populations.iter().filter(|p| Habitat::of(p.kind) == habitat) {
            for number in 0..population.known + population.newcomers {
                let is_new = number >= population.known;
                encounters.extend(life(seed, settings, population.kind, number as u64, is_new, &outings));
            }
        }
    }
    encounters.sort_by_key(|encounter| (encounter.start, encounter.kind, encounter.number));
    for (index, encounter) in encounters.iter_mut().enumerate() {
        encounter.id = format!("e{:04}", index + 1);
    }
    let mut photos: Vec<Photo> = encounters
        .iter()
        .enumerate()
        .flat_map(|(index, encounter)| photos(seed, settings, index, encounter))
        .collect();
    for (index, photo) in photos.iter_mut().enumerate() {
        photo.image_id = format!("p{:05}", index + 1);
    }
    (encounters, photos)
}

/// All encounters of one animal.
fn life(
    seed: u64,
    settings: &WorldSettings,
    kind: AnimalKind,
    number: u64,
    is_new: bool,
    outings: &[Outing],
) -> Vec<Encounter> {
    let mut stream = Stream::new(seed, "life", &[kind as u64, number]);
    let once = stream.happens(settings.singletons);
    let drawn = stream.count(settings.encounters.least, settings.encounters.most);
    let count = if is_new || once { 1 } else { drawn };
    let mut days: Vec<usize> = (0..outings.len()).collect();
    for index in 0..count {
        let other = stream.count(index, days.len() - 1);
        days.swap(index, other);
    }
    days.truncate(count);
    days.sort_unstable();
    let ranges = settings.difficulty.ranges();
    let meet = |(index, &day): (usize, &usize)| {
        let last = index + 1 == count && count > 1;
        let split = if is_new || last { Split::Query } else { Split::Catalog };
        encounter(seed, kind, number, is_new, split, &outings[day], &ranges)
    };
    days.iter().enumerate().map(meet).collect()
}

/// One meeting with an animal on an outing.
pub(crate) fn encounter(
    seed: u64,
    kind: AnimalKind,
    number: u64,
    is_new: bool,
    split: Split,
    outing: &Outing,
    ranges: &Ranges,
) -> Encounter {
    let habitat = Habitat::of(kind);
    let mut stream = Stream::new(seed, "encounter", &[kind as u64, number, outing.number]);
    let mut place = Stream::new(seed, "position", &[habitat as u64, outing.place]);
    let (latitude, longitude, hours) = match habitat {
        Habitat::Sea => (37.9, -25.6, 0),
        Habitat::Underwater => (-34.6, 19.4, 2),
        Habitat::Savanna => (-19.1, 23.4, 2),
    };
    let mut near = |degrees: f32| f64::from(place.around_zero(0.6) + stream.around_zero(degrees));
    let (north, east) = (near(0.02), near(0.02));
    let right = kind.has_two_sides() && stream.happens(ranges.right_side);
    let side = match (kind.has_two_sides(), right) {
        (false, _) => Side::Behind,
        (true, true) => Side::Right,
        (true, false) => Side::Left,
    };
    let seconds = stream.count(0, 9 * 3600) as i64;
    Encounter {
        id: String::new(),
        kind,
        number,
        is_new,
        split,
        side,
        place: outing.place,
        outing: outing.number,
        start: outing.morning.saturating_add(seconds.seconds()),
        offset: Offset::constant(hours),
        latitude: rounded(latitude + north),
        longitude: rounded(longitude + east),
    }
}

/// To 1e-5 degrees, about a metre, as a table says it.
fn rounded(degrees: f64) -> f64 {
    (degrees * 1e5).round() / 1e5
}

/// The photos of one encounter: bursts a tenth of a second apart, with pauses.
fn photos(seed: u64, settings: &WorldSettings, index: usize, encounter: &Encounter) -> Vec<Photo> {
    let ranges = settings.difficulty.ranges();
    let address = [encounter.kind as u64, encounter.number, encounter.outing];
    let at = |part: u64| [address[0], address[1], address[2], part];
    let mut diary = Stream::new(seed, "photos", &address);
    let count = diary.count(settings.shots.least, settings.shots.most);
    let (mut photos, mut tenths, mut burst) = (Vec::new(), 0, 0);
    let mut left_in_burst = diary.count(settings.burst.least, settings.burst.most);
    let mut burst_start = 0;
    for number in 0..count {
        let streams = ShotStreams {
            encounter: Stream::new(seed, "shot of encounter", &address),
            burst: Stream::new(seed, "shot of burst", &at(burst as u64)),
            photo: Stream::new(seed, "shot of photo", &at(number as u64)),
        };
        let (seconds, in_burst) = (tenths as f32 / 10.0, (tenths - burst_start) as f32 / 10.0);
        let civil = encounter.start.saturating_add((i64::from(tenths) * 100).milliseconds());
        let time = CaptureTime::at(civil, Some(encounter.offset));
        let shot = Shot::draw(&ranges, streams, seconds, in_burst);
        photos.push(Photo { image_id: String::new(), encounter: index, burst, time, shot });
        left_in_burst -= 1;
        tenths += 1;
        if left_in_burst == 0 {
            left_in_burst = diary.count(settings.burst.least, settings.burst.most);
            tenths += diary.count(80, 900) as i32;
            (burst, burst_start) = (burst + 1, tenths);
        }
    }
    photos
}
