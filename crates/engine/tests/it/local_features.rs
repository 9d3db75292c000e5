//! The local features that the program carries, beside those of the package they come from.

use half::f16;
use resight_compare::{Features, quantise};
use resight_engine::{DEFAULT_LOCAL_FEATURES, Models, RuntimeChoice};
use resight_model::{Embedder as _, LocalFeatures};
use serde::Deserialize;

const SIDE: usize = 448;

/// `fixtures/reference/model/xfeat.py` made it.
#[derive(Deserialize)]
struct Reference {
    keypoints: Vec<[i32; 2]>,
    descriptors: Vec<Vec<f32>>,
}

/// The picture of the reference, as the network takes it.
fn picture() -> Vec<f32> {
    let number = |at: usize| {
        let (colour, y, x) = (at / (SIDE * SIDE), at / SIDE % SIDE / 19, at % SIDE / 23);
        (x * x * 37 + y * y * 91 + x * y * 53 + colour * 5) % 256
    };
    (0..3 * SIDE * SIDE).map(|at| number(at) as f32 / 255.0).collect()
}

fn features(network: &LocalFeatures, inputs: &[f32], n: usize) -> Vec<Features> {
    let rows = network.embed(inputs, n).unwrap();
    let room = network.form().room();
    let bytes: Vec<u8> = rows.iter().flat_map(|number| f16::from_f32(*number).to_le_bytes()).collect();
    bytes.chunks_exact(room.bytes()).map(|row| room.read(row).unwrap().to_features()).collect()
}

#[test]
fn keypoints_and_descriptors_are_those_of_the_original() {
    let home = tempfile::tempdir().unwrap();
    let models = Models::open(Some(home.path()), RuntimeChoice::Rten, 1).unwrap();
    let network = models.local_features(&models.bundle(DEFAULT_LOCAL_FEATURES[0]).unwrap()).unwrap();
    let text = include_str!("../../../../fixtures/reference/model/xfeat.json");
    let reference: Reference = serde_json::from_str(text).unwrap();
    let mut inputs = picture();
    inputs.extend(vec![0.5; 3 * SIDE * SIDE]);
    let found = features(&network, &inputs, 2);
    assert!(found[1].is_empty(), "nothing is to be seen on one colour");
    let ours: Vec<[i32; 2]> =
        found[0].keypoints.iter().map(|point| [point.x as i32, point.y as i32]).collect();
    assert_eq!(ours.len(), 400);
    let there = reference.keypoints.iter().filter(|point| ours.contains(point)).count();
    // The weights rest in half precision: the last of so many may be another one.
    assert!(there >= 392, "{there} of 400 keypoints");
    let mut expected = vec![0; 64];
    for (point, descriptor) in reference.keypoints.iter().zip(&reference.descriptors) {
        quantise(descriptor, &mut expected);
        let Some(place) = ours.iter().position(|one| one == point) else { continue };
        let descriptor: Vec<i8> = found[0].descriptors.row(place);
        let off = expected.iter().zip(&descriptor).map(|(a, b)| (a - b).abs()).max();
        assert!(off <= Some(2), "{expected:?} {descriptor:?}");
    }
}
