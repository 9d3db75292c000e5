//! scratch
#![allow(clippy::print_stdout, clippy::unwrap_used)]
use resight_imaging::{DecodeSize, Limits, decode};
use resight_model::store::Store;
use resight_model::*;
fn main() {
    let store = Store::open_default().unwrap();
    for (choice, name) in [(RuntimeChoice::OnnxRuntime, "ort"), (RuntimeChoice::Rten, "rten")] {
        let e = load_embedder(&store.find("efficientnet-lite0").unwrap(), choice, 2).unwrap();
        let one = e.manifest().preprocess.input_len();
        let batch: Vec<f32> =
            (0..one * 8).map(|i| (((i as u64 * 2654435761) >> 7) % 255) as f32 / 128.0 - 1.0).collect();
        let all = e.embed(&batch, 8).unwrap();
        let e1 = load_embedder(&store.find("efficientnet-lite0").unwrap(), choice, 1).unwrap();
        for n in [1, 2, 3, 5, 7] {
            let some = e.embed(&batch[..n * one], n).unwrap();
            let worst = some.iter().zip(&all).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            let some1 = e1.embed(&batch[..n * one], n).unwrap();
            let worst1 = some1.iter().zip(&all).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            println!("{name} n={n}: greatest difference {worst:e}, one thread {worst1:e}");
        }
    }
    let d = MaskDetector::load(&store.find("u2netp").unwrap(), RuntimeChoice::Auto, 2).unwrap();
    println!("{}", d.id());
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path).unwrap();
        let full = resight_imaging::full_size(&bytes, &Limits::default()).unwrap();
        let img = decode(&bytes, &Limits::default(), DecodeSize::Full).unwrap();
        let t = std::time::Instant::now();
        println!("{path} {full:?} {:?} {:?}", d.detect(&img.image, full).unwrap(), t.elapsed());
    }
}
