//! Photos of the catalog as pictures to look at: upright, as JPEG, and without what their files say beside the picture.

use resight_catalog::Catalog;
use resight_core::{AnnotationId, ImageSize, PhotoId, PixelBox};
use resight_imaging::{DecodeSize, Limits, decode, encode_jpeg, thumbnail};
use resight_page::cut_from;

use crate::identify::OfPhoto;
use crate::{EngineError, Session};

/// Quality of a picture at full resolution, 1 to 100.
const FULL: u8 = 92;

/// Quality of a smaller one.
const SMALL: u8 = 82;

/// Which picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PictureOf {
    /// A photo.
    Photo(PhotoId),
    /// The animal of an annotation, cut out.
    Annotation(AnnotationId),
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JpegPicture {
    /// What it shows and how large, as a text: another text, another picture.
    pub tag: String,
    /// JPEG.
    pub bytes: Vec<u8>,
}

impl Session {
    /// What a picture would be, without making it: its tag ([`JpegPicture::tag`]).
    ///
    /// # Errors
    /// The catalog has nothing of this id, or cannot be read.
    pub fn picture_tag(&self, of: PictureOf, side: Option<u32>) -> Result<String, EngineError> {
        let (photo, region) = self.read(|catalog| place(catalog, of))?;
        Ok(tag(&photo, region.as_ref(), side))
    }

    /// A picture, its longer side at most `side` pixels; none for as large as the photo is.
    ///
    /// # Errors
    /// The catalog has nothing of this id; the photo's file is not where it was, has other bytes by now, or cannot be decoded.
    pub fn picture(&self, of: PictureOf, side: Option<u32>) -> Result<JpegPicture, EngineError> {
        let (photo, region, small) = self.read(|catalog| {
            let (photo, region) = place(catalog, of)?;
            // What the thumbnail shows well enough is not read from the photo.
            let small = catalog.thumbnail(&photo)?.filter(|_| side.is_some());
            Ok((catalog.photo(&photo)?, region, small))
        })?;
        let tag = tag(&photo.id, region.as_ref(), side);
        if let (Some(side), Some(jpeg)) = (side, &small)
            && let Some(bytes) = from_thumbnail(jpeg, photo.size, region.as_ref(), side)
        {
            return Ok(JpegPicture { tag, bytes });
        }
        let gone = || {
            EngineError::user(format!("the photo is not where it was taken in from: {}", photo.id.short()))
        };
        let bytes = OfPhoto::known(&photo).bytes().ok_or_else(gone)?;
        let broken = || EngineError::user(format!("the photo cannot be decoded: {}", photo.id.short()));
        let (image, quality) = match side {
            Some(side) => (cut_from(&bytes, region.as_ref(), side), SMALL),
            None => {
                (decode(&bytes, &Limits::default(), DecodeSize::Full).ok().map(|decoded| decoded.image), FULL)
            }
        };
        let jpeg = encode_jpeg(&image.ok_or_else(broken)?, quality).map_err(|_| broken())?;
        Ok(JpegPicture { tag, bytes: jpeg })
    }
}

/// The photo, and where in it; none for the whole of it.
fn place(catalog: &Catalog, of: PictureOf) -> Result<(PhotoId, Option<PixelBox>), EngineError> {
    Ok(match of {
        PictureOf::Photo(photo) => (catalog.photo(&photo)?.id, None),
        PictureOf::Annotation(annotation) => {
            let record = catalog.annotation(annotation)?;
            (record.photo, record.region)
        }
    })
}

fn tag(photo: &PhotoId, region: Option<&PixelBox>, side: Option<u32>) -> String {
    let region = region.map_or_else(String::new, |r| format!("-{},{},{},{}", r.x, r.y, r.width, r.height));
    let side = side.map_or_else(|| "full".to_owned(), |side| side.to_string());
    format!("{photo}{region}-{side}")
}

/// The picture out of the photo's thumbnail, where that has as many pixels as are asked for.
fn from_thumbnail(jpeg: &[u8], size: ImageSize, region: Option<&PixelBox>, side: u32) -> Option<Vec<u8>> {
    let image = decode(jpeg, &Limits::default(), DecodeSize::Full).ok()?.image;
    let small = ImageSize { width: image.width(), height: image.height() };
    let cut = region.map(|region| region.relative(size).pixels(small));
    let whole = PixelBox::whole(small);
    let shown = cut.as_ref().unwrap_or(&whole);
    if shown.width.max(shown.height) < f64::from(side)
        && small.width.max(small.height) < size.width.max(size.height)
    {
        return None;
    }
    let picture = match &cut {
        Some(cut) => cut_from(jpeg, Some(cut), side)?,
        None => thumbnail(&image, side),
    };
    encode_jpeg(&picture, SMALL).ok()
}
