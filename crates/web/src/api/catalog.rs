//! How the catalog stands, and the catalog as a table.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::Response;
use resight_core::{Effort, Policy};
use resight_engine::status::{CalibrationStatus, Status};
use resight_engine::{Advice, Hint};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answering::Answering;
use crate::problem::{Problem, ProblemShape};

/// How the catalog stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct CatalogOverview {
    name: String,
    version: String,
    photos: u64,
    annotations: u64,
    unidentified: u64,
    individuals: u64,
    encounters: u64,
    species: u64,
    bundle: String,
    detector: String,
    local_features: Vec<String>,
    classifiers: Vec<String>,
    /// The species that occur.
    species_there: Vec<String>,
    /// The viewpoints that occur.
    viewpoints_there: Vec<String>,
    calibrations: Vec<CalibrationShape>,
    prices: InWords,
    /// What there is to do.
    advice: Vec<AdviceShape>,
    /// Files that could not be used.
    failures: Vec<FailureShape>,
    latest_step: Option<String>,
}

/// The calibration of one slot.
#[derive(Serialize, ToSchema)]
pub(crate) struct CalibrationShape {
    slot: String,
    effort: String,
    /// Whether it gives probabilities.
    serves: bool,
    words: String,
    individuals: u64,
    annotations: u64,
    /// RFC 3339.
    fitted_at: String,
}

/// Something in words.
#[derive(Serialize, ToSchema)]
pub(crate) struct InWords {
    words: String,
}

/// How something stands, and what helps.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdviceShape {
    what: String,
    hint: Option<String>,
}

/// A file that could not be used.
#[derive(Serialize, ToSchema)]
pub(crate) struct FailureShape {
    about: String,
    message: String,
}

/// How the catalog stands.
#[utoipa::path(get, path = "/api/v1/catalog", responses((status = 200, body = CatalogOverview), (status = 401, body = ProblemShape)))]
pub(crate) async fn overview(State(answering): State<Answering>) -> Result<Json<CatalogOverview>, Problem> {
    answering
        .aside(|session| {
            let status = session.status().map_err(Problem::of_machine)?;
            let (species, viewpoints) = session.labels_there().map_err(Problem::of_machine)?;
            let latest = session.journal(1).map_err(Problem::of_machine)?;
            Ok(Json(CatalogOverview {
                species_there: species,
                viewpoints_there: viewpoints,
                latest_step: latest.first().map(|row| row.step.to_string()),
                ..overview_of(&status)
            }))
        })
        .await
}

fn overview_of(status: &Status) -> CatalogOverview {
    let settings = &status.settings;
    let local = status.bundles.iter().filter(|bundle| bundle.role == "local-features" && bundle.in_use);
    CatalogOverview {
        name: super::shown::file_name(status.catalog.trim_end_matches(['/', '\\'])),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        photos: status.photos,
        annotations: status.annotations,
        unidentified: status.unidentified,
        individuals: status.individuals,
        encounters: status.encounters,
        species: status.species,
        bundle: settings.bundle.clone(),
        detector: settings.detector.clone(),
        local_features: local.map(|bundle| bundle.bundle.clone()).collect(),
        classifiers: settings.classifiers.clone(),
        species_there: Vec::new(),
        viewpoints_there: Vec::new(),
        calibrations: by_effort(&status.calibrations).into_iter().map(calibration).collect(),
        prices: InWords { words: prices(&settings.policy) },
        advice: status.bundle_problem.iter().chain(&status.advice).map(advice).collect(),
        failures: status
            .failures
            .iter()
            .map(|one| FailureShape {
                about: super::shown::file_name(&one.about),
                message: one.message.clone(),
            })
            .collect(),
        latest_step: None,
    }
}

/// Those of the answers that are given here first.
fn by_effort(all: &[CalibrationStatus]) -> Vec<&CalibrationStatus> {
    let mut all: Vec<&CalibrationStatus> = all.iter().collect();
    all.sort_by_key(|one| one.effort != Effort::Normal);
    all
}

fn calibration(one: &CalibrationStatus) -> CalibrationShape {
    let words = match &one.missing {
        Some(why) => format!("No probabilities: {why}."),
        None => {
            let evidence: Vec<&str> = (one.fusion.embedding > 0.0)
                .then_some("the embedding")
                .into_iter()
                .chain(one.fusion.local.iter().filter(|(_, weight)| **weight > 0.0).map(|(id, _)| id.name()))
                .collect();
            let leans = if one.leans_on_bundle { " It leans on what the model brought." } else { "" };
            format!("What counts: {}.{leans}", evidence.join(", "))
        }
    };
    CalibrationShape {
        slot: one.slot.clone(),
        effort: one.effort.word().to_owned(),
        serves: one.missing.is_none(),
        words,
        individuals: one.fitted_on_individuals,
        annotations: one.fitted_on_annotations,
        fitted_at: one.fitted_at.to_string(),
    }
}

fn prices(policy: &Policy) -> String {
    format!(
        "A false match costs {}, a false new individual {}, asking a person {}. {:.0} % of the animals are expected to be new.",
        policy.price_false_match,
        policy.price_false_new,
        policy.price_ask,
        100.0 * policy.new_rate
    )
}

fn advice(advice: &Advice) -> AdviceShape {
    let hint = match &advice.hint {
        Some(Hint::Calibrate) => Some("Calibrate again.".to_owned()),
        _ => None,
    };
    AdviceShape { what: advice.what.clone(), hint }
}

/// The catalog as a table of labelled annotations, to be kept.
#[utoipa::path(get, path = "/api/v1/export/table.csv", responses((status = 200, content_type = "text/csv", body = String), (status = 401, body = ProblemShape)))]
pub(crate) async fn table(State(answering): State<Answering>) -> Result<Response, Problem> {
    let table = answering.aside(|session| session.table().map_err(Problem::of_machine)).await?;
    let mut response = Response::new(Body::from(table));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"catalog.csv\""));
    Ok(response)
}
