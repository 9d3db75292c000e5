//! A home that is a folder of the user's: what resight did not make in it stays as it is.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Bench, LIBRARY};
use crate::store::{AddRequest, AddSource, PullSource, StoreError};
use crate::test_support::{manifest_input, tiny_bundle};

/// Things of the user's under names that the store uses, or once used.
const OF_THE_USER: [&str; 10] = [
    "tmp/thesis/chapter1.txt",
    "tmp/pull-requests/notes.txt",
    "lock",
    "cache/features/mine.bin",
    "bundles/old.txt",
    "models/thesis/figures.txt",
    "models/thesis/model.onnx",
    "files/scans/page1.png",
    "runtime/lib/0.9/lib.so",
    "runtime/notes.txt",
];

fn keep_things(home: &Path) {
    for name in OF_THE_USER {
        let path = home.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("years of work: {name}")).unwrap();
    }
}

fn assert_things_are_there(home: &Path) {
    for name in OF_THE_USER {
        let found = fs::read_to_string(home.join(name)).unwrap_or_default();
        assert_eq!(found, format!("years of work: {name}"));
    }
}

#[test]
fn no_command_removes_or_writes_over_what_is_the_users() {
    let bench = Bench::new("pip");
    let (store, home) = (&bench.store, bench.store.home().to_owned());
    keep_things(&home);
    let source = bench.path("lib.so");
    fs::write(&source, LIBRARY).unwrap();

    let add = |path: PathBuf| {
        let manifest = Some(manifest_input("mine", 16));
        store.add(&AddRequest { source: AddSource::Path(path), manifest, sha256: None }, &mut |_| {})
    };
    assert!(add(bench.path("nothing.onnx")).is_err());
    assert_things_are_there(&home);
    bench.pull(&PullSource::File(bench.path("nothing.whl"))).0.unwrap_err();
    bench.pull(&PullSource::File(source.clone())).0.unwrap();
    store.keep_bundle(&tiny_bundle(), &mut |_| {}).unwrap();
    assert_things_are_there(&home);
    assert!(store.list().iter().all(|row| row.name != "thesis"), "a folder of the user's is no model");
    assert!(store.verify().iter().filter(|one| one.path.ends_with("thesis")).count() == 0);
    for name in ["lib", "tiny"] {
        store.remove(name, &mut |_| {}).unwrap();
    }
    for name in ["thesis", "lib", "tiny", "scans"] {
        store.remove(name, &mut |_| {}).unwrap_err();
    }
    assert_things_are_there(&home);
}

#[test]
fn a_bundle_of_the_users_own_making_is_neither_removed_nor_replaced() {
    let bench = Bench::new("pip");
    let folder = bench.store.home().join("models/tiny");
    fs::create_dir_all(bench.store.home().join("models")).unwrap();
    tiny_bundle().write(&folder).unwrap();
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    let refused = bench.store.remove("tiny", &mut |_| {}).unwrap_err();
    assert!(matches!(refused, StoreError::NotOurs { .. }), "{refused}");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 3);
}

#[test]
fn a_file_that_the_user_put_into_a_folder_of_ours_stays_when_the_model_goes() {
    let bench = Bench::new("pip");
    let folder = bench.store.keep_bundle(&tiny_bundle(), &mut |_| {}).unwrap().path;
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    bench.store.remove("tiny", &mut |_| {}).unwrap();
    assert!(bench.store.find("tiny").is_err());
    assert_eq!(fs::read_to_string(folder.join("notes.txt")).unwrap(), "mine");
}

#[test]
fn a_store_of_an_earlier_version_is_still_changed() {
    let bench = Bench::new("pip");
    let home = bench.store.home();
    fs::create_dir_all(home.join("models")).unwrap();
    fs::create_dir_all(home.join("runtime/lib/1.0")).unwrap();
    tiny_bundle().write(&home.join("models/tiny")).unwrap();
    fs::write(home.join("runtime/lib/1.0/lib.so"), LIBRARY).unwrap();
    for name in ["tiny", "lib"] {
        bench.store.remove(name, &mut |_| {}).unwrap();
    }
    bench.assert_holds(&[]);
}

#[test]
fn a_library_that_lies_where_ours_would_is_not_written_over() {
    let bench = Bench::new("pip");
    let place = bench.installed_library();
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(&place, "of my own making").unwrap();
    fs::write(bench.path("lib.so"), LIBRARY).unwrap();
    let refused = bench.pull(&PullSource::File(bench.path("lib.so"))).0.unwrap_err();
    assert!(refused.contains("resight did not make this"), "{refused}");
    assert!(matches!(bench.store.remove("lib", &mut |_| {}), Err(StoreError::NotOurs { .. })));
    assert_eq!(fs::read_to_string(&place).unwrap(), "of my own making");
}

#[test]
fn verify_tells_a_changed_and_a_foreign_library() {
    let bench = Bench::new("pip");
    fs::write(bench.path("lib.so"), LIBRARY).unwrap();
    bench.pull(&PullSource::File(bench.path("lib.so"))).0.unwrap();
    let problems = || -> Vec<String> {
        let verified = bench.store.verify().into_iter();
        verified.filter_map(|one| Some(one.problem?.to_string())).collect()
    };
    assert_eq!(problems(), [""; 0]);
    let foreign = bench.store.home().join("runtime/lib/9.9/lib.so");
    fs::create_dir_all(foreign.parent().unwrap()).unwrap();
    fs::write(&foreign, LIBRARY).unwrap();
    assert!(problems()[0].contains("not a library that resight pulled"), "{:?}", problems());
    fs::remove_file(foreign).unwrap();
    fs::write(bench.installed_library(), "changed").unwrap();
    assert!(problems()[0].contains("wrong file"), "{:?}", problems());
}

#[cfg(unix)]
mod with_links {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn links_in_the_home_are_not_followed() {
        let bench = Bench::new("pip");
        let home = bench.store.home().to_owned();
        let elsewhere = bench.path("elsewhere");
        fs::create_dir_all(elsewhere.join("precious")).unwrap();
        fs::create_dir_all(&home).unwrap();
        fs::write(bench.path("lib.so"), LIBRARY).unwrap();
        let refused = |link: &str| {
            let link = home.join(link);
            symlink(&elsewhere, &link).unwrap();
            let kept = bench.store.keep_bundle(&tiny_bundle(), &mut |_| {});
            let pulled = bench.pull(&PullSource::File(bench.path("lib.so"))).0;
            fs::remove_file(link).unwrap();
            (kept.is_err(), pulled.is_err())
        };
        assert_eq!(refused(".resight-store"), (true, true));
        assert_eq!(refused("models"), (true, false));
        fs::remove_dir_all(home.join("runtime")).unwrap();
        assert_eq!(refused("runtime"), (false, true));
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 1, "nothing was made there");
    }

    #[test]
    fn a_lock_that_is_a_link_empties_nothing() {
        let bench = Bench::new("pip");
        bench.pull(&PullSource::File(bench.path("nothing"))).0.unwrap_err();
        let lock = bench.store.home().join(".resight-store/lock");
        fs::write(bench.path("victim"), "precious").unwrap();
        fs::remove_file(&lock).unwrap();
        symlink(bench.path("victim"), &lock).unwrap();
        let refused = bench.pull(&PullSource::File(bench.path("nothing"))).0.unwrap_err();
        assert!(refused.contains("a link"), "{refused}");
        assert_eq!(fs::read_to_string(bench.path("victim")).unwrap(), "precious");
    }

    #[test]
    fn a_link_inside_a_bundle_is_refused() {
        let bench = Bench::new("pip");
        let folder = bench.path("mailed");
        tiny_bundle().write(&folder).unwrap();
        fs::rename(folder.join("model.onnx"), bench.path("elsewhere.onnx")).unwrap();
        symlink(bench.path("elsewhere.onnx"), folder.join("model.onnx")).unwrap();
        let refused = crate::Bundle::open(&folder).unwrap_err().to_string();
        assert!(refused.contains("a link"), "{refused}");
    }

    #[test]
    fn a_pulled_library_is_written_by_its_user_alone_and_verify_tells_where_it_is_not() {
        let bench = Bench::new("pip");
        fs::write(bench.path("lib.so"), LIBRARY).unwrap();
        bench.pull(&PullSource::File(bench.path("lib.so"))).0.unwrap();
        let folder = bench.installed_library().parent().unwrap().to_owned();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&bench.installed_library())), (0o755, 0o644));
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        let verified = bench.store.verify();
        let problem = verified[0].problem.as_ref().unwrap().to_string();
        assert!(problem.contains("everybody may write to it"), "{problem}");
    }
}
