//! The pictures of the answer page, as long as a page has room for them, and links to the photos they are of.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use resight_catalog::{AnnotationRecord, Catalog, PhotoRecord};
use resight_core::{AnnotationId, ImageSize, PhotoId, PictureId, PixelBox};
use resight_imaging::{Limits, PhotoBytes, PhotoHeader, photo_id, picture_id, read_photo};
use resight_page::{data_uri, file_link, picture_in, picture_of};

use crate::EngineError;

/// Longer side of a picture whose thumbnail is lost and made again, in pixels.
const PICTURE: u32 = 320;

/// Longer side of an animal at full resolution, at most.
const CROP: u32 = 1600;

/// Longer side of one of many.
const SMALL: u32 = 160;

/// A cut of a thumbnail with fewer pixels shows too little.
const LEAST_CUT: f64 = 60.0;

/// Letters that the pictures of a page take, at most: more, and a browser is slow to open it. Thumbnails of what was asked
/// and of the best photos come always.
const MOST_LETTERS: usize = 64 << 20;

/// Which photo a picture must be of: its file may have other bytes by now.
pub(crate) struct OfPhoto<'a> {
    pub(super) paths: &'a [PathBuf],
    pub(super) id: PhotoId,
    pub(super) picture: Option<PictureId>,
    pub(super) size: ImageSize,
}

impl<'a> OfPhoto<'a> {
    pub(crate) fn known(photo: &'a PhotoRecord) -> Self {
        Self { paths: &photo.paths, id: photo.id, picture: photo.picture, size: photo.size }
    }

    /// A part of the photo, read anew.
    fn read(&self, region: Option<&PixelBox>, side: u32) -> Option<String> {
        picture_in(&self.bytes()?, region, side)
    }

    /// The bytes of the photo, where one of its files still has them.
    pub(crate) fn bytes(&self) -> Option<PhotoBytes> {
        let of = |path: &PathBuf| {
            let bytes = read_photo(path, &Limits::default()).ok()?;
            let same =
                photo_id(&bytes) == self.id || self.picture.is_some() && picture_id(&bytes) == self.picture;
            same.then_some(bytes)
        };
        self.paths.iter().find_map(of)
    }
}

/// Gathers pictures; each is made once.
pub(super) struct Pictures<'a> {
    catalog: &'a Catalog,
    thumbnails: BTreeMap<PhotoId, Option<String>>,
    small: BTreeMap<AnnotationId, Option<String>>,
    letters: usize,
    /// How many pictures the page has no room for.
    pub(super) left_out: usize,
}

impl<'a> Pictures<'a> {
    pub(super) fn of(catalog: &'a Catalog) -> Self {
        Self { catalog, thumbnails: BTreeMap::new(), small: BTreeMap::new(), letters: 0, left_out: 0 }
    }

    /// A photo of the catalog, small.
    pub(super) fn thumbnail(&mut self, photo: &PhotoRecord) -> Result<Option<String>, EngineError> {
        if let Some(made) = self.thumbnails.get(&photo.id) {
            return Ok(made.clone());
        }
        let made = match self.catalog.thumbnail(&photo.id)? {
            Some(jpeg) => Some(data_uri(&jpeg)),
            None => photo.paths.iter().find_map(|path| picture_of(path, None, PICTURE)),
        };
        self.thumbnails.insert(photo.id, made.clone());
        Ok(made)
    }

    /// The animal as large as the photo has it, where that is more than its thumbnail shows and there is room.
    pub(super) fn crop(&mut self, photo: &OfPhoto<'_>, region: Option<&PixelBox>) -> Option<String> {
        if region.is_none() && photo.size.width.max(photo.size.height) <= PICTURE {
            return None;
        }
        self.made(|| photo.read(region, CROP))
    }

    /// A picture that `make` makes; none where there is no room, or it cannot be made any more.
    pub(super) fn made(&mut self, make: impl FnOnce() -> Option<String>) -> Option<String> {
        if self.letters >= MOST_LETTERS {
            self.left_out += 1;
            return None;
        }
        let made = make()?;
        self.letters += made.len();
        Some(made)
    }

    /// A photo of the catalog; none where it is not in it.
    pub(super) fn photo(&self, id: &PhotoId) -> Option<PhotoRecord> {
        self.catalog.photo(id).ok()
    }

    /// One of many photos of an individual: its animal, small; none where there is no room or no photo.
    pub(super) fn one_of_many(
        &mut self,
        annotation: &AnnotationRecord,
        photo: &PhotoRecord,
    ) -> Result<Option<String>, EngineError> {
        if self.letters >= MOST_LETTERS {
            self.left_out += 1;
            return Ok(None);
        }
        let made = match self.small.get(&annotation.id) {
            Some(made) => made.clone(),
            None => {
                let made = self.small(annotation, photo)?;
                self.small.insert(annotation.id, made.clone());
                made
            }
        };
        self.letters += made.as_ref().map_or(0, String::len);
        Ok(made)
    }

    /// From the thumbnail where the animal is large enough in it, else from the photo itself.
    fn small(
        &self,
        annotation: &AnnotationRecord,
        photo: &PhotoRecord,
    ) -> Result<Option<String>, EngineError> {
        let region = annotation.region.as_ref();
        let from_thumbnail = self.catalog.thumbnail(&photo.id)?.and_then(|jpeg| {
            let size = PhotoHeader::read(&jpeg, &Limits::default()).ok()?.full_size;
            let cut = region.map(|region| region.relative(photo.size).pixels(size));
            let enough = cut.is_none_or(|cut| cut.width.max(cut.height) >= LEAST_CUT);
            if enough { picture_in(&jpeg, cut.as_ref(), SMALL) } else { None }
        });
        Ok(from_thumbnail.or_else(|| OfPhoto::known(photo).read(region, SMALL)))
    }
}

/// The address of the first of some files.
pub(super) fn link(paths: &[PathBuf]) -> Option<String> {
    paths.first().and_then(|path: &PathBuf| file_link(Path::new(path)))
}
