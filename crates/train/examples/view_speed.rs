//! Measures how many views a second this machine makes of the photos of a folder, and draws a preview of a few.
//!
//! `cargo run --release -p resight-train --example view_speed -- FOLDER [SIDE] [SHEET.png]`

#![expect(clippy::print_stdout, reason = "an example that prints what it measures")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use resight_imaging::{encode_png, read_photo};
use resight_testkit::bundles::preprocess;
use resight_train::view::{
    AugmentRecipe, Augmentation, FlipPolicy, PreviewOptions, PreviewPhoto, View, ViewMaker, preview,
};

/// Photos to measure on.
const PHOTOS: usize = 60;
/// Views of each.
const VIEWS: u32 = 8;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("say a folder of photos")?);
    let side = arguments.next().map_or(Ok(224), |side| side.parse())?;
    let photos = photos(&folder)?;
    let maker = |recipe| ViewMaker::new(preprocess(side, side), recipe, FlipPolicy::KeepIdentity, 1);
    report("all together", &photos, &maker(AugmentRecipe::default())?)?;
    report("nothing", &photos, &maker(AugmentRecipe::none())?)?;
    for augmentation in Augmentation::ALL {
        report(augmentation.as_str(), &photos, &maker(AugmentRecipe::default().alone(augmentation))?)?;
    }
    if let Some(sheet) = arguments.next() {
        let row = |(row, path): (u32, &PathBuf)| {
            PreviewPhoto::new(row, path.clone(), None, path.display().to_string())
        };
        let shown: Vec<PreviewPhoto> = (0..).zip(photos.iter().step_by(PHOTOS / 6)).map(row).collect();
        let (picture, _) = preview(&maker(AugmentRecipe::default())?, &shown, PreviewOptions::default());
        std::fs::write(sheet, encode_png(&picture)?)?;
    }
    Ok(())
}

/// Some photos of a folder and of the folders in it.
fn photos(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let (mut folders, mut photos) = (vec![folder.to_path_buf()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let is_photo = path.extension().is_some_and(|extension| extension == "jpg" || extension == "png");
            if path.is_dir() {
                folders.push(path);
            } else if is_photo {
                photos.push(path);
            }
        }
    }
    photos.sort();
    let step = (photos.len() / PHOTOS).max(1);
    Ok(photos.into_iter().step_by(step).take(PHOTOS).collect())
}

/// One thread's time for decoding and for a view.
fn report(name: &str, photos: &[PathBuf], maker: &ViewMaker) -> Result<(), Box<dyn Error>> {
    let (mut opening, mut viewing) = (0.0, 0.0);
    let mut input = vec![0.0; maker.preprocess().input_len()];
    for (row, path) in (0..).zip(photos) {
        let bytes = read_photo(path, maker.limits())?;
        let start = Instant::now();
        let photo = maker.open(&bytes, &[None])?;
        opening += start.elapsed().as_secs_f64();
        let start = Instant::now();
        for view in 1..=VIEWS {
            maker.input(&maker.picture(&photo, None, row, View::Numbered(view))?, &mut input)?;
        }
        viewing += start.elapsed().as_secs_f64();
    }
    let n_photos = photos.len() as f64;
    let (decode, view) = (1e3 * opening / n_photos, 1e3 * viewing / (n_photos * f64::from(VIEWS)));
    let per_second = 1e3 / (view + decode / f64::from(VIEWS));
    println!(
        "{name:>12}: decode {decode:.2} ms a photo, {view:.2} ms a view, {per_second:.0} views/s at {VIEWS} a photo"
    );
    Ok(())
}
