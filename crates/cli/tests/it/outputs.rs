//! Nothing of the user's is written over or removed: what has the place of an output, folders that are not ours, links
//! in folders that came by mail, files that are damaged.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::study::World;

/// A recipe that is learnt in a moment.
const RECIPE: &str = "\
name = \"quick\"
depth = \"head\"
trunk.bundle = \"projection\"
neck.dimension = 32
views.count = 2
schedule = { epochs = 2, batch = 16 }
validation = { background = false }
";

const TRAIN: [&str; 5] = ["train", "study/metadata.csv", "--recipe", "quick.toml", "--quiet"];

fn with_recipe(world: World) -> World {
    fs::write(world.path("quick.toml"), RECIPE).unwrap();
    world
}

/// Every file below a folder with its bytes.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

/// A folder of the user's in which everything has a name that we use too.
fn thesis(world: &World) -> PathBuf {
    let folder = world.path("thesis");
    for inner in ["bundle", "photos/easy", "trials/000-2-epochs", "world"] {
        fs::create_dir_all(folder.join(inner)).unwrap();
        fs::write(folder.join(inner).join("latest.safetensors"), "years of work").unwrap();
    }
    for name in ["lock", "report.html", "division.csv", "table.csv", "log.jsonl", "result.json", "tune.json"]
    {
        fs::write(folder.join(name), "years of work").unwrap();
    }
    folder
}

#[test]
fn a_folder_that_is_not_ours_is_refused_before_anything_is_made() {
    let world = with_recipe(World::new(8, 3));
    let folder = thesis(&world);
    let run = |source: &'static str| vec!["train", source, "--recipe", "quick.toml", "--run", "thesis"];
    let tune = |source: &'static str| vec!["tune", source, "--recipe", "quick.toml", "--run", "thesis"];
    let commands = [
        run("study/metadata.csv"),
        run("zebras"),
        tune("study/metadata.csv"),
        tune("zebras"),
        vec!["train", "ladder", "--recipe", "quick.toml", "--from", "easy", "--run", "thesis"],
        vec!["train", "--resume", "thesis"],
        vec!["demo", "thesis"],
    ];
    // With a recipe in it, it looks like a run that was begun; it is none of ours all the same.
    for has_recipe in [false, true] {
        if has_recipe {
            fs::write(folder.join("recipe.toml"), RECIPE).unwrap();
        }
        let before = contents(&folder);
        for command in &commands {
            let (code, complaint) = world.complaint(command);
            assert_eq!(code, 1, "{command:?}: {complaint}");
            assert!(complaint.contains("thesis"), "{command:?}: {complaint}");
            assert!(contents(&folder) == before, "{command:?} changed something");
        }
        let (_, complaint) = world.complaint(&commands[0]);
        assert!(complaint.contains("did not make") && complaint.contains("hint: "), "{complaint}");
    }
}

#[test]
fn an_output_is_never_written_over_what_is_not_ours_unless_told() {
    let world = with_recipe(World::new(8, 3));
    let photo = world.new_photo(1, 9);
    fs::copy(world.path(&photo), world.path("victim.jpg")).unwrap();
    fs::write(world.path("victim.csv"), "path,sex\n1.jpg,f\n").unwrap();
    let commands: [&[&str]; 6] = [
        &["identify", "zebras", &photo, "--html"],
        &["evaluate", "study/metadata.csv", "--bundle", "projection", "--html"],
        &["export-table", "zebras"],
        &["submit", "study/metadata.csv", "asked", "--bundle", "projection", "--output"],
        &["train", "study/metadata.csv", "--recipe", "quick.toml", "--preview"],
        &["train", "zebras", "--recipe", "quick.toml", "--preview"],
    ];
    for command in commands {
        for victim in ["victim.jpg", "victim.csv"] {
            let before = fs::read(world.path(victim)).unwrap();
            let (code, complaint) = world.complaint(&[command, &[victim]].concat());
            assert_eq!(code, 1, "{command:?}: {complaint}");
            assert!(complaint.contains(victim) && complaint.contains("hint: `--force`"), "{complaint}");
            assert!(fs::read(world.path(victim)).unwrap() == before, "{command:?}: {victim}");
        }
        let forced = world.run(&[command, &["victim.csv", "--force"]].concat());
        assert_eq!(forced.status.code(), Some(0), "{command:?}: {}", String::from_utf8_lossy(&forced.stderr));
        assert!(fs::read(world.path("victim.csv")).unwrap().len() > 20, "{command:?}");
        fs::write(world.path("victim.csv"), "path,sex\n1.jpg,f\n").unwrap();
    }
    assert!(!world.path("runs").exists());
    let left = fs::read_dir(world.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().contains("unfinished")));
}

#[test]
fn what_a_command_reads_is_not_written_over_whoever_insists() {
    let world = with_recipe(World::new(8, 3));
    let photo = world.new_photo(1, 9);
    let is_photo = |path: &&PathBuf| path.extension().is_some_and(|end| end == "jpg");
    let study = contents(&world.path("study"));
    let known = study.keys().find(is_photo).unwrap().to_str().unwrap();
    let table = "study/metadata.csv";
    let commands: [&[&str]; 10] = [
        &["identify", "zebras", &photo, "--html", &photo],
        &["identify", "zebras", &photo, "--html", "zebras/catalog.sqlite"],
        &["identify", "zebras", &photo, "--html", "zebras/catalog.sqlite-journal"],
        &["evaluate", table, "--bundle", "projection", "--html", table],
        &["evaluate", table, "--bundle", "projection", "--html", known],
        &["export-table", "zebras", "zebras/catalog.sqlite"],
        &["submit", table, "asked", "--bundle", "projection", "--output", &photo],
        &["submit", table, "asked", "--bundle", "projection", "--output", known],
        &["train", table, "--recipe", "quick.toml", "--preview", table],
        &["train", table, "--recipe", "quick.toml", "--preview", known],
    ];
    let before = [contents(&world.path("study")), contents(&world.path("asked"))];
    let catalog = fs::read(world.path("zebras/catalog.sqlite")).unwrap();
    for command in commands {
        let (code, complaint) = world.complaint(&[command, &["--force"]].concat());
        assert_eq!(code, 1, "{command:?}: {complaint}");
        assert!(complaint.contains("nothing was written"), "{command:?}: {complaint}");
        assert!([contents(&world.path("study")), contents(&world.path("asked"))] == before, "{command:?}");
    }
    assert!(fs::read(world.path("zebras/catalog.sqlite")).unwrap() == catalog);
    assert!(!world.path("zebras/catalog.sqlite-journal").exists());
}

#[test]
fn a_page_of_ours_is_written_anew_unasked() {
    let world = with_recipe(World::new(8, 3));
    let photo = world.new_photo(1, 9);
    let run = ["--run", "runs/other"];
    assert!(
        [0, 3].contains(&world.code(&TRAIN)) && [0, 3].contains(&world.code(&[&TRAIN[..], &run].concat()))
    );
    let commands: [&[&str]; 3] = [
        &["identify", "zebras", &photo, "--html", "page.html"],
        &["evaluate", "study/metadata.csv", "--bundle", "projection", "--html", "page.html"],
        &["train", "--compare", "runs/quick", "runs/other", "--html", "page.html"],
    ];
    for command in commands {
        for _ in 0..2 {
            let (code, complaint) = world.complaint(command);
            assert_eq!(code, 0, "{command:?}: {complaint}");
        }
        let page = fs::read_to_string(world.path("page.html")).unwrap();
        assert!(page.contains("name=\"generator\" content=\"resight\""), "{command:?}");
    }
    let report = fs::read(world.path("runs/quick/report.html")).unwrap();
    let inside = ["train", "--compare", "runs/quick", "--force", "--html", "runs/quick/report.html"];
    assert_eq!(world.complaint(&inside).0, 1, "a run keeps its own page");
    assert!(fs::read(world.path("runs/quick/report.html")).unwrap() == report);
}

#[cfg(unix)]
#[test]
fn links_in_a_run_that_came_by_mail_are_not_followed() {
    use std::os::unix::fs::symlink;
    let world = with_recipe(World::without_catalog(12, 4));
    assert!([0, 3].contains(&world.code(&TRAIN)));
    let (run, victim) = (world.path("runs/quick"), world.path("victim.txt"));
    fs::write(&victim, "precious").unwrap();
    fs::create_dir(world.path("victims")).unwrap();
    fs::write(world.path("victims/one"), "precious").unwrap();
    for name in ["lock", "log.jsonl", "latest.safetensors", "request.json", "bundle"] {
        let kept = world.path("kept");
        fs::rename(run.join(name), &kept).unwrap();
        symlink(if name == "bundle" { world.path("victims") } else { victim.clone() }, run.join(name))
            .unwrap();
        let (code, complaint) = world.complaint(&["train", "--resume", "runs/quick"]);
        assert_eq!(code, 1, "{name}: {complaint}");
        assert!(complaint.contains("a link"), "{name}: {complaint}");
        fs::remove_file(run.join(name)).unwrap();
        fs::rename(&kept, run.join(name)).unwrap();
    }
    for name in ["log.part", "report.part", "result.part", "division.part"] {
        symlink(&victim, run.join(name)).unwrap();
    }
    for name in ["report.html", "result.json"] {
        fs::remove_file(run.join(name)).unwrap();
        symlink(&victim, run.join(name)).unwrap();
    }
    assert!([0, 3].contains(&world.code(&["train", "--resume", "runs/quick", "--quiet"])));
    assert_eq!(fs::read(&victim).unwrap(), b"precious");
    assert_eq!(fs::read(world.path("victims/one")).unwrap(), b"precious");
    assert!(run.join("report.part").is_symlink(), "nobody but the user makes such names");
}

#[test]
fn a_damaged_checkpoint_is_told_and_not_used() {
    let world = with_recipe(World::without_catalog(12, 4));
    assert!([0, 3].contains(&world.code(&TRAIN)));
    for name in ["latest.safetensors", "best.safetensors"] {
        let path = world.path("runs/quick").join(name);
        let whole = fs::read(&path).unwrap();
        let mut damaged = whole.clone();
        let place = damaged.len() - 6;
        damaged[place] ^= 0x20;
        fs::write(&path, damaged).unwrap();
        let (code, complaint) = world.complaint(&["train", "--resume", "runs/quick"]);
        assert_eq!(code, 1, "{name}: {complaint}");
        assert!(complaint.contains("damaged") && complaint.contains(name), "{complaint}");
        fs::write(&path, whole).unwrap();
    }
    assert!([0, 3].contains(&world.code(&["train", "--resume", "runs/quick", "--quiet"])));
}

#[test]
fn damaged_embeddings_of_an_evaluation_are_told_and_made_again() {
    let world = World::without_catalog(8, 3);
    let evaluate = ["evaluate", "study/metadata.csv", "--bundle", "projection"];
    let first = world.text(&evaluate);
    let folder = world.path("home/cache/embeddings");
    let kept = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let kept = kept.into_iter().find(|path| path.extension().is_some_and(|end| end == "emb")).unwrap();
    let mut bytes = fs::read(&kept).unwrap();
    bytes[100] ^= 1;
    fs::write(&kept, bytes).unwrap();
    let again = world.run(&evaluate);
    let said = String::from_utf8(again.stderr).unwrap();
    assert!(said.contains("damaged") && said.contains(".emb"), "{said}");
    assert_eq!(String::from_utf8(again.stdout).unwrap(), first);
    let once_more = String::from_utf8(world.run(&evaluate).stderr).unwrap();
    assert!(!once_more.contains("damaged"), "{once_more}");
}

#[test]
fn cached_features_go_into_no_folder_of_the_users() {
    let world = with_recipe(World::without_catalog(12, 4));
    fs::create_dir_all(world.path("home/cache/features")).unwrap();
    fs::write(world.path("home/cache/features/diary.features"), "years of work").unwrap();
    let (code, complaint) = world.complaint(&TRAIN);
    assert_eq!(code, 1, "{complaint}");
    assert!(complaint.contains("home/cache/features"), "{complaint}");
    assert_eq!(fs::read_dir(world.path("home/cache/features")).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_disk_that_is_full_in_the_middle_of_training_is_told_and_the_run_goes_on_afterwards() {
    let world = with_recipe(World::without_catalog(12, 4));
    let program = assert_cmd::cargo::cargo_bin!("resight");
    let mut failed = 0;
    // A limit on the size of files, in blocks of 512 bytes, stands in for a full disk.
    for blocks in [4, 24, 80, 300] {
        let run = format!("runs/{blocks}");
        let train = [&TRAIN[..], &["--run", &run]].concat();
        let limit = format!("ulimit -f {blocks}; trap '' XFSZ; exec \"$0\" \"$@\"");
        let limited = std::process::Command::new("sh")
            .args(["-c", &limit])
            .arg(program)
            .args(&train)
            .current_dir(world.folder.path())
            .env("RESIGHT_HOME", world.path("home"))
            .env("RESIGHT_RUNTIME", "rten")
            .output()
            .unwrap();
        let said = String::from_utf8(limited.stderr).unwrap();
        if limited.status.code() == Some(1) {
            failed += 1;
            assert!(said.contains("error: ") && said.contains("File too large"), "{blocks}: {said}");
            let resume = ["train", "--resume", &run, "--quiet"];
            let begun = world.path(&run).join("request.json").is_file();
            let (code, complaint) = world.complaint(if begun { &resume } else { &train });
            assert!([0, 3].contains(&code), "{blocks}: {complaint}");
        } else {
            assert!(matches!(limited.status.code(), Some(0 | 3)), "{blocks}: {said}");
        }
        for folder in [run.as_str(), "home/cache/features"] {
            let names = fs::read_dir(world.path(folder)).unwrap().map(|entry| entry.unwrap().file_name());
            let mut names = names.map(|name| name.into_string().unwrap());
            assert!(!names.any(|name| name.ends_with("unfinished") || name.ends_with(".new")), "{folder}");
        }
        fs::remove_dir_all(world.path("home/cache")).unwrap();
    }
    assert!(failed >= 2, "only {failed} of the limits were too small");
}
