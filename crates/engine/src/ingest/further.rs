//! Further animals of photos that the catalog has: embedded and stored like those of new photos.

use jiff::Timestamp;
use resight_catalog::{Catalog, ImportId, NewAnnotation, NewEmbedding};
use resight_model::chain::{self, ChainOptions, Ended, Job, PhotoSource, ProcessedPhoto};
use resight_model::{Detector, Embedder};

use super::IngestReport;
use super::known::FurtherAnimals;
use super::storing::made;
use crate::classify::Classifiers;
use crate::grading::graded;
use crate::{EngineError, Progress, Stage, Warning};

/// What embeds.
pub(super) struct Tools<'a> {
    pub(super) embedder: &'a dyn Embedder,
    pub(super) detector: &'a dyn Detector,
    pub(super) classifiers: &'a Classifiers,
    pub(super) options: &'a ChainOptions<'a>,
    pub(super) progress: &'a dyn Progress,
}

/// Embeds and stores the animals, photo by photo.
pub(super) fn store(
    catalog: &mut Catalog,
    import: ImportId,
    further: &[FurtherAnimals<'_>],
    tools: &Tools<'_>,
    report: &mut IngestReport,
) -> Result<Ended, EngineError> {
    if further.is_empty() {
        return Ok(Ended::Complete);
    }
    let total = Some(further.len() as u64);
    tools.progress.begin(Stage { title: "taking further animals in".to_owned(), total });
    let jobs = further.iter().enumerate().map(|(index, one)| Job {
        index,
        source: PhotoSource::Path(one.planned.path.clone()),
        regions: Some(one.animals.iter().map(|(given, _)| *given).collect()),
    });
    let classifiers: Vec<&dyn Embedder> = tools.classifiers.networks().collect();
    let options = ChainOptions {
        thumbnail_side: None,
        want_hashes: false,
        want_metadata: false,
        // Their local features are made with those of all that lack them.
        further: &classifiers,
        ..tools.options.clone()
    };
    chain::run(jobs, tools.embedder, tools.detector, &options, |processed| {
        tools.progress.advance(1);
        let of = &further[processed.index];
        let about = of.planned.path.display().to_string();
        match processed.photo {
            Ok(photo) if is_of(catalog, &photo, of)? => {
                store_photo(catalog, import, of, photo, tools, report)
            }
            Ok(_) => {
                let message = "the file was changed meanwhile".to_owned();
                report.failures.push(Warning { about, message });
                Ok(())
            }
            Err(failure) => {
                report.failures.push(Warning { about, message: failure.to_string() });
                Ok(())
            }
        }
    })
}

/// Whether the file is still of the photo that its animals were matched with.
fn is_of(catalog: &Catalog, photo: &ProcessedPhoto, of: &FurtherAnimals<'_>) -> Result<bool, EngineError> {
    Ok(catalog.photo_of(&photo.photo_id, photo.picture_id.as_ref())? == Some(of.photo))
}

fn store_photo(
    catalog: &mut Catalog,
    import: ImportId,
    of: &FurtherAnimals<'_>,
    photo: ProcessedPhoto,
    tools: &Tools<'_>,
    report: &mut IngestReport,
) -> Result<(), EngineError> {
    let animals = photo.crops.into_iter().zip(&of.animals);
    let annotations: Vec<NewAnnotation> = animals
        .map(|(crop, (_, labels))| {
            let said = tools.classifiers.say(&crop.further);
            let (species, viewpoint) =
                report.with_models(labels.species.clone(), labels.viewpoint.clone(), said);
            NewAnnotation {
                region: Some(crop.region),
                species,
                viewpoint,
                body_part: labels.body_part.clone(),
                quality: graded(labels.quality.clone(), crop.clarity),
                attributes: labels.attributes.clone(),
                individual: labels.identity.clone(),
                detector: "table".to_owned(),
                confidence: None,
                embedding: made(crop.embedding),
            }
        })
        .collect();
    let bundle = tools.embedder.bundle_id();
    let encounter = of.planned.encounter.as_ref();
    catalog.store_further(import, bundle, &of.photo, encounter, &annotations, Timestamp::now())?;
    report.further_animals += annotations.len();
    report.identified_later += annotations.iter().filter(|one| one.individual.is_some()).count();
    for annotation in &annotations {
        if let NewEmbedding::Unusable(reason) = &annotation.embedding {
            report.not_identifiable += 1;
            let message = format!("not identifiable: {reason}");
            report.warnings.push(Warning { about: of.planned.path.display().to_string(), message });
        }
    }
    Ok(())
}
