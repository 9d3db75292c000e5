//! Metadata that claims more than it is: the photo is used, and memory stays small.

use image::ImageEncoder;
use resight_imaging::{
    DecodeSize, Limits, PhotoHeader, RgbImage, decode, encode_jpeg, encode_png, read_metadata,
};
use resight_testkit::exif::{self, Directory, Value};
use resight_testkit::photos::png_chunk;

/// Peak memory of this process, in bytes; none where the system does not say.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// An EXIF block whose maker is `count` zero bytes.
fn block_of_zeros(count: u32) -> Vec<u8> {
    let entry =
        [&0x010F_u16.to_le_bytes()[..], &2_u16.to_le_bytes(), &count.to_le_bytes(), &26_u32.to_le_bytes()];
    let head = [b"II*\0\x08\0\0\0\x01\0".as_slice(), &entry.concat(), &[0; 4]].concat();
    [head, vec![0; count as usize]].concat()
}

/// A PNG with a chunk behind its header.
fn png_with(name: [u8; 4], body: &[u8]) -> Vec<u8> {
    let png = encode_png(&RgbImage::new(64, 64)).unwrap();
    [&png[..33], &png_chunk(name, body), &png[33..]].concat()
}

/// The beginning of a zlib stream of zeros: one literal, then matches of 258 bytes, thirteen bits each (RFC 1951, fixed
/// codes); eight of them are thirteen bytes. It unpacks to some 160 times its size.
fn zlib_bomb(bytes: usize) -> Vec<u8> {
    let text = ["110", "00110000"].concat() + &"1100010100000".repeat(16);
    let byte = |bits: &[u8]| bits.iter().rev().fold(0_u8, |byte, bit| byte << 1 | (bit - b'0'));
    let begun: Vec<u8> = text.as_bytes().chunks_exact(8).map(byte).collect();
    [&[0x78, 0x01], &begun[..2], &begun[2..15].repeat(bytes / 13)].concat()
}

#[test]
fn blocks_of_zeros_and_bombs_of_profiles_take_little_memory() {
    let nulls = block_of_zeros(5 << 20);
    let icc = png_with(*b"iCCP", &[b"x\0\0".as_slice(), &zlib_bomb(5_000_000)].concat());
    let text = png_with(*b"zTXt", &[b"x\0\0".as_slice(), &zlib_bomb(5_000_000)].concat());
    // A TIFF is its own EXIF block.
    let tiff = block_of_zeros(16 << 20);
    let webp = {
        let mut webp = Vec::new();
        let encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut webp);
        encoder.write_image(&[7; 3 * 64 * 64], 64, 64, image::ExtendedColorType::Rgb8).unwrap();
        let chunk = [b"EXIF".as_slice(), &(nulls.len() as u32).to_le_bytes(), &nulls].concat();
        [webp, chunk].concat()
    };
    for bytes in [&png_with(*b"eXIf", &nulls), &icc, &text, &tiff, &webp] {
        let _ = PhotoHeader::read(bytes, &Limits::default());
        assert_eq!(read_metadata(bytes).camera_make, None);
        let decoded = decode(bytes, &Limits::default(), DecodeSize::Full);
        assert_eq!(decoded.is_ok(), *bytes != tiff, "{:?}", decoded.err());
    }
    if let Some(peak) = peak_memory() {
        assert!(peak < 500 << 20, "{} MB", peak >> 20);
    }
}

#[test]
fn a_photo_with_megabytes_of_profile_decodes_to_the_same_pixels() {
    let picture = resight_testkit::photos::scene(90, 60, 3);
    let jpeg = encode_jpeg(&picture, 90).unwrap();
    let chunk = [b"ICC_PROFILE\0\x01\x01".as_slice(), &[9; 60_000]].concat();
    let segment = [b"\xFF\xE2".as_slice(), &(chunk.len() as u16 + 2).to_be_bytes(), &chunk].concat();
    let with_profile = [&jpeg[..2], &segment.repeat(40), &jpeg[2..]].concat();
    let pixels = |bytes: &[u8]| decode(bytes, &Limits::default(), DecodeSize::Full).unwrap().image;
    assert_eq!(pixels(&with_profile), pixels(&jpeg));
    assert_eq!(PhotoHeader::read(&with_profile, &Limits::default()).unwrap().full_size.width, 90);
}

#[test]
fn texts_are_short_and_steer_nothing() {
    let read = |make: &str| {
        let fields = [(Directory::Main, 0x010F, Value::Text(make.to_owned()))];
        let jpeg = encode_jpeg(&RgbImage::new(8, 8), 80).unwrap();
        read_metadata(&exif::into_jpeg(&jpeg, &exif::block(&fields)))
    };
    let long = read(&"N".repeat(257));
    assert_eq!(long.camera_make, None);
    assert!(long.warnings[0].to_string().contains("257 letters"), "{:?}", long.warnings);
    assert_eq!(read(&"N".repeat(256)).camera_make.unwrap().len(), 256);
    let steering = read("Ni\u{1b}[2Jk\ron\u{202e}\u{200b} D7\n");
    assert_eq!(steering.camera_make.as_deref(), Some("Ni[2Jkon D7"));
    assert_eq!(steering.warnings, []);
}
