//! The targets: what is fed, from which seeds, and what it goes through.

mod archives;
mod catalog_files;
mod catalog_values;
mod cells;
mod learnt_records;
mod look;
mod manifests;
mod networks;
mod photos;
mod seed_catalog;
mod sources;
mod tables;
mod weights;

/// One kind of reader under hostile input.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, that of its file in `fuzz_targets/` too.
    pub name: &'static str,
    /// Good inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// What such files are made of.
    pub words: &'static [&'static [u8]],
    /// Makes checksums right again, so that more than the first check is tried.
    pub mend: fn(&mut [u8]),
    /// Reads an input; comes back whatever it is.
    pub run: fn(&[u8]),
    /// How much an execution costs beside the cheapest: shares of a number of executions are given by it.
    pub cost: u64,
}

/// All targets.
pub fn targets() -> [Target; 11] {
    [
        photos::TARGET,
        tables::TARGET,
        sources::TARGET,
        cells::TARGET,
        catalog_files::TARGET,
        catalog_values::TARGET,
        manifests::TARGET,
        learnt_records::TARGET,
        networks::TARGET,
        weights::TARGET,
        archives::TARGET,
    ]
}

/// The target of a name.
pub fn find(name: &str) -> Option<Target> {
    targets().into_iter().find(|target| target.name == name)
}

/// Feeds the target of a name.
///
/// # Panics
/// There is none of that name.
pub fn run(name: &str, input: &[u8]) {
    let target = find(name).expect("fuzz_targets/ and this list have the same names");
    (target.run)(input);
}

/// For inputs without checksums.
fn as_it_is(_: &mut [u8]) {}

#[cfg(test)]
mod tests {
    use resight_catalog::{Access, Catalog, verify};
    use resight_core::LearntRecord;
    use resight_imaging::{DecodeSize, Limits, PhotoMetadata, decode, read_metadata};
    use resight_model::{Bundle, Weights, onnx};

    use super::seed_catalog::{SEED, bundle, query};
    use super::*;

    #[test]
    fn every_target_comes_back_from_its_seeds() {
        for target in targets() {
            for seed in (target.seeds)() {
                let mut mended = seed.clone();
                (target.mend)(&mut mended);
                assert_eq!(mended, seed, "the checksums of {} are right", target.name);
                run(target.name, &seed);
            }
        }
    }

    #[test]
    fn the_seed_catalog_is_sound_and_answers() {
        let folder = tempfile::tempdir().unwrap();
        SEED.write(folder.path()).unwrap();
        let (_, report) = verify::verify(folder.path()).unwrap();
        // It has no thumbnails, and an embedding that is to be made later.
        let damage: Vec<_> =
            report.problems.iter().filter(|problem| !problem.kind.can_be_rebuilt()).collect();
        assert!(damage.is_empty(), "{damage:?}");
        let catalog = Catalog::open(folder.path(), Access::Write).unwrap();
        assert!(catalog.gallery(&bundle()).unwrap().rows.len() >= 6);
        assert!(catalog.embeddings(&bundle()).unwrap().similarities(&query(1)).unwrap().len() >= 6);
        assert!(catalog.journal(100).unwrap().len() >= 8);
        assert!(catalog.undoing(None).is_ok());
    }

    #[test]
    fn good_seeds_are_taken() {
        let photos = (photos::TARGET.seeds)();
        let decodes = |bytes: &Vec<u8>| decode(bytes, &Limits::default(), DecodeSize::Full).is_ok();
        assert!(photos.iter().filter(|photo| decodes(photo)).count() >= 20);
        assert!(photos.iter().filter(|photo| read_metadata(photo) != PhotoMetadata::default()).count() >= 4);
        assert!((learnt_records::TARGET.seeds)().iter().all(|text| LearntRecord::decode(text).is_ok()));
        assert!((networks::TARGET.seeds)().iter().all(|file| onnx::inspect(file.clone().into()).is_ok()));
        assert!((weights::TARGET.seeds)().iter().all(|file| Weights::from_bytes(file).is_ok()));
        let folder = tempfile::tempdir().unwrap();
        for archive in (archives::TARGET.seeds)() {
            let path = folder.path().join("b.resight");
            std::fs::write(&path, archive).unwrap();
            Bundle::open(&path).unwrap();
        }
    }
}
