//! Pulling: every way that a file may come, or fail to.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use resight_core::{Hint, RoomError as _};

use super::{Bench, LIBRARY, tgz, wheel};
use crate::store::event::PullEvent;
use crate::store::{PullSource, StoreError};

/// Serves `body` once at an address of this machine.
fn serve(body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _request = stream.read(&mut [0; 4096]).unwrap();
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len())
            .unwrap();
        // The other side may hang up when it has seen enough.
        let _sent = stream.write_all(&body);
    });
    format!("http://{address}/library.whl")
}

#[test]
fn a_wheel_a_tgz_and_the_bare_file_are_all_taken() {
    let files = [
        ("library.whl", wheel("inside/lib.so", LIBRARY)),
        ("library.tgz", tgz("inside/lib.so", LIBRARY)),
        ("lib.so", LIBRARY.to_vec()),
    ];
    for (name, bytes) in files {
        let bench = Bench::new("pip");
        std::fs::write(bench.path(name), bytes).unwrap();
        let (pulled, events) = bench.pull(&PullSource::File(bench.path(name)));
        assert_eq!(pulled.as_deref(), Ok(bench.installed_library().as_path()), "{name}");
        assert_eq!(events, [PullEvent::Checking, PullEvent::Done { path: bench.installed_library() }]);
        assert_eq!(std::fs::read(bench.installed_library()).unwrap(), LIBRARY);
        bench.assert_holds(&["runtime/lib/1.0/lib.so"]);
    }
}

#[test]
fn what_is_there_is_not_fetched_again_unless_it_is_damaged() {
    let bench = Bench::new("pip");
    let source = PullSource::File(bench.path("lib.so"));
    std::fs::write(bench.path("lib.so"), LIBRARY).unwrap();
    bench.pull(&source).0.unwrap();
    std::fs::remove_file(bench.path("lib.so")).unwrap();
    let (_, events) = bench.pull(&source);
    assert_eq!(events, [PullEvent::AlreadyThere { path: bench.installed_library() }]);

    std::fs::write(bench.installed_library(), b"damaged").unwrap();
    assert!(bench.store.verify()[0].problem.is_some());
    std::fs::write(bench.path("lib.so"), LIBRARY).unwrap();
    bench.pull(&source).0.unwrap();
    assert!(bench.store.verify()[0].problem.is_none());
}

#[test]
fn a_wrong_file_is_not_installed_and_both_hashes_are_told() {
    for bytes in [wheel("inside/lib.so", b"another"), tgz("inside/lib.so", &[7; 5000]), b"another".to_vec()] {
        let bench = Bench::new("pip");
        std::fs::write(bench.path("file"), bytes).unwrap();
        let error = bench.pull(&PullSource::File(bench.path("file"))).0.unwrap_err();
        let hashes = error.split(|c: char| !c.is_ascii_hexdigit()).filter(|word| word.len() == 64);
        assert_eq!(hashes.count(), 2, "{error}");
        bench.assert_holds(&[]);
    }
}

#[test]
fn packages_that_are_damaged_or_lack_the_file_are_refused() {
    let whole = tgz("inside/lib.so", &[1; 200_000]);
    let cut = whole[..whole.len() / 2].to_vec();
    let mut broken_zip = wheel("inside/lib.so", LIBRARY);
    broken_zip.truncate(broken_zip.len() - 30);
    for bytes in [wheel("elsewhere/lib.so", LIBRARY), tgz("inside/lib.so.sig", LIBRARY), cut, broken_zip] {
        let bench = Bench::new("pip");
        std::fs::write(bench.path("file"), bytes).unwrap();
        assert!(bench.pull(&PullSource::File(bench.path("file"))).0.is_err());
        bench.assert_holds(&[]);
    }
}

#[test]
fn an_address_works_as_well_as_a_file() {
    let bench = Bench::new("pip");
    let url = serve(wheel("inside/lib.so", LIBRARY));
    let (pulled, events) = bench.pull(&PullSource::from_text(&url));
    pulled.unwrap();
    assert!(matches!(&events[0], PullEvent::Asking { command } if *command == url));
    assert!(events.iter().any(|event| matches!(event, PullEvent::Downloading { total: Some(_), .. })));
}

#[test]
fn an_address_that_gives_too_much_or_nothing_is_an_error_with_a_hint() {
    let bench = Bench::new("pip");
    let url = serve(vec![0; (65 << 20) + 1]);
    let error = bench.pull(&PullSource::Url(url)).0.unwrap_err();
    assert!(error.contains("at most"), "{error}");
    let error = bench.pull(&PullSource::Url("http://127.0.0.1:1/nothing".to_owned())).0.unwrap_err();
    assert!(error.contains("CheckAddress"), "{error}");
    bench.assert_holds(&[]);
}

#[test]
fn an_unknown_name_suggests_the_nearest() {
    let bench = Bench::new("pip");
    let error = bench.store.pull("libb", &PullSource::Registry, &mut |_| {}).unwrap_err();
    assert!(
        matches!(error.hint(), Some(Hint::ModelNames { meant: Some(meant), .. }) if meant == "lib"),
        "{error}"
    );
    assert!(matches!(bench.store.find("../lib"), Err(StoreError::Unknown { .. })));
    assert!(matches!(bench.store.find("lib"), Err(StoreError::NotInstalled { .. })));
}

#[test]
fn without_pip_or_npm_it_says_what_to_install_or_do() {
    for manager in ["pip", "npm"] {
        let bench = Bench::new(manager);
        let error = bench.pull(&PullSource::Registry).0.unwrap_err();
        let hint = Hint::InstallManager { manager: manager.to_owned(), name: "lib".to_owned() };
        assert!(error.contains(&format!("{hint:?}")), "{error}");
        bench.assert_holds(&[]);
    }
}

#[test]
fn what_a_killed_pull_left_is_removed_by_the_next() {
    let bench = Bench::new("pip");
    bench.pull(&PullSource::File(bench.path("nothing"))).0.unwrap_err();
    let left = bench.store.home().join(".resight-store/pull-abc/package");
    std::fs::create_dir_all(&left).unwrap();
    std::fs::write(left.join("half.whl"), b"half").unwrap();
    std::fs::write(bench.path("lib.so"), LIBRARY).unwrap();
    bench.pull(&PullSource::File(bench.path("lib.so"))).0.unwrap();
    assert!(!left.exists());
    bench.assert_holds(&["runtime/lib/1.0/lib.so"]);
}

/// With shell scripts that stand for pip and npm.
#[cfg(unix)]
mod with_programs {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    impl Bench {
        /// Makes a program that answers `--version` and otherwise runs `script`, with `$out` as the folder that
        /// the package is wanted in.
        fn program(&self, name: &str, script: &str) {
            let text = format!(
                "#!/bin/sh\nPATH=/usr/bin:/bin\nfor word; do\n  case \"$word\" in\n  --version) exit 0;;\n  \
                 --pack-destination=*) out=${{word#*=}};;\n  esac\n  [ \"$last\" = --dest ] && out=$word\n  \
                 last=$word\ndone\necho \"$0 $*\" >> {}\n{script}\n",
                self.path("calls").display()
            );
            let path = self.path("programs").join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }

        fn calls(&self) -> String {
            std::fs::read_to_string(self.path("calls")).unwrap_or_default()
        }
    }

    #[test]
    fn pip_is_asked_for_a_wheel_of_the_exact_version() {
        let bench = Bench::new("pip");
        std::fs::write(bench.path("ready.whl"), wheel("inside/lib.so", LIBRARY)).unwrap();
        let script = format!("cp {} \"$out/library.whl\"; sleep 0.3", bench.path("ready.whl").display());
        bench.program("pip3", &script);
        let (pulled, events) = bench.pull(&PullSource::Registry);
        assert_eq!(pulled, Ok(bench.installed_library()));
        let calls = bench.calls();
        for part in ["download", "--no-deps", "--only-binary=:all:", "library==1.0"] {
            assert!(calls.contains(part), "{calls}");
        }
        assert!(matches!(&events[0], PullEvent::Asking { command } if command.starts_with("pip3 download")));
        assert!(events.iter().any(|event| matches!(event, PullEvent::Downloading { .. })), "{events:?}");
        bench.assert_holds(&["runtime/lib/1.0/lib.so"]);
    }

    #[test]
    fn helpers_run_in_a_new_folder_of_their_own_with_a_safe_path() {
        let bench = Bench::new("npm");
        let seen = bench.path("seen");
        bench.program(
            "npm",
            &format!(
                "pwd > {0}; ls >> {0}; echo $PYTHONSAFEPATH $PWD >> {0}; cp {1} \"$out/library-1.0.tgz\"",
                seen.display(),
                bench.path("ready.tgz").display()
            ),
        );
        std::fs::write(bench.path("ready.tgz"), tgz("inside/lib.so", LIBRARY)).unwrap();
        bench.pull(&PullSource::Registry).0.unwrap();
        let seen = std::fs::read_to_string(seen).unwrap();
        let lines: Vec<&str> = seen.lines().collect();
        assert!(lines[0].contains(".resight-store/pull-") && lines[0].contains("/room-"), "{seen}");
        assert_eq!(lines[1], "package.json", "npm looks for its settings no further up");
        assert!(lines[2].starts_with("1 ") && lines.len() == 3, "{seen}");
    }

    #[test]
    fn npm_packs_the_exact_version() {
        let bench = Bench::new("npm");
        std::fs::write(bench.path("ready.tgz"), tgz("inside/lib.so", LIBRARY)).unwrap();
        bench.program("npm", &format!("cp {} \"$out/library-1.0.tgz\"", bench.path("ready.tgz").display()));
        assert_eq!(bench.pull(&PullSource::Registry).0, Ok(bench.installed_library()));
        assert!(bench.calls().contains("pack library@1.0"), "{}", bench.calls());
    }

    #[test]
    fn a_python_without_pip_is_passed_over() {
        let bench = Bench::new("pip");
        let broken = bench.path("programs").join("python3");
        std::fs::write(&broken, "#!/bin/sh\nexit 1\n").unwrap();
        std::fs::set_permissions(&broken, std::fs::Permissions::from_mode(0o755)).unwrap();
        bench.program("python", "echo no luck >&2; exit 1");
        bench.pull(&PullSource::Registry).0.unwrap_err();
        assert!(bench.calls().contains("python -m pip download"), "{}", bench.calls());
    }

    #[test]
    fn without_a_network_the_last_words_of_pip_are_told() {
        let bench = Bench::new("pip");
        bench.program("pip", "echo 'ERROR: Could not find a version' >&2; exit 1");
        let error = bench.pull(&PullSource::Registry).0.unwrap_err();
        assert!(
            error.contains("ERROR: Could not find a version") && error.contains("FetchElsewhere"),
            "{error}"
        );
        bench.assert_holds(&[]);
    }

    #[test]
    fn a_full_disk_is_called_one() {
        let bench = Bench::new("pip");
        bench.program("pip", "echo 'OSError: [Errno 28] No space left on device' >&2; exit 2");
        let error = bench.pull(&PullSource::Registry).0.unwrap_err();
        assert!(error.starts_with("no room left on the disk"), "{error}");
    }

    #[test]
    fn a_package_far_larger_than_stated_is_stopped() {
        let bench = Bench::new("pip");
        bench.program("pip", "head -c 80000000 /dev/zero > \"$out/library.whl\"; exec sleep 60");
        let error = bench.pull(&PullSource::Registry).0.unwrap_err();
        assert!(error.contains("stopped: far more than"), "{error}");
        bench.assert_holds(&[]);
    }

    #[test]
    fn two_pulls_at_once_fetch_once_and_both_succeed() {
        let bench = Bench::new("pip");
        std::fs::write(bench.path("ready.whl"), wheel("inside/lib.so", LIBRARY)).unwrap();
        bench.program(
            "pip",
            &format!("sleep 0.3; cp {} \"$out/library.whl\"", bench.path("ready.whl").display()),
        );
        let pulls = std::thread::scope(|scope| {
            let pulls = [(); 2].map(|()| scope.spawn(|| bench.pull_and_wait(&PullSource::Registry)));
            pulls.map(|pull| pull.join().unwrap())
        });
        for (pulled, _) in &pulls {
            assert_eq!(pulled, &Ok(bench.installed_library()));
        }
        assert_eq!(bench.calls().lines().count(), 1, "{}", bench.calls());
        assert!(pulls.iter().any(|(_, events)| events.first() == Some(&PullEvent::Waiting)));
    }
}
