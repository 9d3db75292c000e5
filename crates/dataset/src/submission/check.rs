//! Checks a submission before it is handed in: Kaggle counts failed uploads too.

use std::collections::{BTreeSet, HashSet};
use std::io::Read;

use serde::Serialize;

use super::SubmissionForm;
use crate::Limits;
use crate::delimited::{DelimitedReader, Outcome};

/// One thing that is wrong with a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Line of the file, counted from 1; `None` where it is about the whole.
    pub line: Option<u64>,
    /// What is wrong.
    #[serde(flatten)]
    pub kind: ProblemKind,
}

/// What can be wrong with a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "kebab-case")]
pub enum ProblemKind {
    /// The column names are not those of the form.
    #[error("the first line must be `{expected}`")]
    Header {
        /// What they must be.
        expected: String,
    },
    /// The file is no delimited text, or a row does not have two cells.
    #[error("not two cells of text")]
    NotTwoCells,
    /// Too few or too many ids.
    #[error("{found} ids where the form takes 1 to {most}")]
    Guesses {
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// An id stands twice in a row: the second is a lost chance.
    #[error("guessed twice: `{id}`")]
    GuessedTwice {
        /// The id.
        id: String,
    },
    /// An id that no individual has.
    #[error("no such individual: `{id}`")]
    UnknownId {
        /// The id.
        id: String,
    },
    /// An image that is not asked for.
    #[error("not an image of the test set: `{image}`")]
    UnknownImage {
        /// The image.
        image: String,
    },
    /// An image is answered twice.
    #[error("answered twice: `{image}`")]
    AnsweredTwice {
        /// The image.
        image: String,
    },
    /// Images that are not answered.
    #[error("{count} images are not answered, for example `{example}`")]
    Unanswered {
        /// How many.
        count: usize,
        /// The first of them.
        example: String,
    },
}

/// Finds what is wrong with a submission: against the form, the images of the test set, and the ids of the
/// training set where they are given. At most 100 problems are listed.
///
/// # Errors
/// When the input cannot be read.
pub fn check(
    input: impl Read,
    form: SubmissionForm,
    images: &BTreeSet<String>,
    individuals: Option<&BTreeSet<String>>,
) -> std::io::Result<Vec<Problem>> {
    let Ok(mut records) = DelimitedReader::new(input, Limits::default())? else {
        return Ok(vec![Problem { line: None, kind: ProblemKind::NotTwoCells }]);
    };
    let mut checker = Checker { form, images, individuals, answered: HashSet::new(), problems: Vec::new() };
    let mut is_header = true;
    loop {
        let outcome = records.advance()?;
        let line = records.line();
        let cell = |index| String::from_utf8_lossy(records.cell(index)).into_owned();
        match outcome {
            Outcome::End => break,
            Outcome::Record if records.n_cells() == 2 && is_header => {
                checker.check_header(&[cell(0), cell(1)])
            }
            Outcome::Record if records.n_cells() == 2 => checker.check_row(line, cell(0), &cell(1)),
            Outcome::Record | Outcome::TooLong => checker.report(Some(line), ProblemKind::NotTwoCells),
        }
        is_header = false;
    }
    checker.check_all_answered();
    Ok(checker.problems)
}

struct Checker<'a> {
    form: SubmissionForm,
    images: &'a BTreeSet<String>,
    individuals: Option<&'a BTreeSet<String>>,
    answered: HashSet<String>,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn report(&mut self, line: Option<u64>, kind: ProblemKind) {
        if self.problems.len() < 100 {
            self.problems.push(Problem { line, kind });
        }
    }

    fn check_header(&mut self, header: &[String; 2]) {
        if *header != self.form.header() {
            self.report(Some(1), ProblemKind::Header { expected: self.form.header().join(",") });
        }
    }

    fn check_row(&mut self, line: u64, image: String, guesses: &str) {
        let words: Vec<&str> = match self.form {
            SubmissionForm::AnimalClef => {
                Some(guesses.trim()).filter(|word| !word.is_empty()).into_iter().collect()
            }
            _ => guesses.split_whitespace().collect(),
        };
        let most = self.form.guesses();
        if words.is_empty() || words.len() > most {
            self.report(Some(line), ProblemKind::Guesses { found: words.len(), most });
        }
        for (index, word) in words.iter().enumerate() {
            if words[..index].contains(word) {
                self.report(Some(line), ProblemKind::GuessedTwice { id: (*word).to_owned() });
            }
            let is_known = *word == self.form.new_individual()
                || self.individuals.is_none_or(|individuals| individuals.contains(*word));
            if !is_known {
                self.report(Some(line), ProblemKind::UnknownId { id: (*word).to_owned() });
            }
        }
        if !self.images.contains(&image) {
            self.report(Some(line), ProblemKind::UnknownImage { image });
        } else if !self.answered.insert(image.clone()) {
            self.report(Some(line), ProblemKind::AnsweredTwice { image });
        }
    }

    fn check_all_answered(&mut self) {
        let mut missing = self.images.iter().filter(|image| !self.answered.contains(*image));
        if let Some(example) = missing.next() {
            let kind = ProblemKind::Unanswered { count: 1 + missing.count(), example: example.clone() };
            self.report(None, kind);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(form: SubmissionForm, text: &[u8]) -> Vec<String> {
        let images: BTreeSet<String> = ["a.jpg", "b.jpg"].map(str::to_owned).into();
        let individuals: BTreeSet<String> = ["w1", "w2", "Lynx 7"].map(str::to_owned).into();
        let found = check(text, form, &images, Some(&individuals)).expect("memory");
        found.into_iter().map(|problem| problem.kind.to_string()).collect()
    }

    #[test]
    fn a_good_file_has_no_problems() {
        let good = b"image,predictions\na.jpg,w1 new_individual w2\nb.jpg,new_individual\n";
        assert!(problems(SubmissionForm::Happywhale, good).is_empty());
        assert!(
            problems(SubmissionForm::AnimalClef, b"image_id,identity\na.jpg,Lynx 7\nb.jpg,w1\n").is_empty()
        );
    }

    #[test]
    fn each_fault_is_named() {
        let bad = b"image,Id\na.jpg,w1 w1\na.jpg,w1 w2 w3 w4 w5 w6\nc.jpg,\nb,c,d\n";
        let found = problems(SubmissionForm::Happywhale, bad);
        for fault in [
            "the first line must be `image,predictions`",
            "guessed twice: `w1`",
            "answered twice: `a.jpg`",
            "6 ids where the form takes 1 to 5",
            "no such individual: `w3`",
            "0 ids where the form takes 1 to 5",
            "not an image of the test set: `c.jpg`",
            "not two cells of text",
            "1 images are not answered, for example `b.jpg`",
        ] {
            assert!(found.iter().any(|problem| problem == fault), "{fault} in {found:?}");
        }
        assert_eq!(problems(SubmissionForm::Happywhale, b"\0\0"), ["not two cells of text"]);
    }
}
