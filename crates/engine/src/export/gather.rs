//! The catalog in the forms that exports take.

use std::collections::BTreeMap;

use resight_capture::{Side, Sighting};
use resight_catalog::{Actor, AnnotationRecord, Catalog, IndividualRecord, LabelName, LabelSubject};
use resight_core::{AnnotationId, IndividualId, LabelSource, PhotoId};
use resight_dataset::exchange::{
    About, Exported, IndividualCard, Sex, Shared, SharedIdentity, SharedPhoto, Standing,
};

use super::ExportRequest;
use crate::EngineError;

/// Names of attributes that mean the camera's place, in plain form.
const STATION: [&str; 8] = [
    "station",
    "camera_station",
    "site",
    "location_id",
    "locationid",
    "location_name",
    "deployment",
    "deployment_id",
];
/// Names of attributes that mean who took the photo.
const PHOTOGRAPHER: [&str; 2] = ["photographer", "photographed_by"];
/// Names of attributes that mean the meeting of several animals.
const SIGHTING: [&str; 4] = ["sighting", "sighting_id", "group_id", "occurrence"];
/// How strongly an animal is marked.
const DISTINCTIVENESS: [&str; 3] = ["distinctiveness", "mark_class", "marks"];
const SEX: &str = "sex";
const NOTES: &str = "notes";

/// Everything that may go out.
pub(super) fn exported(
    catalog: &Catalog,
    request: &ExportRequest,
    about: About,
) -> Result<Exported, EngineError> {
    let mut known = Known::of(catalog)?;
    let mut sightings = Vec::new();
    for annotation in catalog.annotations()? {
        if request.identified_only && annotation.individual.is_none() {
            continue;
        }
        sightings.push(shared(&mut known, annotation, request.labels_of_models)?);
    }
    let cards = known.individuals.values().map(|record| card(catalog, record)).collect::<Result<_, _>>()?;
    Ok(Exported { about, sightings, individuals: cards })
}

/// The sightings of named individuals, as statistics want them.
pub(super) fn sightings(catalog: &Catalog) -> Result<Vec<Sighting>, EngineError> {
    let mut known = Known::of(catalog)?;
    let mut all = Vec::new();
    for annotation in catalog.annotations()? {
        let Some(individual) = annotation.individual else { continue };
        let identity = known.identity(&annotation, individual)?;
        let photo = known.photo(&annotation.photo)?;
        let mut covariates = known.attributes(individual)?;
        covariates.extend(annotation.attributes.clone());
        if let Some(species) = &annotation.species {
            covariates.insert("species".to_owned(), species.to_string());
        }
        all.push(Sighting {
            when: photo.capture_time,
            side: Side::of(annotation.viewpoint.as_ref()),
            encounter: annotation.encounter.as_ref().map(|(_, _, key)| key.clone()),
            station: named(&annotation.attributes, &STATION),
            position: photo.position,
            quality: annotation.quality,
            distinctiveness: named(&covariates, &DISTINCTIVENESS).and_then(|text| grade(&text)),
            confirmed: identity.standing == Standing::Confirmed,
            individual: identity.name,
            covariates,
        });
    }
    Ok(all)
}

/// `3` of `3`, `D3`, `3 (well marked)`.
fn grade(text: &str) -> Option<u8> {
    let digits: String =
        text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// What was looked up already.
struct Known<'c> {
    catalog: &'c Catalog,
    individuals: BTreeMap<IndividualId, IndividualRecord>,
    attributes: BTreeMap<IndividualId, BTreeMap<String, String>>,
    photo: Option<(PhotoId, SharedPhoto)>,
}

impl<'c> Known<'c> {
    fn of(catalog: &'c Catalog) -> Result<Self, EngineError> {
        let individuals = catalog.individuals()?.into_iter().map(|record| (record.id, record)).collect();
        Ok(Self { catalog, individuals, attributes: BTreeMap::new(), photo: None })
    }

    fn photo(&mut self, id: &PhotoId) -> Result<SharedPhoto, EngineError> {
        if let Some((_, photo)) = self.photo.as_ref().filter(|(there, _)| there == id) {
            return Ok(photo.clone());
        }
        let record = self.catalog.photo(id)?;
        let photo = SharedPhoto {
            paths: record.paths,
            content: record.id,
            upright_size: Some(record.size),
            exif_orientation: 1,
            capture_time: record.capture_time,
            position: record.position,
            station: None,
            photographer: None,
        };
        self.photo = Some((*id, photo.clone()));
        Ok(photo)
    }

    fn attributes(&mut self, individual: IndividualId) -> Result<BTreeMap<String, String>, EngineError> {
        if let Some(known) = self.attributes.get(&individual) {
            return Ok(known.clone());
        }
        let found = self.catalog.attributes_of(LabelSubject::Individual(individual))?;
        self.attributes.insert(individual, found.clone());
        Ok(found)
    }

    fn identity(
        &self,
        annotation: &AnnotationRecord,
        individual: IndividualId,
    ) -> Result<SharedIdentity, EngineError> {
        let name = self.individuals.get(&individual).map(|record| record.name.clone());
        let said_by = match self.catalog.named_by(annotation.id)? {
            Some(Actor::Model(model)) => LabelSource::Model(model),
            Some(Actor::Person(person)) => LabelSource::Person(person),
            None => LabelSource::Table(String::new()),
        };
        let standing = match &said_by {
            LabelSource::Model(_) => Standing::Unconfirmed,
            _ => Standing::Confirmed,
        };
        let name = name.unwrap_or_else(|| individual.to_string());
        Ok(SharedIdentity { individual, name, said_by, probability: None, standing })
    }
}

fn shared(
    known: &mut Known<'_>,
    annotation: AnnotationRecord,
    labels_of_models: bool,
) -> Result<Shared, EngineError> {
    let photo = SharedPhoto {
        station: named(&annotation.attributes, &STATION),
        photographer: named(&annotation.attributes, &PHOTOGRAPHER),
        ..known.photo(&annotation.photo)?
    };
    let identity = match annotation.individual {
        Some(individual) => Some(known.identity(&annotation, individual)?),
        None => None,
    };
    let species_said_by = said_by(known.catalog, annotation.id, &LabelName::Species)?;
    let viewpoint_said_by = said_by(known.catalog, annotation.id, &LabelName::Viewpoint)?;
    let goes = |said: &Option<LabelSource>| labels_of_models || !matches!(said, Some(LabelSource::Model(_)));
    Ok(Shared {
        annotation: annotation.id,
        photo,
        region: annotation.region,
        detection_confidence: annotation.confidence.map(f64::from),
        species: annotation.species.filter(|_| goes(&species_said_by)),
        viewpoint: annotation.viewpoint.filter(|_| goes(&viewpoint_said_by)),
        species_said_by,
        body_part: annotation.body_part,
        quality: annotation.quality,
        identity,
        encounter: annotation.encounter.map(|(_, _, key)| key),
        sighting: named(&annotation.attributes, &SIGHTING),
        attributes: annotation.attributes,
    })
}

fn said_by(
    catalog: &Catalog,
    annotation: AnnotationId,
    label: &LabelName,
) -> Result<Option<LabelSource>, EngineError> {
    Ok(catalog.label_of(LabelSubject::Annotation(annotation), label)?.and_then(|said| said.source))
}

fn card(catalog: &Catalog, record: &IndividualRecord) -> Result<IndividualCard, EngineError> {
    let mut attributes = catalog.attributes_of(LabelSubject::Individual(record.id))?;
    let sex = attributes.get(SEX).and_then(|word| match word.trim().to_lowercase().as_str() {
        "f" | "female" => Some(Sex::Female),
        "m" | "male" => Some(Sex::Male),
        _ => None,
    });
    Ok(IndividualCard {
        id: record.id,
        name: record.name.clone(),
        aliases: record.aliases.clone(),
        sex,
        notes: attributes.remove(NOTES).unwrap_or_default(),
        attributes,
    })
}

/// The first attribute of one of these names.
fn named(attributes: &BTreeMap<String, String>, names: &[&str]) -> Option<String> {
    let plain = |name: &str| name.trim().to_lowercase().replace([' ', '-'], "_");
    let of = |wanted: &&str| {
        let found = attributes.iter().find(|(name, _)| plain(name) == **wanted);
        found.map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    names.iter().find_map(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_however_their_names_are_written() {
        let attributes = BTreeMap::from([("Camera Station".to_owned(), " A12 ".to_owned())]);
        assert_eq!(named(&attributes, &STATION).as_deref(), Some("A12"));
        assert_eq!(named(&attributes, &PHOTOGRAPHER), None);
        assert_eq!([grade("D3"), grade("2 (fair)"), grade("none")], [Some(3), Some(2), None]);
    }
}
