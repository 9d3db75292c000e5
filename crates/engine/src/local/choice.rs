//! Which local features are read and compared.

use std::str::FromStr;

use resight_core::Effort;
use resight_model::{Bundle, LocalForm};

use crate::{DEFAULT_LOCAL_FEATURES, EngineError, Models};

/// Which local features are read and compared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum LocalChoice {
    /// None: embeddings alone are compared.
    None,
    /// Those that serve animals of every kind, and that the program carries.
    #[default]
    Usual,
    /// Those of these bundles, by name, id or path.
    Named(Vec<String>),
}

impl LocalChoice {
    /// Whether there are any.
    pub fn is_any(&self) -> bool {
        *self != Self::None
    }

    /// As much effort as was asked for, where there is something for it to compare.
    pub fn at_most(&self, effort: Effort) -> Effort {
        if self.is_any() { effort } else { Effort::Fast }
    }

    /// Their bundles, in this order.
    ///
    /// # Errors
    /// One is not there, reads no local features, or is named twice.
    pub(crate) fn bundles(&self, models: &Models) -> Result<Vec<Bundle>, EngineError> {
        let names: Vec<&str> = match self {
            Self::None => Vec::new(),
            Self::Usual => DEFAULT_LOCAL_FEATURES.to_vec(),
            Self::Named(names) => names.iter().map(String::as_str).collect(),
        };
        let mut bundles: Vec<Bundle> = Vec::new();
        for name in names {
            let bundle = models.bundle(name)?;
            LocalForm::of(&bundle)?;
            if bundles.iter().any(|other| other.id() == bundle.id()) {
                return Err(EngineError::user(format!("the local features `{name}` are named twice")));
            }
            bundles.push(bundle);
        }
        Ok(bundles)
    }
}

/// Words that name no local features.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`yes`, `no`, or names with commas between them")]
pub struct LocalChoiceError;

impl FromStr for LocalChoice {
    type Err = LocalChoiceError;

    /// `no`, `yes` for the usual ones, or names with commas between them.
    fn from_str(words: &str) -> Result<Self, LocalChoiceError> {
        let names: Vec<String> = words.split(',').map(|name| name.trim().to_owned()).collect();
        match &names[..] {
            [no] if no == "no" => Ok(Self::None),
            [yes] if yes == "yes" => Ok(Self::Usual),
            names if names.iter().any(String::is_empty) => Err(LocalChoiceError),
            _ => Ok(Self::Named(names)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read_from_words() {
        let of = |words: &str| words.parse::<LocalChoice>();
        assert_eq!((of("no"), of(" yes")), (Ok(LocalChoice::None), Ok(LocalChoice::Usual)));
        assert_eq!((of(""), of("xfeat,")), (Err(LocalChoiceError), Err(LocalChoiceError)));
        let named = LocalChoice::Named(vec!["xfeat".to_owned(), "outline".to_owned()]);
        assert_eq!(of("xfeat, outline").as_ref(), Ok(&named));
        assert_eq!(named.at_most(Effort::Normal), Effort::Normal);
        assert_eq!(LocalChoice::None.at_most(Effort::Normal), Effort::Fast);
    }
}
