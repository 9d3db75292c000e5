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
    assert!(detail.contains("bad_file.txt") && !detail.contains("/tmp"), "{detail}");
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
        let ask = || post(&served, &body).json()["matches"][0]["id"].to_string();
        let asked: Vec<_> = (0..12).map(|_| scope.spawn(ask)).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}
