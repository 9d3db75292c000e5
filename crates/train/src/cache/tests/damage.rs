//! Files that were cut, changed, forged or are something else.

use std::fs;

use super::header::{HEADER_LENGTH, Header, Unfit};
use super::*;

struct World {
    folder: tempfile::TempDir,
    jobs: Vec<ViewJob>,
    maker: ViewMaker,
    views: Vec<View>,
    network: Means,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let jobs = jobs(folder.path(), 6);
        Self { folder, jobs, maker: maker(1), views: View::numbered(3), network: Means::maps() }
    }

    fn build(&self) -> Result<(FeatureCache, Vec<CacheWarning>), CacheError> {
        let request = request(&self.maker, &self.jobs, &self.views);
        let built = build(self.folder.path(), &request, &self.network)?;
        assert_right(&built.0, &request, &self.network);
        assert_eq!(built.0.present().count(), self.jobs.len());
        Ok(built)
    }

    /// Builds, changes the file's bytes, builds again, and returns the warnings and how many views were computed.
    fn after(&self, change: impl FnOnce(&mut Vec<u8>)) -> (Vec<CacheWarning>, usize) {
        let path = self.build().unwrap().0.path().to_owned();
        let mut bytes = fs::read(&path).unwrap();
        change(&mut bytes);
        fs::write(&path, bytes).unwrap();
        self.network.runs.store(0, Ordering::Relaxed);
        let warnings = self.build().unwrap().1;
        (warnings, self.network.runs.load(Ordering::Relaxed))
    }
}

#[test]
fn changed_numbers_are_noticed_and_only_these_are_computed_again() {
    let world = World::new();
    let (warnings, runs) = world.after(|bytes| *bytes.last_mut().unwrap() ^= 1);
    assert!(matches!(&warnings[..], [CacheWarning::Repaired { items: 1, .. }]), "{warnings:?}");
    assert_eq!(runs, 1 + 3);
    let (warnings, runs) = world.after(|bytes| bytes[4096 + 8..4096 + 16].fill(0xEE));
    assert!(matches!(&warnings[..], [CacheWarning::Repaired { items: 1, .. }]), "{warnings:?}");
    assert_eq!(runs, 1 + 3);
    let (warnings, runs) = world.after(|bytes| bytes[4096..4096 + 16].fill(0));
    assert!(warnings.is_empty(), "an empty entry is work to do, no damage: {warnings:?}");
    assert_eq!(runs, 1 + 2 * 3);
}

#[test]
fn a_cut_or_lengthened_file_or_a_damaged_header_is_built_anew() {
    type Change = fn(&mut Vec<u8>);
    let changes: [Change; 6] = [
        |bytes| bytes.truncate(bytes.len() - 1),
        |bytes| bytes.truncate(HEADER_LENGTH),
        |bytes| bytes.clear(),
        |bytes| bytes.extend([7; 5000]),
        |bytes| bytes[16] ^= 1,
        |bytes| bytes[8] = 9,
    ];
    let world = World::new();
    for (number, change) in changes.into_iter().enumerate() {
        let (warnings, runs) = world.after(change);
        assert!(matches!(&warnings[..], [CacheWarning::Rebuilt { .. }]), "{number}: {warnings:?}");
        assert_eq!(runs, 1 + 7 * 3, "{number}");
    }
}

#[test]
fn a_file_of_another_kind_is_left_alone() {
    let world = World::new();
    let path = world.build().unwrap().0.path().to_owned();
    for text in ["somebody's diary".repeat(20), "short".to_owned()] {
        fs::write(&path, &text).unwrap();
        let refused = world.build().unwrap_err();
        assert!(matches!(refused, CacheError::NotACache { .. }), "{refused}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

fn forged(items: usize, views: usize, shape: FeatureShape) -> [u8; HEADER_LENGTH] {
    let header = Header { items, views, shape, key: [5; 32] };
    header.encode()[..HEADER_LENGTH].try_into().unwrap()
}

#[test]
fn a_forged_header_is_believed_nothing() {
    let shape = FeatureShape::Maps { height: 3, width: 2, channels: 7 };
    let decode = |bytes: &[u8; HEADER_LENGTH]| Header::decode(bytes, &[5; 32], 10, 4);
    let right = decode(&forged(10, 4, shape)).unwrap();
    assert_eq!((right.shape, right.file_bytes()), (shape, Some(8192 + 10 * 4 * 42 * 2)));
    assert_eq!(right.item_at(10), 8192 + 10 * 4 * 42 * 2);
    for (items, views) in [(11, 4), (10, 5), (10 + (1 << 32), 4)] {
        assert!(matches!(decode(&forged(items, views, shape)), Err(Unfit::Useless(_))));
    }
    for extents in [[0, 0, 0], [5, 0, 5], [0, 5, 0], [1 << 21, 1, 1], [5, 5, 0]] {
        let shape = FeatureShape::Maps { height: extents[0], width: extents[1], channels: extents[2] };
        assert!(matches!(decode(&forged(10, 4, shape)), Err(Unfit::Useless(_))), "{extents:?}");
    }
    // Extents that are allowed each and too many together: no file has this length, and nothing overflows.
    let huge = FeatureShape::Maps { height: 1 << 20, width: 1 << 20, channels: 1 << 20 };
    assert_eq!(decode(&forged(10, 4, huge)).unwrap().file_bytes(), None);
    let mut other_key = forged(10, 4, shape);
    other_key[40] ^= 1;
    assert!(matches!(decode(&other_key), Err(Unfit::Useless(_))));
}
