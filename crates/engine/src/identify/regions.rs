//! Where in a photo its likeness as a whole lies: in the parts without which it is less like the candidate.
//!
//! Parts of the crop are covered, one after the other, and the crop is embedded anew; a part counts as much as the similarity falls.
//! It needs no gradient, so it serves every network that can be run (M. D. Zeiler, R. Fergus, "Visualizing and Understanding
//! Convolutional Networks", ECCV 2014).

use resight_catalog::exact_similarity;
use resight_core::{AnnotationId, Distance, ImageSize, Similarity};
use resight_imaging::{Limits, Preprocess, RgbImage, decode, encode_jpeg};
use resight_model::Embedder;
use resight_page::matches::Half;
use resight_page::{data_uri, regions};
use resight_vector::f16;

use super::asked::Asked;
use super::drawn::{Drawn, photo_of};
use super::looked::{Animal, Looked};
use super::pictures::Pictures;
use crate::EngineError;
use crate::local::body;
use crate::session::Loaded;

/// Cells along each side of a crop.
const CELLS: usize = 8;

/// Cells along each side of what is covered at once: smaller parts change little.
const COVERED: usize = 2;

/// Crops that a network gets at once.
const BATCH: usize = 8;

/// Quality of the picture, 1 to 100.
const QUALITY: u8 = 88;

/// An animal asked about, embedded as it is and with each part covered.
pub(super) struct Covered {
    /// The picture of it as the network sees it, as an address that holds it, and its height over width.
    uri: String,
    aspect: f64,
    distance: Distance,
    whole: Vec<f32>,
    /// By place of the part, row by row.
    without: Vec<Vec<f32>>,
}

impl Covered {
    /// Of the first animal of an answer whose photo can still be read; none where there is none.
    ///
    /// # Errors
    /// The network fails.
    pub(super) fn of(
        loaded: &Loaded,
        asked: &Asked<'_>,
        pictures: &mut Pictures<'_>,
    ) -> Result<Option<Self>, EngineError> {
        let seen = asked.animals.iter().filter(|(_, animal)| animal.embedding.is_ok());
        let first = seen.filter_map(|(looked, animal)| picture(loaded, looked, animal, pictures)).next();
        let jpeg = |picture: &RgbImage| Some(data_uri(&encode_jpeg(picture, QUALITY).ok()?));
        let uri = first.as_ref().and_then(jpeg);
        match (first, uri) {
            (Some(picture), Some(uri)) => Self::embed(&*loaded.embedder, &picture, uri),
            _ => Ok(None),
        }
    }

    fn embed(embedder: &dyn Embedder, picture: &RgbImage, uri: String) -> Result<Option<Self>, EngineError> {
        let preprocess = &embedder.manifest().preprocess;
        let parts: Vec<RgbImage> = std::iter::once(picture.clone())
            .chain(places().map(|place| covered(picture, place, preprocess.fill())))
            .collect();
        let mut embeddings = Vec::with_capacity(parts.len());
        for batch in parts.chunks(BATCH) {
            let mut numbers = vec![0.0; batch.len() * preprocess.input_len()];
            for (part, numbers) in batch.iter().zip(numbers.chunks_exact_mut(preprocess.input_len())) {
                let written = preprocess.numbers(part, numbers);
                written.map_err(|error| EngineError::internal(error.to_string()).because(error))?;
            }
            let made = embedder.embed(&numbers, batch.len())?;
            embeddings.extend(made.chunks_exact(embedder.dimension()).map(<[f32]>::to_vec));
        }
        let distance = embedder.manifest().distance;
        // A crop without direction, as one of a single colour may be, is like nothing.
        if !embeddings.iter_mut().all(|embedding| distance.normalize(embedding)) {
            return Ok(None);
        }
        let whole = embeddings.remove(0);
        let aspect = f64::from(picture.height()) / f64::from(picture.width().max(1));
        Ok(Some(Self { uri, aspect, distance, whole, without: embeddings }))
    }

    /// Where the likeness to a candidate lies, drawn; none where no part adds to it, or the candidate has no embedding.
    pub(super) fn drawn(
        &self,
        loaded: &Loaded,
        pictures: &mut Pictures<'_>,
        best: AnnotationId,
    ) -> Option<Drawn> {
        let row = loaded.gallery.rows.iter().find(|row| row.annotation == best)?.row;
        let (cells, most) = self.cells(loaded.embeddings.row(row)?)?;
        let uri = pictures.made(|| Some(self.uri.clone()))?;
        let alt = "the photo asked about, as the network sees it".to_owned();
        let summary = format!("where the similarity lies: without its strongest part it is {most:.3} less");
        Some(Drawn { summary, svg: regions::drawing(&Half { uri, alt, aspect: self.aspect }, &cells) })
    }

    /// What each cell counts, 0 to 1, and by how much the similarity falls without the strongest part.
    fn cells(&self, other: &[f16]) -> Option<(Vec<Vec<f64>>, f32)> {
        let alike = |embedding: &[f32]| -> f32 {
            let Similarity(similarity) = exact_similarity(self.distance, embedding, other);
            similarity
        };
        let whole = alike(&self.whole);
        let falls: Vec<f32> = self.without.iter().map(|part| (whole - alike(part)).max(0.0)).collect();
        let most = falls.iter().copied().fold(0.0, f32::max);
        let mut cells = vec![vec![(0.0_f64, 0.0_f64); CELLS]; CELLS];
        for ((row, column), fall) in places().zip(&falls) {
            for cell in
                (row..row + COVERED).flat_map(|row| (column..column + COVERED).map(move |at| (row, at)))
            {
                let (sum, count) = &mut cells[cell.0][cell.1];
                *sum += f64::from(*fall);
                *count += 1.0;
            }
        }
        let means = |line: Vec<(f64, f64)>| line.into_iter().map(|(sum, count)| sum / count).collect();
        let means: Vec<Vec<f64>> = cells.into_iter().map(means).collect();
        let greatest = means.iter().flatten().copied().fold(0.0, f64::max);
        // What every part adds alike tells nothing.
        let least = means.iter().flatten().copied().fold(greatest, f64::min);
        let shares =
            |line: Vec<f64>| line.into_iter().map(|mean| (mean - least) / (greatest - least)).collect();
        (greatest > least).then(|| (means.into_iter().map(shares).collect(), most))
    }
}

/// Places of the parts that are covered: row and column of the first cell.
fn places() -> impl Iterator<Item = (usize, usize)> {
    let last = CELLS - COVERED;
    (0..=last).flat_map(move |row| (0..=last).map(move |column| (row, column)))
}

/// The picture with one part in the colour that says nothing.
fn covered(picture: &RgbImage, (row, column): (usize, usize), fill: [u8; 3]) -> RgbImage {
    let mut picture = picture.clone();
    let edge = |at: usize, side: u32| (at as u64 * u64::from(side) / CELLS as u64) as u32;
    let (width, height) = picture.dimensions();
    for y in edge(row, height)..edge(row + COVERED, height) {
        for x in edge(column, width)..edge(column + COVERED, width) {
            picture.put_pixel(x, y, fill.into());
        }
    }
    picture
}

/// The animal as the network of the embedding sees it.
fn picture(loaded: &Loaded, looked: &Looked, animal: &Animal, pictures: &Pictures<'_>) -> Option<RgbImage> {
    let preprocess: &Preprocess = &loaded.embedder.manifest().preprocess;
    let paths = [looked.path.clone()];
    let photo = photo_of(looked, &paths, pictures)?;
    let bytes = photo.bytes()?;
    let in_own_frame = loaded.normaliser.as_deref().and_then(|normaliser| {
        let region = animal.region.unwrap_or_else(|| resight_core::PixelBox::whole(photo.size));
        body(&bytes, photo.size, &region, normaliser)
    });
    match in_own_frame {
        Some(body) => {
            let size = ImageSize { width: body.width(), height: body.height() };
            preprocess.picture(&body, None, size).ok()
        }
        None => {
            let wanted = preprocess.decode_size(photo.size, animal.region.as_ref());
            let decoded = decode(&bytes, &Limits::default(), wanted).ok()?;
            preprocess.picture(&decoded.image, animal.region.as_ref(), photo.size).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_without_which_it_is_less_alike_is_the_strongest() {
        let at = places().position(|place| place == (2, 5)).unwrap();
        let mut without = vec![vec![1.0, 0.0]; places().count()];
        without[at] = vec![0.6, 0.8];
        let (uri, whole) = (String::new(), vec![1.0, 0.0]);
        let covered = Covered { uri, aspect: 1.0, distance: Distance::Cosine, whole, without };
        let other = [1.0, 0.0].map(f16::from_f32);
        let (cells, most) = covered.cells(&other).unwrap();
        assert!((most - 0.4).abs() < 1e-3, "{most}");
        let strong: Vec<(usize, usize)> = (0..CELLS)
            .flat_map(|row| (0..CELLS).map(move |column| (row, column)))
            .filter(|(row, column)| cells[*row][*column] > 0.0)
            .collect();
        assert_eq!(strong, [(2, 5), (2, 6), (3, 5), (3, 6)]);

        // Where every part adds as much as the others, or none adds anything, nothing is shown.
        let same = Covered { without: vec![vec![1.0, 0.0]; places().count()], ..covered };
        assert!(same.cells(&other).is_none());
    }

    #[test]
    fn a_part_is_covered_and_the_rest_stays() {
        let picture = RgbImage::from_pixel(17, 9, [1, 2, 3].into());
        let covered = covered(&picture, (6, 6), [9, 9, 9]);
        let count = covered.pixels().filter(|pixel| pixel.0 == [9, 9, 9]).count();
        // From column 12 of 17 and row 6 of 9.
        assert_eq!(count, 5 * 3);
        assert_eq!((covered.get_pixel(11, 8).0, covered.get_pixel(12, 8).0), ([1, 2, 3], [9, 9, 9]));
    }
}
