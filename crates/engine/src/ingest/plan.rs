//! What is known of each photo before it is opened.

use std::collections::BTreeMap;
use std::path::PathBuf;

use resight_catalog::EncounterRef;
use resight_core::{CaptureTime, GivenBox, Species, Viewpoint};
use resight_dataset::{Row, Table};

use super::encounters::of_row;
use crate::Warning;

/// Labels of one animal in a photo.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Labels {
    pub(super) identity: Option<String>,
    pub(super) species: Option<Species>,
    pub(super) viewpoint: Option<Viewpoint>,
}

/// One photo to take in, with all that its source says of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PlannedPhoto {
    pub(super) path: PathBuf,
    /// Where the animals are; none where the source does not say.
    pub(super) regions: Vec<GivenBox>,
    /// One for each region; a single one where there are no regions.
    pub(super) labels: Vec<Labels>,
    pub(super) encounter: Option<EncounterRef>,
    /// The source's word for when; the photo's own stands back behind it.
    pub(super) date: Option<CaptureTime>,
    pub(super) position: Option<(f64, f64)>,
}

/// Gathers the rows of all sources by photo.
pub(super) struct Plan {
    species: Option<Species>,
    viewpoint: Option<Viewpoint>,
    photos: Vec<PlannedPhoto>,
    by_path: BTreeMap<PathBuf, usize>,
}

impl Plan {
    /// An empty plan; the labels given stand in where a source states none.
    pub(super) fn new(species: Option<Species>, viewpoint: Option<Viewpoint>) -> Self {
        Self { species, viewpoint, photos: Vec::new(), by_path: BTreeMap::new() }
    }

    /// Adds the rows of a source; rows of one photo come together.
    pub(super) fn add(&mut self, table: Table, warnings: &mut Vec<Warning>) {
        for row in table.rows {
            match self.by_path.get(&row.path) {
                Some(index) => warnings.extend(self.add_animal(*index, &row)),
                None => self.add_photo(row),
            }
        }
    }

    /// The photos, in the order of the sources.
    pub(super) fn into_photos(self) -> Vec<PlannedPhoto> {
        self.photos
    }

    fn add_photo(&mut self, row: Row) {
        self.by_path.insert(row.path.clone(), self.photos.len());
        self.photos.push(PlannedPhoto {
            path: row.path.clone(),
            regions: row.boxes.clone(),
            labels: self.labels(&row),
            encounter: of_row(&row),
            date: row.date,
            position: row.latitude.zip(row.longitude),
        });
    }

    /// A further row of the same photo is a further animal, where both say where; else it is the same animal,
    /// of which it may know more.
    fn add_animal(&mut self, index: usize, row: &Row) -> Option<Warning> {
        let labels = self.labels(row);
        let photo = &mut self.photos[index];
        if photo.encounter.is_none() {
            photo.encounter = of_row(row);
        }
        photo.date = photo.date.or(row.date);
        match (photo.regions.is_empty(), row.boxes.is_empty()) {
            (false, false) => {
                for (region, labels) in row.boxes.iter().zip(labels) {
                    if !photo.regions.contains(region) {
                        photo.regions.push(*region);
                        photo.labels.push(labels);
                    }
                }
            }
            // The row that says where knows more than the one that does not.
            (true, false) => (photo.regions, photo.labels) = (row.boxes.clone(), labels),
            (false, true) => {}
            (true, true) => return merge_labels(photo, labels),
        }
        None
    }

    fn labels(&self, row: &Row) -> Vec<Labels> {
        // One name for several boxes does not say whose it is.
        let identity = if row.boxes.len() > 1 { None } else { row.identity.clone() };
        let labels = Labels {
            identity,
            species: row.species.clone().or_else(|| self.species.clone()),
            viewpoint: row.viewpoint.clone().or_else(|| self.viewpoint.clone()),
        };
        vec![labels; row.boxes.len().max(1)]
    }
}

/// Two rows that both mean the whole photo: what one does not say the other may; two names are none.
fn merge_labels(photo: &mut PlannedPhoto, further: Vec<Labels>) -> Option<Warning> {
    let (Some(labels), Some(further)) = (photo.labels.first_mut(), further.into_iter().next()) else {
        return None;
    };
    labels.species = labels.species.take().or(further.species);
    labels.viewpoint = labels.viewpoint.take().or(further.viewpoint);
    match (&labels.identity, further.identity) {
        (Some(one), Some(other)) if *one != other => {
            let message = format!("named both `{one}` and `{other}` without boxes: nobody is named");
            labels.identity = None;
            Some(Warning { about: photo.path.display().to_string(), message })
        }
        (None, Some(name)) => {
            labels.identity = Some(name);
            None
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use resight_core::PixelBox;
    use resight_dataset::SourceKind;

    use super::*;

    fn row(path: &str, identity: &str, boxes: usize) -> Row {
        let x = identity.bytes().map(f64::from).sum();
        let region = PixelBox { x, y: 2.0, width: 30.0, height: 40.0 };
        Row {
            identity: Some(identity.to_owned()),
            boxes: vec![GivenBox::stored(region); boxes],
            ..Row::of_photo(2, path.to_owned(), PathBuf::from(path))
        }
    }

    fn planned(rows: Vec<Row>) -> Vec<PlannedPhoto> {
        let mut plan = Plan::new(Species::parse("zebra"), None);
        let table = Table {
            kind: SourceKind::WildlifeDatasets,
            root: PathBuf::new(),
            extra_columns: vec![],
            rows,
            warnings: vec![],
        };
        plan.add(table, &mut Vec::new());
        plan.into_photos()
    }

    #[test]
    fn rows_of_one_photo_become_its_animals() {
        let photos = planned(vec![row("a.jpg", "Ada", 1), row("b.jpg", "Bo", 0), row("a.jpg", "Cy", 1)]);
        assert_eq!(photos.len(), 2);
        let names: Vec<_> =
            photos[0].labels.iter().map(|labels| labels.identity.clone().unwrap_or_default()).collect();
        assert_eq!((names, photos[0].regions.len()), (vec!["Ada".to_owned(), "Cy".to_owned()], 2));
        assert_eq!(photos[1].labels[0].species, Species::parse("zebra"));
    }

    #[test]
    fn one_name_for_several_boxes_names_none_of_them() {
        let photos = planned(vec![row("a.jpg", "Ada", 3)]);
        assert_eq!(photos[0].labels.len(), 3);
        assert!(photos[0].labels.iter().all(|labels| labels.identity.is_none()));
    }

    #[test]
    fn the_same_photo_twice_is_one_animal_that_is_known_better() {
        let unnamed = Row::of_photo(2, "a.jpg".to_owned(), PathBuf::from("a.jpg"));
        let photos =
            planned(vec![unnamed, row("a.jpg", "Ada", 0), row("b.jpg", "Bo", 1), row("b.jpg", "Bo", 1)]);
        assert_eq!(photos[0].labels[0].identity.as_deref(), Some("Ada"));
        assert_eq!((photos[1].regions.len(), photos[1].labels.len()), (1, 1));
        let photos = planned(vec![row("a.jpg", "Ada", 0), row("a.jpg", "Bo", 0)]);
        assert_eq!(photos[0].labels[0].identity, None, "two names are none");
    }
}
