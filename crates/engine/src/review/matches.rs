//! The marks that two photos of the catalog have in common, where a person looks for them.

use resight_catalog::Catalog;
use resight_compare::Comparer;
use resight_core::{AnnotationId, PixelBox};
use resight_page::matches::SeenTwice;

use crate::local::{LocalGallery, Shown, seen_twice};
use crate::{EngineError, Session};

/// Two points that show one mark: `(x, y)` in pixels of each upright photo.
pub type MatchedPoints = [(f64, f64); 2];

/// The marks that one kind of local features sees in both photos.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchedMarks {
    /// The bundle that reads them.
    pub features: String,
    /// The marks.
    pub points: Vec<MatchedPoints>,
}

impl Session {
    /// The marks that two annotations have in common, by each kind of local features that both have. Nothing where animals are compared
    /// in a frame of their own: their marks have no place in the photos.
    ///
    /// # Errors
    /// There is no such annotation; the catalog cannot be read.
    pub fn marks_in_common(
        &self,
        query: AnnotationId,
        other: AnnotationId,
    ) -> Result<Vec<MatchedMarks>, EngineError> {
        let loaded = self.loaded()?;
        if loaded.normaliser.is_some() {
            return Ok(Vec::new());
        }
        let places = self.read(|catalog| Ok([place(catalog, query)?, place(catalog, other)?]))?;
        let marks = loaded.local.iter().filter_map(|gallery| marks(gallery, query, other, &places));
        Ok(marks.collect())
    }
}

/// An annotation's animal, with its box in pixels of the upright photo.
fn place(catalog: &Catalog, annotation: AnnotationId) -> Result<(Shown, PixelBox), EngineError> {
    let record = catalog.annotation(annotation)?;
    let size = catalog.photo(&record.photo)?.size;
    let shown = Shown::of(record.region, size, None, || None::<Vec<u8>>);
    Ok((shown, record.region.unwrap_or_else(|| PixelBox::whole(size))))
}

fn marks(
    gallery: &LocalGallery,
    query: AnnotationId,
    other: AnnotationId,
    [(query_shown, query_box), (other_shown, other_box)]: &[(Shown, PixelBox); 2],
) -> Option<MatchedMarks> {
    let form = gallery.form();
    let asked = form.packed(gallery.row_of(query)?)?.to_features();
    let evidence = Comparer::new(&asked, form.rule()).evidence(form.packed(gallery.row_of(other)?)?)?;
    let preprocess = gallery.reader.preprocess();
    let twice = seen_twice(&evidence, preprocess, query_shown, other_shown);
    let in_pixels = |seen: SeenTwice| [query_box.point_at(seen.left), other_box.point_at(seen.right)];
    Some(MatchedMarks {
        features: gallery.bundle().name().to_owned(),
        points: twice.into_iter().map(in_pixels).collect(),
    })
}
