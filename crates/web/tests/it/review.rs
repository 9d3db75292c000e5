//! A day's work at the screen, request by request.

use serde_json::{Value, json};

use crate::served::{Answered, Served};

/// The first annotation of whom nobody has named, of a study of so many individuals at three meetings each.
fn unnamed(served: &Served) -> String {
    served.queue()["items"][0]["case"].as_str().unwrap().to_owned()
}

fn verdict(served: &Served, case: &str, etag: &str, said: Value) -> Answered {
    served.send_json("POST", &format!("/api/v1/cases/{case}/verdict"), &[("If-Match", etag)], said)
}

fn etag(served: &Served, case: &str) -> String {
    served.get(&format!("/api/v1/cases/{case}")).header("etag").unwrap().to_owned()
}

#[test]
fn a_case_is_shown_decided_taken_back_and_brought_again() {
    let served = Served::with_season(3, &[0, 1, 5]);
    let queue = served.prepared_queue();
    assert_eq!((queue["total"].as_u64(), &queue["preparing"]), (Some(3), &Value::Null), "{queue}");
    let first = unnamed(&served);
    let shown = served.get(&format!("/api/v1/cases/{first}"));
    let case = shown.json();
    assert_eq!(shown.header("etag").unwrap(), format!("\"{}\"", case["etag"].as_str().unwrap()));
    let candidates = case["candidates"].as_array().unwrap();
    assert!(candidates.len() == 3 && case["query"].as_array().unwrap().len() == 1, "{case}");
    assert!(!case["query"][0]["file"].as_str().unwrap().contains('/'), "no folder of this machine is told");
    let who = candidates[0]["individual"].clone();

    let without = served.send_json(
        "POST",
        &format!("/api/v1/cases/{first}/verdict"),
        &[],
        json!({ "verdict": "same", "individual": who["id"] }),
    );
    assert_eq!(without.status, 428, "{without:?}");

    let tag = etag(&served, &first);
    let said = json!({ "verdict": "same", "individual": who["id"], "confidence": 4, "note": "the nick", "by": "Bo" });
    let done = verdict(&served, &first, &tag, said);
    assert_eq!(done.status, 200, "{done:?}");
    let done = done.json();
    assert_eq!((&done["individual"], &done["step"]["by"]), (&who, &json!("Bo")));
    assert!(done["next"].is_string() && done["next"] != first.as_str());
    assert_eq!(served.queue()["total"], 2);
    assert_eq!(served.queue()["decided"], 1);

    let step = done["step"]["step"].as_str().unwrap();
    let undo = |step: &str| served.send_json("POST", &format!("/api/v1/journal/{step}/undo"), &[], json!({}));
    let undone = undo(step);
    assert_eq!((undone.status, served.queue()["total"].as_u64()), (200, Some(3)), "{undone:?}");
    let again = undo(undone.json()["step"].as_str().unwrap());
    assert_eq!((again.status, served.queue()["total"].as_u64()), (200, Some(2)), "{again:?}");
    assert_eq!(undo("step-999").status, 404);
    let twice = undo(undone.json()["step"].as_str().unwrap());
    assert_eq!(twice.status, 409, "{twice:?}");
    let journal = served.get("/api/v1/journal?limit=2").json();
    assert_eq!((journal["items"].as_array().unwrap().len(), journal["total"].as_u64()), (2, Some(4)));
}

#[test]
fn two_who_decide_the_same_case_do_not_overwrite_each_other() {
    let served = Served::with_season(2, &[0, 5]);
    let case = unnamed(&served);
    let seen = etag(&served, &case);
    let who =
        served.get(&format!("/api/v1/cases/{case}")).json()["candidates"][0]["individual"]["id"].clone();
    let first =
        verdict(&served, &case, &seen, json!({ "verdict": "different", "individual": who, "by": "Ada" }));
    assert_eq!(first.status, 200, "{first:?}");
    let second = verdict(&served, &case, &seen, json!({ "verdict": "same", "individual": who, "by": "Bo" }));
    assert_eq!(second.status, 412, "{second:?}");
    let told = second.json();
    assert_eq!((&told["by"], &told["case"]["case"]), (&json!("Ada"), &json!(case)));
    // What the other said stands beside the candidate, which comes last from now on.
    let last = told["case"]["candidates"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["individual"]["id"], &last["verdicts"][0]["verdict"]), (&who, &json!("different")));
    assert_eq!(told["case"]["open"], true, "it is still to be decided");
    let now = format!("\"{}\"", told["case"]["etag"].as_str().unwrap());
    let third = verdict(&served, &case, &now, json!({ "verdict": "new", "name": "Zed", "by": "Bo" }));
    assert_eq!(third.json()["individual"]["name"], "Zed", "{third:?}");
}

#[test]
fn a_verdict_that_is_sent_again_is_recorded_once() {
    let served = Served::with_season(2, &[0, 5]);
    let case = unnamed(&served);
    let tag = etag(&served, &case);
    let send = || {
        served.send_json(
            "POST",
            &format!("/api/v1/cases/{case}/verdict"),
            &[("If-Match", &tag), ("Idempotency-Key", "7f3a")],
            json!({ "verdict": "new" }),
        )
    };
    let (first, second) = (send(), send());
    assert_eq!((first.status, second.status), (200, 200), "{second:?}");
    assert_eq!(first.json()["step"], second.json()["step"]);
    assert_eq!(served.get("/api/v1/individuals").json()["total"], 3);
}

#[test]
fn photos_that_are_no_good_leave_the_queue_and_come_back() {
    let served = Served::with_season(2, &[0, 5]);
    let case = unnamed(&served);
    let tag = etag(&served, &case);
    let done = verdict(&served, &case, &tag, json!({ "verdict": "bad-photo", "note": "spray" })).json();
    assert_eq!(served.queue()["total"], 1, "{done}");
    let step = done["step"]["step"].as_str().unwrap();
    served.send_json("POST", &format!("/api/v1/journal/{step}/undo"), &[], json!({}));
    assert_eq!(served.queue()["total"], 2);
}

#[test]
fn what_makes_no_sense_is_refused_in_words() {
    let served = Served::with_season(2, &[0]);
    let case = unnamed(&served);
    let tag = etag(&served, &case);
    for said in [
        json!({ "verdict": "same" }),
        json!({ "verdict": "same", "individual": "Ada" }),
        json!({ "verdict": "same", "individual": "ind-999" }),
        json!({ "verdict": "perhaps" }),
        json!({ "verdict": "new", "confidence": 9 }),
        json!({ "verdict": "new", "surprise": true }),
        json!([]),
    ] {
        let answered = verdict(&served, &case, &tag, said.clone());
        assert_eq!(answered.status, 422, "{said}: {answered:?}");
        assert!(answered.json()["detail"].is_string());
    }
    for path in
        ["/api/v1/cases/ann-999", "/api/v1/cases/../../etc", "/api/v1/individuals/ind-0", "/media/photos/x"]
    {
        assert_eq!(served.get(path).status, 404, "{path}");
    }
    assert_eq!(served.get("/api/v1/queue?cursor=nonsense").status, 422);
    assert_eq!(served.get("/api/v1/queue?order=sideways").status, 422);
    // A path is no name of a photo here, whatever lies there.
    let hostile = served.path("study/photos/Ada_0.jpg");
    let paths = json!({ "annotations": [hostile], "individual": "ind-1" });
    assert_eq!(served.send_json("POST", "/api/v1/assign", &[], paths).status, 422);
    assert_eq!(served.get("/api/v1/journal").json()["total"], 1, "nothing was done");
}

#[test]
fn a_merge_is_shown_before_it_is_done_and_taken_back() {
    let served = Served::with_season(2, &[0]);
    let merge = |preview| {
        let said = json!({ "into": "ind-1", "preview": preview });
        served.send_json("POST", "/api/v1/individuals/ind-2/merge", &[], said).json()
    };
    let shown = merge(true);
    assert_eq!((&shown["step"], shown["photos"].as_array().unwrap().len()), (&json!(""), 3));
    assert_eq!(served.get("/api/v1/individuals").json()["total"], 2, "nothing was done");
    let done = merge(false);
    assert_eq!(done["photos"], shown["photos"]);
    assert_eq!(served.get("/api/v1/individuals").json()["total"], 1);
    let step = done["step"].as_str().unwrap();
    served.send_json("POST", &format!("/api/v1/journal/{step}/undo"), &[], json!({}));
    assert_eq!(served.get("/api/v1/individuals").json()["total"], 2);
}

#[test]
fn labels_and_boxes_are_corrected_and_pictures_follow() {
    let served = Served::with_season(2, &[0]);
    let photo = served.get("/api/v1/photos?unidentified=true").json()["items"][0].clone();
    let animal = photo["annotations"][0]["annotation"].as_str().unwrap();
    let media = format!("/media/annotations/{animal}?size=64");
    let before = served.get(&media);
    assert_eq!((before.status, before.header("content-type")), (200, Some("image/jpeg")));
    let said = json!({ "viewpoint": "right", "region": { "x": 1, "y": 1, "width": 40, "height": 30 } });
    let step = served.send_json("PATCH", &format!("/api/v1/annotations/{animal}"), &[], said);
    assert_eq!(step.status, 200, "{step:?}");
    assert_ne!(served.get(&media).header("etag"), before.header("etag"), "another box, another picture");
    let tag = served.get(&media).header("etag").unwrap().to_owned();
    assert_eq!(served.ask_let_in(&format!("GET {media}"), &[("If-None-Match", &tag)], b"").status, 304);
    let full = format!("/media/photos/{}", photo["photo"].as_str().unwrap());
    let picture = served.get(&full);
    assert!(picture.header("cache-control").unwrap().contains("private"));
    let gone = served.ask_let_in(&format!("DELETE /api/v1/annotations/{animal}"), &[], b"");
    assert_eq!((gone.status, served.queue()["total"].as_u64()), (200, Some(0)), "{gone:?}");
}

#[test]
fn photos_are_dropped_taken_in_and_wait_in_the_queue() {
    let served = Served::with_season(2, &[]);
    let bytes = std::fs::read(&served.photos(0, &[7])[0]).unwrap();
    let table = b"path\n/etc/hostname\n".as_slice();
    let begun = served.upload(&[("../../trip 1/new.jpg", &bytes), ("photos.csv", table), ("p.csv", &bytes)]);
    assert_eq!(begun.status, 202, "{begun:?}");
    let job = served.ended_job(begun.json()["job"].as_str().unwrap());
    assert_eq!((&job["state"], &job["report"]["stored"]), (&json!("done"), &json!(1)), "{job}");
    assert_eq!(job["report"]["failures"][0]["about"], "photos.csv", "{job}");
    assert_eq!(served.queue()["total"], 1);
    let received = served.path("catalog/received");
    let names: Vec<String> = walk(&received);
    assert!(names.iter().any(|name| name.ends_with("trip 1/new.jpg")), "{names:?}");
    assert!(!names.iter().any(|name| name.ends_with(".to-do")), "{names:?}");
    let nothing = served.upload(&[("photos.csv", table)]);
    assert_eq!(nothing.status, 422, "{nothing:?}");
    let events = served.get(&format!("/api/v1/jobs/{}/events", begun.json()["job"].as_str().unwrap()));
    assert!(events.body.contains("event: job") && events.body.contains("\"state\":\"done\""), "{events:?}");
}

#[test]
fn photos_that_were_dropped_before_the_server_was_killed_are_taken_in_afterwards() {
    let mut served = Served::with_season(2, &[]);
    let photo = std::fs::read(&served.photos(0, &[7])[0]).unwrap();
    served.end().unwrap();
    // As a server leaves it that was killed between the upload and the job.
    let received = served.path("catalog/received/2026-11-30-120000");
    std::fs::create_dir_all(&received).unwrap();
    std::fs::write(received.join("a.jpg"), photo).unwrap();
    std::fs::write(served.path("catalog/received/2026-11-30-120000.to-do"), b"").unwrap();
    let served = served.again();
    let job = served.ended_job("job-1");
    assert_eq!((&job["state"], &job["report"]["stored"]), (&json!("done"), &json!(1)), "{job}");
    assert_eq!(served.queue()["total"], 1);
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(walk(&path)),
            path => found.push(path.display().to_string()),
        }
    }
    found
}

#[test]
fn an_animal_that_is_called_as_the_id_of_another_is_not_taken_for_it() {
    let served = Served::with_season(3, &[]);
    let named = served.send_json("POST", "/api/v1/individuals/ind-2/rename", &[], json!({ "name": "ind-1" }));
    assert_eq!(named.status, 200, "{named:?}");
    for id in ["ind-1", "ind-2", "ind-3"] {
        assert_eq!(served.get(&format!("/api/v1/individuals/{id}")).json()["id"], id);
    }
    let merged = served.send_json("POST", "/api/v1/individuals/ind-1/merge", &[], json!({ "into": "ind-3" }));
    assert_eq!(merged.json()["individuals"][0]["individual"]["id"], "ind-1", "{merged:?}");
    assert_eq!(served.get("/api/v1/individuals/ind-2").json()["annotations"], 3);
}

#[test]
fn whoever_leaves_cases_open_comes_to_all_of_them() {
    let served = Served::with_season(2, &[0, 1, 5, 6]);
    let queue = served.prepared_queue();
    let mut case = queue["items"][0]["case"].as_str().unwrap().to_owned();
    let mut seen = std::collections::BTreeSet::new();
    for round in 0..4 {
        seen.insert(case.clone());
        let (shown, tag) = (served.get(&format!("/api/v1/cases/{case}")).json(), etag(&served, &case));
        let who = &shown["candidates"][0]["individual"]["id"];
        // One key for all of them is one key a case.
        let path = format!("/api/v1/cases/{case}/verdict?order=taken");
        let headers = [("If-Match", tag.as_str()), ("Idempotency-Key", "season")];
        let said = json!({ "verdict": "cannot-tell", "individual": who });
        let done = served.send_json("POST", &path, &headers, said);
        assert_eq!(done.status, 200, "{round}: {done:?}");
        assert_eq!(done.json()["individual"], Value::Null);
        case = done.json()["next"].as_str().unwrap().to_owned();
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
    assert_eq!(served.get("/api/v1/journal").json()["total"], 1 + 4);
}
