//! What every command gets besides its own arguments.

use std::path::{Path, PathBuf};
use std::time::Duration;

use resight_engine::{CancelToken, EngineError, Models, RuntimeChoice, Session, TrialProgram};

use crate::commands::TRY_NETWORK;
use crate::log::LogFilter;
use crate::progress_bar::TerminalProgress;
use crate::refusal::InWords as _;

/// Options that hold for all commands.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct GlobalArgs {
    /// Write JSON to standard output, one object a line, instead of a table for people
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
    /// Say only what was asked for: no bars, no notes
    #[arg(long, short, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Draw no progress bars
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) no_progress: bool,
    /// Folder of models and runtimes [default: the platform's data folder]
    #[arg(long, global = true, env = "RESIGHT_HOME", value_name = "FOLDER", help_heading = "Global options")]
    pub(crate) home: Option<PathBuf>,
    /// What executes the network: the fastest that is there, or one by name
    #[arg(
        long,
        global = true,
        env = "RESIGHT_RUNTIME",
        value_enum,
        default_value = "auto",
        help_heading = "Global options"
    )]
    pub(crate) runtime: RuntimeArg,
    /// Threads to use [default: one a core]
    #[arg(long, global = true, env = "RESIGHT_THREADS", value_name = "N", help_heading = "Global options")]
    pub(crate) threads: Option<std::num::NonZeroUsize>,
    /// Say on standard error what each stage took: `info` for whole tasks, `debug` for every photo's decoding, cropping,
    /// embedding and search; or by rooms, as `resight_catalog=debug,resight_train=info`
    #[arg(long, global = true, value_name = "LEVEL|FILTER", help_heading = "Global options")]
    pub(crate) log: Option<LogFilter>,
}

/// The runtime by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum RuntimeArg {
    /// ONNX Runtime where its library is found, else rten
    Auto,
    /// ONNX Runtime: the fastest, needs its shared library
    Onnxruntime,
    /// rten: pure Rust, always there
    Rten,
}

impl From<RuntimeArg> for RuntimeChoice {
    fn from(argument: RuntimeArg) -> Self {
        match argument {
            RuntimeArg::Auto => Self::Auto,
            RuntimeArg::Onnxruntime => Self::OnnxRuntime,
            RuntimeArg::Rten => Self::Rten,
        }
    }
}

/// What the first Ctrl-C, or the first request to terminate, does; the second one ends the program at once. Whenever
/// it ends, nothing is half-written: steps, batches and files are stored whole or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnSignal {
    /// Ends the program.
    End,
    /// Asks it to stop at the next safe point, and ends it where it has not come there after this time.
    Ask(Duration),
}

/// The surroundings of one run of the program.
pub(crate) struct Context {
    /// The options that hold for all commands.
    pub(crate) global: GlobalArgs,
    /// Set by Ctrl-C.
    pub(crate) cancel: CancelToken,
    /// Bars on standard error.
    pub(crate) progress: TerminalProgress,
}

impl Context {
    /// Prepares a run: bars as the options say, signals as the command has them.
    pub(crate) fn new(global: GlobalArgs, on_signal: OnSignal) -> Self {
        let cancel = CancelToken::default();
        let work = cancel.clone();
        // Where no handler can be set, Ctrl-C simply ends the process: the catalog survives that as well.
        let _ = ctrlc::set_handler(move || match on_signal {
            OnSignal::Ask(patience) if !work.is_cancelled() => {
                work.cancel();
                std::thread::spawn(move || {
                    std::thread::sleep(patience);
                    end();
                });
            }
            _ => end(),
        });
        let progress = TerminalProgress::new(!global.no_progress && global.log.is_none(), !global.quiet);
        Self { global, cancel, progress }
    }

    /// The models of this machine, with the runtime and threads asked for.
    ///
    /// # Errors
    /// No home folder can be told.
    pub(crate) fn models(&self) -> Result<Models, EngineError> {
        let threads = self.global.threads.map_or_else(cores, std::num::NonZeroUsize::get);
        let models = Models::open(self.global.home.as_deref(), self.global.runtime.into(), threads)?;
        Ok(match std::env::current_exe() {
            Ok(program) => models.with_trial(TrialProgram::new(program, [TRY_NETWORK])),
            Err(_) => models,
        })
    }

    /// A session with the catalog in this folder.
    ///
    /// # Errors
    /// As [`Context::models`]. What is wrong with the catalog is found out by the first request.
    pub(crate) fn session(&self, catalog: impl Into<PathBuf>) -> Result<Session, EngineError> {
        Ok(Session::new(catalog, self.models()?))
    }

    /// A note for people, on standard error.
    #[expect(clippy::print_stderr, reason = "this is where the program speaks to a person")]
    pub(crate) fn note(&self, text: impl AsRef<str>) {
        if !self.global.quiet {
            eprintln!("{}", resight_core::visible_lines(text.as_ref()));
        }
    }

    /// Who does it, for the journal: `--by`, else the user's login name.
    pub(crate) fn actor(&self, by: Option<&str>) -> String {
        by.map(ToOwned::to_owned)
            .or_else(|| std::env::var("USER").ok())
            .or_else(|| std::env::var("USERNAME").ok())
            .filter(|name| !name.trim().is_empty())
            .unwrap_or_else(|| "somebody".to_owned())
    }
}

/// Ends the program as one that was interrupted.
fn end() {
    std::process::exit(i32::from(crate::exit::INTERRUPTED));
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}

/// Splits positional arguments of which the first may be the catalog: commands that change identities can be
/// called from inside the catalog's folder, or with `RESIGHT_CATALOG` set, without naming it.
pub(crate) fn catalog_and_rest(arguments: &[String], needed: usize) -> anyhow::Result<(PathBuf, &[String])> {
    if let Some((first, rest)) = arguments.split_first()
        && rest.len() >= needed
        && is_catalog(Path::new(first))
    {
        return Ok((PathBuf::from(first), rest));
    }
    if let Some(folder) = std::env::var_os("RESIGHT_CATALOG").filter(|value| !value.is_empty()) {
        return Ok((PathBuf::from(folder), arguments));
    }
    if is_catalog(Path::new(".")) {
        return Ok((PathBuf::from("."), arguments));
    }
    match arguments.split_first() {
        Some((first, rest)) if rest.len() >= needed && Path::new(first).is_dir() => {
            Ok((PathBuf::from(first), rest))
        }
        _ => Err(EngineError::user("which catalog?")
            .in_words("name its folder first, set RESIGHT_CATALOG, or work inside its folder")
            .into()),
    }
}

/// Whether this is the folder of a catalog, rather than one with photos or a table.
pub(crate) fn is_catalog(folder: &Path) -> bool {
    folder.join("catalog.sqlite").is_file()
}
