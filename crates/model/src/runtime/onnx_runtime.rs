//! ONNX Runtime: a fast library that is loaded at run time, where there is one.

use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use ort::environment::Environment;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::TensorRef;

use super::locate::{self, Located};
use super::network::{Graph, GraphSpec, Input, Output, guarded};

/// The oldest ONNX Runtime that serves: 1.22.
pub(super) const OLDEST_MINOR: u32 = ort::MINOR_VERSION;

/// The library, loaded once a process.
pub(super) struct Library {
    environment: Environment,
    /// Where it came from.
    pub(super) located: Located,
    /// Name and version, such as `ONNX Runtime 1.22.0`.
    pub(super) name: String,
}

/// Loads the first library that works, or tells what was tried. The first call decides for the process.
///
/// # Errors
/// Gives what was tried, one sentence each, where none serves; empty where none was found.
pub(super) fn library() -> Result<&'static Library, &'static [String]> {
    static LIBRARY: OnceLock<Result<Library, Vec<String>>> = OnceLock::new();
    let home = crate::store::default_home().ok();
    LIBRARY.get_or_init(|| load_first(locate::candidates(home.as_deref()))).as_ref().map_err(Vec::as_slice)
}

fn load_first(candidates: impl Iterator<Item = Located>) -> Result<Library, Vec<String>> {
    let mut refused = Vec::new();
    for located in candidates {
        match guarded(|| load(&located)) {
            Ok(library) => return Ok(library),
            Err(reason) => refused.push(format!("{} ({}): {reason}", located.path.display(), located.place)),
        }
    }
    Err(refused)
}

fn load(located: &Located) -> Result<Library, String> {
    let path = located.checked()?;
    let builder = ort::init_from(&path).map_err(|error| load_reason(&error))?;
    let environment = builder
        .with_name("resight")
        .with_telemetry(false)
        .build()
        .map_err(|error| error.message().to_owned())?;
    environment.set_log_level(ort::logging::LogLevel::Fatal);
    Ok(Library { environment, located: located.clone(), name: library_name(&located.path) })
}

fn load_reason(error: &ort::LoadDynamicError) -> String {
    match error {
        ort::LoadDynamicError::BadVersion { version_str, .. } => {
            format!("it is version {version_str}, but 1.{OLDEST_MINOR} or newer is needed")
        }
        ort::LoadDynamicError::MissingApi { .. } => "it is not an ONNX Runtime library".to_owned(),
        ort::LoadDynamicError::Dlopen { error, .. } => format!("it cannot be loaded: {error}"),
        ort::LoadDynamicError::InvalidVersionString => "it does not tell its version".to_owned(),
    }
}

fn library_name(path: &Path) -> String {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let version = name.trim_start_matches(|c: char| !c.is_ascii_digit()).trim_end_matches(".dylib");
    format!("ONNX Runtime {version}").trim_end().to_owned()
}

/// A network loaded by ONNX Runtime.
pub(super) struct OnnxRuntimeNetwork {
    session: Mutex<Session>,
    inputs: Vec<String>,
    outputs: Vec<String>,
    name: &'static str,
}

impl OnnxRuntimeNetwork {
    /// Loads an ONNX model that has been inspected (one file, no external data).
    ///
    /// # Errors
    /// When ONNX Runtime refuses the file, or a named input or output is not there.
    pub(super) fn load(library: &'static Library, onnx: &[u8], spec: &GraphSpec<'_>) -> Result<Self, String> {
        guarded(|| {
            let session =
                session(library, onnx, spec.threads.max(1)).map_err(|error| error.message().to_owned())?;
            let has = |outlets: &[ort::value::Outlet], name: &str| {
                outlets.iter().any(|outlet| outlet.name() == name)
            };
            if let Some(missing) = spec.inputs.iter().find(|name| !has(session.inputs(), name)) {
                return Err(format!("there is no input `{missing}`"));
            }
            if let Some(missing) = spec.outputs.iter().find(|name| !has(session.outputs(), name)) {
                return Err(format!("there is no output `{missing}`"));
            }
            Ok(Self {
                session: Mutex::new(session),
                inputs: owned(&spec.inputs),
                outputs: owned(&spec.outputs),
                name: &library.name,
            })
        })
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn session(library: &Library, onnx: &[u8], threads: usize) -> ort::Result<Session> {
    Session::builder(&library.environment)?
        .with_optimization_level(GraphOptimizationLevel::Level3)?
        .with_intra_threads(threads)?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?
        .commit_from_memory(onnx)
}

impl Graph for OnnxRuntimeNetwork {
    fn run(&self, inputs: &[Input<'_>]) -> Result<Vec<Output>, String> {
        guarded(|| {
            let given = self.inputs.iter().zip(inputs).map(|(name, input)| {
                let view = TensorRef::from_array_view((input.shape, input.values));
                view.map(|view| (name.as_str(), view)).map_err(|error| error.message().to_owned())
            });
            let given = given.collect::<Result<Vec<_>, String>>()?;
            let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
            let outputs = session.run(given).map_err(|error| error.message().to_owned())?;
            let found = |name: &String| {
                let value =
                    outputs.get(name.as_str()).ok_or_else(|| format!("the output `{name}` is missing"))?;
                let (shape, values) =
                    value.try_extract_tensor::<f32>().map_err(|error| error.message().to_owned())?;
                let shape = shape.iter().map(|&extent| usize::try_from(extent).unwrap_or(0)).collect();
                Ok(Output { name: name.clone(), shape, values: values.to_vec() })
            };
            self.outputs.iter().map(found).collect()
        })
    }

    fn runtime(&self) -> &str {
        self.name
    }
}

#[cfg(test)]
mod tests {
    use super::super::locate::Grounds;
    use super::*;

    #[test]
    fn a_file_that_is_no_library_is_refused_with_its_path_and_place() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("libonnxruntime.so");
        std::fs::write(&text, "no library").unwrap();
        let place = "environment variable RESIGHT_ONNXRUNTIME".to_owned();
        let located = |path| Located { path, place: place.clone(), grounds: Grounds::Named };
        let missing = located(folder.path().join("missing.so"));
        let refused = load_first([missing, located(text.clone())].into_iter()).err().unwrap();
        assert_eq!(refused.len(), 2);
        assert!(refused[0].contains("RESIGHT_ONNXRUNTIME") && refused[0].ends_with("there is no such file"));
        assert!(refused[1].starts_with(&text.display().to_string()), "{}", refused[1]);
    }
}
