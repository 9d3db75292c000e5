//! `resight serve` as a user and another program see it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use crate::workplace::{Workplace, text};

#[test]
fn it_says_where_and_answers_until_it_is_told_to_end() {
    let workplace = Workplace::new();
    workplace.init();
    let arguments = ["serve", "catalog", "--port", "0", "--token-file", "token", "--json"];
    let mut child =
        workplace.resight(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let said: serde_json::Value = serde_json::from_str(&line).unwrap();
    let kept = std::fs::read_to_string(workplace.path("token")).unwrap();
    assert_eq!(said["token"].as_str(), Some(kept.trim()));
    assert_eq!(
        said["screen"].as_str().unwrap(),
        format!("{}/#token={}", said["address"].as_str().unwrap(), kept.trim())
    );
    let address = said["address"].as_str().unwrap().strip_prefix("http://").unwrap();
    let ask = |request: &str| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .write_all(format!("{request}\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(ask("GET /health HTTP/1.1").starts_with("HTTP/1.1 200 "));
    assert!(ask("GET / HTTP/1.1").contains("assets/app.js"), "the screen");
    assert!(ask("POST /match HTTP/1.1\r\nContent-Length: 0").starts_with("HTTP/1.1 401 "));
    let told = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap();
    assert!(told.success());
    assert_eq!(child.wait().unwrap().code(), Some(0), "it was to end, and ended");
}

#[test]
fn what_cannot_be_served_is_said_with_a_way_out() {
    let workplace = Workplace::new();
    workplace.init();
    std::fs::write(workplace.path("short"), "secret\n").unwrap();
    let cases: [(&[&str], &str, &str); 4] = [
        (&["nothing"], "no catalog here", "resight init"),
        (&["catalog", "--listen", "0.0.0.0"], "can be reached from other machines", "tunnel"),
        (&["catalog", "--token-file", "no/token"], "cannot keep the token", "--token-file"),
        (&["catalog", "--token-file", "catalog"], "cannot keep the token", "--token-file"),
    ];
    for (arguments, said, hint) in cases {
        let output = workplace.run(&[&["serve", "--port", "0"], arguments].concat());
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {told}");
        assert!(told.contains(said) && told.contains(hint), "{arguments:?}: {told}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        let set =
            |mode| std::fs::set_permissions(workplace.path("short"), std::fs::Permissions::from_mode(mode));
        for (mode, said, hint) in
            [(0o644, "others can read the token", "chmod 600"), (0o600, "16 to 200", "delete")]
        {
            set(mode).unwrap();
            let output = workplace.run(&["serve", "--port", "0", "catalog", "--token-file", "short"]);
            let told = text(&output.stderr);
            assert!(told.contains(said) && told.contains(hint), "{told}");
        }
    }
}
