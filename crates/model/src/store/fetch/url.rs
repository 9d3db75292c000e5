//! Downloads one address, for users who have a place that keeps models.

use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use resight_files::create_own;
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

use crate::store::StoreError;
use crate::store::event::PullEvent;

/// How long a server may take to accept, and to begin its answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long all of it may take to arrive: a server that drips does not hold the store for ever.
const LONGEST: Duration = Duration::from_secs(6 * 60 * 60);
/// How many bytes arrive between two events.
const EVENT_BYTES: u64 = 1 << 18;

/// Downloads `url` into `folder`, at most `limit` bytes.
///
/// # Errors
/// When the address cannot be read or gives more bytes.
pub(in crate::store) fn from_url(
    url: &str,
    folder: &Path,
    limit: u64,
    tell: &mut dyn FnMut(PullEvent),
) -> Result<PathBuf, StoreError> {
    tell(PullEvent::Asking { command: url.to_owned() });
    let refuse = |reason: String| StoreError::Download { reason, url: url.to_owned() };
    let mut response = agent(url).get(url).call().map_err(|error| refuse(error.to_string()))?;
    let total = response.body().content_length();
    if total.is_some_and(|total| total > limit) {
        return Err(refuse(format!("it has {} bytes, at most {limit} are taken", total.unwrap_or(0))));
    }
    let path = folder.join("download");
    let mut file = create_own(&path).map_err(StoreError::io("write the download", &path))?;
    let mut body = response.body_mut().with_config().limit(limit).reader();
    let mut received = Received { bytes: 0, shown: 0, total };
    let mut buffer = vec![0; 1 << 16];
    loop {
        match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                file.write_all(&buffer[..n]).map_err(StoreError::io("write the download", &path))?;
                received.add(n as u64, tell);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(refuse(error.to_string())),
        }
    }
    Ok(path)
}

/// An address that begins with `https` is never left for one that does not, whatever the server says.
fn agent(url: &str) -> Agent {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(provider)
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .timeout_connect(Some(PATIENCE))
        .timeout_recv_response(Some(PATIENCE))
        .timeout_recv_body(Some(LONGEST))
        .https_only(url.starts_with("https://"))
        .build();
    config.into()
}

/// Counts what arrives.
struct Received {
    bytes: u64,
    shown: u64,
    total: Option<u64>,
}

impl Received {
    fn add(&mut self, n: u64, tell: &mut dyn FnMut(PullEvent)) {
        self.bytes += n;
        if self.bytes - self.shown >= EVENT_BYTES || Some(self.bytes) == self.total {
            self.shown = self.bytes;
            tell(PullEvent::Downloading { bytes: self.bytes, total: self.total });
        }
    }
}
