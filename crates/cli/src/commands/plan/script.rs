//! A plan's jobs for whoever launches them: a shell, Slurm, Ray. All of them call the same program, job by job or share by
//! share, on machines that see the plan's folder under the same path.

use std::fmt::Write as _;
use std::path::Path;

use resight_plan::Job;

/// Who launches jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Launcher {
    /// A shell, one job after the other
    Shell,
    /// Slurm: an array of jobs for each wave
    Slurm,
    /// Ray: a Python program
    Ray,
}

/// The launcher for Ray, which asks for the jobs itself.
const ON_RAY: &str = include_str!("../../../../../python/plan_on_ray.py");

/// A script that carries the jobs of a plan out by calling a program, on machines that see the plan's folder under this path.
pub(super) fn script(launcher: Launcher, jobs: &[Job], program: &Path, plan: &Path) -> String {
    if launcher == Launcher::Ray {
        return ON_RAY.replace("@PROGRAM@", &python(program)).replace("@PLAN@", &python(plan));
    }
    let (program, plan) = (shell_word(program), shell_word(plan));
    let call = |what: &str| format!("{program} --no-progress plan {what} {plan}");
    match launcher {
        Launcher::Slurm => slurm(jobs, call),
        Launcher::Shell | Launcher::Ray => shell(jobs, call),
    }
}

fn waves(jobs: &[Job]) -> Vec<(usize, Vec<&Job>)> {
    let mut waves: Vec<(usize, Vec<&Job>)> = Vec::new();
    for job in jobs {
        match waves.last_mut().filter(|(wave, _)| *wave == job.wave) {
            Some((_, of_wave)) => of_wave.push(job),
            None => waves.push((job.wave, vec![job])),
        }
    }
    waves
}

fn shell(jobs: &[Job], call: impl Fn(&str) -> String) -> String {
    let mut text = "#!/bin/sh
# The jobs of a wave can be done at the same time, on any machine that sees the folder. One that fails keeps no other
# from being done but those that rest on it.
worst=0
"
    .to_owned();
    for (wave, jobs) in waves(jobs) {
        let _ = writeln!(text, "\n# wave {wave}");
        for job in jobs {
            let _ = writeln!(text, "{} --job {} || worst=$?", call("run"), job.name);
        }
    }
    let _ = writeln!(text, "\n{} || worst=$?\nexit $worst", call("report"));
    text
}

fn slurm(jobs: &[Job], call: impl Fn(&str) -> String) -> String {
    let mut text = "#!/bin/sh
# Run this where jobs are submitted, with options for all of them: an array of jobs for each wave begins when the wave before
# is done. Running it again does what was stopped or failed, and leaves what is done.
set -e
after=
"
    .to_owned();
    for (wave, jobs) in waves(jobs) {
        let n = jobs.len();
        let run = call("run");
        let _ = writeln!(
            text,
            "
id=$(sbatch --parsable $after --job-name=resight-{wave} --array=1-{n} --signal=B:TERM@90 --requeue \"$@\" <<'JOB'
#!/bin/sh
exec {run} --wave {wave} --shard $SLURM_ARRAY_TASK_ID/{n}
JOB
)
after=--dependency=afterany:$id"
        );
    }
    let report = call("report");
    let _ = writeln!(
        text,
        "\nsbatch $after --job-name=resight-report \"$@\" <<'JOB'\n#!/bin/sh\nexec {report}\nJOB"
    );
    text
}

/// A word that a shell reads as it is.
fn shell_word(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

/// A path as a Python string.
fn python(path: &Path) -> String {
    // What JSON quotes Python reads as well.
    serde_json::to_string(&path.display().to_string()).unwrap_or_default()
}
