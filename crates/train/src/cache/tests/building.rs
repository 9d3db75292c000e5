//! What is built, kept, shared and left out.

use std::sync::Mutex;

use super::*;

#[derive(Default)]
struct Told {
    photos: Mutex<Vec<(usize, usize)>>,
    waited: AtomicBool,
}

impl CacheProgress for Told {
    fn photos(&self, done: usize, total: usize) {
        self.photos.lock().unwrap().push((done, total));
    }

    fn waiting(&self) {
        self.waited.store(true, Ordering::Relaxed);
    }
}

#[test]
fn maps_tokens_and_embeddings_are_what_the_network_says_and_are_computed_once() {
    let folder = tempfile::tempdir().unwrap();
    let (jobs, maker) = (jobs(folder.path(), 5), maker(1));
    let views = [View::PLAIN, View::Numbered(1), View::Numbered(2), View::Background, View::Mirrored];
    for (network, extents, positions) in [
        ("stage2", vec![3, 4, 4], 16),
        ("block7", vec![4, 12], 4),
        ("", vec![48], 1),
        ("head", vec![48, 1, 1], 1),
    ] {
        let means = Means { extents, ..Means::maps() };
        let request = CacheRequest { network, ..request(&maker, &jobs, &views) };
        let told = Told::default();
        let caches = folder.path().join("caches");
        let cancel = AtomicBool::new(false);
        let (cache, warnings) =
            FeatureCache::open_or_build(&caches, &request, &means, &told, &cancel).unwrap();
        assert!(warnings.is_empty(), "{warnings:?}");
        assert_eq!(*told.photos.lock().unwrap(), [(0, 5), (1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]);
        assert_eq!((cache.shape().positions(), cache.shape().channels()), (positions, 48 / positions));
        assert_eq!(cache.present().count(), 6);
        assert_right(&cache, &request, &means);
        assert_eq!(means.runs.load(Ordering::Relaxed), 1 + 6 * 5, "one to ask for the extents");

        let again = build(folder.path(), &request, &means).unwrap().0;
        assert_eq!(means.runs.load(Ordering::Relaxed), 31, "nothing is computed twice");
        assert_eq!(again.features(5, 4), cache.features(5, 4));
        let mut batch = vec![0.0; 3 * 48];
        cache.copy_batch(&[(5, 4), (0, 0), (2, 1)], &mut batch);
        let expected = [(5, 4), (0, 0), (2, 1)].map(|(item, view)| cache.features(item, view));
        assert!(batch.iter().zip(expected.concat()).all(|(copied, half)| *copied == half.to_f32()));
    }
}

#[test]
fn whatever_the_numbers_depend_on_is_in_the_key_and_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let (all, first) = (jobs(folder.path(), 3), maker(1));
    let random = [View::PLAIN, View::Numbered(1)];
    let base = request(&first, &all, &random);
    let key = |request: &CacheRequest<'_>| request.key("rt 1");
    assert_eq!(key(&base), key(&base.clone()));
    let other_seed = maker(2);
    let mut moved = all.clone();
    let before = all[3].region.unwrap().bounds;
    moved[3].region = Some(GivenBox::upright(PixelBox { x: 11.0, ..before }));
    let mut renumbered = all.clone();
    renumbered[0].row = 77;
    let others = [
        CacheRequest { network: "medians", ..base.clone() },
        CacheRequest { maker: &other_seed, ..base.clone() },
        CacheRequest { jobs: &moved, ..base.clone() },
        CacheRequest { jobs: &renumbered, ..base.clone() },
        CacheRequest { jobs: &all[1..], ..base.clone() },
        CacheRequest { views: &[View::Numbered(1), View::PLAIN], ..base.clone() },
    ];
    assert!(others.iter().all(|other| key(other) != key(&base)));
    assert_ne!(base.key("rt 2"), key(&base));
    let faster = CacheRequest { batch: 99, threads: 9, ..base.clone() };
    assert_eq!(key(&faster), key(&base), "how it is computed does not matter");
    // Plain views are the same whatever the seed, and whatever the rows are called.
    let plain = CacheRequest { views: &[View::PLAIN], ..base.clone() };
    let also_plain = CacheRequest { maker: &other_seed, jobs: &renumbered, ..plain.clone() };
    assert_eq!(key(&plain), key(&also_plain));
    // Another photo under the same name.
    let before = key(&base);
    std::fs::copy(&all[1].path, &all[2].path).unwrap();
    assert_ne!(key(&base), before);
}

#[test]
fn broken_photos_are_left_out_with_a_warning_each_time_and_the_rest_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let (mut jobs, maker) = (jobs(folder.path(), 4), maker(1));
    std::fs::write(&jobs[0].path, b"not a photo").unwrap();
    jobs[2].path = folder.path().join("gone.jpg");
    jobs[3].region = Some(GivenBox::upright(PixelBox::at(900.0, 0.0, 5.0, 5.0)));
    let views = View::numbered(2);
    let (request, network) = (request(&maker, &jobs, &views), Means::maps());
    for _ in 0..2 {
        let (cache, warnings) = build(folder.path(), &request, &network).unwrap();
        assert_eq!(cache.present().collect::<Vec<_>>(), [1]);
        assert!(cache.features(0, 0).iter().all(|half| half.to_f32() == 0.0));
        assert_right(&cache, &request, &network);
        let mut texts: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        texts.sort();
        assert_eq!(texts.len(), 4, "{texts:?}");
        assert!(texts[0].starts_with("row 0: not a picture"), "{texts:?}");
        assert!(texts[1].starts_with("row 2: the photo cannot be read") && texts[1].ends_with("gone.jpg"));
        assert!(texts[2].starts_with("row 3: the region"), "{texts:?}");
        assert!(texts[3].starts_with("row 4: not a picture"), "both annotations of the photo: {texts:?}");
    }
}

#[test]
fn answers_that_half_precision_cannot_hold_leave_the_annotation_out() {
    let folder = tempfile::tempdir().unwrap();
    let (jobs, maker) = (jobs(folder.path(), 2), maker(1));
    let network = Means { shift: 70_000.0, ..Means::maps() };
    let (cache, warnings) = build(folder.path(), &request(&maker, &jobs, &[View::PLAIN]), &network).unwrap();
    assert_eq!((cache.present().count(), warnings.len()), (0, 3));
    let CacheWarning::LeftOut { failure, .. } = &warnings[0] else { panic!("{}", warnings[0]) };
    assert!(failure.to_string().contains("7000") || failure.to_string().contains("6999"), "{failure}");
}

#[test]
fn a_cancelled_build_keeps_what_it_did() {
    struct CancelAt<'a>(usize, &'a AtomicBool);
    impl CacheProgress for CancelAt<'_> {
        fn photos(&self, done: usize, _total: usize) {
            self.1.store(done >= self.0, Ordering::Relaxed);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let (jobs, maker) = (jobs(folder.path(), 12), maker(1));
    let views = View::numbered(4);
    let (request, network) = (request(&maker, &jobs, &views), Means::maps());
    let cancel = AtomicBool::new(false);
    let stopped = FeatureCache::open_or_build(
        &caches_in(folder.path()),
        &request,
        &network,
        &CancelAt(6, &cancel),
        &cancel,
    )
    .unwrap_err();
    assert!(matches!(stopped, CacheError::Cancelled), "{stopped}");
    let before = network.runs.swap(0, Ordering::Relaxed);
    let (cache, warnings) = build(folder.path(), &request, &network).unwrap();
    assert!(warnings.is_empty());
    assert_right(&cache, &request, &network);
    let after = network.runs.load(Ordering::Relaxed);
    assert!((25..=29).contains(&before) && after <= 1 + 13 * 4 - 20, "{before} {after}");
}

#[test]
fn a_network_that_fails_ends_it_by_name() {
    struct Fails;
    impl Network for Fails {
        fn run(&self, batch: &[f32], n: usize) -> Result<Vec<Output>, String> {
            // The first question, about the extents, is answered.
            if batch.iter().all(|number| *number == 0.0) {
                Means::maps().run(batch, n)
            } else {
                Err("burnt out".to_owned())
            }
        }
        fn runtime(&self) -> &str {
            "rt 1"
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let (jobs, maker) = (jobs(folder.path(), 9), maker(1));
    let request = request(&maker, &jobs, &[View::PLAIN]);
    let failed = FeatureCache::open_or_build(
        &caches_in(folder.path()),
        &request,
        &Fails,
        &(),
        &AtomicBool::new(false),
    );
    assert_eq!(failed.unwrap_err().to_string(), "the network failed in rt 1: burnt out: means");
}

#[test]
fn two_builders_of_one_cache_do_the_work_once() {
    let folder = tempfile::tempdir().unwrap();
    let (jobs, maker) = (jobs(folder.path(), 10), maker(1));
    let views = View::numbered(2);
    let request = request(&maker, &jobs, &views);
    let network = Means { pause: Duration::from_millis(10), ..Means::maps() };
    let told = [Told::default(), Told::default()];
    std::thread::scope(|scope| {
        for told in &told {
            let (request, network, folder) = (&request, &network, caches_in(folder.path()));
            scope.spawn(move || {
                let cancel = AtomicBool::new(false);
                let (cache, warnings) =
                    FeatureCache::open_or_build(&folder, request, network, told, &cancel).unwrap();
                assert!(warnings.is_empty() && cache.present().count() == 11);
            });
        }
    });
    assert_eq!(network.runs.load(Ordering::Relaxed), 1 + 11 * 2);
    assert_eq!(told.iter().filter(|told| told.waited.load(Ordering::Relaxed)).count(), 1);
}

#[test]
fn a_disk_that_is_too_small_is_told_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.features");
    let refused = file::check_room(&path, u64::MAX / 2).unwrap_err();
    let CacheError::NoRoom { needed, free, .. } = &refused else { panic!("{refused}") };
    assert_eq!(*needed, u64::MAX / 2);
    assert!(*free < u64::MAX / 2 && refused.to_string().ends_with("some.features"), "{refused}");
    file::check_room(&path, 1).unwrap();
}

#[test]
fn the_oldest_caches_go_first_and_those_in_use_stay() {
    let folder = tempfile::tempdir().unwrap();
    let (jobs, network) = (jobs(folder.path(), 3), Means::maps());
    let makers = [1, 2, 3].map(maker);
    let views = View::numbered(3);
    let caches: Vec<FeatureCache> = makers
        .iter()
        .map(|maker| {
            std::thread::sleep(Duration::from_millis(15));
            build(folder.path(), &request(maker, &jobs, &views), &network).unwrap().0
        })
        .collect();
    assert_eq!(tidy(&caches_in(folder.path()), u64::MAX, &[]).unwrap(), 0);
    let building = std::fs::File::create(caches[1].path().with_extension("lock")).unwrap();
    building.lock().unwrap();
    assert_eq!(
        tidy(&caches_in(folder.path()), 0, &[&caches[0], &caches[2]]).unwrap(),
        0,
        "somebody builds it"
    );
    drop(building);
    assert!(tidy(&caches_in(folder.path()), 0, &[&caches[0], &caches[2]]).unwrap() > 0);
    let left = caches.iter().map(|cache| cache.path().exists()).collect::<Vec<_>>();
    assert_eq!(left, [true, false, true]);
    assert!(caches[1].features(0, 0).iter().any(|half| half.to_f32() != 0.0), "a reader goes on reading");
}

#[test]
fn only_caches_of_ours_in_a_folder_of_ours_are_tidied() {
    let folder = tempfile::tempdir().unwrap();
    let (jobs, network) = (jobs(folder.path(), 3), Means::maps());
    let (maker, views) = (maker(1), View::numbered(3));
    let own = caches_in(folder.path());
    let cache = build(folder.path(), &request(&maker, &jobs, &views), &network).unwrap().0;
    let name = cache.path().file_name().unwrap().to_owned();
    for other in ["thesis.features", "0123456789abcdef0123456789ABCDEF.features", "lock", "notes.new"] {
        std::fs::write(own.join(other), "years of work").unwrap();
    }
    let foreign = caches_in(&folder.path().join("foreign"));
    std::fs::create_dir_all(&foreign).unwrap();
    std::fs::copy(cache.path(), foreign.join(&name)).unwrap();
    assert!(matches!(tidy(&foreign, 0, &[]), Err(CacheError::NotOurs { .. })));
    let refused =
        build(&folder.path().join("foreign"), &request(&maker, &jobs, &views), &network).unwrap_err();
    assert!(
        matches!(refused, CacheError::NotOurs { .. }) && refused.to_string().ends_with("foreign/caches"),
        "{refused}"
    );
    assert_eq!(std::fs::read_dir(&foreign).unwrap().count(), 1);
    assert!(tidy(&own, 0, &[]).unwrap() > 0);
    assert!(!cache.path().exists());
    assert!(own.join("thesis.features").exists() && own.join("notes.new").exists());
    assert_eq!(std::fs::read(own.join("lock")).unwrap(), b"years of work");
}

#[cfg(unix)]
#[test]
fn links_among_caches_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (jobs, network) = (jobs(folder.path(), 3), Means::maps());
    let (maker, views, victim) = (maker(1), View::numbered(3), folder.path().join("victim"));
    let own = caches_in(folder.path());
    let request = request(&maker, &jobs, &views);
    let path = build(folder.path(), &request, &network).unwrap().0.path().to_owned();
    for extension in ["features", "lock", "new"] {
        std::fs::write(&victim, "precious").unwrap();
        for entry in std::fs::read_dir(&own).unwrap() {
            let entry = entry.unwrap().path();
            if entry.extension().is_some() {
                std::fs::remove_file(entry).unwrap();
            }
        }
        std::os::unix::fs::symlink(&victim, path.with_extension(extension)).unwrap();
        let built = build(folder.path(), &request, &network);
        assert_eq!(
            built.is_ok(),
            extension == "new",
            "{extension}: what is in the way of an unfinished file goes"
        );
        assert_eq!(std::fs::read(&victim).unwrap(), b"precious", "{extension}");
    }
}
