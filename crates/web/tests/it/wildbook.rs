//! Wildbook's client, request by request, as `WildMeOrg/ml-service` describes and tests its routes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::served::{Answered, Served};

fn data_uri(bytes: &[u8]) -> String {
    format!("data:image/jpeg;base64,{}", STANDARD.encode(bytes))
}

fn post(served: &Served, path: &str, said: Value) -> Answered {
    served.send_json("POST", path, &[], said)
}

#[test]
fn an_embedding_is_that_of_the_catalogs_own_model() {
    let served = Served::with(2);
    let photo = data_uri(&std::fs::read(&served.photos(0, &[7])[0]).unwrap());
    let said = json!({ "model_id": "projection", "image_uri": photo, "bbox": [0, 0, 40, 40], "theta": 0.0 });
    let answered = post(&served, "/extract/", said);
    let told = answered.json();
    assert_eq!((answered.status, &told["success"]), (200, &json!(true)), "{answered:?}");
    let embedding = told["embedding"].as_array().unwrap();
    assert_eq!(told["embeddings_shape"], json!([1, embedding.len()]));
    assert_eq!(told["embeddings"], json!([embedding]));
    let length: f64 = embedding.iter().map(|one| one.as_f64().unwrap().powi(2)).sum();
    assert!((length - 1.0).abs() < 1e-3, "{length}");
    let whole = post(&served, "/extract/", json!({ "extract_model_id": "projection", "image_uri": photo }));
    assert_ne!(whole.json()["embedding"], told["embedding"], "another box, another embedding");
}

#[test]
fn boxes_and_all_at_once_are_answered_as_the_service_does() {
    let served = Served::with(1);
    let photo = data_uri(&std::fs::read(&served.photos(0, &[7])[0]).unwrap());
    let said = json!({ "model_id": "whole-picture", "image_uri": photo, "model_params": { "conf": 0.6, "imgsz": 640 } });
    let found = post(&served, "/predict/", said);
    let told = found.json();
    assert_eq!(found.status, 200, "{found:?}");
    let count = told["bboxes"].as_array().unwrap().len();
    for name in ["scores", "thetas", "class_names", "class_ids"] {
        assert_eq!(told[name].as_array().unwrap().len(), count, "{name}");
    }
    let said = json!({
        "predict_model_id": "whole-picture", "classify_model_id": "none",
        "extract_model_id": "projection", "image_uri": photo,
    });
    let refused = post(&served, "/pipeline/", said);
    assert_eq!(refused.status, 404, "no classifier serves: {refused:?}");
}

#[test]
fn other_models_files_and_addresses_are_refused() {
    let served = Served::with(1);
    let path = served.photos(0, &[7])[0].display().to_string();
    let photo = data_uri(&std::fs::read(&path).unwrap());
    let other = post(&served, "/extract/", json!({ "model_id": "miewid-msv4.1", "image_uri": photo }));
    assert_eq!(other.status, 404, "{other:?}");
    assert!(other.json()["available_models"].to_string().contains("projection@"), "{other:?}");
    assert_eq!(other.header("content-type"), Some("application/json"));
    for uri in
        [path.as_str(), "file:///etc/passwd", "http://127.0.0.1:1/a.jpg", "data:image/jpeg;base64,AAAA"]
    {
        let answered = post(&served, "/extract/", json!({ "model_id": "projection", "image_uri": uri }));
        assert_eq!(answered.status, 400, "{uri}: {answered:?}");
    }
    let turned = json!({ "model_id": "projection", "image_uri": photo, "theta": 0.3 });
    assert_eq!(post(&served, "/extract/", turned).status, 400);
    let body = json!({ "model_id": "projection", "image_uri": photo }).to_string();
    let answered = served.ask("POST /extract/", &[("Content-Type", "application/json")], body.as_bytes());
    assert_eq!(answered.status, 401, "without the token");
}
