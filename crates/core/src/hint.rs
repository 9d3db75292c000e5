//! What a person can do about an error or a remark.
//!
//! The rooms say what; each door (terminal, web page, Python) says how, in its own words.

use std::path::PathBuf;

use serde::Serialize;

use crate::{AnnotationId, IndividualId, PixelBox};

/// What a person can do, with all that it takes to say so.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Hint {
    /// Make a catalog in this folder.
    MakeCatalog {
        /// The folder.
        folder: PathBuf,
    },
    /// Go on with the plan that is there, or choose another folder.
    PlanIsThere {
        /// The folder.
        folder: PathBuf,
    },
    /// Make a plan first.
    MakePlan,
    /// See which jobs a plan has.
    ListJobs,
    /// Calibrate answers of the greatest effort too.
    CalibrateThorough,
    /// Choose another folder, or use the catalog that is there.
    UseThisCatalog,
    /// Give a folder that is empty or not there yet.
    EmptyFolder,
    /// Get a newer version of the program.
    UpdateProgram,
    /// Do anything that writes to the catalog, which brings it to the form of today.
    UpgradeCatalog,
    /// Wait for whoever writes, or stop it.
    WaitForWriter,
    /// Move the folder to a disk of this machine.
    LocalDisk,
    /// Make room; nothing that was stored is lost.
    FreeSpace,
    /// See whether a quota, a limit on the size of files or the disk itself is in the way.
    LookAtLimits,
    /// See who may read and write the folder.
    LookAtPermissions,
    /// Copy the catalog to a disk that can be written to, and open it there.
    CopyCatalog,
    /// Ask whoever sent the catalog what that is doing in it.
    AskSender,
    /// Restore a copy, or take back what a stranger changed.
    RestoreCopy,
    /// Find out what is damaged.
    VerifyCatalog,
    /// Make good what is derived.
    Rebuild,
    /// One of these was probably meant; the most alike first.
    DidYouMean {
        /// The names.
        near: Vec<String>,
    },
    /// See who there is.
    ListIndividuals,
    /// See which folders of photos there are.
    ListRoots,
    /// See which steps there are.
    ListSteps,
    /// Give the value of a label in its form.
    LabelForm(LabelForm),
    /// This individual stands for the one asked for.
    UseInstead {
        /// Who.
        individual: IndividualId,
    },
    /// Take a later step back first.
    UndoFirst {
        /// Which.
        step: String,
    },
    /// Take the undoing step back: that does it again.
    UndoToRedo {
        /// Which.
        step: String,
    },
    /// Take back the step that removed it.
    UndoRemoval,
    /// Choose another name, or merge with whoever has it.
    OtherNameOrMerge {
        /// Who has it.
        individual: IndividualId,
    },
    /// Join two individuals, if they are one.
    Merge,
    /// Make the individual first.
    MakeIndividual {
        /// What it would be called.
        name: String,
    },
    /// Make the embeddings that are missing.
    Reembed {
        /// Of which bundle; none for the one in use.
        bundle: Option<String>,
    },
    /// The frames there are.
    Frames,
    /// Read the local features of a catalog's photos.
    ReadLocalFeatures,
    /// The catalog's embeddings are of another version of the program: make them anew, or get that version's bundle.
    EmbedAnew {
        /// The program's own bundle, by its name.
        bundle: &'static str,
    },
    /// Calibrate the catalog.
    Calibrate,
    /// Calibrate the catalog for this pooling.
    CalibratePooling,
    /// Name a photo by its path, the beginning of its content hash, or an annotation.
    NamePhoto,
    /// Take the photo in.
    TakePhotoIn {
        /// The catalog.
        catalog: PathBuf,
        /// The photo.
        photo: PathBuf,
        /// The content hash, shortened, of the photo that was taken in from the same file before it changed.
        former: Option<String>,
    },
    /// Give more digits of the content hash.
    MoreDigits {
        /// The photos that begin so, by their hashes, shortened.
        photos: Vec<String>,
    },
    /// Say which animal of the photo.
    SayWhichAnimal {
        /// Those that there are.
        animals: Vec<AnimalInPhoto>,
    },
    /// Save the photo as a file first.
    SavePhoto,
    /// Take the table in, and ask about the unidentified.
    TakeTableIn,
    /// The same command goes on where it was stopped.
    GoOnWithIngest,
    /// Give a box as four numbers.
    BoxNumbers,
    /// Say what the four numbers of a box are.
    BoxForm {
        /// As what they were read.
        read_as: &'static str,
    },
    /// Read the boxes of a table otherwise: nearly all of them fit their pictures then.
    ReadBoxesAs {
        /// The form of the numbers, where it is another.
        form: Option<&'static str>,
        /// The picture that they count in, where it is another.
        space: Option<&'static str>,
    },
    /// Say what the numbers of the boxes are, and which picture they count in.
    SayBoxes,
    /// The catalog has none with this label, but one like it.
    LabelsThere {
        /// What was probably meant.
        meant: String,
        /// What there is.
        there: Vec<String>,
    },
    /// Name the column of the encounters, or ask row by row.
    EncounterColumn,
    /// Name the column of the individuals, or say that each has a folder.
    IdentityColumn,
    /// Name the column of the photos' paths.
    PathColumn {
        /// The column that is probably meant.
        near: Option<String>,
    },
    /// A column that is kept without a meaning may be meant so.
    ColumnMeaning {
        /// The meaning.
        meaning: &'static str,
        /// The column.
        column: String,
    },
    /// Save the table as text in UTF-8.
    SaveAsUtf8,
    /// See whether it is a table with names of columns.
    NamesOfColumns,
    /// Rename the individual.
    RenameIndividual,
    /// Rename the file.
    RenameFile,
    /// One side of the split is empty: give it another rule, or other data.
    SplitOtherwise(EmptySplit),
    /// Say which values of the split column are which side.
    SplitValues,
    /// Measure on photos that the bundle did not learn from.
    MeasureOnOthers,
    /// Use a detector that there is.
    Detectors,
    /// Set the folder of the models.
    SetModelHome,
    /// Make room, or set the folder of the models to another disk.
    RoomForModels,
    /// These models there are.
    ModelNames {
        /// The one that was probably meant.
        meant: Option<String>,
        /// All of them.
        known: Vec<String>,
    },
    /// Get the model by its name.
    PullModel {
        /// Its name.
        name: String,
    },
    /// Remove the damaged model and get it again.
    PullAgain {
        /// Its name.
        name: String,
    },
    /// Choose another name, or remove the model that has it.
    OtherModelName {
        /// The name.
        name: String,
    },
    /// Move away what is not ours, or set the folder of the models to another one.
    MoveAwayFromHome,
    /// Move the library away; one of the user's own is named by the environment.
    MoveLibraryAway,
    /// Move the file away.
    MoveAway,
    /// All works without the runtime; a library of the user's own is named by the environment.
    OwnLibrary,
    /// Add an ONNX file of the user's own.
    OwnOnnxFile,
    /// Install the package manager, or fetch the package elsewhere.
    InstallManager {
        /// `pip`, `npm` or `hf`.
        manager: String,
        /// The model that it is needed for.
        name: String,
    },
    /// See to the network, or fetch the package elsewhere.
    FetchElsewhere {
        /// The model.
        name: String,
    },
    /// See to the address and the network.
    CheckAddress,
    /// Get the right file, or take this one under a name of its own.
    RightFile,
    /// Add the model as an ONNX file, which holds its network.
    AddAsOnnx,
    /// Say how photos are prepared for the model.
    GivePreprocessing,
    /// Get ONNX Runtime, which is several times as fast.
    GetOnnxRuntime {
        /// The oldest minor version that serves.
        least_minor: u32,
    },
    /// Take the runtime that there is.
    AnyRuntime,
    /// Build the program with this device, or train on the CPU.
    BuildWith {
        /// The feature that brings the device.
        feature: &'static str,
        /// The device.
        device: String,
    },
    /// Install the driver of the device, or train on the CPU.
    InstallDriver {
        /// The device.
        device: String,
    },
    /// Ask for single precision.
    SinglePrecision,
    /// A part of the division would be empty.
    OtherShares {
        /// Whether known individuals are asked about, rather than new ones.
        asks_known: bool,
    },
    /// The division may be one of another table.
    DivisionOfThisTable,
    /// Make the division again.
    DivideAgain,
    /// Let a division ask either known individuals or new ones.
    OneQuestion,
    /// Ask about fewer photos, or have the answers as a table of text.
    FewerAnswers,
    /// Go on with the run, or choose another folder.
    ResumeOrOtherFolder,
    /// Choose another folder for the run.
    OtherRunFolder,
    /// Begin the ladder higher.
    BeginHigher,
    /// Make room for features, or ask for fewer.
    RoomForFeatures,
}

/// What the value of a label looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "label", rename_all = "kebab-case")]
pub enum LabelForm {
    /// A grade of quality.
    Quality,
    /// A time.
    Time,
    /// A place.
    Place,
    /// A box.
    Box,
}

/// By which rule a side of a split came to be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "rule", rename_all = "kebab-case")]
pub enum EmptySplit {
    /// By time.
    Cut,
    /// By a column.
    Column,
    /// By leaving one out.
    LeaveOneOut,
    /// By parting encounters or individuals.
    Parted,
}

/// One of several animals of a photo.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AnimalInPhoto {
    /// Its annotation.
    pub annotation: AnnotationId,
    /// Who it is, where that is known.
    pub name: Option<String>,
    /// Where it is; none for the whole photo.
    pub region: Option<PixelBox>,
}
