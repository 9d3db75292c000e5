//! What is known of each photo before it is opened.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use resight_catalog::EncounterRef;
use resight_core::{
    BodyPart, CaptureTime, GivenBox, LabelSource, Quality, Species, Stated, Viewpoint, says_nothing,
};
use resight_dataset::{Row, SourceKind, Table};

use super::SideFrom;
use super::encounters::of_row;
use crate::Warning;

/// Labels of one animal in a photo.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Labels {
    pub(super) identity: Option<String>,
    pub(super) species: Option<Stated<Species>>,
    pub(super) viewpoint: Option<Stated<Viewpoint>>,
    pub(super) body_part: Option<Stated<BodyPart>>,
    pub(super) quality: Option<Stated<Quality>>,
    /// Cells of columns that mean nothing to resight, by the names of their columns.
    pub(super) attributes: BTreeMap<String, String>,
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
    pub(super) date: Option<Stated<CaptureTime>>,
    pub(super) position: Option<Stated<(f64, f64)>>,
    /// Who says what is said here.
    pub(super) source: LabelSource,
}

/// Gathers the rows of all sources by photo.
pub(super) struct Plan {
    species: Option<Stated<Species>>,
    viewpoint: Option<Stated<Viewpoint>>,
    side_from: Option<SideFrom>,
    photos: Vec<PlannedPhoto>,
    by_path: BTreeMap<PathBuf, usize>,
}

impl Plan {
    /// An empty plan; the labels that `actor` gives stand in where a source states none.
    pub(super) fn new(
        species: Option<Species>,
        viewpoint: Option<Viewpoint>,
        side_from: Option<SideFrom>,
        actor: &str,
    ) -> Self {
        let by = || LabelSource::Person(actor.to_owned());
        Self {
            species: species.map(|species| Stated::by(by(), species)),
            viewpoint: viewpoint.map(|viewpoint| Stated::by(by(), viewpoint)),
            side_from,
            photos: Vec::new(),
            by_path: BTreeMap::new(),
        }
    }

    /// Adds the rows of a source; rows of one photo come together.
    pub(super) fn add(&mut self, path: &Path, table: Table, warnings: &mut Vec<Warning>) {
        let source = Source {
            says: source_of(path, table.kind),
            root: table.root.clone(),
            extra_columns: table.extra_columns.iter().map(|name| name.trim().to_owned()).collect(),
        };
        for row in table.rows {
            match self.by_path.get(&row.path) {
                Some(index) => warnings.extend(self.add_animal(*index, &row, &source)),
                None => self.add_photo(&row, &source),
            }
        }
    }

    /// The photos, in the order of the sources.
    pub(super) fn into_photos(self) -> Vec<PlannedPhoto> {
        self.photos
    }

    fn add_photo(&mut self, row: &Row, source: &Source) {
        self.by_path.insert(row.path.clone(), self.photos.len());
        self.photos.push(PlannedPhoto {
            path: row.path.clone(),
            regions: row.boxes.clone(),
            labels: self.labels(row, source),
            encounter: of_row(row),
            date: row.date.map(|date| source.states(date)),
            position: row.latitude.zip(row.longitude).map(|place| source.states(place)),
            source: source.says.clone(),
        });
    }

    /// A further row of the same photo is a further animal, where both say where; else it is the same animal,
    /// of which it may know more.
    fn add_animal(&mut self, index: usize, row: &Row, source: &Source) -> Option<Warning> {
        let labels = self.labels(row, source);
        let photo = &mut self.photos[index];
        if photo.encounter.is_none() {
            photo.encounter = of_row(row);
        }
        photo.date = photo.date.take().or(row.date.map(|date| source.states(date)));
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

    fn labels(&self, row: &Row, source: &Source) -> Vec<Labels> {
        // One name for several boxes does not say whose it is.
        let identity = if row.boxes.len() > 1 { None } else { row.identity.clone() };
        let stated = |species: &Species| source.states(species.clone());
        let mut labels = Labels {
            identity,
            species: row.species.as_ref().map(stated).or_else(|| self.species.clone()),
            viewpoint: row
                .viewpoint
                .as_ref()
                .map(|viewpoint| source.states(viewpoint.clone()))
                .or_else(|| {
                    self.side_from?
                        .of(&row.path, &source.root)
                        .map(|side| Stated::by(LabelSource::FileName, side))
                })
                .or_else(|| self.viewpoint.clone()),
            body_part: None,
            quality: None,
            attributes: BTreeMap::new(),
        };
        source.read_extra(row, &mut labels);
        vec![labels; row.boxes.len().max(1)]
    }
}

/// Where rows come from.
struct Source {
    says: LabelSource,
    /// The folder that its photos lie below.
    root: PathBuf,
    extra_columns: Vec<String>,
}

impl Source {
    fn states<T>(&self, value: T) -> Stated<T> {
        Stated::by(self.says.clone(), value)
    }

    /// Reads the columns that the table's reader has no meaning for: body part and quality, as far as their cells are
    /// such; the others are kept as they are.
    fn read_extra(&self, row: &Row, labels: &mut Labels) {
        for (name, cell) in self.extra_columns.iter().zip(&row.extra) {
            if says_nothing(cell) || name.is_empty() {
                continue;
            }
            let plain = name.to_lowercase().replace([' ', '-'], "_");
            match (plain.as_str(), Quality::parse(cell)) {
                ("body_part", _) => labels.body_part = BodyPart::parse(cell).map(|part| self.states(part)),
                ("quality", Some(quality)) => labels.quality = Some(self.states(quality)),
                _ => drop(labels.attributes.insert(name.clone(), cell.clone())),
            }
        }
    }
}

/// Who says what a source says: a table, or the names of folders.
fn source_of(path: &Path, kind: SourceKind) -> LabelSource {
    match kind {
        SourceKind::FolderPerIndividual | SourceKind::FolderTree => LabelSource::FileName,
        _ => {
            let name = path.file_name().unwrap_or(path.as_os_str());
            LabelSource::Table(name.to_string_lossy().into_owned())
        }
    }
}

/// Two rows that both mean the whole photo: what one does not say the other may; two names are none.
fn merge_labels(photo: &mut PlannedPhoto, further: Vec<Labels>) -> Option<Warning> {
    let (Some(labels), Some(further)) = (photo.labels.first_mut(), further.into_iter().next()) else {
        return None;
    };
    labels.species = labels.species.take().or(further.species);
    labels.viewpoint = labels.viewpoint.take().or(further.viewpoint);
    labels.body_part = labels.body_part.take().or(further.body_part);
    labels.quality = labels.quality.take().or(further.quality);
    for (name, value) in further.attributes {
        labels.attributes.entry(name).or_insert(value);
    }
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
        let mut plan = Plan::new(Species::parse("zebra"), None, None, "Ada");
        let table = Table {
            kind: SourceKind::WildlifeDatasets,
            root: PathBuf::new(),
            extra_columns: vec![],
            rows,
            warnings: vec![],
        };
        plan.add(Path::new("season.csv"), table, &mut Vec::new());
        plan.into_photos()
    }

    #[test]
    fn rows_of_one_photo_become_its_animals() {
        let photos = planned(vec![row("a.jpg", "Ada", 1), row("b.jpg", "Bo", 0), row("a.jpg", "Cy", 1)]);
        assert_eq!(photos.len(), 2);
        let names: Vec<_> =
            photos[0].labels.iter().map(|labels| labels.identity.clone().unwrap_or_default()).collect();
        assert_eq!((names, photos[0].regions.len()), (vec!["Ada".to_owned(), "Cy".to_owned()], 2));
        let species = photos[1].labels[0].species.clone().unwrap();
        assert_eq!(Some(species.value), Species::parse("zebra"));
        assert_eq!(species.source, LabelSource::Person("Ada".to_owned()));
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
