//! Rules for single files.

use super::Fault;
use super::repository::Repository;

/// Longest file of Rust, in lines. Small files are found again.
const MOST_LINES: usize = 500;

/// Files that may be longer, because splitting them would hide the story.
const LONGER: &[&str] = &[];

/// Largest file, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// The networks that the program carries, and their largest sizes.
const CARRIED: [(&str, u64); 5] = [
    ("crates/engine/bundles/resight-base/model.onnx", 10_000_000),
    ("crates/engine/bundles/xfeat/model.onnx", 1_500_000),
    ("crates/engine/bundles/lighterglue/model.onnx", 2_500_000),
    ("crates/engine/bundles/resight-detect/model.onnx", 1_700_000),
    ("crates/engine/bundles/outline/model.onnx", 2_500_000),
];

/// Macros that stand for work not done. Written apart, so that this file does not find itself.
const UNDONE: [&str; 3] = [concat!("to", "do!"), concat!("unimple", "mented!"), concat!("db", "g!")];

/// Folders of somebody's machine, with the slash that ends them.
const MACHINE_FOLDERS: [&str; 5] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Use", "rs/"),
    concat!("/tm", "p/"),
];

/// Whose folder stands for anybody's in an example.
const ANYBODY: &str = "me";

/// Hosts of package registries: which one serves is the user's configuration.
const REGISTRY_HOSTS: [&str; 6] = [
    concat!("crates", ".io"),
    concat!("py", "pi.org"),
    concat!("python", "hosted.org"),
    concat!("np", "mjs.org"),
    concat!("np", "mjs.com"),
    concat!("conda.", "anaconda.org"),
];

/// Looks at every tracked file.
pub(super) fn check(repository: &Repository) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (path, file) in &repository.0 {
        let carried = CARRIED.iter().find(|(carried, _)| path == *carried);
        let most = carried.map_or(MOST_BYTES, |(_, most)| *most);
        if file.bytes > most {
            faults.push(Fault::new(path, format!("{} bytes; at most {most}", file.bytes)));
        }
    }
    for (path, text) in repository.texts() {
        if path.ends_with(".rs") {
            faults.extend(check_rust(path, text));
        }
        // The lock file names its registry in a form that is cargo's own.
        if path != "Cargo.lock" {
            faults.extend(check_names(path, text));
        }
    }
    faults.extend(
        LONGER
            .iter()
            .filter(|path| repository.text(path).is_none())
            .map(|path| Fault::new(path, "is excused from the limit of lines but is not there")),
    );
    faults
}

fn check_rust(path: &str, text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    let first = text.lines().next().unwrap_or_default();
    if !first.starts_with("//! ") {
        faults.push(Fault::new(path, "the first line must say what the file is for: `//! …`"));
    }
    let n_lines = text.lines().count();
    if n_lines > MOST_LINES && !LONGER.contains(&path) {
        faults.push(Fault::new(path, format!("{n_lines} lines; split it (at most {MOST_LINES})")));
    }
    for (line, number) in text.lines().zip(1..) {
        for undone in UNDONE.iter().filter(|undone| line.contains(**undone)) {
            faults.push(Fault::new(path, format!("line {number}: {undone}")));
        }
    }
    faults
}

fn check_names(path: &str, text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        for folder in MACHINE_FOLDERS.iter().filter(|folder| holds_folder(line, folder)) {
            faults.push(Fault::new(path, format!("line {number}: a folder of one machine: {folder}")));
        }
        for host in REGISTRY_HOSTS.iter().filter(|host| line.contains(**host)) {
            faults.push(Fault::new(path, format!("line {number}: a registry by its host name: {host}")));
        }
    }
    faults
}

/// Whether the folder stands at the beginning of a path, `"/x/…` but not `some/x/…`, and is not anybody's.
fn holds_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let is_anybodys = line[at + folder.len()..].split('/').next() == Some(ANYBODY);
        !is_anybodys && before.is_none_or(|c| !c.is_alphanumeric() && !"_-.}~/$".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::super::repository::TrackedFile;
    use super::*;

    fn faults(path: &str, text: &str) -> Vec<String> {
        check(&Repository::of(&[(path, text)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_good_file_has_no_faults() {
        assert!(faults("a.rs", "//! Says what it is for.\n\nfn f() {}\n").is_empty());
        assert!(faults("notes.md", "anything, also in target/tmp/ and to do lists\n").is_empty());
    }

    #[test]
    fn each_rule_finds_its_fault() {
        assert_eq!(faults("a.rs", "fn f() {}\n").len(), 1);
        assert_eq!(faults("a.rs", "").len(), 1);
        let long = format!("//! Long.\n{}", "// x\n".repeat(MOST_LINES));
        assert_eq!(faults("a.rs", &long), ["a.rs: 501 lines; split it (at most 500)"]);
        for undone in UNDONE {
            assert_eq!(faults("a.rs", &format!("//! X.\nfn f() {{ {undone}() }}\n")).len(), 1, "{undone}");
        }
        for folder in MACHINE_FOLDERS {
            assert_eq!(faults("a.md", &format!("see `{folder}x`\n")).len(), 1, "{folder}");
            assert!(
                faults("a.md", &format!("see some{folder}x and ~{folder} and {folder}me/x\n")).is_empty(),
                "{folder}"
            );
        }
        for host in REGISTRY_HOSTS {
            assert_eq!(faults("a.toml", &format!("url = \"https://{host}/x\"\n")).len(), 1, "{host}");
            assert!(faults("Cargo.lock", host).is_empty());
        }
    }

    #[test]
    fn large_files_are_found_also_where_they_are_no_text() {
        let mut repository = Repository::default();
        repository.0.insert("big.bin".into(), TrackedFile { bytes: MOST_BYTES + 1, text: None });
        repository.0.insert("fits.bin".into(), TrackedFile { bytes: MOST_BYTES, text: None });
        let found = check(&repository);
        assert_eq!(found.len(), 1);
        assert!(found[0].to_string().starts_with("big.bin: 1048577 bytes"));
    }
}
