//! The name of a model on the Hugging Face hub, checked so that no program can take a part of it for an option or a
//! path.

use std::fmt;
use std::str::FromStr;

/// What begins the text of a hub name, before the owner.
const START: &str = "hf:";

/// The longest owner or name, in bytes.
const LONGEST_PART: usize = 96;

/// The longest revision or name of a file, in bytes.
const LONGEST_REVISION: usize = 256;

/// A model on the hub: `hf:OWNER/NAME`, or `hf:OWNER/NAME@REVISION`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubName {
    owner: String,
    name: String,
    revision: Option<String>,
}

/// The text is not the name of a model on the hub.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a model on the hub: `{0}`; it is written `hf:OWNER/NAME` or `hf:OWNER/NAME@REVISION`, of letters, digits, `-`, \
     `_` and `.`"
)]
pub struct HubNameError(String);

impl HubName {
    /// Whether a text is meant as such a name.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(START)
    }

    /// Joins `OWNER/NAME` and a revision.
    ///
    /// # Errors
    /// When a part has other characters than the hub allows, or could be taken for something else.
    pub fn new(repository: &str, revision: Option<&str>) -> Result<Self, HubNameError> {
        let shown = || repository.chars().chain("@".chars()).chain(revision.unwrap_or("").chars()).take(120);
        let refuse = || HubNameError(shown().collect::<String>().trim_end_matches('@').to_owned());
        let (owner, name) = repository.split_once('/').ok_or_else(refuse)?;
        let are_parts = [owner, name].iter().all(|part| part.len() <= LONGEST_PART && is_part(part));
        if !are_parts || revision.is_some_and(|revision| !is_path_on_hub(revision)) {
            return Err(refuse());
        }
        Ok(Self { owner: owner.to_owned(), name: name.to_owned(), revision: revision.map(str::to_owned) })
    }

    /// `OWNER/NAME`.
    pub fn repository(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// `NAME` alone.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The branch, tag or commit that was asked for.
    pub fn revision(&self) -> Option<&str> {
        self.revision.as_deref()
    }

    /// The name of a folder for its files: other names have other folders.
    pub(crate) fn folder_name(&self) -> String {
        // Two hyphens stand in no part's middle by chance alone, so the length of the owner is told as well.
        let revision = self.revision.as_deref().unwrap_or("main").replace('/', "--");
        format!("hub-{}-{}--{}--{revision}", self.owner.len(), self.owner, self.name)
    }
}

/// Whether a text is safe as the path of a file on the hub, or as a revision: parts of the hub's characters between
/// slashes, none of which begins with `-` or `.`.
pub(crate) fn is_path_on_hub(text: &str) -> bool {
    text.len() <= LONGEST_REVISION && text.split('/').all(is_part)
}

fn is_part(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric() || first == b'_')
        && text.bytes().all(is_plain)
        && !text.contains("..")
}

impl FromStr for HubName {
    type Err = HubNameError;

    fn from_str(text: &str) -> Result<Self, HubNameError> {
        let refuse = || HubNameError(text.chars().take(120).collect());
        let rest = text.strip_prefix(START).ok_or_else(refuse)?;
        match rest.split_once('@') {
            Some((repository, revision)) => Self::new(repository, Some(revision)),
            None => Self::new(rest, None),
        }
        .map_err(|_| refuse())
    }
}

impl fmt::Display for HubName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{START}{}/{}", self.owner, self.name)?;
        self.revision.as_ref().map_or(Ok(()), |revision| write!(f, "@{revision}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_as_they_are_read() {
        for text in
            ["hf:BVRA/MegaDescriptor-T-224", "hf:a/b@main", "hf:conservationxlabs/miewid-msv3@refs/pr/2"]
        {
            assert_eq!(text.parse::<HubName>().unwrap().to_string(), text);
        }
        let name: HubName = "hf:a/b.c@v1".parse().unwrap();
        assert_eq!((name.repository().as_str(), name.revision()), ("a/b.c", Some("v1")));
    }

    #[test]
    fn nothing_can_be_taken_for_an_option_or_a_path() {
        for text in [
            "BVRA/x",
            "hf:x",
            "hf:/x",
            "hf:x/",
            "hf:-x/y",
            "hf:x/-y",
            "hf:../y",
            "hf:x/..",
            "hf:x/y/z",
            "hf:x/y@",
            "hf:x/y@-r",
            "hf:x/y@../z",
            "hf:x/y@a//b",
            "hf:x/y z",
            "hf:x/y;z",
            "hf:x/y@$(z)",
            "hf:x/y\n",
            "hf:x/ü",
            "hf:.x/y",
            "hf:x\\y/z",
        ] {
            assert!(text.parse::<HubName>().is_err(), "{text}");
        }
        let long = format!("hf:x/{}", "y".repeat(97));
        assert!(long.parse::<HubName>().is_err());
    }

    #[test]
    fn folders_of_two_names_are_two() {
        let folder = |text: &str| text.parse::<HubName>().unwrap().folder_name();
        assert_ne!(folder("hf:a/b--c"), folder("hf:a--b/c"));
        assert!(!folder("hf:a/b@x/y").contains('/'));
    }
}
