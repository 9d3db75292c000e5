//! The home of models, and what is run or loaded on its behalf: nothing of the user's is lost, nothing of a
//! stranger's is run.

use std::fs;

use resight_testkit::bundles::{TINY, projection_bundle, tiny_bundle};

use crate::workplace::{Workplace, text};

/// A bare network, as it comes from elsewhere.
fn foreign_network(workplace: &Workplace) {
    fs::write(workplace.path("foreign.onnx"), projection_bundle().model_bytes()).unwrap();
}

fn add<'a>(file: &'a str, name: &'a str) -> [&'a str; 7] {
    ["models", "add", file, "--name", name, "--size", "16"]
}

#[test]
fn a_home_with_things_of_the_users_keeps_them_whatever_is_called() {
    let workplace = Workplace::new();
    let things =
        ["tmp/thesis/chapter1.txt", "lock", "cache/mine.txt", "bundles/old.txt", "models/thesis/a.txt"];
    for thing in things {
        let path = workplace.path("home").join(thing);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "three years of work").unwrap();
    }
    foreign_network(&workplace);
    tiny_bundle().write(&workplace.path("given")).unwrap();
    workplace.init();
    for (arguments, code) in [
        (&add("nothing.onnx", "x")[..], 1),
        (&add("foreign.onnx", "foreign"), 0),
        (&["models", "pull", "no-such-model"], 1),
        (&["models", "pull", "onnxruntime", "--from", "nothing.whl"], 1),
        (&["models", "remove", "thesis"], 1),
        (&["models", "remove", "foreign"], 0),
        (&["models", "verify"], 0),
        (&["reembed", "catalog", "--bundle", "./given"], 0),
        (&["reembed", "catalog", "--bundle", "nowhere"], 1),
        (&["models", "remove", TINY], 0),
    ] {
        let output = workplace.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
        for thing in things {
            let found = fs::read_to_string(workplace.path("home").join(thing)).unwrap_or_default();
            assert_eq!(found, "three years of work", "{arguments:?}: {thing}");
        }
    }
}

#[test]
fn a_network_from_elsewhere_is_tried_and_one_that_asks_for_everything_is_an_error() {
    let workplace = Workplace::new();
    foreign_network(&workplace);
    let output = workplace.run(&add("foreign.onnx", "foreign"));
    assert!(output.status.success(), "{}", text(&output.stderr));
    let cut = fs::read(workplace.path("foreign.onnx")).unwrap();
    fs::write(workplace.path("cut.onnx"), &cut[..cut.len() / 2]).unwrap();
    let output = workplace.run(&add("cut.onnx", "cut"));
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    fs::write(workplace.path("huge.onnx"), asking_for_everything()).unwrap();
    let output = workplace.run(&add("huge.onnx", "huge"));
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let said = text(&output.stderr);
    assert!(said.contains("was tried in a process of its own") && said.contains("huge"), "{said}");
    assert!(!workplace.path("home/models/huge").exists());
}

#[test]
fn without_a_question_the_hidden_command_says_what_it_is_for() {
    let workplace = Workplace::new();
    let output = workplace.run(&["try-network"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("resight calls this itself"), "{}", text(&output.stderr));
    assert!(!text(&workplace.run(&["--help"]).stdout).contains("try-network"));
}

/// An ONNX file in which a constant of 2²⁰ × 2²⁰ numbers is the answer.
fn asking_for_everything() -> Vec<u8> {
    let field = |number: u8, value: &[u8]| -> Vec<u8> {
        [&[(number << 3) | 2, u8::try_from(value.len()).unwrap()], value].concat()
    };
    let shape_bytes = [1_i64 << 20, 1 << 20].map(i64::to_le_bytes).concat();
    let shape = [vec![1 << 3, 2, 2 << 3, 7], field(8, b"shape"), field(9, &shape_bytes)].concat();
    let node = [field(1, b"shape"), field(2, b"answer"), field(4, b"ConstantOfShape")].concat();
    let extents = [1, 3, 16, 16].map(|extent| field(1, &[1 << 3, extent])).concat();
    let tensor = [vec![1 << 3, 1], field(2, &extents)].concat();
    let image = [field(1, b"image"), field(2, &field(1, &tensor))].concat();
    let answer = field(1, b"answer");
    let graph = [field(1, &node), field(5, &shape), field(11, &image), field(12, &answer)].concat();
    [vec![1 << 3, 8], field(7, &graph), field(8, &[2 << 3, 13])].concat()
}

#[cfg(unix)]
mod with_programs {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::*;

    /// A program that, like `python -m pip`, runs what lies in its current folder.
    fn program(path: &Path, then: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("#!/bin/sh\n[ -e pip.py ] && : > \"$RAN\"\n{then}\nexit 0\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn what_lies_in_the_current_folder_is_not_run() {
        let workplace = Workplace::new();
        let photos = workplace.path("photos");
        let ran = workplace.path("ran");
        program(&workplace.path("programs/python3"), "");
        program(&photos.join("npm"), ": > \"$RAN\"");
        program(&photos.join("sub/npm"), ": > \"$RAN\"");
        fs::write(photos.join("pip.py"), "print('pip 99 from here')").unwrap();
        let path = format!("{}:.::sub", workplace.path("programs").display());
        let pull = ["models", "pull", "onnxruntime", "efficientnet-lite0"];
        for arguments in [&["doctor", "--fast"][..], &pull, &["models", "pull", "u2netp"]] {
            let mut command = workplace.resight(arguments);
            command.current_dir(&photos).env("PATH", &path).env("RAN", &ran).output().unwrap();
            assert!(!ran.exists(), "{arguments:?}");
        }
        let mut doctor = workplace.resight(&["doctor", "--fast", "--json"]);
        let found = doctor.current_dir(&photos).env("PATH", &path).env("RAN", &ran).output().unwrap();
        assert!(text(&found.stdout).contains("python3 -m pip"), "{}", text(&found.stdout));
    }

    #[test]
    fn a_library_that_strangers_can_exchange_is_not_loaded_even_if_it_is_named() {
        let workplace = Workplace::new();
        let folder = workplace.path("shared");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        fs::write(folder.join("libonnxruntime.so"), "no library").unwrap();
        let mut doctor = workplace.resight(&["doctor", "--fast", "--json"]);
        let found = doctor.env("RESIGHT_ONNXRUNTIME", folder.join("libonnxruntime.so")).output().unwrap();
        assert!(text(&found.stdout).contains("everybody may write to it"), "{}", text(&found.stdout));
    }

    #[test]
    fn pipes_and_devices_are_no_models() {
        let workplace = Workplace::new();
        std::os::unix::fs::symlink("/dev/zero", workplace.path("zero.resight")).unwrap();
        for arguments in [
            &add("/dev/zero", "x")[..],
            &["models", "add", "zero.resight"],
            &["models", "pull", "onnxruntime", "--from", "/dev/zero"],
        ] {
            let output = workplace.run(arguments);
            assert_eq!(output.status.code(), Some(1), "{arguments:?}");
            let said = text(&output.stderr);
            assert!(said.contains("not a plain file but a device"), "{arguments:?}: {said}");
        }
    }
}

#[test]
fn a_bundle_is_packed_into_one_file_and_taken_in_elsewhere() {
    let (here, there) = (Workplace::new(), Workplace::new());
    let packed = here.json(&["models", "pack", TINY, "own.resight"]).remove(0);
    let again = here.run(&["models", "pack", TINY, "own.resight"]);
    assert_eq!(again.status.code(), Some(1), "nothing is written over: {}", text(&again.stderr));
    fs::copy(here.path("own.resight"), there.path("own.resight")).unwrap();
    let removed = there.run(&["models", "remove", TINY]);
    assert!(removed.status.success(), "{}", text(&removed.stderr));
    let added = there.json(&["models", "add", "own.resight"]).remove(0);
    assert_eq!(added["bundle"], packed["bundle"]);
}
