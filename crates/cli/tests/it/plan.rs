//! `plan`: many trainings as independent jobs, and what each network is worth.

use std::fs;

use std::process::Stdio;
use std::time::Duration;

use resight_testkit::bundles::PROJECTION;
use serde_json::Value;

use crate::study::{RECIPE, World};

const MAKE: [&str; 10] = [
    "plan",
    "study/metadata.csv",
    "--bundle",
    PROJECTION,
    "--recipe",
    "quick.toml",
    "--head-recipe",
    "quick.toml",
    "--effort",
    "fast",
];

/// Sixteen animals seen from the left, sixteen from the right, and a plan for them: a network of its own for the left, a last
/// layer for the right.
fn world() -> World {
    let world = World::without_catalog(32, 3);
    fs::write(world.path("quick.toml"), RECIPE).unwrap();
    plan(&world, "plan");
    world
}

fn plan(world: &World, folder: &str) {
    assert_eq!(world.code(&[&MAKE[..], &["--folder", folder]].concat()), 0);
    let file = world.path(folder).join("plan.toml");
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text.matches("\nnetwork = \"shared\"").count(), 2, "{text}");
    let text = text.replacen("\nnetwork = \"shared\"", "\nnetwork = \"own\"", 1);
    fs::write(&file, text.replacen("\nnetwork = \"shared\"", "\nnetwork = \"head\"", 1)).unwrap();
}

/// What each job is said to do.
fn standing(world: &World, folder: &str) -> Vec<(String, String)> {
    let word = |value: &Value| value.as_str().unwrap_or("open").to_owned();
    let jobs = world.json(&["plan", "jobs", folder]);
    jobs.iter().map(|job| (word(&job["name"]), word(&job["state"]))).collect()
}

fn model(world: &World, folder: &str, job: &str) -> Vec<u8> {
    fs::read(world.path(folder).join("jobs").join(job).join("bundle/model.onnx")).unwrap()
}

#[test]
fn a_plan_is_carried_out_and_says_what_each_network_is_worth() {
    let world = world();
    let (code, complaint) = world.complaint(&MAKE);
    assert!(code == 1 && complaint.contains("resight plan run plan"), "{complaint}");
    let waits = world.run(&["plan", "run", "plan", "--job", "zebra-left-measured"]);
    let said = String::from_utf8(waits.stdout).unwrap();
    assert_eq!((waits.status.code(), said.as_str()), (Some(3), "zebra-left-measured: waits: one-for-all\n"));
    let (code, complaint) = world.complaint(&["plan", "run", "plan", "--job", "zebra-front-own"]);
    assert!(code == 1 && complaint.contains("resight plan jobs"), "{complaint}");

    let done = world.json(&["plan", "run", "plan"]);
    let (report, lines) = done.split_last().unwrap();
    let names: Vec<&str> = lines.iter().map(|line| line["job"].as_str().unwrap()).collect();
    let jobs =
        ["one-for-all", "zebra-left-own", "zebra-right-head", "zebra-left-measured", "zebra-right-measured"];
    assert_eq!(names, jobs);
    assert!(lines.iter().all(|line| line["state"] == "done"), "{lines:?}");

    // Both are asked about the same animals, which nobody learnt.
    let table = fs::read_to_string(world.path("plan/table.csv")).unwrap();
    let asked = table.lines().filter(|line| line.ends_with(",test")).count();
    let together = report["together"].as_array().unwrap();
    assert!(asked > 30 && together.iter().all(|one| one["questions"] == asked), "{asked} {together:?}");
    let left = &report["slots"][0];
    assert_eq!(left["slot"], "zebra-left");
    let pairs: Vec<(&str, &str)> = left["compared"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["before"].as_str().unwrap(), one["after"].as_str().unwrap()))
        .collect();
    assert_eq!(pairs, [("base", "for-all"), ("for-all", "own"), ("base", "own")]);
    let page = fs::read_to_string(world.path("plan/report.html")).unwrap();
    assert!(page.contains("zebra-right") && page.contains("<svg"), "{page}");
    let route = fs::read_to_string(world.path("plan/route.toml")).unwrap();
    assert!(route.contains("bundle = "), "{route}");

    // What is done is not done again.
    let before = model(&world, "plan", "zebra-left-own");
    assert_eq!(world.json(&["plan", "run", "plan"]).len(), 1, "the report alone");
    assert_eq!(before, model(&world, "plan", "zebra-left-own"));

    // Another plan makes other jobs: what rests on what has changed is done anew, and nothing else.
    let file = world.path("plan/plan.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replacen("\nnetwork = \"head\"", "\nnetwork = \"own\"", 1)).unwrap();
    assert_eq!(world.code(&["plan", "report", "plan"]), 3, "one slot is not measured as it is planned now");
    let again = world.json(&["plan", "run", "plan"]);
    let names: Vec<&str> = again.iter().filter_map(|line| line["job"].as_str()).collect();
    assert_eq!(names, ["zebra-right-own", "zebra-right-measured"]);
}

#[test]
fn shares_that_are_killed_come_to_the_same_networks_bit_for_bit() {
    let world = world();
    plan(&world, "shares");
    assert_eq!(world.code(&["plan", "run", "plan"]), 0);
    // A share that dies at any moment goes on in another process.
    for pause in [150, 400, 700] {
        let program = assert_cmd::cargo::cargo_bin!("resight");
        let mut child = std::process::Command::new(program)
            .current_dir(world.folder.path())
            .env("RESIGHT_HOME", world.path("home"))
            .env("RESIGHT_RUNTIME", "rten")
            .args(["plan", "run", "shares", "--shard", "1/2"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(pause));
        let _ended_already = child.kill();
        child.wait().unwrap();
    }
    for share in ["2/2", "1/2", "2/2"] {
        let code = world.code(&["plan", "run", "shares", "--shard", share]);
        assert!([0, 3].contains(&code), "{share}: {code}");
    }
    let left: Vec<(String, String)> =
        standing(&world, "shares").into_iter().filter(|(_, state)| state != "done").collect();
    assert_eq!(left, [], "two rounds of both shares do all waves but those that waited");
    for job in ["one-for-all", "zebra-left-own", "zebra-right-head"] {
        assert!(model(&world, "plan", job) == model(&world, "shares", job), "{job}");
    }
}

#[test]
fn a_job_that_fails_is_told_and_keeps_the_others_from_nothing() {
    let world = world();
    let file = world.path("plan/plan.toml");
    let text = fs::read_to_string(&file).unwrap();
    // The recipe's file went away after the plan was made.
    let recipe = world.path("quick.toml");
    let line = format!("head_recipe = \"{}\"", recipe.display());
    assert!(text.contains(&line), "{text}");
    fs::write(&file, text.replace(&line, "head_recipe = \"gone.toml\"")).unwrap();
    assert_eq!(world.code(&["plan", "run", "plan"]), 3);
    let states = standing(&world, "plan");
    let of = |job: &str| states.iter().find(|(name, _)| name == job).unwrap().1.clone();
    assert_eq!((of("zebra-right-head"), of("zebra-right-measured")), ("failed".into(), "open".into()));
    assert_eq!((of("one-for-all"), of("zebra-left-measured")), ("done".into(), "done".into()));
    assert_eq!(world.code(&["plan", "run", "plan", "--job", "zebra-right-head"]), 1);
    let (code, said) = world.complaint(&["plan", "report", "plan"]);
    assert!(code == 3 && said.contains("not measured yet: zebra-right"), "{said}");
    let failed = &world.json(&["plan", "jobs", "plan"])[2];
    assert!(failed["error"].as_str().unwrap().contains("gone.toml"), "{failed}");
}

#[test]
fn scripts_name_the_program_the_plan_and_every_job() {
    let world = world();
    let shell = world.text(&["plan", "jobs", "plan", "--script", "shell"]);
    fs::write(world.path("jobs.sh"), &shell).unwrap();
    let mut command = std::process::Command::new("sh");
    command.arg("jobs.sh").current_dir(world.folder.path());
    command.env("RESIGHT_HOME", world.path("home")).env("RESIGHT_RUNTIME", "rten");
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(standing(&world, "plan").iter().all(|(_, state)| state == "done"));
    let slurm = world.text(&["plan", "jobs", "plan", "--script", "slurm"]);
    assert!(
        slurm.contains("--signal=B:TERM")
            && slurm.contains("--array=1-2")
            && slurm.contains("2) exec")
            && slurm.contains("--job one-for-all"),
        "{slurm}"
    );
    let ray = world.text(&["plan", "jobs", "plan", "--script", "ray"]);
    let place = std::path::absolute(world.path("plan")).unwrap();
    assert!(ray.contains("one-for-all") && ray.contains(&place.display().to_string()), "{ray}");
}
