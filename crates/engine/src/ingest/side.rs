//! Sides in the names of files and folders, as `IMG_0012_LHS.jpg` and `left side/` have them.

use std::path::Path;

use resight_core::Viewpoint;

/// Where a side is read from, where the source states none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SideFrom {
    /// The name of the folder that the photo lies in; where that says nothing, the one above, up to the source.
    Folder,
    /// The name of the file.
    FileName,
}

impl SideFrom {
    /// The side that the names of a photo below `root` say; `None` where none does, or one name says both.
    pub(super) fn of(self, photo: &Path, root: &Path) -> Option<Viewpoint> {
        match self {
            Self::FileName => side_in(photo.file_stem()?.to_str()?),
            Self::Folder => {
                let below = |folder: &&Path| folder.starts_with(root) && *folder != root;
                let mut folders = photo.ancestors().skip(1).take_while(below);
                folders.find_map(|folder| side_in(folder.file_name()?.to_str()?))
            }
        }
    }
}

fn side_in(name: &str) -> Option<Viewpoint> {
    let words = name.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let mut sides = words.filter_map(Viewpoint::side_in_name);
    let first = sides.next()?;
    sides.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_read_where_a_name_says_one() {
        let of = |from: SideFrom, photo: &str| {
            from.of(Path::new(photo), Path::new("/s")).map(|side| side.to_string()).unwrap_or_default()
        };
        assert_eq!(of(SideFrom::FileName, "/s/right/IMG_0012_LHS.jpg"), "left");
        assert_eq!(of(SideFrom::FileName, "/s/left or right 3.jpg"), "");
        assert_eq!(of(SideFrom::FileName, "/s/Laura.jpg"), "");
        assert_eq!(of(SideFrom::Folder, "/s/left side/day 2/IMG_1_R.jpg"), "left");
        assert_eq!(of(SideFrom::Folder, "/s/IMG_1_R.jpg"), "");
    }
}
