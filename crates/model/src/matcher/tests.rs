//! LighterGlue beside the package it comes from, in every runtime; and what no matcher may do.

use std::path::Path;

use resight_core::{ErrorKind, RoomError as _};
use serde::Deserialize;

use super::*;
use crate::runtime::load_network;
use crate::store::Store;
use crate::test_support::{available, carried, carried_folder, tiny_bundle};
use crate::{LocalFeatures, LocalForm, TrialProgram, load_embedder};

/// `fixtures/reference/model/lighterglue.py` made it.
#[derive(Deserialize)]
struct Reference {
    crops: Vec<ReferenceCrop>,
    pairs: Vec<ReferencePair>,
}

#[derive(Deserialize)]
struct ReferenceCrop {
    keypoints: Vec<[f32; 2]>,
    descriptors: Vec<String>,
}

#[derive(Deserialize)]
struct ReferencePair {
    crops: [usize; 2],
    matches: Vec<(u16, u16, f32)>,
}

impl ReferenceCrop {
    fn features(&self) -> Features {
        let byte =
            |text: &[u8]| u8::from_str_radix(std::str::from_utf8(text).unwrap(), 16).unwrap().cast_signed();
        let bytes: Vec<i8> =
            self.descriptors.iter().flat_map(|row| row.as_bytes().chunks(2).map(byte)).collect();
        let keypoints = self.keypoints.iter().map(|[x, y]| Keypoint { x: *x, y: *y }).collect();
        Features { keypoints, descriptors: Descriptors::from_rows(64, &bytes) }
    }
}

fn reference() -> Reference {
    let text = include_str!("../../../../fixtures/reference/model/lighterglue.json");
    serde_json::from_str(text).unwrap()
}

fn load(choice: RuntimeChoice) -> LocalMatcher {
    LocalMatcher::load(&carried("lighterglue"), carried("xfeat").manifest(), choice, 2).unwrap()
}

/// The matcher with another graph, and with a rule that takes all matches that the reference has.
fn with_graph(graph: Box<dyn Graph>) -> LocalMatcher {
    let loaded = load(RuntimeChoice::Rten);
    LocalMatcher { graph, rule: FoundRule { least_sureness: 0.1, ..loaded.rule }, ..loaded }
}

#[test]
fn matches_and_confidences_are_those_of_the_original_in_every_runtime() {
    let reference = reference();
    let crops: Vec<Features> = reference.crops.iter().map(ReferenceCrop::features).collect();
    for choice in available() {
        let matcher = with_graph(load(choice).graph);
        let (mut expected, mut found, mut same) = (0, 0, 0);
        for ReferencePair { crops: [one, other], matches } in &reference.pairs {
            let ours = matcher.matches(&crops[*one], &crops[*other]).unwrap();
            expected += matches.len();
            // The reference ends at .1: what is just above may be just below there.
            found += ours.iter().filter(|one| one.sureness > 0.12).count();
            for (query, gallery, sureness) in matches {
                let Some(one) = ours.iter().find(|one| (one.query, one.gallery) == (*query, *gallery)) else {
                    continue;
                };
                let off = (one.sureness - sureness).abs();
                // The weights rest in half precision.
                assert!(off < 0.01, "{choice:?}: {one:?}, and {sureness} by the original");
                same += 1;
            }
        }
        println!("{choice:?}: {same} of {expected} matches, {found} found that are sure");
        assert_eq!(expected, 120);
        assert!(same * 100 >= expected * 98 && found <= same, "{choice:?}: {same} the same, {found} found");
    }
}

#[test]
fn runtimes_agree_on_every_confidence() {
    let reference = reference();
    let crops: Vec<Features> = reference.crops.iter().map(ReferenceCrop::features).collect();
    let all: Vec<Vec<Match>> = available()
        .into_iter()
        .map(|choice| with_graph(load(choice).graph).matches(&crops[0], &crops[1]).unwrap())
        .collect();
    for other in &all[1..] {
        assert_eq!(other.len(), all[0].len());
        for (one, other) in all[0].iter().zip(other) {
            assert_eq!((one.query, one.gallery), (other.query, other.gallery));
            assert!((one.sureness - other.sureness).abs() < 1e-3, "{one:?} {other:?}");
        }
    }
}

#[test]
fn matches_that_fit_together_are_evidence() {
    let reference = reference();
    let crops: Vec<Features> = reference.crops.iter().map(ReferenceCrop::features).collect();
    let matcher = load(RuntimeChoice::Rten);
    let same = matcher.evidence(&crops[0], &crops[1]).unwrap();
    assert!(same.matches.iter().all(|one| one.sureness >= matcher.rule().least_sureness), "{same:?}");
    assert!(same.count() >= 15 && same.alike > same.count(), "{} of {}", same.count(), same.alike);
    assert_eq!(same.points.len(), same.count());
    let other = matcher.evidence(&crops[0], &crops[2]).unwrap();
    assert!(other.count() <= 3, "{other:?}");
}

#[test]
fn crops_in_which_nothing_was_found_have_no_match() {
    let crop = reference().crops[0].features();
    let none = Features { keypoints: Vec::new(), descriptors: Descriptors::from_rows(64, &[]) };
    let one = Features {
        keypoints: crop.keypoints[..1].to_vec(),
        descriptors: Descriptors::from_rows(64, &crop.descriptors.row(0)),
    };
    for choice in available() {
        let matcher = load(choice);
        for (query, gallery) in [(&none, &crop), (&crop, &none), (&none, &none), (&one, &one)] {
            assert_eq!(matcher.evidence(query, gallery).unwrap().count(), 0, "{choice:?}");
        }
    }
}

#[test]
fn each_bundle_is_used_for_what_it_is_for() {
    let (matcher, xfeat) = (carried("lighterglue"), carried("xfeat"));
    let rten = RuntimeChoice::Rten;
    let load = |bundle: &Bundle, features: &Bundle| {
        LocalMatcher::load(bundle, features.manifest(), rten, 1).err().unwrap().to_string()
    };
    assert!(
        load(&xfeat, &xfeat).ends_with("is a network of local features, not a matcher of local features")
    );
    assert!(load(&tiny_bundle(), &xfeat).ends_with("is an embedder, not a matcher of local features"));
    let refused = load(&matcher, &tiny_bundle());
    assert_eq!(refused, "tiny is an embedder, not a network of local features");
    let refused = load(&matcher, &carried("rootsift"));
    let expected =
        "takes features of `xfeat` in crops of 448 × 448 pixels, not features of `rootsift` in crops";
    assert!(refused.contains(expected), "{refused}");

    let as_features = LocalFeatures::load(&matcher, rten, 1).err().unwrap();
    let as_form = LocalForm::of(&matcher).err().unwrap();
    for error in [as_features, as_form] {
        let words = error.to_string();
        assert!(
            words.ends_with("is a matcher of local features, not a network of local features"),
            "{words}"
        );
    }
    let as_embedder = load_embedder(&matcher, rten, 1).err().unwrap().to_string();
    assert!(as_embedder.ends_with("is a matcher of local features, not an embedder"), "{as_embedder}");
    let bare = load_network(&matcher, rten, 1).err().unwrap().to_string();
    assert!(bare.ends_with("is a matcher of local features, not a network of images"), "{bare}");
}

#[test]
fn a_matcher_from_elsewhere_is_not_run() {
    let foreign = Bundle::open(&carried_folder("lighterglue")).unwrap();
    let features = carried("xfeat");
    let error = LocalMatcher::load(&foreign, features.manifest(), RuntimeChoice::Rten, 1).err().unwrap();
    assert!(matches!(error, ModelError::Untried { .. }), "{error}");
    // A program that would try it is not even started.
    let home = tempfile::tempdir().unwrap();
    let trial = TrialProgram::new(Path::new("no/such/program").to_owned(), ["x"]);
    let refused = Store::open(home.path()).with_trial(trial).tried(foreign, RuntimeChoice::Rten).unwrap_err();
    assert!(refused.to_string().ends_with("cannot be tried here, so it is not run"), "{refused}");
}

#[test]
fn manifests_of_matchers_that_make_no_sense_are_told() {
    let manifest = std::fs::read_to_string(carried_folder("lighterglue").join("bundle.toml")).unwrap();
    let model = std::fs::read(carried_folder("lighterglue").join("model.onnx")).unwrap();
    let model: &'static [u8] = model.leak();
    let refused = |from: &str, to: &str| {
        let changed = manifest.replacen(from, to, 1);
        assert_ne!(changed, manifest);
        match Bundle::built_in(&changed, model, None, "test") {
            Err(error) => error.to_string(),
            Ok(bundle) => {
                let features = carried("xfeat");
                let loaded = LocalMatcher::load(&bundle, features.manifest(), RuntimeChoice::Rten, 1);
                loaded.err().map(|error| error.to_string()).unwrap_or_default()
            }
        }
    };
    let part = &manifest[manifest.find("[matcher]").unwrap()..manifest.find("[files]").unwrap()];
    for (from, to, words) in [
        (part, "", "[matcher] is needed by a matcher of local features"),
        ("\"matcher\"", "\"mask\"", "[matcher] does not suit a mask network"),
        ("further_inputs", "further_outputs", "further_inputs is needed by a matcher of local features"),
        ("least_sureness = 0.", "least_sureness = 7.", "[matcher.rule]: least_sureness must lie from 0 to 1"),
        ("tolerance = 6.0", "tolerance = -6.0", "[matcher.rule]: tolerance must be above 0"),
        ("dimension = 0", "dimension = 64", "dimension 64 does not suit a matcher of local features"),
        (
            "\"descriptors0\", ",
            "",
            "promises confidence from keypoints0, descriptors0, keypoints1, descriptors1",
        ),
        ("\"confidence\"", "\"scores\"", "gives scores from keypoints0"),
        ("width = 448", "width = 224", "takes features of `xfeat` in crops of 224 × 448 pixels"),
    ] {
        let refusal = refused(from, to);
        assert!(refusal.contains(words), "{refusal}");
    }
}

#[test]
fn descriptors_of_another_length_are_refused() {
    let crop = reference().crops[0].features();
    let other = Features {
        keypoints: crop.keypoints[..1].to_vec(),
        descriptors: Descriptors::from_rows(128, &[1; 128]),
    };
    let error = load(RuntimeChoice::Rten).evidence(&crop, &other).unwrap_err();
    assert!(error.to_string().ends_with("takes descriptors of 64 numbers, not descriptors of 128 numbers"));
}

/// A network that answers what it was told to.
struct Says(Result<(Vec<usize>, Vec<f32>), String>);

impl Graph for Says {
    fn run(&self, _: &[Input<'_>]) -> Result<Vec<Output>, String> {
        let (shape, values) = self.0.clone()?;
        Ok(vec![Output { name: OUTPUT.to_owned(), shape, values }])
    }

    fn runtime(&self) -> &str {
        "nothing 1.0"
    }
}

#[test]
fn answers_that_are_no_confidences_are_refused() {
    let crop = reference().crops[0].features();
    let two = Features {
        keypoints: crop.keypoints[..2].to_vec(),
        descriptors: Descriptors::from_rows(64, &[crop.descriptors.row(0), crop.descriptors.row(1)].concat()),
    };
    let says = |answer| with_graph(Box::new(Says(answer))).matches(&two, &two);
    let matches = says(Ok((vec![2, 2], vec![0.9, 0.0, 0.2, 1.0005]))).unwrap();
    let sureness: Vec<f32> = matches.iter().map(|one| one.sureness).collect();
    assert_eq!(sureness, [0.9, 1.0]);
    for (shape, values, words) in [
        (
            vec![2, 2],
            vec![0.9, f32::NAN, 0.1, 0.1],
            "gives NaN, but its manifest promises numbers from 0 to 1",
        ),
        (vec![2, 2], vec![0.9, 0.0, f32::INFINITY, 0.1], "gives inf"),
        (vec![2, 2], vec![0.9, 0.0, 1.5, 0.1], "gives 1.5"),
        (vec![2, 2], vec![0.9, 0.0, -0.5, 0.1], "gives -0.5"),
        (vec![2, 2], vec![0.9], "promises 2 × 2 numbers"),
        (vec![1, 2, 2], vec![0.1; 4], "gives [1, 2, 2]"),
        (vec![4, 1], vec![0.1; 4], "gives [4, 1]"),
        (Vec::new(), Vec::new(), "gives []"),
    ] {
        let error = says(Ok((shape, values))).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(error.kind(), ErrorKind::User);
    }
    let error = says(Err("out of order".to_owned())).unwrap_err().to_string();
    assert!(error.contains("nothing 1.0 failed") && error.ends_with("out of order"), "{error}");
}

#[test]
fn each_is_the_surest_of_the_other() {
    let found = |confidence: &[f32], m, least| -> Vec<(u16, u16)> {
        mutual(confidence, m, least).iter().map(|one| (one.query, one.gallery)).collect()
    };
    // The surest of row 1 is column 0, whose surest is row 0.
    let confidence = [0.9, 0.1, 0.2, 0.8, 0.7, 0.1, 0.0, 0.0, 0.3];
    assert_eq!(found(&confidence, 3, 0.0), [(0, 0), (2, 2)]);
    assert_eq!(found(&confidence, 3, 0.5), [(0, 0)]);
    assert_eq!(found(&[0.5; 6], 3, 0.5), [(0, 0)]);
    assert_eq!(found(&[0.2, 0.6], 2, 0.1), [(0, 1)]);
}

#[test]
fn places_are_counted_from_the_middle_in_halves_of_the_longer_side() {
    let crop = Crop { width: 400.0, height: 200.0 };
    let at = |x, y| Keypoint { x, y };
    assert_eq!(crop.places(&[at(0.0, 0.0), at(300.0, 100.0)]), [-1.0, -0.5, 0.5, 0.0]);
}

#[test]
fn rows_have_unit_length_and_empty_ones_stay_empty() {
    let rows = unit_rows(&Descriptors::from_rows(4, &[30, 0, -40, 0, 0, 0, 0, 0]));
    assert_eq!(rows, [0.6, 0.0, -0.8, 0.0, 0.0, 0.0, 0.0, 0.0]);
}
