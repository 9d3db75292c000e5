//! Fashion-MNIST (Xiao, Rasul and Vollgraf 2017): small pictures of ten kinds of clothes, on which a network that
//! begins with nothing learns in seconds. What fails here fails everywhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use resight_core::PhotoId;

use super::idx::{IdxError, read_idx};
use resight_train::data::division::Question;
use resight_train::data::{Annotation, TrainingData};
use resight_train::learner::inputs::ImagesInMemory;

/// Where Debian's package `dataset-fashion-mnist` puts it.
const DEBIAN: &str = "/usr/share/datasets/fashion-mnist";

/// Height and width of a picture in pixels.
pub const SIDE: usize = 28;

/// Mean and standard deviation of the training pictures, of pixels from 0 to 1.
const MEAN: f32 = 0.286;
const DEVIATION: f32 = 0.353;

/// The ten kinds, by label.
const KINDS: [&str; 10] =
    ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"];

/// A set that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FashionMnistError {
    /// It is not there.
    #[error(
        "Fashion-MNIST is not there; on Debian and Ubuntu: apt install dataset-fashion-mnist; elsewhere get the four \
         files `*-ubyte.gz` from github.com/zalandoresearch/fashion-mnist and name their folder: {}",
        .0.display()
    )]
    Missing(PathBuf),
    /// A file is no good.
    #[error(transparent)]
    File(#[from] IdxError),
    /// Pictures and labels do not belong together.
    #[error("{pictures} pictures and {labels} labels from 0 to 9 of the part `{part}`: {}", folder.display())]
    Unequal {
        /// Pictures there are.
        pictures: usize,
        /// Good labels there are.
        labels: usize,
        /// `train` or `t10k`.
        part: &'static str,
        /// The folder.
        folder: PathBuf,
    },
}

/// One of its two parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Pictures {
    pixels: Vec<u8>,
    labels: Vec<u8>,
}

/// The set: 60,000 pictures to learn from and 10,000 that ask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FashionMnist {
    train: Pictures,
    asked: Pictures,
}

impl FashionMnist {
    /// Reads it from a folder, or from where Debian's package puts it.
    ///
    /// # Errors
    /// When it is not there (the message says how to get it) or is damaged.
    pub fn read(folder: Option<&Path>) -> Result<Self, FashionMnistError> {
        let folder = folder.unwrap_or(Path::new(DEBIAN));
        Ok(Self { train: Pictures::read(folder, "train")?, asked: Pictures::read(folder, "t10k")? })
    }

    /// The first pictures of each kind as data to learn from: the kinds are the individuals, and all ten are learnt;
    /// other pictures of them ask (the question about known individuals). With three kinds kept new there would be
    /// three answers to choose from, and MAP@5 could not fall below a third.
    ///
    /// Each picture is an encounter of its own, all are of one species; equal pictures form a group.
    pub fn data(&self, train: usize, asked: usize) -> (TrainingData, ImagesInMemory) {
        let mut data = TrainingData {
            annotations: Vec::new(),
            individuals: KINDS.map(str::to_owned).to_vec(),
            species: vec!["clothes".to_owned()],
            viewpoints: Vec::new(),
            train: Vec::new(),
            validation: Vec::new(),
            test: Vec::new(),
            newcomers: Vec::new(),
            question: Question::Known,
        };
        let mut images = ImagesInMemory { shape: [1, SIDE, SIDE], values: Vec::new() };
        for (name, part, most) in [("train", &self.train, train), ("t10k", &self.asked, asked)] {
            for (number, label, pixels) in part.first(most) {
                let place = data.annotations.len() as u32;
                if name == "train" {
                    data.train.push(place)
                } else {
                    data.validation.push(place)
                }
                data.annotations.push(annotation(format!("{name}-{number}"), label, pixels, place));
                images
                    .values
                    .extend(pixels.iter().map(|pixel| (f32::from(*pixel) / 255.0 - MEAN) / DEVIATION));
            }
        }
        group_equals(&mut data.annotations);
        (data, images)
    }
}

fn annotation(image_id: String, label: u8, pixels: &[u8], place: u32) -> Annotation {
    Annotation {
        path: PathBuf::from("fashion-mnist").join(&image_id),
        image_id,
        photo: PhotoId(*blake3::hash(pixels).as_bytes()),
        region: None,
        individual: u32::from(label),
        species: Some(0),
        viewpoint: None,
        encounter: Some(place),
        duplicate_group: None,
    }
}

/// Gives pictures with the same pixels a number.
fn group_equals(annotations: &mut [Annotation]) {
    let mut groups: BTreeMap<PhotoId, (u32, u32)> = BTreeMap::new();
    for (place, one) in (0..).zip(annotations.iter()) {
        groups.entry(one.photo).or_insert((place, 0)).1 += 1;
    }
    for one in annotations {
        let (first, count) = groups[&one.photo];
        one.duplicate_group = (count > 1).then_some(first);
    }
}

impl Pictures {
    fn read(folder: &Path, part: &'static str) -> Result<Self, FashionMnistError> {
        let path = |what: &str| folder.join(format!("{part}-{what}-ubyte.gz"));
        let (pictures, labels) = (path("images-idx3"), path("labels-idx1"));
        if !pictures.is_file() || !labels.is_file() {
            return Err(FashionMnistError::Missing(folder.to_owned()));
        }
        let read = Self { pixels: read_idx(&pictures, &[SIDE, SIDE])?, labels: read_idx(&labels, &[])? };
        let good = read.labels.iter().filter(|label| usize::from(**label) < KINDS.len()).count();
        let count = read.pixels.len() / (SIDE * SIDE);
        if good != count || read.labels.len() != count {
            return Err(FashionMnistError::Unequal {
                pictures: count,
                labels: good,
                part,
                folder: folder.to_owned(),
            });
        }
        Ok(read)
    }

    /// The first pictures of each kind: place in the file, label, pixels.
    fn first(&self, most: usize) -> impl Iterator<Item = (usize, u8, &[u8])> {
        let mut taken = [0; KINDS.len()];
        let pictures = self.pixels.chunks_exact(SIDE * SIDE).zip(&self.labels).enumerate();
        pictures.filter_map(move |(number, (pixels, label))| {
            let count = &mut taken[usize::from(*label)];
            *count += 1;
            (*count <= most).then_some((number, *label, pixels))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn write(path: &Path, head: &[u32], bytes: &[u8]) {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        head.iter().for_each(|number| packed.write_all(&number.to_be_bytes()).unwrap());
        packed.write_all(bytes).unwrap();
        std::fs::write(path, packed.finish().unwrap()).unwrap();
    }

    /// Pictures whose every pixel is the picture's number, with labels in turn.
    fn made_up(folder: &Path, part: &str, labels: &[u8]) {
        let pixels: Vec<u8> = (0..labels.len()).flat_map(|number| [number as u8; SIDE * SIDE]).collect();
        let count = labels.len() as u32;
        let head = [0x0803, count, SIDE as u32, SIDE as u32];
        write(&folder.join(format!("{part}-images-idx3-ubyte.gz")), &head, &pixels);
        write(&folder.join(format!("{part}-labels-idx1-ubyte.gz")), &[0x0801, count], labels);
    }

    #[test]
    fn the_first_of_each_kind_are_taken_with_their_labels() {
        let folder = tempfile::tempdir().unwrap();
        made_up(folder.path(), "train", &[3, 3, 3, 5, 5]);
        made_up(folder.path(), "t10k", &[5, 3, 3]);
        let set = FashionMnist::read(Some(folder.path())).unwrap();
        let (data, images) = set.data(2, 1);
        let ids: Vec<&str> = data.annotations.iter().map(|one| one.image_id.as_str()).collect();
        assert_eq!(ids, ["train-0", "train-1", "train-3", "train-4", "t10k-0", "t10k-1"]);
        assert_eq!((data.train.len(), data.validation.as_slice()), (4, [4, 5].as_slice()));
        let kinds: Vec<u32> = data.annotations.iter().map(|one| one.individual).collect();
        assert_eq!(kinds, [3, 3, 5, 5, 5, 3]);
        assert_eq!(images.values.len(), 6 * SIDE * SIDE);
        // Picture 0 of either part has the same pixels, and so has picture 1.
        let groups: Vec<Option<u32>> = data.annotations.iter().map(|one| one.duplicate_group).collect();
        assert_eq!(groups, [Some(0), Some(1), None, None, Some(0), Some(1)]);
        let expected = (3.0 / 255.0 - MEAN) / DEVIATION;
        assert!((images.values[2 * SIDE * SIDE] - expected).abs() < 1e-6);
    }

    #[test]
    fn what_is_missing_or_does_not_fit_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let message = |folder: &Path| FashionMnist::read(Some(folder)).unwrap_err().to_string();
        assert!(message(folder.path()).contains("apt install dataset-fashion-mnist"));
        made_up(folder.path(), "train", &[3, 10]);
        made_up(folder.path(), "t10k", &[1]);
        assert!(message(folder.path()).starts_with("2 pictures and 1 labels"), "{}", message(folder.path()));
    }

    #[test]
    fn the_real_set_is_read_where_it_is() {
        let Ok(set) = FashionMnist::read(None) else {
            resight_testkit::skip::skipped("fashion-mnist", "no Fashion-MNIST");
            return;
        };
        let (data, images) = set.data(20, 10);
        assert_eq!((data.train.len(), data.validation.len()), (200, 100));
        let mean = images.values.iter().sum::<f32>() / images.values.len() as f32;
        assert!(mean.abs() < 0.1, "{mean}");
    }
}
