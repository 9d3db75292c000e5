//! Several networks that look at the same photos.

use super::*;

/// Finds the whole picture, and counts how often it is asked.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Detector for Counting {
    fn id(&self) -> String {
        "counting".to_owned()
    }

    fn decode_size(&self, _full: ImageSize) -> DecodeSize {
        DecodeSize::Full
    }

    fn detect(&self, image: &RgbImage, full_size: ImageSize) -> Result<Vec<Detection>, ModelError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        WholePicture.detect(image, full_size)
    }
}

fn crops_of(found: &[Processed]) -> impl Iterator<Item = &crate::chain::ProcessedCrop> {
    found.iter().flat_map(|one| &photo(one).crops)
}

#[test]
fn each_network_answers_as_if_it_were_alone() {
    // The first two look alike; the third asks for another scale of the photo.
    let (first, alike, larger) = (MeanColor::new(), MeanColor::new(), MeanColor::of_side(40));
    let (bytes, boxes) = crowded();
    let jobs = || {
        let with_boxes = Job { regions: Some(boxes.clone()), ..job(0, bytes.clone()) };
        let small = Job { index: 2, ..job(2, picture(9, 9, [9, 9, 9])) };
        vec![with_boxes, job(1, encode_jpeg(&scene(300, 200, 3), 90).unwrap()), small, red(3)]
    };
    let further: [&dyn Embedder; 2] = [&alike, &larger];
    let detector = Counting::default();
    let cancel = AtomicBool::new(false);
    let options = ChainOptions { further: &further, batch_size: 3, ..ChainOptions::new(&cancel) };
    let mut together = Vec::new();
    let ended = run(jobs().into_iter(), &first, &detector, &options, |processed| {
        together.push(processed);
        Ok::<_, ModelError>(())
    });
    assert_eq!((ended.unwrap(), detector.0.into_inner()), (Ended::Complete, 3), "once a photo without boxes");
    let (alone, larger_alone) =
        (run_all(jobs(), &first, |_| {}), run_all(jobs(), &MeanColor::of_side(40), |_| {}));
    assert!(crops_of(&together).count() > 5);
    let all_alone = crops_of(&alone).zip(crops_of(&larger_alone));
    for (crop, (alone, larger_alone)) in crops_of(&together).zip(all_alone) {
        assert_eq!(crop.embedding, alone.embedding);
        assert_eq!(crop.further, [alone.embedding.clone(), larger_alone.embedding.clone()]);
    }
    let least = UnusableReason::TooSmall { pixels: 9, needed: 32 };
    assert_eq!(photo(&together[2]).crops[0].further, [Err(least.clone()), Err(least)]);
}

#[test]
fn what_is_alike_is_prepared_once() {
    let (first, alike, larger) = (MeanColor::new(), MeanColor::new(), MeanColor::of_side(40));
    let looks = crate::chain::look::looks_of(&[&first, &larger, &alike], false);
    let networks: Vec<&[usize]> = looks.iter().map(|look| look.networks.as_slice()).collect();
    assert_eq!(networks, [&[0, 2][..], &[1]]);
    assert_eq!((looks[0].preprocess.width, looks[1].preprocess.width), (8, 40));
}

/// Counts the bodies it is asked for.
#[derive(Debug)]
struct CountingBodies(Blue, AtomicUsize);

impl Normaliser for CountingBodies {
    fn id(&self) -> String {
        self.0.id()
    }

    fn preprocess(&self) -> &Preprocess {
        self.0.preprocess()
    }

    fn normalise(&self, crop: &RgbImage) -> Result<Option<RgbImage>, ModelError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.normalise(crop)
    }
}

#[test]
fn a_body_is_looked_for_once_for_all_networks() {
    let (first, larger) = (MeanColor::new(), MeanColor::of_side(40));
    let bodies = CountingBodies(Blue(first.manifest.preprocess.clone()), AtomicUsize::new(0));
    let further: [&dyn Embedder; 1] = [&larger];
    let jobs = vec![job(0, picture(40, 40, [200, 0, 0])), job(1, picture(40, 40, [9, 0, 0]))];
    let cancel = AtomicBool::new(false);
    let options = ChainOptions { further: &further, normaliser: Some(&bodies), ..ChainOptions::new(&cancel) };
    let mut blue = Vec::new();
    let ended = run(jobs.into_iter(), &first, &WholePicture, &options, |processed| {
        let crop = &photo(&processed).crops[0];
        blue.push([&crop.embedding, &crop.further[0]].map(|answer| answer.as_ref().unwrap()[2] > 0.4));
        Ok::<_, ModelError>(())
    });
    assert_eq!(ended.unwrap(), Ended::Complete);
    assert_eq!((blue, bodies.1.into_inner()), (vec![[true; 2], [false; 2]], 2));
}

#[test]
fn a_further_network_that_fails_ends_the_run() {
    let broken = MeanColor { fails: true, ..MeanColor::of_side(40) };
    let further: [&dyn Embedder; 1] = [&broken];
    let cancel = AtomicBool::new(false);
    let options = ChainOptions { further: &further, ..ChainOptions::new(&cancel) };
    let mut n_found = 0;
    let ended = run((0..100).map(red), &MeanColor::new(), &WholePicture, &options, |_| {
        n_found += 1;
        Ok::<_, ModelError>(())
    });
    assert!(ended.unwrap_err().to_string().contains("out of order"));
    assert_eq!(n_found, 0);
}

#[test]
fn how_well_an_animal_is_seen_does_not_hang_on_the_network() {
    let (small, large) = (MeanColor::new(), MeanColor::of_side(256));
    let (bytes, boxes) = crowded();
    let jobs = || {
        let with_boxes = Job { regions: Some(boxes.clone()), ..job(0, bytes.clone()) };
        vec![with_boxes, job(1, encode_jpeg(&scene(1600, 1200, 3), 90).unwrap()), red(2)]
    };
    let seen = |network: &MeanColor| {
        let cancel = AtomicBool::new(false);
        let options = ChainOptions { want_clarity: true, ..ChainOptions::new(&cancel) };
        let mut found = Vec::new();
        let ended = run(jobs().into_iter(), network, &WholePicture, &options, |processed| {
            found.push(processed);
            Ok::<_, ModelError>(())
        });
        assert_eq!(ended.unwrap(), Ended::Complete);
        found
    };
    let (by_small, by_large, without) = (seen(&small), seen(&large), run_all(jobs(), &small, |_| {}));
    for (crop, other) in crops_of(&by_small).zip(crops_of(&without)) {
        assert_eq!((&crop.embedding, other.clarity), (&other.embedding, None));
    }
    let mut compared = 0;
    for (one, other) in crops_of(&by_small).zip(crops_of(&by_large)) {
        if let (Some(one), Some(other)) = (one.clarity, other.clarity) {
            assert!((one.sharpness - other.sharpness).abs() < 0.08, "{one:?} {other:?}");
            assert!(one.pixels == other.pixels);
            compared += 1;
        }
    }
    assert!(compared > 3, "{compared}");
    let of_one_colour = photo(&by_small[2]).crops[0].clarity.unwrap();
    assert_eq!((of_one_colour.sharpness, of_one_colour.quality()), (0.0, resight_core::Quality::Junk));
}
