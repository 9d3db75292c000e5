//! Adding models of the user's own, and what the store tells of them.

use resight_core::{LearntPart, LearntPhoto, LearntRecord, PhotoId};

use super::Bench;
use crate::Architecture;
use crate::bundle::{ManifestInput, Purpose};
use crate::registry::{EntryKind, Sha256};
use crate::store::install::Origin;
use crate::store::{AddRequest, AddSource, StoreError};

/// Small numbers in every tensor of the smallest architecture, as a safetensors file.
fn weight_file(folder: &std::path::Path) -> std::path::PathBuf {
    let architecture = Architecture::named("efficientnet-lite0").unwrap();
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = architecture
        .tensors()
        .map(|(name, shape)| {
            let count: usize = shape.iter().product();
            let bytes = (0..count).flat_map(|i| (0.01 + (i % 7) as f32 * 0.01).to_le_bytes()).collect();
            (name, shape, bytes)
        })
        .collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (name, safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape.clone(), bytes).unwrap())
    });
    let path = folder.join("mine.safetensors");
    safetensors::serialize_to_file(views, None, &path).unwrap();
    path
}

fn manifest(name: &str) -> ManifestInput {
    let preprocess =
        crate::registry::Registry::builtin().find("efficientnet-lite0").unwrap().preprocess.clone();
    ManifestInput::new(name, Purpose::Embedder, preprocess.unwrap(), "MIT")
}

fn request(path: &std::path::Path, name: &str) -> AddRequest {
    AddRequest { source: AddSource::Path(path.into()), manifest: Some(manifest(name)), sha256: None }
}

#[test]
fn a_weight_file_of_a_known_network_becomes_a_bundle_that_is_found_shown_verified_and_removed() {
    let bench = Bench::new("pip");
    let store = &bench.store;
    let added = store.add(&request(&weight_file(bench.folder.path()), "mine"), &mut |_| {}).unwrap();

    let found = store.find("mine").unwrap();
    assert_eq!(added.bundle.as_ref(), Some(found.id()));
    assert_eq!(found.manifest().architecture.as_deref(), Some("efficientnet-lite0"));
    assert_eq!(found.manifest().dimension, 1280);
    assert_eq!(store.find(found.id().as_str()).unwrap().id(), found.id());
    assert!(matches!(store.find("mine@000000000000"), Err(StoreError::OtherBundle { .. })));

    let listed = store.list();
    assert_eq!(listed.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["lib", "mine"]);
    assert_eq!((listed[1].kind, listed[1].in_registry), (Some(EntryKind::Embedder), false));
    assert_eq!(store.show("mine").unwrap().bundle.unwrap().0, *found.id());
    assert!(store.verify().iter().all(|verified| verified.problem.is_none()));

    let single = bench.path("mine.resight");
    found.write_single_file(&single).unwrap();
    let again = AddRequest { source: AddSource::Path(single.clone()), manifest: None, sha256: None };
    assert_eq!(store.add(&again, &mut |_| {}).unwrap().bundle, added.bundle);

    store.remove("mine", &mut |_| {}).unwrap();
    assert!(matches!(store.find("mine"), Err(StoreError::Unknown { .. })));
    bench.assert_holds(&[]);
    assert_eq!(store.find(single.to_str().unwrap()).unwrap().id(), found.id());
    store.add(&again, &mut |_| {}).unwrap();
    bench.assert_holds(&["models/mine/bundle.toml", "models/mine/model.onnx"]);
}

#[test]
fn a_bundle_from_elsewhere_is_kept_beside_others_of_its_name_and_found_by_its_id() {
    let bench = Bench::new("pip");
    let store = &bench.store;
    let file = weight_file(bench.folder.path());
    let made = |preprocess: &dyn Fn(&mut ManifestInput)| {
        let mut given = manifest("mine");
        preprocess(&mut given);
        crate::store::install::bundle_from_file(&file, given, Origin::Elsewhere(None)).unwrap()
    };
    let (first, second) = (made(&|_| {}), made(&|given| given.preprocess.crop_margin = 0.1));
    assert_ne!(first.id(), second.id());
    for _ in 0..2 {
        assert_eq!(store.keep_bundle(&first, &mut |_| {}).unwrap().bundle.as_ref(), Some(first.id()));
        assert_eq!(store.keep_bundle(&second, &mut |_| {}).unwrap().bundle.as_ref(), Some(second.id()));
    }
    for bundle in [&first, &second] {
        assert_eq!(store.find(bundle.id().as_str()).unwrap().id(), bundle.id());
    }
    assert_eq!(store.find("mine").unwrap().id(), first.id());
    assert_eq!(store.find("mine-2").unwrap().id(), second.id());
    store.remove("mine", &mut |_| {}).unwrap();
    assert_eq!(store.find(second.id().as_str()).unwrap().id(), second.id());
    assert!(store.find(first.id().as_str()).is_err());
}

#[test]
fn a_damaged_bundle_is_told_by_list_and_verify() {
    let bench = Bench::new("pip");
    let installed =
        bench.store.add(&request(&weight_file(bench.folder.path()), "mine"), &mut |_| {}).unwrap();
    let model = installed.path.join("model.onnx");
    let mut bytes = std::fs::read(&model).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&model, bytes).unwrap();
    assert!(bench.store.list()[1].installed.is_err());
    assert_eq!(bench.store.verify().iter().filter(|verified| verified.problem.is_some()).count(), 1);
}

#[test]
fn names_that_are_taken_or_unsafe_are_refused() {
    let bench = Bench::new("pip");
    let file = weight_file(bench.folder.path());
    bench.store.add(&request(&file, "mine"), &mut |_| {}).unwrap();
    let refused = |name: &str| bench.store.add(&request(&file, name), &mut |_| {}).unwrap_err();
    assert!(matches!(refused("mine"), StoreError::NameTaken { .. }));
    assert!(matches!(refused("lib"), StoreError::NameTaken { .. }));
    assert!(matches!(refused("../mine"), StoreError::BadName(_)));
    assert!(matches!(refused(".hidden"), StoreError::BadName(_)));
}

#[test]
fn a_bare_file_needs_its_preprocessing_a_known_network_and_the_right_hash() {
    let bench = Bench::new("pip");
    let file = weight_file(bench.folder.path());
    let add = |change: &dyn Fn(&mut AddRequest)| {
        let mut request = request(&file, "mine");
        change(&mut request);
        bench.store.add(&request, &mut |_| {})
    };
    assert!(matches!(add(&|request| request.manifest = None), Err(StoreError::NoPreprocessing { .. })));
    let other = |request: &mut AddRequest| request.sha256 = Some(Sha256([0; 32]));
    assert!(matches!(add(&other), Err(StoreError::WrongHash { .. })));

    let strange = bench.path("strange.safetensors");
    let value = 1.0_f32.to_le_bytes();
    let view = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![1], &value).unwrap();
    safetensors::serialize_to_file([("w", view)], None, &strange).unwrap();
    let unknown = |request: &mut AddRequest| request.source = AddSource::Path(strange.clone());
    assert!(matches!(add(&unknown), Err(StoreError::NoArchitecture { .. })));
    bench.assert_holds(&[]);
}

#[test]
fn the_same_network_again_knows_what_either_has_learnt() {
    let bench = Bench::new("pip");
    let store = &bench.store;
    let learnt = |number: u8| {
        let photo = PhotoId([number; 32]);
        LearntRecord::new([LearntPhoto { photo, individual: 0, part: LearntPart::Train, look: None }])
    };
    let bundle = crate::test_support::tiny_bundle();
    let keep = |record| store.keep_bundle(&bundle.clone().with_learnt(record).unwrap(), &mut |_| {}).unwrap();
    let kept = || store.find(bundle.id().as_str()).unwrap().learnt().n_learnt_photos();
    keep(LearntRecord::default());
    assert_eq!(kept(), 0);
    keep(learnt(1));
    keep(learnt(1));
    assert_eq!(kept(), 1);
    let single = bench.path("again.resight");
    bundle.clone().with_learnt(learnt(2)).unwrap().write_single_file(&single).unwrap();
    let again = AddRequest { source: AddSource::Path(single), manifest: None, sha256: None };
    store.add(&again, &mut |_| {}).unwrap();
    assert_eq!(kept(), 2);
    keep(LearntRecord::default());
    assert_eq!(kept(), 2, "nothing is forgotten");
    assert_eq!(store.list().len(), 2, "it is one bundle");
}
