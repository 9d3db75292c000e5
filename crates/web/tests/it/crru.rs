//! As the CRRU Photo-ID app asks (`src/backend/analysis.ts` of the app, its specification 0.0.1): `FormData` with a part `images` a photo,
//! the token as a bearer. Its answer is checked as the app checks it: `matches`, each with `rank`, `id`, `rating`, `details`.

use std::path::PathBuf;

use crate::served::{Answered, Served};

const BOUNDARY: &str = "----formdata-undici-081234567890";

/// A form as Node's `fetch` sends it.
fn form(parts: &[(&str, &str, Vec<u8>)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (field, file, bytes) in parts {
        body.extend(
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{file}\"\r\nContent-Type: image/jpeg\r\n\r\n"
            )
            .into_bytes(),
        );
        body.extend(bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    body
}

fn post(served: &Served, body: &[u8]) -> Answered {
    let bearer = format!("Bearer {}", served.token.reveal());
    let content = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Content-Type", content.as_str()),
        ("Accept", "*/*"),
        ("Sec-Fetch-Mode", "cors"),
        ("User-Agent", "node"),
    ];
    served.ask("POST /match", &headers, body)
}

fn images(photos: &[PathBuf]) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    photos.iter().map(|photo| ("images", "20220615_0034.jpg", std::fs::read(photo).unwrap())).collect()
}

#[test]
fn photos_of_one_animal_are_answered_together() {
    let served = Served::with(10);
    let answered = post(&served, &form(&images(&served.photos(4, &[7, 8]))));
    assert_eq!(answered.status, 200, "{answered:?}");
    assert!(answered.header("content-type").unwrap().starts_with("application/json"));
    let matches = answered.json()["matches"].as_array().unwrap().clone();
    assert_eq!(matches.len(), 10);
    for (place, one) in matches.iter().enumerate() {
        assert_eq!(one["rank"].as_u64(), Some(place as u64 + 1));
        let rating = one["rating"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&rating), "{one}");
        assert!(one["id"].is_string() && one["details"].as_str().is_some_and(|details| !details.is_empty()));
    }
    assert_eq!(matches[0]["id"], resight_testkit::animals::name(4), "{matches:?}");
    let details = matches[0]["details"].as_str().unwrap();
    assert!(details.contains(".jpg; new individual: "), "{details}");
    assert!(!answered.body.contains(served.path("").to_str().unwrap()), "no path of this machine");
    let sum: f64 = matches.iter().map(|one| one["rating"].as_f64().unwrap()).sum();
    assert!(sum <= 1.0 + 1e-6, "probabilities of individuals, {sum}");
}

#[test]
fn a_photo_that_is_none_does_not_spoil_the_others_and_alone_is_refused() {
    let served = Served::with(10);
    let mut parts = images(&served.photos(2, &[7]));
    parts.push(("images", "bad_file.txt", b"no photo".to_vec()));
    let answered = post(&served, &form(&parts));
    assert_eq!(answered.status, 200, "{answered:?}");
    let details = answered.json()["matches"][0]["details"].to_string();
    assert!(details.contains("1 of the photos could not be used"), "{details}");

    let alone = post(&served, &form(&[("images", "../../bad_file.txt", b"no photo".to_vec())]));
    assert_eq!(alone.status, 422, "{alone:?}");
    let detail = alone.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.starts_with("bad_file.txt: "), "{detail}");
}

#[test]
fn no_path_that_is_sent_is_opened() {
    let served = Served::with(10);
    let there = served.photos(4, &[7]).remove(0);
    let table = format!("path,encounter\n{},e1\n", there.display());
    for (file, bytes) in [("x.csv", table.clone()), ("x.tsv", table.replace(',', "\t")), ("x.jpg", table)] {
        let answered = post(&served, &form(&[("images", file, bytes.into_bytes())]));
        assert_eq!(answered.status, 422, "{answered:?}");
        let detail = answered.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("not a picture") && detail.starts_with(file), "{detail}");
    }
    let path = there.to_str().unwrap();
    let answered = post(&served, &form(&[("images", path, b"no photo".to_vec())]));
    assert_eq!(answered.status, 422, "it is named after a photo that is there: {answered:?}");
}

#[test]
fn what_is_missing_on_the_machine_is_told_there_and_not_to_who_asks() {
    let served = Served::with(10);
    std::fs::rename(served.path("catalog"), served.path("elsewhere")).unwrap();
    let health = served.ask("GET /health", &[], b"");
    let answered = post(&served, &form(&images(&served.photos(1, &[7]))));
    for refused in [health, answered] {
        assert_eq!(refused.status, 503, "{refused:?}");
        assert!(!refused.body.contains(served.path("").to_str().unwrap()), "{refused:?}");
    }
    assert!(served.told().iter().all(|told| told.contains("catalog")) && served.told().len() >= 2);
}

#[test]
fn more_photos_than_a_stack_has_are_refused() {
    let served = Served::with(0);
    let photo = std::fs::read(&served.photos(1, &[1])[0]).unwrap();
    let parts: Vec<_> =
        (0..=resight_web::contracts::crru::MOST_PHOTOS).map(|_| ("images", "a.jpg", photo.clone())).collect();
    let answered = post(&served, &form(&parts));
    assert_eq!(answered.status, 413, "{answered:?}");
    assert!(answered.json()["detail"].as_str().unwrap().contains("more than 200 photos"));
}

#[test]
fn ratings_never_rise_where_there_is_no_calibration() {
    let served = Served::with(3);
    let answered = post(&served, &form(&images(&served.photos(2, &[7]))));
    assert_eq!(answered.status, 200, "{answered:?}");
    let json = answered.json();
    let matches = json["matches"].as_array().unwrap();
    assert!(matches[0]["details"].as_str().unwrap().contains("no calibration"), "{json}");
    assert!(!matches[1]["details"].as_str().unwrap().contains("no calibration"), "{json}");
    let ratings: Vec<f64> = matches.iter().map(|one| one["rating"].as_f64().unwrap()).collect();
    assert!(ratings.windows(2).all(|pair| pair[0] >= pair[1]), "{ratings:?}");
}

#[test]
fn what_is_no_form_with_photos_is_refused() {
    let served = Served::with(0);
    for body in [form(&[]), form(&[("photos", "a.jpg", vec![1])]), b"no form".to_vec(), Vec::new()] {
        let answered = post(&served, &body);
        assert_eq!(answered.status, 422, "{answered:?}");
        assert!(answered.json()["detail"].is_string());
    }
    let bearer = format!("Bearer {}", served.token.reveal());
    let json = served.ask(
        "POST /match",
        &[("Authorization", &bearer), ("Content-Type", "application/json")],
        b"{\"images\": [\"/etc/passwd\"]}",
    );
    assert_eq!(json.status, 422, "{json:?}");
}

#[test]
fn a_catalog_without_animals_says_so() {
    let served = Served::with(0);
    let answered = post(&served, &form(&images(&served.photos(1, &[1]))));
    assert_eq!(answered.status, 422, "{answered:?}");
    assert!(!answered.json()["detail"].as_str().unwrap().is_empty());
}

#[test]
fn many_ask_at_once() {
    let served = Served::with(10);
    let body = form(&images(&served.photos(3, &[7])));
    let ids: Vec<String> = std::thread::scope(|scope| {
        let ask = || post(&served, &body).json()["matches"][0]["id"].as_str().unwrap().to_owned();
        let asked: Vec<_> = (0..12).map(|_| scope.spawn(ask)).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == resight_testkit::animals::name(3)), "{ids:?}");
}
