//! Answers in the forms of Kaggle's competitions, and a check of such files.

mod check;

use std::io::Write;

use resight_core::{ErrorKind, Hint, RoomError};
use serde::{Deserialize, Serialize};

pub use check::{Problem, ProblemKind, check};

/// The forms of submission files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubmissionForm {
    /// Happywhale 2022: `image,predictions`, five ids with blanks between, `new_individual` among them.
    Happywhale,
    /// Humpback 2018: `Image,Id`, five ids with blanks between, `new_whale` among them.
    Humpback,
    /// AnimalCLEF: `image_id,identity`, one id or `new_individual`.
    AnimalClef,
}

impl SubmissionForm {
    /// Names of the two columns.
    pub fn header(self) -> [&'static str; 2] {
        match self {
            Self::Happywhale => ["image", "predictions"],
            Self::Humpback => ["Image", "Id"],
            Self::AnimalClef => ["image_id", "identity"],
        }
    }

    /// The word for a new individual.
    pub fn new_individual(self) -> &'static str {
        match self {
            Self::Humpback => "new_whale",
            Self::Happywhale | Self::AnimalClef => "new_individual",
        }
    }

    /// How many guesses a row holds at most.
    pub fn guesses(self) -> usize {
        match self {
            Self::Happywhale | Self::Humpback => 5,
            Self::AnimalClef => 1,
        }
    }
}

/// One guess about an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guess<'a> {
    /// A known individual.
    Individual(&'a str),
    /// Not in the catalog.
    NewIndividual,
}

/// A submission cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SubmissionError {
    /// The file cannot be written.
    #[error("cannot write the submission: {0}")]
    Write(#[from] csv::Error),
    /// The end of the file cannot be written.
    #[error("cannot write the submission: {0}")]
    Flush(#[from] std::io::Error),
    /// An id with a blank in it would be read as two.
    #[error("this form separates ids by blanks, so none may hold one: `{0}`")]
    BlankInId(String),
    /// An id is the word for a new individual.
    #[error("an individual is called like the word for a new one: `{0}`")]
    ReservedId(String),
    /// No guess was given.
    #[error("at least one guess is needed: {0}")]
    NoGuess(String),
}

impl RoomError for SubmissionError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Write(_) | Self::Flush(_) => ErrorKind::Io,
            Self::BlankInId(_) | Self::ReservedId(_) => ErrorKind::User,
            Self::NoGuess(_) => ErrorKind::Internal,
        }
    }

    fn hint(&self) -> Option<Hint> {
        matches!(self, Self::ReservedId(_)).then_some(Hint::RenameIndividual)
    }
}

/// Writes a submission row by row.
pub struct SubmissionWriter<W: Write> {
    form: SubmissionForm,
    writer: csv::Writer<W>,
}

impl<W: Write> SubmissionWriter<W> {
    /// Begins a file with its column names.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(form: SubmissionForm, output: W) -> Result<Self, SubmissionError> {
        let mut writer = csv::Writer::from_writer(output);
        writer.write_record(form.header())?;
        Ok(Self { form, writer })
    }

    /// Writes the guesses about one image, best first; those beyond what the form holds are cut, a guess that
    /// stands twice is written once.
    ///
    /// # Errors
    /// When there is no guess, an id cannot stand in this form, or the file cannot be written.
    pub fn write(&mut self, image: &str, guesses: &[Guess<'_>]) -> Result<(), SubmissionError> {
        let mut words: Vec<&str> = Vec::new();
        for guess in guesses {
            let word = self.word(guess)?;
            if words.len() < self.form.guesses() && !words.contains(&word) {
                words.push(word);
            }
        }
        if words.is_empty() {
            return Err(SubmissionError::NoGuess(image.to_owned()));
        }
        self.writer.write_record([image, &words.join(" ")])?;
        Ok(())
    }

    /// Writes what is left and gives the output back.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<W, SubmissionError> {
        self.writer.into_inner().map_err(|error| SubmissionError::Flush(error.into_error()))
    }

    fn word<'a>(&self, guess: &Guess<'a>) -> Result<&'a str, SubmissionError> {
        let Guess::Individual(name) = guess else { return Ok(self.form.new_individual()) };
        if *name == self.form.new_individual() {
            Err(SubmissionError::ReservedId((*name).to_owned()))
        } else if self.form.guesses() > 1 && (name.is_empty() || name.contains(char::is_whitespace)) {
            Err(SubmissionError::BlankInId((*name).to_owned()))
        } else {
            Ok(name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(form: SubmissionForm, guesses: &[Guess<'_>]) -> Result<String, SubmissionError> {
        let mut writer = SubmissionWriter::new(form, Vec::new())?;
        writer.write("a,b.jpg", guesses)?;
        Ok(String::from_utf8(writer.finish()?).expect("UTF-8"))
    }

    #[test]
    fn each_form_is_written_as_its_competition_wants_it() {
        let guesses = [
            Guess::Individual("w1"),
            Guess::NewIndividual,
            Guess::Individual("w1"),
            Guess::Individual("w2"),
            Guess::Individual("w3"),
            Guess::Individual("w4"),
            Guess::Individual("w5"),
        ];
        assert_eq!(
            written(SubmissionForm::Happywhale, &guesses).expect("written"),
            "image,predictions\n\"a,b.jpg\",w1 new_individual w2 w3 w4\n"
        );
        assert_eq!(
            written(SubmissionForm::Humpback, &guesses[1..2]).expect("written"),
            "Image,Id\n\"a,b.jpg\",new_whale\n"
        );
        assert_eq!(
            written(SubmissionForm::AnimalClef, &[Guess::Individual("Lynx 7")]).expect("written"),
            "image_id,identity\n\"a,b.jpg\",Lynx 7\n"
        );
    }

    #[test]
    fn ids_that_would_be_misread_are_refused() {
        let refused =
            |form, name| written(form, &[Guess::Individual(name)]).expect_err("refused").to_string();
        assert!(refused(SubmissionForm::Happywhale, "Lynx 7").contains("blanks"));
        assert!(refused(SubmissionForm::Happywhale, "").contains("blanks"));
        let reserved = written(SubmissionForm::Humpback, &[Guess::Individual("new_whale")]);
        assert_eq!(reserved.expect_err("refused").hint(), Some(Hint::RenameIndividual));
        assert!(written(SubmissionForm::Humpback, &[Guess::Individual("new_individual")]).is_ok());
        assert!(written(SubmissionForm::AnimalClef, &[]).is_err());
    }
}
