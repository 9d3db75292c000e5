//! Names for photos that the catalog has already: a table may know who they show.

use std::collections::BTreeMap;

use resight_catalog::{Catalog, CatalogError, Signature};
use resight_core::{AnnotationId, PhotoId};

use super::IngestReport;
use super::plan::PlannedPhoto;
use crate::{EngineError, Warning};

/// Names the animals of known photos that nobody has named yet, one journalled step an individual. Where the
/// catalog says otherwise than the source, the catalog stands and the report says so.
pub(super) fn name_known_photos(
    catalog: &mut Catalog,
    known: &[(PhotoId, &PlannedPhoto)],
    signature: &Signature,
    report: &mut IngestReport,
) -> Result<(), EngineError> {
    let mut unnamed: BTreeMap<&str, Vec<AnnotationId>> = BTreeMap::new();
    for (photo, planned) in known {
        let ([labels], true) = (planned.labels.as_slice(), planned.regions.is_empty()) else { continue };
        let Some(name) = labels.identity.as_deref() else { continue };
        // Of several animals in one photo, nobody knows which one the name means.
        let annotations = catalog.annotations_of_photo(photo)?;
        let [annotation] = annotations.as_slice() else { continue };
        match annotation.individual {
            None => unnamed.entry(name).or_default().push(annotation.id),
            Some(individual) if catalog.find_individual(name).is_ok_and(|meant| meant == individual) => {}
            Some(individual) => {
                let there = catalog.individual_name(individual)?.unwrap_or_else(|| individual.to_string());
                report.warnings.push(Warning {
                    about: planned.path.display().to_string(),
                    message: format!("the source says `{name}`, the catalog says `{there}`, which stands"),
                });
            }
        }
    }
    for (name, mut annotations) in unnamed {
        annotations.sort_unstable();
        annotations.dedup();
        match catalog.find_individual(name) {
            Ok(individual) => catalog.assign(&annotations, individual, signature)?,
            Err(CatalogError::NoSuchName { .. }) => {
                catalog.new_individual(&annotations, Some(name), signature)?
            }
            Err(error) => return Err(error.into()),
        };
        report.identified_later += annotations.len();
    }
    Ok(())
}
