//! What is known of each photo before it is opened.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use resight_catalog::{EncounterRef, place_text};
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
    /// Whether rows name several individuals: then none of them is taken, whatever further rows say.
    pub(super) is_contested: bool,
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
        let mut differs = Vec::new();
        if photo.encounter.is_none() {
            photo.encounter = of_row(row);
        }
        let date = row.date.map(|date| source.states(date));
        settle("date", &mut photo.date, date, ToString::to_string, &mut differs);
        let position = row.latitude.zip(row.longitude).map(|place| source.states(place));
        settle("position", &mut photo.position, position, |place| place_text(*place), &mut differs);
        match (photo.regions.is_empty(), row.boxes.is_empty()) {
            (false, false) => {
                for (region, labels) in row.boxes.iter().zip(labels) {
                    match photo.regions.iter().position(|there| there == region) {
                        Some(same) => photo.labels[same].merge(labels, &mut differs),
                        None => {
                            photo.regions.push(*region);
                            photo.labels.push(labels);
                        }
                    }
                }
            }
            // The row that says where knows more than the one that does not.
            (true, false) => {
                photo.regions.clone_from(&row.boxes);
                let without_boxes = std::mem::replace(&mut photo.labels, labels);
                photo.take_of_the_whole(without_boxes, &mut differs);
            }
            (false, true) => photo.take_of_the_whole(labels, &mut differs),
            (true, true) => {
                for (there, further) in photo.labels.iter_mut().zip(labels) {
                    there.merge(further, &mut differs);
                }
            }
        }
        let about = photo.path.display().to_string();
        (!differs.is_empty()).then(|| Warning { about, message: differs.join("; ") })
    }

    fn labels(&self, row: &Row, source: &Source) -> Vec<Labels> {
        // One name for several boxes does not say whose it is.
        let identity = if row.boxes.len() > 1 { None } else { row.identity.clone() };
        let stated = |species: &Species| source.states(species.clone());
        let mut labels = Labels {
            identity,
            is_contested: false,
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
            match (plain(name).as_str(), Quality::parse(cell)) {
                (BODY_PART, _) => labels.body_part = BodyPart::parse(cell).map(|part| self.states(part)),
                (QUALITY, Some(quality)) => labels.quality = Some(self.states(quality)),
                _ => drop(labels.attributes.insert(name.clone(), cell.clone())),
            }
        }
    }
}

/// Columns that are labels here and mean nothing to the table's reader.
const BODY_PART: &str = "body_part";
const QUALITY: &str = "quality";

/// Whether a column that the table's reader has no meaning for is read as a label.
pub(super) fn is_read(column: &str) -> bool {
    [BODY_PART, QUALITY].contains(&plain(column).as_str())
}

fn plain(column: &str) -> String {
    column.to_lowercase().replace([' ', '-'], "_")
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

impl PlannedPhoto {
    /// What a row without a box says of a photo whose animals other rows have in boxes: of the only one it can mean
    /// nothing else, unless that one has another name; of several it does not say which.
    fn take_of_the_whole(&mut self, without_boxes: Vec<Labels>, differs: &mut Vec<String>) {
        let Some(mut said) = without_boxes.into_iter().next() else { return };
        let is_alone = self.labels.len() == 1;
        let is_free = is_alone && self.labels[0].identity.is_none();
        if let Some(name) = said.identity.take_if(|_| !is_free)
            && self.labels.iter().all(|labels| labels.identity.as_ref() != Some(&name))
        {
            differs
                .push(format!("`{name}` is not taken over: other rows give boxes, and none is given for it"));
        }
        if let Some(only) = self.labels.first_mut().filter(|_| is_alone) {
            only.merge(said, differs);
        }
    }
}

impl Labels {
    /// Takes over what a further row about the same animal says: what is not known yet. Two names are none; of other labels
    /// the first stands. What differs is told.
    fn merge(&mut self, further: Self, differs: &mut Vec<String>) {
        settle("species", &mut self.species, further.species, ToString::to_string, differs);
        settle("viewpoint", &mut self.viewpoint, further.viewpoint, ToString::to_string, differs);
        settle("body part", &mut self.body_part, further.body_part, ToString::to_string, differs);
        settle("quality", &mut self.quality, further.quality, ToString::to_string, differs);
        for (name, value) in further.attributes {
            let there = self.attributes.entry(name.clone()).or_insert_with(|| value.clone());
            if *there != value {
                differs.push(both(&name, there, &value));
            }
        }
        match (&self.identity, further.identity) {
            _ if self.is_contested => {}
            (Some(one), Some(other)) if *one != other => {
                differs.push(format!("named both `{one}` and `{other}`: nobody is named"));
                (self.identity, self.is_contested) = (None, true);
            }
            (None, Some(name)) => self.identity = Some(name),
            _ => {}
        }
    }
}

/// Takes over what a further row says where nothing is said yet, or only what stands in where rows say nothing. Else the
/// first stands, and what differs is told.
fn settle<T: PartialEq>(
    label: &str,
    there: &mut Option<Stated<T>>,
    further: Option<Stated<T>>,
    text: impl Fn(&T) -> String,
    differs: &mut Vec<String>,
) {
    let Some(further) = further else { return };
    let is_a_tables = |stated: &Stated<T>| matches!(stated.source, LabelSource::Table(_));
    match there {
        Some(known) if known.value == further.value || !is_a_tables(&further) && is_a_tables(known) => {}
        Some(known) if is_a_tables(known) || !is_a_tables(&further) => {
            differs.push(both(label, &text(&known.value), &text(&further.value)));
        }
        _ => *there = Some(further),
    }
}

fn both(label: &str, first: &str, further: &str) -> String {
    format!("{label}: both `{first}` and `{further}`, of which the first is taken")
}

#[cfg(test)]
mod tests {
    use resight_core::PixelBox;
    use resight_dataset::SourceKind;

    use super::*;

    fn row(path: &str, identity: &str, boxes: usize) -> Row {
        let x = identity.bytes().map(f64::from).sum();
        let region = PixelBox::at(x, 2.0, 30.0, 40.0);
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
    }

    /// What is planned of one photo, and what is told of it.
    fn told(rows: Vec<Row>) -> (PlannedPhoto, String) {
        let mut plan = Plan::new(Species::parse("zebra"), None, None, "Ada");
        let mut told = Vec::new();
        let (kind, root) = (SourceKind::WildlifeDatasets, PathBuf::new());
        let table = Table { kind, root, extra_columns: vec![], rows, warnings: vec![] };
        plan.add(Path::new("season.csv"), table, &mut told);
        let told: Vec<String> = told.into_iter().map(|one| one.message).collect();
        (plan.into_photos().remove(0), told.join(" | "))
    }

    #[test]
    fn two_names_are_none_whatever_a_third_row_says() {
        for boxes in [0, 1] {
            let mut rows =
                [row("a.jpg", "Ada", boxes), row("a.jpg", "Bo", boxes), row("a.jpg", "Ada", boxes)];
            let first = rows[0].boxes.clone();
            rows.iter_mut().for_each(|row| row.boxes.clone_from(&first));
            let (photo, told) = told(rows.to_vec());
            assert_eq!((photo.labels.len(), photo.labels[0].identity.as_ref()), (1, None));
            assert_eq!(told, "named both `Ada` and `Bo`: nobody is named");
        }
    }

    #[test]
    fn what_rows_about_one_animal_say_otherwise_is_told() {
        let of = |species: &str, date: &str| Row {
            species: Species::parse(species),
            date: date.parse().ok(),
            ..row("a.jpg", "Ada", 1)
        };
        let (photo, told) =
            told(vec![row("a.jpg", "Ada", 1), of("lion", "2024-05-01"), of("tiger", "2024-05-02")]);
        let species = photo.labels[0].species.clone().unwrap();
        assert_eq!(
            Some(species.value),
            Species::parse("lion"),
            "what stands in where rows say nothing gives way"
        );
        assert!(
            told.contains("date: both `2024-05-01` and `2024-05-02`, of which the first is taken"),
            "{told}"
        );
        assert!(told.contains("species: both `lion` and `tiger`"), "{told}");
    }

    #[test]
    fn a_row_without_a_box_says_something_of_the_only_animal_in_one() {
        let boxed = Row { identity: None, ..row("a.jpg", "Ada", 1) };
        for rows in [[boxed.clone(), row("a.jpg", "Bo", 0)], [row("a.jpg", "Bo", 0), boxed]] {
            let (photo, told) = told(rows.to_vec());
            assert_eq!((photo.regions.len(), photo.labels[0].identity.as_deref()), (1, Some("Bo")));
            assert_eq!(told, "");
        }
        let (photo, told) = told(vec![row("a.jpg", "Ada", 1), row("a.jpg", "Bo", 1), row("a.jpg", "Cy", 0)]);
        assert_eq!(photo.labels.len(), 2);
        assert!(told.contains("`Cy` is not taken over: other rows give boxes"), "{told}");
    }
}
