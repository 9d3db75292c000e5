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
        Self::with_season(individuals, &[])
    }

    /// The same, and a photo of each of these animals, of whom nobody has said who they are.
    pub(crate) fn with_season(individuals: u64, season: &[u64]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        install_projection_bundle(&folder.path().join("home"));
        let request = InitRequest {
            bundle: PROJECTION.to_owned(),
            local_features: LocalChoice::None,
            ..InitRequest::default()
        };
        let session = Session::create(folder.path().join("catalog"), models(&folder), &request).unwrap();
        let ingest = |source: PathBuf| {
            session.ingest(&IngestRequest::of(source, "Ada"), &Silent, &CancelToken::default()).unwrap();
        };
        if individuals > 0 {
            write_study(&folder.path().join("study"), individuals, 3).unwrap();
            ingest(folder.path().join("study/metadata.csv"));
        }
        for individual in season {
            // Each in a folder of its own: they were met apart.
            let met = folder.path().join(format!("season/{individual}"));
            ingest(write_photo(&met, *individual, 5).unwrap().path);
        }
        Self::of(session, folder)
    }

    /// The same catalog, served anew.
    pub(crate) fn again(mut self) -> Self {
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        let session = Session::new(folder.path().join("catalog"), models(&folder));
        Self::of(session, folder)
    }

    fn of(session: Session, folder: TempDir) -> Self {
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

    /// As [`Self::ask`], with the token.
    pub(crate) fn ask_let_in(&self, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Answered {
        let bearer = format!("Bearer {}", self.token.reveal());
        self.ask(line, &[headers, &[("Authorization", bearer.as_str())]].concat(), body)
    }

    pub(crate) fn get(&self, path: &str) -> Answered {
        self.ask_let_in(&format!("GET {path}"), &[], b"")
    }

    pub(crate) fn send_json(
        &self,
        way: &str,
        path: &str,
        headers: &[(&str, &str)],
        said: serde_json::Value,
    ) -> Answered {
        let headers = [headers, &[("Content-Type", "application/json")]].concat();
        self.ask_let_in(&format!("{way} {path}"), &headers, said.to_string().as_bytes())
    }

    /// Sends photos as a page does.
    pub(crate) fn upload(&self, photos: &[(&str, &[u8])]) -> Answered {
        let mut body = Vec::new();
        for (name, bytes) in photos {
            let head = format!(
                "--limit\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"{name}\"\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--limit--\r\n");
        let kind = ("Content-Type", "multipart/form-data; boundary=limit");
        self.ask_let_in("POST /api/v1/photos", &[kind], &body)
    }

    pub(crate) fn queue(&self) -> serde_json::Value {
        self.get("/api/v1/queue").json()
    }

    /// The queue when all of its cases have an answer.
    pub(crate) fn prepared_queue(&self) -> serde_json::Value {
        self.until(|served| Some(served.queue()).filter(|queue| queue["preparing"].is_null()))
    }

    /// A job when it has ended.
    pub(crate) fn ended_job(&self, job: &str) -> serde_json::Value {
        self.until(|served| {
            let found = served.get(&format!("/api/v1/jobs/{job}"));
            let has_ended = |job: &serde_json::Value| job["state"] != "waiting" && job["state"] != "running";
            (found.status == 200).then(|| found.json()).filter(has_ended)
        })
    }

    fn until<T>(&self, look: impl Fn(&Self) -> Option<T>) -> T {
        for _ in 0..600 {
            if let Some(found) = look(self) {
                return found;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("it does not come to an end; told: {:?}", self.told());
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

fn models(folder: &TempDir) -> Models {
    Models::open(Some(&folder.path().join("home")), RuntimeChoice::Rten, 1).unwrap()
}

impl Drop for Served {
    fn drop(&mut self) {
        self.cancel.cancel();
        if let Some(running) = self.running.take() {
            let _ = running.join();
        }
    }
}
