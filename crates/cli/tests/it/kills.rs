//! An ingest that is killed at any moment loses nothing, and goes on where it was.

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

fn photos_in_catalog(workplace: &Workplace) -> u64 {
    workplace.json(&["status", "catalog"])[0]["photos"].as_u64().unwrap()
}
