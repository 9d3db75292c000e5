//! What was answered to each photo.

use resight_dataset::{ListWriter, Row, TableWriteError};
use resight_eval::{RankedQuery, View};

use super::Evaluation;

/// A photo that asked, with everything else of its own individual hidden that was to be.
#[derive(Debug, Clone, Copy)]
pub struct AskedPhoto<'a> {
    /// Its row.
    pub row: &'a Row,
    /// The rank of the right individual, from 1; none where no photo of it was left to answer.
    pub rank: Option<u32>,
    /// The photo that was most alike: whom it shows is the first guess.
    pub first: Option<&'a Row>,
}

impl Evaluation {
    /// The photos that asked, in the order of the table; those that the bundle had learnt did not.
    pub fn asked(&self) -> impl Iterator<Item = AskedPhoto<'_>> {
        let asked = self.ranked.iter().filter(|query| query.is_evidence());
        asked.filter_map(|query: &RankedQuery| {
            let first = query.best(View::Strict, 1).first().copied();
            Some(AskedPhoto {
                row: self.used_row(query.row as usize)?,
                rank: query.own(View::Strict).map(|own| own.rank),
                first: first.and_then(|found| self.used_row(found.best_row as usize)),
            })
        })
    }

    /// The photos that asked as a table, a line each.
    ///
    /// # Errors
    /// A cell cannot be written.
    pub fn asked_csv(&self) -> Result<Vec<u8>, TableWriteError> {
        let columns =
            ["image_id", "path", "identity", "species", "viewpoint", "rank", "first", "first_image_id"];
        let mut list = ListWriter::new(Vec::new(), &columns.map(str::to_owned))?;
        for AskedPhoto { row, rank, first } in self.asked() {
            let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
            list.write(&[
                row.image_id.clone(),
                row.path.display().to_string(),
                text(row.identity.as_deref()),
                text(row.species.as_ref().map(|species| species.as_str())),
                text(row.viewpoint.as_ref().map(|viewpoint| viewpoint.as_str())),
                rank.map(|rank| rank.to_string()).unwrap_or_default(),
                text(first.and_then(|row| row.identity.as_deref())),
                text(first.map(|row| row.image_id.as_str())),
            ])?;
        }
        list.finish()
    }
}
