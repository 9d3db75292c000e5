//! Whether the boxes of a table lie in their pictures, and which other form they would fit.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use resight_core::{BoxSpace, GivenBox, Hint, ImageSize, PixelBox};
use resight_imaging::PhotoHeader;
use serde::Serialize;

use super::{BoxForm, space_word};
use crate::warning::{WarningKind, Warnings};
use crate::{DatasetError, Row, headers};

/// Rows whose pictures are looked at to tell whether the boxes fit.
const SAMPLE: usize = 400;

/// Share of a box that must lie in its picture: hand-drawn boxes reach a little over the edge.
const INSIDE: f64 = 0.9;

/// The boxes of a table as they were read.
#[derive(Debug, Default)]
pub(crate) struct BoxesRead {
    pub(crate) form: BoxForm,
    /// Numbers of each row that has any: its position, what they count the pixels of, four a box.
    pub(crate) numbers: Vec<(usize, BoxSpace, Vec<[f64; 4]>)>,
}

/// Another reading of a table's boxes, by which nearly all of them lie in their pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OtherReading {
    /// The numbers are of this form.
    Form(&'static str),
    /// They count in this picture: `stored` or `upright`.
    Space(&'static str),
}

impl OtherReading {
    /// What the user can do to have the boxes read so.
    pub fn hint(self) -> Hint {
        match self {
            Self::Form(form) => Hint::ReadBoxesAs { form: Some(form), space: None },
            Self::Space(space) => Hint::ReadBoxesAs { form: None, space: Some(space) },
        }
    }
}

impl fmt::Display for OtherReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(form) => write!(f, "as `{form}`"),
            Self::Space(space) => write!(f, "in the picture `{space}`"),
        }
    }
}

type Pictures = BTreeMap<PathBuf, PhotoHeader>;

/// Puts the boxes into the rows, in pixels. Relative boxes take the size of each picture; of the others a sample is
/// looked at.
///
/// # Errors
/// [`DatasetError::BoxesDoNotFit`] where most boxes leave their picture, or are smaller than a pixel.
pub(crate) fn place(
    rows: &mut [Row],
    read: &BoxesRead,
    path: &Path,
    warnings: &mut Warnings,
) -> Result<(), DatasetError> {
    let pictures = pictures(rows, read);
    check(rows, read, &pictures, path, warnings)?;
    for (row, space, numbers) in &read.numbers {
        let Some(row) = rows.get_mut(*row) else { continue };
        let size = pictures.get(&row.path).map(|picture| size_in(*space, *picture));
        for numbers in numbers {
            let placed =
                read.form.read(*numbers).ok_or("width or height is not above 0").and_then(
                    |found| match size {
                        Some(size) => Ok(read.form.in_pixels(found, size)),
                        None if read.form.is_relative() => Err("the size of its photo cannot be read"),
                        None => Ok(found),
                    },
                );
            match placed {
                Ok(bounds) => row.boxes.push(GivenBox { bounds, space: *space }),
                Err(reason) => {
                    let found = format!("{numbers:?}");
                    warnings.list(Some(row.line), WarningKind::BadBox { reason, found });
                }
            }
        }
    }
    Ok(())
}

/// Size and orientation of the pictures that matter.
fn pictures(rows: &[Row], read: &BoxesRead) -> Pictures {
    let step = if read.form.is_relative() { 1 } else { read.numbers.len().div_ceil(SAMPLE).max(1) };
    let mut paths: Vec<&Path> = read
        .numbers
        .iter()
        .step_by(step)
        .filter_map(|(row, _, _)| Some(rows.get(*row)?.path.as_path()))
        .collect();
    paths.sort_unstable();
    paths.dedup();
    let found = headers::of_many(&paths, headers::picture, &|| {}, &AtomicBool::new(false));
    paths.iter().zip(found).filter_map(|(path, found)| Some((path.to_path_buf(), found?))).collect()
}

/// The size of a picture in the space that boxes count in.
fn size_in(space: BoxSpace, picture: PhotoHeader) -> ImageSize {
    match space {
        BoxSpace::Stored => picture.orientation.stored_size(picture.full_size),
        BoxSpace::Upright => picture.full_size,
    }
}

/// One box whose picture was looked at.
struct Looked {
    numbers: [f64; 4],
    space: BoxSpace,
    picture: PhotoHeader,
}

impl Looked {
    /// Whether the box lies in its picture where it is read in another form, or in the other space.
    fn lies_inside(&self, form: BoxForm, space: BoxSpace) -> bool {
        let size = size_in(space, self.picture);
        form.read(self.numbers).is_some_and(|found| is_inside(&form.in_pixels(found, size), size))
    }
}

fn is_inside(found: &PixelBox, size: ImageSize) -> bool {
    let overlap = |from: f64, extent: f64, side: u32| (from + extent).min(f64::from(side)) - from.max(0.0);
    let (across, down) =
        (overlap(found.x, found.width, size.width), overlap(found.y, found.height, size.height));
    across > 0.0 && down > 0.0 && across * down >= INSIDE * found.area()
}

fn check(
    rows: &[Row],
    read: &BoxesRead,
    pictures: &Pictures,
    path: &Path,
    warnings: &mut Warnings,
) -> Result<(), DatasetError> {
    let mut looked = Vec::new();
    for (row, space, numbers) in &read.numbers {
        let Some(picture) = rows.get(*row).and_then(|row| pictures.get(&row.path)) else { continue };
        looked.extend(numbers.iter().map(|numbers| Looked {
            numbers: *numbers,
            space: *space,
            picture: *picture,
        }));
    }
    if looked.is_empty() {
        return Ok(());
    }
    let refuse =
        |what: String, other| Err(DatasetError::BoxesDoNotFit { what, other, path: path.to_owned() });
    let all_are_shares =
        looked.iter().all(|one| one.numbers.iter().all(|number| (0.0..=1.0).contains(number)));
    if all_are_shares && !read.form.is_relative() {
        let what = format!(
            "the boxes are smaller than a pixel as `{}`: all their numbers are from 0 to 1",
            read.form
        );
        let fitting = fitting_form(&looked, true).unwrap_or(BoxForm::Relative);
        return refuse(what, Some(OtherReading::Form(fitting.name())));
    }
    let n_outside = looked.iter().filter(|one| !one.lies_inside(read.form, one.space)).count();
    let other = (n_outside * 10 >= looked.len()).then(|| other_reading(&looked, read.form)).flatten();
    match (n_outside, other) {
        (0, _) => Ok(()),
        (n, other) if 2 * n > looked.len() => {
            refuse(format!("{n} of {} boxes leave their picture as `{}`", looked.len(), read.form), other)
        }
        (n, Some(other)) => {
            let kind = WarningKind::BoxesFitOtherwise {
                outside: n,
                of: looked.len(),
                form: read.form.name(),
                other,
            };
            warnings.list(None, kind);
            Ok(())
        }
        (n, None) => {
            warnings.list(None, WarningKind::BoxesOutside { outside: n, of: looked.len() });
            Ok(())
        }
    }
}

/// Which reading would make nearly all boxes lie in their pictures.
fn other_reading(looked: &[Looked], form: BoxForm) -> Option<OtherReading> {
    for space in [BoxSpace::Upright, BoxSpace::Stored] {
        if looked.iter().any(|one| one.space != space) && fits(looked, |one| one.lies_inside(form, space)) {
            return Some(OtherReading::Space(space_word(space)));
        }
    }
    fitting_form(looked, false).filter(|other| *other != form).map(|other| OtherReading::Form(other.name()))
}

/// The first form in which nearly all boxes lie in their pictures.
fn fitting_form(looked: &[Looked], relative: bool) -> Option<BoxForm> {
    let largest = looked.iter().flat_map(|one| one.numbers).fold(0.0_f64, f64::max);
    let mut forms = BoxForm::ALL.into_iter().filter(|form| {
        // As pixels, shares lie in any picture: it is the numbers that tell.
        form.is_relative() == (relative || largest <= 1.0)
    });
    forms.find(|form| fits(looked, |one| one.lies_inside(*form, one.space)))
}

fn fits(looked: &[Looked], lies_inside: impl Fn(&Looked) -> bool) -> bool {
    let n_inside = looked.iter().filter(|one| lies_inside(one)).count();
    n_inside * 100 >= looked.len() * 99
}

#[cfg(test)]
mod tests {
    use resight_imaging::{Format, Orientation};

    use super::*;

    const PICTURE: PhotoHeader = PhotoHeader {
        format: Format::Jpeg,
        orientation: Orientation::Upright,
        full_size: ImageSize { width: 640, height: 480 },
    };

    fn looked(numbers: &[[f64; 4]]) -> Vec<Looked> {
        let one =
            |numbers: &[f64; 4]| Looked { numbers: *numbers, space: BoxSpace::Stored, picture: PICTURE };
        numbers.iter().map(one).collect()
    }

    #[test]
    fn the_form_that_fits_is_named() {
        let corners = looked(&[[300.0, 200.0, 600.0, 400.0], [500.0, 300.0, 640.0, 480.0]]);
        assert_eq!(other_reading(&corners, BoxForm::Xywh), Some(OtherReading::Form("corners")));
        let center = looked(&[[600.0, 440.0, 80.0, 80.0], [40.0, 40.0, 80.0, 80.0]]);
        assert_eq!(other_reading(&center, BoxForm::Xywh), Some(OtherReading::Form("center")));
        let nonsense = looked(&[[9e3, 9e3, 5.0, 5.0]]);
        assert_eq!(other_reading(&nonsense, BoxForm::Xywh), None);
        let shares = looked(&[[0.8, 0.8, 0.3, 0.3]]);
        assert_eq!(other_reading(&shares, BoxForm::Relative), Some(OtherReading::Form("relative-center")));
    }

    #[test]
    fn a_box_that_only_fits_the_picture_turned_is_told_by_its_space() {
        let full_size = ImageSize { width: 480, height: 640 };
        let picture = PhotoHeader { orientation: Orientation::Rotate90, full_size, ..PICTURE };
        let tall = [Looked { numbers: [10.0, 500.0, 100.0, 130.0], space: BoxSpace::Stored, picture }];
        assert_eq!(other_reading(&tall, BoxForm::Xywh), Some(OtherReading::Space("upright")));
    }

    #[test]
    fn a_box_may_reach_a_little_over_the_edge() {
        let size = PICTURE.full_size;
        assert!(is_inside(&PixelBox::at(-4.0, 0.0, 100.0, 480.0), size));
        assert!(!is_inside(&PixelBox::at(-40.0, 0.0, 100.0, 480.0), size));
        assert!(!is_inside(&PixelBox::at(700.0, 0.0, 100.0, 480.0), size));
    }
}
