//! A plan's jobs for whoever launches them: a shell, Slurm, Ray. All of them call the same program, job by job or share by
//! share, on machines that see the plan's folder under the same path.

use std::fmt::Write as _;
use std::path::Path;

use crate::jobs::Job;

/// Who launches the jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Launcher {
    /// A shell, on this machine.
    Shell,
    /// Slurm: an array for each wave, which begins when the one before is done.
    Slurm,
    /// Ray: a task for each job.
    Ray,
}

/// The launcher for Ray, which asks for the jobs itself.
const ON_RAY: &str = include_str!("../../../python/plan_on_ray.py");

/// A script that carries the jobs of a plan out. `program` and `plan` are written as they are; `run_job` and `run_share` say
/// what one job and one share of a wave are done by, with the name, or the wave and the share, in place of `{}`.
pub fn script(launcher: Launcher, jobs: &[Job], words: &Words<'_>) -> String {
    match launcher {
        Launcher::Shell => shell(jobs, words),
        Launcher::Slurm => slurm(jobs, words),
        Launcher::Ray => {
            ON_RAY.replace("@PROGRAM@", &python(words.program)).replace("@PLAN@", &python(words.plan))
        }
    }
}

/// The words of the program that a script calls: this room knows none.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// The program's file.
    pub program: &'a Path,
    /// The plan's folder.
    pub plan: &'a Path,
    /// The command line that does one job, its name in place of `{}`.
    pub one_job: &'a str,
    /// The command line that does a share of a wave: the wave in place of the first `{}`, the share in place of the second.
    pub share_of_wave: &'a str,
    /// The command line that puts the report together.
    pub report: &'a str,
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

fn shell(jobs: &[Job], words: &Words<'_>) -> String {
    let mut text = "#!/bin/sh\n# The jobs of a wave can be done at the same time, on any machine that sees the folder.\nset -e\n".to_owned();
    for (wave, jobs) in waves(jobs) {
        let _ = writeln!(text, "\n# wave {wave}");
        for job in jobs {
            let _ = writeln!(text, "{}", words.one_job.replacen("{}", &job.name, 1));
        }
    }
    let _ = writeln!(text, "\n{}", words.report);
    text
}

fn slurm(jobs: &[Job], words: &Words<'_>) -> String {
    let mut text = "#!/bin/sh\n# Run this on a login node: it submits an array of jobs for each wave. What was stopped or failed is done by\n# running it again: jobs that are done are left as they are.\nset -e\nafter=\n".to_owned();
    for (wave, jobs) in waves(jobs) {
        let n = jobs.len();
        let share = format!("$SLURM_ARRAY_TASK_ID/{n}");
        let line = words.share_of_wave.replacen("{}", &wave.to_string(), 1).replacen("{}", &share, 1);
        let _ = writeln!(
            text,
            "\nid=$(sbatch --parsable $after --job-name=resight-{wave} --array=1-{n} --signal=TERM@60 --requeue \
             \"$@\" <<'JOB'\n#!/bin/sh\nexec {line}\nJOB\n)\nafter=--dependency=afterok:$id"
        );
    }
    let _ = writeln!(
        text,
        "\nsbatch $after --job-name=resight-report <<'JOB'\n#!/bin/sh\nexec {}\nJOB",
        words.report
    );
    text
}

/// A path as a Python string.
fn python(path: &Path) -> String {
    // What JSON quotes Python reads as well.
    serde_json::to_string(&path.display().to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Wanted;
    use crate::jobs::jobs;
    use crate::plan::tests::plan_of;

    #[test]
    fn a_script_names_every_job_once_and_waves_wait_for_one_another() {
        let jobs = jobs(&plan_of(&[("seal", Wanted::Own), ("cow", Wanted::Head)]));
        let words = Words {
            program: Path::new("/bin/it's"),
            plan: Path::new("/a \"plan\""),
            one_job: "do '{}'",
            share_of_wave: "do wave {} share {}",
            report: "tell",
        };
        let shell = script(Launcher::Shell, &jobs, &words);
        for job in &jobs {
            assert_eq!(shell.matches(&format!("do '{}'\n", job.name)).count(), 1, "{shell}");
        }
        assert!(shell.ends_with("\ntell\n"), "{shell}");
        let slurm = script(Launcher::Slurm, &jobs, &words);
        assert!(slurm.contains("exec do wave 1 share $SLURM_ARRAY_TASK_ID/2\n"), "{slurm}");
        assert_eq!(slurm.matches("--array=").count(), 3, "{slurm}");
        assert_eq!(slurm.matches("after=--dependency=afterok:$id").count(), 3, "{slurm}");
        let ray = script(Launcher::Ray, &jobs, &words);
        assert!(ray.contains("PROGRAM = \"/bin/it's\"") && ray.contains(r#"PLAN = "/a \"plan\"""#), "{ray}");
    }
}
