//! Which column of a table means what.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::DatasetError;
use crate::boxes::{self, BoxForm};
use crate::warning::{WarningKind, Warnings};

/// What a column can mean to resight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// Name of the row, unique.
    ImageId,
    /// Where the photo is.
    Path,
    /// Label of the individual.
    Identity,
    /// Kind of animal.
    Species,
    /// Side or part of the animal that is seen.
    Viewpoint,
    /// Label of the encounter.
    Encounter,
    /// When it was taken.
    Date,
    /// Degrees north.
    Latitude,
    /// Degrees east.
    Longitude,
    /// One box or a list of boxes.
    Bbox,
    /// What the boxes count the pixels of: `upright` or `stored`.
    BboxSpace,
    /// Train or test.
    Split,
}

impl Column {
    /// Every meaning, in the order of a written table.
    pub const ALL: [Self; 12] = [
        Self::ImageId,
        Self::Path,
        Self::Identity,
        Self::Species,
        Self::Viewpoint,
        Self::Encounter,
        Self::Date,
        Self::Latitude,
        Self::Longitude,
        Self::Bbox,
        Self::BboxSpace,
        Self::Split,
    ];

    /// The name of the column in tables that resight writes.
    pub fn name(self) -> &'static str {
        self.names()[0]
    }

    /// The meaning with the given name, as the user writes it in a mapping.
    pub fn named(name: &str) -> Option<Self> {
        let plain = plain(name);
        Self::ALL.into_iter().find(|column| column.name() == plain)
    }

    /// What a column that no meaning was found for probably means, by the words of its name: `Whale ID` is who it is.
    pub fn probably(name: &str) -> Option<Self> {
        let name = plain(name);
        let words: Vec<&str> = name.split(['_', '.', '/']).filter(|word| !word.is_empty()).collect();
        let any = |of: &[&str]| words.iter().any(|word| of.contains(word));
        let last = |of: &[&str]| words.last().is_some_and(|word| of.contains(word));
        Some(match () {
            () if any(&["side", "view", "viewpoint", "flank", "aspect"]) => Self::Viewpoint,
            () if any(&["species", "taxon"]) => Self::Species,
            () if any(&["encounter", "sequence", "event", "sighting"]) => Self::Encounter,
            () if any(&["date", "day", "time", "datetime"]) => Self::Date,
            () if last(&["id", "name", "individual", "animal", "identity"]) => Self::Identity,
            () => return None,
        })
    }

    /// Names under which tables carry it, in plain form, the first of them winning.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::ImageId => &["image_id", "annotation_id", "observation_id", "id"],
            Self::Path => &[
                "path",
                "file_path",
                "filepath",
                "file_name",
                "filename",
                "image_path",
                "image",
                "file",
                "photo",
            ],
            Self::Identity => &[
                "identity",
                "individual_id",
                "individualid",
                "individual",
                "individual_name",
                "catalog_id",
                "catalogid",
                "name",
            ],
            Self::Species => &["species", "scientific_name", "scientificname"],
            Self::Viewpoint => &["viewpoint", "position", "orientation", "view", "side"],
            Self::Encounter => &["encounter", "encounter_id", "sequence_id", "seq_id", "sequence"],
            Self::Date => &[
                "date",
                "datetime",
                "date_time",
                "timestamp",
                "date_captured",
                "capture_time",
                "datetimeoriginal",
                "date_time_original",
                "observed_on",
            ],
            Self::Latitude => &["latitude", "decimal_latitude", "decimallatitude", "lat"],
            Self::Longitude => &["longitude", "decimal_longitude", "decimallongitude", "lon", "long", "lng"],
            Self::Bbox => &[
                "bbox",
                "box",
                "boxes",
                "bounding_box",
                "bbox_xywh",
                "bbox_xyxy",
                "xyxy",
                "bbox_cxcywh",
                "bbox_rel",
                "rel_bbox",
                "bbox_relative",
            ],
            Self::BboxSpace => &["bbox_space"],
            Self::Split => &["split", "split_original", "original_split", "subset"],
        }
    }
}

/// The user's word on columns: which column of the table holds what. What is not mapped is found by its name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ColumnMapping(pub BTreeMap<Column, String>);

impl ColumnMapping {
    /// This mapping with one more column.
    #[must_use]
    pub fn with(mut self, meaning: Column, column: &str) -> Self {
        self.0.insert(meaning, column.to_owned());
        self
    }
}

/// Where the columns of one table are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layout {
    found: BTreeMap<Column, usize>,
    /// Four columns such as `x`, `y`, `w`, `h` that hold the box, where no single column does.
    box_columns: Option<[usize; 4]>,
    /// What the numbers of a box mean, as the names of their columns say.
    pub(crate) box_form: BoxForm,
    /// The folder of each photo below that of the table, where the column of paths has names of files alone: Timelapse
    /// writes `File` and `RelativePath`.
    pub(crate) folder: Option<usize>,
    /// How far boxes are turned, in radians.
    pub(crate) rotation: Option<usize>,
    /// Columns that mean nothing to us.
    pub(crate) extra: Vec<usize>,
    pub(crate) width: usize,
}

impl Layout {
    /// Finds every column that means something.
    ///
    /// # Errors
    /// When the mapping names a column that is not there, or nothing tells where the photos are.
    pub(crate) fn of(
        header: &[String],
        mapping: &ColumnMapping,
        path: &Path,
        warnings: &mut Warnings,
    ) -> Result<Self, DatasetError> {
        let mut layout = Self { width: header.len(), ..Self::default() };
        for (&meaning, name) in &mapping.0 {
            layout.found.insert(meaning, mapped_column(header, name, path)?);
        }
        layout.find_humpback_id(header);
        for meaning in Column::ALL {
            layout.find_by_name(header, meaning, warnings);
        }
        layout.find_box_columns(header);
        if !layout.found.contains_key(&Column::Path) {
            return Err(no_path_column(header, path));
        }
        layout.find_folder(header);
        layout.rotation =
            header.iter().position(|name| matches!(plain(name).as_str(), "theta" | "bbox_theta"));
        layout.extra = (0..header.len()).filter(|index| !layout.is_used(*index)).collect();
        Ok(layout)
    }

    /// Position of the column with a meaning.
    pub(crate) fn get(&self, meaning: Column) -> Option<usize> {
        self.found.get(&meaning).copied()
    }

    /// Positions of the four columns, where they hold the box.
    pub(crate) fn box_columns(&self) -> Option<[usize; 4]> {
        self.box_columns
    }

    fn is_used(&self, index: usize) -> bool {
        self.found.values().any(|used| *used == index)
            || self.box_columns.is_some_and(|all| all.contains(&index))
            || self.folder == Some(index)
            || self.rotation == Some(index)
    }

    /// `Image,Id` is how Kaggle's Humpback competition calls photo and individual; elsewhere `id` names the row.
    fn find_humpback_id(&mut self, header: &[String]) {
        let position = |name: &str| header.iter().position(|column| column == name);
        if let (Some(_), Some(id)) = (position("Image"), position("Id"))
            && !self.is_used(id)
        {
            self.found.entry(Column::Identity).or_insert(id);
        }
    }

    fn find_folder(&mut self, header: &[String]) {
        let is_name =
            |index: usize| matches!(plain(&header[index]).as_str(), "file" | "filename" | "file_name");
        if self.get(Column::Path).is_some_and(is_name) {
            let is_folder = |name: &String| {
                matches!(plain(name).as_str(), "relativepath" | "relative_path" | "directory")
            };
            self.folder = header.iter().position(is_folder);
        }
    }

    fn find_by_name(&mut self, header: &[String], meaning: Column, warnings: &mut Warnings) {
        let mapped = self.found.contains_key(&meaning);
        for name in meaning.names() {
            let Some(index) = header.iter().position(|column| plain(column) == *name) else { continue };
            if self.is_used(index) {
                continue;
            }
            match self.found.get(&meaning) {
                None => {
                    self.found.insert(meaning, index);
                }
                Some(_) if mapped => {}
                Some(&used) => warnings.list(
                    Some(1),
                    WarningKind::TwoColumns {
                        used: header[used].clone(),
                        ignored: header[index].clone(),
                        meaning: meaning.name(),
                    },
                ),
            }
        }
    }

    fn find_box_columns(&mut self, header: &[String]) {
        let names: Vec<String> = header.iter().map(|column| plain(column)).collect();
        match (self.get(Column::Bbox), boxes::columns(&names)) {
            (Some(single), _) => self.box_form = boxes::form_of_column(&names[single]),
            (None, Some((form, all))) => (self.box_form, self.box_columns) = (form, Some(all)),
            (None, None) => {}
        }
    }
}

fn mapped_column(header: &[String], name: &str, path: &Path) -> Result<usize, DatasetError> {
    let exact = header.iter().position(|column| column == name);
    let loose = || header.iter().position(|column| plain(column) == plain(name));
    exact.or_else(loose).ok_or_else(|| DatasetError::UnknownColumn {
        given: name.to_owned(),
        suggestion: nearest(name, header.iter().map(String::as_str)).map(str::to_owned),
        found: first_columns(header),
        path: path.to_owned(),
    })
}

fn no_path_column(header: &[String], path: &Path) -> DatasetError {
    let near = header.iter().find(|column| nearest(column, Column::Path.names().iter().copied()).is_some());
    DatasetError::NoPathColumn { found: first_columns(header), near: near.cloned(), path: path.to_owned() }
}

/// The first columns, cut short, for messages.
fn first_columns(header: &[String]) -> String {
    let mut shown: Vec<String> = header.iter().take(12).map(|name| shortened(name, 40)).collect();
    if header.len() > shown.len() {
        shown.push(format!("and {} more", header.len() - shown.len()));
    }
    shown.join(", ")
}

/// At most `limit` characters of a cell, for messages.
pub(crate) fn shortened(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A column name in the form in which names are compared: `File Name` as `file_name`.
pub(crate) fn plain(name: &str) -> String {
    name.trim()
        .chars()
        .map(|c| if c.is_whitespace() || c == '-' { '_' } else { c.to_ascii_lowercase() })
        .collect()
}

/// The candidate that is at most a third of its letters away from `name`.
pub(crate) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = plain(&shortened(name, 60));
    candidates
        .take(1000)
        .map(|candidate| (resight_core::edit_distance(&wanted, &plain(&shortened(candidate, 60))), candidate))
        .filter(|(distance, candidate)| 3 * distance <= candidate.chars().count().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use resight_core::{Hint, RoomError as _};

    use super::*;

    fn header(line: &str) -> Vec<String> {
        line.split(',').map(str::to_owned).collect()
    }

    fn layout(line: &str, mapping: &ColumnMapping) -> Result<Layout, DatasetError> {
        Layout::of(&header(line), mapping, Path::new("t.csv"), &mut Warnings::default())
    }

    #[test]
    fn the_names_of_public_tables_are_known() {
        let animal_clef = layout(
            "image_id,identity,path,date,orientation,species,split,dataset",
            &ColumnMapping::default(),
        )
        .expect("a table");
        assert_eq!(animal_clef.get(Column::Viewpoint), Some(4));
        assert_eq!(animal_clef.extra, [7]);
        let humpback = layout("Image,Id", &ColumnMapping::default()).expect("a table");
        assert_eq!((humpback.get(Column::Path), humpback.get(Column::Identity)), (Some(0), Some(1)));
        let miewid =
            layout("theta,viewpoint,name,file_name,species,file_path,x,y,w,h", &ColumnMapping::default())
                .expect("a table");
        assert_eq!((miewid.get(Column::Path), miewid.get(Column::Identity)), (Some(5), Some(2)));
        assert_eq!(miewid.box_columns(), Some([6, 7, 8, 9]));
        assert_eq!((miewid.extra.as_slice(), miewid.rotation), ([3].as_slice(), Some(0)));
    }

    #[test]
    fn what_a_column_probably_means_is_told_by_its_words() {
        for (name, meaning) in [
            ("whale_id", Some(Column::Identity)),
            ("Animal Name", Some(Column::Identity)),
            ("Side seen", Some(Column::Viewpoint)),
            ("sighting-date", Some(Column::Encounter)),
            ("weather", None),
        ] {
            assert_eq!(Column::probably(name), meaning, "{name}");
        }
    }

    #[test]
    fn an_explicit_mapping_wins() {
        let mapping =
            ColumnMapping::default().with(Column::Identity, "whale").with(Column::Path, "Where Is It");
        let read = layout("path,identity,whale,where is it", &mapping).expect("a table");
        assert_eq!((read.get(Column::Path), read.get(Column::Identity)), (Some(3), Some(2)));
        assert_eq!(read.extra, [0, 1]);
    }

    #[test]
    fn a_wrong_column_is_answered_with_the_nearest() {
        let mapping = ColumnMapping::default().with(Column::Identity, "individal");
        let refused = layout("path,individual,date", &mapping).expect_err("no such column");
        assert_eq!(
            refused.to_string(),
            "no column `individal`; the table has: path, individual, date: t.csv"
        );
        assert_eq!(refused.hint(), Some(Hint::DidYouMean { near: vec!["individual".to_owned()] }));
        let refused = layout("pathh,name", &ColumnMapping::default()).expect_err("no path");
        assert_eq!(refused.hint(), Some(Hint::PathColumn { near: Some("pathh".to_owned()) }));
    }

    #[test]
    fn two_columns_for_one_meaning_are_told() {
        let mut warnings = Warnings::default();
        let names = header("path,position,viewpoint");
        let read = Layout::of(&names, &ColumnMapping::default(), Path::new("t.csv"), &mut warnings)
            .expect("a table");
        assert_eq!(read.get(Column::Viewpoint), Some(2));
        assert_eq!(
            warnings.finish()[0].to_string(),
            "line 1: columns `viewpoint` and `position` could both be the viewpoint; `viewpoint` is used"
        );
    }

    #[test]
    fn meanings_are_named_as_in_written_tables() {
        for column in Column::ALL {
            assert_eq!(Column::named(column.name()), Some(column));
            assert_eq!(serde_json::to_value(column).expect("json"), column.name());
        }
        assert_eq!(Column::named("Image-ID"), Some(Column::ImageId));
        assert_eq!(Column::named("colour"), None);
    }
}
