//! Jobs for whoever launches them: a shell, Slurm, Ray. All of them call the same program, on machines that see the same folder
//! under the same path.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use resight_engine::EngineError;
use serde::Serialize;

use crate::context::Context;

/// Who launches jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Launcher {
    /// A shell, one job after the other
    Shell,
    /// Slurm: an array of jobs for each wave
    Slurm,
    /// Ray: a Python program
    Ray,
}

/// The launcher for Ray.
const ON_RAY: &str = include_str!("../../../python/jobs_on_ray.py");

/// One call of the program.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct LaunchedJob {
    /// What it is called.
    pub(crate) name: String,
    /// Jobs of one wave can be done at the same time; those of the next rest on them.
    #[serde(skip)]
    pub(crate) wave: usize,
    /// The jobs that it rests on.
    pub(crate) after: Vec<String>,
    /// What the program is called with.
    pub(crate) arguments: Vec<String>,
}

/// Jobs, and what puts together what came of them.
#[derive(Debug)]
pub(crate) struct Launched {
    /// In the order of their waves.
    pub(crate) jobs: Vec<LaunchedJob>,
    /// What the program is called with when all are done.
    pub(crate) last: Vec<String>,
    /// Where the program is called.
    pub(crate) folder: PathBuf,
    /// Whether the last call has nothing to do where a job failed.
    pub(crate) needs_all: bool,
    /// Codes after which a job is tried again, for what it rests on may not be seen yet.
    pub(crate) not_yet: &'static [u8],
    /// Options for every call.
    pub(crate) options: Vec<String>,
}

impl Launched {
    /// A script that carries the jobs out, as they are now.
    ///
    /// # Errors
    /// Nobody can say where the program is.
    pub(crate) fn script(&self, launcher: Launcher) -> Result<String, EngineError> {
        let program = std::env::current_exe().map_err(|error| EngineError::file("find", "resight", error))?;
        Ok(match launcher {
            Launcher::Ray => self.on_ray(&program),
            Launcher::Slurm => self.on_slurm(&program),
            Launcher::Shell => self.in_shell(&program),
        })
    }

    fn call(&self, program: &Path, arguments: &[String]) -> String {
        let arguments: Vec<String> =
            self.options.iter().chain(arguments).map(|argument| shell_word(argument)).collect();
        format!("{} --no-progress {}", shell_word(&program.display().to_string()), arguments.join(" "))
    }

    fn waves(&self) -> Vec<(usize, Vec<&LaunchedJob>)> {
        let mut waves: Vec<(usize, Vec<&LaunchedJob>)> = Vec::new();
        for job in &self.jobs {
            match waves.last_mut().filter(|(wave, _)| *wave == job.wave) {
                Some((_, of_wave)) => of_wave.push(job),
                None => waves.push((job.wave, vec![job])),
            }
        }
        waves
    }

    fn in_shell(&self, program: &Path) -> String {
        let folder = shell_word(&self.folder.display().to_string());
        let mut text = format!(
            "#!/bin/sh
# The jobs of a wave can be done at the same time, on any machine that sees the folder. One that fails keeps no other
# from being done but those that rest on it.
cd {folder} || exit 1
worst=0
"
        );
        for (wave, jobs) in self.waves() {
            let _ = writeln!(text, "\n# wave {wave}");
            for job in jobs {
                // Whoever stops it stops all of it.
                let call = self.call(program, &job.arguments);
                let _ = writeln!(text, "{call} || worst=$?\n[ $worst -ne 130 ] || exit 130");
            }
        }
        let condition = if self.needs_all { "[ $worst -ne 0 ] || " } else { "" };
        let _ = writeln!(text, "\n{condition}{} || worst=$?\nexit $worst", self.call(program, &self.last));
        text
    }

    fn on_slurm(&self, program: &Path) -> String {
        let folder = shell_word(&self.folder.display().to_string());
        let mut text = format!(
            "#!/bin/sh
# Run this where jobs are submitted, with options for all of them: an array of jobs for each wave begins when the wave before
# is done. Running it again does what was stopped or failed, and leaves what is done.
set -e
cd {folder}
after=
"
        );
        for (wave, jobs) in self.waves() {
            let _ = writeln!(
                text,
                "
id=$(sbatch --parsable $after --job-name=resight-{wave} --array=1-{} --signal=B:TERM@90 --requeue \"$@\" <<'JOB'
#!/bin/sh
case $SLURM_ARRAY_TASK_ID in",
                jobs.len()
            );
            for (number, job) in jobs.into_iter().enumerate() {
                let _ = writeln!(text, "{}) exec {} ;;", number + 1, self.call(program, &job.arguments));
            }
            let when = if self.needs_all { "afterok" } else { "afterany" };
            let _ = writeln!(text, "esac\nJOB\n)\nafter=--dependency={when}:$id");
        }
        let last = self.call(program, &self.last);
        let _ = writeln!(
            text,
            "\nsbatch $after --job-name=resight-last \"$@\" <<'JOB'\n#!/bin/sh\nexec {last}\nJOB"
        );
        text
    }

    fn on_ray(&self, program: &Path) -> String {
        let jobs = serde_json::to_string(&self.jobs).unwrap_or_default();
        let last = serde_json::to_string(&self.last).unwrap_or_default();
        let options = serde_json::to_string(&self.options).unwrap_or_default();
        ON_RAY
            .replace("@PROGRAM@", &python(&program.display().to_string()))
            .replace("@FOLDER@", &python(&self.folder.display().to_string()))
            .replace("@OPTIONS@", &python(&options))
            .replace("@NOT_YET@", &format!("{:?}", self.not_yet))
            .replace("@JOBS@", &python(&jobs))
            .replace("@LAST@", &python(&last))
    }
}

/// Where this call found its models, for all of them: other machines may have other surroundings.
pub(crate) fn options_of(context: &Context) -> Vec<String> {
    let mut options = Vec::new();
    if let Some(home) = &context.global.home {
        let home = std::path::absolute(home).unwrap_or_else(|_| home.clone());
        options.extend(["--home".to_owned(), home.display().to_string()]);
    }
    options
}

/// A word that a shell reads as it is.
fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@+".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// A text as a Python string.
fn python(text: &str) -> String {
    // What JSON quotes Python reads as well.
    serde_json::to_string(text).unwrap_or_default()
}
