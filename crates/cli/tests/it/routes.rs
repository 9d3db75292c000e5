//! Many networks in one catalog: which answers, and what becomes of animals whose labels change.

use std::fs;

use serde_json::Value;

use crate::study::{RECIPE, World};

/// Zebras seen from both sides, in a catalog, and a network that has learnt other animals than these.
fn world(individuals: u64) -> World {
    let world = World::new(individuals, 3);
    fs::write(world.path("quick.toml"), RECIPE).unwrap();
    resight_testkit::animals::write_study(&world.path("others"), individuals + 24, 3).unwrap();
    // The first are those of the catalog.
    let table = fs::read_to_string(world.path("others/metadata.csv")).unwrap();
    let (head, rows) = table.split_once('\n').unwrap();
    let others: Vec<&str> = rows.lines().skip(usize::try_from(individuals * 3).unwrap()).collect();
    fs::write(world.path("others/metadata.csv"), format!("{head}\n{}\n", others.join("\n"))).unwrap();
    let train = ["train", "others/metadata.csv", "--recipe", "quick.toml", "--run", "runs/left"];
    assert!([0, 3].contains(&world.code(&train)));
    let route = "bundle = \"projection\"\n\n[[slot]]\nspecies = \"Zebra\"\nviewpoint = \"left\"\nbundle = \"runs/left\"\n";
    fs::write(world.path("route.toml"), route).unwrap();
    world
}

fn ask(world: &World, more: &[&str]) -> Value {
    let asked = world.json(&[&["identify", "zebras", "--top", "3"], more].concat());
    assert_eq!(asked.len(), 1, "{asked:?}");
    asked[0].clone()
}

#[test]
fn an_animal_of_a_slot_is_told_by_the_slots_own_network_and_the_others_by_that_of_all() {
    let world = world(48);
    let before = ask(&world, &[&world.new_photo(0, 9), "--viewpoint", "left"]);
    assert!(before.get("slot").is_none(), "{before}");
    let checked = world.text(&["route", "check", "route.toml"]);
    assert!(checked.contains("for zebra/left"), "{checked}");
    let report = &world.json(&["route", "set", "zebras", "route.toml"])[0];
    assert_eq!(report["slots"][0]["embeddings"], 72, "{report}");
    assert_eq!(report["embedded"], 72);
    assert_eq!(report["calibration"]["of_slots"].as_array().unwrap().len(), 1);

    let left = ask(&world, &[&world.new_photo(0, 9), "--species", "zebra", "--viewpoint", "left"]);
    assert_eq!(left["slot"], "zebra/left", "{left}");
    assert!(left["bundle"].as_str().unwrap().starts_with("quick@"), "{left}");
    assert_eq!(left["candidate_set"]["photos"], 72, "the animals of the slot alone: {left}");
    let right = ask(&world, &[&world.new_photo(1, 9), "--species", "zebra", "--viewpoint", "right"]);
    assert!(right.get("slot").is_none() && right["bundle"].as_str().unwrap().starts_with("projection@"));
    // Who does not say what it is is asked by the network of all.
    let unknown = ask(&world, &[&world.new_photo(0, 9)]);
    assert!(unknown.get("slot").is_none(), "{unknown}");
    // Asked for the other side, it is asked among those: the slot has none of them.
    let other = ask(&world, &["study/photos/Ada_1.jpg", "--viewpoint", "right"]);
    assert!(other.get("slot").is_none() && other["candidate_set"]["photos"] == 72, "{other}");
    // A photo of the catalog says itself what it is, and its embedding is there.
    let own = ask(&world, &["study/photos/Ada_1.jpg"]);
    assert_eq!(
        (&own["slot"], &own["candidates"][0]["individual"]),
        (&"zebra/left".into(), &"Ada".into()),
        "{own}"
    );
    // Both sides in one question: no slot is of all of it.
    let both = [&world.new_photo(0, 9)[..], &world.new_photo(1, 9)].map(str::to_owned);
    let table = format!(
        "image_id,path,species,viewpoint,encounter\na,{},zebra,left,e\nb,{},zebra,right,e\n",
        both[0], both[1]
    );
    fs::write(world.path("asked.csv"), table).unwrap();
    let together = ask(&world, &["asked.csv", "--encounter"]);
    assert!(together.get("slot").is_none(), "{together}");
    let words = world.text(&["route", "explain", "zebras", "study/photos/Ada_1.jpg"]);
    assert!(
        words.contains("that of the slot zebra/left: quick@") && words.contains("first     Ada"),
        "{words}"
    );
    assert_eq!(world.code(&["verify", "zebras"]), 0);
}

#[test]
fn a_type_of_species_has_a_slot_and_a_model_that_is_not_sure_asks_the_likeliest_slots() {
    let world = world(24);
    let labels = [("zebra", "left"), ("zebra", "right")];
    let mut table = "path,identity,species,viewpoint\n".to_owned();
    for row in fs::read_to_string(world.path("study/metadata.csv")).unwrap().lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let side = labels.iter().find(|(_, side)| cells.contains(side)).unwrap().1;
        table += &format!("study/{},{},zebra,{side}\n", cells[1], cells[2]);
    }
    fs::write(world.path("sides.csv"), table).unwrap();
    let learn = ["train", "sides.csv", "--task", "viewpoint", "--run", "runs/side", "--bundle", "projection"];
    assert_eq!(world.code(&learn), 0, "{}", world.complaint(&learn).1);
    let manifest = world.path("runs/side/bundle/bundle.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    // It is never sure, and says nothing.
    let unsure: Vec<String> = text
        .lines()
        .map(|line| match line.split_once(" = ") {
            Some(("temperature", _)) => "temperature = 1000.0".to_owned(),
            Some(("least_confidence", _)) => "least_confidence = 0.9".to_owned(),
            _ => line.to_owned(),
        })
        .collect();
    fs::write(&manifest, unsure.join("\n")).unwrap();
    let route = "bundle = \"projection\"\n[types]\nEquids = [\"Zebra\", \"wild ass\"]\n\
        [[slot]]\nspecies = \"equids\"\nviewpoint = \"left\"\nbundle = \"runs/left\"\n\
        policy = { price_ask = 0.001 }\n";
    fs::write(world.path("types.toml"), route).unwrap();
    let checked = world.text(&["route", "check", "types.toml"]);
    assert!(checked.contains("equids: wild_ass, zebra"), "{checked}");
    let report = &world.json(&["route", "set", "zebras", "types.toml"])[0];
    assert_eq!((&report["embedded"], &report["slots"][0]["species"]), (&36.into(), &"equids".into()));

    // An animal of a species is one of its type, and the prices of the slot are its own.
    let photo = world.new_photo(0, 9);
    let left = ask(&world, &[&photo, "--species", "zebra", "--viewpoint", "left"]);
    assert_eq!((&left["slot"], &left["calibration"]), (&"equids/left".into(), &"any/left".into()), "{left}");
    assert_eq!(left["decision"], "ask", "{left}");
    let of_type = ask(&world, &[&photo, "--species", "equids", "--viewpoint", "left"]);
    assert_eq!(of_type["slot"], "equids/left", "{of_type}");
    assert_eq!(of_type["candidate_set"]["photos"], 36);

    // Nobody knows the side: the slot and the network of all are asked.
    assert_eq!(world.code(&["classify", "zebras", "--with", "runs/side"]), 0);
    let unsure = ask(&world, &[&photo, "--species", "zebra"]);
    let asked = unsure["asked_slots"].as_array().unwrap();
    assert_eq!(asked.len(), 2, "{unsure}");
    assert!(asked.iter().any(|one| one["slot"] == "equids/left"), "{unsure}");
    let sum = |values: &[&Value]| values.iter().map(|value| value.as_f64().unwrap()).sum::<f64>();
    let weights: Vec<&Value> = asked.iter().map(|one| &one["probability"]).collect();
    assert!((sum(&weights) - 1.0).abs() < 1e-9, "{unsure}");
    let listed = unsure["candidates"].as_array().unwrap().iter().map(|one| &one["probability"]);
    let all = [&unsure["new_probability"], &unsure["others_probability"]];
    let parts: Vec<&Value> = listed.chain(all).collect();
    assert!((sum(&parts) - 1.0).abs() < 1e-6, "{unsure}");
    let words = world.text(&["route", "explain", "zebras", &photo]);
    assert!(!words.contains("not sure"), "without a species it is of no slot: {words}");
    assert_eq!(world.code(&["verify", "zebras"]), 0);
}

#[test]
fn what_is_said_anew_makes_an_animal_one_of_another_slot() {
    let world = world(16);
    assert_eq!(world.code(&["route", "set", "zebras", "route.toml"]), 0);
    let embedded = || {
        let slots = world.json(&["route", "show", "zebras"]);
        (slots[0]["embeddings"].as_u64().unwrap(), slots[0]["missing"].as_u64().unwrap())
    };
    assert_eq!(embedded(), (24, 0));
    // New photos of the slot are embedded when they are taken in, those of the other side are not.
    for (who, side) in [(0, "left"), (1, "right")] {
        let photo = world.new_photo(who, 7);
        assert_eq!(world.code(&["ingest", "zebras", &photo, "--species", "zebra", "--viewpoint", side]), 0);
    }
    assert_eq!(embedded(), (25, 0));
    let photo = world.new_photo(1, 7);
    assert_eq!(world.code(&["label", "zebras", &photo, "--viewpoint", "left"]), 0);
    assert_eq!(embedded(), (26, 0));
    // One that is stored when it is asked about is one of the slot's at once.
    let added = world.new_photo(2, 8);
    let add = ["identify", "zebras", &added, "--species", "zebra", "--viewpoint", "left", "--add"];
    assert_eq!(world.code(&add), 0);
    let (animals, missing) = embedded();
    assert_eq!(animals + missing, 27);
    assert_eq!(world.code(&["ingest", "zebras", &added]), 0);
    assert_eq!(embedded(), (27, 0));
    // Its bundle is in use: it does not go with those that rest.
    let dropped = &world.json(&["reembed", "zebras", "--drop-others"])[0];
    assert_eq!(dropped["dropped"].as_array().unwrap().len(), 0, "{dropped}");
    assert_eq!(embedded(), (27, 0));
    assert_eq!(world.code(&["route", "set", "zebras", "none"]), 0);
    assert_eq!(world.json(&["route", "show", "zebras"]).len(), 0);
    let own = ask(&world, &["study/photos/Ada_1.jpg"]);
    assert!(own.get("slot").is_none(), "{own}");
    assert_eq!(world.code(&["verify", "zebras"]), 0);
}

#[test]
fn a_slot_whose_network_is_gone_gives_way_and_says_so() {
    let world = world(16);
    assert_eq!(world.code(&["route", "set", "zebras", "route.toml"]), 0);
    let models = world.path("home/models");
    for bundle in fs::read_dir(&models).unwrap() {
        let path = bundle.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with("quick") {
            fs::remove_dir_all(path).unwrap();
        }
    }
    let own = ask(&world, &["study/photos/Ada_1.jpg"]);
    assert!(own.get("slot").is_none() && own["candidates"][0]["individual"] == "Ada", "{own}");
    let shown = &world.json(&["route", "show", "zebras"])[0];
    assert!(shown["problem"].as_str().unwrap().contains("quick"), "{shown}");
}

#[test]
fn a_route_that_makes_no_sense_changes_nothing() {
    let world = World::new(4, 2);
    for (route, said) in [
        ("bundle = \"projection\"\n[[slot]]\nbundle = \"runs/left\"\n", "names a species"),
        ("bundle = \"projection\"\n[[slot]]\nspecies = \"zebra\"\nbundle = \"nowhere\"\n", "nowhere"),
        ("bundle = \"projection\"\n[[slots]]\n", "unknown field"),
        ("no toml", "no route"),
    ] {
        fs::write(world.path("bad.toml"), route).unwrap();
        for command in [&["route", "check", "bad.toml"][..], &["route", "set", "zebras", "bad.toml"]] {
            let (code, complaint) = world.complaint(command);
            assert!(code == 1 && complaint.contains(said), "{command:?}: {complaint}");
        }
    }
    assert_eq!(world.json(&["route", "show", "zebras"]).len(), 0);
}
