//! `resight doctor`: how this machine stands.

use resight_engine::DEFAULT_EMBEDDER;
use resight_engine::doctor::{Checkup, DoctorRequest, Speed, doctor};

use crate::context::Context;
use crate::{exit, hint, output};

/// Look this machine over: what is installed, which runtime serves, how fast it is, what is in the way.
///
/// Exit code 3 where something is in the way of work.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  resight doctor\n  resight doctor --fast              without measuring speed"
)]
pub(crate) struct Args {
    /// Measure no speed
    #[arg(long)]
    fast: bool,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let found = doctor(DoctorRequest { measure: !args.fast }, &context.models()?, &context.progress)?;
    if context.global.json {
        output::json(&found)?;
    } else {
        show(&found, context)?;
    }
    Ok(if found.problems.is_empty() { exit::DONE } else { exit::FINISHED_WITH_WARNINGS })
}

fn show(found: &Checkup, context: &Context) -> anyhow::Result<()> {
    output::line(output::table(&["resight", &found.version], &[], facts(found)).to_string())?;
    for one in &found.hints {
        context.note(format!("hint: {}", hint::words(one)));
    }
    for problem in &found.problems {
        context.note(format!("in the way: {}", hint::advice(problem)));
    }
    if found.problems.is_empty() {
        output::line("all is well")?;
    }
    Ok(())
}

fn facts(found: &Checkup) -> Vec<Vec<String>> {
    let mut rows = vec![
        ("machine".to_owned(), format!("{}, {} cores", found.machine, found.cores)),
        ("threads".to_owned(), found.threads.to_string()),
        ("model store".to_owned(), found.store.folder.display().to_string()),
        (
            "writable".to_owned(),
            found.store.unwritable.clone().map_or("yes".to_owned(), |why| format!("NO: {why}")),
        ),
        ("free disk".to_owned(), found.store.free_bytes.map_or("not known".to_owned(), output::bytes)),
    ];
    for runtime in &found.runtimes {
        let state = match (runtime.serves, runtime.available) {
            (true, _) => "serves, ",
            (false, true) => "there, ",
            (false, false) => "not there: ",
        };
        rows.push((runtime.name.clone(), format!("{state}{}", runtime.detail)));
    }
    rows.push((format!("model {DEFAULT_EMBEDDER}"), "the default embedder, part of the program".to_owned()));
    for model in &found.models {
        let state = match (&model.problem, model.installed) {
            (Some(_), _) => "DAMAGED",
            (None, true) => "installed",
            (None, false) => "not installed",
        };
        rows.push((format!("model {}", model.name), state.to_owned()));
    }
    for program in &found.programs {
        let called = program.called.clone().unwrap_or_else(|| "not found".to_owned());
        rows.push((program.name.clone(), format!("{called}; {}", program.purpose)));
    }
    rows.extend(found.speed.iter().flat_map(speeds));
    rows.into_iter().map(|(name, value)| vec![name, value]).collect()
}

fn speeds(speed: &Speed) -> Vec<(String, String)> {
    let embedding = format!("{:.0} crops a second with {}", speed.crops_embedded_per_second, speed.runtime);
    let mut rows = vec![
        (
            "decoding".to_owned(),
            format!("{:.0} photos of 1600 × 1200 a second", speed.photos_decoded_per_second),
        ),
        ("embedding".to_owned(), embedding),
        (
            "search".to_owned(),
            format!("{:.1} million embeddings a second", speed.rows_searched_per_second / 1e6),
        ),
    ];
    rows.extend(speed.local_features.iter().map(|local| {
        let (read, compared) = (local.crops_read_per_second, local.photos_compared_per_second);
        let said = format!("{read:.0} crops a second, compared with {compared:.0} photos a second");
        (format!("marks by {}", local.bundle), said)
    }));
    let (pairs, each) = (speed.pairs_looked_at_per_second, speed.pairs_of_a_query);
    if pairs > 0.0 {
        #[expect(clippy::cast_precision_loss, reason = "some pairs")]
        let took = each as f64 / pairs;
        let said = format!("{pairs:.0} pairs of photos a second: {took:.1} s a photo more");
        rows.push(("effort thorough".to_owned(), said));
    }
    rows
}
