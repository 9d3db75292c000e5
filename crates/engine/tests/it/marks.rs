//! Local features as evidence: read, kept, compared, told.

use std::collections::BTreeMap;
use std::sync::Mutex;

use resight_catalog::{Access, BundleSpec, Catalog};
use resight_core::{AnnotationId, BundleId, Distance, Effort};
use resight_engine::identify::IdentifyRequest;
use resight_engine::reembed::ReembedRequest;
use resight_engine::verify::VerifyRequest;
use resight_engine::{CancelToken, Hint, LocalChoice, Progress, Silent, Stage};
use resight_imaging::encode_jpeg;
use resight_testkit::animals::animal;

use crate::support::Study;

fn read_marks(study: &Study, wanted: bool) -> resight_engine::reembed::ReembedReport {
    let request = ReembedRequest {
        local_features: Some(if wanted { LocalChoice::Usual } else { LocalChoice::None }),
        ..ReembedRequest::default()
    };
    study.session().reembed(&request, &Silent, &CancelToken::default()).unwrap()
}

fn missing(study: &Study) -> Vec<u64> {
    study.session().status().unwrap().bundles.into_iter().map(|bundle| bundle.missing).collect()
}

/// The rows of all local features that serve, each as its bits.
fn rows(study: &Study) -> BTreeMap<(String, AnnotationId), Vec<u16>> {
    let catalog = study.open();
    let mut rows = BTreeMap::new();
    for spec in catalog.local_features().unwrap() {
        let kept = catalog.embeddings(&spec.id).unwrap();
        for one in catalog.gallery(&spec.id).unwrap().rows {
            let bits = kept.row(one.row).unwrap().iter().map(|number| number.to_bits()).collect();
            rows.insert((spec.id.to_string(), one.annotation), bits);
        }
    }
    rows
}

/// What was worked on.
#[derive(Default)]
struct Titles(Mutex<Vec<String>>);

impl Titles {
    /// How often photos were read for their local features alone.
    fn readings(self) -> usize {
        let titles = self.0.into_inner().unwrap();
        titles.iter().filter(|title| title.starts_with("reading local features")).count()
    }
}

impl Progress for Titles {
    fn begin(&self, stage: Stage) {
        self.0.lock().unwrap().push(stage.title);
    }

    fn advance(&self, _items: u64) {}

    fn note(&self, _text: &str) {}

    fn end(&self) {}
}

#[test]
fn a_photo_is_read_once_for_its_embedding_and_its_marks() {
    let study = Study::with_marks(4, 2);
    study.new_photo(3, 9);
    let titles = Titles::default();
    assert_eq!(study.ingest_telling(&study.path("asked"), &titles).stored, 1);
    assert_eq!((titles.readings(), rows(&study).len()), (0, 18));
}

#[test]
fn marks_are_compared_by_default_and_their_weights_learned() {
    let study = Study::with_marks(12, 3);
    let slots = &study.calibration().slots;
    let efforts: Vec<Effort> = slots.iter().map(|slot| slot.effort).collect();
    assert!(efforts.contains(&Effort::Fast) && efforts.contains(&Effort::Normal), "{slots:?}");
    assert_eq!(missing(&study), [0, 0, 0]);

    let photo = study.new_photo(3, 9);
    let normal = study.answer(&photo);
    assert_eq!((normal.effort, normal.individual.as_deref()), (Effort::Normal, Some("Dot")));
    let request = IdentifyRequest { effort: Effort::Fast, ..study.question(&[photo]) };
    let fast = study.ask(&request).answers.remove(0);
    assert_eq!((fast.effort, fast.individual.as_deref()), (Effort::Fast, Some("Dot")));
    assert!(fast.candidates.iter().all(|candidate| candidate.evidence.is_none()));
}

#[test]
fn a_photo_has_its_own_marks_in_common_with_itself_elsewhere() {
    // Too few to learn weights from: the usual ones serve, and everything is compared.
    let study = Study::with_marks(3, 2);
    let again = study.path("again.jpg");
    std::fs::write(&again, encode_jpeg(&animal(1, 1), 99).unwrap()).unwrap();
    let request = IdentifyRequest { page: true, ..study.question(&[again]) };
    let found = study.ask(&request);
    let answer = &found.answers[0];
    assert_eq!(answer.effort, Effort::Normal);
    let first = &answer.candidates[0];
    assert_eq!(first.individual, "Bo");
    let evidence = first.evidence.as_ref().unwrap();
    assert_eq!(evidence.matches.keys().collect::<Vec<_>>(), ["rootsift", "xfeat"]);
    let of = |place: usize| answer.candidates[place].matches().unwrap();
    assert!(of(0) > 50 && of(0) > 2 * of(1), "{answer:?}");
    assert!((first.embedding_similarity() - 1.0).abs() < 0.01, "{evidence:?}");
    let page = found.page.unwrap();
    assert!(page.contains("marks seen in both, by ") && page.contains("<line x1="), "they are drawn");
}

#[test]
fn a_catalog_without_marks_answers_and_gets_them_when_asked() {
    let study = Study::new(12, 3);
    let photo = study.new_photo(3, 9);
    let before = study.answer(&photo);
    assert_eq!((before.effort, before.individual.as_deref()), (Effort::Fast, Some("Dot")));
    let advice = study.session().status().unwrap().advice;
    assert!(advice.iter().any(|one| one.hint == Some(Hint::ReadLocalFeatures)), "{advice:?}");

    let report = read_marks(&study, true);
    assert_eq!((report.embedded, report.local_features, report.switched), (0, 36, true));
    assert_eq!(missing(&study), [0, 0, 0]);
    assert_eq!(study.answer(&photo).effort, Effort::Normal);
    assert_eq!(read_marks(&study, true).local_features, 0, "they are there");

    // They rest, and nothing of them is lost.
    read_marks(&study, false);
    assert_eq!(study.answer(&photo).candidates, before.candidates);
    assert_eq!(read_marks(&study, true).local_features, 0);
}

#[test]
fn marks_that_a_stopped_ingest_left_out_are_made_by_the_next() {
    let study = Study::with_marks(4, 2);
    let before = rows(&study);
    assert_eq!(before.len(), 16);
    let mut catalog = Catalog::open(&study.catalog(), Access::Write).unwrap();
    let serving = catalog.local_features().unwrap();
    catalog.use_local_features(&[], jiff::Timestamp::now()).unwrap();
    for spec in &serving {
        catalog.drop_bundle(&spec.id).unwrap();
    }
    catalog.use_local_features(&serving, jiff::Timestamp::now()).unwrap();
    drop(catalog);
    assert_eq!(missing(&study), [0, 8, 8]);
    let titles = Titles::default();
    let report = study.ingest_telling(&study.path("study/metadata.csv"), &titles);
    assert_eq!((report.stored, report.already_there, titles.readings()), (0, 8, 2));
    assert_eq!(missing(&study), [0, 0, 0]);
    assert!(rows(&study) == before, "they are those that come with the photos");
    assert!(
        study
            .session()
            .verify(&VerifyRequest { originals: true }, &Silent, &CancelToken::default())
            .unwrap()
            .sound
    );
}

#[test]
fn a_bundle_of_marks_that_is_gone_is_told_and_embeddings_answer() {
    let study = Study::with_marks(12, 3);
    let gone = BundleSpec {
        id: BundleId::new("gone", &[5; 32]).unwrap(),
        dimension: 13_602,
        distance: Distance::Euclidean,
    };
    let mut catalog = Catalog::open(&study.catalog(), Access::Write).unwrap();
    catalog.use_local_features(&[gone], jiff::Timestamp::now()).unwrap();
    drop(catalog);
    let found = study.ask(&study.question(&[study.new_photo(3, 9)]));
    assert_eq!(found.answers[0].effort, Effort::Fast);
    assert_eq!(found.answers[0].individual.as_deref(), Some("Dot"));
    let told = found.remarks.iter().map(|remark| remark.message.clone()).collect::<String>();
    assert!(told.contains("local features cannot serve") && told.contains("gone"), "{told}");
    let advice = study.session().status().unwrap().advice;
    assert!(advice.iter().any(|one| one.what.contains("cannot serve")), "{advice:?}");
    // What helps: the program's own take over.
    read_marks(&study, true);
    assert_eq!(study.answer(&study.new_photo(4, 9)).effort, Effort::Normal);
}

#[test]
fn a_photo_that_is_stored_brings_its_marks() {
    let study = Study::with_marks(12, 3);
    let request =
        IdentifyRequest { add_by: Some("Ada".to_owned()), ..study.question(&[study.new_photo(3, 9)]) };
    assert_eq!(study.ask(&request).answers[0].added.len(), 1);
    assert_eq!(missing(&study), [0, 0, 0]);
}
