//! The local features along outlines, and which local features a catalog compares.

use resight_compare::Comparer;
use resight_core::{Effort, ImageSize};
use resight_engine::init::InitRequest;
use resight_engine::reembed::ReembedRequest;
use resight_engine::{
    CancelToken, Hint, LocalChoice, Models, OUTLINE_FEATURES, RuntimeChoice, Session, Silent,
};
use resight_imaging::RgbImage;
use resight_model::{Embedder as _, LocalFeatures};
use resight_synth::{AnimalKind, Photo, Population, Side, World, WorldSettings};
use resight_vector::f16;

use crate::support::Study;

/// Three fins, each by itself on the sea, from the left.
fn fins() -> Vec<RgbImage> {
    let fins = Population { kind: AnimalKind::DorsalFin, known: 3, newcomers: 0 };
    let world = World::new(71, WorldSettings { populations: vec![fins], ..WorldSettings::easy() }).unwrap();
    let first_of = |number: u64| {
        let is_it = |photo: &&Photo| {
            let encounter = world.encounter_of(photo);
            encounter.number == number && encounter.side == Side::Left
        };
        world.render(world.photos().iter().find(is_it).unwrap())
    };
    (0..3).map(first_of).collect()
}

fn mirrored(picture: &RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    RgbImage::from_fn(width, height, |x, y| *picture.get_pixel(width - 1 - x, y))
}

fn row(network: &LocalFeatures, picture: &RgbImage) -> Vec<f16> {
    let preprocess = &network.manifest().preprocess;
    let (width, height) = picture.dimensions();
    let mut input = vec![0.0; preprocess.input_len()];
    preprocess.apply(picture, None, ImageSize { width, height }, &mut input).unwrap();
    network.embed(&input, 1).unwrap().into_iter().map(f16::from_f32).collect()
}

#[test]
fn nicks_are_known_again_from_either_side() {
    let home = tempfile::tempdir().unwrap();
    let models = Models::open(Some(home.path()), RuntimeChoice::Rten, 2).unwrap();
    let network = models.local_features(&models.bundle(OUTLINE_FEATURES).unwrap()).unwrap();
    let form = network.form();
    let fins = fins();
    let rows: Vec<Vec<f16>> = fins.iter().map(|picture| row(&network, picture)).collect();
    for (at, (picture, own)) in fins.iter().zip(&rows).enumerate() {
        let features = form.packed(own).unwrap().to_features();
        assert!(features.len() > 100, "{}", features.len());
        let mut comparer = Comparer::new(&features, form.rule());
        let mut count = |row: &[f16]| comparer.count(form.packed(row).unwrap()).unwrap();
        let from_the_other_side = count(&row(&network, &mirrored(picture)));
        let others: Vec<usize> = (1..3).map(|step| count(&rows[(at + step) % 3])).collect();
        assert!(
            others.iter().all(|other| from_the_other_side > 2 * other),
            "{from_the_other_side}, {others:?}"
        );
    }
    let nothing = row(&network, &RgbImage::from_pixel(200, 100, [90, 90, 90].into()));
    assert!(form.packed(&nothing).unwrap().is_empty(), "nothing is to be seen on one colour");
}

fn named(names: &[&str]) -> LocalChoice {
    LocalChoice::Named(names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn a_catalog_compares_the_local_features_that_it_was_told() {
    let study = Study::empty();
    let session = study.session();
    assert_eq!(session.local_features().unwrap(), LocalChoice::None);
    let set = |choice: LocalChoice| {
        let request = ReembedRequest { local_features: Some(choice), ..ReembedRequest::default() };
        session.reembed(&request, &Silent, &CancelToken::default())
    };
    set(named(&["rootsift", OUTLINE_FEATURES])).unwrap();
    let LocalChoice::Named(serving) = session.local_features().unwrap() else { panic!("two serve") };
    assert!(serving.len() == 2 && serving[1].starts_with("outline@"), "{serving:?}");

    // A catalog like it has the same.
    let like = InitRequest::like(&session.settings().unwrap(), session.local_features().unwrap());
    let like = Session::create(study.path("like"), study.models.clone(), &like).unwrap();
    assert_eq!(like.local_features().unwrap(), LocalChoice::Named(serving));
    set(LocalChoice::Usual).unwrap();
    let LocalChoice::Named(usual) = session.local_features().unwrap() else { panic!("two serve") };
    let has = |name: &str| usual.iter().any(|one| one.starts_with(name));
    assert!(usual.len() == 2 && has("xfeat@") && has("rootsift@"), "{usual:?}");
    set(LocalChoice::None).unwrap();
    assert_eq!(session.local_features().unwrap(), LocalChoice::None);
    assert_eq!(LocalChoice::None.at_most(Effort::Thorough), Effort::Fast);
}

#[test]
fn what_reads_no_local_features_is_refused_and_nothing_changes() {
    let study = Study::empty();
    let session = study.session();
    let request = ReembedRequest { local_features: Some(named(&["outlin"])), ..ReembedRequest::default() };
    let error = session.reembed(&request, &Silent, &CancelToken::default()).unwrap_err();
    assert!(matches!(error.hint(), Some(Hint::ModelNames { meant: Some(meant), .. }) if meant == "outline"));
    for (names, said) in [
        (&["xfeat", "resight-base"][..], "is an embedder, not a network of local features"),
        (&["xfeat", "rootsift", "xfeat"][..], "named twice"),
        (&["xfeat", "fins"][..], "fins"),
        (&[""][..], "no model of this name"),
    ] {
        let request = ReembedRequest { local_features: Some(named(names)), ..ReembedRequest::default() };
        let error = session.reembed(&request, &Silent, &CancelToken::default()).unwrap_err().to_string();
        assert!(error.contains(said), "{names:?}: {error}");
        assert_eq!(session.local_features().unwrap(), LocalChoice::None);
        let like = InitRequest::like(&session.settings().unwrap(), named(names));
        assert!(Session::create(study.path("like"), study.models.clone(), &like).is_err());
        assert!(!study.path("like").exists(), "nothing is half made");
    }
}
