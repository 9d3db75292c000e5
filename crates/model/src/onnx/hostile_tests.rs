//! Networks from strangers that would end or hang whoever runs them: refused, and nothing else happens.

use std::path::Path;
use std::time::Duration;

use prost::Message as _;

use super::message::{ints, value_info};
use super::proto::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TypeProto,
    ValueInfoProto,
};
use super::wire::push_field;
use crate::bundle::{Bundle, ManifestInput, Standing};
use crate::runtime::{ModelError, RuntimeChoice};
use crate::store::{AddRequest, AddSource, Store, StoreError};
use crate::test_support::{manifest_input, tiny_bundle, tiny_onnx};
use crate::trial::{TrialProgram, answer_trial};

/// `TensorProto.DataType.BOOL`.
const BOOL: i32 = 9;

/// Not a test of its own: the child that the others start. Alone it hears no question.
#[test]
fn the_child_of_a_trial() {
    if std::env::args().any(|argument| argument == "--exact") {
        let _no_question = answer_trial(std::io::stdin().lock(), std::io::stdout());
    }
}

/// This test program, which answers by the test above.
fn trial() -> TrialProgram {
    let arguments = ["--exact", "onnx::hostile_tests::the_child_of_a_trial", "--nocapture"];
    TrialProgram::new(std::env::current_exe().unwrap(), arguments).within(1 << 30, Duration::from_secs(120))
}

/// An operator.
fn node(operator: &str, inputs: &[&str], output: &str, attribute: Vec<AttributeProto>) -> NodeProto {
    NodeProto {
        input: inputs.iter().map(|name| (*name).to_owned()).collect(),
        output: vec![output.to_owned()],
        name: Some(output.to_owned()),
        op_type: Some(operator.to_owned()),
        attribute,
    }
}

fn whole(name: &str, values: &[i64]) -> TensorProto {
    super::message::whole_numbers(name, &[values.len()], values)
}

fn floats(name: &str, values: &[f32]) -> TensorProto {
    super::message::tensor(name, &[values.len()], values)
}

/// A network from an image to an embedding, by these operators.
fn network(node: Vec<NodeProto>, initializer: Vec<TensorProto>) -> Vec<u8> {
    let graph = GraphProto {
        node,
        name: Some("hostile".to_owned()),
        initializer,
        input: vec![value_info("image", &[3, 16, 16])],
        output: vec![ValueInfoProto { name: Some("embedding".to_owned()), kind: None }],
        ..GraphProto::default()
    };
    let standard = OperatorSetIdProto { domain: None, version: Some(13) };
    ModelProto {
        ir_version: Some(8),
        graph: Some(graph),
        opset_import: vec![standard],
        ..ModelProto::default()
    }
    .encode_to_vec()
}

fn mean(of: &str) -> NodeProto {
    node("GlobalAveragePool", &[of], "embedding", Vec::new())
}

/// Sizes that no computer has, asked for by each operator that takes a size out of the file.
fn asking_for_everything() -> Vec<(&'static str, Vec<u8>)> {
    let huge = 1 << 20;
    let pads = whole("pads", &[0, 0, huge, huge, 0, 0, 0, 0]);
    let scalar = |name: &str, value| TensorProto { dims: Vec::new(), ..whole(name, &[value]) };
    let cast = node("Cast", &["many"], "embedding", vec![super::message::int("to", 1)]);
    let weight = super::message::tensor("weight", &[1, 3, 1, 1], &[1.0; 3]);
    vec![
        ("pad", network(vec![node("Pad", &["image", "pads"], "big", vec![]), mean("big")], vec![pads])),
        (
            "resize",
            network(
                vec![node("Resize", &["image", "", "scales"], "big", vec![]), mean("big")],
                vec![floats("scales", &[1.0, 1.0, 1e5, 1e5])],
            ),
        ),
        (
            "top-k",
            network(vec![node("TopK", &["image", "k"], "embedding", vec![])], vec![whole("k", &[1 << 40])]),
        ),
        (
            "one-hot",
            network(
                vec![node("OneHot", &["index", "depth", "values"], "embedding", vec![])],
                vec![whole("index", &[0; 64]), scalar("depth", 1 << 30), floats("values", &[0.0, 1.0])],
            ),
        ),
        (
            "range",
            network(
                vec![node("Range", &["from", "to", "step"], "many", vec![]), cast],
                vec![scalar("from", 0), scalar("to", 2_000_000_000), scalar("step", 1)],
            ),
        ),
        (
            "constant",
            network(
                vec![node("ConstantOfShape", &["shape"], "embedding", vec![])],
                vec![whole("shape", &[huge, huge])],
            ),
        ),
        (
            "expand",
            network(
                vec![node("Expand", &["image", "shape"], "embedding", vec![])],
                vec![whole("shape", &[huge, 3, 16, 16])],
            ),
        ),
        (
            "tile",
            network(
                vec![node("Tile", &["image", "repeats"], "big", vec![]), mean("big")],
                vec![whole("repeats", &[1, 1, huge, huge])],
            ),
        ),
        (
            "convolution",
            network(
                vec![
                    node(
                        "Conv",
                        &["image", "weight"],
                        "big",
                        vec![
                            ints("pads", vec![huge; 4]),
                            ints("strides", vec![1; 2]),
                            ints("dilations", vec![1; 2]),
                        ],
                    ),
                    mean("big"),
                ],
                vec![weight],
            ),
        ),
    ]
}

/// A loop without an end: its condition is given once and always stays true.
fn endless() -> Vec<u8> {
    let value = |name: &str| ValueInfoProto { name: Some(name.to_owned()), kind: Some(TypeProto::default()) };
    let body = GraphProto {
        node: vec![
            node("Identity", &["goes_on"], "goes_on_still", vec![]),
            node("Identity", &["before"], "after", vec![]),
        ],
        name: Some("body".to_owned()),
        input: vec![value("step"), value("goes_on"), value("before")],
        output: vec![value("goes_on_still"), value("after")],
        ..GraphProto::default()
    };
    let attribute = AttributeProto {
        name: Some("body".to_owned()),
        g: Some(body),
        kind: Some(5),
        ..AttributeProto::default()
    };
    let always = TensorProto {
        data_type: Some(BOOL),
        raw_data: Some(vec![1_u8].into()),
        ..super::message::whole_numbers("always", &[], &[])
    };
    let forever = TensorProto { dims: Vec::new(), ..whole("forever", &[i64::from(i32::MAX)]) };
    let first = node("GlobalAveragePool", &["image"], "start", vec![]);
    let repeated = node("Loop", &["forever", "always", "start"], "embedding", vec![attribute]);
    network(vec![first, repeated], vec![always, forever])
}

fn chain(length: usize) -> Vec<u8> {
    let names: Vec<String> = (0..=length).map(|place| format!("v{place}")).collect();
    let first = node("GlobalAveragePool", &["image"], &names[0], vec![]);
    let links = (0..length).map(|place| node("Relu", &[&names[place]], &names[place + 1], vec![]));
    let last = node("Identity", &[&names[length]], "embedding", vec![]);
    network(std::iter::once(first).chain(links).chain([last]).collect(), Vec::new())
}

fn tried(onnx: &[u8], trial: &TrialProgram) -> Result<Bundle, ModelError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), onnx).unwrap();
    Bundle::from_foreign_onnx(file.path(), manifest_input("mine", 16), trial)
}

fn refusal(onnx: &[u8], trial: &TrialProgram) -> String {
    tried(onnx, trial).map(|bundle| bundle.id().clone()).unwrap_err().to_string()
}

#[test]
fn an_honest_network_stands_its_trial() {
    let bundle = tried(&tiny_onnx(), &trial()).unwrap();
    assert_eq!((bundle.manifest().dimension, bundle.standing()), (8, Standing::Tried));
    let deep = tried(&chain(1000), &trial()).unwrap();
    assert_eq!(deep.manifest().dimension, 3);
}

#[test]
fn a_network_that_asks_for_all_memory_is_refused_and_ends_nobody() {
    let trial = trial();
    let mut ended_the_child = 0;
    for (what, onnx) in asking_for_everything() {
        let refusal = refusal(&onnx, &trial);
        println!("{what}: {refusal}");
        ended_the_child += usize::from(refusal.contains("it ended the process that tried it"));
    }
    // Some sizes the runtime itself refuses; others it asks the system for, and that is the end of the process.
    assert!(ended_the_child > 2, "{ended_the_child}");
}

#[test]
fn a_network_that_goes_round_for_ever_is_stopped() {
    let impatient = trial().within(1 << 30, Duration::from_secs(2));
    let refusal = refusal(&endless(), &impatient);
    assert!(refusal.contains("it had not ended after 2 seconds"), "{refusal}");
}

#[test]
fn a_chain_of_operators_that_fills_the_stack_is_refused_or_ends_the_child_alone() {
    assert!(refusal(&chain(30_000), &trial()).contains("more than 10000 operators in a row"));
    match tried(&chain(9000), &trial()) {
        Ok(bundle) => {
            assert_eq!(bundle.standing(), Standing::Tried, "it was run with less stack than we have")
        }
        Err(error) => {
            println!("{error}");
            assert!(matches!(error, ModelError::Trial { .. }), "{error}");
        }
    }
}

#[test]
fn a_small_file_of_millions_of_parts_is_refused_before_it_is_read() {
    let mut graph = Vec::new();
    for _ in 0..1_000_000 {
        push_field(&mut graph, 1, b"");
    }
    let mut model = Vec::new();
    push_field(&mut model, 7, &graph);
    let refusal = refusal(&model, &trial());
    assert!(refusal.contains("more than 524288 parts"), "{refusal}");
    let mut nested = Vec::new();
    for _ in 0..20 {
        let (mut attribute, mut operator, mut outer) = (Vec::new(), Vec::new(), Vec::new());
        push_field(&mut attribute, 6, &nested);
        push_field(&mut operator, 5, &attribute);
        push_field(&mut outer, 1, &operator);
        nested = outer;
    }
    let mut model = Vec::new();
    push_field(&mut model, 7, &nested);
    assert!(self::refusal(&model, &trial()).contains("graphs more than 8 deep"));
}

#[test]
fn a_program_that_cannot_be_started_or_does_not_answer_tries_nothing() {
    let missing = TrialProgram::new(Path::new("no/such/program").to_owned(), ["x"]);
    assert!(refusal(&tiny_onnx(), &missing).contains("it cannot be tried"));
    let silent = TrialProgram::new(std::env::current_exe().unwrap(), ["--list"]);
    assert!(matches!(tried(&tiny_onnx(), &silent), Err(ModelError::Trial { .. })));
}

#[test]
fn a_network_is_tried_once_and_its_trial_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let foreign = folder.path().join("foreign");
    tiny_bundle().write(&foreign).unwrap();
    let open = || Bundle::open(&foreign).unwrap();
    let (alone, store) = (Store::open(&home), Store::open(&home).with_trial(trial()));
    let refused = alone.tried(open(), RuntimeChoice::Rten).unwrap_err();
    assert!(matches!(refused, StoreError::Model(ModelError::Untried { .. })), "{refused}");
    let untried = crate::load_embedder(&open(), RuntimeChoice::Rten, 1).err().unwrap();
    assert!(matches!(untried, ModelError::Untried { .. }), "{untried}");
    let tried = store.tried(open(), RuntimeChoice::Rten).unwrap();
    assert_eq!(tried.standing(), Standing::Tried);
    crate::load_embedder(&tried, RuntimeChoice::Rten, 1).unwrap();
    assert_eq!(alone.tried(open(), RuntimeChoice::Rten).unwrap().standing(), Standing::Tried);
    std::fs::write(home.join(".resight-store/.resight"), "of somebody else").unwrap();
    assert!(alone.tried(open(), RuntimeChoice::Rten).is_err(), "a note is believed in a folder of ours only");
}

#[test]
fn what_is_added_is_tried_and_what_does_not_stand_it_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("home")).with_trial(trial());
    let add = |onnx: &[u8], name: &str| {
        let path = folder.path().join("network.onnx");
        std::fs::write(&path, onnx).unwrap();
        let manifest: ManifestInput = manifest_input(name, 16);
        let request = AddRequest { source: AddSource::Path(path), manifest: Some(manifest), sha256: None };
        store.add(&request, &mut |_| {})
    };
    let (_, hostile) = asking_for_everything().swap_remove(5);
    let refused = add(&hostile, "hostile").unwrap_err();
    assert!(
        matches!(refused, StoreError::Model(ModelError::Trial { .. } | ModelError::Refused(_))),
        "{refused}"
    );
    assert!(store.find("hostile").is_err());
    add(&tiny_onnx(), "honest").unwrap();
    let alone = Store::open(&folder.path().join("home"));
    assert!(alone.tried(alone.find("honest").unwrap(), RuntimeChoice::Auto).is_ok(), "remembered");
}
