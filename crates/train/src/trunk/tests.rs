//! What a recipe may ask of a trunk.

use std::path::Path;

use resight_model::{ManifestInput, Purpose};
use resight_testkit::bundles::projection_bundle;

use super::*;
use crate::recipe::TrunkRecipe;

/// A small network with seeded weights, as a bundle.
fn mini() -> Bundle {
    let architecture = Architecture::named("resnet-mini").unwrap();
    let onnx = write_network(&architecture, &architecture.seeded_weights(), Normalization::Folded).unwrap();
    let mut preprocess = projection_bundle().manifest().preprocess.clone();
    (preprocess.width, preprocess.height) = (architecture.side as u32, architecture.side as u32);
    let given = ManifestInput {
        architecture: Some(architecture.name),
        ..ManifestInput::new("mini", Purpose::Embedder, preprocess, "CC0-1.0")
    };
    Bundle::from_onnx_bytes(onnx.into(), given, Path::new("memory")).unwrap()
}

fn recipe(depth: Depth, trunk: TrunkRecipe) -> Recipe {
    Recipe { depth, trunk, ..Recipe::default() }
}

fn cut(stage: &str) -> TrunkRecipe {
    TrunkRecipe { cut: stage.to_owned(), ..TrunkRecipe::default() }
}

#[test]
fn the_frozen_and_the_learning_part_make_the_whole() {
    let whole = Trunk::of(mini(), &recipe(Depth::Full, cut("stage4"))).unwrap();
    let (all, ..) = whole.learning().unwrap().unwrap();
    let parted = Trunk::of(mini(), &recipe(Depth::Tail, cut("stage4"))).unwrap();
    let (mut layers, _) = parted.frozen_layers().unwrap().unwrap();
    let (learning, _, input) = parted.learning().unwrap().unwrap();
    assert!(!layers.is_empty() && !learning.is_empty());
    assert_eq!(input, parted.frozen(RuntimeChoice::Rten, 1).unwrap().output);
    layers.extend(learning);
    assert_eq!(layers, all);
}

#[test]
fn a_trunk_that_only_gives_embeddings_learns_no_deeper_than_its_head() {
    let head = Trunk::of(projection_bundle(), &recipe(Depth::Head, TrunkRecipe::default())).unwrap();
    assert!(head.learning().unwrap().is_none() && head.frozen_layers().unwrap().is_none());
    for depth in [Depth::Tail, Depth::Full] {
        let error = Trunk::of(projection_bundle(), &recipe(depth, TrunkRecipe::default())).unwrap_err();
        assert!(error.to_string().contains("depth = \"head\""), "{error}");
    }
}

#[test]
fn what_a_trunk_cannot_do_is_said_in_words() {
    let error = Trunk::of(mini(), &recipe(Depth::Tail, cut("stage9"))).unwrap_err().to_string();
    assert!(error.contains("stage9") && error.contains("stage4"), "{error}");
    let batch = TrunkRecipe { statistics: StatisticsRecipe::Batch, ..TrunkRecipe::default() };
    let error = Trunk::of(mini(), &recipe(Depth::Full, batch)).unwrap_err().to_string();
    assert!(error.contains("trunk.weights"), "{error}");
}

#[test]
fn another_side_and_pooling_are_taken_up_at_every_depth() {
    let pooling = PoolingRecipe::Gem { p: 2.5, learn: false };
    for depth in [Depth::Head, Depth::Tail, Depth::Full] {
        let asked = TrunkRecipe { side: Some(96), pooling, ..cut("stage4") };
        let trunk = Trunk::of(mini(), &recipe(depth, asked)).unwrap();
        assert_eq!((trunk.preprocess().width, trunk.preprocess().height), (96, 96));
        let (_, weights) = trunk.whole.as_ref().unwrap();
        assert_eq!(weights.get(&format!("{GEM}.p")).unwrap().values, [2.5]);
    }
}
