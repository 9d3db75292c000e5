//! The embedding of an annotation depends on its photo and its box, not on who asks, or what for.

use std::path::{Path, PathBuf};

use resight_engine::{CancelToken, Silent};
use resight_imaging::encode_jpeg;
use resight_testkit::photos::scene;

use crate::support::Study;

/// The bytes of all files of embeddings, in the order of their names.
fn segments(catalog: &Path) -> Vec<Vec<u8>> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut folders = vec![catalog.join("vectors")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() { folders.push(entry) } else { files.push(entry) }
        }
    }
    files.sort();
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

#[test]
fn what_is_remade_box_by_box_is_what_was_made_from_all_boxes_together() {
    let study = Study::empty();
    let photo = study.path("crowd.jpg");
    std::fs::write(&photo, encode_jpeg(&scene(512, 512, 9), 90).unwrap()).unwrap();
    // Boxes so unlike in size that each asks for another scale of decoding.
    let table = "path,identity,bbox\ncrowd.jpg,Ada,\"[0,0,512,512]\"\ncrowd.jpg,Bo,\"[100.5,40,60,70]\"\n\
                 crowd.jpg,Cy,\"[300,300,33,34]\"\ncrowd.jpg,Di,\"[-7,9,200,90.5]\"\n";
    std::fs::write(study.path("t.csv"), table).unwrap();
    study.ingest(&study.path("t.csv"));
    let made = segments(&study.catalog());
    assert_eq!(made.len(), 1);
    std::fs::remove_dir_all(study.path("catalog/vectors")).unwrap();
    let report = study.session().rebuild(&Silent, &CancelToken::default()).unwrap();
    assert_eq!(report.reembedded.unwrap().embedded, 4);
    assert_eq!(segments(&study.catalog()), made);
}

#[test]
fn the_base_bundle_embeds_a_crop_alike_in_any_batch() {
    let study = Study::empty();
    let bundle = study.models.bundle("resight-base").unwrap();
    let embedder = study.models.embedder(&bundle).unwrap();
    let preprocess = &bundle.manifest().preprocess;
    let crop = |seed: u64| {
        let picture = scene(preprocess.width, preprocess.height, seed);
        let mut input = vec![0.0; preprocess.input_len()];
        preprocess.numbers(&picture, &mut input).unwrap();
        input
    };
    let alone = embedder.embed(&crop(0), 1).unwrap();
    let greatest = alone.iter().fold(0.0_f32, |greatest, value| greatest.max(value.abs()));
    for n in [2, 3, 7, 8] {
        let batch: Vec<f32> = (0..n as u64).flat_map(crop).collect();
        let together = embedder.embed(&batch, n).unwrap();
        let pairs = alone.iter().zip(&together);
        let difference = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / greatest;
        println!("alone and in a batch of {n} differ by {difference:e}");
        assert!(difference < 1e-5, "in a batch of {n}: {difference:e}");
    }
}
