//! The screen's files, and how a browser is let in.

use resight_web::Token;

use crate::served::Served;

#[test]
fn the_screen_is_given_to_everybody_and_says_nothing_of_the_catalog() {
    let served = Served::with(1);
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/assets/app.js", "text/javascript; charset=utf-8"),
        ("/assets/app.css", "text/css; charset=utf-8"),
    ] {
        let answered = served.ask(&format!("GET {path}"), &[], b"");
        assert_eq!((answered.status, answered.header("content-type")), (200, Some(kind)), "{path}");
        assert!(!answered.body.contains("Ada") && !answered.body.contains(served.path("").to_str().unwrap()));
        let policy = answered.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'self'") && !policy.contains("unsafe"), "{policy}");
        let tag = answered.header("etag").unwrap().to_owned();
        assert_eq!(served.ask(&format!("GET {path}"), &[("If-None-Match", &tag)], b"").status, 304);
    }
    let page = served.ask("GET /", &[], b"").body;
    let inline = ["<style", "style=\"", "onclick", "onload", "javascript:", "http://", "https://"];
    assert!(inline.iter().all(|found| !page.contains(found)), "{page}");
}

#[test]
fn the_token_is_exchanged_for_a_cookie_that_no_script_and_no_other_page_has() {
    let served = Served::with(1);
    let open = |token: &str| {
        let body = serde_json::json!({ "token": token }).to_string();
        served.ask("POST /api/v1/session", &[("Content-Type", "application/json")], body.as_bytes())
    };
    assert_eq!(open(Token::random().unwrap().reveal()).status, 401);
    assert_eq!(open("").status, 401);
    let opened = open(served.token.reveal());
    let cookie = opened.header("set-cookie").unwrap().to_owned();
    assert_eq!(opened.status, 204);
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && !cookie.contains("Domain"));
    assert!(!cookie.contains(served.token.reveal()), "the token itself stays out of it");
    let pair = cookie.split(';').next().unwrap();
    assert_eq!(served.ask("GET /api/v1/session", &[("Cookie", pair)], b"").json()["name"], "resight");
    // A page from elsewhere has it sent with nothing; and what changes something must come from our own page besides.
    for headers in [
        [("Cookie", pair), ("Sec-Fetch-Site", "cross-site")],
        [("Cookie", pair), ("Origin", "http://evil.example")],
    ] {
        let answered = served.ask("POST /api/v1/calibrate", &headers, b"");
        assert_eq!(answered.status, 403, "{headers:?}");
    }
    // Programs of other contracts are let in by the token alone.
    assert_eq!(served.ask("POST /match", &[("Cookie", pair)], b"").status, 401);
    let other = Served::with(0);
    assert_eq!(
        other.ask("GET /api/v1/session", &[("Cookie", pair)], b"").status,
        401,
        "of this server alone"
    );
}

#[test]
fn nothing_of_the_catalog_is_said_without_either() {
    let served = Served::with(2);
    let paths = resight_web::openapi().unwrap();
    let described: serde_json::Value = serde_json::from_str(&paths).unwrap();
    let mut tried = 0;
    for (path, ways) in described["paths"].as_object().unwrap() {
        for (way, operation) in ways.as_object().unwrap() {
            if operation["security"] == serde_json::json!([{}])
                || operation["security"] == serde_json::json!([])
            {
                assert_eq!(path, "/api/v1/session");
                continue;
            }
            let path = path.replace("{id}", "ann-1").replace("{case}", "ann-1").replace("{step}", "step-1");
            let path = path.replace("{photo}", &"0".repeat(64));
            let answered = served.ask(&format!("{} {path}", way.to_uppercase()), &[], b"");
            assert_eq!(answered.status, 401, "{way} {path}: {answered:?}");
            assert_eq!(answered.header("content-type"), Some("application/problem+json"));
            assert!(answered.header("access-control-allow-origin").is_none());
            tried += 1;
        }
    }
    assert!(tried > 20, "{tried}");
}

#[test]
fn what_is_described_is_what_is_kept_beside_it() {
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let described = resight_web::openapi().unwrap();
    if std::env::var_os("RESIGHT_UPDATE").is_some() {
        std::fs::write(kept, &described).unwrap();
    }
    let there = std::fs::read_to_string(kept).unwrap_or_default();
    assert!(
        there == described,
        "openapi.json is not current: RESIGHT_UPDATE=1 cargo test -p resight-web writes it"
    );
}
