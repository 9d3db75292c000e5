//! `resight serve`: the screen in a browser, and answers for other programs.

use std::io::IsTerminal as _;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use resight_engine::ingest::IngestRequest;
use resight_engine::{EngineError, Session};
use resight_web::{ServeOptions, Server, Token, TokenError, WebError};
use serde_json::json;

use super::demo::open_catalog;
use crate::context::Context;
use crate::demo::{Place, world};
use crate::refusal::{InWords as _, Refusal};
use crate::{exit, output};

/// Open the screen of a catalog in a browser, and answer other programs, until Ctrl-C.
///
/// On the screen photos are dropped, looked through side by side with those of the catalog, and named; every verdict is a step of the
/// journal, and can be undone there or by `resight undo`. The address that is printed with the token lets a browser in.
///
/// Other programs ask at the same address. The CRRU Photo-ID app asks who is on the photos of a stack: add an analysis provider there with the address and the token that are
/// printed here; nothing of what it asks is kept. Only programs of this machine can ask, and only those that know the token.
/// `resight ingest` may take photos in meanwhile: they answer from then on.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  resight serve whales\n  resight serve --demo     a world of synthetic animals, to try it\n  resight serve whales --token-file ~/.config/resight-token     the same token every time\n  curl -H @header -F images=@IMG_1.jpg -F images=@IMG_2.jpg http://127.0.0.1:8157/match     where the file `header` says: Authorization: Bearer TOKEN"
)]
pub(crate) struct Args {
    /// The catalog's folder
    #[arg(required_unless_present = "demo")]
    catalog: Option<PathBuf>,
    /// Make a world of synthetic animals, with a season of photos that nobody has named, and serve that; CATALOG is the folder for it
    /// [default: resight-demo-screen]
    #[arg(long)]
    demo: bool,
    /// Print the address, and open no browser
    #[arg(long)]
    no_open: bool,
    /// Port to listen on; 0 takes one that is free
    #[arg(long, value_name = "N", default_value_t = 8157)]
    port: u16,
    /// Address to listen on, one of this machine alone
    #[arg(long, value_name = "ADDRESS", default_value_t = Ipv4Addr::LOCALHOST.into())]
    listen: IpAddr,
    /// File that keeps the token; made with a new one where it is not there [default: another token each time]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

/// Folder of the demonstration, where none is named.
const DEMO: &str = "resight-demo-screen";

/// Its world.
const DEMO_SEED: u64 = 1;

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let session = match (args.demo, &args.catalog) {
        (true, folder) => match demo(folder.as_deref(), context)? {
            Some(session) => session,
            None => return Ok(exit::INTERRUPTED),
        },
        (false, catalog) => context.session(catalog.as_deref().unwrap_or(Path::new(".")))?,
    };
    // What is wrong with the catalog is said now, and not to the first who asks.
    session.upgrade()?;
    session.prepare()?;
    let token = match &args.token_file {
        Some(file) => Token::kept_in(file),
        None => Token::random(),
    };
    let token = token.map_err(refused_token)?;
    let tell = std::sync::Arc::new(tell);
    let actor = context.actor(None);
    let options = ServeOptions { address: args.listen, port: args.port, token: token.clone(), actor, tell };
    let server = Server::bind(session, options).map_err(refused)?;
    let address = format!("http://{}", server.address());
    // Behind `#`, nothing is sent: the page reads the token, and hides it.
    let screen = format!("{address}/#token={}", token.reveal());
    if context.global.json {
        output::json(&json!({ "address": address, "token": token.reveal(), "screen": screen }))?;
    } else {
        output::line(format!("screen   {screen}"))?;
        output::line(format!("address  {address}"))?;
        output::line(format!("token    {}", token.reveal()))?;
    }
    context.note("answering until Ctrl-C");
    if !args.no_open && !context.global.json && std::io::stdout().is_terminal() {
        // What stands on a browser's command line others of this machine can read: it lets in once. A machine without a browser has the
        // address all the same.
        let opened = format!("{address}/#token={}", server.once().reveal());
        std::thread::spawn(move || webbrowser::open(&opened));
    }
    server.run(&context.cancel).map_err(refused)?;
    Ok(exit::DONE)
}

/// A catalog of synthetic animals, with later photos of them and of others that nobody has named; none where that was stopped.
fn demo(folder: Option<&Path>, context: &Context) -> anyhow::Result<Option<Session>> {
    let place = Place::at(folder.unwrap_or(Path::new(DEMO)), "screen 1")?;
    let world = world(DEMO_SEED, true)?;
    context.note(format!("making a world of synthetic animals in {}", place.path("").display()));
    let table = place.photograph(&world, &context.progress)?;
    let season = place.new_season(&world)?;
    let session = open_catalog(&place, context.models()?)?;
    for table in [table, season] {
        let report = session.ingest(&IngestRequest::of(table, "demo"), &context.progress, &context.cancel)?;
        if report.interrupted {
            return Ok(None);
        }
    }
    Ok(Some(session))
}

/// What went wrong while somebody asked, who is not told.
#[expect(clippy::print_stderr, reason = "this is where the program speaks to a person")]
fn tell(error: &EngineError) {
    eprintln!("{}", resight_core::visible_lines(&format!("not answered: {error}")));
}

fn refused(error: WebError) -> Refusal {
    let hint = match &error {
        WebError::Exposed(_) => "others come in by a tunnel: `ssh -L 8157:localhost:8157 THIS_MACHINE`",
        WebError::Listen { .. } => {
            "a catalog may be open there already; `--port 0` takes a port that is free"
        }
        WebError::Run(_) | WebError::Token(_) => "`resight doctor` looks the machine over",
    };
    EngineError::user(error.to_string()).because(error).in_words(hint)
}

fn refused_token(error: TokenError) -> Refusal {
    let hint = match &error {
        TokenError::Shared(path) => format!("`chmod 600 {}`", path.display()),
        TokenError::Form => "delete the file: a new token is made".to_owned(),
        TokenError::File { .. } | TokenError::Random(_) => {
            "without `--token-file` a token is made each time".to_owned()
        }
    };
    EngineError::user(error.to_string()).because(error).in_words(hint)
}
