//! Why a file cannot be imported as it is, and what is missing.

use std::path::{Path, PathBuf};

use resight_core::{ErrorKind, Hint, RoomError};

use crate::detect::BoxesForm;

/// How many files of several are named.
const SHOWN: usize = 8;

/// Why a file cannot be imported as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// There is no file of weights.
    #[error("there is no weight file (.safetensors, .bin, .pth, .pt, .onnx): {place}")]
    NoWeights {
        /// The folder, or the model on the hub.
        place: String,
    },
    /// There are several, and none is the usual one.
    #[error("there are several weight files, one of which is to be named: {}", names.join(", "))]
    SeveralWeights {
        /// Their names.
        names: Vec<String>,
    },
    /// The name of a file on the hub is none.
    #[error("not the name of a file on the hub: `{0}`")]
    BadFileName(String),
    /// A config beside the weights is unreadable.
    #[error("the config beside the weights cannot be read: {reason}: {}", path.display())]
    Config {
        /// What is wrong.
        reason: String,
        /// The config.
        path: PathBuf,
    },
    /// Neither the file nor what lies beside it says a value.
    #[error("nothing says the {what} that photos are prepared with; say it")]
    NotSaid {
        /// Of what.
        what: &'static str,
    },
    /// A wish cannot be meant.
    #[error("{0}")]
    Wish(String),
    /// The shapes of a network do not tell what it is for.
    #[error(
        "the shapes of the network do not tell what it is for: its outputs are {outputs}; say its purpose"
    )]
    PurposeUnknown {
        /// Names and shapes.
        outputs: String,
    },
    /// The shapes of a detector's outputs fit several forms.
    #[error(
        "the outputs of the detector, {outputs}, may be boxes in several forms; say which: {}",
        shown_forms(forms)
    )]
    TornBetween {
        /// The forms.
        forms: Vec<BoxesForm>,
        /// Names and shapes.
        outputs: String,
    },
    /// The shapes of a detector's outputs fit no form.
    #[error(
        "the outputs of the detector, {outputs}, are boxes in no known form; the forms are: {}",
        shown_forms(&BoxesForm::KNOWN)
    )]
    NoForm {
        /// Names and shapes.
        outputs: String,
    },
    /// What the classes of a detector are called is not said.
    #[error("nothing says what the {} of the detector are called; say the labels", match classes {
        Some(classes) => format!("{classes} classes"),
        None => "classes".to_owned(),
    })]
    LabelsUnknown {
        /// How many there are, as far as the shapes tell.
        classes: Option<usize>,
    },
    /// Which of the labels are animals is not said.
    #[error("nothing says which of the labels are animals; say it. The labels: {}", shown_labels(labels))]
    AnimalsUnknown {
        /// All labels.
        labels: Vec<String>,
    },
}

impl ImportError {
    /// Several files in a folder.
    pub(crate) fn several(files: &[PathBuf], folder: &Path) -> Self {
        let shown = files.iter().take(SHOWN);
        let names = shown.map(|file| file.strip_prefix(folder).unwrap_or(file).display().to_string());
        Self::SeveralWeights { names: names.collect() }
    }
}

fn shown_forms(forms: &[BoxesForm]) -> String {
    forms.iter().map(|form| form.name()).collect::<Vec<_>>().join(", ")
}

fn shown_labels(labels: &[String]) -> String {
    let shown = labels.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if labels.len() > SHOWN { format!("{shown}, …") } else { shown }
}

impl RoomError for ImportError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::User
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::NotSaid { .. } => Some(Hint::GivePreprocessing),
            _ => None,
        }
    }
}
