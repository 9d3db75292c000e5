//! Damaged on purpose: bytes changed, files cut. Nothing may panic out, hang, or take much memory.

use std::fs;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use resight_core::ImageSize;
use resight_imaging::{DecodeSize, Limits, decode, full_size, perceptual_hash, read_metadata};
use resight_testkit::exif;

use crate::reference_folder;

/// One small file of each kind, the JPEG with an EXIF block.
fn sources() -> Vec<Vec<u8>> {
    let names = [
        "jpeg_420.jpg",
        "jpeg_progressive_420.jpg",
        "jpeg_restart_420.jpg",
        "jpeg_cmyk.jpg",
        "jpeg_grey.jpg",
        "raster_rgb.png",
        "raster_palette.png",
        "raster_rgb.tiff",
        "raster_lzw.tiff",
        "raster_deflate.tiff",
        "raster_cmyk.tiff",
        "raster_lossy.webp",
        "raster_lossless_alpha.webp",
        "raster_animated.webp",
    ];
    let mut sources: Vec<Vec<u8>> =
        names.iter().map(|name| fs::read(reference_folder().join(name)).unwrap()).collect();
    let fields = [exif::orientation(6), (exif::Directory::Gps, 2, exif::Value::Rationals(vec![(1, 2); 3]))];
    sources[0] = exif::into_jpeg(&sources[0], &exif::block(&fields));
    sources
}

fn survives(bytes: &[u8]) {
    let limits = Limits { max_pixels: 4_000_000, max_alloc: 64 << 20, ..Limits::default() };
    let begun = Instant::now();
    for wish in [DecodeSize::Full, DecodeSize::AtLeast(ImageSize { width: 20, height: 12 })] {
        if let Ok(decoded) = decode(bytes, &limits, wish) {
            perceptual_hash(&decoded.image);
        }
    }
    let _ = full_size(bytes, &limits);
    read_metadata(bytes);
    // Unoptimised and on a busy machine; alone and optimised it is a few milliseconds.
    assert!(begun.elapsed() < Duration::from_secs(5), "took {:?}", begun.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_bytes_never_get_out(
        source in 0..14_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        in_header in any::<bool>(),
    ) {
        let mut bytes = sources().swap_remove(source);
        let reach = if in_header { bytes.len().min(200) } else { bytes.len() };
        for (at, value) in changes {
            let at = at.index(reach);
            bytes[at] = value;
        }
        survives(&bytes);
    }

    #[test]
    fn cut_files_never_get_out(source in 0..14_usize, at in any::<prop::sample::Index>()) {
        let bytes = sources().swap_remove(source);
        survives(&bytes[..at.index(bytes.len())]);
    }

    #[test]
    fn repeated_parts_never_get_out(
        source in 0..14_usize,
        at in any::<prop::sample::Index>(),
        length in 1..400_usize,
    ) {
        let bytes = sources().swap_remove(source);
        let at = at.index(bytes.len());
        let part = &bytes[at..bytes.len().min(at + length)];
        survives(&[&bytes[..at], part, &bytes[at..]].concat());
    }
}

#[test]
fn a_file_of_endless_scans_is_refused_at_once() {
    let photo = fs::read(reference_folder().join("jpeg_progressive.jpg")).unwrap();
    let scan = photo.windows(2).position(|pair| pair == b"\xFF\xDA").unwrap();
    let bytes = [&photo[..scan], &photo[scan..scan + 14].repeat(5_000), &photo[scan..]].concat();
    let refused = decode(&bytes, &Limits::default(), DecodeSize::Full).unwrap_err();
    assert_eq!(refused.kind(), resight_imaging::DecodeErrorKind::Unsupported);
    assert!(refused.to_string().contains("scans"), "{refused}");
}
