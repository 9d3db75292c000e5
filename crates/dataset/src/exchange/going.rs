//! What goes out of what is known: taken away once, before any format sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use resight_core::{
    AnnotationId, BodyPart, CaptureTime, ImageSize, IndividualId, LabelSource, PhotoId, PixelBox, Quality,
    Species, Viewpoint,
};
use resight_imaging::Orientation;

use super::PositionPrecision;
use super::exported::{About, Exported, IndividualCard, Shared, SharedIdentity, Standing};
use super::options::{ExportOptions, Shown, TimesShown, Unconfirmed};
use super::precision::Place;
use super::sensitive_names::{tells_a_person, tells_a_place, tells_a_site};
use super::written::{Note, NoteKind, count};

/// One annotation as it goes out. There is no other place in it than the one that may go out.
#[derive(Debug, Clone)]
pub(super) struct Going {
    pub(super) annotation: AnnotationId,
    /// The photo on this machine, for what is cut out of it or lies beside it. It is never written into a file.
    pub(super) source: PathBuf,
    /// The photo as formats name it, with `/`. One name, one photo.
    pub(super) file: String,
    pub(super) content: PhotoId,
    pub(super) upright_size: Option<ImageSize>,
    pub(super) orientation: Orientation,
    pub(super) region: Option<PixelBox>,
    pub(super) detection_confidence: Option<f64>,
    pub(super) species: Option<Species>,
    pub(super) species_said_by: Option<Teller>,
    pub(super) viewpoint: Option<Viewpoint>,
    pub(super) body_part: Option<BodyPart>,
    pub(super) quality: Option<Quality>,
    pub(super) identity: Option<GoingIdentity>,
    pub(super) encounter: Option<String>,
    pub(super) sighting: Option<String>,
    pub(super) time: Option<CaptureTime>,
    pub(super) place: Option<Place>,
    pub(super) station: Option<String>,
    pub(super) photographer: Option<String>,
    pub(super) attributes: BTreeMap<String, String>,
}

impl Going {
    /// How far its box is turned, in radians clockwise, where it is.
    pub(super) fn rotation(&self) -> Option<f64> {
        self.region.map(|region| region.rotation).filter(|rotation| *rotation != 0.0)
    }
}

/// Who it is, as it goes out.
#[derive(Debug, Clone)]
pub(super) struct GoingIdentity {
    pub(super) individual: IndividualId,
    /// The name, which no other individual of the export has.
    pub(super) name: String,
    pub(super) said_by: Teller,
    pub(super) probability: Option<f64>,
    pub(super) standing: Standing,
}

/// Who says something, as it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Teller {
    /// A person, by name where that goes out.
    Person(Option<String>),
    /// A table, a photo's header or a file's name: somebody wrote it.
    Writing(String),
    /// A model.
    Model(String),
}

impl Teller {
    /// In words, for formats that say it as text.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Person(Some(name)) => name.clone(),
            Self::Person(None) => "a person".to_owned(),
            Self::Writing(what) => what.clone(),
            Self::Model(version) => format!("model {version}"),
        }
    }
}

/// All that goes out.
pub(super) struct Prepared<'a> {
    pub(super) about: &'a About,
    pub(super) options: &'a ExportOptions,
    pub(super) rows: Vec<Going>,
    pub(super) cards: BTreeMap<IndividualId, IndividualCard>,
    pub(super) notes: Vec<Note>,
}

impl Prepared<'_> {
    /// What is known of the individual of a row.
    pub(super) fn card(&self, row: &Going) -> Option<&IndividualCard> {
        self.cards.get(&row.identity.as_ref()?.individual)
    }

    /// What the row's species is called by science.
    pub(super) fn scientific_name(&self, row: &Going) -> Option<String> {
        row.species.as_ref().and_then(|species| self.options.scientific_names.of(species))
    }
}

/// Takes away what does not go out.
pub(super) fn prepare<'a>(exported: &'a Exported, options: &'a ExportOptions) -> Prepared<'a> {
    let mut notes = Vec::new();
    let names = names(exported, options, &mut notes);
    let mut keys = Keys::default();
    let mut files = FileNames::default();
    let mut rows = Vec::new();
    for shared in &exported.sightings {
        let Some(source) = shared.photo.paths.first() else {
            count(&mut notes, NoteKind::NoPath, Some(shared.annotation.to_string()));
            continue;
        };
        let Some(file) = files.of(source, &shared.photo.content, options, &mut notes) else {
            count(&mut notes, NoteKind::PathNotUtf8, Some(shared.annotation.to_string()));
            continue;
        };
        rows.push(going(shared, source, file, options, &names, &mut keys, &mut notes));
    }
    let cards = cards(exported, options, &rows, &names, &mut notes);
    Prepared { about: &exported.about, options, rows, cards, notes }
}

fn going(
    shared: &Shared,
    source: &Path,
    file: String,
    options: &ExportOptions,
    names: &BTreeMap<IndividualId, String>,
    keys: &mut Keys,
    notes: &mut Vec<Note>,
) -> Going {
    let photo = &shared.photo;
    let shown = |shown: Shown, text: &Option<String>| text.clone().filter(|_| shown == Shown::Kept);
    Going {
        annotation: shared.annotation,
        source: source.to_owned(),
        file,
        content: photo.content,
        upright_size: photo.upright_size.filter(|size| size.width > 0 && size.height > 0),
        orientation: Orientation::from_exif(photo.exif_orientation).unwrap_or_default(),
        region: shared.region.filter(is_a_box),
        detection_confidence: shared.detection_confidence.filter(|sure| (0.0..=1.0).contains(sure)),
        species: shared.species.clone(),
        species_said_by: shared.species_said_by.as_ref().map(|source| teller(source, options)),
        viewpoint: shared.viewpoint.clone(),
        body_part: shared.body_part.clone(),
        quality: shared.quality,
        identity: identity(shared, options, names, notes),
        encounter: keys.of("encounter", shared.encounter.as_deref(), options),
        sighting: keys.of("sighting", shared.sighting.as_deref(), options),
        time: photo.capture_time.map(|time| match options.times {
            TimesShown::Exact => time,
            TimesShown::DayAlone => time.without_time_of_day(),
        }),
        place: photo.position.and_then(|position| options.positions.of(position)),
        station: shown(options.place_names, &photo.station),
        photographer: shown(options.people, &photo.photographer),
        attributes: attributes(&shared.attributes, options, notes),
    }
}

fn is_a_box(region: &PixelBox) -> bool {
    let finite = [region.x, region.y, region.width, region.height, region.rotation]
        .iter()
        .all(|value| value.is_finite());
    finite && region.width > 0.0 && region.height > 0.0
}

/// Which identities go out at all.
fn goes_out(identity: &SharedIdentity, options: &ExportOptions) -> bool {
    identity.standing == Standing::Confirmed || options.unconfirmed == Unconfirmed::Marked
}

fn identity(
    shared: &Shared,
    options: &ExportOptions,
    names: &BTreeMap<IndividualId, String>,
    notes: &mut Vec<Note>,
) -> Option<GoingIdentity> {
    let identity = shared.identity.as_ref()?;
    if !goes_out(identity, options) {
        count(notes, NoteKind::UnconfirmedWithheld, Some(shared.annotation.to_string()));
        return None;
    }
    Some(GoingIdentity {
        individual: identity.individual,
        name: names.get(&identity.individual).cloned()?,
        said_by: teller(&identity.said_by, options),
        probability: identity.probability.filter(|probability| (0.0..=1.0).contains(probability)),
        standing: identity.standing,
    })
}

fn teller(source: &LabelSource, options: &ExportOptions) -> Teller {
    match source {
        LabelSource::Person(name) => {
            Teller::Person(Some(name.clone()).filter(|_| options.people == Shown::Kept))
        }
        LabelSource::Model(version) => Teller::Model(version.clone()),
        // What a table is called is a path of this machine.
        LabelSource::Table(_) => Teller::Writing("a table".to_owned()),
        LabelSource::Photo | LabelSource::FileName => Teller::Writing(source.to_string()),
    }
}

/// The name of each individual that goes out: where two share one, the later ones get their ids behind it.
fn names(
    exported: &Exported,
    options: &ExportOptions,
    notes: &mut Vec<Note>,
) -> BTreeMap<IndividualId, String> {
    let mut given: BTreeMap<IndividualId, String> = BTreeMap::new();
    for identity in exported.sightings.iter().filter_map(|shared| shared.identity.as_ref()) {
        if goes_out(identity, options) {
            given.entry(identity.individual).or_insert_with(|| identity.name.clone());
        }
    }
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for (id, name) in &mut given {
        if !taken.insert(name.clone()) {
            count(notes, NoteKind::SameNameTwice, Some(name.clone()));
            *name = format!("{name} ({id})");
            taken.insert(name.clone());
        }
    }
    given
}

fn cards(
    exported: &Exported,
    options: &ExportOptions,
    rows: &[Going],
    names: &BTreeMap<IndividualId, String>,
    notes: &mut Vec<Note>,
) -> BTreeMap<IndividualId, IndividualCard> {
    let seen: BTreeSet<IndividualId> =
        rows.iter().filter_map(|row| row.identity.as_ref()).map(|identity| identity.individual).collect();
    let mut cards = BTreeMap::new();
    for card in &exported.individuals {
        let Some(name) = names.get(&card.id).filter(|_| seen.contains(&card.id)) else {
            count(notes, NoteKind::CardWithoutSighting, Some(card.id.to_string()));
            continue;
        };
        let attributes = attributes(&card.attributes, options, notes);
        cards.insert(card.id, IndividualCard { name: name.clone(), attributes, ..card.clone() });
    }
    cards
}

/// The attributes without those that by their names tell a place or a person that may not go out.
fn attributes(
    given: &BTreeMap<String, String>,
    options: &ExportOptions,
    notes: &mut Vec<Note>,
) -> BTreeMap<String, String> {
    let mut kept = given.clone();
    kept.retain(|name, _| {
        let stays = (options.positions == PositionPrecision::Exact || !tells_a_place(name))
            && (options.place_names == Shown::Kept || !tells_a_site(name))
            && (options.people == Shown::Kept || !tells_a_person(name));
        if !stays {
            count(notes, NoteKind::AttributeWithheld, Some(name.clone()));
        }
        stays
    });
    kept
}

/// Keys of encounters and sightings: as they are, or numbered in the order in which they are met, for people and programs
/// make them of places and times.
#[derive(Default)]
struct Keys(BTreeMap<&'static str, BTreeMap<String, usize>>);

impl Keys {
    fn of(&mut self, of_what: &'static str, key: Option<&str>, options: &ExportOptions) -> Option<String> {
        let key = key?;
        if options.place_names == Shown::Kept && options.times == TimesShown::Exact {
            return Some(key.to_owned());
        }
        let numbers = self.0.entry(of_what).or_default();
        let next = numbers.len() + 1;
        let number = *numbers.entry(key.to_owned()).or_insert(next);
        Some(format!("{of_what}-{number}"))
    }
}

/// Names of files: one name, one photo.
#[derive(Default)]
struct FileNames(BTreeMap<String, PathBuf>);

impl FileNames {
    /// The photo as it is named in the export; none where its path is no UTF-8.
    fn of(
        &mut self,
        source: &Path,
        content: &PhotoId,
        options: &ExportOptions,
        notes: &mut Vec<Note>,
    ) -> Option<String> {
        let name = match options.folders {
            Shown::Kept => {
                let below = source.strip_prefix(&options.folder).unwrap_or(source).to_str()?;
                if cfg!(windows) { below.replace('\\', "/") } else { below.to_owned() }
            }
            Shown::LeftOut => source.file_name()?.to_str()?.to_owned(),
        };
        if self.0.entry(name.clone()).or_insert_with(|| source.to_owned()) == source {
            return Some(name);
        }
        count(notes, NoteKind::SameFileName, Some(name.clone()));
        let apart = match name.rsplit_once('.') {
            Some((stem, extension)) => format!("{stem}-{}.{extension}", content.short()),
            None => format!("{name}-{}", content.short()),
        };
        self.0.entry(apart.clone()).or_insert_with(|| source.to_owned());
        Some(apart)
    }
}
