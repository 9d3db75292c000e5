//! What of an export goes out, and in which words.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::tz::Offset;
use resight_core::Species;

use super::PositionPrecision;

/// What goes out. The default gives away least: no places, no unconfirmed identities, no folders, no names of places or
/// people; times as they are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExportOptions {
    /// How exactly places go out.
    pub positions: PositionPrecision,
    /// Identities that a model alone says.
    pub unconfirmed: Unconfirmed,
    /// The folders in paths of photos.
    pub folders: Shown,
    /// Names of stations and sites, attributes that by their names hold such, and keys of encounters, which people like to
    /// call by the place.
    pub place_names: Shown,
    /// Names of those who identified an animal or took a photo, and attributes that by their names hold such.
    pub people: Shown,
    /// Times of day.
    pub times: TimesShown,
    /// Where paths that are kept begin: photos below it get relative ones.
    pub folder: PathBuf,
    /// The offset of times that state none, in formats that need one; else UTC.
    pub offset_where_unknown: Option<Offset>,
    /// What species are called by science.
    pub scientific_names: ScientificNames,
    /// The account that Wildbook files the import under.
    pub wildbook_submitter: Option<String>,
}

/// Identities that a model alone says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unconfirmed {
    /// Stay at home: the animal goes out unidentified.
    #[default]
    Withheld,
    /// Go out, marked in the format's own way.
    Marked,
}

/// Whether something goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shown {
    /// It does not.
    #[default]
    LeftOut,
    /// It does.
    Kept,
}

/// How exactly times go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimesShown {
    /// As they are known.
    #[default]
    Exact,
    /// The day at most, and numbers in place of the keys of encounters. Names of files stay as they are, and many cameras
    /// make them of the time.
    DayAlone,
}

/// What species are called by science. Labels are words that people chose: nothing tells `bottlenose_dolphin` from
/// `tursiops_truncatus` but somebody who knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScientificNames {
    /// Names of single labels.
    pub stated: BTreeMap<Species, String>,
    /// What all other labels are.
    pub others: OtherLabels,
}

/// What labels without a stated scientific name are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OtherLabels {
    /// Common names.
    #[default]
    Common,
    /// Scientific names, as in `tursiops_truncatus`.
    Scientific,
}

impl ScientificNames {
    /// The name of a species, as in `Tursiops truncatus`; none where it is not known.
    pub fn of(&self, species: &Species) -> Option<String> {
        if let Some(stated) = self.stated.get(species) {
            let name = stated.trim();
            return (!name.is_empty()).then(|| name.to_owned());
        }
        match self.others {
            OtherLabels::Common => None,
            OtherLabels::Scientific => {
                let words = species.as_str().replace('_', " ");
                let mut letters = words.chars();
                let first = letters.next()?;
                Some(first.to_uppercase().chain(letters).collect())
            }
        }
    }
}

/// The common name as people write it, where the label is one.
pub(super) fn common_name(species: &Species, names: &ScientificNames) -> Option<String> {
    let is_common = names.others == OtherLabels::Common || names.stated.contains_key(species);
    is_common.then(|| species.as_str().replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_a_scientific_name_only_where_somebody_says_so() {
        let label = |text: &str| Species::parse(text).unwrap();
        let mut names = ScientificNames::default();
        assert_eq!(names.of(&label("tursiops_truncatus")), None);
        names.stated.insert(label("bottlenose dolphin"), "Tursiops truncatus".into());
        assert_eq!(names.of(&label("bottlenose_dolphin")).as_deref(), Some("Tursiops truncatus"));
        assert_eq!(common_name(&label("bottlenose_dolphin"), &names).as_deref(), Some("bottlenose dolphin"));
        names.others = OtherLabels::Scientific;
        assert_eq!(names.of(&label("lynx lynx")).as_deref(), Some("Lynx lynx"));
        assert_eq!(common_name(&label("lynx lynx"), &names), None);
    }
}
