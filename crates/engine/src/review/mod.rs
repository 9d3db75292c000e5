//! Going through what nobody has named yet, case by case.
//!
//! A [`Case`] is what is decided at once: the unidentified annotations of one encounter that a person or a table names, or one
//! annotation. [`Desk`] holds the open cases with the answers to them, in the order in which a look is worth most;
//! [`crate::Session::review`] makes what a person says of a case one step of the journal, unless somebody else was faster.

mod benefit;
mod candidates;
mod case;
mod desk;
mod matches;
mod pictures;
mod said;
mod shown;

pub use candidates::ReviewCandidate;
pub use case::{Case, CaseState};
pub use desk::{CaseRow, Desk, DeskCount, Prepared, QueueOrder};
pub use matches::{MatchedMarks, MatchedPoints};
pub use pictures::{JpegPicture, PictureOf};
pub use resight_catalog::{Confidence, PairVerdict, PairWord, ShownForVerdict};
pub use said::{Outcome, Reviewed, Said};
pub use shown::{AnnotationShown, PhotoShown, VerdictShown};
