//! Everything that is done with a catalog: it is looked at, verified, changed, undone, rebuilt, verified again.

use std::path::Path;

use resight_catalog::{Access, Area, Catalog, CatalogError, GalleryFilter, verify};
use resight_core::{Policy, RoomError as _};

use super::seed_catalog::{at, bundle, query, signed};

/// Goes through a catalog. What it says does not matter; that it comes back does.
pub(super) fn through(root: &Path) {
    if let Some((catalog, report)) = told(verify::verify(root)) {
        for problem in &report.problems {
            let _ = (problem.to_string(), problem.kind.word(), problem.kind.can_be_rebuilt());
        }
        let _ = report.is_sound();
        catalog.iter().for_each(all_that_is_there);
    }
    if let Ok(mut catalog) = Catalog::open(root, Access::Write) {
        told(change(&mut catalog));
        all_that_is_there(&catalog);
        told(catalog.repair_embeddings());
        told(catalog.restore_from_journal());
        told(catalog.verify());
    }
}

fn all_that_is_there(catalog: &Catalog) {
    told(catalog.settings());
    told(catalog.stats());
    told(catalog.bundles());
    told(catalog.failures());
    told(catalog.photo_summaries());
    told(catalog.missing_thumbnails());
    told(catalog.unidentified_annotations());
    told(catalog.learnt(&bundle()));
    told(catalog.calibrations(&bundle()));
    told(catalog.missing_embeddings(&bundle(), None, 100));
    told(catalog.journal(100));
    told(catalog.undoing(None));
    for individual in told(catalog.individuals()).unwrap_or_default() {
        told(catalog.individual(individual.id));
        told(catalog.individual_name(individual.id));
        told(catalog.annotations_of_individual(individual.id));
    }
    for name in ["Ada", "Bo", "Bob", "Cleo", "Dot", "Nobody"] {
        told(catalog.find_individual(name));
    }
    for annotation in told(catalog.annotations()).unwrap_or_default() {
        told(catalog.stored_embedding(&bundle(), annotation.id));
        told(catalog.photo(&annotation.photo));
        told(catalog.photo_paths(&annotation.photo));
        told(catalog.thumbnail(&annotation.photo));
    }
    ask(catalog);
}

/// What an answer is made from.
fn ask(catalog: &Catalog) {
    let Some(gallery) = told(catalog.gallery(&bundle())) else { return };
    let Some(embeddings) = told(catalog.embeddings(&bundle())) else { return };
    for row in 0..embeddings.n_rows() {
        let _ = gallery.at_row(row);
        let _ = embeddings.exact_similarity(&query(2), row);
    }
    let _ = embeddings.exact_similarity(&query(2), embeddings.n_rows());
    told(embeddings.similarities(&query(2)));
    let near = Area::Circle { latitude: -33.5, longitude: 151.25, radius_km: 10.0 };
    let filter = GalleryFilter { area: Some(near), ..GalleryFilter::default() };
    let _ = gallery.filter(&filter);
}

fn change(catalog: &mut Catalog) -> Result<(), CatalogError> {
    let undone = told(catalog.undo(None, &signed(20)));
    if let Some(undone) = undone {
        told(catalog.undo(Some(undone.id), &signed(21)));
    }
    for entry in told(catalog.journal(4)).unwrap_or_default() {
        told(catalog.undo(Some(entry.id), &signed(22)));
    }
    told(catalog.set_policy(&Policy::default()));
    let ids: Vec<_> = catalog.annotations()?.iter().map(|annotation| annotation.id).collect();
    let individuals: Vec<_> = catalog.individuals()?.iter().map(|individual| individual.id).collect();
    if let ([first, .., last], [ada, .., other]) = (&ids[..], &individuals[..]) {
        told(catalog.assign(&[*first], *other, &signed(23)));
        told(catalog.new_individual(&[*last], Some("Eve"), &signed(24)));
        told(catalog.merge(*other, *ada, &signed(25)));
        told(catalog.rename(*ada, "Zoe", &signed(26)));
    }
    let import = catalog.begin_import("again", &signed(27))?;
    catalog.finish_import(import, at(28))
}

/// An error is put into words, as every command does.
fn told<T>(outcome: Result<T, CatalogError>) -> Option<T> {
    match outcome {
        Ok(value) => Some(value),
        Err(error) => {
            let _ = (error.to_string(), error.hint(), error.kind());
            None
        }
    }
}
