//! Segments: what was appended is read back, and what is broken is refused.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use half::f16;
use proptest::prelude::*;
use tempfile::TempDir;

use super::append::Appender;
use super::file::RowFile;
use super::*;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seg-000001.f16");
    (folder, path)
}

fn kind(dim: usize) -> RowKind {
    RowKind { dim, owner: Owner::named("tiny@0123456789ab") }
}

fn halves(values: &[f32]) -> Vec<f16> {
    values.iter().copied().map(f16::from_f32).collect()
}

#[test]
fn what_is_appended_is_read_back_and_verified() {
    let (_folder, path) = folder();
    let mut writer = SegmentWriter::create(&path, kind(3)).unwrap();
    let first = writer.append(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
    let second = writer.append_half(&halves(&[0.1, -0.2, 65504.0])).unwrap();
    assert_eq!((first.first_row, first.rows, second.first_row, second.rows), (0, 2, 2, 1));

    let segment = Segment::open(&path, kind(3), 3).unwrap();
    assert_eq!((segment.dim(), segment.len()), (3, 3));
    assert_eq!(segment.rows().values(), halves(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.1, -0.2, 65504.0]));
    segment.verify_range(0, 2, &first.blake3).unwrap();
    segment.verify_range(2, 1, &second.blake3).unwrap();
    assert!(matches!(segment.verify_range(1, 1, &first.blake3), Err(SegmentError::Damaged { .. })));
    assert!(matches!(segment.verify_range(2, 2, &first.blake3), Err(SegmentError::NoSuchRows { .. })));
    assert!(matches!(segment.verify_range(u64::MAX, 2, &first.blake3), Err(SegmentError::NoSuchRows { .. })));
}

#[test]
fn the_file_is_a_header_of_64_bytes_and_little_endian_rows() {
    let (_folder, path) = folder();
    SegmentWriter::create(&path, kind(2)).unwrap().append(&[1.0, -2.0]).unwrap();
    let mut expected = b"RSGTSEG1\x02\0\0\0\x02\0\0\0".to_vec();
    expected.extend(blake3::hash(b"tiny@0123456789ab").as_bytes());
    let checksum = blake3::hash(&expected);
    expected.extend(&checksum.as_bytes()[..8]);
    expected.resize(64, 0);
    expected.extend([0x00, 0x3c, 0x00, 0xc0]);
    assert_eq!(fs::read(&path).unwrap(), expected);
}

#[test]
fn only_the_committed_rows_are_read_and_the_rest_is_dropped_before_the_next_append() {
    let (_folder, path) = folder();
    let mut writer = SegmentWriter::create(&path, kind(1)).unwrap();
    writer.append(&[1.0, 2.0]).unwrap();
    writer.append(&[3.0]).unwrap();
    drop(writer);
    // Half a row, as a kill leaves it.
    fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(&[7]).unwrap();
    assert_eq!(Segment::open(&path, kind(1), 2).unwrap().rows().len(), 2);

    let mut writer = SegmentWriter::open_append(&path, kind(1), 2).unwrap();
    assert_eq!(writer.append(&[4.0]).unwrap().first_row, 2);
    assert_eq!(Segment::open(&path, kind(1), 3).unwrap().rows().values(), halves(&[1.0, 2.0, 4.0]));
    writer.truncate_to(1).unwrap();
    assert!(matches!(writer.truncate_to(2), Err(SegmentError::NoSuchRows { .. })));
    assert_eq!(fs::metadata(&path).unwrap().len(), 66);
}

#[test]
fn a_segment_is_never_written_over() {
    let (_folder, path) = folder();
    SegmentWriter::create(&path, kind(1)).unwrap().append(&[1.0]).unwrap();
    assert!(matches!(SegmentWriter::create(&path, kind(1)), Err(SegmentError::Io { .. })));
    assert_eq!(Segment::open(&path, kind(1), 1).unwrap().rows().len(), 1);
}

#[test]
fn a_number_that_half_precision_cannot_hold_leaves_the_segment_as_it_was() {
    let (_folder, path) = folder();
    let mut writer = SegmentWriter::create(&path, kind(2)).unwrap();
    writer.append(&[1.0, 2.0]).unwrap();
    for unusable in [f32::NAN, f32::INFINITY, 70_000.0] {
        let error = writer.append(&[0.0, 0.0, 0.0, unusable]).unwrap_err();
        assert!(matches!(error, SegmentError::UnusableNumber { row: 1, position: 1, .. }), "{error}");
    }
    assert!(writer.append_half(&[f16::NAN, f16::ZERO]).is_err());
    assert!(matches!(writer.append(&[1.0]), Err(SegmentError::RaggedRows { .. })));
    assert_eq!(fs::metadata(&path).unwrap().len(), 68);
    assert_eq!(writer.append(&[3.0, 4.0]).unwrap().first_row, 1);
}

#[test]
fn an_append_larger_than_one_chunk_is_written_whole() {
    let (_folder, path) = folder();
    let values: Vec<f32> = (0..300_000_u32).map(|value| (value % 2000) as f32).collect();
    let range = SegmentWriter::create(&path, kind(1000)).unwrap().append(&values).unwrap();
    let segment = Segment::open(&path, kind(1000), 300).unwrap();
    segment.verify_range(0, 300, &range.blake3).unwrap();
    assert_eq!(segment.rows().values(), halves(&values));
}

#[test]
fn a_broken_file_is_refused_with_the_reason() {
    let (_folder, path) = folder();
    SegmentWriter::create(&path, kind(4)).unwrap().append(&[0.0; 8]).unwrap();
    let good = fs::read(&path).unwrap();
    let refusal = |change: &dyn Fn(&mut Vec<u8>), rows: u64| {
        let mut bytes = good.clone();
        change(&mut bytes);
        fs::write(&path, bytes).unwrap();
        let reader = Segment::open(&path, kind(4), rows).unwrap_err().to_string();
        let writer = SegmentWriter::open_append(&path, kind(4), rows).unwrap_err().to_string();
        assert_eq!(reader, writer);
        reader
    };
    assert!(refusal(&|bytes| bytes[0] = b'X', 2).starts_with("not a file of resight vectors"));
    assert!(refusal(&|bytes| bytes.truncate(63), 2).starts_with("not a file of resight vectors"));
    assert!(refusal(&|bytes| bytes[40] = 1, 2).starts_with("not a file of resight vectors"));
    assert!(refusal(&|bytes| bytes.clear(), 0).starts_with("not a file of resight vectors"));
    assert!(
        refusal(&|bytes| bytes[8] = 9, 2).starts_with("vectors of format 9, this version reads format 2")
    );
    assert!(refusal(&|bytes| bytes[12] ^= 1, 2).starts_with("not a file of resight vectors"));
    assert!(refusal(&|bytes| bytes[60] = 1, 2).starts_with("not a file of resight vectors"));
    assert!(refusal(&|bytes| rehead(bytes, 0), 2).starts_with("a row of 0 numbers"));
    assert!(refusal(&|bytes| rehead(bytes, u32::MAX), 2).starts_with("a row of 4294967295 numbers"));
    assert!(
        refusal(&|bytes| bytes.truncate(79), 2).starts_with("the file has 79 bytes where 2 rows need 80")
    );
    assert!(refusal(&|_| {}, u64::MAX).contains("it was cut off or replaced"));
    assert!(matches!(
        SegmentWriter::open_append(&path, kind(5), 2),
        Err(SegmentError::OtherDimension { expected: 5, found: 4, .. })
    ));
    assert!(matches!(Segment::open(&path.with_extension("none"), kind(4), 0), Err(SegmentError::Io { .. })));
    assert!(SegmentWriter::create(&path.with_extension("new"), kind(0)).is_err());
    assert!(SegmentWriter::create(&path.with_extension("new"), kind(65_537)).is_err());
}

/// Names another dimension in the header, with the checksum that this takes.
fn rehead(bytes: &mut [u8], dim: u32) {
    bytes[12..16].copy_from_slice(&dim.to_le_bytes());
    let checksum = blake3::hash(&bytes[..48]);
    bytes[48..56].copy_from_slice(&checksum.as_bytes()[..8]);
}

#[test]
fn the_rows_of_another_owner_are_refused() {
    let (_folder, path) = folder();
    SegmentWriter::create(&path, kind(4)).unwrap().append(&[0.0; 8]).unwrap();
    let other = RowKind { owner: Owner::named("tiny@ba9876543210"), ..kind(4) };
    assert!(matches!(Segment::open(&path, other, 2), Err(SegmentError::OtherOwner { .. })));
    assert!(matches!(SegmentWriter::open_append(&path, other, 0), Err(SegmentError::OtherOwner { .. })));
    assert_eq!(fs::metadata(&path).unwrap().len(), 80, "nothing is cut off");
}

#[cfg(unix)]
#[test]
fn a_link_is_neither_read_nor_cut() {
    let (folder, path) = folder();
    let victim = folder.path().join("victim");
    SegmentWriter::create(&victim, kind(1)).unwrap().append(&[1.0, 2.0]).unwrap();
    std::os::unix::fs::symlink(&victim, &path).unwrap();
    assert!(Segment::open(&path, kind(1), 2).unwrap_err().to_string().contains("a link"));
    assert!(SegmentWriter::open_append(&path, kind(1), 0).unwrap_err().to_string().contains("a link"));
    assert!(SegmentWriter::create(&path, kind(1)).is_err());
    assert_eq!(fs::metadata(&victim).unwrap().len(), 68);
}

#[test]
fn a_changed_byte_is_found() {
    let (_folder, path) = folder();
    let range = SegmentWriter::create(&path, kind(4)).unwrap().append(&[0.5; 8]).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[70] ^= 1;
    fs::write(&path, bytes).unwrap();
    let error = Segment::open(&path, kind(4), 2).unwrap().verify_range(0, 2, &range.blake3).unwrap_err();
    assert!(error.to_string().starts_with("rows 0 to 2 are not what was written"), "{error}");
}

/// A disk with room for so many bytes.
#[derive(Default)]
struct SmallDisk {
    bytes: Vec<u8>,
    position: usize,
    room: usize,
    fails_to_force: bool,
}

impl Write for SmallDisk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.room.saturating_sub(self.position));
        if taken == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.bytes.truncate(self.position);
        self.bytes.extend(&bytes[..taken]);
        self.position += taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl RowFile for SmallDisk {
    fn go_to(&mut self, position: u64) -> io::Result<()> {
        self.position = position as usize;
        self.bytes.resize(self.position.max(self.bytes.len()), 0);
        Ok(())
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.bytes.resize(length as usize, 0);
        Ok(())
    }

    fn force(&mut self) -> io::Result<()> {
        if self.fails_to_force { Err(io::ErrorKind::Other.into()) } else { Ok(()) }
    }
}

fn appender(file: SmallDisk, dim: usize) -> Appender<SmallDisk> {
    Appender { file, path: PathBuf::from("test.f16"), dim, rows: 0 }
}

#[test]
fn a_full_disk_is_an_error_that_leaves_the_rows_before_it() {
    let disk = SmallDisk { room: 64 + 2 * 10, ..SmallDisk::default() };
    let mut writer = appender(disk, 2);
    writer.append(&[1.0; 8]).unwrap();
    let before = writer.file.bytes.clone();
    let error = writer.append(&[2.0; 4]).unwrap_err();
    assert!(matches!(&error, SegmentError::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull));
    assert_eq!(writer.file.bytes, before);
    assert_eq!(writer.rows, 4);
    // What fits still fits, and with more room the same rows go in.
    assert_eq!(writer.append(&[3.0; 2]).unwrap().first_row, 4);
    writer.file.room = 1000;
    assert_eq!(writer.append(&[2.0; 4]).unwrap().first_row, 5);
}

#[test]
fn rows_that_cannot_be_forced_to_the_disk_do_not_count() {
    let mut writer = appender(SmallDisk { room: 1000, ..SmallDisk::default() }, 1);
    writer.append(&[1.0]).unwrap();
    writer.file.fails_to_force = true;
    assert!(writer.append(&[2.0]).is_err());
    assert_eq!((writer.rows, writer.file.bytes.len()), (1, 66));
}

proptest! {
    #[test]
    fn no_file_makes_the_reader_fall_over(mut bytes in prop::collection::vec(any::<u8>(), 0..200), rows: u64, headed: bool, dim in prop_oneof![any::<u32>(), 0..5_u32]) {
        let (_folder, path) = folder();
        if headed && bytes.len() >= 64 {
            bytes[..64].fill(0);
            bytes[..12].copy_from_slice(b"RSGTSEG1\x02\0\0\0");
            bytes[16..48].copy_from_slice(blake3::hash(b"tiny@0123456789ab").as_bytes());
            rehead(&mut bytes, dim);
        }
        fs::write(&path, &bytes).unwrap();
        for rows in [rows, rows % 8] {
            if let Ok(segment) = Segment::open(&path, kind(dim as usize), rows) {
                prop_assert_eq!(segment.rows().len() as u64, rows);
                prop_assert_eq!(segment.rows().values().len(), segment.dim() * rows as usize);
            }
        }
    }

    #[test]
    fn any_appends_are_read_back(dim in 1..20_usize, counts in prop::collection::vec(0..30_usize, 0..6)) {
        let (_folder, path) = folder();
        let mut writer = SegmentWriter::create(&path, kind(dim)).unwrap();
        let mut all = Vec::new();
        let mut ranges = Vec::new();
        for count in counts {
            let values: Vec<f32> = (0..count * dim).map(|at| (at as f32).sin() * 100.0).collect();
            ranges.push(writer.append(&values).unwrap());
            all.extend(halves(&values));
        }
        let segment = Segment::open(&path, kind(dim), writer.rows()).unwrap();
        prop_assert_eq!(segment.rows().values(), all);
        for range in ranges {
            segment.verify_range(range.first_row, range.rows, &range.blake3).unwrap();
        }
    }
}
