//! `resight models import`: a network that somebody has, from its file or from the hub.

use resight_engine::model_store::StoreError;
use resight_engine::models_of::DecodePrecision;
use resight_engine::models_of::import::{
    ImportError, ImportPlan, ImportSource, ImportWishes, PlanNote, Source,
};
use resight_engine::{EngineError, Progress as _};
use serde_json::json;

use super::add::{
    BoxesArg, ColorArg, DistanceArg, FilterArg, FitArg, Labels, PurposeArg, RangeArg, size_of, three,
};
use super::tell;
use crate::context::Context;
use crate::refusal::InWords as _;
use crate::{exit, output};

/// Use a network that you have, from its file or from the Hugging Face hub: no Python is needed.
///
/// The architecture is told by the tensors, the preprocessing by the config beside the weights, the licence by the model's page;
/// what comes from where is shown before anything is installed. A model on the hub is downloaded by your own `hf` program. Every value
/// may be said otherwise.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight models import MegaDescriptor-T-224/ --dry-run     what is it, and what would be done?
  resight models import MegaDescriptor-T-224/
  resight models import hf:BVRA/MegaDescriptor-T-224 --name megadescriptor-t
  resight models import miewid/model.safetensors --filter plain-bilinear
  resight models import md_v5a.onnx                         a detector: the form of its boxes is found
  resight models import deer.onnx --purpose detector --labels labels.txt --animals deer,fox")]
pub(crate) struct Args {
    /// A weight file (safetensors, torch), an ONNX file, a folder with one and its config, or hf:OWNER/NAME
    source: String,
    /// Say what would be done, and install nothing
    #[arg(long)]
    dry_run: bool,
    /// Of several weight files, this one
    #[arg(long, value_name = "NAME")]
    file: Option<String>,
    /// Name in the store: lower-case letters, digits, `-`, `_`, `.`
    #[arg(long)]
    name: Option<String>,
    /// Architecture of the weights: a name as in the list of networks
    #[arg(long)]
    architecture: Option<String>,
    /// Size of the network's input in pixels: one number, or WIDTHxHEIGHT
    #[arg(long, value_name = "PIXELS")]
    size: Option<String>,
    /// Subtracted from each colour
    #[arg(long, value_name = "R,G,B", allow_hyphen_values = true, value_delimiter = ',')]
    mean: Vec<f32>,
    /// Then divided by
    #[arg(long, value_name = "R,G,B", allow_hyphen_values = true, value_delimiter = ',')]
    deviation: Vec<f32>,
    /// Range of a colour before mean and deviation
    #[arg(long, value_enum)]
    range: Option<RangeArg>,
    /// Order of the colours
    #[arg(long, value_enum)]
    color: Option<ColorArg>,
    /// What happens to other proportions
    #[arg(long, value_enum)]
    resize: Option<FitArg>,
    /// How pixels are mixed
    #[arg(long, value_enum)]
    filter: Option<FilterArg>,
    /// Decode every pixel of a JPEG, instead of the fast scaled decoding
    #[arg(long)]
    exact: bool,
    /// What embeddings are compared by
    #[arg(long, value_enum)]
    distance: Option<DistanceArg>,
    /// What the network is for
    #[arg(long, alias = "kind", value_enum)]
    purpose: Option<PurposeArg>,
    /// How the numbers of a detector are boxes, where its shapes do not tell
    #[arg(long, value_enum, value_name = "FORM")]
    boxes: Option<BoxesArg>,
    /// What the classes of a detector are called: `coco`, `megadetector`, or a text file with a label a line
    #[arg(long, value_name = "NAME|FILE")]
    labels: Option<String>,
    /// Which of the labels are animals
    #[arg(long, value_name = "LABEL", value_delimiter = ',')]
    animals: Vec<String>,
    /// Boxes of a detector that are less sure do not count, 0 to 1
    #[arg(long, value_name = "SHARE")]
    least_confidence: Option<f32>,
    /// Licence of the weights
    #[arg(long)]
    licence: Option<String>,
    /// Where it comes from
    #[arg(long)]
    origin: Option<String>,
    /// Input of an ONNX network to use
    #[arg(long)]
    input: Option<String>,
    /// Output of an ONNX network to use
    #[arg(long)]
    output: Option<String>,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let source = ImportSource::from_text(&args.source).map_err(|error| {
        EngineError::user(error.to_string()).in_words("as in `hf:BVRA/MegaDescriptor-T-224`")
    })?;
    let dry_run = args.dry_run;
    let shown = args.name.clone().unwrap_or_else(|| args.source.clone());
    let wishes = args.wishes()?;
    let models = context.models()?;
    let mut hear = |event| tell(&shown, &event, context);
    let planned = models.store().plan_import(&source, &wishes, &mut hear);
    context.progress.end();
    let plan = planned.map_err(in_words)?;
    if dry_run && context.global.json {
        output::json(&json!({ "plan": plan.describe(), "notes": plan.notes }))?;
        return Ok(exit::DONE);
    }
    show(&plan, dry_run, context)?;
    if dry_run {
        return Ok(exit::DONE);
    }
    let installed = models.store().import(&plan, &mut hear);
    context.progress.end();
    let installed = installed.map_err(in_words)?;
    let id = installed.bundle.as_ref().map(ToString::to_string).unwrap_or_default();
    if context.global.json {
        let (bundle, path, bytes) = (&installed.bundle, &installed.path, installed.bytes);
        output::json(
            &json!({ "bundle": bundle, "path": path, "bytes": bytes, "plan": plan.describe(), "notes": plan.notes }),
        )?;
    } else {
        output::line(format!("{id} is installed: {}", installed.path.display()))?;
    }
    Ok(exit::DONE)
}

impl Args {
    fn wishes(self) -> anyhow::Result<ImportWishes> {
        let numbers = |option: &str, values: &[f32]| -> anyhow::Result<Option<[f32; 3]>> {
            (!values.is_empty()).then(|| three(option, values)).transpose()
        };
        let labels = self.labels.as_deref().map(Labels::of).transpose()?;
        let animals = match (self.animals.is_empty(), &labels) {
            (false, _) => Some(self.animals),
            (true, Some(labels)) if !labels.animals.is_empty() => Some(labels.animals.clone()),
            _ => None,
        };
        Ok(ImportWishes {
            mean: numbers("--mean", &self.mean)?,
            deviation: numbers("--deviation", &self.deviation)?,
            size: self.size.as_deref().map(size_of).transpose()?,
            file: self.file,
            name: self.name,
            purpose: self.purpose.map(Into::into),
            architecture: self.architecture,
            fit: self.resize.map(Into::into),
            filter: self.filter.map(Into::into),
            color: self.color.map(Into::into),
            range: self.range.map(Into::into),
            decode: self.exact.then_some(DecodePrecision::Exact),
            distance: self.distance.map(Into::into),
            licence: self.licence,
            origin: self.origin,
            input: self.input,
            output: self.output,
            boxes: self.boxes.map(Into::into),
            labels: labels.map(|labels| labels.all),
            animals,
            least_confidence: self.least_confidence,
        })
    }
}

/// The error with the option that says what is missing.
fn in_words(error: StoreError) -> anyhow::Error {
    let option = match &error {
        StoreError::Import(ImportError::SeveralWeights { .. }) => Some("name one with `--file NAME`"),
        StoreError::Import(ImportError::TornBetween { .. } | ImportError::NoForm { .. }) => {
            Some("say it with `--boxes FORM`")
        }
        StoreError::Import(ImportError::LabelsUnknown { .. }) => {
            Some("say them with `--labels coco`, `--labels megadetector` or `--labels FILE`, a label a line")
        }
        StoreError::Import(ImportError::AnimalsUnknown { .. }) => Some("as in `--animals deer,fox`"),
        StoreError::Import(ImportError::PurposeUnknown { .. }) => {
            Some("say it with `--purpose embedder` or another")
        }
        _ => None,
    };
    let error = EngineError::from(error);
    match option {
        Some(option) => error.in_words(option).into(),
        None => error.into(),
    }
}

fn show(plan: &ImportPlan, dry_run: bool, context: &Context) -> anyhow::Result<()> {
    let rows = plan.describe().into_iter().map(|line| {
        let part = serde_json::to_value(line.part).ok().and_then(|part| part.as_str().map(str::to_owned));
        vec![part.unwrap_or_default().replace('-', " "), line.value, said_by(&line.from)]
    });
    let table = output::table(&["", "what", "says who"], &[], rows).to_string();
    // Before something is installed it is a note; asked for, it is the answer.
    match (dry_run, context.global.json) {
        (true, _) => output::line(table)?,
        (false, false) => context.note(table),
        (false, true) => {}
    }
    for note in &plan.notes {
        context.note(note_in_words(note));
    }
    Ok(())
}

fn said_by(source: &Source) -> String {
    match source {
        Source::File { file, key } => format!("{file}: {key}"),
        Source::Network => "the file itself".to_owned(),
        Source::Usual { of } => format!("usual for {of}"),
        Source::Registry { entry } => format!("known as {entry}"),
        Source::Place => "where it lies".to_owned(),
        Source::Asked => "you".to_owned(),
        Source::NotStated => "nobody".to_owned(),
    }
}

fn note_in_words(note: &PlanNote) -> String {
    match note {
        PlanNote::OtherChoice { part, value, from } => format!(
            "{part} might also be {value} ({}): `resight models compare` tells which serves your photos",
            said_by(from)
        ),
        PlanNote::NotUsed { file, key, found } => format!("{file}: {key} is {found}, which is not used"),
        PlanNote::TensorsLeftOut { count, names } => {
            format!(
                "{count} tensors of the file are no part of the network and left out, such as {}",
                names.join(", ")
            )
        }
        PlanNote::LicenceNotStated => {
            "nobody says under which licence the weights are: ask whoever made them".to_owned()
        }
        PlanNote::HashNotKnown => "the file was compared with no hash: what came is what came".to_owned(),
    }
}
