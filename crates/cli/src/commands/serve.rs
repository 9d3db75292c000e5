//! `resight serve`: answers other programs.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use resight_engine::EngineError;
use resight_web::{ServeOptions, Server, Token, TokenError, WebError};
use serde_json::json;

use crate::context::Context;
use crate::refusal::{InWords as _, Refusal};
use crate::{exit, output};

/// Answer other programs about a catalog, over HTTP, until Ctrl-C.
///
/// The CRRU Photo-ID app asks who is on the photos of a stack: add an analysis provider there with the address and the token that are
/// printed here. Only programs of this machine can ask, and only those that know the token. Nothing of what they ask is
/// kept; photos are taken in by `resight ingest`, and what is taken in meanwhile answers from then on.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  resight serve whales\n  resight serve whales --token-file ~/.config/resight-token     the same token every time\n  curl -H @header -F images=@IMG_1.jpg -F images=@IMG_2.jpg http://127.0.0.1:8157/match     where the file `header` says: Authorization: Bearer TOKEN"
)]
pub(crate) struct Args {
    /// The catalog's folder
    catalog: PathBuf,
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

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let session = context.session(&args.catalog)?;
    // What is wrong with the catalog is said now, and not to the first who asks.
    session.prepare()?;
    let token = match &args.token_file {
        Some(file) => Token::kept_in(file),
        None => Token::random(),
    };
    let token = token.map_err(refused_token)?;
    let tell = std::sync::Arc::new(tell);
    let options = ServeOptions { address: args.listen, port: args.port, token: token.clone(), tell };
    let server = Server::bind(session, options).map_err(refused)?;
    let address = format!("http://{}", server.address());
    if context.global.json {
        output::json(&json!({ "address": address, "token": token.reveal() }))?;
    } else {
        output::line(format!("address  {address}"))?;
        output::line(format!("token    {}", token.reveal()))?;
    }
    context.note("answering until Ctrl-C");
    server.run(&context.cancel).map_err(refused)?;
    Ok(exit::DONE)
}

/// What went wrong while somebody asked, who is not told.
#[expect(clippy::print_stderr, reason = "this is where the program speaks to a person")]
fn tell(error: &EngineError) {
    eprintln!("{}", resight_core::visible_lines(&format!("not answered: {error}")));
}

fn refused(error: WebError) -> Refusal {
    let hint = match &error {
        WebError::Exposed(_) => "others come in by a tunnel: `ssh -L 8157:localhost:8157 THIS_MACHINE`",
        WebError::Listen { .. } => "`--port 0` takes a port that is free",
        WebError::Run(_) => "`resight doctor` looks the machine over",
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
