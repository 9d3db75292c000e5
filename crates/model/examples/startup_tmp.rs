//! tmp
#![allow(clippy::all, missing_docs)]
use resight_model::*;
fn main() {
    let t = std::time::Instant::now();
    let mut a = std::env::args().skip(1);
    let choice = if a.next().unwrap() == "rten" { RuntimeChoice::Rten } else { RuntimeChoice::Auto };
    let b = Bundle::open(std::path::Path::new(&a.next().unwrap())).unwrap();
    let t1 = t.elapsed();
    let e = load_embedder(&b, choice, 2).unwrap();
    let t2 = t.elapsed();
    let p = &b.manifest().preprocess;
    let v = e.embed(&vec![0.3; (3 * p.width * p.height) as usize], 1).unwrap();
    println!("{}: open {:?}, loaded {:?}, first answer {:?} ({})", e.runtime(), t1, t2, t.elapsed(), v.len());
}
