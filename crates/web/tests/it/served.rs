//! A small catalog, served, and requests byte by byte.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use resight_engine::ingest::IngestRequest;
use resight_engine::init::InitRequest;
use resight_engine::{CancelToken, LocalChoice, Models, RuntimeChoice, Session, Silent};
use resight_testkit::animals::{write_photo, write_study};
use resight_testkit::bundles::{PROJECTION, install_projection_bundle};
use resight_web::{ServeOptions, Server, Tell, Token, WebError};
use tempfile::TempDir;

/// A server that ends with the test.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    pub(crate) token: Token,
    cancel: CancelToken,
    running: Option<JoinHandle<Result<(), WebError>>>,
    told: Arc<Mutex<Vec<String>>>,
    folder: TempDir,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answered {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Served {
    /// A catalog of so many animals at three meetings each.
    pub(crate) fn with(individuals: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        install_projection_bundle(&folder.path().join("home"));
        let models = Models::open(Some(&folder.path().join("home")), RuntimeChoice::Rten, 1).unwrap();
        let request = InitRequest {
            bundle: PROJECTION.to_owned(),
            local_features: LocalChoice::None,
            ..InitRequest::default()
        };
        let session = Session::create(folder.path().join("catalog"), models, &request).unwrap();
        if individuals > 0 {
            write_study(&folder.path().join("study"), individuals, 3).unwrap();
            let ingest = IngestRequest::of(folder.path().join("study/metadata.csv"), "Ada");
            session.ingest(&ingest, &Silent, &CancelToken::default()).unwrap();
        }
        let token = Token::random().unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let tells = Arc::clone(&told);
        let tell: Tell = Arc::new(move |error| tells.lock().unwrap().push(error.to_string()));
        let server =
            Server::bind(session, ServeOptions { tell, ..ServeOptions::local(token.clone()) }).unwrap();
        let (address, cancel) = (server.address(), CancelToken::default());
        let ends = cancel.clone();
        let running = Some(std::thread::spawn(move || server.run(&ends)));
        Self { address, token, cancel, running, told, folder }
    }

    /// Photos of an individual at these meetings, as files that lie elsewhere.
    pub(crate) fn photos(&self, individual: u64, meetings: &[u64]) -> Vec<PathBuf> {
        let folder = self.folder.path().join("asked");
        meetings.iter().map(|meeting| write_photo(&folder, individual, *meeting).unwrap().path).collect()
    }

    /// What the user of this machine was told.
    pub(crate) fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What a request is answered with: its first line, further headers, its body. `Host` is this server's, unless it is among them.
    pub(crate) fn ask(&self, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Answered {
        let mut head = format!("{line} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            head.push_str(&format!("Host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        self.send(&[head.as_bytes(), b"\r\n", body].concat())
    }

    /// What these bytes are answered with.
    pub(crate) fn send(&self, bytes: &[u8]) -> Answered {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        // A server that refuses a body may close before all of it is sent.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Answered { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// Ends it, and says how it ended.
    pub(crate) fn end(&mut self) -> Result<(), WebError> {
        self.cancel.cancel();
        self.running.take().unwrap().join().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.cancel.cancel();
        if let Some(running) = self.running.take() {
            let _ = running.join();
        }
    }
}
