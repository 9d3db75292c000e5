//! Rows about photos that the catalog has already: matched to what is there.
//!
//! A name that is missing is filled in, as a journalled step an individual; so are labels, all of them in one step. A
//! box that none of the catalog's animals has is a further animal. What the catalog says otherwise is offered: see
//! [`Take`].

use std::collections::BTreeMap;

use resight_catalog::{
    AnnotationRecord, Catalog, CatalogError, LabelName, LabelSubject, Signature, StoredEmbedding, box_text,
    encounter_text, place_text,
};
use resight_core::{
    AnnotationId, BundleId, EncounterSource, ErrorKind, GivenBox, IndividualId, PhotoId, PixelBox,
    RoomError as _, Stated,
};
use resight_imaging::{Limits, PhotoHeader, read_photo};

use super::IngestReport;
use super::offers::{LabelsTaken, NOTHING, Offer, Take};
use super::plan::{Labels, PlannedPhoto};
use crate::{EngineError, Hint, Warning};

/// Share of their union that two boxes of one animal have in common, at least.
const SAME_ANIMAL: f64 = 0.5;

/// How far apart numbers of a box may be and still be the same, in pixels: tables round.
const ROUNDED: f64 = 1.0;

/// Animals that the source has and the catalog has not, in a photo that it has.
pub(super) struct FurtherAnimals<'a> {
    pub(super) photo: PhotoId,
    pub(super) planned: &'a PlannedPhoto,
    pub(super) animals: Vec<(GivenBox, Labels)>,
}

/// One animal as the source states it.
struct StatedAnimal<'a> {
    /// The box as given, and in pixels of the upright photo; none for the whole photo.
    region: Option<(GivenBox, PixelBox)>,
    labels: &'a Labels,
}

/// What came of matching.
pub(super) struct Matched<'a> {
    /// Animals that the catalog does not have yet.
    pub(super) further: Vec<FurtherAnimals<'a>>,
    /// Annotations without an embedding: they have got another box, now or before a command that was stopped.
    pub(super) without_embedding: Vec<AnnotationId>,
}

/// Matches the rows about known photos, names animals that nobody has named, and takes labels over.
pub(super) fn match_known<'a>(
    catalog: &mut Catalog,
    known: &[(PhotoId, &'a PlannedPhoto)],
    take: &Take,
    signature: &Signature,
    report: &mut IngestReport,
) -> Result<Matched<'a>, EngineError> {
    let bundle = catalog.settings()?.bundle.id;
    let mut matching = Matching {
        catalog,
        report,
        take,
        bundle,
        labels: LabelsTaken::new(take),
        names: BTreeMap::new(),
        further: Vec::new(),
        without_embedding: Vec::new(),
    };
    for (photo, planned) in known {
        matching.photo(*photo, planned)?;
    }
    let Matching { names, further, labels, mut without_embedding, .. } = matching;
    let mut unnamed: BTreeMap<&str, Vec<AnnotationId>> = BTreeMap::new();
    for (annotation, name) in names.into_iter().filter_map(|(annotation, name)| Some((annotation, name?))) {
        unnamed.entry(name).or_default().push(annotation);
    }
    name(catalog, unnamed, signature, report)?;
    without_embedding.extend(labels.store(catalog, signature, report)?);
    without_embedding.sort_unstable();
    without_embedding.dedup();
    Ok(Matched { further, without_embedding })
}

struct Matching<'m, 't, 'a> {
    catalog: &'m Catalog,
    report: &'m mut IngestReport,
    take: &'t Take,
    bundle: BundleId,
    labels: LabelsTaken<'t>,
    /// The names that annotations are to get; none where rows name several individuals.
    names: BTreeMap<AnnotationId, Option<&'a str>>,
    further: Vec<FurtherAnimals<'a>>,
    without_embedding: Vec<AnnotationId>,
}

impl<'a> Matching<'_, '_, 'a> {
    fn photo(&mut self, photo: PhotoId, planned: &'a PlannedPhoto) -> Result<(), EngineError> {
        let annotations = self.catalog.all_annotations_of_photo(&photo)?;
        let record = self.catalog.photo(&photo)?;
        for one in annotations.iter().filter(|one| !one.removed) {
            if self.catalog.stored_embedding(&self.bundle, one.id)? == StoredEmbedding::Missing {
                self.without_embedding.push(one.id);
            }
        }
        let subject = LabelSubject::Photo(photo);
        let date = planned.date.as_ref();
        self.compare(planned, subject, LabelName::Time, in_words(date, ToString::to_string))?;
        let place = in_words(planned.position.as_ref(), |place| place_text(*place));
        self.compare(planned, subject, LabelName::Place, place)?;
        let Some(stated) = stated(planned) else {
            let message = "its boxes were not compared: the photo cannot be read".to_owned();
            self.conflict(planned, message);
            return Ok(());
        };
        let there = There {
            whole: PixelBox::whole(record.size),
            former: annotations
                .iter()
                .map(|one| self.catalog.former_boxes(one.id))
                .collect::<Result<_, _>>()?,
            annotations: &annotations,
        };
        let named = match stated.as_slice() {
            [only] => only.labels.identity.as_deref().map(|name| self.meant(name)).transpose()?.flatten(),
            _ => None,
        };
        let mut unmatched = Vec::new();
        for (one, place) in stated.iter().zip(there.pairs(&stated, named)) {
            match place.map(|place| &annotations[place]) {
                Some(found) if found.removed => self.removed(planned, found),
                Some(found) => self.matched(planned, one, found)?,
                None => unmatched.push(one),
            }
        }
        let annotations: Vec<AnnotationRecord> = annotations.into_iter().filter(|one| !one.removed).collect();
        for one in unmatched {
            self.unmatched(photo, planned, one, &annotations)?;
        }
        Ok(())
    }

    /// An animal that the catalog has.
    fn matched(
        &mut self,
        planned: &PlannedPhoto,
        stated: &StatedAnimal<'a>,
        found: &AnnotationRecord,
    ) -> Result<(), EngineError> {
        if let Some(name) = stated.labels.identity.as_deref()
            && self.may_be_named(planned, name, found)?
        {
            self.give(planned, name, found.id)?;
        }
        self.labels(planned, stated, found)
    }

    /// Whether an animal gets this name: where nobody has named it, or somebody takes it against what the catalog says.
    fn may_be_named(
        &mut self,
        planned: &PlannedPhoto,
        name: &str,
        found: &AnnotationRecord,
    ) -> Result<bool, EngineError> {
        let (there, said_by) = match found.individual {
            None => match self.catalog.unassigned_by(found.id)? {
                None => return Ok(true),
                Some(by) => (NOTHING.to_owned(), Some(by)),
            },
            Some(individual) if self.meant(name)? == Some(individual) => return Ok(false),
            Some(individual) => {
                let there = self.catalog.individual_name(individual)?;
                (there.unwrap_or_else(|| individual.to_string()), None)
            }
        };
        let offer = Offer {
            photo: planned.path.display().to_string(),
            label: "individual".to_owned(),
            there,
            said_by,
            stated: name.to_owned(),
        };
        let takes = self.take.takes(&offer);
        if !takes {
            self.report.offers.push(offer);
        }
        Ok(takes)
    }

    /// Gives an animal a name, unless another row gave it that of somebody else: two names are none.
    fn give(
        &mut self,
        planned: &PlannedPhoto,
        name: &'a str,
        annotation: AnnotationId,
    ) -> Result<(), EngineError> {
        match self.names.get(&annotation).copied() {
            None => drop(self.names.insert(annotation, Some(name))),
            Some(Some(other)) if other != name => {
                let meant = self.meant(name)?;
                if meant.is_none() || meant != self.meant(other)? {
                    self.names.insert(annotation, None);
                    self.conflict(planned, format!("named both `{other}` and `{name}`: nobody is named"));
                }
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// Compares all labels of an animal that the catalog has.
    fn labels(
        &mut self,
        planned: &PlannedPhoto,
        stated: &StatedAnimal<'a>,
        found: &AnnotationRecord,
    ) -> Result<(), EngineError> {
        let subject = LabelSubject::Annotation(found.id);
        let labels = stated.labels;
        let species = in_words(labels.species.as_ref(), ToString::to_string);
        let viewpoint = in_words(labels.viewpoint.as_ref(), ToString::to_string);
        let body_part = in_words(labels.body_part.as_ref(), ToString::to_string);
        let quality = in_words(labels.quality.as_ref(), ToString::to_string);
        let encounter = planned.encounter.as_ref().filter(|of| of.source == EncounterSource::Table);
        let encounter = encounter.map(|of| Stated::by(planned.source.clone(), encounter_text(of)));
        let differs = |region: &PixelBox| found.region.is_none_or(|there| !is_same_box(&there, region));
        let region = stated
            .region
            .as_ref()
            .filter(|(_, region)| differs(region))
            .map(|(_, region)| Stated::by(planned.source.clone(), box_text(region)));
        for (label, said) in [
            (LabelName::Species, species),
            (LabelName::Viewpoint, viewpoint),
            (LabelName::BodyPart, body_part),
            (LabelName::Quality, quality),
            (LabelName::Encounter, encounter),
            (LabelName::Box, region),
        ] {
            self.compare(planned, subject, label, said)?;
        }
        for (name, value) in &labels.attributes {
            let said = Stated::by(planned.source.clone(), value.trim().to_owned());
            self.compare(planned, subject, LabelName::Attribute(name.clone()), Some(said))?;
        }
        Ok(())
    }

    fn compare(
        &mut self,
        planned: &PlannedPhoto,
        subject: LabelSubject,
        label: LabelName,
        stated: Option<Stated<String>>,
    ) -> Result<(), EngineError> {
        let Some(stated) = stated else { return Ok(()) };
        let about = planned.path.display().to_string();
        self.labels.compare(self.catalog, self.report, &about, subject, label, stated)
    }

    /// Who is called so; `None` where nobody is.
    fn meant(&self, name: &str) -> Result<Option<IndividualId>, EngineError> {
        match self.catalog.find_individual(name) {
            Ok(individual) => Ok(Some(individual)),
            Err(error) if error.kind() == ErrorKind::User => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn removed(&mut self, planned: &PlannedPhoto, found: &AnnotationRecord) {
        let message = format!("{} was removed from the catalog, and stays so", found.id);
        self.report.advise(Hint::UndoRemoval);
        self.report.warnings.push(Warning { about: planned.path.display().to_string(), message });
    }

    /// A box that the catalog does not have is a further animal. A row without a box means one of several that are
    /// there, and does not say which.
    fn unmatched(
        &mut self,
        photo: PhotoId,
        planned: &'a PlannedPhoto,
        stated: &StatedAnimal<'a>,
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
        let meant = self.meant(name)?;
        if meant.is_none() || annotations.iter().all(|one| one.individual != meant) {
            let n = annotations.len();
            self.conflict(planned, format!("`{name}` is not taken over: the catalog has {n} animals in this photo, and no box says which is meant"));
        }
        Ok(())
    }

    fn conflict(&mut self, planned: &PlannedPhoto, message: String) {
        self.report.conflicts.push(Warning { about: planned.path.display().to_string(), message });
    }
}

/// Whether two boxes are the same but for rounding.
fn is_same_box(one: &PixelBox, other: &PixelBox) -> bool {
    let numbers = |b: &PixelBox| [b.x, b.y, b.width, b.height];
    numbers(one).iter().zip(numbers(other)).all(|(one, other)| (one - other).abs() < ROUNDED)
}

/// What a label says, as text.
fn in_words<T>(stated: Option<&Stated<T>>, text: impl Fn(&T) -> String) -> Option<Stated<String>> {
    stated.map(|stated| Stated {
        value: text(&stated.value),
        source: stated.source.clone(),
        confidence: stated.confidence,
    })
}

/// The animals of a photo as its source states them; `None` where its boxes cannot be compared.
fn stated(planned: &PlannedPhoto) -> Option<Vec<StatedAnimal<'_>>> {
    if planned.regions.is_empty() {
        let only = planned.labels.first().map(|labels| StatedAnimal { region: None, labels });
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
    Some(animals.map(|(given, labels)| StatedAnimal { region: Some(upright(given)), labels }).collect())
}

/// The animals that the catalog has in a photo.
struct There<'r> {
    annotations: &'r [AnnotationRecord],
    /// Boxes that each of them had before.
    former: Vec<Vec<PixelBox>>,
    whole: PixelBox,
}

impl There<'_> {
    /// Which of the catalog's animals each stated one means. Boxes that fit best find each other first, whatever the order
    /// of the rows; an animal that was removed is meant where no other one is. A box that was corrected since still means
    /// its animal. `named` is whom the only row names.
    fn pairs(&self, stated: &[StatedAnimal<'_>], named: Option<IndividualId>) -> Vec<Option<usize>> {
        let mut near = Vec::new();
        for (index, one) in stated.iter().enumerate() {
            let Some((_, region)) = &one.region else { continue };
            for (place, found) in self.annotations.iter().enumerate() {
                let alike = found.region.unwrap_or(self.whole).iou(region);
                if alike >= SAME_ANIMAL {
                    near.push((found.removed, alike, index, place));
                }
            }
        }
        near.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)).then((a.2, a.3).cmp(&(b.2, b.3))));
        let mut meant = vec![None; stated.len()];
        for (_, _, index, place) in near {
            if meant[index].is_none() && !meant.contains(&Some(place)) {
                meant[index] = Some(place);
            }
        }
        for (index, one) in stated.iter().enumerate() {
            let Some((_, region)) = one.region.as_ref().filter(|_| meant[index].is_none()) else { continue };
            let had_it = |place: &usize| self.former[*place].iter().any(|former| is_same_box(former, region));
            meant[index] =
                (0..self.annotations.len()).find(|place| !meant.contains(&Some(*place)) && had_it(place));
        }
        if let ([only], [None]) = (stated, meant.as_slice()) {
            meant[0] = self.the_only_one(only, named);
        }
        meant
    }

    /// The animal of a photo that one row without a fitting box means.
    fn the_only_one(&self, stated: &StatedAnimal<'_>, named: Option<IndividualId>) -> Option<usize> {
        let there = self.annotations;
        let live = there.iter().filter(|one| !one.removed).count();
        let place = there.iter().position(|one| live == 0 || !one.removed)?;
        let is_alone = live == 1 || (live == 0 && there.len() == 1);
        // Of a photo that was taken in as a whole, the only box says where its animal is.
        let found = &there[place];
        let is_nobody_else = found.individual.is_none() || found.individual == named;
        let is_free_to_be_it = found.region.is_none() && is_nobody_else && !found.removed;
        (is_alone && (stated.region.is_none() || is_free_to_be_it)).then_some(place)
    }
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
