//! Boxes that a person gives, in the forms that tools write.

use std::fmt;
use std::str::FromStr;

use resight_core::{ImageSize, PixelBox, RelativeBox};

use crate::EngineError;

/// How far beyond the edge a box may reach and still be meant so, in pixels: coordinates are rounded.
const ROUNDED: f64 = 1.0;

/// What four numbers of a box mean. Pixels are those of the upright photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BoxForm {
    /// Left, top, width, height in pixels.
    #[default]
    Xywh,
    /// Left, top, width, height as shares of the picture, 0 to 1.
    Relative,
    /// Left, top, right, bottom in pixels.
    Corners,
    /// Center from the left, center from the top, width, height in pixels.
    Center,
}

impl BoxForm {
    const ALL: [Self; 4] = [Self::Xywh, Self::Relative, Self::Corners, Self::Center];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Xywh => "xywh",
            Self::Relative => "relative",
            Self::Corners => "corners",
            Self::Center => "center",
        }
    }

    /// The four numbers as a box of a picture.
    fn pixels(self, [a, b, c, d]: [f64; 4], size: ImageSize) -> PixelBox {
        match self {
            Self::Xywh => PixelBox { x: a, y: b, width: c, height: d },
            Self::Relative => RelativeBox { x: a, y: b, width: c, height: d }.pixels(size),
            Self::Corners => PixelBox { x: a, y: b, width: c - a, height: d - b },
            Self::Center => PixelBox { x: a - c / 2.0, y: b - d / 2.0, width: c, height: d },
        }
    }
}

impl FromStr for BoxForm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = || Self::ALL.map(Self::name).join(", ");
        Self::ALL
            .into_iter()
            .find(|form| form.name() == text)
            .ok_or_else(|| format!("not a form of boxes (one of {}): `{text}`", all()))
    }
}

/// A box as it was given, for a photo that nobody has opened yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DrawnBox {
    form: BoxForm,
    numbers: [f64; 4],
}

impl DrawnBox {
    /// Reads four numbers with commas between them.
    ///
    /// # Errors
    /// Other text.
    pub fn parse(text: &str, form: BoxForm) -> Result<Self, EngineError> {
        let read: Vec<Option<f64>> =
            text.split(',').map(|part| part.trim().parse().ok().filter(|n: &f64| n.is_finite())).collect();
        match read[..] {
            [Some(a), Some(b), Some(c), Some(d)] => Ok(Self { form, numbers: [a, b, c, d] }),
            _ => Err(EngineError::user(format!("not four numbers with commas between them: `{text}`"))
                .with_hint(
                    "as in `--box 120,80,640,480`: left, top, width, height in pixels of the upright photo",
                )),
        }
    }

    /// The box in pixels of a picture.
    ///
    /// # Errors
    /// It has no extent, or leaves the picture.
    pub(super) fn in_picture(&self, size: ImageSize) -> Result<PixelBox, EngineError> {
        let found = self.form.pixels(self.numbers, size);
        let picture = format!("{} × {} pixels", size.width, size.height);
        if found.width <= 0.0 || found.height <= 0.0 {
            return Err(EngineError::user(format!(
                "a box without width or height, in the form `{}` for a picture of {picture}: {self}",
                self.form.name()
            )));
        }
        if leaves(&found, size) {
            return Err(EngineError::user(format!("the box leaves the picture of {picture}: {self}"))
                .with_hint(format!("it was read as `{}`: {}", self.form.name(), forms())));
        }
        Ok(found)
    }
}

impl fmt::Display for DrawnBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.numbers;
        write!(f, "{a},{b},{c},{d}")
    }
}

/// Whether a box reaches beyond the edge of the picture.
pub(super) fn leaves(found: &PixelBox, size: ImageSize) -> bool {
    found.x < -ROUNDED
        || found.y < -ROUNDED
        || found.x + found.width > f64::from(size.width) + ROUNDED
        || found.y + found.height > f64::from(size.height) + ROUNDED
}

fn forms() -> &'static str {
    "`--box-form corners` is left,top,right,bottom, `center` is center,center,width,height, `relative` is \
     left,top,width,height from 0 to 1"
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: ImageSize = ImageSize { width: 200, height: 100 };

    fn read(text: &str, form: BoxForm) -> Result<PixelBox, EngineError> {
        DrawnBox::parse(text, form).and_then(|given| given.in_picture(SIZE))
    }

    #[test]
    fn one_box_in_every_form() {
        let expected = PixelBox { x: 20.0, y: 10.0, width: 100.0, height: 50.0 };
        for (text, form) in [
            ("20,10,100,50", "xywh"),
            (" 0.1, 0.1, 0.5, 0.5", "relative"),
            ("20,10,120,60", "corners"),
            ("70,35,100,50", "center"),
        ] {
            assert_eq!(read(text, form.parse().unwrap()).unwrap(), expected, "{form}");
        }
        assert!("yolo".parse::<BoxForm>().unwrap_err().contains("xywh, relative, corners, center"));
    }

    #[test]
    fn a_box_that_leaves_the_picture_is_refused_with_the_size_of_the_picture() {
        let refusal = read("20,10,190,60", BoxForm::Xywh).unwrap_err();
        assert_eq!(refusal.to_string(), "the box leaves the picture of 200 × 100 pixels: 20,10,190,60");
        assert!(refusal.hint().unwrap().contains("corners"));
        assert!(read("-5,0,10,10", BoxForm::Xywh).is_err());
        assert!(read("0,0,200.6,100", BoxForm::Xywh).is_ok(), "a rounded edge is no fault");
        assert!(read("20,10,10,60", BoxForm::Corners).unwrap_err().to_string().contains("without width"));
    }

    #[test]
    fn what_is_no_box_is_refused() {
        for text in ["", "1,2,3", "1,2,3,4,5", "1,2,x,4", "nan,0,1,1", "inf,0,1,1"] {
            assert!(DrawnBox::parse(text, BoxForm::Xywh).unwrap_err().hint().is_some(), "{text}");
        }
    }
}
