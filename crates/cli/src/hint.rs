//! What a person can do, in the words of the terminal. The rooms say what ([`Hint`]); here it becomes a command, an
//! option, a variable of the environment.

use std::fmt::Display;

use resight_core::{AnimalInPhoto, EmptySplit, Hint, LabelForm};
use resight_engine::Advice;

/// How many things a hint lists.
const LISTED: usize = 5;

/// A hint in the words of the terminal.
#[expect(clippy::too_many_lines, reason = "a table: a hint a line, none left out")]
pub(crate) fn words(hint: &Hint) -> String {
    let fixed = match hint {
        Hint::MakeCatalog { folder } => {
            return format!("`resight init {}` makes one", shell(folder.display()));
        }
        Hint::PlanIsThere { folder } => {
            return format!(
                "`resight plan run {}` carries it out; or choose another folder by `--folder`",
                shell(folder.display())
            );
        }
        Hint::TakePhotoIn { catalog, photo, former } => {
            return taking_in(&shell(catalog.display()), &shell(photo.display()), former.as_deref());
        }
        Hint::DidYouMean { near } => return did_you_mean(near),
        Hint::LabelForm(form) => form_of(*form),
        Hint::UseInstead { individual } => return format!("use {individual}"),
        Hint::UndoFirst { step } => return format!("undo {step} first"),
        Hint::UndoToRedo { step } => return format!("undo {step} to redo it"),
        Hint::OtherNameOrMerge { individual } => {
            return format!("choose another name, or merge with {individual} if they are one animal");
        }
        Hint::MakeIndividual { name } => {
            return format!(
                "`resight individual list` shows them all; `resight new PHOTO --name {}` makes a new individual",
                always_quoted(name)
            );
        }
        Hint::Reembed { bundle: None } => "`resight reembed` makes them",
        Hint::Reembed { bundle: Some(bundle) } => {
            return format!("`resight reembed --bundle {bundle}` makes them");
        }
        Hint::Frames => "frames are: body (the flank, straightened by its mask)",
        Hint::ReadLocalFeatures => "`resight reembed --local-features yes` reads them",
        Hint::EmbedAnew { bundle } => {
            return format!(
                "another version of the program made these embeddings; `resight reembed CATALOG --bundle {bundle}` \
                 makes them anew with this one's, or copy models/{bundle} from the model folder of the machine that \
                 made the catalog"
            );
        }
        Hint::MoreDigits { photos } => {
            return format!("give more digits: {}", listed(photos.iter().cloned()));
        }
        Hint::SayWhichAnimal { animals } => {
            return format!("say which: {}", listed(animals.iter().map(animal)));
        }
        Hint::BoxForm { read_as } => {
            return format!(
                "it was read as `{read_as}`: `--box-form corners` is left,top,right,bottom, `center` is \
                 center,center,width,height, `relative` is left,top,width,height from 0 to 1"
            );
        }
        Hint::ReadBoxesAs { form: Some(form), .. } => return format!("they fit by `--box-form {form}`"),
        Hint::ReadBoxesAs { form: None, space: Some(space) } => {
            return format!("they fit by `--box-space {space}`");
        }
        Hint::LabelsThere { meant, there } => {
            return format!("did you mean `{meant}`? It has: {}", there.join(", "));
        }
        Hint::PathColumn { near: Some(near) } => {
            return format!("did you mean `{near}`? Say {}", column("path", near));
        }
        Hint::ColumnMeaning { meaning, column: name } => {
            return format!("is one of them meant by {}?", column(meaning, name));
        }
        Hint::SplitOtherwise(split) => split_otherwise(*split),
        Hint::ModelNames { meant: Some(meant), known } => {
            return format!("did you mean {meant}? All names: {}", known.join(", "));
        }
        Hint::ModelNames { meant: None, known } => return format!("the names are: {}", known.join(", ")),
        Hint::PullModel { name } => return format!("get it with `resight models pull {name}`"),
        Hint::PullAgain { name } => return format!("`resight models remove {name}`, then get it again"),
        Hint::OtherModelName { name } => {
            return format!("choose another, or remove it with `resight models remove {name}`");
        }
        Hint::InstallManager { manager, name } => return without_manager(manager, name),
        Hint::FetchElsewhere { name } => {
            return format!(
                "check the network connection, or fetch the package elsewhere and run `resight models pull {name} \
                 --from FILE`"
            );
        }
        Hint::GetOnnxRuntime { least_minor } => {
            return format!(
                "for several times the speed run `resight models pull onnxruntime`, or set RESIGHT_ONNXRUNTIME to the \
                 library file of a package that you trust (version 1.{least_minor} or newer)"
            );
        }
        Hint::BuildWith { feature, device } => {
            return format!(
                "build with `cargo build --release --features {feature}`, or leave `--device {device}` out to train \
                 on the CPU"
            );
        }
        Hint::InstallDriver { device } => {
            return format!("{}, or leave `--device {device}` out to train on the CPU", driver(device));
        }
        Hint::UseThisCatalog => "choose another folder, or use this catalog as it is",
        Hint::EmptyFolder => "give a folder that is empty or not there yet",
        Hint::UpdateProgram => "update resight",
        Hint::UpgradeCatalog => "any command that writes, such as `resight rebuild`, upgrades it",
        Hint::WaitForWriter => "wait for it to finish, or stop it",
        Hint::LocalDisk => "move the folder to a disk of this machine",
        Hint::FreeSpace => "free some space and try again: nothing stored was lost",
        Hint::LookAtLimits => {
            "see whether a quota, a limit on the size of files or the disk itself is in the way: nothing stored was lost"
        }
        Hint::LookAtPermissions => "see who may read and write the folder",
        Hint::CopyCatalog => "copy the catalog to a disk with room that can be written to, and open it there",
        Hint::AskSender => {
            "resight never puts it there: ask who sent the catalog, and remove it if you trust the rest"
        }
        Hint::RestoreCopy => {
            "do not use a catalog that a stranger changed so: restore a copy, or take back the change"
        }
        Hint::VerifyCatalog => {
            "`resight verify` says what is damaged; restore a copy where it cannot be rebuilt"
        }
        Hint::Rebuild => "`resight rebuild` makes the thumbnails that are missing",
        Hint::ListIndividuals => "`resight individual list` shows them all",
        Hint::ListRoots => "`resight root CATALOG` shows them all",
        Hint::ListSteps => "`resight journal` lists the steps",
        Hint::UndoRemoval => {
            "`resight journal` lists the step that removed it, and `resight undo` takes it back"
        }
        Hint::Merge => "if two of them are one animal, `resight merge` joins them",
        Hint::Calibrate => "`resight calibrate` does it",
        Hint::MakePlan => "`resight plan TABLE` makes one",
        Hint::ListJobs => "`resight plan jobs PLAN` lists them",
        Hint::CalibrateThorough => "`resight calibrate --effort thorough` does it, in some minutes",
        Hint::CalibratePooling => "`resight calibrate --pooling` changes that",
        Hint::NamePhoto => {
            "give a path, the beginning of the photo's content hash (six digits or more), or an annotation such as \
             ann-12"
        }
        Hint::SavePhoto => "save it first",
        Hint::TakeTableIn => {
            "`resight ingest` takes the table in, and `resight identify --unidentified` asks about it"
        }
        Hint::GoOnWithIngest => "the same `resight ingest` goes on where they were",
        Hint::BoxNumbers => {
            "as in `--box 120,80,640,480`: left, top, width, height in pixels of the upright photo"
        }
        Hint::ReadBoxesAs { form: None, space: None } | Hint::SayBoxes => {
            "say what the numbers mean by `--box-form` and `--box-space`"
        }
        Hint::EncounterColumn => {
            "`--column encounter=NAME` names their column; without `--encounter` each row is asked"
        }
        Hint::IdentityColumn => {
            "name the column with `--column identity=NAME`; a folder with one folder an individual is read with \
             `--kind folder-per-individual`"
        }
        Hint::PathColumn { near: None } => {
            "is the first line made of column names? Say `--column path=NAME` for the column with the paths"
        }
        Hint::SaveAsUtf8 => "save it as `CSV UTF-8`",
        Hint::NamesOfColumns => "is it a table with column names?",
        Hint::RenameIndividual => "rename the individual, as with `resight individual rename`",
        Hint::RenameFile => "rename the file",
        Hint::SplitValues => "say which values are the gallery and which the queries",
        Hint::MeasureOnOthers => {
            "measure it on photos that it did not learn from: later ones, or those of the parts `test` and `newcomer` \
             in the run's division.csv"
        }
        Hint::Detectors => {
            "there are `whole-picture`, `mask`, `masks`, and `objects:NAME` of a detector: `resight-detect`, which is part of the program, or one that `resight models add` took in"
        }
        Hint::SetModelHome => "set RESIGHT_HOME to a folder of your choice",
        Hint::RoomForModels => "free some, or set RESIGHT_HOME to a folder on another disk",
        Hint::MoveAwayFromHome => "move it away or remove it yourself, or set RESIGHT_HOME to another folder",
        Hint::MoveLibraryAway => {
            "move it away; to use a library of your own set RESIGHT_ONNXRUNTIME to its file"
        }
        Hint::MoveAway => "move it away",
        Hint::OwnLibrary => {
            "resight works without it; to use a library of your own set RESIGHT_ONNXRUNTIME to its file"
        }
        Hint::OwnOnnxFile => "add an ONNX file of your own with `resight models add`",
        Hint::CheckAddress => "check the address and the network connection",
        Hint::RightFile => {
            "it was changed or is another file; get the right one with `resight models pull`, or take this one under \
             a name of its own with `resight models add`"
        }
        Hint::AddAsOnnx => "add the model as an ONNX file, which holds its network itself",
        Hint::GivePreprocessing => "give width, height, mean and deviation",
        Hint::AnyRuntime => "`--runtime auto` takes what there is",
        Hint::SinglePrecision => "ask for `precision = \"single\"` or leave it at `auto`",
        Hint::OtherShares { asks_known: true } => {
            "are there individuals with enough encounters for these shares? A larger share, or `--question new`, may \
             serve"
        }
        Hint::OtherShares { asks_known: false } => "are there enough individuals for these shares?",
        Hint::DivisionOfThisTable => "is it the division of another table?",
        Hint::DivideAgain => "make the division again",
        Hint::FewerAnswers => "ask about fewer, or write a table with `--csv`",
        Hint::OneQuestion => "a division asks either known individuals or new ones",
        Hint::ResumeOrOtherFolder => "go on with it by `--resume`, or choose another folder by `--run`",
        Hint::OtherRunFolder => "choose another folder by `--run`",
        Hint::BeginHigher => "or begin higher, as by `--from easy`",
        Hint::RoomForFeatures => {
            "make room (older features in the same folder can go), or ask for fewer views or a later cut"
        }
    };
    fixed.to_owned()
}

/// Something with what helps behind it.
pub(crate) fn advice(advice: &Advice) -> String {
    match &advice.hint {
        Some(hint) => format!("{}; {}", advice.what, words(hint)),
        None => advice.what.clone(),
    }
}

/// A text as one word of a shell's command line.
pub(crate) fn shell(text: impl Display) -> String {
    let text = text.to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+:\\".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text } else { always_quoted(&text) }
}

fn always_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Names a column in an option that can be pasted.
fn column(meaning: &str, name: &str) -> String {
    format!("`--column {}`", always_quoted(&format!("{meaning}={name}")))
}

fn taking_in(catalog: &str, photo: &str, former: Option<&str>) -> String {
    match former {
        Some(former) => format!(
            "`resight ingest {catalog} {photo}` takes it in as a new photo; the former one is {former}"
        ),
        None => format!("`resight ingest {catalog} {photo}` takes it in"),
    }
}

fn did_you_mean(near: &[String]) -> String {
    let names: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    format!("did you mean {}?", names.join(" or "))
}

/// What the values of a label look like.
fn form_of(label: LabelForm) -> &'static str {
    match label {
        LabelForm::Quality => "one of junk, poor, fair, good, excellent",
        LabelForm::Time => "as in `2024-05-31 14:02:07`, `2024-05-31`, `2024-05` or `2024`",
        LabelForm::Place => "latitude and longitude in degrees, as in `38.7,-9.1`",
        LabelForm::Box => "left,top,width,height in pixels of the upright photo, or `whole`",
    }
}

fn split_otherwise(split: EmptySplit) -> &'static str {
    match split {
        EmptySplit::Cut => "choose another cut; are there dates?",
        EmptySplit::Column => "does the table have a split column with both sides?",
        EmptySplit::LeaveOneOut => "no annotation has an identity",
        EmptySplit::Parted => {
            "are there individuals with several annotations, in encounters that can be parted?"
        }
    }
}

fn without_manager(manager: &str, name: &str) -> String {
    if manager == "hf" {
        return format!(
            "install the program of the Hugging Face hub (`pip install huggingface_hub` brings `hf`) and try again, or \
             download the files of {name} in a browser and give the folder they lie in"
        );
    }
    let install = match manager {
        "npm" => "install Node.js with npm",
        _ => "install Python 3 with pip",
    };
    format!(
        "{install} and try again, or fetch the package on another computer and run `resight models pull {name} --from \
         FILE`; `resight models show {name}` says which package"
    )
}

fn driver(device: &str) -> &'static str {
    match device {
        "cuda" => "install NVIDIA's driver and CUDA (`nvidia-smi` shows what is there)",
        "software-gpu" => "install one (Debian: `apt install mesa-vulkan-drivers`)",
        _ => {
            "install the graphics driver of this machine with its Vulkan part (`vulkaninfo --summary` shows what is \
             there)"
        }
    }
}

fn animal(animal: &AnimalInPhoto) -> String {
    let who = animal.name.as_deref().unwrap_or("unidentified");
    let place = animal.region.map_or_else(String::new, |r| {
        format!(", {:.0}×{:.0} pixels at {:.0},{:.0}", r.width, r.height, r.x, r.y)
    });
    format!("{} ({who}{place})", animal.annotation)
}

fn listed(items: impl ExactSizeIterator<Item = String>) -> String {
    let more = items.len().saturating_sub(LISTED);
    let mut shown: Vec<String> = items.take(LISTED).collect();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_pasted_into_a_shell() {
        assert_eq!(shell("whales"), "whales");
        assert_eq!(shell("my whales"), "'my whales'");
        assert_eq!(shell("Ada's"), r"'Ada'\''s'");
        let hint = Hint::MakeCatalog { folder: "my whales".into() };
        assert_eq!(words(&hint), "`resight init 'my whales'` makes one");
        let hint = Hint::ColumnMeaning { meaning: "identity", column: "Whale ID".to_owned() };
        assert_eq!(words(&hint), "is one of them meant by `--column 'identity=Whale ID'`?");
    }

    #[test]
    fn long_lists_are_cut_and_say_so() {
        let photos = (0..7).map(|n| n.to_string()).collect();
        assert_eq!(words(&Hint::MoreDigits { photos }), "give more digits: 0, 1, 2, 3, 4, and 2 more");
    }
}
