//! What is killed at any moment, or finds no room, loses nothing, and goes on where it was.

use std::process::Stdio;
use std::time::Duration;

use crate::workplace::{Workplace, text};

/// How often it is killed.
const KILLS: u64 = 50;

#[test]
fn fifty_kills_at_random_moments_lose_nothing_and_the_ingest_comes_to_its_end() {
    let workplace = Workplace::new();
    workplace.init();
    workplace.photos("many", 25, 16);
    let ingest = ["ingest", "catalog", "many", "--kind", "folder-per-individual", "--no-calibrate"];
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    let mut stored = 0;
    for _ in 0..KILLS {
        let mut child =
            workplace.resight(&ingest).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_millis((dice >> 33) % 260));
        // It may have come to its end: then the next one finds everything there, and is killed in turn.
        let _ended_already = child.kill();
        child.wait().unwrap();
        let now = photos_in_catalog(&workplace);
        assert!(now >= stored, "{now} photos where there were {stored}");
        stored = now;
    }
    let verified = workplace.run(&["verify", "catalog"]);
    assert!(verified.status.success(), "{}{}", text(&verified.stdout), text(&verified.stderr));
    let report = &workplace.json(&ingest)[0];
    let there = report["stored"].as_u64().unwrap() + report["already_there"].as_u64().unwrap();
    assert_eq!((report["already_there"].as_u64().unwrap(), there), (stored, 400));
    assert_eq!(photos_in_catalog(&workplace), 400);
}

/// A catalog whose local features are still to be read.
fn without_marks() -> Workplace {
    let workplace = Workplace::new();
    let output = workplace.run(&[
        "init",
        "catalog",
        "--bundle",
        resight_testkit::bundles::TINY,
        "--no-local-features",
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    workplace.photos("some", 6, 4);
    let ingest = ["ingest", "catalog", "some", "--kind", "folder-per-individual", "--no-calibrate"];
    assert!(workplace.run(&ingest).status.success());
    workplace
}

const READ_MARKS: [&str; 4] = ["reembed", "catalog", "--local-features", "yes"];

/// Photos without local features, by bundle.
fn missing_marks(workplace: &Workplace) -> Vec<u64> {
    let status = &workplace.json(&["status", "catalog"])[0];
    let of = |bundle: &serde_json::Value| bundle["missing"].as_u64().unwrap();
    status["bundles"].as_array().unwrap().iter().map(of).collect()
}

/// All features are read in the end, and the catalog is sound.
fn comes_to_its_end(workplace: &Workplace) {
    let output = workplace.run(&READ_MARKS);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(missing_marks(workplace), [0, 0, 0]);
    let verified = workplace.run(&["verify", "catalog"]);
    assert!(verified.status.success(), "{}{}", text(&verified.stdout), text(&verified.stderr));
}

#[test]
fn reading_local_features_is_killed_and_goes_on() {
    let workplace = without_marks();
    let mut fewest = u64::MAX;
    for round in 0..8 {
        let mut child =
            workplace.resight(&READ_MARKS).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(150 + 170 * round));
        let _ended_already = child.kill();
        child.wait().unwrap();
        let missing: u64 = missing_marks(&workplace).iter().sum();
        // The bundles come into use at the first run that gets so far.
        let in_use = missing > 0 || fewest < u64::MAX;
        assert!(!in_use || missing <= fewest, "{missing} are missing where {fewest} were");
        fewest = if in_use { missing } else { fewest };
    }
    comes_to_its_end(&workplace);
}

#[cfg(unix)]
#[test]
fn where_there_is_no_room_for_local_features_nothing_is_lost() {
    let workplace = without_marks();
    // The bundles are in the model folder before: they need room of their own.
    let other = workplace.run(&["init", "other", "--bundle", resight_testkit::bundles::TINY]);
    assert!(other.status.success(), "{}", text(&other.stderr));
    let program = workplace.resight(&READ_MARKS);
    let mut limited = std::process::Command::new("sh");
    // 350 kB: the database, and no segment of the features of 24 photos at 27 kB each.
    limited.arg("-c").arg("ulimit -f 700; trap '' XFSZ; exec \"$0\" \"$@\"").arg(program.get_program());
    limited.args(program.get_args()).current_dir(program.get_current_dir().unwrap());
    limited.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = limited.output().unwrap();
    let complaint = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert!(complaint.contains("space") && complaint.contains("catalog"), "{complaint}");
    let asked = workplace.json(&["identify", "catalog", "some/animal-00/1.jpg", "--effort", "fast"]);
    assert!(asked[0]["candidates"].as_array().is_some_and(|found| !found.is_empty()), "{asked:?}");
    comes_to_its_end(&workplace);
}

fn photos_in_catalog(workplace: &Workplace) -> u64 {
    workplace.json(&["status", "catalog"])[0]["photos"].as_u64().unwrap()
}
