//! What the four numbers of a box mean: the forms that tables use, and whether the numbers fit them.

mod fit;

use std::fmt;
use std::str::FromStr;

use resight_core::{BoxSpace, ImageSize, PixelBox, RelativeBox};
use serde::{Deserialize, Serialize};

pub use fit::OtherReading;
pub(crate) use fit::{BoxesRead, place};

/// How four numbers say where an animal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BoxForm {
    /// Left, top, width, height in pixels: COCO, wildlife-datasets.
    #[default]
    Xywh,
    /// Left, top, right, bottom in pixels: Pascal VOC.
    Corners,
    /// Middle across, middle down, width, height in pixels.
    Center,
    /// Left, top, width, height as shares of the picture: MegaDetector, Camtrap DP.
    Relative,
    /// Left, top, right, bottom as shares of the picture.
    RelativeCorners,
    /// Middle across, middle down, width, height as shares of the picture: YOLO.
    RelativeCenter,
}

/// Where four numbers stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Xywh,
    Corners,
    Center,
}

impl BoxForm {
    /// Every form, those in pixels first.
    pub const ALL: [Self; 6] = [
        Self::Xywh,
        Self::Corners,
        Self::Center,
        Self::Relative,
        Self::RelativeCorners,
        Self::RelativeCenter,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Xywh => "xywh",
            Self::Corners => "corners",
            Self::Center => "center",
            Self::Relative => "relative",
            Self::RelativeCorners => "relative-corners",
            Self::RelativeCenter => "relative-center",
        }
    }

    /// Whether the numbers are shares of the picture's width and height.
    pub fn is_relative(self) -> bool {
        matches!(self, Self::Relative | Self::RelativeCorners | Self::RelativeCenter)
    }

    fn shape(self) -> Shape {
        match self {
            Self::Xywh | Self::Relative => Shape::Xywh,
            Self::Corners | Self::RelativeCorners => Shape::Corners,
            Self::Center | Self::RelativeCenter => Shape::Center,
        }
    }

    /// The box of four numbers in pixels of a picture. `None` where width or height would not be above 0.
    pub fn in_picture(self, numbers: [f64; 4], size: ImageSize) -> Option<PixelBox> {
        self.read(numbers).map(|found| self.in_pixels(found, size))
    }

    /// The box of four numbers; for a relative form its numbers are shares still. `None` where width or height would
    /// not be above 0.
    pub(crate) fn read(self, [a, b, c, d]: [f64; 4]) -> Option<PixelBox> {
        let found = match self.shape() {
            Shape::Xywh => PixelBox::at(a, b, c, d),
            Shape::Corners => PixelBox::at(a, b, c - a, d - b),
            Shape::Center => PixelBox::at(a - c / 2.0, b - d / 2.0, c, d),
        };
        (found.width > 0.0 && found.height > 0.0).then_some(found)
    }

    /// What [`Self::read`] gave, in pixels of a picture of the given size.
    fn in_pixels(self, found: PixelBox, size: ImageSize) -> PixelBox {
        if !self.is_relative() {
            return found;
        }
        let PixelBox { x, y, width, height, .. } = found;
        RelativeBox { x, y, width, height }.pixels(size)
    }
}

impl fmt::Display for BoxForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
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

/// The word for what boxes count the pixels of, on the command line and in tables.
pub(crate) fn space_word(space: BoxSpace) -> &'static str {
    match space {
        BoxSpace::Upright => "upright",
        BoxSpace::Stored => "stored",
    }
}

/// Four columns that hold a box, in plain form without `bbox_` before them, with the form that their names say.
const COLUMNS: [(BoxForm, [&[&str]; 4]); 4] = [
    (BoxForm::Relative, [&["bboxx"], &["bboxy"], &["bboxwidth"], &["bboxheight"]]),
    (
        BoxForm::Corners,
        [
            &["x1", "xmin", "x_min", "left"],
            &["y1", "ymin", "y_min", "top"],
            &["x2", "xmax", "x_max", "right"],
            &["y2", "ymax", "y_max", "bottom"],
        ],
    ),
    (
        BoxForm::Center,
        [
            &["cx", "xc", "x_center", "x_centre", "center_x", "centre_x", "xcenter"],
            &["cy", "yc", "y_center", "y_centre", "center_y", "centre_y", "ycenter"],
            &["w", "width"],
            &["h", "height"],
        ],
    ),
    (
        BoxForm::Xywh,
        [&["x", "x1", "xmin", "left"], &["y", "y1", "ymin", "top"], &["w", "width"], &["h", "height"]],
    ),
];

/// The columns of a table that together hold a box, by position, with the form that their names say.
/// `names` are in plain form.
pub(crate) fn columns(names: &[String]) -> Option<(BoxForm, [usize; 4])> {
    COLUMNS.iter().find_map(|(form, wanted)| Some((*form, positions(names, wanted)?)))
}

fn positions(names: &[String], wanted: &[&[&str]; 4]) -> Option<[usize; 4]> {
    let without_prefix = |name: &str| {
        let prefix = ["bbox_", "box_", "bb_"].iter().find_map(|prefix| name.strip_prefix(prefix));
        prefix.unwrap_or(name).to_owned()
    };
    let position =
        |any_of: &[&str]| names.iter().position(|name| any_of.contains(&without_prefix(name).as_str()));
    Some([position(wanted[0])?, position(wanted[1])?, position(wanted[2])?, position(wanted[3])?])
}

/// The form that the name of a single column says, in plain form.
pub(crate) fn form_of_column(name: &str) -> BoxForm {
    let relative = name.contains("rel") || name.contains("norm");
    match (
        name.contains("xyxy") || name.contains("corner"),
        name.contains("cxcywh") || name.contains("center"),
    ) {
        (true, _) if relative => BoxForm::RelativeCorners,
        (true, _) => BoxForm::Corners,
        (_, true) if relative => BoxForm::RelativeCenter,
        (_, true) => BoxForm::Center,
        _ if relative => BoxForm::Relative,
        _ => BoxForm::Xywh,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_animal_in_every_form() {
        let animal = PixelBox::at(10.0, 20.0, 40.0, 30.0);
        let size = ImageSize { width: 200, height: 100 };
        for (form, numbers) in [
            (BoxForm::Xywh, [10.0, 20.0, 40.0, 30.0]),
            (BoxForm::Corners, [10.0, 20.0, 50.0, 50.0]),
            (BoxForm::Center, [30.0, 35.0, 40.0, 30.0]),
            (BoxForm::Relative, [0.05, 0.2, 0.2, 0.3]),
            (BoxForm::RelativeCorners, [0.05, 0.2, 0.25, 0.5]),
            (BoxForm::RelativeCenter, [0.15, 0.35, 0.2, 0.3]),
        ] {
            let read = form.in_pixels(form.read(numbers).unwrap(), size);
            let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
            assert!(
                near(read.x, animal.x)
                    && near(read.y, animal.y)
                    && near(read.width, animal.width)
                    && near(read.height, animal.height),
                "{form}: {read:?}"
            );
            assert_eq!(form.name().parse(), Ok(form));
        }
        assert_eq!(BoxForm::Corners.read([50.0, 20.0, 10.0, 50.0]), None);
        assert_eq!(BoxForm::Xywh.read([5.0, 5.0, 0.0, 5.0]), None);
    }

    #[test]
    fn columns_say_the_form_by_their_names() {
        let of = |line: &str| columns(&line.split(',').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(of("path,x,y,w,h"), Some((BoxForm::Xywh, [1, 2, 3, 4])));
        assert_eq!(of("xmin,ymin,xmax,ymax"), Some((BoxForm::Corners, [0, 1, 2, 3])));
        assert_eq!(of("bbox_x1,bbox_y1,bbox_x2,bbox_y2"), Some((BoxForm::Corners, [0, 1, 2, 3])));
        assert_eq!(of("top,left,right,bottom"), Some((BoxForm::Corners, [1, 0, 2, 3])));
        assert_eq!(of("left,top,width,height"), Some((BoxForm::Xywh, [0, 1, 2, 3])));
        assert_eq!(of("cx,cy,w,h"), Some((BoxForm::Center, [0, 1, 2, 3])));
        assert_eq!(of("x_center,y_center,width,height"), Some((BoxForm::Center, [0, 1, 2, 3])));
        assert_eq!(of("bboxx,bboxy,bboxwidth,bboxheight"), Some((BoxForm::Relative, [0, 1, 2, 3])));
        assert_eq!(of("width,height"), None);
        assert_eq!(form_of_column("bbox"), BoxForm::Xywh);
        assert_eq!(form_of_column("bbox_xyxy"), BoxForm::Corners);
        assert_eq!(form_of_column("rel_bbox"), BoxForm::Relative);
    }
}
