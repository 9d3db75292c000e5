//! Every real photo decodes. The folder is named by `RESIGHT_PHOTOS`; without it there is nothing to do.

use std::path::Path;

use resight_imaging::{DecodeSize, Format, Limits, decode, read_metadata};

#[test]
fn every_real_photo_decodes() {
    let Ok(folder) = std::env::var("RESIGHT_PHOTOS") else {
        resight_testkit::skip::skipped("photos", "no real photos");
        return;
    };
    let mut seen = 0;
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.unwrap();
        if !is_called_a_photo(entry.path()) {
            continue;
        }
        let bytes = std::fs::read(entry.path()).unwrap();
        let full = decode(&bytes, &Limits::default(), DecodeSize::Full);
        let full = full.unwrap_or_else(|error| panic!("{error}: {}", entry.path().display()));
        let half = resight_core::ImageSize {
            width: full.full_size.width.div_ceil(2),
            height: full.full_size.height.div_ceil(2),
        };
        let scaled = decode(&bytes, &Limits::default(), DecodeSize::AtLeast(half)).unwrap();
        assert_eq!(scaled.full_size, full.full_size);
        if full.format == Format::Jpeg && full.full_size.width >= 64 {
            assert_eq!(scaled.image.width(), half.width, "{}", entry.path().display());
        }
        read_metadata(&bytes);
        seen += 1;
    }
    assert!(seen > 0, "the folder named by RESIGHT_PHOTOS holds no photos");
    eprintln!("{seen} real photos decoded");
}

fn is_called_a_photo(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["jpg", "jpeg", "png", "tif", "tiff", "webp"].contains(&extension.to_ascii_lowercase().as_str())
}
