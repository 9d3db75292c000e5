//! The diary of a field world: which group is met when, and where everybody is in each photo.

use jiff::ToSpan as _;
use resight_core::CaptureTime;

use super::settings::FieldSettings;
use super::{FieldAnimal, FieldPhoto};
use crate::animal::{AnimalKind, Side, View};
use crate::exact_math::mix;
use crate::random::Stream;
use crate::scene::{Habitat, Scene};
use crate::shot::{Shot, ShotStreams};
use crate::world::plan::{Outing, Split, encounter};
use crate::world::{Encounter, Population};

/// The smallest and the greatest an animal is: picture units for a body unit.
const SCALE: [f32; 2] = [0.09, 0.52];
/// The share of the animals of a group that are turned as the group is.
const TOGETHER: f32 = 0.85;

/// Plans all encounters and photos, in order of time.
pub(super) fn plan(seed: u64, settings: &FieldSettings) -> (Vec<Encounter>, Vec<FieldPhoto>) {
    let mut met: Vec<(Encounter, Vec<FieldPhoto>)> = Vec::new();
    for population in &settings.populations {
        let outings = Outing::of(seed, settings.outings, settings.places, Habitat::of(population.kind));
        for (number, outing) in outings.iter().enumerate() {
            let is_query = settings.outings > 2 && number >= settings.outings - settings.outings / 3;
            met.push(group(seed, settings, population, outing, is_query));
        }
    }
    met.sort_by_key(|(encounter, _)| (encounter.start, encounter.kind));
    let mut photos = Vec::new();
    let mut encounters = Vec::new();
    for (index, (mut encounter, of_group)) in met.into_iter().enumerate() {
        encounter.id = format!("g{:04}", index + 1);
        encounters.push(encounter);
        photos.extend(of_group.into_iter().map(|photo| FieldPhoto { encounter: index, ..photo }));
    }
    for (index, photo) in photos.iter_mut().enumerate() {
        photo.image_id = format!("f{:05}", index + 1);
    }
    (encounters, photos)
}

/// One group, met on one outing.
fn group(
    seed: u64,
    settings: &FieldSettings,
    population: &Population,
    outing: &Outing,
    is_query: bool,
) -> (Encounter, Vec<FieldPhoto>) {
    let (kind, met_on) = (population.kind, Habitat::of(population.kind));
    let ranges = settings.difficulty.ranges();
    let address = [kind as u64, outing.number];
    let mut stream = Stream::new(seed, "group", &address);
    let split = if is_query { Split::Query } else { Split::Catalog };
    let met = encounter(seed, kind, 0, false, split, outing, &ranges);
    let pool = population.known + if is_query { population.newcomers } else { 0 };
    let mut members: Vec<usize> = (0..pool).collect();
    let count = stream.count(settings.group.least, settings.group.most).min(pool);
    for index in 0..count {
        let other = stream.count(index, pool - 1);
        members.swap(index, other);
    }
    members.truncate(count);
    let scene = Scene::new(seed, met_on, met.place, met.outing, ranges.weather);
    let is_night = met_on == Habitat::Savanna && stream.happens(settings.nights);
    let mut tenths = 0;
    let photo = |number: usize| {
        let at = |part: u64| [address[0], address[1], number as u64, part];
        let civil = met.start.saturating_add((i64::from(tenths) * 100).milliseconds());
        let time = CaptureTime::at(civil, Some(met.offset));
        let mut within = Stream::new(seed, "field photo", &at(0));
        tenths += within.count(40, 400) as i32;
        let mut shot = shot(seed, &ranges, &at(0), tenths as f32 / 10.0);
        shot.night = is_night;
        let aspect = settings.width as f32 / settings.height as f32;
        let mut animals: Vec<FieldAnimal> = members
            .iter()
            .map(|&member| {
                let mut of_animal = Stream::new(seed, "animal in the field", &at(1 + member as u64));
                let view = view(settings, kind, &mut of_animal);
                let side = side(kind, met.side, &mut of_animal, settings.all_views);
                let pose = self::shot(seed, &ranges, &at(1 + member as u64), shot.seconds);
                let mut own = Shot { pan: shot.pan, seconds: shot.seconds, ..pose };
                own.submersion += sunk(kind, view, &mut of_animal);
                (own.yaw, own.roll) = (0.8 * own.yaw, 0.6 * own.roll);
                place(&mut own, &mut of_animal, scene.horizon(), aspect, met_on);
                if side == Side::Right {
                    own.yaw = -own.yaw;
                }
                let is_new = member >= population.known;
                FieldAnimal { number: member as u64, is_new, side, view, shot: own }
            })
            .collect();
        animals.sort_by(|one, other| one.shot.scale.total_cmp(&other.shot.scale));
        let clutter_seed = within.bits();
        FieldPhoto { image_id: String::new(), encounter: 0, time, shot, animals, clutter_seed }
    };
    let count = stream.count(settings.photos.least, settings.photos.most);
    let photos = (0..count).map(photo).collect();
    (met, photos)
}

fn shot(seed: u64, ranges: &crate::difficulty::Ranges, address: &[u64; 4], seconds: f32) -> Shot {
    let stream = |purpose: &str| Stream::new(seed, purpose, address);
    let streams = ShotStreams {
        encounter: stream("field shot of encounter"),
        burst: stream("field shot of burst"),
        photo: stream("field shot of photo"),
    };
    let mut shot = Shot::draw(ranges, streams, seconds, 0.0);
    // Bent to the horizon as everything else in the photo is.
    shot.roll *= 0.5;
    shot
}

/// Says where a body is and how large: the farther, the smaller and the nearer to the horizon.
pub(super) fn place(
    shot: &mut Shot,
    stream: &mut Stream,
    horizon: Option<f32>,
    aspect: f32,
    habitat: Habitat,
) {
    let near = stream.unit();
    let ratio = SCALE[1] / SCALE[0];
    // Even in the logarithm, by a series short enough to be the same on every machine.
    let scale = SCALE[0] * (1.0 + (ratio - 1.0) * near * near * mix(0.6, 1.0, near));
    shot.scale = scale;
    let across = stream.between(-0.9, 0.9) * aspect;
    let feet = match horizon {
        Some(horizon) if horizon > -1.0 => {
            let nearest = (0.95 - horizon).max(0.2);
            horizon + 0.10 + nearest * (0.9 * (scale / SCALE[1]) + stream.around_zero(0.12)).clamp(0.03, 0.95)
        }
        _ => stream.between(-0.8, 0.9),
    };
    // The feet of those on land, the water line of those at sea, the middle of those that swim below.
    let foot = match habitat {
        Habitat::Sea => 0.60,
        Habitat::Savanna => crate::animal::FEET,
        Habitat::Underwater => 0.0,
    };
    shot.shift = [across, feet - foot * scale];
}

/// How much deeper in the water than in portraits, body units.
fn sunk(kind: AnimalKind, view: View, stream: &mut Stream) -> f32 {
    match (kind, view) {
        (AnimalKind::DorsalFin, View::Part) => stream.between(-0.05, 0.2),
        // From a back that just shows to a leap.
        (AnimalKind::DorsalFin, View::Whole) => stream.between(-0.75, -0.15),
        (AnimalKind::DorsalFin, _) => stream.between(-0.45, -0.05),
        _ => 0.0,
    }
}

fn view(settings: &FieldSettings, kind: AnimalKind, stream: &mut Stream) -> View {
    let drawn = stream.unit();
    match kind {
        AnimalKind::DorsalFin if !settings.all_views || drawn < 0.34 => View::Part,
        AnimalKind::DorsalFin if drawn < 0.67 => View::Whole,
        AnimalKind::DorsalFin if drawn < 0.84 => View::HeadOn,
        AnimalKind::DorsalFin => View::FromBehind,
        AnimalKind::Fluke => View::Part,
        AnimalKind::SharkLine | AnimalKind::StripedFlank | AnimalKind::SpottedFlank => View::Whole,
    }
}

fn side(kind: AnimalKind, of_group: Side, stream: &mut Stream, is_even: bool) -> Side {
    let other = if of_group == Side::Left { Side::Right } else { Side::Left };
    let together = if is_even { 0.5 } else { TOGETHER };
    if kind.has_two_sides() && !stream.happens(together) { other } else { of_group }
}
