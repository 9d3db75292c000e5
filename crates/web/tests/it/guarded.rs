//! Who is kept out, with the request that was tried.

use std::net::IpAddr;

use resight_engine::{Models, RuntimeChoice, Session};
use resight_web::{ServeOptions, Server, Token, WebError};

use crate::served::Served;

#[test]
fn without_the_token_nobody_is_answered() {
    let served = Served::with(0);
    let other = format!("Bearer {}", Token::random().unwrap().reveal());
    let basic = format!("Basic {}", served.token.reveal());
    for headers in [
        &[][..],
        &[("Authorization", other.as_str())],
        &[("Authorization", basic.as_str())],
        &[("Authorization", "Bearer ")],
    ] {
        let answered = served.ask("POST /match", headers, b"");
        assert_eq!(answered.status, 401, "{headers:?}: {answered:?}");
        assert_eq!(answered.header("www-authenticate"), Some("Bearer"));
        assert_eq!(answered.json()["detail"], "the token is missing or is another one");
    }
    // Nor is it taken from where it would stand in logs and histories.
    let line = format!("POST /match?token={}", served.token.reveal());
    assert_eq!(served.ask(&line, &[], b"").status, 401);
}

#[test]
fn what_is_open_says_nothing_of_the_catalog() {
    let served = Served::with(0);
    let welcome = served.ask("GET /", &[], b"");
    assert_eq!(welcome.status, 200);
    assert!(welcome.body.contains("resight") && !welcome.body.contains(served.path("").to_str().unwrap()));
    let health = served.ask("GET /health", &[], b"");
    assert_eq!((health.status, health.json()["status"].as_str()), (200, Some("ok")), "{health:?}");
    for line in
        ["GET /nothing", "GET /../../etc/passwd", "GET /%2e%2e/etc/passwd", "GET /match/", "PUT /health"]
    {
        let answered = served.ask(line, &[], b"");
        assert!([404, 405].contains(&answered.status), "{line}: {answered:?}");
        assert!(answered.json()["detail"].is_string(), "{line}");
    }
}

#[test]
fn a_name_that_is_not_ours_is_refused_before_anything_else() {
    let served = Served::with(0);
    let port = served.address.port();
    let rebound = format!("evil.example:{port}");
    let bearer = format!("Bearer {}", served.token.reveal());
    for host in [rebound.as_str(), "evil.example", "127.0.0.1", "localhost", "localhost:1", "0.0.0.0", ""] {
        for line in ["GET /", "GET /health", "POST /match"] {
            let answered = served.ask(line, &[("Host", host), ("Authorization", &bearer)], b"");
            assert!([400, 421].contains(&answered.status), "{host}: {answered:?}");
        }
    }
    let by_name = served.ask("GET /", &[("Host", &format!("LOCALHOST:{port}"))], b"");
    assert_eq!(by_name.status, 200, "{by_name:?}");
    let twice = format!(
        "GET / HTTP/1.1\r\nHost: {}\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        served.address
    );
    assert!([400, 421].contains(&served.send(twice.as_bytes()).status));
    let in_line =
        format!("GET http://evil.example/ HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", served.address);
    assert_eq!(served.send(in_line.as_bytes()).status, 421);
    let none = served.send(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert!([400, 421].contains(&none.status), "{none:?}");
}

#[test]
fn a_page_from_elsewhere_cannot_ask_for_us() {
    let served = Served::with(0);
    let bearer = format!("Bearer {}", served.token.reveal());
    for headers in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "http://evil.example"),
        ("Origin", "null"),
    ] {
        let answered = served.ask("POST /match", &[headers, ("Authorization", &bearer)], b"");
        assert_eq!(answered.status, 403, "{headers:?}: {answered:?}");
        assert!(answered.json()["detail"].is_string());
    }
    // And a browser is told so before it asks: no answer names another origin.
    let asked_before = [("Origin", "http://evil.example"), ("Access-Control-Request-Method", "POST")];
    let preflight = served.ask("OPTIONS /match", &asked_before, b"");
    assert!(preflight.header("access-control-allow-origin").is_none(), "{preflight:?}");
    assert!(!(200..300).contains(&preflight.status), "{preflight:?}");
}

#[test]
fn every_answer_says_what_a_browser_must_not_do() {
    let served = Served::with(0);
    for line in ["GET /", "GET /health", "GET /nothing", "POST /match"] {
        let answered = served.ask(line, &[], b"");
        let policy = answered.header("content-security-policy").unwrap_or_default().to_owned();
        assert!(
            policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"),
            "{line}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "same-origin"),
            ("referrer-policy", "same-origin"),
            // The screen is the same for everybody, and asked about each time.
            ("cache-control", if line == "GET /" { "no-cache" } else { "no-store" }),
        ] {
            assert_eq!(answered.header(name), Some(value), "{line}: {answered:?}");
        }
        assert!(answered.header("access-control-allow-origin").is_none());
        assert!(answered.header("server").is_none());
    }
}

#[test]
fn a_request_larger_than_allowed_is_not_read_to_its_end() {
    let served = Served::with(0);
    let head = format!(
        "POST /match HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\n--x\r\nContent-Disposition: form-data; name=\"images\"; filename=\"a.jpg\"\r\n\r\n",
        served.address,
        served.token.reveal()
    );
    let answered = served.send(head.as_bytes());
    assert_eq!(answered.status, 413, "{answered:?}");
    assert!(answered.json()["detail"].is_string());
}

#[test]
fn only_this_machine_can_reach_it() {
    let folder = tempfile::tempdir().unwrap();
    let models = || Models::open(Some(folder.path()), RuntimeChoice::Rten, 1).unwrap();
    for address in ["0.0.0.0", "::", "192.168.1.4", "224.0.0.1"] {
        let address: IpAddr = address.parse().unwrap();
        let options = ServeOptions { address, ..ServeOptions::local(Token::random().unwrap()) };
        let refused = Server::bind(Session::new(folder.path(), models()), options);
        assert!(matches!(refused, Err(WebError::Exposed(_))), "{address}");
    }
    let served = Served::with(0);
    let options =
        ServeOptions { port: served.address.port(), ..ServeOptions::local(Token::random().unwrap()) };
    let taken = Server::bind(Session::new(folder.path(), models()), options);
    assert!(matches!(taken, Err(WebError::Listen { .. })));
}

#[test]
fn it_ends_when_it_is_told_even_where_somebody_keeps_a_connection() {
    let mut served = Served::with(0);
    let idle = std::net::TcpStream::connect(served.address).unwrap();
    let began = std::time::Instant::now();
    served.end().unwrap();
    assert!(began.elapsed() < std::time::Duration::from_secs(14), "{:?}", began.elapsed());
    drop(idle);
}
