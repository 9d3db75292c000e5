//! What is asked, and what may answer.

use std::path::PathBuf;
use std::sync::Arc;

use resight_catalog::Area;
use resight_core::{AnnotationId, CaptureTime, Effort, LabelFilter, Pooling};
use resight_dataset::ReadOptions;
use resight_eval::Same;

use super::{AnswerOrder, DrawnBox};

/// What is asked about.
#[derive(Debug, Clone)]
pub enum Subject {
    /// Photos, folders of photos, and tables with a query a row (`.csv`, `.tsv`).
    Sources {
        /// Where they are.
        paths: Vec<PathBuf>,
        /// How tables are read. A folder is a folder of photos, unless a kind is named here.
        read: ReadOptions,
    },
    /// Animals in one photo.
    Boxes {
        /// The photo.
        photo: PathBuf,
        /// Where in it they are.
        boxes: Vec<DrawnBox>,
    },
    /// Photos that are no files. They cannot be stored.
    InMemory(Vec<PhotoInMemory>),
    /// Every annotation of the catalog of which nobody has said who it is.
    Unidentified,
    /// These annotations of the catalog. Those that stand together show one animal and get one answer.
    Annotations(Vec<Vec<AnnotationId>>),
}

/// A photo that is no file.
#[derive(Debug, Clone)]
pub struct PhotoInMemory {
    /// What to call it: nothing is opened by that.
    pub name: String,
    /// Its bytes, as they would stand in a file.
    pub bytes: Arc<[u8]>,
}

impl Subject {
    /// Photos, folders and tables, read as they are.
    pub fn sources(paths: &[PathBuf]) -> Self {
        Self::Sources { paths: paths.to_vec(), read: ReadOptions::default() }
    }
}

/// What gets one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AnswerBy {
    /// Each animal in each photo.
    #[default]
    Animal,
    /// Each encounter: photos and folders that are named are one, and so are photos that are no files; a table and the catalog say it themselves.
    Encounter,
}

/// Who is asked about, and what may answer.
#[derive(Debug, Clone)]
pub struct IdentifyRequest {
    /// What is asked about.
    pub subject: Subject,
    /// What gets one answer.
    pub by: AnswerBy,
    /// Species and viewpoint of the animals asked about: only such may answer.
    pub labels: LabelFilter,
    /// Asks about photos of every grade, those of grades that named nobody too.
    pub any_quality: bool,
    /// Which labels that a table's row or the catalog's annotation states for itself narrow what may answer. They stand
    /// before [`IdentifyRequest::labels`].
    pub same: Same,
    /// Only photos taken since may answer.
    pub since: Option<CaptureTime>,
    /// Only photos taken here may answer.
    pub area: Option<Area>,
    /// How the photos of an individual are pooled; none for the catalog's setting.
    pub pooling: Option<Pooling>,
    /// How much work goes into an answer.
    pub effort: Effort,
    /// How many candidates an answer lists.
    pub top: usize,
    /// Who stores the photos asked about as unidentified ones; none stores nothing.
    pub add_by: Option<String>,
    /// Whether to make a page that shows the photos beside their candidates.
    pub page: bool,
    /// Whether to draw each photo beside the best one of its first candidate, in one picture.
    pub picture: bool,
    /// Whether the page shows where in each photo its similarity to the candidates lies: about a second a photo.
    pub regions: bool,
    /// In which order the page shows the answers. The answers themselves stand as they were asked.
    pub order: AnswerOrder,
}

impl IdentifyRequest {
    /// Whether what was seen is kept until all is answered: to be shown, or stored.
    pub(super) fn keeps(&self) -> bool {
        self.page || self.picture || self.add_by.is_some()
    }

    /// Asks without filters for five candidates an answer, and stores nothing.
    pub fn new(subject: Subject) -> Self {
        Self {
            subject,
            by: AnswerBy::default(),
            labels: LabelFilter::default(),
            any_quality: false,
            same: Same::default(),
            since: None,
            area: None,
            pooling: None,
            effort: Effort::default(),
            top: 5,
            add_by: None,
            page: false,
            picture: false,
            regions: false,
            order: AnswerOrder::default(),
        }
    }
}
