//! `resight models add`: a model from elsewhere.

use std::path::Path;

use resight_core::Distance;
use resight_engine::model_store::{AddRequest, AddSource, StoreError};
use resight_engine::models_of::{
    BoxesForm, ColorOrder, DecodePrecision, DetectorManifest, Fit, ManifestInput, ModelError, Preprocess,
    Purpose, ResizeFilter, ValueRange,
};
use resight_engine::{EngineError, Models, Progress as _};
use resight_files::read_plain_text;
use serde_json::json;

use super::tell;
use crate::context::Context;
use crate::refusal::InWords as _;
use crate::{exit, output};

/// Add a model of your own: a bundle, or an ONNX file (MiewID, MegaDescriptor, DINOv2, …) with its preprocessing.
///
/// A bundle (a folder, or a `.resight` file) says everything itself. For a bare network file, say how photos
/// are prepared for it; the numbers stand in its model card.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight models add my-whales.resight
  resight models add miewid.onnx --name miewid --size 440 --mean 0.485,0.456,0.406 --deviation 0.229,0.224,0.225
  resight models add yolox_nano.onnx --name yolox-nano --size 416 --purpose detector --boxes yolox --labels coco \\
      --range byte --mean 0,0,0 --deviation 1,1,1 --color bgr --resize letterbox
  resight models add md_v5a.onnx --name md5a --size 1280 --purpose detector --boxes yolov5 --labels megadetector \\
      --mean 0,0,0 --deviation 1,1,1 --resize letterbox
  resight models add net.onnx --name net --size 384x256 --range byte --mean 127,127,127 --deviation 128,128,128 \\
      --color bgr --resize letterbox --filter bicubic --distance euclidean")]
pub(crate) struct Args {
    /// A bundle, or an ONNX, torch or safetensors file; a path or an address
    source: String,
    /// Name in the store: lower-case letters, digits, `-`, `_`, `.`
    #[arg(long)]
    name: Option<String>,
    /// Size of the network's input in pixels: one number, or WIDTHxHEIGHT
    #[arg(long, value_name = "PIXELS")]
    size: Option<String>,
    /// Subtracted from each colour
    #[arg(long, value_name = "R,G,B", allow_hyphen_values = true, value_delimiter = ',', default_values_t = [0.485, 0.456, 0.406])]
    mean: Vec<f32>,
    /// Then divided by
    #[arg(long, value_name = "R,G,B", allow_hyphen_values = true, value_delimiter = ',', default_values_t = [0.229, 0.224, 0.225])]
    deviation: Vec<f32>,
    /// Range of a colour before mean and deviation: 0 to 1, 0 to 255, or 0 to 1 of the picture's own greatest value
    #[arg(long, value_enum, default_value = "unit")]
    range: RangeArg,
    /// Order of the colours
    #[arg(long, value_enum, default_value = "rgb")]
    color: ColorArg,
    /// What happens to other proportions
    #[arg(long, value_enum, default_value = "stretch")]
    resize: FitArg,
    /// How pixels are mixed
    #[arg(long, value_enum, default_value = "bilinear")]
    filter: FilterArg,
    /// Decode every pixel of a JPEG, instead of the fast scaled decoding
    #[arg(long)]
    exact: bool,
    /// What embeddings are compared by
    #[arg(long, value_enum, default_value = "cosine")]
    distance: DistanceArg,
    /// What the network is for
    #[arg(long, value_enum, default_value = "embedder")]
    purpose: PurposeArg,
    /// How the numbers of a detector are boxes
    #[arg(long, value_enum, value_name = "FORM", required_if_eq("purpose", "detector"))]
    boxes: Option<BoxesArg>,
    /// What the classes of a detector are called: `coco`, `megadetector`, or a text file with a label a line
    #[arg(long, value_name = "NAME|FILE", required_if_eq("purpose", "detector"))]
    labels: Option<String>,
    /// Which of the labels are animals [default: those of `coco` or `megadetector`]
    #[arg(long, value_name = "LABEL", value_delimiter = ',')]
    animals: Vec<String>,
    /// Boxes of a detector that are less sure do not count, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.3)]
    least_confidence: f32,
    /// Licence of the weights, such as CC-BY-NC-4.0
    #[arg(long, default_value = "not stated")]
    licence: String,
    /// Where it comes from
    #[arg(long, default_value = "")]
    origin: String,
    /// Architecture of a torch or safetensors file, such as efficientnet-lite0
    #[arg(long)]
    architecture: Option<String>,
    /// Input of the network to use [default: the only one]
    #[arg(long)]
    input: Option<String>,
    /// Output of the network to use [default: the first]
    #[arg(long)]
    output: Option<String>,
    /// SHA-256 that the file must have
    #[arg(long, value_name = "HEX")]
    sha256: Option<String>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum RangeArg {
    Unit,
    Byte,
    Brightest,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum ColorArg {
    Rgb,
    Bgr,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum FitArg {
    /// Each side is scaled by itself
    Stretch,
    /// Kept in proportion, with grey bars
    Letterbox,
    /// The largest centred part
    CenterCrop,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum FilterArg {
    Bilinear,
    Bicubic,
    Lanczos3,
    Nearest,
    /// Between the four nearest pixels however much smaller it gets, as OpenCV does: MiewID was trained so
    PlainBilinear,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum DistanceArg {
    Cosine,
    Euclidean,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum PurposeArg {
    Embedder,
    Mask,
    Detector,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum BoxesArg {
    /// The cells of grids of 8, 16 and 32 pixels, as YOLOX is exported
    Yolox,
    /// Middle, sides, objectness, classes: YOLOv5, MegaDetector 5
    Yolov5,
    /// Middle, sides, classes, without objectness: YOLOv8, 9, 11
    Yolov8,
    /// Middle and sides as shares of the input, classes, nothing to be sorted out: RT-DETR
    RtDetr,
    /// Corners, confidence, class, nothing to be sorted out: YOLOv10
    Corners,
}

impl From<RangeArg> for ValueRange {
    fn from(range: RangeArg) -> Self {
        match range {
            RangeArg::Unit => Self::Unit,
            RangeArg::Byte => Self::Byte,
            RangeArg::Brightest => Self::Brightest,
        }
    }
}

impl From<ColorArg> for ColorOrder {
    fn from(color: ColorArg) -> Self {
        match color {
            ColorArg::Rgb => Self::Rgb,
            ColorArg::Bgr => Self::Bgr,
        }
    }
}

impl From<FitArg> for Fit {
    fn from(fit: FitArg) -> Self {
        match fit {
            FitArg::Stretch => Self::Stretch,
            FitArg::Letterbox => Self::Letterbox { fill: [114; 3] },
            FitArg::CenterCrop => Self::CenterCrop { share: 1.0 },
        }
    }
}

impl From<FilterArg> for ResizeFilter {
    fn from(filter: FilterArg) -> Self {
        match filter {
            FilterArg::Bilinear => Self::Bilinear,
            FilterArg::Bicubic => Self::Bicubic,
            FilterArg::Lanczos3 => Self::Lanczos3,
            FilterArg::Nearest => Self::Nearest,
            FilterArg::PlainBilinear => Self::PlainBilinear,
        }
    }
}

impl From<DistanceArg> for Distance {
    fn from(distance: DistanceArg) -> Self {
        match distance {
            DistanceArg::Cosine => Self::Cosine,
            DistanceArg::Euclidean => Self::Euclidean,
        }
    }
}

impl From<PurposeArg> for Purpose {
    fn from(purpose: PurposeArg) -> Self {
        match purpose {
            PurposeArg::Embedder => Self::Embedder,
            PurposeArg::Mask => Self::Mask,
            PurposeArg::Detector => Self::Detector,
        }
    }
}

impl From<BoxesArg> for BoxesForm {
    fn from(boxes: BoxesArg) -> Self {
        match boxes {
            BoxesArg::Yolox => Self::Yolox,
            BoxesArg::Yolov5 => Self::Yolov5,
            BoxesArg::Yolov8 => Self::Yolov8,
            BoxesArg::RtDetr => Self::RtDetr,
            BoxesArg::Corners => Self::Corners,
        }
    }
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    if let Some(carried) = args.name.as_deref().and_then(Models::carried) {
        let name = &carried.manifest().name;
        return Err(EngineError::user(format!("`{name}` is a model that the program carries"))
            .in_words("choose another name for this one")
            .into());
    }
    let request = AddRequest {
        source: AddSource::from_text(&args.source),
        manifest: args.manifest()?,
        sha256: args
            .sha256
            .as_deref()
            .map(|text| text.parse().map_err(|error| EngineError::user(format!("{error}"))))
            .transpose()?,
    };
    let shown = args.name.as_deref().unwrap_or(&args.source).to_owned();
    let models = context.models()?;
    let added = models.store().add(&request, &mut |event| tell(&shown, &event, context));
    context.progress.end();
    let is_said = !matches!(args.purpose, PurposeArg::Embedder);
    let added = added.map_err(|error| {
        let gives_other = matches!(error, StoreError::Model(ModelError::Shape { .. }));
        let error = EngineError::from(error);
        match gives_other && !is_said {
            true => error.in_words("if it is no embedder, say by `--purpose` what it is").into(),
            false => anyhow::Error::from(error),
        }
    })?;
    let id = added.bundle.as_ref().map(ToString::to_string).unwrap_or_default();
    if context.global.json {
        output::json(&json!({ "bundle": added.bundle, "path": added.path, "bytes": added.bytes }))?;
    } else {
        output::line(format!("{id} is installed: {}", added.path.display()))?;
    }
    Ok(exit::DONE)
}

impl Args {
    /// What a bare network file does not say; none where a bundle is added.
    fn manifest(&self) -> anyhow::Result<Option<ManifestInput>> {
        let (name, size) = match (&self.name, &self.size) {
            (Some(name), Some(size)) => (name, size),
            (None, None) => return Ok(None),
            _ => {
                return Err(EngineError::user("a bare network file needs both `--name` and `--size`")
                    .in_words("as in `--name mine --size 224`; a bundle needs neither")
                    .into());
            }
        };
        let (width, height) = size_of(size)?;
        let preprocess = Preprocess {
            width,
            height,
            fit: self.resize.into(),
            filter: self.filter.into(),
            color: self.color.into(),
            value_range: self.range.into(),
            mean: three("--mean", &self.mean)?,
            deviation: three("--deviation", &self.deviation)?,
            decode: if self.exact { DecodePrecision::Exact } else { DecodePrecision::Scaled },
            crop_margin: 0.0,
        };
        let purpose = self.purpose.into();
        let is_detector = purpose == Purpose::Detector;
        if !is_detector && (self.boxes.is_some() || self.labels.is_some() || !self.animals.is_empty()) {
            return Err(EngineError::user("boxes and labels are a detector's")
                .in_words("say `--purpose detector`, or leave `--boxes`, `--labels` and `--animals` out")
                .into());
        }
        let labels = self.labels.as_deref().map(Labels::of).transpose()?.unwrap_or_default();
        if is_detector && labels.animals.is_empty() && self.animals.is_empty() {
            return Err(EngineError::user("which of the labels are animals is not said")
                .in_words("as in `--animals deer,fox`; others, such as people, are not looked for")
                .into());
        }
        let detector = self.boxes.map(|boxes| DetectorManifest {
            form: boxes.into(),
            animals: if self.animals.is_empty() { labels.animals } else { self.animals.clone() },
            least_confidence: self.least_confidence,
            ..DetectorManifest::default()
        });
        Ok(Some(ManifestInput {
            labels: labels.all,
            detector: detector.filter(|_| is_detector),
            architecture: self.architecture.clone(),
            input: self.input.clone(),
            output: self.output.clone(),
            distance: self.distance.into(),
            origin: self.origin.clone(),
            ..ManifestInput::new(name, purpose, preprocess, &self.licence)
        }))
    }
}

/// What the classes of a detector are called.
#[derive(Default)]
pub(super) struct Labels {
    pub(super) all: Vec<String>,
    pub(super) animals: Vec<String>,
}

/// The classes of COCO 2017 in their order; its animals are the fifteenth to the twenty-fourth.
const COCO: &str = "person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,stop sign,\
    parking meter,bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,backpack,umbrella,handbag,tie,suitcase,\
    frisbee,skis,snowboard,sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,\
    wine glass,cup,fork,knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,\
    couch,potted plant,bed,dining table,toilet,tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,\
    refrigerator,book,clock,vase,scissors,teddy bear,hair drier,toothbrush";

/// Bytes of a file of labels, at most.
const MOST_LABELS: u64 = 1 << 20;

impl Labels {
    pub(super) fn of(name: &str) -> anyhow::Result<Self> {
        let named =
            |all: &str| -> Vec<String> { all.split(',').map(|label| label.trim().to_owned()).collect() };
        Ok(match name {
            "coco" => {
                let all = named(COCO);
                Self { animals: all[14..24].to_vec(), all }
            }
            "megadetector" => {
                Self { all: named("animal,person,vehicle"), animals: vec!["animal".to_owned()] }
            }
            file => {
                let path = Path::new(file);
                let text = read_plain_text(path, MOST_LABELS)
                    .map_err(|error| EngineError::file("read", path, error))?;
                // An empty line in between is a label too: the others keep their numbers.
                let lines = text.trim_end().lines().map(|line| line.trim().to_owned());
                Self { all: lines.collect(), animals: Vec::new() }
            }
        })
    }
}

pub(super) fn size_of(text: &str) -> anyhow::Result<(u32, u32)> {
    let (width, height) = text.split_once('x').unwrap_or((text, text));
    match (width.trim().parse(), height.trim().parse()) {
        (Ok(width), Ok(height)) => Ok((width, height)),
        _ => Err(EngineError::user(format!("not a size in pixels: `{text}`"))
            .in_words("as in `--size 224` or `--size 384x256`")
            .into()),
    }
}

pub(super) fn three(option: &str, values: &[f32]) -> anyhow::Result<[f32; 3]> {
    <[f32; 3]>::try_from(values).map_err(|_| {
        EngineError::user(format!("`{option}` takes three numbers, not {}", values.len()))
            .in_words(format!("as in `{option} 0.5,0.5,0.5`"))
            .into()
    })
}
