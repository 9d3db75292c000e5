//! The word that opens the door.

use std::fmt;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use subtle::ConstantTimeEq as _;

/// Bytes of a token that is made up.
const RANDOM: usize = 24;

/// The shortest that somebody may choose, in characters.
const SHORTEST: usize = 16;

/// The longest.
const LONGEST: usize = 200;

/// A secret that a program has to know to be answered. It is shown where it is asked for, and in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// A token that cannot be one.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// It could be guessed, or could not stand in a header.
    #[error("a token has {SHORTEST} to {LONGEST} letters and digits, `-` and `_`")]
    Form,
    /// The system gives no randomness.
    #[error("the system gives no random bytes: {0}")]
    Random(#[from] getrandom::Error),
    /// The file that keeps it cannot be read or made.
    #[error("cannot keep the token: {source}: {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Others can read the file that keeps it.
    #[error("others can read the token: {}", .0.display())]
    Shared(PathBuf),
}

impl Token {
    /// One that nobody knows yet.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn random() -> Result<Self, TokenError> {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut bytes = [0; RANDOM];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 64)])).collect()))
    }

    /// The one in a file that nobody else can read; a new one, where there is no such file yet, which keeps it from then on.
    ///
    /// # Errors
    /// The file cannot be read or made, others can read it, or holds no token.
    pub fn kept_in(path: &Path) -> Result<Self, TokenError> {
        let failed = |source| TokenError::File { path: path.to_owned(), source };
        match resight_files::read_plain_text(path, 4 * LONGEST as u64) {
            Ok(_) if !is_private(path).map_err(failed)? => Err(TokenError::Shared(path.to_owned())),
            Ok(text) => text.parse(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let token = Self::random()?;
                write_private(path, &token).map_err(failed)?;
                Ok(token)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// The token itself, to hand over.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether this is it; how long that takes does not say how much of it is right.
    pub(crate) fn is(&self, said: &str) -> bool {
        self.0.as_bytes().ct_eq(said.as_bytes()).into()
    }
}

fn write_private(path: &Path, token: &Token) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    // From the beginning: whoever opened it before it was narrowed could read on.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{}", token.reveal())?;
    file.sync_all()
}

#[cfg(unix)]
fn is_private(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;

    Ok(std::fs::metadata(path)?.mode() & 0o077 == 0)
}

/// Rights are lists on this system, and those of a user's own folder are the user's.
#[cfg(not(unix))]
fn is_private(_path: &Path) -> io::Result<bool> {
    Ok(true)
}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        let is_fine = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        match (SHORTEST..=LONGEST).contains(&text.len()) && text.chars().all(is_fine) {
            true => Ok(Self(text.to_owned())),
            false => Err(TokenError::Form),
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_never_the_same_and_are_told_apart() {
        let (one, other) = (Token::random().unwrap(), Token::random().unwrap());
        assert_ne!(one, other);
        assert!(
            one.is(one.reveal()) && !one.is(other.reveal()) && !one.is("") && !one.is(&one.reveal()[1..])
        );
        assert_eq!(one.reveal().parse::<Token>().unwrap(), one);
        assert_eq!(format!("{one:?}"), "Token(…)");
    }

    #[test]
    fn a_token_is_kept_for_its_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let token = Token::kept_in(&file).unwrap();
        assert_eq!(Token::kept_in(&file).unwrap(), token);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;

            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
            assert!(matches!(Token::kept_in(&file), Err(TokenError::Shared(_))));
        }
        assert!(matches!(Token::kept_in(folder.path()), Err(TokenError::File { .. })));
        assert!(matches!(Token::kept_in(&folder.path().join("no/token")), Err(TokenError::File { .. })));
    }

    #[test]
    fn what_could_be_guessed_or_breaks_a_header_is_no_token() {
        let long = "a".repeat(201);
        for wrong in ["", "secret", "a token of many words", "abcdefghijklmnop\r\nX-Other: 1", long.as_str()]
        {
            assert!(wrong.parse::<Token>().is_err(), "{wrong:?}");
        }
        assert_eq!(" abcdefghijklmnop\n".parse::<Token>().unwrap().reveal(), "abcdefghijklmnop");
    }
}
