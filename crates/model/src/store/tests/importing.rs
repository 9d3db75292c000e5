//! Importing: from a file, and from the hub by a program that stands for `hf`.

use std::path::Path;

use resight_core::{Hint, RoomError as _};
use resight_imaging::Fit;

use super::Bench;
use crate::Architecture;
use crate::import::{ImportError, ImportSource, ImportWishes, PlanNote};
use crate::registry::Sha256;
use crate::store::StoreError;
use crate::store::event::PullEvent;
use crate::weights::Weights;

fn weights(architecture: &str) -> Weights {
    Architecture::named(architecture).unwrap().seeded_weights()
}

/// Weights as a safetensors file.
fn write(weights: &Weights, path: &Path) {
    crate::import::write_weights(weights, path);
}

#[test]
fn a_folder_of_weights_and_configs_becomes_a_bundle() {
    let bench = Bench::new("pip");
    let folder = bench.path("My Model");
    std::fs::create_dir(&folder).unwrap();
    write(&weights("dinov2-mini"), &folder.join("model.safetensors"));
    std::fs::write(folder.join("README.md"), "---\nlicense: apache-2.0\n---\n").unwrap();
    std::fs::write(folder.join("preprocessor_config.json"), r#"{"image_mean": [0.5, 0.5, 0.5], "size": 70}"#)
        .unwrap();
    let source = ImportSource::from_text(folder.to_str().unwrap()).unwrap();
    let plan = bench.store.plan_import(&source, &ImportWishes::default(), &mut |_| {}).unwrap();
    assert_eq!(plan.bytes, std::fs::metadata(folder.join("model.safetensors")).unwrap().len());
    let installed = bench.store.import(&plan, &mut |_| {}).unwrap();
    let bundle = bench.store.find("my-model").unwrap();
    assert_eq!(installed.bundle.as_ref(), Some(bundle.id()));
    let manifest = bundle.manifest();
    assert_eq!(manifest.architecture.as_deref(), Some("dinov2-mini"));
    assert_eq!((manifest.licence.as_str(), manifest.dimension), ("apache-2.0", 32));
    assert_eq!((manifest.preprocess.fit, manifest.preprocess.mean), (Fit::Stretch, [0.5; 3]));
    assert_eq!(manifest.preprocess.width, 70, "more patches than it was made for");

    let again = bench.store.plan_import(&source, &ImportWishes::default(), &mut |_| {}).unwrap();
    assert_eq!(again.name.value, "my-model-2", "the name is taken");
    std::fs::write(folder.join("model.safetensors"), "changed").unwrap();
    let changed = bench.store.import(&again, &mut |_| {}).unwrap_err();
    assert!(matches!(changed, StoreError::WrongHash { .. }), "{changed}");
}

#[test]
fn the_smallest_network_of_each_kind_that_people_have_is_planned_and_installed() {
    let bench = Bench::new("pip");
    let mut imported = Vec::new();
    for kind in ["swin", "miewid", "dinov2", "dinov3", "clip", "resnet"] {
        let members = Architecture::all().filter(|one| one.name.contains(kind));
        let numbers = |one: &Architecture| {
            one.tensors().map(|(_, shape)| shape.iter().product::<usize>()).sum::<usize>()
        };
        let Some(smallest) = members.min_by_key(numbers) else { continue };
        let file = bench.path(&format!("{kind}.safetensors"));
        write(&smallest.seeded_weights(), &file);
        let plan = bench.store.plan_of_file(&file, None, &ImportWishes::default()).unwrap();
        bench.store.import(&plan, &mut |_| {}).unwrap();
        let bundle = bench.store.find(kind).unwrap();
        assert_eq!(bundle.manifest().architecture.as_deref(), Some(smallest.name.as_str()));
        assert_eq!(bundle.manifest().dimension, smallest.dimension);
        if kind == "miewid" {
            assert_eq!(bundle.manifest().preprocess.width, 440);
        }
        imported.push(kind);
    }
    assert!(imported.contains(&"dinov2") && imported.contains(&"resnet"), "{imported:?}");
}

#[test]
fn without_hf_it_says_what_to_install() {
    let bench = Bench::new("pip");
    let source = ImportSource::from_text("hf:someone/network").unwrap();
    let error = bench.store.plan_import(&source, &ImportWishes::default(), &mut |_| {}).unwrap_err();
    let hint = Hint::InstallManager { manager: "hf".to_owned(), name: "hf:someone/network".to_owned() };
    assert_eq!(error.hint(), Some(hint), "{error}");
    assert!(ImportSource::from_text("hf:--help").is_err());
}

#[cfg(unix)]
mod with_a_hub {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    use crate::registry::Registry;

    impl Bench {
        /// Makes a program that gives those files of the folder `hub` that it is asked for, after `first`.
        fn hub_program(&self, name: &str, first: &str) {
            let text = format!(
                "#!/bin/sh\nPATH=/usr/bin:/bin\n[ \"$1\" = --help ] && exit 0\n[ \"$1\" = download ] || exit 2\n\
                 echo \"$0 $*\" >> {calls}\nshift 2\nwhile [ $# -gt 0 ]; do case \"$1\" in --revision) shift;; \
                 --local-dir) out=$2; shift;; --quiet) ;; *) files=\"$files $1\";; esac; shift; done\n{first}\n\
                 mkdir -p \"$out/.cache/huggingface\"\ncd {hub} || exit 3\n\
                 for file in $files; do [ -f \"$file\" ] && cp \"$file\" \"$out/\"; done\nexit 0\n",
                calls = self.path("calls").display(),
                hub = self.path("hub").display(),
            );
            let path = self.path("programs").join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
            std::fs::create_dir_all(self.path("hub")).unwrap();
        }

        fn on_hub(&self, name: &str, text: &str) {
            std::fs::write(self.path("hub").join(name), text).unwrap();
        }

        fn hub_calls(&self) -> String {
            std::fs::read_to_string(self.path("calls")).unwrap_or_default()
        }

        fn plan(&self, events: &mut Vec<PullEvent>) -> Result<crate::import::ImportPlan, StoreError> {
            let source = ImportSource::from_text("hf:Someone/My.Network@v1").unwrap();
            self.store.plan_import(&source, &ImportWishes::default(), &mut |event| events.push(event))
        }

        fn hub_folders(&self) -> usize {
            let own = std::fs::read_dir(self.store.home().join(".resight-store")).unwrap();
            own.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("hub-"))
                .count()
        }
    }

    #[test]
    fn only_the_files_that_are_needed_are_asked_for_and_they_go_when_they_are_used() {
        let bench = Bench::new("pip");
        bench.hub_program("hf", "");
        write(&weights("dinov2-mini"), &bench.path("hub/model.safetensors"));
        bench.on_hub("pytorch_model.bin", "large");
        bench.on_hub("README.md", "---\nlicense: mit\n---\n");
        bench.on_hub("preprocessor_config.json", r#"{"image_mean": [0.5, 0.5, 0.5]}"#);
        let mut events = Vec::new();
        let plan = bench.plan(&mut events).unwrap();
        let calls = bench.hub_calls();
        assert!(calls.contains("download Someone/My.Network README.md preprocessor_config.json"), "{calls}");
        assert!(calls.contains("--revision v1 --local-dir /"), "{calls}");
        assert!(!calls.contains("pytorch_model.bin"), "{calls}");
        let hash = PullEvent::Hashed { sha256: plan.sha256, is_known: false };
        assert!(events.contains(&hash), "{events:?}");
        assert_eq!((plan.licence.value.as_str(), plan.preprocess.mean.value), ("mit", [0.5; 3]));
        assert_eq!((plan.name.value.as_str(), bench.hub_folders()), ("my.network", 1));
        assert!(plan.notes.contains(&PlanNote::HashNotKnown));
        bench.store.import(&plan, &mut |_| {}).unwrap();
        assert_eq!(bench.hub_folders(), 0);
        let manifest = bench.store.find("my.network").unwrap().manifest().clone();
        assert_eq!(manifest.origin, "Hugging Face hub, hf:Someone/My.Network@v1");
    }

    #[test]
    fn the_older_program_serves_and_other_weight_files_are_found() {
        let bench = Bench::new("pip");
        bench.hub_program("huggingface-cli", "");
        write(&weights("dinov2-mini"), &bench.path("hub/dinov2_mini.safetensors"));
        let plan = bench.plan(&mut Vec::new()).unwrap();
        assert!(plan.file.ends_with("package/dinov2_mini.safetensors"), "{}", plan.file.display());
        bench.on_hub("second.safetensors", "");
        let error = bench.plan(&mut Vec::new()).unwrap_err();
        let names = ["dinov2_mini.safetensors".to_owned(), "second.safetensors".to_owned()];
        assert!(
            matches!(&error, StoreError::Import(ImportError::SeveralWeights { names: found }) if *found == names),
            "{error}"
        );
        let source = ImportSource::from_text("hf:Someone/My.Network").unwrap();
        let wishes =
            ImportWishes { file: Some("dinov2_mini.safetensors".to_owned()), ..ImportWishes::default() };
        let plan = bench.store.plan_import(&source, &wishes, &mut |_| {}).unwrap();
        assert!(plan.file.ends_with("dinov2_mini.safetensors"));
    }

    #[test]
    fn a_model_without_weights_is_told_so() {
        let bench = Bench::new("pip");
        bench.hub_program("hf", "");
        bench.on_hub("README.md", "# nothing");
        let error = bench.plan(&mut Vec::new()).unwrap_err();
        assert!(matches!(error, StoreError::Import(ImportError::NoWeights { .. })), "{error}");
        let name = "hf:a/b".parse().unwrap();
        let error = bench.store.fetch_from_hub(&name, Some("--token"), &mut |_| {}).unwrap_err();
        assert!(matches!(error, StoreError::Import(ImportError::BadFileName(_))), "{error}");
    }

    #[test]
    fn a_download_that_was_interrupted_goes_on_where_it_was() {
        let bench = Bench::new("pip");
        let script = "if [ ! -f \"$out/.half\" ]; then mkdir -p \"$out\"; echo half > \"$out/.half\"; echo 'connection lost' >&2; exit 1; fi";
        bench.hub_program("hf", script);
        write(&weights("dinov2-mini"), &bench.path("hub/model.safetensors"));
        let error = bench.plan(&mut Vec::new()).unwrap_err();
        assert!(error.to_string().contains("connection lost"), "{error}");
        assert_eq!(bench.hub_folders(), 1);
        bench.plan(&mut Vec::new()).unwrap();
    }

    /// A registry with an embedder on the hub.
    fn with_entry(bench: &mut Bench, sha256: Option<Sha256>) {
        let sha256 = sha256.map(|hash| format!("sha256 = \"{hash}\"\n")).unwrap_or_default();
        let text = format!(
            "format_version = 1\n[[entry]]\nname = \"mini\"\nkind = \"embedder\"\nsummary = \"\"\nlicence = \"MIT\"\n\
             origin = \"\"\ncard = \"\"\n[entry.network]\narchitecture = \"dinov2-mini\"\ndistance = \"cosine\"\n\
             [entry.preprocess]\nwidth = 56\nheight = 56\nfit = {{ kind = \"stretch\" }}\nfilter = \"bilinear\"\n\
             value_range = \"unit\"\nmean = [0.5, 0.5, 0.5]\ndeviation = [0.5, 0.5, 0.5]\n[[entry.artifact]]\n\
             manager = \"hf\"\npackage = \"Someone/Mini\"\nversion = \"main\"\npackage_bytes = 100000\n\
             member = \"model.safetensors\"\n{sha256}bytes = 100000\n"
        );
        bench.store.registry = Registry::parse(&text).unwrap();
    }

    #[test]
    fn an_entry_without_a_hash_is_installed_and_the_hash_that_came_is_told() {
        let mut bench = Bench::new("pip");
        with_entry(&mut bench, None);
        bench.hub_program("hf", "");
        write(&weights("dinov2-mini"), &bench.path("hub/model.safetensors"));
        let found = crate::store::hash_file(&bench.path("hub/model.safetensors")).unwrap();
        let mut events = Vec::new();
        bench
            .store
            .pull("mini", &super::super::PullSource::Registry, &mut |event| events.push(event))
            .unwrap();
        assert!(events.contains(&PullEvent::Hashed { sha256: found, is_known: false }), "{events:?}");
        bench.assert_holds(&["models/mini/bundle.toml", "models/mini/model.onnx"]);
        assert_eq!(bench.hub_folders(), 0);
        bench.store.remove("mini", &mut |_| {}).unwrap();
    }

    #[test]
    fn an_entry_with_a_hash_takes_that_file_alone() {
        let mut bench = Bench::new("pip");
        bench.hub_program("hf", "");
        write(&weights("dinov2-mini"), &bench.path("hub/model.safetensors"));
        let found = crate::store::hash_file(&bench.path("hub/model.safetensors")).unwrap();
        with_entry(&mut bench, Some(Sha256([7; 32])));
        let pull = |bench: &Bench| bench.store.pull("mini", &super::super::PullSource::Registry, &mut |_| {});
        assert!(matches!(pull(&bench), Err(StoreError::WrongHash { .. })));
        bench.assert_holds(&[]);
        with_entry(&mut bench, Some(found));
        pull(&bench).unwrap();
        let kept = format!("files/{found}/model.safetensors");
        bench.assert_holds(&[&kept, "models/mini/bundle.toml", "models/mini/model.onnx"]);

        let source = ImportSource::Path(bench.path("hub/model.safetensors"));
        let plan = bench.store.plan_import(&source, &ImportWishes::default(), &mut |_| {}).unwrap();
        assert_eq!(plan.known_as.as_deref(), Some("mini"));
        assert_eq!(plan.licence.value, "MIT");
    }
}
