//! Who is on these photos? Asks a catalog from a program of your own, as `resight identify` does.
//!
//! ```text
//! cargo run --release -p resight-engine --example who_is_it -- CATALOG PHOTO...
//! ```

#![allow(clippy::print_stdout, reason = "an example is a program of its own")]

use std::path::PathBuf;

use resight_core::Decision;
use resight_engine::identify::{IdentifyRequest, Subject};
use resight_engine::{CancelToken, EngineError, Models, RuntimeChoice, Session, Silent};

fn main() -> Result<(), EngineError> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let catalog = arguments.next().ok_or_else(|| EngineError::user("usage: who_is_it CATALOG PHOTO..."))?;
    let models = Models::open(None, RuntimeChoice::Auto, 2)?;
    let photos: Vec<PathBuf> = arguments.collect();
    let session = Session::new(catalog, models);
    let request = IdentifyRequest::new(Subject::sources(&photos));
    for answer in session.identify(&request, &Silent, &CancelToken::default())?.answers {
        let said = match &answer.decision {
            Decision::Match(_) => answer.individual.unwrap_or_default(),
            Decision::New => "a new individual".to_owned(),
            Decision::Ask(why) => format!("a person should look: {why}"),
            Decision::NotIdentifiable(why) => format!("not identifiable: {why}"),
        };
        println!("{}: {said}", answer.photo);
        for candidate in &answer.candidates {
            let likely = candidate.probability.map_or_else(String::new, |p| format!(", {:.1} %", 100.0 * p));
            println!("    {} {:.3}{likely}", candidate.individual, candidate.similarity);
        }
    }
    Ok(())
}
