//! Boxes that a person gives, in the forms that tools write.

use std::fmt;

use resight_core::{ImageSize, PixelBox};
use resight_dataset::BoxForm;

use crate::{EngineError, Hint};

/// How far beyond the edge a box may reach and still be meant so, in pixels: coordinates are rounded.
const ROUNDED: f64 = 1.0;

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
                .with_hint(Hint::BoxNumbers)),
        }
    }

    /// The box in pixels of a picture.
    ///
    /// # Errors
    /// It has no extent, or leaves the picture.
    pub(crate) fn in_picture(&self, size: ImageSize) -> Result<PixelBox, EngineError> {
        let picture = format!("{} × {} pixels", size.width, size.height);
        let Some(found) = self.form.in_picture(self.numbers, size) else {
            return Err(EngineError::user(format!(
                "a box without width or height, in the form `{}` for a picture of {picture}: {self}",
                self.form.name()
            )));
        };
        if leaves(&found, size) {
            return Err(EngineError::user(format!("the box leaves the picture of {picture}: {self}"))
                .with_hint(Hint::BoxForm { read_as: self.form.name() }));
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

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: ImageSize = ImageSize { width: 200, height: 100 };

    fn read(text: &str, form: BoxForm) -> Result<PixelBox, EngineError> {
        DrawnBox::parse(text, form).and_then(|given| given.in_picture(SIZE))
    }

    #[test]
    fn one_box_in_every_form() {
        let expected = PixelBox::at(20.0, 10.0, 100.0, 50.0);
        for (text, form) in [
            ("20,10,100,50", "xywh"),
            (" 0.1, 0.1, 0.5, 0.5", "relative"),
            ("20,10,120,60", "corners"),
            ("70,35,100,50", "center"),
        ] {
            assert_eq!(read(text, form.parse().unwrap()).unwrap(), expected, "{form}");
        }
        assert!("yolo".parse::<BoxForm>().unwrap_err().contains("xywh, corners, center, relative"));
    }

    #[test]
    fn a_box_that_leaves_the_picture_is_refused_with_the_size_of_the_picture() {
        let refusal = read("20,10,190,60", BoxForm::Xywh).unwrap_err();
        assert_eq!(refusal.to_string(), "the box leaves the picture of 200 × 100 pixels: 20,10,190,60");
        assert_eq!(refusal.hint(), Some(&Hint::BoxForm { read_as: "xywh" }));
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
