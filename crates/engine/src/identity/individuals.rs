//! Who there is.

use std::collections::BTreeMap;

use resight_catalog::{AnnotationRecord, Catalog, IndividualRecord, LabelSubject};
use resight_core::{AnnotationId, IndividualId, Species, Viewpoint};
use serde::Serialize;

use super::IndividualRef;
use super::step::as_text;
use crate::{EngineError, Session};

/// One individual of the catalog.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IndividualRow {
    /// Its id, as `ind-12`.
    #[serde(serialize_with = "as_text")]
    pub id: IndividualId,
    /// What it is called.
    pub name: String,
    /// What else it is or was called.
    pub aliases: Vec<String>,
    /// In how many photos it is.
    pub photos: u64,
    /// How many annotations show it.
    pub annotations: u64,
    /// In how many encounters, as far as they are known.
    pub encounters: u64,
    /// Day of its first photo that states one, as the camera's clock shows it.
    pub first_seen: Option<String>,
    /// Day of its last photo that states one, as the camera's clock shows it.
    pub last_seen: Option<String>,
}

/// One individual with all its photos.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IndividualDetails {
    /// Who.
    #[serde(flatten)]
    pub row: IndividualRow,
    /// What else is known of it, by name.
    pub attributes: BTreeMap<String, String>,
    /// Its photos, by time; those without one last.
    pub photo_list: Vec<PhotoOfIndividual>,
}

/// A photo of an individual.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PhotoOfIndividual {
    /// The annotation that shows it.
    #[serde(serialize_with = "as_text")]
    pub annotation: AnnotationId,
    /// Where the photo was last seen; its content hash where nowhere.
    pub photo: String,
    /// When it was taken.
    pub date: Option<String>,
    /// The importer's key of its encounter.
    pub encounter: Option<String>,
    /// What kind of animal.
    pub species: Option<Species>,
    /// Which side of it.
    pub viewpoint: Option<Viewpoint>,
}

impl Session {
    /// All individuals, by name.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub fn individuals(&self) -> Result<Vec<IndividualRow>, EngineError> {
        self.read(|catalog| Ok(catalog.individuals()?.into_iter().map(row).collect()))
    }

    /// Who is called so: by name, alias or id; none where nobody is.
    pub fn who_is(&self, text: &str) -> Option<IndividualRef> {
        let found = self.read(|catalog| {
            let id = catalog.find_individual(text)?;
            let name = catalog.individual_name(id)?.unwrap_or_else(|| id.to_string());
            Ok(IndividualRef { id, name })
        });
        found.ok()
    }

    /// What an individual is called; none where there is none of this id any more.
    pub fn name_of(&self, id: IndividualId) -> Option<String> {
        self.read(|catalog| Ok(catalog.individual_name(id)?)).ok().flatten()
    }

    /// One individual, by name, alias or id.
    ///
    /// # Errors
    /// The catalog cannot be read; nobody is called so (the hint names those like it).
    pub fn individual(&self, text: &str) -> Result<IndividualDetails, EngineError> {
        self.read(|catalog| details(catalog, text))
    }
}

fn details(catalog: &Catalog, text: &str) -> Result<IndividualDetails, EngineError> {
    let id = catalog.find_individual(text)?;
    let mut photos = Vec::new();
    for annotation in catalog.annotations_of_individual(id)? {
        photos.push(photo(catalog, annotation)?);
    }
    photos.sort_by(|(a, _), (b, _)| {
        a.is_none().cmp(&b.is_none()).then(a.unwrap_or(0.0).total_cmp(&b.unwrap_or(0.0)))
    });
    Ok(IndividualDetails {
        row: row(catalog.individual(id)?),
        attributes: catalog.attributes_of(LabelSubject::Individual(id))?,
        photo_list: photos.into_iter().map(|(_, photo)| photo).collect(),
    })
}

fn row(record: IndividualRecord) -> IndividualRow {
    let (first, last) = record.seen.unzip();
    let day = |time: resight_core::CaptureTime| time.without_time_of_day().to_string();
    IndividualRow {
        id: record.id,
        name: record.name,
        aliases: record.aliases,
        photos: record.photos,
        annotations: record.annotations,
        encounters: record.encounters,
        first_seen: first.map(day),
        last_seen: last.map(day),
    }
}

/// A photo with the moment to sort it by.
fn photo(
    catalog: &Catalog,
    annotation: AnnotationRecord,
) -> Result<(Option<f64>, PhotoOfIndividual), EngineError> {
    let photo = catalog.photo(&annotation.photo)?;
    let shown = PhotoOfIndividual {
        annotation: annotation.id,
        photo: photo.paths.first().map_or_else(|| photo.id.short(), |path| path.display().to_string()),
        date: photo.capture_time.map(|time| time.to_string()),
        encounter: annotation.encounter.map(|(_, _, key)| key),
        species: annotation.species,
        viewpoint: annotation.viewpoint,
    };
    Ok((photo.capture_time.map(|time| time.seconds()), shown))
}
