//! Every format in which sightings and individuals leave the house.
//!
//! A caller who knows the catalog fills in an [`Exported`]; [`ExportOptions`] say what of it goes out; [`export`] gives
//! an [`ExportFormat`]'s files as [`Written`], and [`disclosed()`] says beforehand what would go out. What is sensitive is
//! taken away once, in one place, before any format sees it: places become cells of a fixed grid
//! ([`PositionPrecision`]), identities that a model alone says stay at home unless they are asked for. Nothing is written
//! and no photo is touched here.
//!
//! | format | files | who reads it |
//! |---|---|---|
//! | `wildlife-datasets` | `annotations.csv` | wildlife-datasets, MegaDescriptor's and MiewID's training, spreadsheets, resight |
//! | `coco` | `annotations.json` | whoever trains detectors; Wild Me's tools (`name`, `viewpoint`, `theta`); COCO Camera Traps (`datetime`, `location`, `seq_id`) |
//! | `megadetector` | `detections.json` | Timelapse, AddaxAI, MegaDetector's own tools (format 1.6); it has no place for identities |
//! | `camtrap-dp` | `datapackage.json`, `deployments.csv`, `media.csv`, `observations.csv`, `individuals.csv` | Camtrap DP 1.0.2: Agouti, Trapper, camtrapdp in R, GBIF |
//! | `darwin-core` | `occurrence.csv`, `meta.xml`, `eml.xml` | GBIF, OBIS, national portals, as a Darwin Core Archive |
//! | `wildbook` | `wildbook.xlsx`, several from 200 rows on, and `photos.csv` | the bulk import of Wildbook, Flukebook and their like |
//! | `socprog` | `socprog.xlsx` | SOCPROG: social structure, movements |
//! | `edges` | `associations.csv`, `associations.graphml` | Gephi, igraph, asnipe, NetworkX |
//! | `xmp` | a sidecar beside each photo | Lightroom, digiKam, darktable, camtrapR |
//! | `crops` | a folder an individual | wildlife-datasets, Keras and PyTorch loaders, people |
//!
//! Adding one: a file here with `CARRIES` and `write`, its `mod` and its line in `formats!`.

mod camtrap_dp;
mod coco;
mod crops;
mod darwin_core;
mod disclosed;
mod edges;
mod exported;
mod file_names;
mod going;
mod lists;
mod meetings;
mod megadetector;
mod moments;
mod options;
mod precision;
mod sensitive_names;
mod socprog;
mod wildbook;
mod wildlife_datasets;
mod workbooks;
mod written;
mod xml;
mod xmp;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use disclosed::{Disclosure, Sensitive};
pub use exported::{
    About, CapturedBy, Exported, IndividualCard, Sex, Shared, SharedIdentity, SharedPhoto, Standing,
};
pub use options::{ExportOptions, OtherLabels, ScientificNames, Shown, TimesShown, Unconfirmed};
pub use precision::PositionPrecision;
pub use written::{
    CropOrder, ExchangeError, Metadata, NamedFile, Note, NoteKind, PhotoCopy, Sidecar, Written,
};

use going::{Prepared, prepare};

/// The one list of formats.
macro_rules! formats {
    ($($(#[$doc:meta])* $format:ident = $name:literal in $module:ident,)*) => {
        /// The formats.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum ExportFormat {
            $($(#[$doc])* $format,)*
        }

        impl ExportFormat {
            /// Every format.
            pub const ALL: &[Self] = &[$(Self::$format,)*];

            /// The name on the command line.
            pub fn name(self) -> &'static str {
                match self { $(Self::$format => $name,)* }
            }

            /// What of that which is sensitive the format has a place for, and what it calls it.
            fn carries(self) -> &'static [(Sensitive, &'static str)] {
                match self { $(Self::$format => $module::CARRIES,)* }
            }

            fn write(self, prepared: &Prepared<'_>, written: &mut Written) -> Result<(), ExchangeError> {
                match self { $(Self::$format => $module::write(prepared, written),)* }
            }
        }
    };
}

formats! {
    /// The table of wildlife-datasets.
    WildlifeDatasets = "wildlife-datasets" in wildlife_datasets,
    /// COCO's JSON, with the fields of Wild Me and of COCO Camera Traps.
    Coco = "coco" in coco,
    /// What MegaDetector writes, version 1.6.
    Megadetector = "megadetector" in megadetector,
    /// A Camera Trap Data Package, version 1.0.2.
    CamtrapDp = "camtrap-dp" in camtrap_dp,
    /// A Darwin Core Archive, as a folder.
    DarwinCore = "darwin-core" in darwin_core,
    /// Workbooks for Wildbook's bulk import.
    Wildbook = "wildbook" in wildbook,
    /// A workbook for SOCPROG.
    Socprog = "socprog" in socprog,
    /// Who was seen with whom, as a list of edges and as a graph.
    Edges = "edges" in edges,
    /// Sidecars with keywords and regions.
    Xmp = "xmp" in xmp,
    /// A folder an individual, with a crop an annotation.
    Crops = "crops" in crops,
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ExportFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names: Vec<&str> = Self::ALL.iter().map(|format| format.name()).collect();
        let found = Self::ALL.iter().find(|format| format.name() == text);
        found.copied().ok_or_else(|| format!("not a format (one of {}): `{text}`", names.join(", ")))
    }
}

/// Makes the files of a format. The same input gives the same bytes.
///
/// # Errors
/// When a workbook would have more rows than a sheet; what a single row cannot say is a [`Note`].
pub fn export(
    exported: &Exported,
    options: &ExportOptions,
    format: ExportFormat,
) -> Result<Written, ExchangeError> {
    let mut prepared = prepare(exported, options);
    let mut written = Written { notes: std::mem::take(&mut prepared.notes), ..Written::default() };
    format.write(&prepared, &mut written)?;
    Ok(written)
}

/// What of that which is sensitive an export in this format would give away, and in which fields.
pub fn disclosed(exported: &Exported, options: &ExportOptions, format: ExportFormat) -> Vec<Disclosure> {
    disclosed::of(&prepare(exported, options), format.carries())
}

#[cfg(test)]
mod tests;
