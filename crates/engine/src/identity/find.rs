//! Which annotation a person means by a path, a content hash or an id.

use std::path::Path;

use resight_catalog::{AnnotationRecord, Catalog};
use resight_core::{AnnotationId, PhotoId};
use resight_imaging::{Limits, photo_id, picture_id, read_photo};

use crate::{AnimalInPhoto, EngineError, Hint};

/// Least number of digits of a content hash that stand for a photo.
const LEAST_DIGITS: usize = 6;

/// The annotations that these texts mean, in their order. Each is a path, the beginning of a photo's content
/// hash (six digits or more), or an annotation such as `ann-12`.
///
/// # Errors
/// The catalog has no such photo, or the photo shows several animals and the text does not say which.
pub(super) fn annotations(catalog: &Catalog, texts: &[String]) -> Result<Vec<AnnotationId>, EngineError> {
    texts.iter().map(|text| annotation(catalog, text)).collect()
}

/// As [`annotations`], where a photo with several animals means all of them.
///
/// # Errors
/// The catalog has no such photo, or it shows no animal.
pub(super) fn all_annotations(catalog: &Catalog, texts: &[String]) -> Result<Vec<AnnotationId>, EngineError> {
    let mut found = Vec::new();
    for text in texts {
        if let Ok(id) = text.parse::<AnnotationId>() {
            found.push(catalog.annotation(id)?.id);
            continue;
        }
        let photo = photo(catalog, text)?;
        let of_photo = catalog.annotations_of_photo(&photo)?;
        if of_photo.is_empty() {
            return Err(nothing_in(catalog, &photo, text)?);
        }
        found.extend(of_photo.iter().map(|annotation| annotation.id));
    }
    Ok(found)
}

fn annotation(catalog: &Catalog, text: &str) -> Result<AnnotationId, EngineError> {
    if let Ok(id) = text.parse::<AnnotationId>() {
        return Ok(catalog.annotation(id)?.id);
    }
    let photo = photo(catalog, text)?;
    match catalog.annotations_of_photo(&photo)?.as_slice() {
        [only] => Ok(only.id),
        [] => Err(nothing_in(catalog, &photo, text)?),
        several => Err(say_which(catalog, text, several)?),
    }
}

/// The refusal of a photo without animals: none was found in it, or all were removed.
fn nothing_in(catalog: &Catalog, photo: &PhotoId, text: &str) -> Result<EngineError, EngineError> {
    Ok(match catalog.all_annotations_of_photo(photo)?.is_empty() {
        true => EngineError::user(format!("no animal was found in this photo: {text}")),
        false => EngineError::user(format!("this photo was removed from the catalog: {text}"))
            .with_hint(Hint::UndoRemoval),
    })
}

fn photo(catalog: &Catalog, text: &str) -> Result<PhotoId, EngineError> {
    let path = Path::new(text);
    if path.is_file() {
        return photo_of_file(catalog, path);
    }
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if let Some(photo) = catalog.photo_at(&absolute)? {
        return Ok(photo);
    }
    photo_of_hash(catalog, text)?.ok_or_else(|| {
        EngineError::user(format!("no such photo, neither as a file nor in the catalog: {text}"))
            .with_hint(Hint::NamePhoto)
    })
}

/// By its bytes, wherever the file lies now.
fn photo_of_file(catalog: &Catalog, path: &Path) -> Result<PhotoId, EngineError> {
    let bytes = read_photo(path, &Limits::default())
        .map_err(|error| EngineError::file("read the photo", path, error))?;
    if let Some(photo) = catalog.photo_of(&photo_id(&bytes), picture_id(&bytes).as_ref())? {
        return Ok(photo);
    }
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let former = catalog.photo_at(&absolute)?.map(|former| former.short());
    let what = match former {
        Some(_) => "the file has changed since it was taken in",
        None => "the catalog does not have this photo",
    };
    let (catalog, photo) = (catalog.path().to_owned(), path.to_owned());
    Err(EngineError::user(format!("{what}: {}", path.display())).with_hint(Hint::TakePhotoIn {
        catalog,
        photo,
        former,
    }))
}

/// The only photo whose content hash begins so; `None` where none does or the text is no such beginning.
fn photo_of_hash(catalog: &Catalog, text: &str) -> Result<Option<PhotoId>, EngineError> {
    let digits = text.to_ascii_lowercase();
    let is_hash =
        (LEAST_DIGITS..=64).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_hash {
        return Ok(None);
    }
    let photos: Vec<PhotoId> = catalog
        .photo_summaries()?
        .into_iter()
        .map(|summary| summary.id)
        .filter(|id| begins_with(id, digits.as_bytes()))
        .collect();
    match photos.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(*only)),
        several => {
            Err(EngineError::user(format!("{} photos have a hash that begins with {text}", several.len()))
                .with_hint(Hint::MoreDigits { photos: several.iter().map(PhotoId::short).collect() }))
        }
    }
}

fn begins_with(id: &PhotoId, digits: &[u8]) -> bool {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let of_id = id.0.iter().flat_map(|byte| [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    of_id.zip(digits).all(|(found, asked)| found == *asked)
}

/// The refusal of a photo with several animals, which tells them apart.
fn say_which(
    catalog: &Catalog,
    text: &str,
    animals: &[AnnotationRecord],
) -> Result<EngineError, EngineError> {
    let mut told = Vec::with_capacity(animals.len());
    for animal in animals {
        let name = match animal.individual {
            Some(individual) => catalog.individual_name(individual)?,
            None => None,
        };
        told.push(AnimalInPhoto { annotation: animal.id, name, region: animal.region });
    }
    Ok(EngineError::user(format!("the photo shows {} animals: {text}", animals.len()))
        .with_hint(Hint::SayWhichAnimal { animals: told }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_compared_digit_by_digit() {
        let id = PhotoId(std::array::from_fn(|i| if i == 0 { 0xa7 } else { 0x3f }));
        assert!(begins_with(&id, b"a73f3f") && begins_with(&id, id.to_string().as_bytes()));
        assert!(!begins_with(&id, b"a73f3e"));
    }
}
