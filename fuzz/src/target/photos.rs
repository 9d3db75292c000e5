//! Photos with metadata: whole files of every format.

use resight_core::{ImageSize, PixelBox};
use resight_imaging::{
    DecodeSize, Format, Limits, MemoryBudget, PhotoHeader, decode, decode_window, perceptual_hash, photo_id,
    picture_id, read_metadata, thumbnail,
};
use resight_testkit::exif::{self, Directory, Field, Value};
use resight_testkit::photos::{make_corpus, oriented_jpeg, png_chunk, scene};

use super::Target;

pub(super) const TARGET: Target =
    Target { name: "photos", seeds, words: WORDS, mend: mend_png, run, cost: 20 };

/// The smallest seeds: more of an input is then metadata and headers.
const MOST_SEED_BYTES: usize = 6000;

const WORDS: &[&[u8]] = &[
    b"Exif\0\0",
    b"II*\0\x08\0\0\0",
    b"MM\0*\0\0\0\x08",
    b"\xFF\xD8\xFF\xE1",
    b"\xFF\xC0",
    b"\xFF\xC2",
    b"\xFF\xC4",
    b"\xFF\xDA",
    b"\xFF\xDB",
    b"\xFF\xDD",
    b"\xFF\xD9",
    b"\xFF\xEE\0\x0EAdobe",
    b"ICC_PROFILE\0",
    b"eXIf",
    b"iCCP",
    b"zTXt",
    b"IDAT",
    b"PLTE",
    b"tRNS",
    b"acTL",
    b"fcTL",
    b"RIFF",
    b"WEBPVP8X",
    b"VP8L",
    b"VP8 ",
    b"ALPH",
    b"ANMF",
    b"EXIF",
    b"\x69\x87\x04\0",
    b"\x25\x88\x04\0",
    b"\x12\x01\x03\0\x01\0\0\0",
    b"\x01\x01\x04\0\x01\0\0\0",
    b"\x03\x90\x02\0\x14\0\0\0",
];

/// What the header may claim here, so that a bound on the memory of the process can be told to be kept.
fn limits() -> Limits {
    let budget = MemoryBudget::new(std::num::NonZeroU64::MIN.saturating_add(512 << 20));
    Limits { max_pixels: 1 << 22, max_bytes: 1 << 20, max_alloc: 128 << 20, budget, ..Limits::default() }
}

fn run(input: &[u8]) {
    let limits = limits();
    let _ = photo_id(input);
    let _ = Format::of(input);
    let metadata = read_metadata(input);
    assert!(metadata.latitude.is_none_or(|degrees| (-90.0..=90.0).contains(&degrees)));
    assert!(metadata.longitude.is_none_or(|degrees| (-180.0..=180.0).contains(&degrees)));
    let header = PhotoHeader::read(input, &limits);
    let _ = picture_id(input);
    let region = PixelBox::at(3.5, 2.0, 9.0, 7.0);
    if let Ok(window) = decode_window(input, &limits, &region) {
        let size = (window.bounds.width as u32, window.bounds.height as u32);
        assert_eq!(window.image.dimensions(), size);
    }
    let small = ImageSize { width: 8, height: 6 };
    for wanted in [DecodeSize::AtLeast(small), DecodeSize::Full] {
        let Ok(decoded) = decode(input, &limits, wanted) else { continue };
        let header = header.as_ref().expect("what decodes has a header that can be read");
        assert_eq!(header.full_size, decoded.full_size);
        let of_scale =
            |scale: u32| (header.full_size.width.div_ceil(scale), header.full_size.height.div_ceil(scale));
        let size = decoded.image.dimensions();
        assert!(size == of_scale(header.scale(wanted)) || size == of_scale(1), "{size:?}");
        let _ = perceptual_hash(&decoded.image);
        let _ = thumbnail(&decoded.image, 16);
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = corpus();
    for (width, height) in [(16, 12), (33, 17)] {
        let picture = scene(width, height, 5);
        let block = exif::block(&fields());
        if let Ok(jpeg) = resight_imaging::encode_jpeg(&picture, 60) {
            seeds.push(exif::into_jpeg(&jpeg, &block));
        }
        if let Ok(png) = resight_imaging::encode_png(&picture) {
            seeds.push(exif::into_png(&png, &block));
        }
        seeds.extend(oriented_jpeg(&picture, 6));
    }
    seeds
}

/// The small ones of the hostile photos that the tests walk over.
fn corpus() -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let photos = make_corpus(folder.path(), 3).expect("the corpus can be written");
    let read = |path: &std::path::PathBuf| std::fs::read(path).ok();
    let all = photos.iter().filter_map(|photo| read(&photo.path));
    all.filter(|bytes| bytes.len() <= MOST_SEED_BYTES).collect()
}

/// Fields of every kind that is read.
fn fields() -> Vec<Field> {
    let text = |directory, tag, text: &str| (directory, tag, Value::Text(text.to_owned()));
    vec![
        text(Directory::Main, 0x010F, "Maker"),
        text(Directory::Main, 0x0110, "Camera 7"),
        exif::orientation(6),
        text(Directory::Exif, 0x9003, "2024:05:31 14:02:07"),
        text(Directory::Exif, 0x9004, "2024:05:31 14:02:08"),
        text(Directory::Exif, 0x9011, "+02:00"),
        text(Directory::Exif, 0x9291, "25"),
        text(Directory::Exif, 0xA431, "serial 12"),
        text(Directory::Gps, 1, "S"),
        (Directory::Gps, 2, Value::Rationals(vec![(33, 1), (51, 1), (305, 10)])),
        text(Directory::Gps, 3, "E"),
        (Directory::Gps, 4, Value::Rationals(vec![(151, 1), (12, 1), (40, 1)])),
    ]
}

/// Gives every chunk of a PNG the checksum of what it holds now.
fn mend_png(bytes: &mut [u8]) {
    if !bytes.starts_with(b"\x89PNG\r\n\x1A\n") {
        return;
    }
    let mut at = 8;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let name = [head[4], head[5], head[6], head[7]];
        let Some(body) = bytes.get(at + 8..(at + 8).saturating_add(length)) else { return };
        let chunk = png_chunk(name, body);
        crate::mutation::write(bytes, at, &chunk);
        at += chunk.len();
    }
}
