//! Rows about photos that the catalog has already: matched to what is there.
//!
//! A name that is missing is filled in, as a journalled step an individual. A box that none of the catalog's animals
//! has is a further animal. What the catalog says otherwise stands, and what it cannot take over yet (labels other than
//! names) is said: nothing is lost in silence.

use std::collections::BTreeMap;

use resight_catalog::{AnnotationRecord, Catalog, CatalogError, ErrorKind, Signature};
use resight_core::{AnnotationId, EncounterSource, GivenBox, PhotoId, PixelBox};
use resight_imaging::{Limits, PhotoHeader, read_photo};

use super::IngestReport;
use super::plan::{Labels, PlannedPhoto};
use crate::{EngineError, Warning};

/// Share of their union that two boxes of one animal have in common, at least.
const SAME_ANIMAL: f64 = 0.5;

/// Animals that the source has and the catalog has not, in a photo that it has.
pub(super) struct FurtherAnimals<'a> {
    pub(super) photo: PhotoId,
    pub(super) planned: &'a PlannedPhoto,
    pub(super) animals: Vec<(GivenBox, Labels)>,
}

/// One animal as the source states it.
struct Stated<'a> {
    /// The box as given, and in pixels of the upright photo; none for the whole photo.
    region: Option<(GivenBox, PixelBox)>,
    labels: &'a Labels,
}

/// Matches the rows about known photos, names animals that nobody has named, and returns those that are not there.
pub(super) fn match_known<'a>(
    catalog: &mut Catalog,
    known: &[(PhotoId, &'a PlannedPhoto)],
    signature: &Signature,
    report: &mut IngestReport,
) -> Result<Vec<FurtherAnimals<'a>>, EngineError> {
    let mut matching = Matching { catalog, report, unnamed: BTreeMap::new(), further: Vec::new() };
    for (photo, planned) in known {
        matching.photo(*photo, planned)?;
    }
    let Matching { unnamed, further, .. } = matching;
    name(catalog, unnamed, signature, report)?;
    Ok(further)
}

struct Matching<'m, 'a> {
    catalog: &'m Catalog,
    report: &'m mut IngestReport,
    unnamed: BTreeMap<&'a str, Vec<AnnotationId>>,
    further: Vec<FurtherAnimals<'a>>,
}

impl<'a> Matching<'_, 'a> {
    fn photo(&mut self, photo: PhotoId, planned: &'a PlannedPhoto) -> Result<(), EngineError> {
        let annotations = self.catalog.annotations_of_photo(&photo)?;
        let record = self.catalog.photo(&photo)?;
        if let (Some(date), None) = (planned.date, record.capture_time) {
            self.not_taken(planned, &format!("the date {date}"));
        }
        let Some(stated) = stated(planned) else {
            let message = "its boxes were not compared: the photo cannot be read".to_owned();
            self.conflict(planned, message);
            return Ok(());
        };
        let whole = PixelBox::whole(record.size);
        let mut free: Vec<&AnnotationRecord> = annotations.iter().collect();
        let mut unmatched = Vec::new();
        for one in &stated {
            match best(one, &free, &whole, stated.len()) {
                Some(place) => self.matched(planned, one, free.remove(place))?,
                None => unmatched.push(one),
            }
        }
        for one in unmatched {
            self.unmatched(photo, planned, one, &annotations)?;
        }
        Ok(())
    }

    /// An animal that the catalog has.
    fn matched(
        &mut self,
        planned: &PlannedPhoto,
        stated: &Stated<'a>,
        found: &AnnotationRecord,
    ) -> Result<(), EngineError> {
        if let Some(name) = stated.labels.identity.as_deref() {
            match found.individual {
                None => self.unnamed.entry(name).or_default().push(found.id),
                Some(individual)
                    if self.catalog.find_individual(name).is_ok_and(|meant| meant == individual) => {}
                Some(individual) => {
                    let there = self.catalog.individual_name(individual)?;
                    let there = there.unwrap_or_else(|| individual.to_string());
                    self.conflict(
                        planned,
                        format!("the source says `{name}`, the catalog says `{there}`, which stands"),
                    );
                }
            }
        }
        self.compare("species", planned, stated.labels.species.as_ref(), found.species.as_ref());
        self.compare("viewpoint", planned, stated.labels.viewpoint.as_ref(), found.viewpoint.as_ref());
        let encounter = planned.encounter.as_ref().filter(|of| of.source == EncounterSource::Table);
        if let (Some(encounter), None) = (encounter, &found.encounter) {
            self.not_taken(planned, &format!("the encounter `{}`", encounter.key));
        }
        Ok(())
    }

    fn compare<T: PartialEq + std::fmt::Display>(
        &mut self,
        what: &str,
        planned: &PlannedPhoto,
        stated: Option<&T>,
        there: Option<&T>,
    ) {
        match (stated, there) {
            (Some(stated), None) => self.not_taken(planned, &format!("the {what} `{stated}`")),
            (Some(stated), Some(there)) if stated != there => self.conflict(
                planned,
                format!("the source says {what} `{stated}`, the catalog says `{there}`, which stands"),
            ),
            _ => {}
        }
    }

    /// A box that the catalog does not have is a further animal. A row without a box means one of several that are
    /// there, and does not say which.
    fn unmatched(
        &mut self,
        photo: PhotoId,
        planned: &'a PlannedPhoto,
        stated: &Stated<'a>,
        annotations: &[AnnotationRecord],
    ) -> Result<(), EngineError> {
        if let Some((given, _)) = stated.region {
            let same_photo = |one: &&mut FurtherAnimals<'_>| one.photo == photo;
            match self.further.iter_mut().find(same_photo) {
                Some(further) if further.animals.iter().any(|(there, _)| *there == given) => {}
                Some(further) => further.animals.push((given, stated.labels.clone())),
                None => {
                    let animals = vec![(given, stated.labels.clone())];
                    self.further.push(FurtherAnimals { photo, planned, animals });
                }
            }
            return Ok(());
        }
        let Some(name) = stated.labels.identity.as_deref() else { return Ok(()) };
        let meant = self.catalog.find_individual(name).ok();
        if meant.is_none() || annotations.iter().all(|one| one.individual != meant) {
            let n = annotations.len();
            self.conflict(planned, format!("`{name}` is not taken over: the catalog has {n} animals in this photo, and no box says which is meant"));
        }
        Ok(())
    }

    fn conflict(&mut self, planned: &PlannedPhoto, message: String) {
        self.report.conflicts.push(Warning { about: planned.path.display().to_string(), message });
    }

    fn not_taken(&mut self, planned: &PlannedPhoto, what: &str) {
        let message = format!("the catalog has this photo without it, and does not take it over: {what}");
        self.conflict(planned, message);
    }
}

/// The animals of a photo as its source states them; `None` where its boxes cannot be compared.
fn stated(planned: &PlannedPhoto) -> Option<Vec<Stated<'_>>> {
    if planned.regions.is_empty() {
        let only = planned.labels.first().map(|labels| Stated { region: None, labels });
        return Some(only.into_iter().collect());
    }
    let limits = Limits::default();
    let bytes = read_photo(&planned.path, &limits).ok()?;
    let header = PhotoHeader::read(&bytes, &limits).ok()?;
    let upright = |given: &GivenBox| {
        let upright = header.upright_box(given);
        (*given, upright.clamped(header.full_size).unwrap_or(upright))
    };
    let animals = planned.regions.iter().zip(&planned.labels);
    Some(animals.map(|(given, labels)| Stated { region: Some(upright(given)), labels }).collect())
}

/// Which of the catalog's animals is meant.
fn best(stated: &Stated<'_>, free: &[&AnnotationRecord], whole: &PixelBox, n_stated: usize) -> Option<usize> {
    let Some((_, region)) = &stated.region else { return (free.len() == 1).then_some(0) };
    let alike = |one: &AnnotationRecord| one.region.unwrap_or(*whole).iou(region);
    let most = (0..free.len()).max_by(|a, b| alike(free[*a]).total_cmp(&alike(free[*b])))?;
    // Of a photo that was taken in as a whole, the only box says where its animal is.
    let only_one = n_stated == 1 && free.len() == 1 && free[0].region.is_none();
    let is_free_to_be_it = only_one && free[0].individual.is_none();
    (alike(free[most]) >= SAME_ANIMAL || is_free_to_be_it).then_some(most)
}

/// Names animals that nobody has named, one journalled step an individual.
fn name(
    catalog: &mut Catalog,
    unnamed: BTreeMap<&str, Vec<AnnotationId>>,
    signature: &Signature,
    report: &mut IngestReport,
) -> Result<(), EngineError> {
    for (name, mut annotations) in unnamed {
        annotations.sort_unstable();
        annotations.dedup();
        let named = match catalog.find_individual(name) {
            Ok(individual) => catalog.assign(&annotations, individual, signature),
            Err(CatalogError::NoSuchName { .. }) => {
                catalog.new_individual(&annotations, Some(name), signature)
            }
            Err(error) => Err(error),
        };
        match named {
            Ok(_) => report.identified_later += annotations.len(),
            // One name that cannot be given does not keep the others from being.
            Err(error) if error.kind() == ErrorKind::User => {
                report.conflicts.push(Warning { about: format!("`{name}`"), message: error.to_string() });
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
