//! Tests of views.

use std::path::Path;
use std::sync::Arc;

use resight_core::{GivenBox, ImageSize, PixelBox};
use resight_imaging::{
    ColorOrder, DecodePrecision, Fit, Limits, Preprocess, ResizeFilter, RgbImage, ValueRange, decode,
    encode_jpeg, encode_png,
};

use super::*;

const SIDE: u32 = 64;

fn preprocess(fit: Fit) -> Preprocess {
    Preprocess {
        width: SIDE,
        height: SIDE,
        fit,
        filter: ResizeFilter::Bilinear,
        color: ColorOrder::Rgb,
        value_range: ValueRange::Byte,
        mean: [120.0, 127.0, 110.0],
        deviation: [60.0, 58.0, 61.0],
        decode: DecodePrecision::Scaled,
        crop_margin: 0.1,
    }
}

fn maker(recipe: AugmentRecipe, flip: FlipPolicy) -> ViewMaker {
    ViewMaker::new(preprocess(Fit::Stretch), recipe, flip, 7).unwrap()
}

/// A photo with much detail and no symmetry.
pub(crate) fn scene(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
        let stripes = (40.0 * (u + 0.3 * v * v)).sin() * 50.0;
        [
            (60.0 + 140.0 * u + stripes) as u8,
            (200.0 - 120.0 * v + stripes) as u8,
            (90.0 + 100.0 * u * v) as u8,
        ]
        .into()
    })
}

fn jpeg(width: u32, height: u32) -> Vec<u8> {
    encode_jpeg(&scene(width, height), 92).unwrap()
}

const REGION: PixelBox = PixelBox::at(100.0, 60.5, 220.0, 150.0);

/// A box that is given in the upright photo.
fn given(region: Option<PixelBox>) -> Option<GivenBox> {
    region.map(GivenBox::upright)
}

fn view(maker: &ViewMaker, bytes: &[u8], region: Option<PixelBox>, row: u32, view: View) -> RgbImage {
    let photo = maker.open(bytes, &[given(region)]).unwrap();
    maker.picture(&photo, given(region), row, view).unwrap()
}

fn mean_difference(one: &RgbImage, two: &RgbImage) -> f64 {
    assert_eq!(one.dimensions(), two.dimensions());
    one.iter().zip(two.iter()).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / one.len() as f64
}

#[test]
fn view_0_is_what_inference_sees_to_the_last_bit() {
    let fits = [Fit::Stretch, Fit::Letterbox { fill: [3, 2, 1] }, Fit::CenterCrop { share: 0.875 }];
    let overhanging = PixelBox::at(300.0, -20.0, 400.0, 200.0);
    for fit in fits {
        for region in [None, Some(REGION), Some(overhanging)] {
            let maker =
                ViewMaker::new(preprocess(fit), AugmentRecipe::default(), FlipPolicy::KeepIdentity, 1)
                    .unwrap();
            let bytes = jpeg(512, 384);
            let full = ImageSize { width: 512, height: 384 };
            let clamped = region.and_then(|region| region.clamped(full));
            // As the chain of resight-model does it: the region cut at the photo, the photo decoded for it.
            let wanted = maker.preprocess().decode_size(full, clamped.as_ref());
            let decoded = decode(&bytes, &Limits::default(), wanted).unwrap();
            assert!(
                decoded.image.width() < 512 || region.is_some(),
                "scaled decoding takes part in the test"
            );
            let mut expected = vec![0.0; maker.preprocess().input_len()];
            maker.preprocess().apply(&decoded.image, clamped.as_ref(), full, &mut expected).unwrap();
            let mut found = vec![0.0; expected.len()];
            maker.input(&view(&maker, &bytes, region, 5, View::PLAIN), &mut found).unwrap();
            let is_same = expected.iter().zip(&found).all(|(a, b)| a.to_bits() == b.to_bits());
            assert!(is_same, "{fit:?} {region:?}");
        }
    }
}

#[test]
fn the_same_seed_row_and_view_give_the_same_bytes_and_others_do_not() {
    let recipe = AugmentRecipe::default();
    let bytes = jpeg(300, 200);
    let draw = |seed, row, number| {
        let maker =
            ViewMaker::new(preprocess(Fit::Stretch), recipe.clone(), FlipPolicy::KeepIdentity, seed).unwrap();
        view(&maker, &bytes, Some(REGION), row, View::Numbered(number))
    };
    assert_eq!(draw(1, 2, 3), draw(1, 2, 3));
    for other in [draw(2, 2, 3), draw(1, 3, 3), draw(1, 2, 4)] {
        assert!(mean_difference(&other, &draw(1, 2, 3)) > 1.0);
    }
}

#[test]
fn every_augmentation_changes_the_picture_and_leaves_it_recognizable() {
    let bytes = jpeg(300, 200);
    let plain = view(&maker(AugmentRecipe::none(), FlipPolicy::Forbidden), &bytes, None, 0, View::PLAIN);
    for augmentation in Augmentation::ALL {
        let maker = maker(AugmentRecipe::default().alone(augmentation), FlipPolicy::Forbidden);
        let mean = (1..=20)
            .map(|number| mean_difference(&view(&maker, &bytes, None, 0, View::Numbered(number)), &plain))
            .sum::<f64>()
            / 20.0;
        let least = if augmentation == Augmentation::Blur { 0.2 } else { 0.5 };
        assert!((least..45.0).contains(&mean), "{augmentation:?}: {mean}");
        assert_eq!(view(&maker, &bytes, None, 0, View::PLAIN), plain, "{augmentation:?} leaves view 0 alone");
    }
}

#[test]
fn without_augmentations_every_view_is_view_0() {
    let maker = maker(AugmentRecipe::none(), FlipPolicy::Forbidden);
    let bytes = jpeg(300, 200);
    let plain = view(&maker, &bytes, Some(REGION), 3, View::PLAIN);
    assert!((1..9).all(|number| view(&maker, &bytes, Some(REGION), 3, View::Numbered(number)) == plain));
}

#[test]
fn turning_one_augmentation_off_leaves_the_draws_of_the_others() {
    let bytes = jpeg(300, 200);
    let with = AugmentRecipe::default().alone(Augmentation::Affine);
    let mut without_grey = AugmentRecipe::none();
    without_grey.affine.probability = 1.0;
    without_grey.crop.smallest_area = 0.2;
    let draw = |recipe| view(&maker(recipe, FlipPolicy::Forbidden), &bytes, None, 9, View::Numbered(4));
    assert_eq!(draw(with), draw(without_grey));
}

#[test]
fn probabilities_are_kept() {
    let mut recipe = AugmentRecipe::none();
    recipe.grey.probability = 0.3;
    let maker = maker(recipe, FlipPolicy::Forbidden);
    let photo = maker.open(&jpeg(100, 100), &[None]).unwrap();
    let is_grey = |picture: &RgbImage| picture.pixels().all(|pixel| pixel.0[0] == pixel.0[1]);
    let views = (1..=400).map(|number| maker.picture(&photo, None, 0, View::Numbered(number)).unwrap());
    let share = views.filter(is_grey).count() as f64 / 400.0;
    assert!((0.22..0.38).contains(&share), "{share}");
}

#[test]
fn a_small_part_of_a_large_photo_is_decoded_finer_and_view_0_is_not() {
    let mut recipe = AugmentRecipe::none();
    recipe.crop = CropRecipe { probability: 1.0, smallest_area: 0.05, stretch: 1.0 };
    let maker = maker(recipe, FlipPolicy::Forbidden);
    let photo = maker.open(&jpeg(512, 512), &[None]).unwrap();
    assert_eq!(photo.plain(None).unwrap().dimensions(), (64, 64));
    assert!(photo.fine(None).unwrap().width() >= 192, "{}", photo.fine(None).unwrap().width());
}

#[test]
fn each_flip_policy_mirrors_what_it_says() {
    let bytes = jpeg(300, 200);
    let none = AugmentRecipe::none();
    let mirrored = view(&maker(none.clone(), FlipPolicy::Forbidden), &bytes, None, 0, View::Mirrored);
    let plain = view(&maker(none.clone(), FlipPolicy::Forbidden), &bytes, None, 0, View::PLAIN);
    assert!(mean_difference(&plain, &mirrored) > 5.0);
    let of = |flip, number| match view(&maker(none.clone(), flip), &bytes, None, 0, View::Numbered(number)) {
        picture if picture == plain => 'p',
        picture if picture == mirrored => 'm',
        _ => '?',
    };
    let first = |flip| (0..12).map(|number| of(flip, number)).collect::<String>();
    assert_eq!(first(FlipPolicy::Forbidden), "pppppppppppp");
    assert_eq!(first(FlipPolicy::MirroredTwin), "pmpmpmpmpmpm");
    let tossed = first(FlipPolicy::KeepIdentity);
    assert!(tossed.starts_with('p') && tossed.contains('m') && tossed[1..].contains('p'), "{tossed}");
}

#[test]
fn a_twin_is_another_class() {
    let twin = FlipPolicy::MirroredTwin;
    assert_eq!(twin.views_of(4), 8);
    assert_eq!((twin.class_of(3, 6, 10), twin.class_of(3, 7, 10)), (3, 13));
    assert_eq!((FlipPolicy::KeepIdentity.views_of(4), FlipPolicy::Forbidden.views_of(4)), (4, 4));
}

#[test]
fn the_background_shows_the_whole_photo_but_not_the_animal() {
    let maker = maker(AugmentRecipe::none(), FlipPolicy::Forbidden);
    let bytes = encode_png(&scene(400, 300)).unwrap();
    let whole = view(&maker, &bytes, None, 0, View::PLAIN);
    let fill = maker.preprocess().fill();
    assert_eq!(fill, [120, 127, 110]);
    let boxed = view(&maker, &bytes, Some(REGION), 0, View::Background);
    let middle_of_box = ((210.0 / 400.0 * 64.0) as u32, (135.0 / 300.0 * 64.0) as u32);
    assert_eq!(boxed.get_pixel(middle_of_box.0, middle_of_box.1).0, fill);
    assert_eq!(boxed.get_pixel(2, 2), whole.get_pixel(2, 2));
    assert_eq!(boxed.get_pixel(60, 60), whole.get_pixel(60, 60));
    let unboxed = view(&maker, &bytes, None, 0, View::Background);
    assert_eq!(unboxed.get_pixel(32, 32).0, fill);
    assert_eq!(unboxed.get_pixel(1, 1), whole.get_pixel(1, 1));
}

#[test]
fn a_letterbox_keeps_its_bars_in_random_views() {
    let letterbox = preprocess(Fit::Letterbox { fill: [1, 2, 3] });
    let mut recipe = AugmentRecipe::none();
    recipe.affine = AffineRecipe { probability: 1.0, translation: 0.0, ..AffineRecipe::default() };
    let maker = ViewMaker::new(letterbox, recipe, FlipPolicy::Forbidden, 3).unwrap();
    for number in 1..6 {
        let picture = view(&maker, &jpeg(400, 200), None, 0, View::Numbered(number));
        assert_eq!(picture.dimensions(), (SIDE, SIDE));
        assert!((0..SIDE).all(|x| picture.get_pixel(x, 5).0 == [1, 2, 3]));
        assert_ne!(picture.get_pixel(32, 32).0, [1, 2, 3]);
    }
}

#[test]
fn what_cannot_be_shown_is_refused_with_a_reason() {
    let maker = maker(AugmentRecipe::default(), FlipPolicy::Forbidden);
    assert!(matches!(maker.open(b"no photo", &[None]), Err(ViewFailureReason::Undecodable(_))));
    let photo = maker.open(&jpeg(90, 90), &[None]).unwrap();
    let outside = Some(PixelBox::at(500.0, 0.0, 10.0, 10.0));
    for kind in [View::PLAIN, View::Numbered(3), View::Mirrored] {
        let refused = maker.picture(&photo, given(outside), 0, kind);
        assert!(matches!(refused, Err(ViewFailureReason::Region(_))), "{kind:?}");
    }
}

#[test]
fn a_recipe_that_cannot_be_meant_is_refused_by_its_field() {
    type Change = fn(&mut AugmentRecipe);
    let changes: [(&str, Change); 6] = [
        ("crop.smallest-area", |recipe| recipe.crop.smallest_area = 0.0),
        ("affine.rotation", |recipe| recipe.affine.rotation = f64::NAN),
        ("color.probability", |recipe| recipe.color.probability = 1.5),
        ("blur.deviation", |recipe| recipe.blur.deviation = 0.0),
        ("jpeg.lowest-quality", |recipe| recipe.jpeg.lowest_quality = 0),
        ("erasing.largest-area", |recipe| recipe.erasing.largest_area = 0.9),
    ];
    for (field, change) in changes {
        let mut recipe = AugmentRecipe::default();
        change(&mut recipe);
        assert_eq!(recipe.check().unwrap_err().field, field);
    }
    AugmentRecipe::default().check().unwrap();
    AugmentRecipe::none().check().unwrap();
}

#[test]
fn a_recipe_is_read_in_kebab_case_and_refuses_what_it_does_not_know() {
    let read: AugmentRecipe =
        toml::from_str("[crop]\nsmallest-area = 0.5\n[affine]\nprobability = 0.0").unwrap();
    assert_eq!((read.crop.smallest_area, read.crop.stretch), (0.5, 1.25));
    assert_eq!(read.color, ColorRecipe::default());
    assert!(toml::from_str::<AugmentRecipe>("[crop]\nsmalest-area = 0.5").is_err());
    assert_eq!(toml::from_str::<AugmentRecipe>(&toml::to_string(&read).unwrap()).unwrap(), read);
}

fn written(folder: &Path, count: u32) -> Vec<ViewJob> {
    let job = |row: u32| {
        let path = folder.join(format!("{row}.jpg"));
        std::fs::write(&path, jpeg(160 + 10 * row, 120)).unwrap();
        ViewJob { row, path, photo: None, region: None }
    };
    (0..count).map(job).collect()
}

#[test]
fn a_loader_delivers_the_views_in_order_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let mut jobs = written(folder.path(), 6);
    std::fs::write(&jobs[4].path, b"broken").unwrap();
    jobs[5].path = folder.path().join("gone.jpg");
    let maker = Arc::new(maker(AugmentRecipe::default(), FlipPolicy::KeepIdentity));
    let request = |job, number| ViewRequest { job, view: View::Numbered(number) };
    let batches = vec![
        vec![],
        vec![request(3, 0), request(0, 1), request(4, 0), request(1, 2)],
        vec![],
        vec![request(5, 1), request(2, 2), request(2, 3)],
        vec![request(0, 9)],
        vec![],
    ];
    let load = |threads| {
        let options = LoaderOptions { threads, batches_ahead: 1 };
        Loader::start(maker.clone(), jobs.clone().into(), batches.clone(), options).collect::<Vec<_>>()
    };
    let (one, many) = (load(1), load(5));
    assert_eq!(one.iter().map(|batch| batch.requests.len()).collect::<Vec<_>>(), [0, 3, 0, 2, 1, 0]);
    assert_eq!(one[1].requests, [request(3, 0), request(0, 1), request(1, 2)]);
    assert!(one[1].failures[0].to_string().contains("not a picture"), "{}", one[1].failures[0]);
    assert!(one[3].failures[0].to_string().ends_with("gone.jpg"), "{}", one[3].failures[0]);
    for (one, many) in one.iter().zip(&many) {
        assert_eq!((&one.requests, &one.inputs), (&many.requests, &many.inputs));
    }
    let length = maker.preprocess().input_len();
    let bytes = std::fs::read(&jobs[0].path).unwrap();
    let mut expected = vec![0.0; length];
    maker.input(&view(&maker, &bytes, None, 0, View::Numbered(9)), &mut expected).unwrap();
    assert_eq!(one[4].inputs, expected);
}

#[test]
fn a_loader_that_is_dropped_half_way_ends_its_threads() {
    let folder = tempfile::tempdir().unwrap();
    let jobs = written(folder.path(), 3);
    let maker = Arc::new(maker(AugmentRecipe::default(), FlipPolicy::Forbidden));
    let batches = vec![vec![ViewRequest { job: 1, view: View::Numbered(1) }; 4]; 500];
    let mut loader = Loader::start(maker.clone(), jobs.into(), batches, LoaderOptions::default());
    assert_eq!(loader.next().unwrap().requests.len(), 4);
    drop(loader);
    assert_eq!(Arc::strong_count(&maker), 1, "no thread holds it any more");
}

#[test]
fn the_preview_has_a_column_for_each_augmentation_and_leaves_broken_photos_empty() {
    let folder = tempfile::tempdir().unwrap();
    let mut jobs = written(folder.path(), 2);
    jobs[1].path = folder.path().join("gone.jpg");
    let photos: Vec<PreviewPhoto> =
        jobs.into_iter().map(|job| PreviewPhoto { job, caption: "Ada".to_owned() }).collect();
    let mut recipe = AugmentRecipe::default();
    recipe.noise.probability = 0.0;
    let options = PreviewOptions { side: 48, full_views: 2 };
    let (sheet, failures) = preview(&maker(recipe, FlipPolicy::KeepIdentity), &photos, options);
    let columns = 1 + 8 + 2 + 2;
    assert_eq!(sheet.width(), 6 + columns * 54);
    assert_eq!(failures.len(), 1);
    let is_drawn = |column: u32, row: u32| {
        let (left, top) = (6 + column * 54, 41 + row * (48 + 16 + 6));
        let inner = (0..48 * 48).map(|at| *sheet.get_pixel(left + at % 48, top + at / 48));
        inner.filter(|pixel| pixel.0 == [236, 239, 242]).count() < 500
    };
    let drawn: Vec<bool> = (0..columns).map(|column| is_drawn(column, 0)).collect();
    let expected: Vec<bool> = (0..columns).map(|column| column != 6).collect();
    assert_eq!(drawn, expected, "all but the noise, which is off");
    assert!((0..columns).all(|column| !is_drawn(column, 1)));
}

#[test]
fn what_a_view_sees_does_not_depend_on_which_regions_are_opened_with_it() {
    let mut recipe = AugmentRecipe::none();
    recipe.crop = CropRecipe { probability: 1.0, smallest_area: 0.05, stretch: 1.0 };
    let maker = maker(recipe, FlipPolicy::Forbidden);
    let bytes = jpeg(512, 512);
    let small = Some(GivenBox::upright(PixelBox::at(10.0, 10.0, 60.0, 60.0)));
    let together = maker.open(&bytes, &[None, small]).unwrap();
    for region in [None, small] {
        let alone = maker.open(&bytes, &[region]).unwrap();
        for view in [View::PLAIN, View::Numbered(3), View::Mirrored, View::Background] {
            let found = maker.picture(&together, region, 0, view).unwrap();
            assert_eq!(found, maker.picture(&alone, region, 0, view).unwrap(), "{region:?} {view:?}");
        }
    }
    assert_eq!(together.plain(None).unwrap().width(), 64);
    assert_eq!(together.plain(together.upright(small)).unwrap().width(), 512);
}

#[test]
fn a_box_in_stored_pixels_shows_the_same_part_in_every_orientation() {
    let maker = maker(AugmentRecipe::none(), FlipPolicy::Forbidden);
    let upright = resight_testkit::photos::scene(160, 96, 5);
    let region = PixelBox::at(100.0, 8.0, 40.0, 64.0);
    let expected = {
        let bytes = resight_testkit::photos::oriented_jpeg(&upright, 1).unwrap();
        view(&maker, &bytes, Some(region), 0, View::PLAIN)
    };
    // Where the camera stored it that was held in the fourth way of turning: EXIF number 6.
    let bytes = resight_testkit::photos::oriented_jpeg(&upright, 6).unwrap();
    let stored = PixelBox::at(8.0, 160.0 - 100.0 - 40.0, 64.0, 40.0);
    let given = Some(GivenBox::stored(stored));
    let photo = maker.open(&bytes, &[given]).unwrap();
    let found = maker.picture(&photo, given, 0, View::PLAIN).unwrap();
    let pairs = found.as_raw().iter().zip(expected.as_raw());
    let mean = pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / found.as_raw().len() as f64;
    assert!(mean < 3.0, "off by {mean}");
}
