//! Tests of the chain, with a fake network and photos made on the spot.

mod further;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use resight_core::{BundleId, GivenBox, ImageSize, PixelBox, UnusableReason};
use resight_imaging::{
    DecodeSize, Limits, MemoryBudget, Preprocess, RgbImage, decode, encode_jpeg, encode_png,
};
use resight_testkit::photos::{oriented_jpeg, scene};

use super::{ChainOptions, Ended, Job, PhotoFailure, PhotoSource, Processed, ProcessedPhoto, run};
use crate::detect::{Detection, Detector, WholePicture};
use crate::{Embedder, Manifest, ModelError, Normaliser};

/// A network whose embedding is the mean of each colour plane and a one; it keeps the sizes of its batches.
struct MeanColor {
    id: BundleId,
    manifest: Manifest,
    batches: Mutex<Vec<usize>>,
    fails: bool,
}

impl MeanColor {
    /// One that looks at pictures of this side.
    fn of_side(side: u32) -> Self {
        let mut network = Self::new();
        network.manifest.preprocess.width = side;
        network.manifest.preprocess.height = side;
        network
    }

    fn new() -> Self {
        let manifest = toml::from_str(
            "format_version = 1\nname = \"mean-color\"\npurpose = \"embedder\"\ninput = \"input\"\n\
             output = \"output\"\ndimension = 4\ndistance = \"euclidean\"\nlicence = \"MIT\"\nfiles = {}\n\
             preprocess = { width = 8, height = 8, fit = { kind = \"stretch\" }, filter = \"bilinear\", \
             value_range = \"unit\", mean = [0.0, 0.0, 0.0], deviation = [1.0, 1.0, 1.0] }\n",
        );
        Self {
            id: BundleId::new("mean-color", &[7; 32]).unwrap(),
            manifest: manifest.unwrap(),
            batches: Mutex::default(),
            fails: false,
        }
    }
}

impl Embedder for MeanColor {
    fn bundle_id(&self) -> &BundleId {
        &self.id
    }

    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn embed(&self, batch: &[f32], n: usize) -> Result<Vec<f32>, ModelError> {
        let pixels = self.manifest.preprocess.input_len() / 3;
        assert_eq!(batch.len(), n * 3 * pixels);
        self.batches.lock().unwrap().push(n);
        if self.fails {
            let (runtime, bundle) = ("fake".to_owned(), "mean-color".to_owned());
            return Err(ModelError::Run { runtime, bundle, reason: "out of order".to_owned() });
        }
        let one = |image: &[f32]| {
            let mut means: Vec<f32> =
                image.chunks(pixels).map(|plane| plane.iter().sum::<f32>() / pixels as f32).collect();
            // A wholly blue picture stands for a network that gives nonsense.
            means.push(if means[2] > 0.9 { f32::NAN } else { 1.0 });
            means
        };
        Ok(batch.chunks(3 * pixels).flat_map(one).collect())
    }

    fn runtime(&self) -> &str {
        "fake"
    }
}

fn picture(width: u32, height: u32, color: [u8; 3]) -> Vec<u8> {
    encode_png(&RgbImage::from_fn(width, height, |_, _| color.into())).unwrap()
}

fn job(index: usize, bytes: Vec<u8>) -> Job {
    Job { index, source: PhotoSource::Bytes(bytes.into()), regions: None }
}

fn red(index: usize) -> Job {
    job(index, picture(40, 40, [(index % 256) as u8, 0, 0]))
}

fn run_all(jobs: Vec<Job>, network: &MeanColor, change: impl FnOnce(&mut ChainOptions)) -> Vec<Processed> {
    let cancel = AtomicBool::new(false);
    let mut options = ChainOptions::new(&cancel);
    change(&mut options);
    let mut found = Vec::new();
    let ended = run(jobs.into_iter(), network, &WholePicture, &options, |processed| {
        found.push(processed);
        Ok::<_, ModelError>(())
    });
    assert_eq!(ended.unwrap(), Ended::Complete);
    found
}

fn photo(processed: &Processed) -> &ProcessedPhoto {
    processed.photo.as_ref().unwrap()
}

fn embedding(processed: &Processed) -> &[f32] {
    photo(processed).crops[0].embedding.as_ref().unwrap()
}

#[test]
fn results_come_in_input_order_whatever_each_photo_takes() {
    let slow = |index: usize| {
        job(index, picture(if index.is_multiple_of(7) { 900 } else { 40 }, 40, [index as u8, 0, 0]))
    };
    let found = run_all((0..100).rev().map(slow).collect(), &MeanColor::new(), |options| {
        options.decode_threads = 4;
        options.batch_size = 3;
    });
    let indices: Vec<usize> = found.iter().map(|processed| processed.index).collect();
    assert_eq!(indices, (0..100).rev().collect::<Vec<_>>());
    for processed in &found {
        let expected = processed.index as f32 / 255.0;
        assert!((embedding(processed)[0] - expected).abs() < 1e-5, "{processed:?}");
    }
}

#[test]
fn what_is_wrong_with_a_photo_is_a_value_and_the_rest_goes_on() {
    let missing = Job { index: 0, source: PhotoSource::Path("there/is/no/such.jpg".into()), regions: None };
    let folder = Job { index: 1, source: PhotoSource::Path(std::env::temp_dir()), regions: None };
    let jobs = vec![missing, folder, job(2, b"not a photo".to_vec()), job(3, Vec::new()), red(4)];
    let found = run_all(jobs, &MeanColor::new(), |_| {});
    assert!(matches!(found[0].photo, Err(PhotoFailure::Unreadable(_))));
    assert!(matches!(found[1].photo, Err(PhotoFailure::Unreadable(_))));
    assert!(matches!(found[2].photo, Err(PhotoFailure::Undecodable(_))));
    assert!(matches!(found[3].photo, Err(PhotoFailure::Undecodable(_))));
    assert_eq!(embedding(&found[4]).len(), 4);
}

#[test]
fn a_file_larger_than_the_limit_is_refused_without_reading_all_of_it() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(1 << 40).unwrap();
    let job = Job { index: 0, source: PhotoSource::Path(file.path().into()), regions: None };
    let found = run_all(vec![job], &MeanColor::new(), |options| options.limits.max_bytes = 1000);
    assert!(
        matches!(&found[0].photo, Err(PhotoFailure::Unreadable(why)) if why.to_string().contains("bytes"))
    );
}

#[test]
fn small_crops_and_useless_embeddings_say_so() {
    let mut two_boxes = red(1);
    let outside = PixelBox::at(500.0, 0.0, 50.0, 50.0);
    let hanging_over = PixelBox::at(5.0, -10.0, 100.0, 100.0);
    two_boxes.regions = Some(vec![GivenBox::upright(outside), GivenBox::upright(hanging_over)]);
    let jobs = vec![job(0, picture(400, 31, [9, 9, 9])), two_boxes, job(2, picture(40, 40, [0, 0, 255]))];
    let found = run_all(jobs, &MeanColor::new(), |_| {});
    let reason =
        |photo_at: usize, crop: usize| photo(&found[photo_at]).crops[crop].embedding.clone().unwrap_err();
    assert_eq!(reason(0, 0), UnusableReason::TooSmall { pixels: 31, needed: 32 });
    assert_eq!(reason(1, 0), UnusableReason::TooSmall { pixels: 0, needed: 32 });
    let inside = &photo(&found[1]).crops[1];
    assert_eq!(inside.region, PixelBox::at(5.0, 0.0, 35.0, 40.0));
    assert_eq!(inside.detector_confidence, None);
    assert!(inside.embedding.is_ok());
    assert_eq!(reason(2, 0), UnusableReason::NoEmbedding);
}

#[test]
fn many_boxes_in_one_photo_go_through_in_batches() {
    let network = MeanColor::new();
    let mut crowded = job(0, picture(100, 100, [50, 0, 0]));
    let region = GivenBox::upright(PixelBox::at(1.0, 2.0, 40.0, 50.0));
    crowded.regions = Some(vec![region; 501]);
    let found = run_all(vec![crowded, red(1)], &network, |options| options.batch_size = 4);
    assert!(photo(&found[0]).crops.iter().all(|crop| crop.embedding.is_ok()));
    let batches = network.batches.lock().unwrap();
    assert!(batches.iter().all(|size| *size <= 4), "{batches:?}");
    assert_eq!(batches.iter().sum::<usize>(), 502);
}

#[test]
fn no_boxes_mean_no_crops() {
    let mut empty = red(0);
    empty.regions = Some(Vec::new());
    assert_eq!(photo(&run_all(vec![empty], &MeanColor::new(), |_| {})[0]).crops, []);
}

#[test]
fn an_unfinished_batch_does_not_stand_still_behind_photos_without_crops() {
    let broken = (1..2000).map(|index| job(index, b"broken".to_vec()));
    let jobs = std::iter::once(red(0)).chain(broken).collect();
    let found = run_all(jobs, &MeanColor::new(), |options| options.batch_size = 64);
    assert_eq!(found.len(), 2000);
    assert!(found[0].photo.is_ok());
}

#[test]
fn thumbnail_hash_and_metadata_are_made_only_when_asked_for() {
    let plain = run_all(vec![red(0)], &MeanColor::new(), |_| {});
    let plain = photo(&plain[0]);
    assert!(plain.thumbnail_jpeg.is_none() && plain.perceptual_hash.is_none() && plain.metadata.is_none());
    let full = run_all(vec![red(0)], &MeanColor::new(), |options| {
        options.thumbnail_side = Some(16);
        options.want_hashes = true;
        options.want_metadata = true;
    });
    let full = photo(&full[0]);
    assert!(full.thumbnail_jpeg.is_some() && full.perceptual_hash.is_some() && full.metadata.is_some());
    assert_eq!(full.photo_id, plain.photo_id);
    assert_eq!(full.full_size, ImageSize { width: 40, height: 40 });
}

#[test]
fn cancelling_ends_the_run_without_gaps() {
    let cancel = AtomicBool::new(false);
    let mut got = Vec::new();
    let endless = (0..).map(red);
    let ended = run(endless, &MeanColor::new(), &WholePicture, &ChainOptions::new(&cancel), |processed| {
        got.push(processed.index);
        cancel.store(got.len() == 20, Ordering::Relaxed);
        Ok::<_, ModelError>(())
    });
    assert_eq!(ended.unwrap(), Ended::Cancelled);
    assert_eq!(got, (0..20).collect::<Vec<_>>());
}

#[test]
fn a_failing_sink_ends_the_run_and_few_jobs_were_taken() {
    let cancel = AtomicBool::new(false);
    let taken = AtomicUsize::new(0);
    let endless = (0..).map(|index| {
        taken.fetch_add(1, Ordering::Relaxed);
        red(index)
    });
    let mut options = ChainOptions::new(&cancel);
    (options.decode_threads, options.batch_size) = (2, 4);
    let ended = run(endless, &MeanColor::new(), &WholePicture, &options, |processed| {
        if processed.index == 5 { Err(SinkError("disk full".to_owned())) } else { Ok(()) }
    });
    assert_eq!(ended, Err(SinkError("disk full".to_owned())));
    assert!(taken.into_inner() <= 6 + options.window() + super::read::READER_THREADS);
}

#[derive(Debug, PartialEq)]
struct SinkError(String);

impl From<ModelError> for SinkError {
    fn from(error: ModelError) -> Self {
        Self(error.to_string())
    }
}

#[test]
fn a_failing_network_ends_the_run_with_its_error() {
    let cancel = AtomicBool::new(false);
    let network = MeanColor { fails: true, ..MeanColor::new() };
    let ended =
        run((0..).map(red), &network, &WholePicture, &ChainOptions::new(&cancel), |_| Ok::<_, SinkError>(()));
    assert!(ended.unwrap_err().0.contains("out of order"));
}

/// Finds nothing usable: fails on red pictures, panics on others.
struct BadDetector;

impl Detector for BadDetector {
    fn id(&self) -> String {
        "bad".to_owned()
    }

    fn decode_size(&self, _full_size: ImageSize) -> DecodeSize {
        DecodeSize::Full
    }

    fn detect(&self, image: &RgbImage, _full_size: ImageSize) -> Result<Vec<Detection>, ModelError> {
        assert!(image.get_pixel(0, 0).0[0] > 100, "too dark");
        let (runtime, bundle) = ("fake".to_owned(), "bad".to_owned());
        Err(ModelError::Run { runtime, bundle, reason: "no".to_owned() })
    }
}

#[test]
fn a_detector_that_fails_or_panics_is_a_failure_of_the_photo() {
    let cancel = AtomicBool::new(false);
    let mut found = Vec::new();
    let jobs = [red(200), red(10)].into_iter();
    let sink = |processed: Processed| {
        found.push(processed.photo.err().map(|failure| failure.to_string()));
        Ok::<_, ModelError>(())
    };
    run(jobs, &MeanColor::new(), &BadDetector, &ChainOptions::new(&cancel), sink).unwrap();
    assert!(found[0].as_ref().unwrap().contains("the detector failed"), "{found:?}");
    assert!(found[1].as_ref().unwrap().contains("too dark"), "{found:?}");
}

/// Sees a body that is all blue in red pictures, none in dark ones, and fails on white ones.
#[derive(Debug)]
struct Blue(Preprocess);

impl Normaliser for Blue {
    fn id(&self) -> String {
        "blue".to_owned()
    }

    fn preprocess(&self) -> &Preprocess {
        &self.0
    }

    fn normalise(&self, crop: &RgbImage) -> Result<Option<RgbImage>, ModelError> {
        match crop.get_pixel(0, 0).0 {
            [255, 255, 255] => {
                let (runtime, bundle) = ("fake".to_owned(), "mask".to_owned());
                Err(ModelError::Run { runtime, bundle, reason: "out of memory".to_owned() })
            }
            [red, ..] if red > 100 => Ok(Some(RgbImage::from_pixel(16, 8, [0, 0, 128].into()))),
            _ => Ok(None),
        }
    }
}

#[test]
fn the_network_sees_the_animal_in_its_own_frame_or_else_the_crop() {
    let network = MeanColor::new();
    let normaliser = Blue(network.manifest.preprocess.clone());
    let cancel = AtomicBool::new(false);
    let options = ChainOptions { normaliser: Some(&normaliser), ..ChainOptions::new(&cancel) };
    let mut found = Vec::new();
    run([red(200), red(50)].into_iter(), &network, &WholePicture, &options, |processed| {
        found.push(processed);
        Ok::<_, ModelError>(())
    })
    .unwrap();
    let means = |at: usize| embedding(&found[at])[..3].to_vec();
    assert!((means(0)[2] - 128.0 / 255.0).abs() < 0.01 && means(0)[0] == 0.0, "{:?}", means(0));
    assert!((means(1)[0] - 50.0 / 255.0).abs() < 0.01, "{:?}", means(1));
}

#[test]
fn a_frame_that_cannot_be_looked_for_ends_the_run_and_nothing_false_is_said_of_the_photo() {
    let network = MeanColor::new();
    let normaliser = Blue(network.manifest.preprocess.clone());
    let cancel = AtomicBool::new(false);
    let options = ChainOptions { normaliser: Some(&normaliser), ..ChainOptions::new(&cancel) };
    let jobs = (0..40).map(|index| match index {
        20 => job(index, picture(40, 40, [255; 3])),
        _ => red(index),
    });
    let mut seen = Vec::new();
    let ended = run(jobs, &network, &WholePicture, &options, |processed| {
        seen.push(processed.index);
        Ok::<_, ModelError>(())
    });
    assert!(ended.unwrap_err().to_string().contains("out of memory"));
    assert!(!seen.contains(&20), "{seen:?}");
}

/// A photo with three regions that ask for different scales.
fn crowded() -> (Vec<u8>, Vec<GivenBox>) {
    let photo = encode_jpeg(&scene(512, 512, 9), 90).unwrap();
    let boxes = [
        (0.0, 0.0, 512.0, 512.0),
        (100.5, 40.0, 60.0, 70.0),
        (300.0, 300.0, 33.0, 34.0),
        (7.0, 9.0, 200.0, 90.0),
    ];
    let given = |(x, y, width, height)| GivenBox::upright(PixelBox::at(x, y, width, height));
    (photo, boxes.map(given).to_vec())
}

#[test]
fn a_crop_depends_on_its_own_box_alone() {
    let (photo, boxes) = crowded();
    let with = |regions: Option<Vec<GivenBox>>| {
        let found = run_all(vec![Job { regions, ..job(0, photo.clone()) }], &MeanColor::new(), |_| {});
        self::photo(&found[0]).crops.iter().map(|crop| crop.embedding.clone().unwrap()).collect::<Vec<_>>()
    };
    let together = with(Some(boxes.clone()));
    let alone: Vec<_> = boxes.iter().flat_map(|one| with(Some(vec![*one]))).collect();
    assert_eq!(together, alone);
    let reversed: Vec<_> = with(Some(boxes.iter().rev().copied().collect())).into_iter().rev().collect();
    assert_eq!(together, reversed);
    assert_eq!(with(None), together[..1], "the detector's whole picture is the box of the whole picture");
}

#[test]
fn what_came_out_as_a_region_gives_the_same_crop_when_it_goes_in_again() {
    let photo = encode_jpeg(&scene(511, 377, 9), 90).unwrap();
    for step in 0..40 {
        let shift = f64::from(step) * 13.37;
        let given = PixelBox::at(shift - 60.1, 0.7 * shift - 50.3, 140.7, 99.9);
        let first = run_all(
            vec![Job { regions: Some(vec![GivenBox::upright(given)]), ..job(0, photo.clone()) }],
            &MeanColor::new(),
            |_| {},
        );
        let crop = &self::photo(&first[0]).crops[0];
        let again = run_all(
            vec![Job { regions: Some(vec![GivenBox::upright(crop.region)]), ..job(0, photo.clone()) }],
            &MeanColor::new(),
            |_| {},
        );
        assert_eq!(&self::photo(&again[0]).crops[0], crop, "{given:?}");
    }
}

/// The pixels of a JPEG as they are stored: without the EXIF block that [`oriented_jpeg`] puts behind the first two
/// bytes.
fn stored_pixels(jpeg: &[u8]) -> RgbImage {
    let block = usize::from(u16::from_be_bytes([jpeg[4], jpeg[5]]));
    let plain = [&jpeg[..2], &jpeg[4 + block..]].concat();
    decode(&plain, &Limits::default(), DecodeSize::Full).unwrap().image
}

#[test]
fn a_box_in_stored_pixels_is_the_same_animal_in_all_eight_orientations() {
    let upright = scene(160, 96, 5);
    let expected = PixelBox::at(96.0, 16.0, 48.0, 64.0);
    let mark = RgbImage::from_fn(160, 96, |x, y| {
        let is_marked = (96..144).contains(&x) && (16..80).contains(&y);
        [if is_marked { 255 } else { 0 }; 3].into()
    });
    let mut means = Vec::new();
    for number in 1..=8 {
        let stored = stored_pixels(&oriented_jpeg(&mark, number).unwrap());
        let marked: Vec<(u32, u32)> =
            stored.enumerate_pixels().filter(|(_, _, p)| p.0[1] > 128).map(|(x, y, _)| (x, y)).collect();
        let (left, right) =
            (marked.iter().map(|p| p.0).min().unwrap(), marked.iter().map(|p| p.0).max().unwrap());
        let (top, bottom) =
            (marked.iter().map(|p| p.1).min().unwrap(), marked.iter().map(|p| p.1).max().unwrap());
        let bounds =
            PixelBox::at(left.into(), top.into(), (right - left + 1).into(), (bottom - top + 1).into());
        let regions = Some(vec![GivenBox::stored(bounds), GivenBox::upright(expected)]);
        let jobs = vec![Job { regions, ..job(0, oriented_jpeg(&upright, number).unwrap()) }];
        let found = run_all(jobs, &MeanColor::new(), |_| {});
        let crops = &photo(&found[0]).crops;
        assert_eq!(crops[0].region, expected, "orientation {number}");
        assert_eq!(crops[0], crops[1], "orientation {number}");
        means.push(crops[0].embedding.clone().unwrap());
    }
    for mean in &means {
        let difference = mean.iter().zip(&means[0]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(difference < 0.02, "{means:?}");
    }
}

#[test]
fn a_small_budget_lets_photos_through_one_by_one() {
    let (photo, boxes) = crowded();
    let jobs = (0..12).map(|index| Job { regions: Some(boxes.clone()), ..job(index, photo.clone()) });
    let jobs: Vec<Job> = jobs.collect();
    let found = run_all(jobs, &MeanColor::new(), |options| {
        options.decode_threads = 4;
        options.limits.budget = MemoryBudget::new(1000.try_into().unwrap());
    });
    assert!(found.iter().all(|one| self::photo(one).crops.iter().all(|crop| crop.embedding.is_ok())));
}

#[test]
fn a_small_box_in_a_photo_that_is_too_large_to_decode_is_embedded_all_the_same() {
    let large = encode_jpeg(&scene(1600, 1200, 1), 90).unwrap();
    let box_ = PixelBox::at(900.0, 500.0, 40.0, 40.0);
    let of = |max_alloc: u64| {
        let regions = Some(vec![GivenBox::upright(box_)]);
        let jobs = vec![Job { index: 0, source: PhotoSource::Bytes(large.clone().into()), regions }];
        run_all(jobs, &MeanColor::new(), |options| {
            options.limits = Limits { max_alloc, ..Limits::default() };
            options.thumbnail_side = Some(64);
            options.want_hashes = true;
        })
    };
    // At full size it takes 11.5 million bytes, at an eighth a sixty-fourth of that.
    let (whole, in_parts) = (of(1 << 30), of(1 << 20));
    assert_eq!(photo(&in_parts[0]).full_size, ImageSize { width: 1600, height: 1200 });
    assert!(photo(&in_parts[0]).thumbnail_jpeg.is_some());
    for (one, other) in embedding(&whole[0]).iter().zip(embedding(&in_parts[0])) {
        assert!((one - other).abs() < 0.02, "{one} {other}");
    }
    let too_little = of(100_000);
    assert!(matches!(too_little[0].photo, Err(PhotoFailure::Undecodable(_))), "{:?}", too_little[0]);
}

#[test]
fn a_missing_file_is_called_missing() {
    let missing = Job { index: 0, source: PhotoSource::Path("there/is/no/such.jpg".into()), regions: None };
    let found = run_all(vec![missing], &MeanColor::new(), |_| {});
    let why = found[0].photo.as_ref().unwrap_err().to_string();
    assert_eq!(why, "missing: there is no such file");
}
